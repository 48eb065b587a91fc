"""Edits of a text: made as places and replacements, applied all at once, and proved afterwards."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import BrokenPromiseError

if TYPE_CHECKING:
    from collections.abc import Iterable


_PLACE: Final = itemgetter(0, 1)


class Edit(NamedTuple):
    """Put ``replacement`` in the place of ``text[start:end]``; an insertion has both equal."""

    start: int
    end: int
    replacement: str


def sort_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits in the order of their places; insertions at one place keep theirs."""
    return sorted(edits, key=_PLACE)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made. Insertions at one place keep their order.

    Raises:
        BrokenPromiseError: two edits overlap or lie outside the text.
    """
    pieces: list[str] = []
    done = 0
    for start, end, replacement in sort_edits(edits):
        if not done <= start <= end <= len(text):
            raise BrokenPromiseError(f"Two edits meet at character {start}.")
        pieces += (text[done:start], replacement)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def invert_edits(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that bring the edited text back to the one given here."""
    shift = 0
    inverse: list[Edit] = []
    for start, end, replacement in sort_edits(edits):
        inverse.append(Edit(start + shift, start + shift + len(replacement), text[start:end]))
        shift += len(replacement) - (end - start)
    return inverse
