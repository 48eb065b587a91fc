"""The lines of a journal file: how they are written, and how most of them is read. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from vault_sync.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.values import Json

_VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JournalEdit(NamedTuple):
    """What happened to one property.

    Attributes:
        property: its name.
        before: the raw text of its lines before, or None where it did not exist.
        after: the raw text of its lines after, or None where it was taken away.
        old: its value before.
        new: its value after.
        below: for a line that could not be read before: empty, or the property that it stood directly
            below, where the whole line went. None for all others.
    """

    property: str
    before: str | None
    after: str | None
    old: Json
    new: Json
    below: str | None = None


class JournalEntry(NamedTuple):
    """What a run intends to do to a note. Hashes are sha256, in hexadecimal.

    Attributes:
        path: of the note, relative to the vault.
        old_hash: of its bytes before.
        new_hash: of its bytes after.
        edits: in the order of the note.
        rescue: the name of the rescue copy that holds the bytes before, where a whole text went; the new
            hash is empty where the file left the vault.
    """

    path: str
    old_hash: str
    new_hash: str
    edits: tuple[JournalEdit, ...] = ()
    rescue: str = ""


class EntryOutcome(NamedTuple):
    """An entry and how it ended; no status means that the run was killed before it could say."""

    entry: JournalEntry
    status: str | None


class RunSummary(NamedTuple):
    """A run as a list shows it.

    Attributes:
        run_id: sorts by time.
        command: what the user had called.
        started: in ISO 8601, as the run wrote it; empty where the heading cannot be read.
        written: how many notes it wrote, or None where it was killed before it could say.
        is_whole: it came to its last note.
    """

    run_id: str
    command: str
    started: str
    written: int | None
    is_whole: bool = True


class RunLog(NamedTuple):
    """All that can be read of a run, and what could not be read."""

    run_id: str
    command: str
    started: str
    entries: tuple[EntryOutcome, ...]
    problems: tuple[Problem, ...]


def render_heading(run_id: str, command: str, started: str) -> bytes:
    """Return the first line of a journal."""
    return _render_line(
        {"journal": _VERSION, "run": run_id, "command": command, "started": started}
    )


def render_entry(entry: JournalEntry) -> bytes:
    """Return the line of a note that is about to be written."""
    edits = [edit[:-1] if edit.below is None else edit for edit in entry.edits]
    rescue = [entry.rescue] if entry.rescue else []
    return _render_line(["note", entry.path, entry.old_hash, entry.new_hash, edits, *rescue])


def render_end(path: str, status: str) -> bytes:
    """Return the line that says how the work on a note ended."""
    return _render_line(["end", path, status])


def render_done(written: int, is_whole: bool) -> bytes:  # noqa: FBT001 - a fact that is written down
    """Return the last line of a journal."""
    return _render_line(["done" if is_whole else "stopped", written])


def _render_line(value: object) -> bytes:
    # A surrogate in a path stands for a byte that is not UTF-8; the journal gives it back as it
    # was.
    return _encode(value).encode("utf-8", "surrogatepass") + b"\n"


def parse_summary(run_id: str, head: bytes, tail: bytes) -> RunSummary:
    """Return what the first and the last bytes of a journal say about its run."""
    heading = _parse_line(head.partition(b"\n")[0])
    facts = heading if isinstance(heading, dict) else {}
    written, is_whole = None, False
    match _parse_line(tail.removesuffix(b"\n").rpartition(b"\n")[2]):
        case ["done" | "stopped" as end, int(number)]:
            written, is_whole = number, end == "done"
    return RunSummary(run_id, _text(facts, "command"), _text(facts, "started"), written, is_whole)


def parse_run(run_id: str, data: bytes) -> RunLog:
    """Read the bytes of a journal: return what is readable, report the rest with its line."""
    log = _Reader()
    for number, line in enumerate(data.split(b"\n"), 1):
        if line:
            log.read(number, _parse_line(line))
    if not log.facts:
        log.report(1, "The heading of this journal is damaged or missing; the rest of it is used.")
    return RunLog(
        run_id,
        _text(log.facts, "command"),
        _text(log.facts, "started"),
        tuple(log.entries),
        tuple(sorted(log.problems, key=lambda problem: problem.line or 0)),
    )


class _Reader:
    """Collects what the lines of a journal say."""

    def __init__(self) -> None:
        self.facts: dict[str, Json] = {}
        self.entries: list[EntryOutcome] = []
        self.problems: list[Problem] = []
        self._latest: dict[str, int] = {}

    def read(self, number: int, line: Any) -> None:
        """Add what the value of one line says."""
        match line:
            case ["note", str(path), str(old), str(new), [*edits]]:
                self._begin(number, path, old, new, edits)
            case ["note", str(path), str(old), str(new), [], str(rescue)]:
                self._add(JournalEntry(path, old, new, rescue=rescue))
            case ["end", str(path), str(status)] if path in self._latest:
                place = self._latest[path]
                self.entries[place] = EntryOutcome(self.entries[place].entry, status)
            case ["done" | "stopped", int()]:
                pass
            case {"journal": int(version)} if not self.facts:
                self.facts = line
                if version > _VERSION:
                    self.report(
                        number,
                        "A newer version of vault-sync wrote this journal; not all of it is used.",
                    )
            case _:
                self.report(number, "This line of the journal is damaged and was skipped.")

    def report(self, number: int, sentence: str) -> None:
        """Remember what cannot be used."""
        self.problems.append(Problem(sentence, line=number))

    def _begin(self, number: int, path: str, old: str, new: str, edits: Sequence[Any]) -> None:
        parsed = [edit for edit in map(_parse_edit, edits) if edit is not None]
        if len(parsed) < len(edits):
            # An undo from some of the edits would not lead back to the old text.
            self.report(
                number, "The changes of this note are damaged in the journal and were skipped."
            )
            parsed = []
        self._add(JournalEntry(path, old, new, tuple(parsed)))

    def _add(self, entry: JournalEntry) -> None:
        self._latest[entry.path] = len(self.entries)
        self.entries.append(EntryOutcome(entry, None))


def _parse_edit(value: Any) -> JournalEdit | None:
    match value:
        case [str(name), str() | None as before, str() | None as after, old, new]:
            return JournalEdit(name, before, after, old, new)
        case [str(name), str(before), str() | None as after, old, new, str(below)]:
            return JournalEdit(name, before, after, old, new, below)
    return None


def _parse_line(line: bytes) -> Any:
    """Return the value of a line, or None if it is damaged."""
    try:
        return json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def _text(facts: dict[str, Json], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""
