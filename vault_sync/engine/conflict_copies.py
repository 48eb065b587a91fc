"""Conflict copies of sync services: how each relates to its note, and settling those where nothing can be lost.

A copy is settled in two cases only. It holds nothing of a person that the note does not hold: then it
leaves the vault. Or the note holds nothing of a person that the copy does not hold: then the note takes
the copy's text, its values are computed anew, and the copy leaves the vault. Where persons wrote in both,
both stay. What leaves goes to the rescue folder and into the journal, so `undo` brings it back.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.engine.refresh import plan_as_edited
from vault_sync.engine.report import render_diff
from vault_sync.errors import BrokenPromiseError, NoteError
from vault_sync.files.displaced import NoteLocation, take_away
from vault_sync.files.export import RescueFolder
from vault_sync.files.outcome import Replacement, WriteContext, WriteStatus
from vault_sync.files.read import NoteBytes, decode_note, hash_note, read_note
from vault_sync.files.replace import replace_notes
from vault_sync.plan.person_text import judge_version, read_person_text
from vault_sync.state.folder import SETTLED, open_state
from vault_sync.state.journal import Journal, JournalEntry
from vault_sync.vault.ignore import find_original_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from vault_sync.files.folder import VaultFolder
    from vault_sync.index.history import Histories
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.plan.person_text import PersonText
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.state.folder import StateFolder
    from vault_sync.state.journal import Run

MAX_DIFF: Final = 4_000
"""Characters of a difference that are shown at the most."""
_CUT: Final = "…\n"


class CopyRelation(StrEnum):
    """How a conflict copy relates to its note."""

    NEEDLESS = "it holds nothing of a person that the note does not hold"
    NEXT = "the note holds nothing of a person that it does not hold"
    OTHER = "persons wrote in both"
    ORPHAN = "its note is not there, or one of the two cannot be read"


@dataclass(frozen=True, slots=True)
class Copy:
    """A conflict copy of a sync service.

    Attributes:
        path: in the vault.
        original: the note that it is a copy of; empty where that is not known.
        relation: how the two relate.
        diff: how what persons wrote in it differs from the note, where they wrote in both.
    """

    path: str
    original: str
    relation: CopyRelation
    diff: str = ""


class SettledCopy(NamedTuple):
    """A conflict copy that has left the vault.

    Attributes:
        path: where it was.
        rescue: where it is now.
        note: the note of which it was a copy.
        is_taken: the note has taken its text.
    """

    path: str
    rescue: Path
    note: str
    is_taken: bool


class _Pair(NamedTuple):
    """A conflict copy and its note, as they were read."""

    note: NoteBytes
    copy: NoteBytes
    relation: CopyRelation
    texts: tuple[PersonText, PersonText] | None = None


@dataclass(frozen=True, slots=True)
class CopyComparer:
    """Compares conflict copies with their notes.

    Attributes:
        root: the vault.
        rules: its rule sets.
        conditions: the day and the zone.
        histories: what persons did to its notes.
    """

    root: VaultFolder
    rules: Sequence[RuleSet]
    conditions: Conditions
    histories: Histories

    def compare(self, path: str) -> Copy:
        """Return how a conflict copy relates to its note."""
        pair = self.look(path)
        if pair is None:
            return Copy(path, "", CopyRelation.ORPHAN)
        note, diff = pair.note.path, ""
        if pair.relation is CopyRelation.OTHER and pair.texts:
            diff = _cut(render_diff(note, pair.texts[0].text, pair.texts[1].text))
        return Copy(path, note, pair.relation, diff)

    def look(self, path: str) -> _Pair | None:
        """Return a conflict copy with its note, None where one of them cannot be read."""
        try:
            copy = read_note(self.root, path)
            note = self._find_note(path)
            return self._judge(note, copy) if note else None
        except NoteError:
            return None

    def _find_note(self, path: str) -> NoteBytes | None:
        folder, slash, name = path.rpartition("/")
        for original in find_original_names(name):
            with suppress(NoteError):
                return read_note(self.root, folder + slash + original)
        return None

    def _judge(self, note: NoteBytes, copy: NoteBytes) -> _Pair:
        """Hold the two against each other.

        Raises:
            NoteError: one of them is no text.
        """
        if note.data == copy.data:
            return _Pair(note, copy, CopyRelation.NEEDLESS)
        mine, other = (
            read_person_text(decode_note(one.data), note.path, self.rules, self.conditions)
            for one in (note, copy)
        )
        history = self.histories.look(note, mine)
        verdict = judge_version(mine, other, copy.signature.mtime_ns, history)
        relation = CopyRelation.OTHER
        if verdict.is_known:
            relation = CopyRelation.NEEDLESS
        elif verdict.is_next:
            relation = CopyRelation.NEXT
        return _Pair(note, copy, relation, (mine, other))


def _cut(diff: str) -> str:
    return diff if len(diff) <= MAX_DIFF else diff[:MAX_DIFF].rpartition("\n")[0] + "\n" + _CUT


def settle_copies(  # noqa: PLR0913 - what a run of any command needs
    paths: Iterable[str],
    comparer: CopyComparer,
    now: datetime,
    *,
    command: str,
    may_settle: Callable[[StateFolder, NoteBytes], bool] = lambda _state, _copy: True,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[SettledCopy]:
    """Settle conflict copies where nothing can be lost, and yield each that has left the vault.

    Nothing is made in the state folder where no copy can be settled. Each pair is read again just
    before; whatever a program writes into one of the two meanwhile stays.

    Args:
        paths: of conflict copies in the vault.
        comparer: compares them with their notes.
        now: the present.
        command: what the user had called.
        may_settle: is asked about each copy.
        sleep: waits for some seconds.

    Raises:
        OSError: a rescue copy could not be written; both files are where they were.
        StateError: the state folder cannot be used; likewise.
    """
    wanted = [path for path in paths if _is_clear(comparer.look(path))]
    if not wanted:
        return
    state = open_state(Path(comparer.root.path))
    with Journal(state).begin(command, now) as run:
        rescue = RescueFolder(state.rescue, run.run_id + SETTLED)
        settler = _Settler(comparer, run, WriteContext(run.run_id, rescue, sleep=sleep))
        for path in wanted:
            pair = comparer.look(path)
            if pair and _is_clear(pair) and may_settle(state, pair.copy):
                yield from settler.settle(pair)
    comparer.histories.save()


def _is_clear(pair: _Pair | None) -> bool:
    return pair is not None and pair.relation in {CopyRelation.NEEDLESS, CopyRelation.NEXT}


def was_brought_back(state: StateFolder, copy: NoteBytes) -> bool:
    """Say whether a copy has left the vault before with these very bytes, so somebody wants it here."""
    name = copy.path.rpartition("/")[2]
    taken = (file for file in state.rescue.glob(f"*{SETTLED}-* *") if file.name.endswith(name))
    return any(file.read_bytes() == copy.data for file in taken)


@dataclass(frozen=True, slots=True)
class _Settler:
    """Settles conflict copies in one run."""

    comparer: CopyComparer
    run: Run
    context: WriteContext

    def settle(self, pair: _Pair) -> Iterator[SettledCopy]:
        is_taken = pair.relation is CopyRelation.NEXT
        text = self._plan(pair) if is_taken else pair.note.data
        if text is None:
            return
        note, copy = pair.note, pair.copy
        entries = [self._keep(note, hash_note(text))] if is_taken else []
        entries.append(self._keep(copy, ""))
        self.run.intend(entries)
        if is_taken and not self._replace(note, text):
            return
        if self._remove(copy):
            rescue = self.context.rescue_folder.folder / entries[-1].rescue
            yield SettledCopy(copy.path, rescue, note.path, is_taken)

    def _plan(self, pair: _Pair) -> bytes | None:
        """Return the text of the copy with its values computed anew, None where that cannot be."""
        text = decode_note(pair.copy.data)
        version = NoteBytes(pair.note.path, pair.copy.data, pair.copy.signature)
        try:
            comparer = self.comparer
            root = comparer.root.path
            plan, _ = plan_as_edited(text, version, comparer.rules, comparer.conditions, root)
        except (NoteError, BrokenPromiseError):
            return None
        return plan.text.encode()

    def _keep(self, note: NoteBytes, new_hash: str) -> JournalEntry:
        rescue = self.context.rescue_folder.keep(note.path, note.data)
        return JournalEntry(note.path, hash_note(note.data), new_hash, rescue=rescue.name)

    def _replace(self, note: NoteBytes, text: bytes) -> bool:
        replacement = Replacement(note.path, note, text)
        (outcome,) = replace_notes(self.comparer.root, [replacement], self.context)
        self.run.record_outcome(note.path, outcome.status.value)
        return outcome.status is WriteStatus.WRITTEN and outcome.rescue is None

    def _remove(self, copy: NoteBytes) -> bool:
        """Take a copy out of the vault unless somebody writes it; say whether it is gone."""
        is_gone = False
        with suppress(NoteError, OSError):
            folder, name = self.comparer.root.locate(copy.path)
            is_gone = take_away(NoteLocation(folder, name, copy.path), copy.data, self.context)
        self.run.record_outcome(
            copy.path, (WriteStatus.WRITTEN if is_gone else WriteStatus.CHANGED).value
        )
        return is_gone
