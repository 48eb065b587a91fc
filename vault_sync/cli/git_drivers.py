"""What `hook`, `git-filter` and `merge-driver` tell of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_sync.engine.report import STALE_EXIT_CODE
from vault_sync.git.install_drivers import find_installed, has_vault
from vault_sync.vault.walk import make_printable

if TYPE_CHECKING:
    from vault_sync.git.install_drivers import Driver
    from vault_sync.git.repository import Repository


def warn_without_vault(repository: Repository) -> None:
    """Say that what was installed will do nothing, where no note of a repository lies in a vault.

    Raises:
        GitError: git cannot list the files.
    """
    if not has_vault(repository):
        click.echo(
            "But no note of this repository lies in a vault (a folder with .vault-sync.yaml or"
            " .obsidian), so nothing will be refreshed yet; `vault-sync init` makes it one.",
            err=True,
        )


def tell_status(repository: Repository, driver: Driver, noun: str, command: str) -> int:
    """Say whether a driver is installed in a repository, and return the exit code.

    Args:
        repository: the repository.
        driver: the driver.
        noun: what people call it.
        command: of ours, which installs it.
    """
    found = find_installed(repository, driver)
    where = make_printable(str(repository.top))
    if found.is_whole and found.is_current:
        click.echo(f"The {noun} is installed in {where}.")
        return 0
    if found.is_whole:
        click.echo(f"The {noun} is installed in {where}, but runs another program:")
        click.echo(f"  {make_printable(found.command)}")
        click.echo(f"`vault-sync {command} install` makes it run this one.")
        return STALE_EXIT_CODE
    part = "only in part" if found.command or found.is_named else "not"
    click.echo(
        f"The {noun} is {part} installed in {where}; `vault-sync {command} install` does it."
    )
    return STALE_EXIT_CODE
