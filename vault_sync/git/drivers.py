"""The clean filter and the merge driver: installed in a repository, and git made to look at notes again.

Both are this clone's own (`git config --local`, `info/attributes`): nothing is committed, and a clone
without them has ordinary notes. Source: gitattributes(5), git-config(1).
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.files.export import create_file, remove_file, replace_file
from vault_sync.files.index_lock import copy_index, drop_dead_lock, find_lock, hold_index
from vault_sync.git.clean_filter import ENDING
from vault_sync.git.index import FILES, IN_WORK_TREE, MERGED, list_index
from vault_sync.git.repository import (
    Repository,
    attributes_file,
    find_repository,
    isolate,
    read_attributes,
    read_settings,
    run_git,
)
from vault_sync.text import make_printable
from vault_sync.vault.vault import find_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


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
    _rewrite(repository, lambda text: add_lines(text, driver.attribute))


def uninstall_driver(repository: Repository, driver: Driver) -> bool:
    """Take a driver out again and say whether anything of it was there.

    Raises:
        GitError: git's files cannot be written.
    """
    found = find_installed(repository, driver)
    _rewrite(repository, lambda text: text.replace(render_lines(driver.attribute), ""))
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
        is_named = render_lines(driver.attribute) in _read(attributes_file(repository))
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


# Letting git look again at notes that a refresh has written.
#
# Git takes a file for changed, without asking any filter, if its *size* is not the one in the index
# (`ie_modified` in git's read-cache.c), and a day count that goes from 99 to 100 changes the size. An
# entry of unknown size, though, is compared by content. So the entries of notes that look changed are
# put into the index once more, as they are: what is staged stays the same to the byte, and git forgets
# what it thought of the file.

_LIST_TOUCHED: Final = (
    "diff-files", "-z", "--name-only", "--diff-filter=M", "--no-relative", "--ignore-submodules=all",
)  # fmt: skip
_EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The ids of the empty blob, which a file has that is only intended to be added (`git add -N`)."""
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
_LOOK: Final = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")


def refresh_vault_index(root: Path) -> int:
    """Let git look again at the notes of a vault's repository, if our filter is installed there.

    A repository may come from anybody, with settings that name any program in the place of our filter.
    So "installed" means: the command is to the letter the one that we write.

    Args:
        root: the vault; it may be a folder of the repository, or not lie in one.

    Returns:
        How many notes git looks at again.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    try:
        repository = find_repository(root)
        settings = read_settings(repository)
        found = find_installed(repository, FILTER, settings)
    except GitError:  # without our filter there is nothing to do, so it is none of ours
        return 0
    return refresh_index(repository, settings) if found.is_whole and found.is_current else 0


def refresh_index(repository: Repository, settings: Mapping[str, str | None] | None = None) -> int:
    """Let git look again at every note whose file seems changed, and remember what it sees.

    The looking may take seconds. `git status` does it without the lock on the index, so that a person
    can go on working with git; it remembers what it saw unless the index has changed meanwhile
    (git-status(1), "Background Refresh"). No filter is asked but ours.

    Args:
        repository: whose index.
        settings: all that count in the repository; None to have them read.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    settings = read_settings(repository) if settings is None else settings
    with isolate(repository, settings, render_command(FILTER)) as isolated:
        count = _forget_files(isolated, _LIST_TOUCHED)
        if count:
            remembering = isolated.environment() | {"GIT_OPTIONAL_LOCKS": "1"}
            run_git(_LOOK, isolated.top, environment=remembering)
    return count


def forget_all(repository: Repository) -> int:
    """Let git forget what it knows of every note's file, so that it sees the true content next.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    with isolate(repository, read_settings(repository)) as isolated:
        return _forget_files(isolated, ("ls-files", "-z"))


def _forget_files(repository: Repository, list_files: Iterable[str]) -> int:
    """Let git forget the sizes and times of notes in the index, and return of how many.

    It is done on a copy, under git's own lock on the index, so that nobody stages anything meanwhile;
    the copy takes the index's place at the end.

    Args:
        repository: whose index; isolated.
        list_files: the command that names the files.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    index = repository.index_file or repository.git_dir / "index"
    if not index.is_file():
        return 0
    try:
        with ExitStack() as stack:
            copy = _hold(index, stack)
            lines = list(_list_lines(repository, frozenset(_list_notes(repository, list_files))))
            if lines:
                copy_index(index, copy)
                data = os.fsencode("".join(lines))
                repository.with_index(copy).run("update-index", "-z", "--index-info", data=data)
                copy.replace(index)
    except OSError as error:
        message = (
            f"{index} cannot be written ({error.strerror}), so git was not told of the new values."
        )
        raise GitError(message) from error
    return len(lines)


def _hold(index: Path, stack: ExitStack) -> Path:
    """Hold git's lock on an index, after a wait where another git is about to end."""
    lock = find_lock(index)
    for pause in _PAUSES:
        with suppress(FileExistsError):
            return stack.enter_context(hold_index(index))
        if not drop_dead_lock(lock):
            time.sleep(pause)
    message = f"Another git works on this repository ({lock} is there), so it was not told of the new values; `vault-sync git-filter settle` does it."
    raise GitError(message)


def _list_notes(repository: Repository, command: Iterable[str]) -> list[str]:
    said = os.fsdecode(repository.run(*command))
    return [path for path in said.split("\0") if path.endswith(ENDING)]


def _list_lines(repository: Repository, paths: Collection[str]) -> Iterable[str]:
    """Yield the entries of files as `update-index --index-info` takes them.

    Entries with a flag (left out of the work tree, taken for unchanged, intended to be added) are
    none of them, as the flag would be lost. Source: git-ls-files(1), `-v`.
    """
    for tag, stage, (mode, blob, path) in list_index(repository, "-v"):
        is_plain = tag == IN_WORK_TREE and mode in FILES and stage == MERGED
        if path in paths and is_plain and blob not in _EMPTY:
            yield f"{mode} {blob}\t{path}\0"


# Our lines in `$GIT_DIR/info/attributes`, put in and taken out without touching any other.
#
# That file is a person's own: it is not committed, so clones are not affected, and all linked
# worktrees share it (gitattributes(5)). It counts more than any `.gitattributes`, which is why
# `find_other_drivers` looks first whether notes have another filter or merge driver that would be displaced.

DRIVER: Final = "vault-sync"
NOTES: Final = "*.md"
_PROBE: Final = "note.md"
_UNSPECIFIED: Final = "unspecified"


def render_lines(attribute: str) -> str:
    """Return the two lines that give an attribute to all notes."""
    return (
        f"# The next line is of vault-sync; its `uninstall` takes it out again.\n"
        f"{NOTES} {attribute}={DRIVER}\n"
    )


def add_lines(text: str, attribute: str) -> str:
    """Return attributes with our lines for one of them behind the others."""
    lines = render_lines(attribute)
    gap = "\n" if text and not text.endswith("\n") else ""
    return text if lines in text else text + gap + lines


def find_other_drivers(repository: Repository, attribute: str) -> dict[str, str]:
    """Return notes that have another value for an attribute than ours, and which, a few at most.

    Raises:
        GitError: git cannot tell.
    """
    notes = _list_notes(repository, ("ls-files", "-z"))
    asked = os.fsencode("".join(f"{path}\0" for path in (_PROBE, *notes)))
    said = repository.run("check-attr", "-z", "--stdin", attribute, data=asked)
    found = _parse_values(os.fsdecode(said))
    return {path: value for path, value in found if value not in {_UNSPECIFIED, DRIVER}}


def _parse_values(said: str) -> Iterator[tuple[str, str]]:
    """Yield paths and values from `path NUL attribute NUL value NUL` (git-check-attr(1))."""
    fields = iter(said.split("\0"))
    for path, _attribute, value in zip(fields, fields, fields, strict=False):
        yield path, value


def _rewrite(repository: Repository, rewrite: Callable[[str], str]) -> None:
    """Change the attributes of a clone; the file is left alone where nothing in it changes.

    Raises:
        GitError: it cannot be written; it is as it was.
    """
    path = attributes_file(repository)
    try:
        text = _read(path)
        if (new := rewrite(text)) != text:
            _write(path, new)
    except OSError as error:
        raise GitError(f"{path} cannot be written ({error.strerror}).") from error


def _read(path: Path) -> str:
    return read_attributes(path).decode("utf-8", "surrogateescape")


def _write(path: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    if not data:
        remove_file(path)
    elif path.exists():
        replace_file(path, data, path.stat().st_mode & 0o777)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, data)
