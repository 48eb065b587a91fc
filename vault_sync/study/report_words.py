"""What a report says, as the page and the picture say it alike. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.formula.locales import LOCALES
from vault_sync.study.markup import show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from vault_sync.formula.locales import Locale
    from vault_sync.language import Language
    from vault_sync.study.dashboard import Progress
    from vault_sync.study.forecast import DayLoad
    from vault_sync.study.reviews import Review
    from vault_sync.study.year import StudyRecord, Year


class Tile(NamedTuple):
    """A number that stands for itself: what it counts, the number, a word on it, and its kind."""

    label: str
    number: str
    remark: str = ""
    kind: str = "remark"


@dataclass(frozen=True, slots=True)
class Words:
    """Says what stands in a report.

    Attributes:
        language: to say it in.
    """

    language: Language

    @property
    def dates(self) -> Locale:
        """How days are named."""
        return LOCALES[self.language.locale]

    def name_day(self, day: date) -> str:
        """Return a day with its year and its weekday."""
        return f"{day.isoformat()} {self.dates.weekdays[day.isoweekday() % 7]}"

    def name_near_day(self, day: date) -> str:
        """Return a day of these weeks, with its weekday."""
        return f"{day:%m-%d} {self.dates.short_weekdays[day.isoweekday() % 7]}"

    def name_subject(self, name: str) -> str:
        """Return the name of a subject, or what stands for none."""
        return show(name) or self.language.say("(no subject)")

    def tell_load(self, load: DayLoad) -> str:
        """Return what there is to do on a day."""
        said = self.language.count("{n} review", "{n} reviews", load.total)
        if load.overdue:
            said += f", {self.language.say('{n} overdue', n=load.overdue)}"
        return f"{self.name_near_day(load.day)}: {said}"

    def tell_record(self, record: StudyRecord) -> str:
        """Return what a day was for."""
        said = self.language.say(
            "first studied {studied}, reviews ticked {ticked}, not ticked {open}",
            studied=record.studied,
            ticked=record.ticked,
            open=record.open,
        )
        return f"{self.name_day(record.day)}: {said}"

    def tell_lateness(self, review: Review, on: date) -> str:
        """Return since how many days a review is due."""
        return self.language.count("{n} day", "{n} days", review.days_overdue(on))

    def list_tiles(self, total: Progress) -> Iterator[Tile]:
        """Yield the numbers that matter most, the most urgent first."""
        say = self.language.say
        late = say("{n} overdue", n=total.overdue)
        yield Tile(say("to review now"), str(total.due), late if total.overdue else "", "urgent")
        yield Tile(say("study notes"), str(total.notes))
        done = to_rate(total.done / total.reviews if total.reviews else None)
        of_all = say("{done} of {all}", done=total.done, all=total.reviews)
        yield Tile(say("reviews done"), done, of_all)
        yield Tile(say("mean rate"), to_rate(total.rate))
        yield Tile(say("remembered for good"), str(total.remembered))

    def list_steps(self, year: Year) -> list[str]:
        """Return how much each level of a year stands for, from 0 on."""
        starts = (0, *year.steps)
        ends = (*(step - 1 for step in year.steps), None)
        return [_name_range(*pair) for pair in zip(starts, ends, strict=True)]


def to_rate(rate: float | None) -> str:
    """Return a share as people read it; a dash where there is none."""
    return "–" if rate is None else f"{rate:.0%}"


def _name_range(start: int, end: int | None) -> str:
    if end is None:
        return f"{start}+"
    return str(start) if start == end else f"{start}–{end}"
