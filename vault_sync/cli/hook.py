"""``vault-sync hook``: true values in every commit, with git's own hooks or the pre-commit framework."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import TranslatedGroup, command, echo, translate
from vault_sync.cli.options import Options, now_option, stable_option
from vault_sync.cli.streams import complain, warn
from vault_sync.errors import VaultSyncError
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_sync.cli.refresh import RefreshRequest
    from vault_sync.git.install_hook import HooksFolder, HookState


strict_option = click.option(
    "--strict", is_flag=True, help="A note or a configuration with a problem stops the commit."
)


@click.group(
    cls=TranslatedGroup, name="hook", short_help="Refresh notes when they are committed to git."
)
def hook_command() -> None:
    """Refresh the notes that are committed, and let the commit go on.

    \b
    Examples:
      vault-sync hook install              in a git repository, once
      vault-sync hook install --stable     no values that change daily
      vault-sync hook status               is it there and at work?
      vault-sync hook uninstall            take it away again
    """  # noqa: D301 - \b is a character that click knows


@command("install", "Install the hook, or renew it.", group=hook_command)
@stable_option
@strict_option
def install_command(options: Options, /, *, stable: bool, strict: bool) -> int:
    """Install the hook in the git repository around the vault, or renew it.

    It refreshes what is staged, and the same lines of the note in your folder. It touches nothing
    that is not staged. A hook that is there already is kept and runs first.
    """
    return install(options, is_stable=stable, is_strict=strict)


@command("uninstall", "Take the hook away.", group=hook_command)
def uninstall_command(options: Options, /) -> int:
    """Take the hook away. A hook that was there before comes back."""
    from vault_sync.cli.git_drivers import find_clone
    from vault_sync.git.install_hook import find_hooks_folder, uninstall_hook

    folder = find_hooks_folder(find_clone(options))
    state = uninstall_hook(folder)
    if state.script:
        back = " The hook that was there before is back." if state.earlier else ""
        echo(f"Hook removed.{back}")
    else:
        complain(f"There is no hook of vault-sync in {folder.path}.")
    return 0


@command("status", "Say whether it is there and can work.", group=hook_command)
def status_command(options: Options, /) -> int:
    """Say whether the hook is there and can do its work; exit with 1 if not."""
    from vault_sync.cli.git_drivers import find_clone
    from vault_sync.git.install_hook import find_hooks_folder, inspect_hook

    folder = find_hooks_folder(find_clone(options))
    state = inspect_hook(folder)
    echo(_describe(state))
    _print_place(folder)
    return 0 if _is_working(state) and not folder.is_shared else _MISSING


@command("files", "For programs that run hooks: refresh these files.", group=hook_command)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a note is stale.")
@stable_option
@now_option
def files_command(
    options: Options, /, files: tuple[Path, ...], now: str | None, *, check: bool, stable: bool
) -> int:
    """Refresh the notes among FILES, and exit with 1 if one was written.

    For programs that run hooks, such as pre-commit: the files may lie in several vaults, and those
    that are no notes or lie in no vault are passed over.
    """
    from vault_sync.cli.refresh import RefreshRequest

    request = RefreshRequest(
        (), check=check, stable=stable, now=now, no_cache=True, only=True, fail_on_change=True
    )
    groups = _group_by_vault(files, options.vault)
    codes = (
        _refresh(options._replace(vault=root), request._replace(paths=tuple(notes)))
        for root, notes in groups.items()
    )
    return max(codes, default=0)


_MISSING: Final = 1


def install(options: Options, *, is_stable: bool, is_strict: bool) -> int:
    """Install the hook in the repository around the vault."""
    from vault_sync.cli.git_drivers import find_clone, warn_without_vault
    from vault_sync.git.install_hook import Script, find_hooks_folder, install_hook
    from vault_sync.programs import require_lasting_python

    require_lasting_python()
    repository = find_clone(options)
    folder = find_hooks_folder(repository)
    script = Script(Path(sys.executable).as_posix(), is_stable, is_strict)
    echo(_describe(install_hook(folder, script, repository)))
    _print_place(folder)
    warn_without_vault(repository)
    return 0


def _is_working(state: HookState) -> bool:
    has_python = state.script is not None and os.access(state.script.python, os.X_OK)
    return has_python and not state.is_renamed


def _describe(state: HookState) -> str:
    if state.script is None:
        there = " Another hook is there; `vault-sync hook install` lets it run first."
        return f"The hook is not installed.{there if state.is_taken else ''}"
    if state.earlier and state.is_renamed:
        return make_printable(
            f"The hook that was there before runs as {state.earlier.name}, and may do nothing under that name."
            " `vault-sync hook install` gives it its own name again."
        )
    if not _is_working(state):
        return make_printable(
            f"The hook in {state.path} cannot work, as {state.script.python} is gone."
            " `vault-sync hook install` renews it."
        )
    parts = [f"The hook is installed in {state.path}"]
    parts += ["stable formulas only"] if state.script.is_stable else []
    parts += ["a problem stops the commit"] if state.script.is_strict else []
    parts += (
        [f"the one that was there before runs first ({state.earlier})"] if state.earlier else []
    )
    return make_printable("; ".join(map(translate, parts)) + ".")


def _print_place(folder: HooksFolder) -> None:
    if folder.origin:
        whose = " It may serve other repositories too." if folder.is_shared else ""
        complain(
            f"git looks for hooks in {folder.path}, because core.hooksPath is set in {folder.origin}.{whose}"
        )


# The run behind `hook files`: files that somebody else has listed, vault by vault.


def _refresh(options: Options, request: RefreshRequest) -> int:
    from vault_sync.cli.refresh import run_refresh
    from vault_sync.git.hook import open_staged_planner

    try:
        with ExitStack() as stack:
            opener = partial(open_staged_planner, stack)
            return run_refresh(options, request, sys.stdout, opener)
    except VaultSyncError as error:
        warn(str(error))
        return error.exit_code


def _group_by_vault(files: Iterable[Path], named: Path | None) -> dict[Path, list[Path]]:
    """Return the notes by their vaults, without those that lie in none and what is no note."""
    from vault_sync.vault.ignore import is_note_name
    from vault_sync.vault.vault import find_vault

    groups: dict[Path, list[Path]] = {}
    for file in files:
        if is_note_name(file.name) and file.is_file() and not file.is_symlink():
            root = named or find_vault(file)
            if root:
                groups.setdefault(root, []).append(file)
    return groups
