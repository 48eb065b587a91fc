"""The tables of a report: its subjects, and the numbers of its charts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_sync.study.markup import make
from vault_sync.study.report_parts import draw_bar
from vault_sync.study.report_words import to_rate
from vault_sync.study.year import sum_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from vault_sync.study.dashboard import Progress
    from vault_sync.study.forecast import DayLoad
    from vault_sync.study.report_words import Words
    from vault_sync.study.year import Year


@dataclass(frozen=True, slots=True)
class ReportTables:
    """Makes tables; those with the numbers of a chart are folded until they are wanted.

    Attributes:
        words: to name what stands in them.
    """

    words: Words

    def list_subjects(self, subjects: Iterable[Progress]) -> Element:
        """Return how far subjects are."""
        say = self.words.language.say
        head = make(
            "tr",
            _head(say("subject")),
            make("td", class_="bar"),
            *(_head(name) for name in (say("rate"), say("notes"))),
            _head(say("done"), class_="extra"),
            _head(say("to review")),
        )
        rows = map(self._list_subject, subjects)
        return make("table", make("thead", head), make("tbody", *rows), class_="subjects")

    def _list_subject(self, progress: Progress) -> Element:
        return make(
            "tr",
            make("th", make("bdi", self.words.name_subject(progress.name)), scope="row"),
            make("td", draw_bar(progress.rate or 0), class_="bar"),
            *(make("td", text) for text in (to_rate(progress.rate), str(progress.notes))),
            make("td", f"{progress.done}/{progress.reviews}", class_="extra"),
            make("td", str(progress.due) if progress.due else "·"),
        )

    def list_days(self, days: Iterable[DayLoad]) -> Element:
        """Return the load of days."""
        say = self.words.language.say
        heads = (say("day"), say("due on the day"), say("overdue"))
        rows = [(self.words.name_near_day(load.day), load.due, load.overdue) for load in days]
        return self._fold(heads, rows)

    def list_months(self, year: Year) -> Element:
        """Return what the months of a year were for."""
        say = self.words.language.say
        heads = (say("month"), say("first studied"), say("reviews ticked"), say("not ticked"))
        rows = [
            (f"{month.day:%Y-%m}", month.studied, month.ticked, month.open)
            for month in sum_months(year)
        ]
        return self._fold(heads, rows)

    def _fold(self, heads: Sequence[str], rows: Sequence[tuple[str, *tuple[int, ...]]]) -> Element:
        head = make("tr", *map(_head, heads))
        body = [
            make("tr", make("th", name, scope="row"), *(make("td", str(one)) for one in numbers))
            for name, *numbers in rows
        ]
        table = make("table", make("thead", head), make("tbody", *body))
        title = self.words.language.say("The same as a table")
        return make("details", make("summary", title), table)


def _head(name: str, **attributes: str) -> Element:
    return make("th", name, scope="col", **attributes)
