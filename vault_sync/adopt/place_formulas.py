"""What a place of a template may hold: a constant, a date, a count of days, a sum of boxes. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from vault_sync.adopt.evidence import BaseDate, Evidence, find_most_usual
from vault_sync.adopt.formulas import (
    Expr,
    write_count,
    write_if,
    write_later,
    write_number,
    write_sum,
)
from vault_sync.adopt.learn import fit_sum, fit_weights, learn_decisions, spread_weights
from vault_sync.adopt.patterns import Bar, ColumnSpelling, Content, DateSpelling, Number
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.learn import Condition, Weights


_MANY_DAYS: Final = 10_000
_NOTHING: Final = -(10**9)  # a label beside numbers of days


def explain_place(
    contents: Mapping[int, Content],
    reading: ColumnSpelling,
    evidence: Evidence,
    conditions: Sequence[Condition],
) -> list[Expr]:
    """Return the formulas that may give what stands in one place of many texts.

    Args:
        contents: by the number of the note, all of one kind.
        reading: how the texts were taken apart.
        evidence: what formulas may read.
        conditions: what lists of decisions may ask.
    """
    moments = {row: one for row, one in contents.items() if isinstance(one, datetime)}
    numbers = {row: one for row, one in contents.items() if isinstance(one, Number)}
    bars = {row: one for row, one in contents.items() if isinstance(one, Bar)}
    if moments and reading.spelling:
        return list(_explain_dates(moments, reading.spelling, evidence, conditions))
    if numbers:
        return list(_explain_numbers(numbers, evidence, conditions))
    return list(_explain_bars(bars, reading.symbols, evidence)) if reading.symbols else []


def _explain_dates(
    moments: Mapping[int, datetime],
    spelling: DateSpelling,
    evidence: Evidence,
    conditions: Sequence[Condition],
) -> Iterator[Expr]:
    if not spelling.has_time:
        days = explain_days(moments, frozenset(), evidence, conditions)
        yield from (write_format(day, spelling) for day in days)
    elif _find_lag(moments, evidence) == 0:
        yield write_format(Expr("now()"), spelling)


def explain_days(
    moments: Mapping[int, datetime],
    empty: AbstractSet[int],
    evidence: Evidence,
    conditions: Sequence[Condition],
) -> Iterator[Expr]:
    """Yield the days that dates may be: so many days after a base_date, or the day of all notes.

    Args:
        moments: the dates by the number of the note.
        empty: the notes where the property stands without a value.
        evidence: what formulas may read.
        conditions: what lists of decisions may ask.
    """
    for base_date in evidence.base_dates:
        yield from _count_from(moments, empty, base_date, conditions)
    lag = _find_lag(moments, evidence)
    if lag is not None:
        yield write_later("today()", lag)


def _find_lag(moments: Mapping[int, datetime], evidence: Evidence) -> int | None:
    """Return how many days behind the day of the notes dates lie, None where that is not told."""
    rows = [row for row in moments if row in evidence.moments]
    if not rows or not evidence.is_confirmed:
        return None
    lag, share = find_most_usual(
        [(moments[row].date() - evidence.moments[row].date()).days for row in rows]
    )
    return lag if share >= THRESHOLDS.least_share else None


def _count_from(
    moments: Mapping[int, datetime],
    empty: AbstractSet[int],
    base_date: BaseDate,
    conditions: Sequence[Condition],
) -> Iterator[Expr]:
    """Yield the days a date may be: so many days after the base date, always or as the boxes say."""
    spans = {
        row: (moment.date() - base_date.days[row]).days
        for row, moment in moments.items()
        if row in base_date.days
    }
    if len(spans) < THRESHOLDS.least_notes:
        return
    span, share = find_most_usual(list(spans.values()))
    if share >= THRESHOLDS.least_share:
        yield write_later(base_date.formula, span)._replace(base_dates=(base_date.name,))
    if share < 1:
        chosen = _decide(
            {**spans, **dict.fromkeys(empty & base_date.days.keys(), _NOTHING)},
            conditions,
            lambda days: "" if days == _NOTHING else write_later(base_date.formula, days).text,
        )
        yield from (one._replace(base_dates=(base_date.name, *one.base_dates)) for one in chosen)


def _decide(
    numbers: Mapping[int, int], conditions: Sequence[Condition], write: Callable[[int], str]
) -> Iterator[Expr]:
    """Yield a formula that chooses between numbers."""
    known = sorted(set(numbers.values()))
    labels = {row: known.index(number) for row, number in numbers.items()}
    found = learn_decisions(labels, len(known), conditions)
    if found:
        texts = [write(number) for number in known]
        yield write_decisions(found.branches, found.otherwise, texts)


def write_decisions(
    branches: Sequence[tuple[Condition, int]], otherwise: int, texts: Sequence[str]
) -> Expr:
    """Return a list of decisions as a formula.

    Args:
        branches: conditions with the index of what they give.
        otherwise: the index of what is given where none of them holds.
        texts: what is given, as formulas.
    """
    if len(branches) == 1 and branches[0][0].formula[0] == "!" and branches[0][0].cost == 1:
        ((condition, label),) = branches  # said the other way round, it is easier to read
        text = write_if(condition.formula[1:], texts[otherwise] or '""', texts[label])
        return Expr(text, cost=3)
    text = texts[otherwise]
    for condition, label in reversed(branches):
        text = write_if(condition.formula, texts[label] or '""', text)
    base_dates = tuple(dict.fromkeys(one.base_date for one, _ in branches if one.base_date))
    cost = 1 + sum(condition.cost + 1 for condition, _ in branches)
    return Expr(text, base_dates=base_dates, cost=cost)


def write_format(day: Expr, spelling: DateSpelling) -> Expr:
    """Return a day as a text in a spelling."""
    named = f", {quote_text(spelling.locale)}" if spelling.locale else ""
    text = f"{day.enclosed}.format({quote_text(spelling.pattern)}{named})"
    return Expr(text, base_dates=day.base_dates, cost=day.cost + 1)


def _explain_numbers(
    numbers: Mapping[int, Number], evidence: Evidence, conditions: Sequence[Condition]
) -> Iterator[Expr]:
    values = {row: number.value for row, number in numbers.items()}
    if len(set(values.values())) == 1:
        yield Expr(write_number(next(iter(values.values()))), cost=0)
        return
    decimals = max(number.decimals for number in numbers.values())
    if not decimals:
        whole = {row: int(value) for row, value in values.items()}
        yield from _count_days(whole, evidence)
        yield from _decide(whole, conditions, write_number)
    for fitted in _list_weights(values, evidence, decimals):
        yield write_weights(fitted, decimals)


def _list_weights(
    numbers: Mapping[int, float], evidence: Evidence, decimals: int
) -> Iterator[Weights]:
    """Yield weights of boxes that give numbers; those that boxes of other formulas have first."""
    sums = (fit_sum(numbers, boxes, decimals) for boxes in evidence.sums)
    yield from (one for one in sums if one and one.share >= THRESHOLDS.least_fit)
    fitted = fit_weights(numbers, evidence.boxes, decimals)
    if fitted and fitted.share >= THRESHOLDS.least_fit:
        yield from spread_weights(fitted, evidence.twins)
        yield fitted


def _count_days(numbers: Mapping[int, int], evidence: Evidence) -> Iterator[Expr]:
    """Yield counts of days: since a date, or until one."""
    for base_date in evidence.base_dates:
        since = evidence.days_since(base_date)
        rows = [row for row in numbers if row in since and abs(numbers[row]) < _MANY_DAYS]
        if len(rows) < THRESHOLDS.least_notes:
            continue
        more, share = find_most_usual([numbers[row] - since[row] for row in rows])
        if share >= THRESHOLDS.least_share:
            days = Expr(
                f"(today() - {base_date.formula}).days", base_dates=(base_date.name,), cost=2
            )
            yield write_sum(days, more)
        until, share = find_most_usual([numbers[row] + since[row] for row in rows])
        if share >= THRESHOLDS.least_share:
            day = write_later(base_date.formula, until)
            yield Expr(
                f"({day.text} - today()).days", base_dates=(base_date.name,), cost=day.cost + 1
            )


def write_weights(weights: Weights, decimals: int) -> Expr:
    """Return a sum of boxes as a formula.

    Args:
        weights: how much each box counts.
        decimals: how many the result is rounded to.
    """
    same = {weight for _, weight in weights.boxes}
    if len(same) == 1:
        total = _multiply(write_count([box.tick for box, _ in weights.boxes]), same.pop())
    else:
        parts = [
            write_if(box.tick, str(weight), "0").replace(" + -", " - ")
            for box, weight in weights.boxes
        ]
        total = Expr(" + ".join(parts), is_sum=True, cost=2 * len(parts))
    total = write_sum(total, weights.constant)
    if weights.denominator == 1:
        return total
    digits = str(decimals) if decimals else ""
    shorten = "floor()" if weights.is_floor and not decimals else f"round({digits})"
    return Expr(f"({total.enclosed} / {weights.denominator}).{shorten}", cost=total.cost + 2)


def _multiply(count: Expr, factor: int) -> Expr:
    return count if factor == 1 else Expr(f"{count.text} * {factor}", cost=count.cost + 1)


def _explain_bars(
    bars: Mapping[int, Bar], symbols: tuple[str, str], evidence: Evidence
) -> Iterator[Expr]:
    """Yield a row of two symbols whose number is the same in most notes, but for those with nothing."""
    begun = [bar.full + bar.rest for bar in bars.values() if bar.full]
    if not begun:
        return
    length, share = find_most_usual(begun)
    whole = {row: bar for row, bar in bars.items() if bar.full + bar.rest == length}
    if share < THRESHOLDS.least_share or len({bar.full for bar in whole.values()}) < 2:
        return
    first, second = map(quote_text, symbols)
    for fitted in _list_weights({row: float(bar.full) for row, bar in whole.items()}, evidence, 0):
        full = write_weights(fitted, 0)
        text = f"{first}.repeat({full.text}) + {second}.repeat({length} - {full.enclosed})"
        yield Expr(text, is_sum=True, cost=2 * full.cost + 4)
