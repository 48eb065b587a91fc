"""One note on trial: every property replaced and put back, lines added and taken out. Pure.

The edits and their proof are those of a refresh (`note.edits`, `plan.proof`). What comes out is
held against the bytes of the note a second time here, without their help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import BrokenPromiseError, FrontmatterError, Problem
from vault_sync.note.decoding import decode_note
from vault_sync.note.edits import change_value, insert_property
from vault_sync.note.frontmatter import MAX_BLOCK, Frontmatter, parse_frontmatter
from vault_sync.note.splice import apply_edits, invert_edits
from vault_sync.plan.governed import find_opt_out, read_properties
from vault_sync.plan.proof import prove_edits
from vault_sync.proof.others import PROBE, choose_other
from vault_sync.proof.witness import prove_by_witness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.scalars import Storable
    from vault_sync.note.splice import Edit

_PROBE_NAME: Final = "vault-sync probe"


@dataclass(frozen=True, slots=True)
class NoteProof:
    """What came of the trial of a note in which every byte came back.

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


def prove_note(data: bytes) -> NoteProof:
    """Return what came of a note's trial.

    Args:
        data: all bytes of the note.

    Raises:
        NoteError: a refresh would leave the whole note alone.
        BrokenPromiseError: some byte did not come back, or the edited note reads wrong: a bug.
    """
    text = decode_note(data)
    if text.encode() != data:
        raise BrokenPromiseError("The text of the note does not give its bytes again.")
    try:
        return _prove(read_properties(text), data)
    except BrokenPromiseError:
        # As in a refresh: a plain line that was none after all is left to ruamel.yaml.
        return _prove(read_properties(text, parse_frontmatter), data)


def _prove(note: Frontmatter | None, data: bytes) -> NoteProof:
    if note is None:
        return NoteProof(has_frontmatter=False)
    reason = find_opt_out(note)
    if reason:
        return NoteProof(left_alone=reason)
    refused: dict[Problem, None] = {}
    trials = _try_values(note, refused)
    lines = _try_lines(note, refused)
    head = _cut_head(note)
    for trial in trials:
        _prove_alone(head, trial.edit)
    # In each half every second property is a bystander, whose meaning must not change.
    for half in (trials[::2], trials[1::2], lines):
        _prove_together(note, half, data)
    return NoteProof(replaced=len(trials), inserted=len(lines), refused=tuple(refused))


def _try_values(note: Frontmatter, refused: dict[Problem, None]) -> list[_Trial]:
    """Return an edit for every property that can be changed; the others are refused."""
    trials: list[_Trial] = []
    for name, found in note.properties.items():
        other = choose_other(found.value)
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
    """Prove that one edit changes its own place only, and can be taken back."""
    changed = apply_edits(text, [edit])
    behind = edit.start + len(edit.replacement)
    is_same = changed[: edit.start] == text[: edit.start] and changed[behind:] == text[edit.end :]
    if not is_same or changed[edit.start : behind] != edit.replacement:
        raise BrokenPromiseError("A splice has changed something outside of its place.")
    if changed[: edit.start] + text[edit.start : edit.end] + changed[behind:] != text:
        raise BrokenPromiseError("A splice could not be taken back.")


def _prove_together(note: Frontmatter, trials: Sequence[_Trial], data: bytes) -> None:
    """Prove that the whole edited note reads as it should, and gives the bytes of the note back."""
    if not trials:
        return
    edits = [trial.edit for trial in trials]
    changed = prove_edits(note, edits, {trial.name: trial.stored for trial in trials})
    prove_by_witness(note.text, changed, [trial.name for trial in trials])
    body = note.text[note.block.end :]
    if not changed.endswith(body):
        raise BrokenPromiseError("The text below the properties has changed.")
    if apply_edits(changed, invert_edits(note.text, edits)).encode() != data:
        raise BrokenPromiseError("The bytes of the note did not come back.")
