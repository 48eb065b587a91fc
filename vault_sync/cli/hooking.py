"""The runs behind ``hook``: install it, look at it, take it away."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.drivers import warn_without_vault
from vault_sync.cli.streams import complain
from vault_sync.git.hook_script import Script
from vault_sync.git.hooks import find_hooks_folder, inspect_hook, install_hook, uninstall_hook
from vault_sync.git.repository import find_repository
from vault_sync.printable import make_printable

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.git.hooks import HooksFolder, HookState
    from vault_sync.git.repository import Repository

_MISSING: Final = 1


def install(options: Options, *, is_stable: bool, is_strict: bool) -> int:
    """Install the hook in the repository around the vault."""
    repository = _find_repository(options)
    folder = find_hooks_folder(repository)
    script = Script(Path(sys.executable).as_posix(), is_stable, is_strict)
    click.echo(_describe(install_hook(folder, script, repository)))
    _tell_place(folder)
    warn_without_vault(repository)
    return 0


def uninstall(options: Options) -> int:
    """Take our hook away."""
    folder = find_hooks_folder(_find_repository(options))
    state = uninstall_hook(folder)
    if state.script:
        back = " The hook that was there before is back." if state.earlier else ""
        click.echo(f"The hook is taken away.{back}")
    else:
        complain(f"There is no hook of vault-sync in {folder.path}.")
    return 0


def show_status(options: Options) -> int:
    """Show what there is of the hook."""
    folder = find_hooks_folder(_find_repository(options))
    state = inspect_hook(folder)
    click.echo(_describe(state))
    _tell_place(folder)
    return 0 if _is_working(state) and not folder.is_shared else _MISSING


def _find_repository(options: Options) -> Repository:
    return find_repository(options.vault or Path.cwd())


def _is_working(state: HookState) -> bool:
    return state.script is not None and os.access(state.script.python, os.X_OK)


def _describe(state: HookState) -> str:
    if state.script is None:
        there = " Another hook is there; `vault-sync hook install` lets it run first."
        return f"The hook is not installed.{there if state.is_taken else ''}"
    if not _is_working(state):
        return make_printable(
            f"The hook in {state.path} cannot work, as {state.script.python} is gone."
            " `vault-sync hook install` renews it."
        )
    parts = [f"The hook is installed in {state.path}"]
    parts += ["stable formulas only"] if state.script.is_stable else []
    parts += ["a problem stops the commit"] if state.script.is_strict else []
    parts += [f"{state.earlier.name} runs first"] if state.earlier else []
    return make_printable("; ".join(parts) + ".")


def _tell_place(folder: HooksFolder) -> None:
    if folder.origin:
        whose = " It may serve other repositories too." if folder.is_shared else ""
        complain(
            f"git looks for hooks in {folder.path}, because core.hooksPath is set in {folder.origin}.{whose}"
        )
