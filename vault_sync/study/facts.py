"""What the text of one note tells of its reviews, and the same as JSON for a cache. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from vault_sync.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.scalars import Json


class StageFact(NamedTuple):
    """A stage of a note: how many days after the first day it is due, and whether it is done."""

    days: int
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What the text of a note tells, apart from its name and place.

    Attributes:
        subject: as text; empty where there is none.
        textbook: the same.
        page: the same.
        first_day: None where there is none, or none that can be read.
        stages: the earliest first.
        is_long_term: it needs no reviews any more.
        rate: how much is learnt, from 0 to 1; None where nothing tells that.
        problem: why the first day cannot be read.
    """

    subject: str
    textbook: str
    page: str
    first_day: date | None
    stages: tuple[StageFact, ...]
    is_long_term: bool
    rate: float | None
    problem: Problem | None = None

    def to_payload(self) -> list[Json]:
        """Return the facts as JSON for a cache; short and flat, as there is one for every note."""
        first, problem = self.first_day, self.problem
        return [
            self.subject,
            self.textbook,
            self.page,
            first.isoformat() if first else None,
            self.is_long_term,
            self.rate,
            [problem.message, problem.line, problem.property] if problem else None,
            *chain.from_iterable(self.stages),
        ]

    @classmethod
    def from_payload(cls, payload: Sequence[Any]) -> Self:
        """Return the facts that `to_payload` made a payload of."""
        subject, textbook, page, first, is_long_term, rate, problem, *stages = payload
        return cls(
            subject=subject,
            textbook=textbook,
            page=page,
            first_day=date.fromisoformat(first) if first else None,
            stages=tuple(map(StageFact, stages[::2], stages[1::2])),
            is_long_term=is_long_term,
            rate=rate,
            problem=None if problem is None else Problem(*problem),
        )
