"""Installs the clean filter and the merge driver: git's configuration and attributes.

Both are this clone's own (`git config --local`, `info/attributes`): nothing is committed, and a clone
without them has ordinary notes. Source: gitattributes(5), git-config(1).
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.git.clean_filter import ENDING
from vault_sync.git.isolation import (
    add_lines,
    attributes_file,
    find_other_drivers,
    has_lines,
    read_settings,
    remove_lines,
)
from vault_sync.text import make_printable
from vault_sync.vault.vault import find_vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.git.repository import Repository


_NO_SECTION: Final = 128


@dataclass(frozen=True, slots=True)
class Driver:
    """Something that git calls for notes.

    Attributes:
        attribute: by which git finds it: `filter` or `merge`.
        settings: the rest of its section of the configuration.
        command: the one of its settings that holds what git runs.
        arguments: what git runs, behind the program.
        fallback: what the shell runs behind that, for when the program is not there any more.
    """

    attribute: str
    settings: Mapping[str, str]
    command: str
    arguments: str
    fallback: str

    @property
    def section(self) -> str:
        """Its section of the configuration."""
        return f"{self.attribute}.vault-sync"


FILTER: Final = Driver(
    "filter",
    {"required": "false"},
    "process",
    "git-filter process",
    r" || { printf '0016git-filter-server\n000eversion=2\n00000000'; cat >/dev/null; }",
)
"""Git dies if a filter ends before it has said what it can do, so the shell says then: nothing."""
MERGE: Final = Driver(
    "merge",
    {"name": "derived values follow the merged sources"},
    "driver",
    "merge-driver run %O %A %B --marker-size %L --path %P --labels %S %X %Y",
    "; code=$?; case $code in 0|5) exit $code;; esac;"
    " exec git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B",
)
"""Git takes any failure for a conflict and leaves ours alone in the file, so git itself merges then."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What of a driver is there.

    Attributes:
        command: what git would run; empty where it is not configured.
        is_named: the attribute names it.
        is_current: git would run this very program.
    """

    command: str
    is_named: bool
    is_current: bool

    @property
    def is_whole(self) -> bool:
        """Whether git would run something, which need not be ours: a repository may say anything."""
        return bool(self.command) and self.is_named


def install_driver(repository: Repository, driver: Driver) -> None:
    """Let git call a driver for the notes of a repository.

    Raises:
        GitError: the notes have another one already, or git's files cannot be written.
    """
    others = find_other_drivers(repository, driver.attribute)
    for path, value in others.items():
        message = f"{make_printable(path)} has `{driver.attribute}={make_printable(value)}` in your git attributes, which would be displaced; nothing was installed."
        raise GitError(message)
    for name, value in driver.settings.items():
        repository.run("config", "--local", f"{driver.section}.{name}", value)
    command = render_command(driver)
    repository.run("config", "--local", f"{driver.section}.{driver.command}", command)
    try:
        add_lines(attributes_file(repository), driver.attribute)
    except OSError as error:
        raise _explain(repository, error) from error


def uninstall_driver(repository: Repository, driver: Driver) -> bool:
    """Take a driver out again and say whether anything of it was there.

    Raises:
        GitError: git's files cannot be written.
    """
    found = find_installed(repository, driver)
    try:
        remove_lines(attributes_file(repository), driver.attribute)
    except OSError as error:
        raise _explain(repository, error) from error
    try:
        repository.run("config", "--local", "--remove-section", driver.section)
    except GitError as error:
        if error.code != _NO_SECTION:
            raise
    return bool(found.command) or found.is_named


def find_installed(
    repository: Repository, driver: Driver, settings: Mapping[str, str | None] | None = None
) -> Installed:
    """Return what of a driver is there.

    Args:
        repository: where.
        driver: which.
        settings: all that count in the repository; None to have them read.

    Raises:
        GitError: the configuration or the attributes cannot be read.
    """
    if settings is None:
        settings = read_settings(repository)
    command = settings.get(f"{driver.section}.{driver.command}") or ""
    try:
        is_named = has_lines(attributes_file(repository), driver.attribute)
    except OSError as error:
        message = f"{attributes_file(repository)} cannot be read ({error.strerror})."
        raise GitError(message) from error
    return Installed(command, is_named, command == render_command(driver))


def render_command(driver: Driver) -> str:
    """Return the command for git, whose shell runs it at the root of the work tree.

    `-P` keeps Python from importing anything that lies there: a repository is not to be trusted.
    """
    program = shlex.quote(Path(sys.executable).as_posix())
    return f"{program} -P -m vault_sync {driver.arguments}{driver.fallback}"


def _explain(repository: Repository, error: OSError) -> GitError:
    return GitError(f"{attributes_file(repository)} cannot be written ({error.strerror}).")


# Whether anything of a repository is ours to refresh.

_LIST_ALL: Final = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def has_vault(repository: Repository) -> bool:
    """Say whether a work tree lies in a vault, or one of its notes does, committed or not.

    Raises:
        GitError: git cannot list the files.
    """
    if find_vault(repository.top):
        return True
    listed = os.fsdecode(repository.run(*_LIST_ALL)).split("\0")
    folders = {path.rpartition("/")[0] for path in listed if path.endswith(ENDING)}
    return any(find_vault(repository.top / folder) for folder in folders)
