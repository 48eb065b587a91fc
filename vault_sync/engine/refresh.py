"""Plans the notes of a vault: what a refresh would make of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import (
    BrokenPromiseError,
    NoteChangedError,
    NoteError,
    NoteTooLargeError,
    Problem,
)
from vault_sync.files.read import FileFacts, NoteBytes, decode_note, decode_start, read_note
from vault_sync.formula.registry import Clock
from vault_sync.plan.governed import is_named
from vault_sync.plan.planner import plan_note
from vault_sync.rules.ruleset import reads_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.engine.reads import Reads
    from vault_sync.engine.recorded_notes import RecordedNotes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.plan.note_plan import Change, NotePlan
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.vault import Vault


class Stale(NamedTuple):
    """A note that has to be written: as it was read, and what is to become of it."""

    note: NoteBytes
    plan: NotePlan

    @property
    def text(self) -> str:
        """The note as it was read; few ask for it, so it is not kept beside the bytes."""
        return decode_note(self.note.data)


Found: TypeAlias = Stale | NoteResult | None
"""A note that has to be written, another result of it, or None: no rule governs it."""


class RefreshPlanner(NamedTuple):
    """Plans the notes of one vault.

    Attributes:
        root: the vault.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        notes: the other notes as the conditions show them, if formulas may look at these.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions
    notes: RecordedNotes | None = None

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None: no rule governs it."""
        if self.notes:
            self.notes.begin(path)
        try:
            return self._plan_bytes(read_note(self.root, path))
        except NoteTooLargeError as error:
            is_ours = is_named(decode_start(error.start), self.rules)
            return failed_result(path, error) if is_ours else None
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(path, error)

    def find_last(self, _path: str) -> Reads | None:
        """Return what the formulas of the note that was planned last read of others."""
        return self.notes.reads if self.notes else None

    def find_reads(self, path: str) -> Reads | None:
        """Return what the formulas of a note read of others; it is planned for that."""
        if self.notes is None:
            return None
        self.plan(path)
        return self.notes.reads

    def plan_version(self, note: NoteBytes) -> Found:
        """Return the same for a version of a note that is in hand already, such as a staged one."""
        if self.notes:
            self.notes.begin(note.path)
        try:
            return self._plan_bytes(note)
        except (NoteError, BrokenPromiseError) as error:
            return failed_result(note.path, error)

    def _plan_bytes(self, note: NoteBytes) -> Found:
        try:
            text = decode_note(note.data)
        except NoteError:
            if is_named(decode_start(note.data), self.rules):
                raise
            return None
        plan, _ = plan_as_edited(text, note, self.rules, self.conditions, self.root.path)
        if plan.text is not text:
            return Stale(note, plan)
        if plan.skipped:
            return NoteResult(note.path, Status.SKIPPED, reason=plan.skipped)
        if plan.problems:
            return NoteResult(note.path, Status.FAILED, problems=plan.problems)
        return NoteResult(note.path, Status.UNCHANGED) if plan.is_governed else None


def open_planner(
    root: VaultFolder, rules: Sequence[RuleSet], conditions: Conditions, vault: Vault
) -> RefreshPlanner:
    """Return a planner whose formulas see the other notes of the vault, if one may look at these.

    Args:
        root: the folder of the vault, opened.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        vault: where the notes are.
    """
    if not reads_others(rules):
        return RefreshPlanner(root, rules, conditions)
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415 - for a quick start
    from vault_sync.engine.recorded_notes import RecordedNotes  # noqa: PLC0415 - for a quick start
    from vault_sync.engine.vault_files import DiskNotes  # noqa: PLC0415 - for a quick start

    notes = RecordedNotes(LinkedNotes(DiskNotes(vault, root), rules, conditions))
    return RefreshPlanner(root, rules, conditions.with_vault(notes), notes)


def look_around(
    conditions: Conditions, rules: Sequence[RuleSet], vault: Vault, root: VaultFolder
) -> Conditions:
    """Return conditions in which formulas see the other notes of a vault, if one may look at these.

    Args:
        conditions: the day, the zone and the clocks that count.
        rules: the rule sets.
        vault: where the notes are.
        root: its folder, opened.
    """
    if not reads_others(rules):
        return conditions
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415 - for a quick start
    from vault_sync.engine.vault_files import DiskNotes  # noqa: PLC0415 - for a quick start

    return conditions.with_vault(LinkedNotes(DiskNotes(vault, root), rules, conditions))


def plan_as_edited(
    text: str, note: NoteBytes, rules: Sequence[RuleSet], conditions: Conditions, root: str
) -> tuple[NotePlan, Conditions]:
    """Return what a refresh would do to a note, and the conditions in which it does that.

    Where an edit made the note stale, ``now()`` is the minute of the edit; where the day alone did,
    the start of the day (see `vault_sync.plan.evaluation.DayConditions`).

    Args:
        text: the whole note.
        note: it, as it was read.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        root: the folder of the vault.

    Raises:
        FrontmatterError: a note that the rules are about cannot be read.
        BrokenPromiseError: an edit would break a law.
    """
    place = f"{root}/{note.path}"
    edited = conditions.for_edit(note.signature.mtime_ns)
    plan = plan_note(text, note.path, rules, edited, FileFacts(note.signature, edited, place))
    if edited is conditions or plan.text is text:
        return plan, edited
    if is_edit(plan.changes):
        earlier = conditions.for_edit(note.signature.mtime_ns - _STAMPED)
        kept = _plan_as_of(text, note, rules, earlier, place) if earlier.now != edited.now else None
        return (kept, earlier) if kept else (plan, edited)
    facts = FileFacts(note.signature, conditions, place)
    return plan_note(text, note.path, rules, conditions, facts), conditions


_STAMPED: Final = 10 * 10**9


def _plan_as_of(
    text: str, note: NoteBytes, rules: Sequence[RuleSet], earlier: Conditions, place: str
) -> NotePlan | None:
    """Return the plan for an earlier minute, if what reads ``now()`` in the note is of that minute.

    Each of our writes gives the note a time one second later, so that of an edit at 14:01:59 is
    14:02:00 once it was refreshed. The minute that was written then stays that of the edit, else a
    device that refreshed in between would come to other bytes than one that did not (law 5).
    """
    plan = plan_note(text, note.path, rules, earlier, FileFacts(note.signature, earlier, place))
    is_of_then = not any(change.clock is Clock.INSTANT for change in plan.changes)
    return plan if is_of_then else None


def find_conditions(
    text: str, note: NoteBytes, rules: Sequence[RuleSet], conditions: Conditions, root: str
) -> Conditions:
    """Return the conditions in which a refresh would plan a note, for those who only read it."""
    try:
        return plan_as_edited(text, note, rules, conditions, root)[1]
    except (NoteError, BrokenPromiseError):  # what is wrong with it is not asked for here
        return conditions.for_edit(note.signature.mtime_ns)


def is_edit(changes: Sequence[Change]) -> bool:
    """Say whether something else than the day made a note stale."""
    return any(change.clock is Clock.STABLE for change in changes)


def failed_result(path: str, error: NoteError | BrokenPromiseError) -> NoteResult:
    """Return the result of a note that had to be left alone."""
    status = Status.CONFLICT if isinstance(error, NoteChangedError) else Status.FAILED
    if isinstance(error, NoteError):
        return NoteResult(path, status, problems=(error.problem,), exit_code=error.exit_code)
    problem = Problem(f"This is a bug of vault-sync, so nothing was written: {error}")
    return NoteResult(path, status, problems=(problem,), exit_code=error.exit_code)


class Planner(Protocol):
    """Plans the notes of a vault: to refresh them, or to undo what a run did."""

    @property
    def root(self) -> VaultFolder:
        """The vault."""

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None."""


# The notes that have to follow when others have changed: those that read them, and theirs in turn.


class ReadingPlanner(Protocol):
    """Plans notes, and knows what their formulas read."""

    def plan(self, path: str) -> Found:
        """Return a note that has to be written, another result of it, or None."""

    def find_reads(self, path: str) -> Reads | None:
        """Return what the formulas of a note read of others."""


def find_dependents(
    planner: ReadingPlanner, changed: Sequence[str], paths: Iterable[str]
) -> list[str]:
    """Return the notes that are no longer true because others have changed, sorted.

    A note that reads one of these is followed only if it becomes another one itself (early cutoff).

    Args:
        planner: plans notes as they would be by now.
        changed: the paths of the notes that have changed, come or gone.
        paths: of all notes of the vault.
    """
    from vault_sync.vault.links import name_key  # noqa: PLC0415 - for a quick start

    moved = {*changed}
    reads = {path: planner.find_reads(path) for path in paths if path not in moved}
    readers = {path: read for path, read in reads.items() if read}
    keys = frozenset(map(name_key, changed))
    found: set[str] = set()
    while moved:
        concerned = [path for path, read in readers.items() if read.may_concern(moved, keys)]
        moved.clear()
        keys = frozenset()  # what is merely written has the name that it had
        for path in concerned:
            if path not in found and isinstance(planner.plan(path), Stale):
                found.add(path)
                moved.add(path)
    return sorted(found)
