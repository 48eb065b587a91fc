"""What a place of a template may hold: a constant, a date, a count of days, a sum of boxes. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from vault_sync.adopt.clues import find_mode
from vault_sync.adopt.dates import LEAST_NOTES
from vault_sync.adopt.decisions import learn_decisions
from vault_sync.adopt.fitting import fit_weights
from vault_sync.adopt.templates import Bar, Number
from vault_sync.adopt.writing import (
    Term,
    write_count,
    write_if,
    write_later,
    write_number,
    write_sum,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.clues import Clues, Root
    from vault_sync.adopt.decisions import Condition
    from vault_sync.adopt.fitting import Weights
    from vault_sync.adopt.spellings import Spelling
    from vault_sync.adopt.templates import Content, Reading

_LEAST_SHARE: Final = 0.6
_LEAST_FIT: Final = 0.7
_MANY_DAYS: Final = 10_000
_NOTHING: Final = -(10**9)  # a label beside numbers of days


def explain_place(
    contents: Mapping[int, Content],
    reading: Reading,
    clues: Clues,
    conditions: Sequence[Condition],
) -> list[Term]:
    """Return the formulas that may give what stands in one place of many texts.

    Args:
        contents: by the number of the note, all of one kind.
        reading: how the texts were taken apart.
        clues: what formulas may read.
        conditions: what lists of decisions may ask.
    """
    moments = {row: one for row, one in contents.items() if isinstance(one, datetime)}
    numbers = {row: one for row, one in contents.items() if isinstance(one, Number)}
    bars = {row: one for row, one in contents.items() if isinstance(one, Bar)}
    if moments and reading.spelling:
        return list(_explain_dates(moments, reading.spelling, clues, conditions))
    if numbers:
        return list(_explain_numbers(numbers, clues, conditions))
    return list(_explain_bars(bars, reading.symbols, clues)) if reading.symbols else []


def _explain_dates(
    moments: Mapping[int, datetime],
    spelling: Spelling,
    clues: Clues,
    conditions: Sequence[Condition],
) -> Iterator[Term]:
    if not spelling.has_time:
        days = explain_days(moments, frozenset(), clues, conditions)
        yield from (_write_format(day, spelling) for day in days)
    elif _find_lag(moments, clues) == 0:
        yield _write_format(Term("now()"), spelling)


def explain_days(
    moments: Mapping[int, datetime],
    empty: AbstractSet[int],
    clues: Clues,
    conditions: Sequence[Condition],
) -> Iterator[Term]:
    """Yield the days that dates may be: so many days after a root, or the day of all notes.

    Args:
        moments: the dates by the number of the note.
        empty: the notes where the property stands without a value.
        clues: what formulas may read.
        conditions: what lists of decisions may ask.
    """
    for root in clues.roots:
        yield from _count_from(moments, empty, root, conditions)
    lag = _find_lag(moments, clues)
    if lag is not None:
        yield write_later("today()", lag)


def _find_lag(moments: Mapping[int, datetime], clues: Clues) -> int | None:
    """Return how many days behind the day of the notes dates lie, None where that is not told."""
    rows = [row for row in moments if row in clues.moments]
    if not rows or not clues.is_confirmed:
        return None
    lag, share = find_mode([(moments[row].date() - clues.moments[row].date()).days for row in rows])
    return lag if share >= _LEAST_SHARE else None


def _count_from(
    moments: Mapping[int, datetime],
    empty: AbstractSet[int],
    root: Root,
    conditions: Sequence[Condition],
) -> Iterator[Term]:
    """Yield the days a date may be: so many days after the root, always or as the boxes say."""
    spans = {
        row: (moment.date() - root.days[row]).days
        for row, moment in moments.items()
        if row in root.days
    }
    if len(spans) < LEAST_NOTES:
        return
    span, share = find_mode(list(spans.values()))
    if share >= _LEAST_SHARE:
        yield write_later(root.formula, span)._replace(roots=(root.name,))
    if share < 1:
        chosen = _decide(
            {**spans, **dict.fromkeys(empty & root.days.keys(), _NOTHING)},
            conditions,
            lambda days: "" if days == _NOTHING else write_later(root.formula, days).text,
        )
        yield from (one._replace(roots=(root.name, *one.roots)) for one in chosen)


def _decide(
    numbers: Mapping[int, int], conditions: Sequence[Condition], write: Callable[[int], str]
) -> Iterator[Term]:
    """Yield a formula that chooses between numbers."""
    known = sorted(set(numbers.values()))
    labels = {row: known.index(number) for row, number in numbers.items()}
    found = learn_decisions(labels, len(known), conditions)
    if found:
        texts = [write(number) for number in known]
        yield write_decisions(found.branches, found.otherwise, texts)


def write_decisions(
    branches: Sequence[tuple[Condition, int]], otherwise: int, texts: Sequence[str]
) -> Term:
    """Return a list of decisions as a formula.

    Args:
        branches: conditions with the index of what they give.
        otherwise: the index of what is given where none of them holds.
        texts: what is given, as formulas.
    """
    if len(branches) == 1 and branches[0][0].formula[0] == "!" and branches[0][0].cost == 1:
        ((condition, label),) = branches  # said the other way round, it is easier to read
        text = write_if(condition.formula[1:], texts[otherwise] or '""', texts[label])
        return Term(text, cost=3)
    text = texts[otherwise]
    for condition, label in reversed(branches):
        text = write_if(condition.formula, texts[label] or '""', text)
    roots = tuple(dict.fromkeys(one.root for one, _ in branches if one.root))
    cost = 1 + sum(condition.cost + 1 for condition, _ in branches)
    return Term(text, roots=roots, cost=cost)


def _write_format(day: Term, spelling: Spelling) -> Term:
    named = f", {write_text(spelling.locale)}" if spelling.locale else ""
    text = f"{day.enclosed}.format({write_text(spelling.pattern)}{named})"
    return Term(text, roots=day.roots, cost=day.cost + 1)


def _explain_numbers(
    numbers: Mapping[int, Number], clues: Clues, conditions: Sequence[Condition]
) -> Iterator[Term]:
    values = {row: number.value for row, number in numbers.items()}
    if len(set(values.values())) == 1:
        yield Term(write_number(next(iter(values.values()))), cost=0)
        return
    decimals = max(number.decimals for number in numbers.values())
    if not decimals:
        whole = {row: int(value) for row, value in values.items()}
        yield from _count_days(whole, clues)
        yield from _decide(whole, conditions, write_number)
    fitted = fit_weights(values, clues.boxes, decimals)
    if fitted and fitted.share >= _LEAST_FIT:
        yield write_weights(fitted, decimals)


def _count_days(numbers: Mapping[int, int], clues: Clues) -> Iterator[Term]:
    """Yield counts of days: since a date, or until one."""
    for root in clues.roots:
        since = clues.days_since(root)
        rows = [row for row in numbers if row in since and abs(numbers[row]) < _MANY_DAYS]
        if len(rows) < LEAST_NOTES:
            continue
        more, share = find_mode([numbers[row] - since[row] for row in rows])
        if share >= _LEAST_SHARE:
            days = Term(f"(today() - {root.formula}).days", roots=(root.name,), cost=2)
            yield write_sum(days, more)
        until, share = find_mode([numbers[row] + since[row] for row in rows])
        if share >= _LEAST_SHARE:
            day = write_later(root.formula, until)
            yield Term(f"({day.text} - today()).days", roots=(root.name,), cost=day.cost + 1)


def write_weights(weights: Weights, decimals: int, factor: int = 1) -> Term:
    """Return a sum of boxes as a formula.

    Args:
        weights: how much each box counts.
        decimals: how many the result is rounded to.
        factor: what the result is multiplied with besides.
    """
    same = {weight for _, weight in weights.boxes}
    if len(same) == 1:
        total = _multiply(write_count([box.tick for box, _ in weights.boxes]), same.pop() * factor)
    else:
        parts = [
            write_if(box.tick, str(weight * factor), "0").replace(" + -", " - ")
            for box, weight in weights.boxes
        ]
        total = Term(" + ".join(parts), is_sum=True, cost=2 * len(parts))
    total = write_sum(total, weights.constant * factor)
    if weights.denominator == 1:
        return total
    digits = str(decimals) if decimals else ""
    shorten = "floor()" if weights.is_floor and not decimals else f"round({digits})"
    return Term(f"({total.enclosed} / {weights.denominator}).{shorten}", cost=total.cost + 2)


def _multiply(count: Term, factor: int) -> Term:
    return count if factor == 1 else Term(f"{count.text} * {factor}", cost=count.cost + 1)


def _explain_bars(
    bars: Mapping[int, Bar], symbols: tuple[str, str], clues: Clues
) -> Iterator[Term]:
    """Yield a row of two symbols whose number is the same in most notes."""
    length, share = find_mode([bar.full + bar.rest for bar in bars.values()])
    whole = {row: bar for row, bar in bars.items() if bar.full + bar.rest == length}
    if share < _LEAST_SHARE or len({bar.full for bar in whole.values()}) < 2:
        return
    fitted = fit_weights({row: float(bar.full) for row, bar in whole.items()}, clues.boxes, 0)
    if not fitted or fitted.share < _LEAST_FIT:
        return
    full = write_weights(fitted, 0)
    first, second = map(write_text, symbols)
    text = f"{first}.repeat({full.text}) + {second}.repeat({length} - {full.enclosed})"
    yield Term(text, is_sum=True, cost=2 * full.cost + 4)
