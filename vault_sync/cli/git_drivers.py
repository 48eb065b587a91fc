"""The commands that `git-filter` and `merge-driver` have in common, and what `hook` shares with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.cli.language import echo
from vault_sync.engine.report import STALE_EXIT_CODE
from vault_sync.git.install_drivers import (
    find_installed,
    has_vault,
    install_driver,
    uninstall_driver,
)
from vault_sync.git.repository import find_repository
from vault_sync.programs import require_lasting_python
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.cli import Options
    from vault_sync.git.install_drivers import Driver
    from vault_sync.git.repository import Repository


class DriverCommands(NamedTuple):
    """The commands by which a driver comes and goes, and is asked for.

    Attributes:
        driver: what git calls for notes.
        command: of ours, which installs it.
        noun: what people call it.
        effect: what its installation changes, the end of a sentence.
        removal: what its removal changes, the same.
        update: makes git look at the notes again after its installation.
        forget: the same after its removal.
    """

    driver: Driver
    command: str
    noun: str
    effect: str
    removal: str = ""
    update: Callable[[Repository], object] = lambda _repository: None
    forget: Callable[[Repository], object] = lambda _repository: None

    def install(self, options: Options) -> int:
        """Install the driver, or renew it."""
        require_lasting_python()
        repository = find_clone(options)
        install_driver(repository, self.driver)
        self.update(repository)
        echo(f"The {self.noun} is installed; {self.effect}.")
        warn_without_vault(repository)
        return 0

    def uninstall(self, options: Options) -> int:
        """Take the driver out again."""
        repository = find_clone(options)
        if not uninstall_driver(repository, self.driver):
            echo(f"The {self.noun} is not installed here; nothing was changed.")
            return 0
        self.forget(repository)
        echo(f"The {self.noun} is taken out{self.removal}.")
        return 0

    def show_status(self, options: Options) -> int:
        """Say whether the driver is installed; exit with 1 if git would not run it."""
        repository = find_clone(options)
        found = find_installed(repository, self.driver)
        where = make_printable(str(repository.top))
        if found.is_whole and found.is_current:
            echo(f"The {self.noun} is installed in {where}.")
            return 0
        if found.is_whole:
            echo(f"The {self.noun} is installed in {where}, but runs another program:")
            echo(f"  {make_printable(found.command)}")
            echo(f"`vault-sync {self.command} install` makes it run this one.")
            return STALE_EXIT_CODE
        part = "only in part" if found.command or found.is_named else "not"
        echo(
            f"The {self.noun} is {part} installed in {where}; `vault-sync {self.command} install` does it."
        )
        return STALE_EXIT_CODE


def find_clone(options: Options) -> Repository:
    """Return the repository around the vault that was named, or around the working folder.

    Raises:
        RepositoryNotFoundError: there is none.
        GitError: git refuses the repository.
    """
    return find_repository(options.vault or Path.cwd())


def warn_without_vault(repository: Repository) -> None:
    """Say that what was installed will do nothing, where no note of a repository lies in a vault.

    Raises:
        GitError: git cannot list the files.
    """
    if not has_vault(repository):
        echo(
            "But no note of this repository lies in a vault (a folder with .vault-sync.yaml or"
            " .obsidian), so nothing will be refreshed yet; `vault-sync init` makes it one.",
            err=True,
        )
