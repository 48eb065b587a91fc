"""Carrying the edits of one version of a note over to another, where the same lines stand. Pure.

What is staged and what stands in the work tree are two versions of a note. A refresh of the first
is repeated in the second property by property, so that the difference between the two remains what
the user made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import BrokenPromiseError, FrontmatterError
from vault_sync.note.edits import Edit, apply_edits
from vault_sync.note.frontmatter import Frontmatter, find_block, read_frontmatter
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.plan.proof import prove_undo
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class PlannedBlock(NamedTuple):
    """The frontmatter of a note with both fences, and what is to become of it."""

    text: str
    after: str
    changes: tuple[Change, ...]


class _Segment(NamedTuple):
    """The lines of one property, and of what follows it up to the next; None: before the first."""

    name: str | None
    start: int
    end: int


class _Step(NamedTuple):
    """One change, and the edit that makes it."""

    edit: Edit
    change: Change


def cut_block(text: str, plan: NotePlan) -> PlannedBlock:
    """Return the frontmatter of a planned note; no plan changes what stands below it.

    Raises:
        BrokenPromiseError: the note has no frontmatter, so it cannot have been planned.
    """
    block = find_block(text)
    if block is None:
        raise BrokenPromiseError("A note without frontmatter was planned.")
    line_end = text.find("\n", block.end) + 1
    below = len(text) - line_end if line_end else 0
    return PlannedBlock(
        text[: len(text) - below], plan.text[: len(plan.text) - below], plan.changes
    )


def repeat_plan(planned: PlannedBlock, text: str) -> NotePlan | None:
    """Return the plan that makes the same edits in another version of a note.

    Args:
        planned: what was planned.
        text: the whole other version; its line ends may be others (`core.autocrlf`).

    Returns:
        A plan of the edits whose lines stand there as well; None if there are none of them, or if
        the other version cannot be read.
    """
    for convert in _LINE_ENDS:
        start = convert(planned.text)
        if text.startswith(start) and (start.endswith("\n") or text == start):
            changes = tuple(_convert(change, convert) for change in planned.changes)
            return NotePlan(convert(planned.after) + text[len(start) :], changes, is_governed=True)
    try:
        staged, other = _read(planned.text), _read(text)
        steps = list(_list_steps(planned, staged, other)) if staged and other else []
        if not steps or not other:
            return None
        changes = tuple(step.change for step in steps)
        after = prove_undo(other, [step.edit for step in steps], {one.property for one in changes})
    except (FrontmatterError, BrokenPromiseError):
        return None
    return NotePlan(after, changes, is_governed=True)


def _read(text: str) -> Frontmatter | None:
    block = find_block(text)
    note = read_frontmatter(text, block) if block else None
    return None if note is None or note.is_flow else note


def _list_steps(planned: PlannedBlock, staged: Frontmatter, other: Frontmatter) -> Iterator[_Step]:
    """Yield the changes of a plan that can be made in another version, with their edits there."""
    segments = {segment.name: segment for segment in _list_segments(staged)}
    places = {segment.name: segment for segment in _list_segments(other)}
    for step in _find_steps(planned, staged):
        is_new = step.change.before is None
        if is_new:  # it is put into lines, or behind them
            segment = next(one for one in segments.values() if step.edit.start <= one.end)
        else:
            segment = segments[step.change.property]
        place = places.get(segment.name)
        if place is None or (is_new and step.change.property in other.properties):
            continue
        lines = staged.text[segment.start : segment.end]
        moved = _move(step, lines, segment.start, other, place)
        if moved:
            yield moved
        elif is_new and step.edit.start == segment.end:
            yield _insert_at(place.end, step, other)


def _move(step: _Step, lines: str, start: int, other: Frontmatter, place: _Segment) -> _Step | None:
    """Return a step at its place in another version, None where other lines stand there."""
    theirs = other.text[place.start : place.end]
    for convert in _LINE_ENDS:
        if convert(lines) == theirs:
            first, last = (
                place.start + len(convert(lines[: index - start])) for index in step.edit[:2]
            )
            edit = Edit(first, last, convert(step.edit.replacement))
            return _Step(edit, _convert(step.change, convert))
    return None


def _insert_at(place: int, step: _Step, other: Frontmatter) -> _Step:
    """Return the step that adds a new property behind one whose own lines are not the same."""
    convert = _to_crlf if other.text.endswith("\r\n", 0, place) else _to_lf
    edit = Edit(place, place, convert(step.edit.replacement))
    return _Step(edit, _convert(step.change, convert))


def _list_segments(note: Frontmatter) -> list[_Segment]:
    start = note.block.start
    keys = [
        (found.name, start + found.key.start - found.key.column)
        for found in note.properties.values()
    ]
    names: Sequence[str | None] = (None, *(name for name, _ in keys))
    starts = (start, *(place for _, place in keys), note.block.end)
    return [_Segment(name, *span) for name, *span in zip(names, starts, starts[1:], strict=False)]


def _find_steps(planned: PlannedBlock, staged: Frontmatter) -> list[_Step]:
    """Return the edits that a plan consists of, by the properties as they stand after them.

    Raises:
        BrokenPromiseError: these edits do not make what was planned.
    """
    after = _read(planned.after)
    if after is None:
        raise BrokenPromiseError("A planned frontmatter cannot be read.")
    changes = NameMap((change.property, change) for change in planned.changes)
    steps: list[_Step] = []
    shift = 0
    for name, found in after.properties.items():
        change = changes.get(name)
        if change is None or change.after is None:
            continue
        start = after.block.start + found.key.start - shift
        if change.before is None:
            start -= found.key.column
        edit = Edit(start, start + len(change.before or ""), change.after)
        steps.append(_Step(edit, change))
        shift += len(change.after) - (edit.end - edit.start)
    if apply_edits(staged.text, [step.edit for step in steps]) != planned.after:
        raise BrokenPromiseError("The changes of a plan do not make its text.")
    return steps


def _convert(change: Change, convert: Callable[[str], str]) -> Change:
    before, after = (
        None if text is None else convert(text) for text in (change.before, change.after)
    )
    return change._replace(before=before, after=after)


def _to_lf(text: str) -> str:
    return text.replace("\r\n", "\n")


def _to_crlf(text: str) -> str:
    return _to_lf(text).replace("\n", "\r\n")


_LINE_ENDS: Final[tuple[Callable[[str], str], ...]] = (str, _to_lf, _to_crlf)
