"""Options that more than one command has, so that they are the same everywhere."""

from __future__ import annotations

import os
from gettext import gettext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from vault_sync.i18n import choose_language
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from click.shell_completion import CompletionItem

    from vault_sync.vault.workspace import Workspace

    _VaultParam = click.ParamType[Path]
    _Function = TypeVar("_Function", bound=Callable[..., int])
else:  # older versions of click cannot be asked what a type gives
    _VaultParam = click.ParamType


class Options(NamedTuple):
    """The options of the program, before the command or behind it.

    Attributes:
        vault: the vault that was named, if one was.
        config: the configuration file that was named, if one was.
        verbosity: -1 for quiet, 0, or 1 for verbose.
    """

    vault: Path | None
    config: Path | None
    verbosity: int

    def locate_vault(self, paths: Sequence[Path] = ()) -> Path:
        """Return the folder of the vault that was named, that paths lie in, or that is around the user.

        Raises:
            VaultNotFoundError: there is none, or the paths lie in more than one.
        """
        from vault_sync.vault.workspace import locate_vault

        return locate_vault(paths, self.vault)

    def open_workspace(self, paths: Sequence[Path] = ()) -> Workspace:
        """Return the vault that `locate_vault` finds, opened for work.

        Raises:
            VaultNotFoundError: there is none, or the paths lie in more than one.
            ConfigError: its configuration cannot be used.
        """
        from vault_sync.vault.workspace import open_workspace

        return open_workspace(self.locate_vault(paths), self.config)


class SpelledPath(click.Path):
    """A path, be it typed in the Unicode form that its names have on the disk or in the other.

    macOS keeps Korean names as loose letters (NFD), keyboards type syllables (NFC).
    """

    def __init__(
        self, *, exists: bool = True, file_okay: bool = True, dir_okay: bool = True
    ) -> None:
        super().__init__(exists=exists, file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path as it is on the disk."""
        from vault_sync.vault.vault import spell_as_on_disk

        self.name = gettext("path")  # what click calls it in a message
        is_there = not value or os.path.lexists(value)
        return super().convert(value if is_there else spell_as_on_disk(Path(value)), param, ctx)


format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format: for people or programs.",
)
dry_run_option = click.option(
    "-n", "--dry-run", is_flag=True, help="Write nothing; say what would be written."
)
now_option = click.option(
    "--now", metavar="MOMENT", help="Pretend it is this time, such as 2024-10-27T14:01."
)
on_option = click.option(
    "--on", metavar="DATE", help="The day to take for today, such as 2024-10-27."
)
stable_option = click.option(
    "--stable", is_flag=True, help="Skip values that depend on date or time."
)


def file_option(*names: str, help_: str) -> Callable[[_Function], _Function]:
    """Return an option that names a file, which need not be there."""
    file = SpelledPath(exists=False, dir_okay=False)
    return click.option(*names, type=file, metavar="FILE", help=help_)


vault_argument = click.argument("vault", required=False, type=SpelledPath(file_okay=False))


class VaultType(_VaultParam):
    """A vault by its folder or, where there is no such folder, by the name that Obsidian knows it by."""

    name = "vault"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the folder of the vault."""
        from vault_sync.vault.vault import spell_as_on_disk

        folder = spell_as_on_disk(Path(value))
        if os.path.isdir(folder):  # noqa: PTH112 - it never raises
            return folder
        from vault_sync.vault.workspace import find_known_vaults, list_known_vaults

        known = list_known_vaults(os.environ)
        found = find_known_vaults(os.fspath(value), known)
        if len(found) == 1:
            return found[0]
        return self.fail(_explain(value, found, known), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - the same
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        """Return the names that Obsidian knows, and let the shell add folders."""
        from click.shell_completion import CompletionItem

        from vault_sync.vault.workspace import list_known_vaults

        names = {vault.name for vault in list_known_vaults(os.environ)}
        found = [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]
        return [*found, CompletionItem(incomplete, type="dir")]


def _explain(value: str, found: list[Path], known: list[Path]) -> str:
    """Return why a name is not that of one vault.

    Args:
        value: the name.
        found: the vaults of that name.
        known: all vaults that Obsidian knows.
    """
    say = choose_language(None, os.environ).say
    if found:
        message = say("More than one vault is called {name}; name its folder:", name=repr(value))
        return "\n  ".join((message, *map(str, found)))
    message = say(
        "There is no folder {name}, and Obsidian knows no vault of that name.", name=repr(value)
    )
    names = ", ".join(vault.name for vault in known)
    return f"{message} {say('It knows: {names}.', names=names)}" if known else message


def spell_program(root: Path) -> str:
    """Return what stands before a command for a vault, as it can be typed where the user is."""
    from shlex import quote

    from vault_sync.vault.vault import find_vault

    try:
        here = Path.cwd()
    except OSError:  # the working folder is gone
        here = root
    if find_vault(here) == root:
        return "vault-sync"
    is_below = root.is_relative_to(here) and root != here
    shown = str(root.relative_to(here)) if is_below else str(root)
    return f"vault-sync --vault {quote(make_printable(shown))}"


VAULT_HELP: Final = "The vault: its folder, or its name in Obsidian (default: the one around you)."
CONFIG_HELP: Final = "The configuration to use instead of the vault's .vault-sync.yaml."
VERBOSE_HELP: Final = "Show every property and every skipped note."
QUIET_HELP: Final = "Only show problems."


def _list_common_options() -> Iterator[click.Option]:
    """Yield the options of the program as they stand behind a command."""
    file = SpelledPath(dir_okay=False)
    yield _make("--vault", "vault", VAULT_HELP, type=VaultType(), metavar="VAULT")
    yield _make("--config", "config", CONFIG_HELP, type=file, metavar="FILE")
    yield _make("-v/--verbose", "verbosity", VERBOSE_HELP, is_flag=True, value=1)
    yield _make("-q/--quiet", "verbosity", QUIET_HELP, is_flag=True, value=-1)


def _make(
    names: str, field: str, help_: str, *, value: int | None = None, **how: Any
) -> click.Option:
    return click.Option(
        [*names.split("/"), f"common_{names.strip('-').rpartition('-')[2]}"],
        help=help_,
        expose_value=False,
        callback=_take(field, value),
        **how,
    )


def _take(field: str, value: int | None) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Return what puts the value of an option behind a command in the place of that before it."""

    def put(ctx: click.Context, _parameter: click.Parameter, given: Any) -> None:
        if given and ctx.obj is not None:
            ctx.obj = ctx.obj._replace(**{field: given if value is None else value})

    return put


class _NoMore(click.Argument):
    """What stands behind a command that takes nothing: a folder, as a rule, so the option is named."""

    def __init__(self) -> None:
        super().__init__(["no_more"], nargs=-1, expose_value=False, callback=_refuse_more)

    def get_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return []


def _refuse_more(ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> None:
    if not given or ctx.resilient_parsing:
        return
    import shlex

    say = choose_language(None, os.environ).say
    message = say("`{command}` takes nothing behind it but options.", command=ctx.info_name)
    if len(given) == 1:
        spelled = f"{ctx.command_path} --vault {shlex.quote(given[0])}"
        message += " " + say("For another vault, write `{command}`.", command=spelled)
    raise click.UsageError(message, ctx)


def take_common_options(command: click.Command) -> click.Command:
    """Let a command, and those below it, take the options of the program as well, and return it."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    for one in (command, *below):
        if not one.hidden and not any(option.name == "common_vault" for option in one.params):
            _add_to(one)
    return command


def _add_to(command: click.Command) -> None:
    taken = {name for option in command.params for name in option.opts}
    command.params += [one for one in _list_common_options() if not taken.intersection(one.opts)]
    has_arguments = any(isinstance(one, click.Argument) for one in command.params)
    if not has_arguments and not isinstance(command, click.Group):
        command.params.append(_NoMore())
