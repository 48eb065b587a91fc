"""The index and the blobs of a repository: what is staged, and putting other blobs in its place."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Self

from vault_sync.errors import GitError
from vault_sync.git.repository import LIST_SETTINGS, Repository, isolate, parse_settings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence


FILES: Final = frozenset({"100644", "100755"})
_LIST_STAGED: Final = (
    "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff",
    "--ita-invisible-in-index", "--ignore-submodules=all", "--diff-filter=AMT",
)  # fmt: skip
IN_WORK_TREE: Final = "H"
MERGED: Final = "0"


class IndexEntry(NamedTuple):
    """A file as the index has it.

    Attributes:
        mode: as git writes it: `100644`, `100755`.
        blob: the id of its content.
        path: from the root of the work tree, with `/`; what is not UTF-8 in it as surrogates.
    """

    mode: str
    blob: str
    path: str


def list_staged(repository: Repository) -> list[IndexEntry]:
    """Return the files whose content in the index is another than in the last commit.

    Links, submodules, deleted files and unresolved conflicts are none of them, nor is a file that is
    only intended to be added (`git add -N`): it has no content yet.

    Raises:
        GitError: git cannot tell.
    """
    fields = iter(_split(repository.run(*_LIST_STAGED)))
    entries = (_parse_change(facts, path) for facts, path in zip(fields, fields, strict=False))
    return [entry for entry in entries if entry.mode in FILES]


def replace_entries(
    repository: Repository, new_blobs: Mapping[IndexEntry, str]
) -> list[IndexEntry]:
    """Put other blobs in the place of entries that still are what they were, and return these.

    An entry that somebody has staged anew meanwhile stays, and so does one whose file is left out of
    the work tree (sparse checkout), as git would forget that it is.

    Args:
        repository: whose index.
        new_blobs: the ids of the new blobs, by the entries to be replaced.

    Raises:
        GitError: the index cannot be read or written, for example because it is locked.
    """
    asked = repository.start(*LIST_SETTINGS)  # git does so while it lists the index
    try:
        present = {entry for tag, _, entry in list_index(repository) if tag == IN_WORK_TREE}
    finally:
        settings = asked.communicate()[0]
    found = [entry for entry in new_blobs if entry in present]
    if found:
        lines = (f"{entry.mode} {new_blobs[entry]}\t{entry.path}\0" for entry in found)
        with isolate(repository, parse_settings(settings)) as isolated:
            isolated.run("update-index", "-z", "--index-info", data=os.fsencode("".join(lines)))
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


def list_entries(repository: Repository) -> list[IndexEntry]:
    """Return all files of the index, without links, submodules and conflicts.

    Raises:
        GitError: git cannot tell.
    """
    entries = (entry for _, stage, entry in list_index(repository) if stage == MERGED)
    return [entry for entry in entries if entry.mode in FILES]


def list_index(repository: Repository, tags: str = "-t") -> Iterator[tuple[str, str, IndexEntry]]:
    """Yield all entries of the index, each behind its tag and its stage.

    Args:
        repository: whose index.
        tags: ``-v`` for those that tell what is taken for unchanged, too (git-ls-files(1)).

    Raises:
        GitError: git cannot tell.
    """
    for line in _split(repository.run("ls-files", tags, "-s", "-z")):
        facts, _, path = line.partition("\t")
        tag, mode, blob, stage = facts.split(" ")
        yield tag, stage, IndexEntry(mode, blob, path)


def _parse_change(facts: str, path: str) -> IndexEntry:
    """Return the new side of a line of git's raw diffs (git-diff(1), "Raw output format")."""
    _, mode, _, blob, _ = facts.split(" ")
    return IndexEntry(mode, blob, path)


def _split(said: bytes) -> list[str]:
    return os.fsdecode(said).split("\0")[:-1]


# The blobs of a repository: read through one process for many, written through one for many.

MAX_BLOB_BYTES: Final = 10 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_STORE_BLOBS: Final = ("hash-object", "-w", "-t", "blob", "--no-filters", "--stdin-paths")


class BlobReader:
    """Reads blobs by way of one `git cat-file --batch` that stays open.

    It starts with the first question. Close it, or use it in a `with` statement.
    """

    __slots__ = ("_process", "repository")

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> subprocess.Popen[bytes]:
        """Start, or have started; before the first question, if there is something to do meanwhile.

        Raises:
            GitError: git cannot be run.
        """
        if self._process is None:
            self._process = self.repository.start("cat-file", "--batch")
        return self._process

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a blob.

        Args:
            name: of the object, as gitrevisions(7) has it: an id, `HEAD:path`, `:path` for the index.

        Returns:
            None where there is no such blob, it has more than 10 MiB, or its name holds a line
            break, which cannot be asked for.

        Raises:
            GitError: git stopped answering.
        """
        if "\n" in name:
            return None
        answers = self._ask(name)
        head = answers.readline()
        if not head.endswith(b"\n"):
            raise GitError("`git cat-file` stopped before it had answered.")
        fields = head.rsplit(b" ", 2)
        if len(fields) != 3 or not fields[2].strip().isdigit():  # "… missing", "… ambiguous"
            return None
        return self._read_body(answers, int(fields[2]), is_wanted=fields[1] == b"blob")

    def close(self) -> None:
        """Let the process end."""
        if self._process:
            with suppress(OSError):
                self._process.communicate()
            self._process = None

    def _ask(self, name: str) -> IO[bytes]:
        process = self.open()
        questions, answers = process.stdin, process.stdout
        if questions is None or answers is None:
            raise GitError("`git cat-file` has no pipes.")
        try:
            questions.write(name.encode("utf-8", "surrogateescape") + b"\n")
            questions.flush()
        except OSError as error:
            raise GitError(f"`git cat-file` stopped listening ({error.strerror}).") from error
        return answers

    @staticmethod
    def _read_body(answers: IO[bytes], size: int, *, is_wanted: bool) -> bytes | None:
        if is_wanted and size <= MAX_BLOB_BYTES:
            data = answers.read(size + 1)
            if len(data) != size + 1:
                raise GitError("`git cat-file` stopped in the middle of an answer.")
            return data[:-1]
        left = size + 1
        while left > 0:
            passed = len(answers.read(min(left, _CHUNK)))
            if not passed:
                raise GitError("`git cat-file` stopped in the middle of an answer.")
            left -= passed
        return None


def write_blobs(repository: Repository, blobs: Sequence[bytes]) -> list[str]:
    """Put blobs into a repository and return their ids, in their order.

    One `git hash-object` stores them, however many there are, out of a folder that goes again. No filter
    is asked (`--no-filters`): they are what the index is to have.

    Args:
        repository: where to.
        blobs: all bytes of each.

    Raises:
        GitError: they cannot be stored.
    """
    from vault_sync.files.export import make_scratch  # noqa: PLC0415 - for a quick start

    try:
        with make_scratch({str(number): blob for number, blob in enumerate(blobs)}) as folder:
            names = "".join(f"{folder / str(number)}\n" for number in range(len(blobs)))
            said = repository.run(*_STORE_BLOBS, data=os.fsencode(names))
    except OSError as error:
        raise GitError(f"The new notes cannot be stored ({error.strerror}).") from error
    return said.decode("ascii").split()
