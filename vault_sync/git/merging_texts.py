"""Three versions of a note made to agree on what is derived, so that only sources can conflict. Pure.

Derived values follow from the rest of a note, so there is nothing in them to decide. Before git
merges the three texts line by line, their derived lines are made the same: the same value, and lines
that one of them lacks are put in or taken out everywhere. Only name, colon and value are ours: what
else stands on such a line (a comment) is a person's, is never copied to another version, and keeps the
line from being taken out, so that git merges it or shows a conflict. So it does with all around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from vault_sync.git.owned import is_on_one_line, read_note_text
from vault_sync.nfc import NameMap
from vault_sync.note.splice import Edit, apply_edits
from vault_sync.note.yamltree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from vault_sync.formula.registry import Clock
    from vault_sync.note.frontmatter import Frontmatter

_COLON: Final = re.compile(r"[ \t]*:")


_Text = TypeVar("_Text", str, bytes)


class Versions(NamedTuple, Generic[_Text]):
    """The three versions of a merge (git-merge-file(1)); an empty base means: added twice."""

    base: _Text
    ours: _Text
    theirs: _Text


def align_versions(
    versions: Versions[str], find_owned: Callable[[Frontmatter], Mapping[str, Clock]]
) -> Versions[str] | None:
    """Return the three versions with the same derived lines in all that have properties.

    What is put into them does not depend on which side is ours, so that two machines which merge
    each other's work come to the same bytes.

    Args:
        versions: as git has them.
        find_owned: returns the derived properties of a note.

    Returns:
        None where one of the sides cannot be read, or holds its properties otherwise than one
        below the other.
    """
    ours, theirs = read_note_text(versions.ours), read_note_text(versions.theirs)
    base = read_note_text(versions.base)
    if ours is None or theirs is None or not all(map(_is_simple, (ours, theirs, base))):
        return None
    sides = tuple(sorted((ours, theirs), key=lambda note: note.text))
    names = sorted(find_owned(ours).keys() & find_owned(theirs).keys())
    notes = [note for note in (base, *sides) if note]
    values = NameMap(
        (name, _choose_value(*(_find_value(note, name) for note in (base, *sides))))
        for name in names
        if all(_is_line(note, name) for note in notes)
    )
    for name in [name for name, value in values.items() if value is None]:
        if not all(_is_bare(note, name) for note in notes):
            values[name] = _find_value(base, name)
    alignment = _Alignment(sides, values, NameMap.of(base.properties if base else ()))
    return Versions(
        alignment.apply(base) if base else versions.base,
        alignment.apply(ours),
        alignment.apply(theirs),
    )


def _is_simple(note: Frontmatter | None) -> bool:
    return note is None or (not note.is_flow and note.indent == 0)


def _is_line(note: Frontmatter, name: str) -> bool:
    """Say whether a property is one line of a note, if the note has it at all."""
    found = note.properties.get(name)
    if found is None:
        return True
    if not _COLON.match(note.text, note.block.start + found.key.end):
        return False
    value = found.value
    is_empty = isinstance(value, Scalar) and value.start == value.end and not value.is_decorated
    return is_empty or is_on_one_line(note, found)


def _is_bare(note: Frontmatter, name: str) -> bool:
    """Say whether nothing stands behind the value of a property, if the note has it at all."""
    if name not in note.properties:
        return True
    _, end = _find_span(note, name)
    return not note.text[end : note.text.index("\n", end)].strip()


def _choose_value(base: str | None, one: str | None, other: str | None) -> str | None:
    """Return the value that all versions are to have, None where the line is to go.

    What only one side has changed counts, quotes included. Where both have, the choice is any, as
    the value is computed anew, but it must be the same seen from either side.
    """
    if base is not None and (one is None or other is None):
        return None
    if one is None or other is None:
        return one or other
    if base in {one, other}:
        return other if base == one else one
    return max(one, other)


def _find_value(note: Frontmatter | None, name: str) -> str | None:
    """Return a value with the colon and the blanks before it."""
    if note is None or name not in note.properties:
        return None
    start, end = _find_span(note, name)
    return note.text[start:end]


def _find_span(note: Frontmatter, name: str) -> tuple[int, int]:
    """Return where the colon behind a name starts and where the value ends."""
    found = note.properties[name]
    start, end = note.block.start + found.key.end, note.block.start + found.value.end
    colon = _COLON.match(note.text, start)
    if colon and found.value.start == found.value.end:
        end = colon.end()
    return start, end


@dataclass(frozen=True, slots=True)
class _Alignment:
    """What all versions are to have in common.

    Attributes:
        sides: ours and theirs, in an order that both machines agree on.
        values: by name; None for a line that is to go.
        old: names that the base has; whoever lacks one of them has dropped it.
    """

    sides: Sequence[Frontmatter]
    values: Mapping[str, str | None]
    old: Container[str]

    def apply(self, note: Frontmatter) -> str:
        """Return a version with the common derived lines."""
        edits = [self._change(note, name) for name in self.values if name in note.properties]
        known = NameMap.of(note.properties)
        for side in self.sides:
            edits += self._insert(
                note, side, [name for name in side.properties if name not in known]
            )
            known.update(side.properties)
        return apply_edits(note.text, edits)

    def _change(self, note: Frontmatter, name: str) -> Edit:
        value = self.values[name]
        if value is not None:
            return Edit(*_find_span(note, name), value)
        start = _find_line(note, name)
        return Edit(start, note.text.index("\n", start) + 1, "")

    def _insert(self, note: Frontmatter, side: Frontmatter, missing: Sequence[str]) -> list[Edit]:
        """Return the edits that add derived lines of a side, each before what follows it there."""
        edits: list[Edit] = []
        place = note.block.end
        for name in reversed(side.properties):
            value = self.values.get(name)
            if name in note.properties:
                place = _find_line(note, name)
            elif name in missing and value is not None and name not in self.old:
                start, colon = _find_line(side, name), _find_span(side, name)[0]
                line = side.text[start:colon] + value + note.block.eol
                edits.append(Edit(place, place, line))
        return edits[::-1]


def _find_line(note: Frontmatter, name: str) -> int:
    return note.block.start + note.properties[name].key.start
