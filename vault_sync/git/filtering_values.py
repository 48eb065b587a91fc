"""The heart of the clean filter: is a note still the committed one but for its daily values? Pure.

The committed text is given for a note only where every line is the same, but for lines of derived
properties that read the clock, and these differ in nothing but the value. So no change of a person
can hide behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.formula.registry import Clock
from vault_sync.git.owned import is_on_one_line, read_note_text
from vault_sync.note.lines import read_lines
from vault_sync.note.yamltree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_sync.note.frontmatter import Frontmatter, Property


def restore_committed(
    working: str, committed: str, find_owned: Callable[[Frontmatter], Mapping[str, Clock]]
) -> str | None:
    """Return a note with its daily values as they were committed, if nothing else has changed.

    Args:
        working: the note in the work tree.
        committed: the note as git last had it.
        find_owned: returns the derived properties of a note, and what they read of the clock.

    Returns:
        None where anything else differs. The line ends are those of the work tree: git converts
        them behind its filters (gitattributes(5), "text" and "filter").
    """
    if "\r\n" in working and "\r\n" not in committed:
        lf = restore_committed(working.replace("\r\n", "\n"), committed, find_owned)
        return (
            lf and lf.replace("\n", "\r\n")
            if working.count("\n") == working.count("\r\n")
            else None
        )
    lines, old = working.split("\n"), committed.split("\n")
    if len(lines) != len(old):
        return None
    differing = {place: old[place] for place, line in enumerate(lines) if line != old[place]}
    note = read_note_text(working)
    if note is None or not _are_daily(note, differing, find_owned):
        return None
    return committed


def _are_daily(
    note: Frontmatter,
    differing: Mapping[int, str],
    find_owned: Callable[[Frontmatter], Mapping[str, Clock]],
) -> bool:
    """Say whether all lines that differ are of daily properties, with other values in them.

    Args:
        note: the note in the work tree.
        differing: the committed lines by their places in the file, counted from 0.
        find_owned: as for `restore_committed`; asked last, as it takes longest.
    """
    by_line = {found.key.line + 1: found for found in note.properties.values()}
    found = [(by_line.get(place), line) for place, line in differing.items()]
    pairs = [(there, line) for there, line in found if there and _holds(note, there, line)]
    if len(pairs) < len(found):
        return False
    owned = find_owned(note)
    return all(owned.get(there.name, Clock.STABLE) > Clock.STABLE for there, _ in pairs)


def _holds(note: Frontmatter, found: Property, line: str) -> bool:
    """Say whether a line is that of a property with another value in the same style.

    Another style of quotes is a person's doing: a refresh keeps it.
    """
    if not isinstance(found.value, Scalar) or not is_on_one_line(note, found):
        return False
    start, place = note.block.start + found.key.start, note.block.start + found.value.start
    before = note.text[start:place]
    behind = note.text[note.block.start + found.value.end : note.text.index("\n", place)]
    if not line.startswith(before) or not line.endswith(behind) or note.indent:
        return False
    pairs = read_lines(f"{line[: len(line) - len(behind)]}\n")
    if pairs is None or len(pairs) != 1:
        return False
    value = pairs[0][1]
    span = (len(before), len(line) - len(behind))  # nothing of a person's is taken for the value
    return (value.start, value.end, value.style) == (*span, found.value.style)
