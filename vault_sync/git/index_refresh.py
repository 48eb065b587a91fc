"""Letting git look again at notes that a refresh has written.

Git takes a file for changed, without asking any filter, if its *size* is not the one in the index
(`ie_modified` in git's read-cache.c), and a day count that goes from 99 to 100 changes the size. An
entry of unknown size, though, is compared by content. So the entries of notes that look changed are
put into the index once more, as they are: what is staged stays the same to the byte, and git forgets
what it thought of the file.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.files.index_lock import copy_index, drop_dead_lock, find_lock, hold_index
from vault_sync.git.clean_filter import ENDING
from vault_sync.git.install_drivers import FILTER, find_installed, render_command
from vault_sync.git.isolation import isolate, read_settings
from vault_sync.git.repository import find_repository, run_git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from vault_sync.git.repository import Repository

_LIST_TOUCHED: Final = (
    "diff-files", "-z", "--name-only", "--diff-filter=M", "--no-relative", "--ignore-submodules=all",
)  # fmt: skip
_IN_WORK_TREE: Final = "H"
_FILES: Final = frozenset({"100644", "100755"})
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
    except (
        GitError
    ):  # without our filter there is nothing to do, so an error of git is none of ours
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
    said = os.fsdecode(repository.run("ls-files", "-v", "-s", "-z"))
    for line in said.split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        tag, mode, blob, stage = facts.split(" ")
        is_plain = tag == _IN_WORK_TREE and mode in _FILES and stage == "0"
        if path in paths and is_plain and blob not in _EMPTY:
            yield f"{mode} {blob}\t{path}\0"
