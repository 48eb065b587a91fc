"""Formulas that may be behind a column, and what each varying part of a text may hold. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.evidence import Checkbox, Evidence, group_twins
from vault_sync.adopt.formulas import (
    Expr,
    join_exprs,
    list_properties,
    write_count,
    write_if,
    write_name,
    write_number,
)
from vault_sync.adopt.learn import MAX_LABELS, Condition, learn_decisions, list_conditions
from vault_sync.adopt.patterns import SPELLINGS, Template
from vault_sync.adopt.place_formulas import explain_days, explain_place, write_decisions
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.formula.conversions import text_number
from vault_sync.note.values import is_date_text
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vault_sync.adopt.table import Column


MAX_CANDIDATES: Final = 24
_MAX_TERMS: Final = 4
_MAX_TWINS: Final = 3
_MAX_NEAR: Final = 4
_CASES: Final = 40  # more than any sum of boxes costs
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
    twins = group_twins(evidence.boxes)
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
    """Return boxes that are ticked in nearly the same notes as another one, or in nearly all others."""
    boxes = [group[0] for group in twins if len(set(group[0].ticked.values())) > 1]
    return [box for box in boxes if any(_is_near(box, other) for other in boxes)][:_MAX_NEAR]


def _is_near(box: Checkbox, other: Checkbox) -> bool:
    both = box.ticked.keys() & other.ticked.keys()
    same = sum(box.ticked[row] == other.ticked[row] for row in both)
    share = same / max(1, len(both))
    return box is not other and max(share, 1 - share) >= THRESHOLDS.alike


def compare_names(name: str, other: str) -> float:
    """Return how much two names are alike, from 0 to 4; above all, whether their numbers are the same."""
    first, second = _NUMBER.findall(name), _NUMBER.findall(other)
    same = first[:1] == second[:1] if first else False
    return 2 * same + bool({*first} & {*second}) + SequenceMatcher(None, name, other).ratio()


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
    exprs = explain_place(contents, template.reading, evidence, conditions)
    return sorted(exprs, key=lambda expr: expr.cost)[:_MAX_TERMS]


def _fill_template(
    column: Column, template: Template, evidence: Evidence, conditions: Sequence[Condition]
) -> Iterator[Expr]:
    """Yield the texts of a column as words and what stands between them."""
    count = len(template.words) - 1
    choices = [_explain_all(template, evidence, conditions, place) for place in range(count)]
    if not all(choices) or len(template.rows) < THRESHOLDS.least_notes:
        return
    combined = islice(product(*choices), MAX_CANDIDATES)
    filled = [chosen for chosen in combined if any(expr.cost for expr in chosen)]
    for chosen in [one for one in filled if _counts_the_same(one, evidence)] or filled:
        yield join_template(template.words, chosen, is_quoted=column.is_quoted)


def _counts_the_same(exprs: Iterable[Expr], evidence: Evidence) -> bool:
    """Say whether all sums of boxes in a text are sums of the same ones, as a bar and its percentage."""
    boxes = {box.name for group in evidence.twins for box in group}
    read = {list_properties(expr.text) & boxes for expr in exprs}
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
        parts += [Expr(quote_text(text), cost=0)] if text else []
        parts.append(expr)
        text = word
    parts += [Expr(quote_text(text), cost=0)] if text else []
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
        decided = write_decisions(found.branches, found.otherwise, written)
        # Where the texts are numbers or bars, one sum for all says more than a case for each.
        has_cases = len(found.branches) > 1 and is_counted(column)
        yield decided._replace(cost=decided.cost + _CASES * has_cases)


def is_counted(column: Column) -> bool:
    """Say whether a column holds numbers or bars and nothing else."""
    symbols = any(template.reading.symbols for template in column.templates[:1])
    return symbols or all(text_number(text) is not None for text in column.texts.values())


def _write_value(column: Column, text: str) -> str:
    is_number = text.isascii() and text.isdigit() and str(int(text)) == text
    return write_number(int(text)) if is_number and not column.is_quoted else quote_text(text)


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
        otherwise = quote_text(empty) if empty else None
        yield Expr(write_if(condition, whole.text, otherwise), cost=whole.cost + 1)


def _except_nothing(column: Column, expr: Expr, evidence: Evidence) -> Iterator[Expr]:
    """Yield a formula with a text of its own for notes in which no box is ticked that it reads."""
    read = list_properties(expr.text)
    boxes = [box for group in evidence.twins for box in group if box.name in read]
    if not boxes:
        return
    rows = frozenset(
        row for row in column.texts if all(box.ticked.get(row) is False for box in boxes)
    )
    text = _find_same(column, rows)
    if text and len(boxes) > 1:
        count = write_count([box.tick for box in boxes])
        written = write_if(f"{count.text} == 0", quote_text(text), expr.text)
        yield Expr(written, base_dates=expr.base_dates, cost=expr.cost + 3)


def _find_same(column: Column, rows: frozenset[int]) -> str | None:
    """Return the text that stands in nearly all of some notes."""
    counts = Counter(column.texts[row] for row in rows if row in column.texts)
    if not counts:
        return None
    ((text, count),) = counts.most_common(1)
    return text if count >= THRESHOLDS.same * counts.total() else None


def _weigh(column: Column, expr: Expr) -> Candidate:
    names = list_properties(expr.text)
    ratios = [compare_names(column.name, name) for name in sorted(names)]
    return Candidate(expr.text, expr.cost, sum(ratios) / len(ratios) if ratios else 0.0)
