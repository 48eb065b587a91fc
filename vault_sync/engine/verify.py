"""Verifies a vault: in each note every property is changed and changed back. Nothing is written."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from vault_sync.errors import (
    BrokenPromiseError,
    FrontmatterError,
    NoteError,
    Problem,
    UnprovedError,
)
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import FileFacts, decode_note, read_note
from vault_sync.formula.conversions import number_text
from vault_sync.note.edits import apply_edits, change_value, insert_property, invert_edits
from vault_sync.note.frontmatter import MAX_BLOCK, Frontmatter, parse_frontmatter, read_properties
from vault_sync.note.values import Storable, Stored, StoredList, is_date_text, resolve_plain
from vault_sync.note.yaml_nodes import Scalar, YamlSequence
from vault_sync.plan.explain import mend_text
from vault_sync.plan.governed import find_opt_out
from vault_sync.plan.proof import prove_edits
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.note.edits import Edit
    from vault_sync.note.yaml_nodes import Node
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet


_NUMBERED: Final = re.compile(r"(first in line) \d+")


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """The result of one note.

    Attributes:
        path: in the vault.
        proof: what was tried; None where the note was refused, or a byte did not come back.
        refused: why a refresh would leave the whole note alone.
        bug: what went wrong that must not; empty where nothing did.
        trace: where in the program that came up; empty where the program saw it coming.
    """

    path: str
    proof: RoundTripResult | None = None
    refused: Problem | None = None
    bug: str = ""
    trace: str = ""


def verify_notes(
    root: str, paths: Iterable[str], rules: Sequence[RuleSet], conditions: Conditions
) -> Iterator[VerifiedNote]:
    """Yield the result of each note, in their order.

    Args:
        root: the vault.
        paths: of the notes, relative to it.
        rules: by which a refresh mends the broken lines of a note; such a note is tried as it is then.
        conditions: the day, the zone and the types of properties.
    """
    with VaultFolder(root) as folder:
        for path in paths:
            yield verify_note(folder, path, rules, conditions)


def verify_note(
    root: VaultFolder, path: str, rules: Sequence[RuleSet], conditions: Conditions
) -> VerifiedNote:
    """Return the result of one note; see `verify_notes`."""
    try:
        note = read_note(root, path)
        try:
            return VerifiedNote(path, check_round_trip(note.data))
        except FrontmatterError:
            facts = FileFacts(note.signature, conditions, f"{root.path}/{path}")
            mended = mend_text(decode_note(note.data), path, rules, conditions, facts)
            return VerifiedNote(path, check_round_trip(mended.encode()))
    except NoteError as error:
        return VerifiedNote(path, refused=error.problem)
    except BrokenPromiseError as error:
        return VerifiedNote(path, bug=str(error))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the user is told with which note
        return VerifiedNote(
            path, bug=f"{type(error).__name__}: {error}", trace=traceback.format_exc()
        )


@dataclass(slots=True)
class VerifySummary:
    """Counts over all notes.

    Attributes:
        seen: notes looked at.
        proved: notes with properties, all bytes of which came back.
        bare: notes without properties.
        left_alone: notes that ask to be left alone.
        refused: notes that a refresh would leave alone because of problems.
        bugs: notes of which a byte did not come back.
        replaced: properties that were replaced and put back.
        inserted: lines that were added and taken out again.
        note_reasons: how many notes were refused for each reason.
        property_reasons: how many properties were.
    """

    seen: int = 0
    proved: int = 0
    bare: int = 0
    left_alone: int = 0
    refused: int = 0
    bugs: int = 0
    replaced: int = 0
    inserted: int = 0
    note_reasons: Counter[str] = field(default_factory=Counter)
    property_reasons: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: VerifiedNote) -> None:
        """Count one note."""
        self.seen += 1
        if verdict.bug:
            self.bugs += 1
        elif verdict.refused:
            self.refused += 1
            self.note_reasons[generalize(verdict.refused)] += 1
        elif verdict.proof:
            self._add_proof(verdict.proof)

    def _add_proof(self, proof: RoundTripResult) -> None:
        if proof.left_alone:
            self.left_alone += 1
        elif not proof.has_frontmatter:
            self.bare += 1
        else:
            self.proved += 1
        self.replaced += proof.replaced
        self.inserted += proof.inserted
        self.property_reasons.update(map(generalize, proof.refused))


def generalize(problem: Problem) -> str:
    """Return the sentence of a problem without what is special to one note, so that it can be counted."""
    message = problem.message
    if problem.property is not None:
        message = message.replace(f"`{problem.property}`", "`…`")
    return _NUMBERED.sub(r"\1 …", message)


# One note: the edits and their proof are those of a refresh (`note.edits`, `plan.proof`). What
# comes out is held against the bytes of the note a second time here, without their help.

_PROBE_NAME: Final = "vault-sync probe"


@dataclass(frozen=True, slots=True)
class RoundTripResult:
    """What was tried in a note, every byte of which came back.

    Attributes:
        has_frontmatter: there was something to try.
        replaced: properties that were replaced and put back.
        inserted: lines that were added and taken out again.
        refused: properties, or places for lines, that a refresh would leave alone, and why.
        left_alone: why the note asks to be left alone; empty if it does not.
    """

    has_frontmatter: bool = True
    replaced: int = 0
    inserted: int = 0
    refused: tuple[Problem, ...] = ()
    left_alone: str = ""


class _Trial(NamedTuple):
    """An edit that is tried, and what its property means then."""

    name: str
    stored: Storable
    edit: Edit


def check_round_trip(data: bytes) -> RoundTripResult:
    """Change each property of a note and change it back, and return what was tried.

    Args:
        data: all bytes of the note.

    Raises:
        NoteError: a refresh would leave the whole note alone.
        BrokenPromiseError: some byte did not come back, or the edited note reads wrong: a bug.
    """
    text = decode_note(data)
    try:
        return _prove(read_properties(text), data)
    except BrokenPromiseError:
        # As in a refresh: a plain line that was none after all is left to ruamel.yaml.
        return _prove(read_properties(text, parse_frontmatter), data)


def _prove(note: Frontmatter | None, data: bytes) -> RoundTripResult:
    if note is None:
        return RoundTripResult(has_frontmatter=False)
    reason = find_opt_out(note)
    if reason:
        return RoundTripResult(left_alone=reason)
    refused: dict[Problem, None] = {}
    trials = _try_values(note, refused)
    lines = _try_lines(note, refused)
    head = _cut_head(note)
    for trial in trials:
        _prove_alone(head, trial.edit)
    # In each half every second property is a bystander, whose meaning must not change.
    for half in (trials[::2], trials[1::2], lines):
        _prove_together(note, half, data)
    return RoundTripResult(replaced=len(trials), inserted=len(lines), refused=tuple(refused))


def _try_values(note: Frontmatter, refused: dict[Problem, None]) -> list[_Trial]:
    """Return an edit for every property that can be changed; the others are refused."""
    trials: list[_Trial] = []
    for name, found in note.properties.items():
        other = different_value(found.value)
        try:
            trials.append(_Trial(name, other, change_value(note, name, other)))
        except FrontmatterError as error:
            refused[error.problem] = None
    return _keep_short(note, trials, refused)


def _try_lines(note: Frontmatter, refused: dict[Problem, None]) -> list[_Trial]:
    """Return a new line behind every property, and one at the end."""
    trials: list[_Trial] = []
    try:
        for number, after in enumerate((*note.properties, None), 1):
            name = _name_probe(note, number)
            trials.append(_Trial(name, PROBE, insert_property(note, name, PROBE, after)))
    except FrontmatterError as error:
        refused[error.problem] = None
    return _keep_short(note, trials, refused)


def _name_probe(note: Frontmatter, number: int) -> str:
    name = f"{_PROBE_NAME} {number}"
    while name in note.properties:
        name += "+"
    return name


def _keep_short(
    note: Frontmatter, trials: list[_Trial], refused: dict[Problem, None]
) -> list[_Trial]:
    """Return as many trials as fit into frontmatter at once; that none fits is a refusal."""
    room = MAX_BLOCK - (note.block.end - note.block.start)
    kept: list[_Trial] = []
    for trial in trials:
        growth = len(trial.edit.replacement) - (trial.edit.end - trial.edit.start)
        room -= max(growth, 0)
        if room < 0:
            break
        kept.append(trial)
    if trials and not kept:
        message = f"The frontmatter would become longer than {MAX_BLOCK // 1024} KiB."
        refused[Problem(message, 1)] = None
    return kept


def _cut_head(note: Frontmatter) -> str:
    """Return a note up to the end of its frontmatter: all that the edit of one property can reach."""
    end = note.text.find("\n", note.block.end)
    return note.text if end < 0 else note.text[: end + 1]


def _prove_alone(text: str, edit: Edit) -> None:
    """Prove that one edit changes its own place only, so it can be taken back."""
    changed = apply_edits(text, [edit])
    behind = edit.start + len(edit.replacement)
    is_same = changed[: edit.start] == text[: edit.start] and changed[behind:] == text[edit.end :]
    if not is_same or changed[edit.start : behind] != edit.replacement:
        raise BrokenPromiseError("A splice has changed something outside of its place.")


def _prove_together(note: Frontmatter, trials: Sequence[_Trial], data: bytes) -> None:
    """Prove that the whole edited note reads as it should, and gives the bytes of the note back."""
    if not trials:
        return
    edits = [trial.edit for trial in trials]
    try:
        changed = prove_edits(note, edits, {trial.name: trial.stored for trial in trials})
    except (
        UnprovedError
    ) as error:  # a refresh would refuse; here it is asked whether it ever has to
        raise BrokenPromiseError(error.reason) from None
    prove_by_other_reader(note.text, changed, [trial.name for trial in trials])
    body = note.text[note.block.end :]
    if not changed.endswith(body):
        raise BrokenPromiseError("The text below the properties has changed.")
    if apply_edits(changed, invert_edits(note.text, edits)).encode() != data:
        raise BrokenPromiseError("The bytes of the note did not come back.")


# For each property another value of its kind, so that its place can be tried. Pure.

PROBE: Final = Stored("vault-sync", "text")
_DAYS: Final = ("2000-02-29", "2001-01-01")
_EXACT: Final = 1e15  # beyond, a number may be its own successor


def different_value(node: Node) -> Storable:
    """Return a value that a property does not have: of the same kind, as far as it has one.

    Objects and aliases have none: what is chosen for them is refused by the surgeon, as it must be.
    """
    if isinstance(node, YamlSequence):
        items = [different_scalar(item) for item in node.items if isinstance(item, Scalar)]
        return StoredList((*reversed(items), PROBE))
    return different_scalar(node) if isinstance(node, Scalar) else PROBE


def different_scalar(node: Scalar) -> Stored:
    """Return the same for a single value: a text is turned round, so that odd signs come first."""
    value = node.text if node.style else resolve_plain(node.text)
    if value is None or value == "":
        return PROBE
    if isinstance(value, bool):
        return Stored("false" if value else "true", "checkbox")
    if isinstance(value, float):
        return Stored(_choose_number(value), "number")
    if is_date_text(value):
        return Stored(_choose_date(value), "date")
    turned = value[::-1]
    return Stored(turned if turned != value else f"{turned}·", "text")


def _choose_number(value: float) -> str:
    if isfinite(value) and abs(value) < _EXACT:
        return number_text(value + 1)
    return "1"


def _choose_date(text: str) -> str:
    day = _DAYS[text.startswith(_DAYS[0])]
    return day if len(text) == len(day) else f"{day}T12:30:00"


# The other reader that `verify` asks: python-frontmatter with its own reader of YAML, which is none of ours.
#
# It shares no code with the surgeon: it finds the frontmatter by a rule of its own and has PyYAML read
# it. The only place that loads PyYAML by name, so it stays apart. Pure.

# Every value stays the text that it is: what is asked is whether it is the same, not what it means.
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Handler(YAMLHandler):
    def load(self, fm: str, **_: object) -> Any:
        return super().load(fm, Loader=_LOADER)


class _Seen(NamedTuple):
    """A note as the other reader sees it."""

    properties: dict[str, object]
    body: str

    def list_others(self, ours: NameMap[None]) -> list[tuple[object, object]]:
        """Return the properties that are not ours, in their order."""
        return [(name, value) for name, value in self.properties.items() if name not in ours]


def prove_by_other_reader(before: str, after: str, changed: Iterable[str]) -> None:
    """Prove that another reader sees the same text below the properties, and the same other properties.

    It has no say where it does not read the note in the first place, or where aliases (`*`) could
    blow a value up.

    Args:
        before: the note.
        after: the note with some properties changed or added.
        changed: their names.

    Raises:
        BrokenPromiseError: it does not see the same.
    """
    old = None if "*" in before and "&" in before else _read(before)
    if old is None or not old.properties:
        return
    new, ours = _read(after), NameMap.of(changed)
    if new is None:
        raise BrokenPromiseError("Another reader of YAML cannot read the edited note any more.")
    if old.body != new.body:
        raise BrokenPromiseError("Another reader sees another text below the properties.")
    if old.list_others(ours) != new.list_others(ours):
        raise BrokenPromiseError("Another reader of YAML sees other values of other properties.")


def _read(text: str) -> _Seen | None:
    # Not by `loads`: its Post fails where a property is called `content` or `handler`.
    try:
        return _Seen(*frontmatter.parse(text, handler=_Handler()))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
