"""``vault-sync hook``: true values in every commit, with git's own hooks or the pre-commit framework."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import now_option

if TYPE_CHECKING:
    from vault_sync.cli import Options

stable_option = click.option("--stable", is_flag=True, help="Only formulas that read no clock.")
strict_option = click.option(
    "--strict", is_flag=True, help="A note or a configuration with a problem stops the commit."
)


@click.group(name="hook", short_help="Refresh notes when they are committed to git.")
def hook_command() -> None:
    """Refresh the notes that are committed, and let the commit go on.

    \b
    Examples:
      vault-sync hook install              in a git repository: from now on with each commit
      vault-sync hook install --stable     only values that do not change with the day
      vault-sync hook status               is it there, and does git look for it there?
      vault-sync hook uninstall            take it away; a hook that was there before comes back
    """  # noqa: D301 - \b is a character that click knows


@hook_command.command(name="install", short_help="Install the hook, or renew it.")
@stable_option
@strict_option
@click.pass_obj
def install_command(options: Options, /, *, stable: bool, strict: bool) -> int:
    """Install the hook in the git repository around the vault, or renew it.

    It refreshes what is staged, and the same lines of the note in your folder. It touches nothing
    that is not staged. A hook that is there already is kept and runs first.
    """
    from vault_sync.cli.hooking import install  # noqa: PLC0415 - for a quick start

    return install(options, is_stable=stable, is_strict=strict)


@hook_command.command(name="uninstall", short_help="Take the hook away.")
@click.pass_obj
def uninstall_command(options: Options, /) -> int:
    """Take the hook away. A hook that was there before comes back."""
    from vault_sync.cli.hooking import uninstall  # noqa: PLC0415 - for a quick start

    return uninstall(options)


@hook_command.command(name="status", short_help="Say whether it is there and can work.")
@click.pass_obj
def status_command(options: Options, /) -> int:
    """Say whether the hook is there and can do its work; exit with 1 if not."""
    from vault_sync.cli.hooking import show_status  # noqa: PLC0415 - for a quick start

    return show_status(options)


@hook_command.command(name="files", short_help="For programs that run hooks: refresh these files.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a note is stale.")
@stable_option
@now_option
@click.pass_obj
def files_command(
    options: Options, /, files: tuple[Path, ...], now: str | None, *, check: bool, stable: bool
) -> int:
    """Refresh the notes among FILES, and exit with 1 if one was written.

    For programs that run hooks, such as pre-commit: the files may lie in several vaults, and those
    that are no notes or lie in no vault are passed over.
    """
    from vault_sync.cli.hooked_files import FilesRequest, refresh_files  # noqa: PLC0415 - the same

    return refresh_files(options, FilesRequest(files, check, stable, now))
