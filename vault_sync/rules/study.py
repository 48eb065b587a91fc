"""Study names: which properties of a note tell its first day and its reviews. Pure.

A profile has them in its data file; a rule set of one's own has them below ``study``:

    study:
      first-day: started
      stages: {1: review_1day, 4: review_4day}
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

ROLES: Final = ("first-day", "subject", "textbook", "page", "rate", "long-term")


class Tick(StrEnum):
    """What is written into a box when a review is done."""

    TRUE = "true"
    DATE = "date"


class Stage(NamedTuple):
    """A review at a fixed distance from the first day.

    Attributes:
        days: how many days after the first day it is due.
        box: the property that is ticked when it is done, in NFC.
    """

    days: int
    box: str


class StudyNames(NamedTuple):
    """The properties of a study note by what they tell. All names are in NFC.

    Attributes:
        first_day: the day it was studied first.
        stages: its reviews, the earliest first; each has days and a box of its own.
        subject: the subject; None where notes have none.
        textbook: the book.
        page: the place in the book.
        rate: how much of it is learnt.
        long_term: the box of a note that needs no reviews any more.
        tick: what `done` writes into a box.
    """

    first_day: str
    stages: tuple[Stage, ...]
    subject: str | None = None
    textbook: str | None = None
    page: str | None = None
    rate: str | None = None
    long_term: str | None = None
    tick: Tick = Tick.TRUE

    @property
    def boxes(self) -> tuple[str, ...]:
        """The properties that are ticked, that of the long term last."""
        boxes = tuple(stage.box for stage in self.stages)
        return boxes if self.long_term is None else (*boxes, self.long_term)

    @property
    def roles(self) -> dict[str, str]:
        """The properties by the words for what they tell, without the stages."""
        names = (
            self.first_day,
            self.subject,
            self.textbook,
            self.page,
            self.rate,
            self.long_term,
        )
        return {role: name for role, name in zip(ROLES, names, strict=True) if name}

    @property
    def identifying(self) -> frozenset[str]:
        """The properties of which a note has at least one if it is a study note."""
        return frozenset((self.first_day, *self.boxes))


def make_names(
    roles: dict[str, str], stages: Iterable[Stage], tick: Tick = Tick.TRUE
) -> StudyNames:
    """Return study names.

    Args:
        roles: properties by the words in `ROLES`; the first day must be there.
        stages: in any order.
        tick: what `done` writes.
    """
    return StudyNames(
        first_day=roles["first-day"],
        stages=tuple(sorted(stages, key=lambda stage: stage.days)),
        subject=roles.get("subject"),
        textbook=roles.get("textbook"),
        page=roles.get("page"),
        rate=roles.get("rate"),
        long_term=roles.get("long-term"),
        tick=tick,
    )
