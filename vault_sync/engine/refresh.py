"""Plans the notes of a vault, then writes the outdated ones or only shows what would change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from vault_sync.engine.report import Listener, NoteResult, Status, Summary
from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    NoteChangedError,
    NoteError,
    NoteTooLargeError,
    Problem,
)
from vault_sync.files.read import NoteBytes, read_note
from vault_sync.formula.registry import Clock
from vault_sync.note.decode import decode_note, decode_start
from vault_sync.note.diffs import render_diff
from vault_sync.plan.governed import is_named
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import Signature
    from vault_sync.files.replace import Meanwhile
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.plan.note_plan import Change, NotePlan
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
            is_ours = is_named(decode_start(error.start), self.rules)
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
            if is_named(decode_start(note.data), self.rules):
                raise
            return None
        plan, _ = plan_as_edited(text, note, self.rules, self.conditions)
        if plan.text is not text:
            return Stale(note, plan)
        if plan.skipped:
            return NoteResult(note.path, Status.SKIPPED, reason=plan.skipped)
        if plan.problems:
            return NoteResult(note.path, Status.FAILED, problems=plan.problems)
        return NoteResult(note.path, Status.UNCHANGED) if plan.is_governed else None


def plan_as_edited(
    text: str, note: NoteBytes, rules: Sequence[RuleSet], conditions: Conditions
) -> tuple[NotePlan, Conditions]:
    """Return what a refresh would do to a note, and the conditions in which it does that.

    Where an edit made the note stale, ``now()`` is the minute of the edit; where the day alone did,
    the start of the day (see `vault_sync.plan.evaluation.DayConditions`).

    Args:
        text: the whole note.
        note: it, as it was read.
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.

    Raises:
        FrontmatterError: a note that the rules are about cannot be read.
        BrokenPromiseError: an edit would break a law.
    """
    edited = conditions.for_edit(note.signature.mtime_ns)
    plan = plan_note(text, note.path, rules, edited, FileFacts(note.signature, edited))
    if edited is conditions or plan.text is text or is_edit(plan.changes):
        return plan, edited
    facts = FileFacts(note.signature, conditions)
    return plan_note(text, note.path, rules, conditions, facts), conditions


def find_conditions(
    text: str, note: NoteBytes, rules: Sequence[RuleSet], conditions: Conditions
) -> Conditions:
    """Return the conditions in which a refresh would plan a note, for those who only read it."""
    try:
        return plan_as_edited(text, note, rules, conditions)[1]
    except (NoteError, BrokenPromiseError):  # what is wrong with it is not asked for here
        return conditions.for_edit(note.signature.mtime_ns)


def is_edit(changes: Sequence[Change]) -> bool:
    """Say whether something else than the day made a note stale."""
    return any(change.clock is Clock.STABLE for change in changes)


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


BATCH: Final = 256


class Planner(Protocol):
    """Plans the notes of a vault: to refresh them, or to undo what a run did."""

    @property
    def root(self) -> VaultFolder:
        """The vault."""

    def plan(self, path: str) -> Stale | NoteResult | None:
        """Return a note that has to be written, what else there is to tell of it, or None."""


def preview(planner: Planner, paths: Sequence[str], listener: Listener) -> Summary:
    """Tell what a refresh would do, and write nothing.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault.
        listener: is told of each note; a stale one comes with its diff.
    """
    summary = Summary()
    for path in paths:
        found = planner.plan(path)
        if isinstance(found, Stale):
            diff = render_diff(path, found.text, found.plan.text)
            found = NoteResult(path, Status.STALE, found.plan.changes, found.plan.problems, diff)
        _tell([found], summary, listener)
    return summary


def refresh(
    planner: Planner,
    paths: Sequence[str],
    write: Write,
    listener: Listener,
    batch: int = BATCH,
) -> Summary:
    """Write what is stale.

    Args:
        planner: plans the notes.
        paths: of the notes, in the vault; those of one folder are best next to each other.
        write: writes a batch of them, and returns what became of each.
        listener: is told of each note.
        batch: so many are written together. As many are planned ahead, and whoever stops planning
            has these written still.
    """
    summary = Summary()
    ahead = _Ahead(planner, iter(paths), batch)
    while found := ahead.take(batch):
        stales = [stale for stale in found if isinstance(stale, Stale)]
        written = iter(write(stales, ahead.plan_one))
        results = [next(written) if isinstance(one, Stale) else one for one in found]
        _tell(results, summary, listener)
    return summary


class _Ahead:
    """Plans notes in their order, some of them while the disk is busy with those before.

    Attributes:
        planner: plans them.
        paths: of the notes that are not planned yet.
        most: so many are planned before they are taken, at the most.
        found: what became of those that are, and were not taken yet.
    """

    __slots__ = ("found", "most", "paths", "planner")

    def __init__(self, planner: Planner, paths: Iterator[str], most: int) -> None:
        self.planner = planner
        self.paths = paths
        self.most = most
        self.found: list[Stale | NoteResult | None] = []

    def plan_one(self) -> bool:
        """Plan one more note, and say whether there was one to plan."""
        path = next(self.paths, None) if len(self.found) < self.most else None
        if path is not None:
            self.found.append(self.planner.plan(path))
        return path is not None

    def take(self, count: int) -> list[Stale | NoteResult | None]:
        """Return what becomes of the next notes."""
        while len(self.found) < count and self.plan_one():
            pass
        taken, self.found = self.found[:count], self.found[count:]
        return taken


def _tell(results: Sequence[NoteResult | None], summary: Summary, listener: Listener) -> None:
    for result in results:
        summary.seen += 1
        if result:
            summary.add(result)
            listener.note_done(result)
    listener.progress(len(results))


if TYPE_CHECKING:
    Write: TypeAlias = Callable[[Sequence[Stale], Meanwhile], list[NoteResult]]
