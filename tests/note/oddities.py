"""Study notes with something odd in them: as they are found, and as a refresh must leave them."""

from __future__ import annotations

from typing import Final

from tests.study.oracle import BODY, Study

STUDY: Final = Study(done1=True, done4=True, done7=True)
TRUE: Final = STUDY.derived_lines()
STALE_NAME: Final = "학습률"
STALE: Final = '학습률: "0"'
RIGHT: Final = '학습률: "0.6"'
MISSING_NAME: Final = "진행바"
MISSING: Final = TRUE[MISSING_NAME]
PLACES: Final = ("first", "middle", "before", "last")
FIRST_LINE_OF_DERIVED: Final = len(STUDY.source_lines()) + 2
LINE_OF_STALE: Final = FIRST_LINE_OF_DERIVED + list(TRUE).index(STALE_NAME)


def stale(odd: str = "", place: str = "last", value: str = STALE) -> str:
    """Return a note with one stale derived property, one missing and something odd.

    Args:
        odd: lines of frontmatter, each with its line end.
        place: one of `PLACES`.
        value: the line of the stale property.
    """
    return _note(odd, place, f"{value}\n")


def fresh(odd: str = "", place: str = "last", value: str = RIGHT) -> str:
    """Return the same note as it must be after a refresh."""
    return _note(odd, place, f"{value}\n{MISSING}\n")


def unlike(value: str) -> str:
    """Return the note whose stale property must be left alone while the missing one is added."""
    return fresh(value=value)


def with_crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _note(odd: str, place: str, end: str) -> str:
    kept = [line for name, line in TRUE.items() if name not in {STALE_NAME, MISSING_NAME}]
    pieces = {
        "sources": "".join(f"{line}\n" for line in STUDY.source_lines()),
        "derived": "".join(f"{line}\n" for line in kept),
        "end": end,
    }
    order = ["sources", "derived", "end"]
    order.insert(PLACES.index(place), "odd")
    return "---\n" + "".join({**pieces, "odd": odd}[part] for part in order) + BODY
