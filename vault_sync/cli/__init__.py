"""The command line: parse, call one function, print its report, exit.

Commands are imported when they are called, so that ``--version`` and a hook start at once.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

import click

from vault_sync import __version__
from vault_sync.cli.language import TranslatedGroup, explain_error, translate
from vault_sync.cli.options import (
    CONFIG_HELP,
    QUIET_HELP,
    VAULT_HELP,
    VERBOSE_HELP,
    Options,
    SpelledPath,
    VaultType,
    take_common_options,
)
from vault_sync.cli.streams import (
    ListedObject,
    complain,
    is_json_asked,
    outlive_readers,
    print_error,
)
from vault_sync.errors import ConfigError, NoteError, VaultSyncError
from vault_sync.i18n import choose_language, mark_message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Options", "cli", "main", "run"]

_GROUPS: Final = {
    mark_message("Refresh"): ("refresh", "undo", "explain", "eval"),
    mark_message("By itself"): ("watch", "service"),
    mark_message("Study"): ("due", "done", "status", "calendar", "report"),
    mark_message("Set up and check"): (
        *("init", "adopt", "config", "verify", "doctor", "completion"),
    ),
    mark_message("Git"): ("hook", "git-filter", "merge-driver"),
}
_COMMANDS: Final = [name for names in _GROUPS.values() for name in names]
_TOGETHER: Final = {"git-filter": "git_drivers", "merge-driver": "git_drivers"}
"""Commands that share a module; the others have one of their own."""
_OPTIONS_FOR_COMMANDS: Final = {"help": "--help", "version": "--version"}
_INTERRUPTED: Final = 130
_UNCUT: Final = 1000


class _Commands(TranslatedGroup):
    """The commands, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in _COMMANDS:
            return None
        own = cmd_name.replace("-", "_")
        module = import_module(f"vault_sync.cli.{_TOGETHER.get(cmd_name, own)}")
        command: click.Command = getattr(module, f"{own}_command")
        return take_common_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and args[0][:1] != "-" and not ctx.resilient_parsing:
            raise click.UsageError(_explain_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        say = choose_language(None, os.environ).say
        for title, commands in _GROUPS.items():
            with formatter.section(say(title)):
                rows = [(name, self._describe(ctx, name)) for name in commands]
                formatter.write_dl(rows, col_max=max(map(len, _COMMANDS)))

    def _describe(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(_UNCUT) if command else ""


def _explain_unknown(name: str) -> str:
    """Return what to do about a word that is no command."""
    from difflib import get_close_matches

    say = choose_language(None, os.environ).say
    message = say("There is no command {name}.", name=repr(name))
    near = get_close_matches(name.lower(), [*_COMMANDS, *_OPTIONS_FOR_COMMANDS], n=1)
    if near:
        meant = _OPTIONS_FOR_COMMANDS.get(near[0], near[0])
        return f"{message} {say('Did you mean `{command}`?', command=f'vault-sync {meant}')}"
    return f"{message} {say('`vault-sync --help` lists all.')}"


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `vault-sync refresh --diff VAULT`: it shows what would change and writes nothing.",
)
@click.version_option(__version__, "--version", prog_name="vault-sync")
@click.option("--vault", type=VaultType(), metavar="VAULT", help=VAULT_HELP)
@click.option("--config", type=SpelledPath(dir_okay=False), metavar="FILE", help=CONFIG_HELP)
@click.option("-v", "--verbose", is_flag=True, help=VERBOSE_HELP)
@click.option("-q", "--quiet", is_flag=True, help=QUIET_HELP)
@click.pass_context
def cli(
    ctx: click.Context, /, vault: Path | None, config: Path | None, *, verbose: bool, quiet: bool
) -> None:
    """Recalculate computed properties in Obsidian notes; change nothing else."""
    ctx.obj = Options(vault, config, 1 if verbose else -1 if quiet else 0)
    ctx.color = _find_color_wish()


def _find_color_wish() -> bool | None:
    """Return whether the user wants colours, None for: on a terminal (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def main() -> NoReturn:
    """Run the command line and exit with its code (docs/reference/cli.md, "Exit codes")."""
    outlive_readers()
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: behind the program's name; None for those of this process.
    """
    ListedObject.forget_begun()
    try:
        code = cli.main(arguments, prog_name="vault-sync", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        _close_output()
        return 0
    except BaseException as error:  # noqa: BLE001 - the last resort: a bug has its own exit code
        return _end(arguments, *_print_reason(error), error)
    return code if isinstance(code, int) else 0


def _print_reason(error: BaseException) -> tuple[int, str]:
    """Say for people what ended the run; return its exit code and what was said."""
    if isinstance(error, click.ClickException):
        said = translate(error.format_message())
        shown = io.StringIO()
        error.show(shown)
        complain(shown.getvalue().removesuffix("\n").replace(error.format_message(), said))
        return 2, said
    if isinstance(error, VaultSyncError):
        said = explain_error(error)
        complain(f"vault-sync: {said}")
        return error.exit_code, said
    if isinstance(error, click.Abort | KeyboardInterrupt):
        said = "Interrupted; no note was damaged. `vault-sync undo --list` shows what was written."
        complain(f"vault-sync: {said}")
        return _INTERRUPTED, said
    if isinstance(error, OSError):
        return NoteError.exit_code, _print_stop(error)
    if not isinstance(error, Exception):
        raise error
    return _print_bug(), "This is a bug; the notes are whole."


def _end(arguments: Sequence[str] | None, code: int, said: str, error: BaseException) -> int:
    """Say as JSON, too, what ended the run, where JSON was asked for; return the exit code."""
    if is_json_asked(sys.argv[1:] if arguments is None else arguments):
        problems: list[dict[str, object]] = []
        if isinstance(error, ConfigError):
            problems = [one._asdict() | {"file": one.file or error.path} for one in error.problems]
        with suppress(OSError):
            print_error(code, said, problems)
    return code


def _close_output() -> None:
    """Let go what could not be printed, so that the end of the process does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_stop(error: OSError) -> str:
    """Say what the system did not let happen, such as printing to a full disk; it is no bug of ours."""
    try:
        sys.stdout.flush()
    except OSError:
        _close_output()
    what = f"{error.strerror}: {error.filename!r}" if error.filename else error.strerror
    said = f"Stopped by the system ({what}); no note was damaged. `vault-sync undo --list` shows what was written."
    complain(f"vault-sync: {said}")
    return said


def _print_bug() -> int:
    import traceback

    complain(
        f"{traceback.format_exc()}vault-sync: this is a bug. The notes are whole."
        " Please report the lines above."
    )
    return VaultSyncError.exit_code
