"""Formulas that may be behind a column, and what each varying part of a text may hold. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.evidence import find_most_usual, find_twins
from vault_sync.adopt.formula_writer import (
    Expr,
    join_exprs,
    write_count,
    write_if,
    write_later,
    write_name,
    write_number,
    write_sum,
    write_text,
)
from vault_sync.adopt.learn import (
    MAX_LABELS,
    fit_sum,
    fit_weights,
    learn_decisions,
    list_conditions,
    spread_weights,
)
from vault_sync.adopt.patterns import SPELLINGS, Bar, Number
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.formula import compile_formula
from vault_sync.note.values import is_date_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.evidence import BaseDate, Checkbox, Evidence
    from vault_sync.adopt.learn import Condition, Weights
    from vault_sync.adopt.patterns import Content, Reading, Spelling, Template
    from vault_sync.adopt.table import Column


MAX_CANDIDATES: Final = 24
_MAX_TERMS: Final = 4
_MAX_TWINS: Final = 3
_MAX_NEAR: Final = 4
_NUMBER: Final = re.compile("[0-9]+")
_DAY: Final = next(one for one in SPELLINGS if one.pattern == "YYYY-MM-DD")


class Candidate(NamedTuple):
    """A formula to be tried.

    Attributes:
        formula: its text.
        cost: how complicated it is.
        likeness: how much the names it reads are like the name of the property.
    """

    formula: str
    cost: int
    likeness: float


def make_candidate_lister(evidence: Evidence) -> Callable[[Column], list[Candidate]]:
    """Return what gives the formulas that may be behind a column."""
    twins = find_twins(evidence.boxes)
    near = _find_near(twins)

    @cache
    def look_with(names: frozenset[str]) -> tuple[Evidence, list[Condition]]:
        boxes = [box for box in evidence.boxes if box.name in names]
        chosen = replace(evidence, boxes=boxes, twins=twins)
        return chosen, list_conditions(chosen)

    def list_candidates(column: Column) -> list[Candidate]:
        variants = map(look_with, _choose_boxes(column, twins, near))
        listed = (_list_candidates(column, *variant) for variant in variants)
        unique = {one.formula: one for candidates in listed for one in candidates}
        ordered = sorted(unique.values(), key=lambda one: (one.cost, -one.likeness))
        return ordered[:MAX_CANDIDATES]

    return list_candidates


def _choose_boxes(
    column: Column, twins: Sequence[Sequence[Checkbox]], near: Iterable[Checkbox]
) -> Iterator[frozenset[str]]:
    """Yield the boxes to look with: one of those that no note tells apart, then without a near one.

    Args:
        column: boxes that are named like it come first.
        twins: the boxes, those together that no note tells apart.
        near: boxes without which another one, ticked in nearly the same notes, shows what it can do.
    """
    ordered = [
        sorted(group, key=lambda box: -compare_names(column.name, box.name)) for group in twins
    ]
    first = frozenset(group[0].name for group in ordered)
    yield first
    for number in range(1, min(max(map(len, ordered), default=1), _MAX_TWINS)):
        yield frozenset(group[min(number, len(group) - 1)].name for group in ordered)
    yield from (first - {box.name} for box in near)


def _find_near(twins: Sequence[Sequence[Checkbox]]) -> list[Checkbox]:
    """Return boxes that are ticked in nearly the same notes as another one."""
    boxes = [group[0] for group in twins if len(set(group[0].ticked.values())) > 1]
    return [box for box in boxes if any(_is_near(box, other) for other in boxes)][:_MAX_NEAR]


def _is_near(box: Checkbox, other: Checkbox) -> bool:
    both = box.ticked.keys() & other.ticked.keys()
    same = sum(box.ticked[row] == other.ticked[row] for row in both)
    return box is not other and same >= THRESHOLDS.alike * max(1, len(both))


def compare_names(name: str, other: str) -> float:
    """Return how much two names are alike, from 0 to 3; above all, their first numbers are the same."""
    first, second = _NUMBER.search(name), _NUMBER.search(other)
    same = bool(first and second) and first[0] == second[0]  # type: ignore[index]  # both were found
    return 2 * same + SequenceMatcher(None, name, other).ratio()


def _list_candidates(
    column: Column, evidence: Evidence, conditions: Sequence[Condition]
) -> list[Candidate]:
    exprs = [*_list_days(column, evidence, conditions), *_decide_texts(column, conditions)]
    for template in column.templates:
        exprs += _fill_template(column, template, evidence, conditions)
    finished = (one for expr in exprs for one in _finish(column, expr, evidence))
    unique = {one.text: one for one in sorted(finished, key=lambda one: -one.cost)}
    return [_weigh(column, expr) for expr in unique.values()]


def _list_days(
    column: Column, evidence: Evidence, conditions: Sequence[Condition]
) -> Iterator[Expr]:
    """Yield days as such, for a column that holds dates rather than texts about them."""
    texts = column.texts
    if texts and sum(map(is_date_text, texts.values())) >= THRESHOLDS.same * len(texts):
        days = {row: found.moment for row, text in texts.items() if (found := _DAY.find(text))}
        yield from explain_days(days, column.empty, evidence, conditions)


def _explain_all(
    template: Template, evidence: Evidence, conditions: Sequence[Condition], place: int
) -> list[Expr]:
    contents = {row: places[place] for row, places in template.rows.items()}
    exprs = explain_slot(contents, template.reading, evidence, conditions)
    return sorted(exprs, key=lambda expr: expr.cost)[:_MAX_TERMS]


def _fill_template(
    column: Column, template: Template, evidence: Evidence, conditions: Sequence[Condition]
) -> Iterator[Expr]:
    """Yield the texts of a column as words and what stands between them."""
    count = len(template.words) - 1
    choices = [_explain_all(template, evidence, conditions, place) for place in range(count)]
    if not all(choices) or len(template.rows) < THRESHOLDS.least_notes:
        return
    filled = [chosen for chosen in islice(product(*choices), MAX_CANDIDATES) if _says(chosen)]
    for chosen in [one for one in filled if _counts_the_same(one, evidence)] or filled:
        yield join_template(template.words, chosen, is_quoted=column.is_quoted)


def _says(exprs: Iterable[Expr]) -> bool:
    return any(expr.cost for expr in exprs)


def _counts_the_same(exprs: Iterable[Expr], evidence: Evidence) -> bool:
    """Say whether all sums of boxes in a text are sums of the same ones, as a bar and its percentage."""
    boxes = {box.name for group in evidence.twins for box in group}
    read = {compile_formula(expr.text).properties & boxes for expr in exprs}
    return sum(len(one) > 1 for one in read) < 2


def join_template(words: Sequence[str], exprs: Sequence[Expr], *, is_quoted: bool) -> Expr:
    """Return words and expressions as one text; a number alone stays one, unless it stands in quotes."""
    if len(exprs) == 1 and not any(words):
        (expr,) = exprs
        is_text = ".format(" in expr.text or ".repeat(" in expr.text
        if is_text or not is_quoted:
            return expr
        return expr._replace(text=f"{expr.enclosed}.toString()", is_sum=False, cost=expr.cost + 3)
    parts: list[Expr] = []
    text = words[0]
    for expr, word in zip(exprs, words[1:], strict=True):
        if not expr.cost:
            text += expr.text + word
            continue
        parts += [Expr(write_text(text), cost=0)] if text else []
        parts.append(expr)
        text = word
    parts += [Expr(write_text(text), cost=0)] if text else []
    is_text = any(part.text[0] == '"' or ".format(" in part.text for part in parts[:2])
    return join_exprs(parts, is_text=is_text)


def _decide_texts(column: Column, conditions: Sequence[Condition]) -> Iterator[Expr]:
    """Yield a choice between whole texts, where there are few different ones."""
    texts = column.texts
    known = [text for text, _ in Counter(texts.values()).most_common(MAX_LABELS + 1)]
    if not 1 < len(known) <= MAX_LABELS or len(texts) < THRESHOLDS.least_notes:
        return
    labels = {row: known.index(text) for row, text in texts.items()}
    found = learn_decisions(labels, len(known), conditions)
    if found:
        written = [_write_value(column, text) for text in known]
        yield write_decisions(found.branches, found.otherwise, written)


def _write_value(column: Column, text: str) -> str:
    is_number = text.isascii() and text.isdigit() and str(int(text)) == text
    return write_number(int(text)) if is_number and not column.is_quoted else write_text(text)


def _finish(column: Column, expr: Expr, evidence: Evidence) -> Iterator[Expr]:
    """Yield a formula with what it gives where a date is missing, or where nothing is done yet."""
    for whole in (expr, *_except_nothing(column, expr, evidence)):
        if not whole.base_dates:
            yield whole
            continue
        base_dates = [
            base_date for base_date in evidence.base_dates if base_date.name in whole.base_dates
        ]
        condition = " && ".join(write_name(base_date.name) for base_date in base_dates)
        days = [base_date.days.keys() for base_date in base_dates]
        rows = frozenset(row for row in column.nodes if not all(row in one for one in days))
        empty = _find_same(column, rows)
        if empty and len(rows) < THRESHOLDS.least_examples and any(map(str.isdigit, empty)):
            empty = None  # a date that was left behind is no example of none
        otherwise = write_text(empty) if empty else None
        yield Expr(write_if(condition, whole.text, otherwise), cost=whole.cost + 1)


def _except_nothing(column: Column, expr: Expr, evidence: Evidence) -> Iterator[Expr]:
    """Yield a formula with a text of its own for notes in which no box is ticked that it reads."""
    read = compile_formula(expr.text).properties
    boxes = [box for group in evidence.twins for box in group if box.name in read]
    if not boxes:
        return
    rows = frozenset(
        row for row in column.texts if all(box.ticked.get(row) is False for box in boxes)
    )
    text = _find_same(column, rows)
    if text and len(boxes) > 1:
        count = write_count([box.tick for box in boxes])
        written = write_if(f"{count.text} == 0", write_text(text), expr.text)
        yield Expr(written, base_dates=expr.base_dates, cost=expr.cost + 3)


def _find_same(column: Column, rows: frozenset[int]) -> str | None:
    """Return the text that stands in nearly all of some notes."""
    counts = Counter(column.texts[row] for row in rows if row in column.texts)
    if not counts:
        return None
    ((text, count),) = counts.most_common(1)
    return text if count >= THRESHOLDS.same * counts.total() else None


def _weigh(column: Column, expr: Expr) -> Candidate:
    names = compile_formula(expr.text).properties
    ratios = [compare_names(column.name, name) for name in sorted(names)]
    return Candidate(expr.text, expr.cost, sum(ratios) / len(ratios) if ratios else 0.0)


# What a place of a template may hold: a constant, a date, a count of days, a sum of boxes. Pure.

_MANY_DAYS: Final = 10_000
_NOTHING: Final = -(10**9)  # a label beside numbers of days


def explain_slot(
    contents: Mapping[int, Content],
    reading: Reading,
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
    spelling: Spelling,
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


def write_format(day: Expr, spelling: Spelling) -> Expr:
    """Return a day as a text in a spelling."""
    named = f", {write_text(spelling.locale)}" if spelling.locale else ""
    text = f"{day.enclosed}.format({write_text(spelling.pattern)}{named})"
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


def write_weights(weights: Weights, decimals: int, factor: int = 1) -> Expr:
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
        total = Expr(" + ".join(parts), is_sum=True, cost=2 * len(parts))
    total = write_sum(total, weights.constant * factor)
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
    first, second = map(write_text, symbols)
    for fitted in _list_weights({row: float(bar.full) for row, bar in whole.items()}, evidence, 0):
        full = write_weights(fitted, 0)
        text = f"{first}.repeat({full.text}) + {second}.repeat({length} - {full.enclosed})"
        yield Expr(text, is_sum=True, cost=2 * full.cost + 4)
