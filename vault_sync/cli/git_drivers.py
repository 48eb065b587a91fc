"""The commands that `git-filter` and `merge-driver` have in common, and what `hook` shares with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from vault_sync.cli.language import TranslatedGroup, command, count, echo
from vault_sync.cli.streams import warn
from vault_sync.engine.report import STALE_EXIT_CODE
from vault_sync.git.drivers import (
    FILTER,
    MERGE,
    find_installed,
    forget_all,
    has_vault,
    install_driver,
    refresh_index,
    uninstall_driver,
)
from vault_sync.git.repository import Repository, find_repository
from vault_sync.programs import require_lasting_python
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.cli.options import Options
    from vault_sync.git.drivers import Driver


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
        remedy = f"`vault-sync {self.command} install`"
        if found.command or found.is_named:
            echo(f"The {self.noun} is only in part installed in {where}; {remedy} does it.")
        else:
            echo(f"The {self.noun} is not installed in {where}; {remedy} does it.")
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


# ``vault-sync git-filter``: let git see a note as unchanged while only its daily values are new.

_FILTER: Final = DriverCommands(
    FILTER,
    command="git-filter",
    noun="git filter",
    effect="`git status` is quiet about daily values now",
    removal="; `git status` shows notes with new daily values again",
    update=refresh_index,
    forget=forget_all,
)


@click.group(cls=TranslatedGroup, name="git-filter")
def git_filter_command() -> None:
    """Keep `git status` quiet about values that change every day.

    Git then shows what you edited and nothing else. It is a setting of this clone alone.

    \b
    Examples:
      vault-sync git-filter install      in a repository of notes: from now on
      vault-sync git-filter status       is it there, and would git run it?
      vault-sync git-filter settle       let git look again at the notes
      vault-sync git-filter uninstall    take it out; git shows daily values
    """  # noqa: D301 - \b is a character that click knows


@command("install", "Install the filter, or renew it.", group=git_filter_command)
def install_command(options: Options, /) -> int:
    """Let git ask vault-sync about the notes of this clone.

    Git then takes a note for unchanged while only its daily values differ from what is committed.
    Nothing is committed by this, and clones of others are not affected.

    \b
    Example:
      vault-sync git-filter install
    """  # noqa: D301 - \b is a character that click knows
    return _FILTER.install(options)


@command("uninstall", "Take the filter out again.", group=git_filter_command)
def uninstall_command(options: Options, /) -> int:
    """Take the filter out again; git then shows every daily value that differs.

    \b
    Example:
      vault-sync git-filter uninstall
    """  # noqa: D301 - \b is a character that click knows
    return _FILTER.uninstall(options)


@command("status", "Say whether git would run it.", group=git_filter_command)
def status_command(options: Options, /) -> int:
    """Say whether the filter is installed; exit 1 if git would not run it.

    \b
    Example:
      vault-sync git-filter status
    """  # noqa: D301 - \b is a character that click knows
    return _FILTER.show_status(options)


@command("settle", "Let git look at the notes again.", group=git_filter_command)
def settle_command(options: Options, /) -> int:
    """Let git look again at notes that were not written by vault-sync here, but by a sync service.

    `refresh`, `undo` and the daemon do this by themselves where the filter is installed.

    \b
    Example:
      vault-sync git-filter settle
    """  # noqa: D301 - \b is a character that click knows
    looked_at = refresh_index(find_clone(options))
    echo(
        count("Git has looked again at {n} note.", "Git has looked again at {n} notes.", looked_at)
    )
    return 0


@git_filter_command.command(name="process", hidden=True)
def process_command() -> int:
    """Answer git, which starts this and talks over stdin and stdout."""
    from vault_sync.git.clean_filter import run_filter

    run_filter(sys.stdin.buffer, sys.stdout.buffer, warn)
    return 0


# ``vault-sync merge-driver``: merge notes without conflicts about derived values.

_MERGE: Final = DriverCommands(
    MERGE,
    command="merge-driver",
    noun="merge driver",
    effect="derived values are no conflicts any more",
)


@click.group(cls=TranslatedGroup, name="merge-driver")
def merge_driver_command() -> None:
    """Let git merge notes without conflicts about derived values.

    They are computed from the merged note. What you wrote is merged as ever. It is a setting of
    this clone alone.

    \b
    Examples:
      vault-sync merge-driver install      in a repository of notes: from now on
      vault-sync merge-driver status       is it there, and would git run it?
      vault-sync merge-driver uninstall    take it out again
    """  # noqa: D301 - \b is a character that click knows


@command("install", "Install the driver, or renew it.", group=merge_driver_command)
def install_merge_command(options: Options, /) -> int:
    """Let git call vault-sync to merge the notes of this clone.

    Derived values are then computed from the merged sources; all else is merged as git does it.
    Nothing is committed by this, and clones of others are not affected.

    \b
    Example:
      vault-sync merge-driver install
    """  # noqa: D301 - \b is a character that click knows
    return _MERGE.install(options)


@command("uninstall", "Take the driver out again.", group=merge_driver_command)
def uninstall_merge_command(options: Options, /) -> int:
    """Take the merge driver out again; git then merges notes as it does other files.

    \b
    Example:
      vault-sync merge-driver uninstall
    """  # noqa: D301 - \b is a character that click knows
    return _MERGE.uninstall(options)


@command("status", "Say whether git would run it.", group=merge_driver_command)
def show_merge_status(options: Options, /) -> int:
    """Say whether the merge driver is installed; exit 1 if git would not run it.

    \b
    Example:
      vault-sync merge-driver status
    """  # noqa: D301 - \b is a character that click knows
    return _MERGE.show_status(options)


@merge_driver_command.command(name="run", hidden=True)
@click.argument("versions", nargs=3, type=click.Path(path_type=Path))
@click.option("--marker-size", type=click.IntRange(1, 1000), default=7, help="Of conflict markers.")
@click.option("--path", required=True, help="The note in the work tree.")
@click.option("--labels", nargs=3, default=("%S", "%X", "%Y"), help="Of base, ours and theirs.")
def run_command(
    versions: tuple[Path, Path, Path], marker_size: int, path: str, labels: tuple[str, str, str]
) -> int:
    """Merge three versions of a note into the second file. Git starts this."""
    from vault_sync.git.merge_driver import Merge, choose_labels, run_merge
    from vault_sync.git.repository import find_repository_of_hook

    chosen = choose_labels(labels, os.environ)
    merge = Merge(*versions, path, marker_size, chosen)
    return run_merge(find_repository_of_hook(), merge, warn)
