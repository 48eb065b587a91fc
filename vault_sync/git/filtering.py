"""The clean filter: which text of a note git is to see.

Git asks for each note whose file changed (gitattributes(5), "filter"). The note is held against the
blob that the *index* has for its path, since that is what `git status` and `git add` compare with:
where only daily values differ, git gets the blob's own; everything else it gets as it is. It also gets
a note as it is while an edit of it is staged, so that what will be committed can be made true.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from vault_sync.errors import BrokenPromiseError, GitError, NoteError
from vault_sync.note.decoding import decode_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.git.filtering_vaults import Vaults
    from vault_sync.git.objects import BlobReader
    from vault_sync.git.repository import Repository

ENDING: Final = ".md"
PATIENCE: Final = 32
"""How many notes may be just as committed before git is asked about all of them at once."""
_LIST_CHANGED: Final = (
    "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all",
)  # fmt: skip
_LIST_EDITS: Final = (
    "diff", "--cached", "--name-only", "-z", "--find-renames=100%", "--diff-filter=AMT", "--no-relative",
    "--no-ext-diff", "--ita-invisible-in-index", "--ignore-submodules=all",
)  # fmt: skip
"""A note that was only moved is none of these."""
_NAME: Final = 3
"""Where the path stands behind `XY ` (git-status(1), "Porcelain Format Version 1")."""


class NothingToFilterError(Exception):
    """No note of the work tree needs the filter, now or later in this run of git."""


@contextmanager
def _nothing_if_git_fails() -> Iterator[None]:
    try:
        yield
    except GitError:
        raise NothingToFilterError from None


@dataclass(slots=True)
class CleanFilter:
    """Answers one run of git.

    Attributes:
        repository: in which git runs.
        blobs: reads what the index has.
        open_vaults: gives the vaults of the work tree; called when the first note differs.
    """

    repository: Repository
    blobs: BlobReader
    open_vaults: Callable[[], Vaults]
    _vaults: Vaults | None = None
    _unchanged: int = 0
    _changed: frozenset[str] | None = None
    _edits: frozenset[str] | None = None

    def clean(self, path: str, content: bytes) -> bytes:
        """Return what git is to store or compare for a file.

        Args:
            path: from the root of the work tree, with ``/``.
            content: the file in the work tree.

        Raises:
            NothingToFilterError: neither this file nor any other needs to be asked about.
        """
        if not path.endswith(ENDING) or self._is_known_unchanged(path):
            return content
        staged = self._read(f":0:{path}")
        if staged is None:
            return content
        if staged in {content, content.replace(b"\r\n", b"\n")}:
            self._count_unchanged()
            return content
        if self._is_edit(path, staged):
            return content
        return self._restore(path, content, staged)

    def _read(self, name: str) -> bytes | None:
        with _nothing_if_git_fails():
            return self.blobs.read(name)

    def _is_edit(self, path: str, staged: bytes) -> bool:
        """Say whether another version of a note is staged than was committed.

        Git is asked for all of them at once, the first time. A run of git that makes commits, such
        as a rebase, may have committed some of them since, so these are looked at again.
        """
        if self._edits is None:
            with _nothing_if_git_fails():
                said = self.repository.run(*_LIST_EDITS)
            self._edits = frozenset(os.fsdecode(said).split("\0"))
        return path in self._edits and self._read(f"HEAD:{path}") != staged

    def _is_known_unchanged(self, path: str) -> bool:
        return self._changed is not None and path not in self._changed

    def _count_unchanged(self) -> None:
        """Ask git itself, once, which notes differ at all, if it seems that few do.

        Each question of git takes two changes of process, however quick the answer is. After
        files were merely touched (`touch`, a copied folder), thousands of questions are spared.
        """
        self._unchanged += 1
        if self._unchanged != PATIENCE:
            return
        from vault_sync.git.isolation import isolate, read_settings  # noqa: PLC0415 - few need it

        with suppress(GitError):
            with isolate(self.repository, read_settings(self.repository)) as isolated:
                said = os.fsdecode(isolated.run(*_LIST_CHANGED)).split("\0")
            names = (line[_NAME:] for line in said if line[1:2].strip())
            self._changed = frozenset(name for name in names if name.endswith(ENDING))
            if not self._changed:
                raise NothingToFilterError

    def _restore(self, path: str, content: bytes, committed: bytes) -> bytes:
        from vault_sync.git.filtering_values import restore_committed  # noqa: PLC0415 - for a quick start

        if self._vaults is None:
            self._vaults = self.open_vaults()
        found = self._vaults.find(path)
        if found is None:
            return content
        vault, inside = found
        try:
            texts = decode_note(content), decode_note(committed)
            find_owned = partial(vault.daily_owner.find_owned, path=inside)
            restored = restore_committed(*texts, find_owned)
        except (NoteError, BrokenPromiseError):
            return content
        return content if restored is None else restored.encode()
