"""From a note on the disk to its plan: reading, decoding, planning, and what can go wrong there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    NoteChangedError,
    NoteError,
    NoteTooLargeError,
    Problem,
)
from vault_sync.files.reading import NoteBytes, read_note
from vault_sync.note.decoding import decode_note, glimpse
from vault_sync.plan.governed import is_named
from vault_sync.plan.planner import plan_note
from vault_sync.report import NoteResult, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.reading import Signature
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.plan.noteplan import NotePlan
    from vault_sync.rules.ruleset import RuleSet


class Stale(NamedTuple):
    """A note that has to be written: as it was read, and what is to become of it."""

    note: NoteBytes
    plan: NotePlan

    @property
    def text(self) -> str:
        """The note as it was read; few ask for it, so it is not kept beside the bytes."""
        return decode_note(self.note.data)


Found: TypeAlias = Stale | NoteResult | None
"""A note that has to be written, what else there is to tell of it, or None: no rule governs it."""


class RefreshPlanner(NamedTuple):
    """Plans the notes of one vault.

    Attributes:
        root: the vault.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, what else there is to tell of it, or None.

        None is for notes that no rule governs.
        """
        try:
            return self._plan_bytes(read_note(self.root, path))
        except NoteTooLargeError as error:
            is_ours = is_named(glimpse(error.start), self.rules)
            return tell_failure(path, error) if is_ours else None
        except (NoteError, BrokenPromiseError) as error:
            return tell_failure(path, error)

    def plan_version(self, note: NoteBytes) -> Found:
        """Return the same for a version of a note that is in hand already, such as a staged one."""
        try:
            return self._plan_bytes(note)
        except (NoteError, BrokenPromiseError) as error:
            return tell_failure(note.path, error)

    def _plan_bytes(self, note: NoteBytes) -> Found:
        try:
            text = decode_note(note.data)
        except NoteError:
            if is_named(glimpse(note.data), self.rules):
                raise
            return None
        facts = FileFacts(note.signature, self.conditions)
        plan = plan_note(text, note.path, self.rules, self.conditions, facts)
        if plan.text is not text:
            return Stale(note, plan)
        if plan.skipped:
            return NoteResult(note.path, Status.SKIPPED, reason=plan.skipped)
        if plan.problems:
            return NoteResult(note.path, Status.FAILED, problems=plan.problems)
        return NoteResult(note.path, Status.UNCHANGED) if plan.is_governed else None


def tell_failure(path: str, error: NoteError | BrokenPromiseError) -> NoteResult:
    """Return the result of a note that had to be left alone."""
    status = Status.CONFLICT if isinstance(error, NoteChangedError) else Status.FAILED
    if isinstance(error, NoteError):
        return NoteResult(path, status, problems=(error.problem,), exit_code=error.exit_code)
    problem = Problem(f"This is a bug of vault-sync, so nothing was written: {error}")
    return NoteResult(path, status, problems=(problem,), exit_code=error.exit_code)


class FileFacts:
    """What a file system tells of a note, for filters that ask."""

    __slots__ = ("conditions", "signature")

    def __init__(self, signature: Signature, conditions: Conditions) -> None:
        self.signature = signature
        self.conditions = conditions

    def __call__(self, fact: str) -> Value:
        """Return a fact by its name in the language.

        Raises:
            EvaluationError: it cannot be told.
        """
        if fact == "size":
            return float(self.signature.size)
        if fact == "mtime":
            moment = datetime.fromtimestamp(self.signature.mtime_ns / 1e9, self.conditions.timezone)
            return moment.replace(tzinfo=None)
        raise EvaluationError(f"file.{fact} cannot be told here.")
