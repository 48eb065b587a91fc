"""The day at which the values stand still: told by counts of days, and by dates that do not vary."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.patterns import Number
from vault_sync.adopt.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.adopt.evidence import BaseDate
    from vault_sync.adopt.patterns import Content, Template
    from vault_sync.adopt.table import Table


_ONE_PLACE: Final = 2  # the words before it and those behind it


class ExportMoments(NamedTuple):
    """When the notes were frozen.

    Attributes:
        moments: by the number of the note; midnight where no time is told.
        is_confirmed: counts of days say so.
    """

    moments: Mapping[int, datetime]
    is_confirmed: bool


def find_export_moments(table: Table, base_dates: Sequence[BaseDate]) -> ExportMoments:
    """Return when each note was frozen; all of them at some day where nothing tells."""
    templates = [
        template
        for column in table.columns.values()
        if len(column.texts) >= THRESHOLDS.least_notes
        for template in column.templates[: THRESHOLDS.readings]
    ]
    clocks = [clock for template in templates for clock in _list_clocks(template)]
    days = {clock_day for clock in clocks for clock_day in _main_days(clock)}
    counted = list(_list_counted(templates, base_dates, days))
    moments = _choose(len(table.notes), clocks, counted)
    return ExportMoments(moments, bool(counted))


def _list_clocks(template: Template) -> Iterator[dict[int, datetime]]:
    """Yield the dates in a column, where there are few different ones."""
    for contents in _list_columns(template):
        moments = {row: one for row, one in contents.items() if isinstance(one, datetime)}
        if moments and len(_main_days(moments)) <= _few(len(moments)):
            yield moments


def _list_counted(
    templates: Sequence[Template], base_dates: Sequence[BaseDate], days: set[date]
) -> Iterator[dict[int, datetime]]:
    """Yield the days that counts of days lead to, where there are few different ones.

    A count may begin with one; where dates tell the day, that of them is meant.
    """
    for template in templates:
        for contents in _list_columns(template):
            numbers = {row: one for row, one in contents.items() if isinstance(one, Number)}
            # In a text of several numbers one may be the day of the very date it is taken from.
            ways = (1, -1) if len(template.words) == _ONE_PLACE else (1,)
            for base_date, way in product(base_dates, ways):
                reached = dict(_reach(numbers, base_date, way))
                if _tells(reached, base_date):
                    yield _shift(reached, days)


def _reach(
    numbers: Mapping[int, Number], base_date: BaseDate, way: int
) -> Iterator[tuple[int, datetime]]:
    """Yield the days that are so many days behind a date, or before it (``D-112``)."""
    for row, number in numbers.items():
        if row in base_date.days and not number.decimals and abs(number.value) < 100_000:
            start = base_date.days[row]
            try:
                midnight = datetime(start.year, start.month, start.day)  # noqa: DTZ001 - civil time
                yield row, midnight + timedelta(days=way * number.value)
            except OverflowError:
                continue


def _tells(reached: Mapping[int, datetime], base_date: BaseDate) -> bool:
    """Say whether counts lead to few days, and from many: else any number would do so."""
    main = _main_days(reached)
    starts = {base_date.days[row] for row in reached}
    enough = len(reached) >= THRESHOLDS.least_notes and len(starts) >= THRESHOLDS.spread * len(main)
    return enough and len(main) <= _few(len(reached))


def _shift(reached: dict[int, datetime], days: set[date]) -> dict[int, datetime]:
    own = {moment.date() for moment in reached.values()}
    for shift in (0, -1, 1):
        if {day + timedelta(days=shift) for day in own} & days:
            return {row: moment + timedelta(days=shift) for row, moment in reached.items()}
    return reached


def _list_columns(template: Template) -> Iterator[dict[int, Content]]:
    """Yield what stands in each place of a template, by the number of the note."""
    for place in range(len(template.words) - 1):
        yield {row: places[place] for row, places in template.rows.items()}


def _few(count: int) -> int:
    return (
        max(1, min(THRESHOLDS.few_days, int(THRESHOLDS.share_of_few * count)))
        if count < 50
        else THRESHOLDS.few_days
    )


def _main_days(moments: Mapping[int, datetime]) -> set[date]:
    """Return the days that nearly all moments lie in, the most usual first."""
    counts = Counter(moment.date() for moment in moments.values())
    found: set[date] = set()
    covered = 0
    for day, count in counts.most_common():
        if covered >= THRESHOLDS.main_days * len(moments):
            break
        found.add(day)
        covered += count
    return found


def _choose(
    count: int, clocks: Sequence[Mapping[int, datetime]], counted: Sequence[Mapping[int, datetime]]
) -> dict[int, datetime]:
    """Return the moment of each note: the day most of its evidence names, with the time told for it."""
    usual = Counter(moment.date() for one in counted or clocks for moment in one.values())
    usual_day = usual.most_common(1)[0][0] if usual else None
    moments: dict[int, datetime] = {}
    for row in range(count):
        told = Counter(one[row].date() for one in counted or clocks if row in one)
        day = max(told, key=lambda one: (told[one], one == usual_day), default=usual_day)
        if day:
            here = [one[row] for one in clocks if row in one and one[row].date() == day]
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - civil time
            moments[row] = max(here, default=midnight)
    return moments
