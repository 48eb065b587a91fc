"""The index of a repository: what is staged, and putting other blobs in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vault_sync.git.repository import Repository

_FILES: Final = frozenset({"100644", "100755"})
_LIST_STAGED: Final = (
    "diff",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
    "--ita-invisible-in-index",
    "--ignore-submodules=all",
    "--diff-filter=AMT",
)
_IN_WORK_TREE: Final = "H"


class Entry(NamedTuple):
    """A file as the index has it.

    Attributes:
        mode: as git writes it: `100644`, `100755`.
        blob: the id of its content.
        path: from the root of the work tree, with `/`; what is not UTF-8 in it as surrogates.
    """

    mode: str
    blob: str
    path: str


def list_staged(repository: Repository) -> list[Entry]:
    """Return the files whose content in the index is another than in the last commit.

    Links, submodules, deleted files and unresolved conflicts are none of them, nor is a file that is
    only intended to be added (`git add -N`): it has no content yet.

    Raises:
        GitError: git cannot tell.
    """
    fields = iter(_split(repository.run(*_LIST_STAGED)))
    entries = (_parse_change(facts, path) for facts, path in zip(fields, fields, strict=False))
    return [entry for entry in entries if entry.mode in _FILES]


def replace_entries(repository: Repository, new_blobs: Mapping[Entry, str]) -> list[Entry]:
    """Put other blobs in the place of entries that still are what they were, and return these.

    An entry that somebody has staged anew meanwhile stays, and so does one whose file is left out of
    the work tree (sparse checkout), as git would forget that it is.

    Args:
        repository: whose index.
        new_blobs: the ids of the new blobs, by the entries to be replaced.

    Raises:
        GitError: the index cannot be read or written, for example because it is locked.
    """
    from vault_sync.git.isolation import LIST_SETTINGS, isolate, parse_settings  # noqa: PLC0415 - few need it

    asked = repository.start(*LIST_SETTINGS)  # git does so while it lists the index
    try:
        present = set(_list_present(repository))
    finally:
        settings = asked.communicate()[0]
    found = [entry for entry in new_blobs if entry in present]
    if found:
        lines = (f"{entry.mode} {new_blobs[entry]}\t{entry.path}\0" for entry in found)
        with isolate(repository, parse_settings(settings)) as isolated:
            isolated.run("update-index", "-z", "--index-info", data=_encode(lines))
    return found


def find_pending(repository: Repository) -> Repository | None:
    """Return the repository with the index that is to be the usual one after a partial commit.

    `git commit -- PATHS` makes two: the one that is committed, named in the environment, and the one
    that stays, which lies finished in the lock file until git renames it. What changes in the first
    has to change in the second, or the old content would be staged after the commit.
    Source: git's builtin/commit.c, "a partial commit".
    """
    index = repository.index_file
    if index is None or not index.name.startswith("next-index-"):
        return None
    pending = index.with_name("index.lock")
    return repository.with_index(pending) if pending.is_file() else None


def _list_present(repository: Repository) -> Iterator[Entry]:
    """Yield the entries whose files are in the work tree, without conflicts."""
    for line in _split(repository.run("ls-files", "-t", "-s", "-z")):
        facts, _, path = line.partition("\t")
        tag, mode, blob, _stage = facts.split(" ")
        if tag == _IN_WORK_TREE:
            yield Entry(mode, blob, path)


def _parse_change(facts: str, path: str) -> Entry:
    """Return the new side of a line of git's raw diffs (git-diff(1), "Raw output format")."""
    _, mode, _, blob, _ = facts.split(" ")
    return Entry(mode, blob, path)


def _split(said: bytes) -> list[str]:
    return os.fsdecode(said).split("\0")[:-1]


def _encode(lines: Iterable[str]) -> bytes:
    return os.fsencode("".join(lines))
