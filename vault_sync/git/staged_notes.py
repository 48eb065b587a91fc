"""The files of a vault as they are staged, for formulas that read other notes."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.engine.refresh import RefreshPlanner, open_planner
from vault_sync.errors import NoteError, Problem, RepositoryNotFoundError
from vault_sync.files.read import NoteBytes, Signature
from vault_sync.git.index import BlobReader, list_entries
from vault_sync.git.repository import find_repository
from vault_sync.rules.ruleset import reads_others
from vault_sync.vault.vault import why_ignored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import ExitStack

    from vault_sync.files.folder import VaultFolder
    from vault_sync.git.repository import Repository
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.vault import Vault

_SIGNATURE: Final = Signature(0, 0, 0, 0, 0)


def look_into_index(
    conditions: Conditions,
    rules: Sequence[RuleSet],
    vault: Vault,
    repository: Repository,
    blobs: BlobReader,
) -> Conditions:
    """Return conditions in which formulas see the other notes of a vault as these are staged.

    Args:
        conditions: the day, the zone and the clocks that count.
        rules: the rule sets.
        vault: in the work tree of the repository.
        repository: whose index.
        blobs: reads what is staged.
    """
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415 - few rules need it

    source = StagedNotes(repository, blobs, vault)
    return conditions.with_vault(LinkedNotes(source, rules, conditions))


def open_staged_planner(
    stack: ExitStack,
    root: VaultFolder,
    rules: Sequence[RuleSet],
    conditions: Conditions,
    vault: Vault,
) -> RefreshPlanner:
    """Return a planner of notes on the disk whose formulas see the other notes as these are staged.

    Where the vault lies in no repository, they see those on the disk.

    Args:
        stack: closes what is opened.
        root: the folder of the vault, opened.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        vault: where the notes are.

    Raises:
        GitError: git cannot tell what is staged.
    """
    if not reads_others(rules):
        return RefreshPlanner(root, rules, conditions)
    try:
        repository = _choose_index(find_repository(Path(vault.root)))
    except RepositoryNotFoundError:
        return open_planner(root, rules, conditions, vault)
    blobs = stack.enter_context(BlobReader(repository))
    return RefreshPlanner(root, rules, look_into_index(conditions, rules, vault, repository, blobs))


def _choose_index(repository: Repository) -> Repository:
    """Return a repository with the index that git has made for a commit of some files alone.

    Source: githooks(5), "pre-commit": it is named by ``GIT_INDEX_FILE``.
    """
    named = os.environ.get("GIT_INDEX_FILE")
    index = repository.top / named if named else None
    is_ours = index and os.path.realpath(index.parent) == os.path.realpath(repository.git_dir)
    return repository._replace(index_file=index) if is_ours else repository


class StagedNotes:
    """What the index of a repository has below the folder of a vault.

    Nothing of the work tree is read, so no value comes from a note that is not saved or not staged.
    """

    def __init__(self, repository: Repository, blobs: BlobReader, vault: Vault) -> None:
        """Look into an index; it is listed when the first name is looked up.

        Args:
            repository: whose index.
            blobs: reads what is staged.
            vault: a vault in its work tree.
        """
        self._repository = repository
        self._blobs = blobs
        self._vault = vault

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files that Obsidian would see."""
        return self._entries

    def read(self, path: str) -> NoteBytes:
        """Return a note as it is staged.

        Raises:
            NoteError: it is not.
        """
        blob = self._entries.get(path)
        data = self._blobs.read(blob) if blob else None
        if data is None:
            raise NoteError(Problem("It is not staged."))
        return NoteBytes(path, data, _SIGNATURE)

    def sign(self, path: str) -> Signature | None:
        """Return what is the same for all staged files: git tells no more of them."""
        return _SIGNATURE if path in self._entries else None

    def place(self, path: str) -> None:
        """Return nothing: the file on the disk may be another version."""

    def is_left_alone(self, path: str) -> bool:
        """Say whether the vault leaves a note alone."""
        return why_ignored(self._vault, path) is not None

    def describe(self) -> str:
        """Return nothing: what is staged is never remembered."""
        return ""

    @cached_property
    def _entries(self) -> Mapping[str, str]:
        """The blobs of the files by their paths in the vault."""
        root, top = os.path.realpath(self._vault.root), os.path.realpath(self._repository.top)
        below = os.path.relpath(root, top).replace(os.sep, "/")
        start = "" if below == "." else f"{below}/"
        return {
            entry.path[len(start) :]: entry.blob
            for entry in list_entries(self._repository)
            if entry.path.startswith(start) and not _is_hidden(entry.path[len(start) :])
        }


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path
