"""Formulas that may be behind a column, to be tried on the notes. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import islice, product
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.dates import LEAST_NOTES
from vault_sync.adopt.decisions import MAX_LABELS, learn_decisions, list_conditions
from vault_sync.adopt.places import explain_days, explain_place, write_decisions
from vault_sync.adopt.spellings import SPELLINGS
from vault_sync.adopt.writing import (
    Term,
    join_terms,
    write_count,
    write_if,
    write_name,
    write_number,
    write_text,
)
from vault_sync.formula import compile_formula
from vault_sync.note.scalars import is_date_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.adopt.clues import Box, Clues
    from vault_sync.adopt.decisions import Condition
    from vault_sync.adopt.table import Column
    from vault_sync.adopt.templates import Template

MAX_CANDIDATES: Final = 24
_MAX_TERMS: Final = 4
_MAX_TWINS: Final = 3
_SAME: Final = 0.9
_LEAST_EXAMPLES: Final = 2
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


def make_lister(clues: Clues) -> Callable[[Column], list[Candidate]]:
    """Return what gives the formulas that may be behind a column."""
    variants = [(one, list_conditions(one)) for one in _list_variants(clues)]

    def list_candidates(column: Column) -> list[Candidate]:
        listed = (_list_candidates(column, *variant) for variant in variants)
        unique = {one.formula: one for candidates in listed for one in candidates}
        ordered = sorted(unique.values(), key=lambda one: (one.cost, -one.likeness))
        return ordered[:MAX_CANDIDATES]

    return list_candidates


def _list_variants(clues: Clues) -> Iterator[Clues]:
    """Yield the clues with one at a time of the boxes that say the same in all notes."""
    twins: dict[frozenset[tuple[int, bool]], list[Box]] = {}
    for box in clues.boxes:
        twins.setdefault(frozenset(box.ticked.items()), []).append(box)
    most = max(map(len, twins.values()), default=1)
    for number in range(min(most, _MAX_TWINS)):
        boxes = [group[min(number, len(group) - 1)] for group in twins.values()]
        yield replace(clues, boxes=boxes)


def _list_candidates(
    column: Column, clues: Clues, conditions: Sequence[Condition]
) -> list[Candidate]:
    terms = [*_list_days(column, clues, conditions), *_decide_texts(column, conditions)]
    for template in column.templates:
        terms += _fill_template(column, template, clues, conditions)
    finished = (one for term in terms for one in _finish(column, term, clues))
    unique = {one.text: one for one in sorted(finished, key=lambda one: -one.cost)}
    return [_weigh(column, term) for term in unique.values()]


def _list_days(column: Column, clues: Clues, conditions: Sequence[Condition]) -> Iterator[Term]:
    """Yield days as such, for a column that holds dates rather than texts about them."""
    texts = column.texts
    if texts and sum(map(is_date_text, texts.values())) >= _SAME * len(texts):
        days = {row: found.moment for row, text in texts.items() if (found := _DAY.find(text))}
        yield from explain_days(days, column.empty, clues, conditions)


def _explain_all(
    template: Template, clues: Clues, conditions: Sequence[Condition], place: int
) -> list[Term]:
    contents = {row: places[place] for row, places in template.rows.items()}
    terms = explain_place(contents, template.reading, clues, conditions)
    return sorted(terms, key=lambda term: term.cost)[:_MAX_TERMS]


def _fill_template(
    column: Column, template: Template, clues: Clues, conditions: Sequence[Condition]
) -> Iterator[Term]:
    """Yield the texts of a column as words and what stands between them."""
    count = len(template.words) - 1
    choices = [_explain_all(template, clues, conditions, place) for place in range(count)]
    if not all(choices) or len(template.rows) < LEAST_NOTES:
        return
    for chosen in islice(product(*choices), MAX_CANDIDATES):
        if any(term.cost for term in chosen):
            yield _join(template.words, chosen, is_quoted=column.is_quoted)


def _join(words: Sequence[str], terms: Sequence[Term], *, is_quoted: bool) -> Term:
    """Return words and terms as one text; a number alone stays one, unless it stands in quotes."""
    if len(terms) == 1 and not any(words):
        (term,) = terms
        is_text = ".format(" in term.text or ".repeat(" in term.text
        if is_text or not is_quoted:
            return term
        return term._replace(text=f"{term.enclosed}.toString()", is_sum=False, cost=term.cost + 3)
    parts: list[Term] = []
    text = words[0]
    for term, word in zip(terms, words[1:], strict=True):
        if not term.cost:
            text += term.text + word
            continue
        parts += [Term(write_text(text), cost=0)] if text else []
        parts.append(term)
        text = word
    parts += [Term(write_text(text), cost=0)] if text else []
    is_text = any(part.text[0] == '"' or ".format(" in part.text for part in parts[:2])
    return join_terms(parts, is_text=is_text)


def _decide_texts(column: Column, conditions: Sequence[Condition]) -> Iterator[Term]:
    """Yield a choice between whole texts, where there are few different ones."""
    texts = column.texts
    known = [text for text, _ in Counter(texts.values()).most_common(MAX_LABELS + 1)]
    if not 1 < len(known) <= MAX_LABELS or len(texts) < LEAST_NOTES:
        return
    labels = {row: known.index(text) for row, text in texts.items()}
    found = learn_decisions(labels, len(known), conditions)
    if found:
        written = [_write_value(column, text) for text in known]
        yield write_decisions(found.branches, found.otherwise, written)


def _write_value(column: Column, text: str) -> str:
    is_number = text.isascii() and text.isdigit() and str(int(text)) == text
    return write_number(int(text)) if is_number and not column.is_quoted else write_text(text)


def _finish(column: Column, term: Term, clues: Clues) -> Iterator[Term]:
    """Yield a formula with what it gives where a date is missing, or where nothing is done yet."""
    for whole in (term, *_except_nothing(column, term, clues)):
        if not whole.roots:
            yield whole
            continue
        roots = [root for root in clues.roots if root.name in whole.roots]
        condition = " && ".join(write_name(root.name) for root in roots)
        rows = frozenset[int]().union(*(root.empty for root in roots))
        empty = _find_same(column, rows)
        if empty and len(rows) < _LEAST_EXAMPLES and any(map(str.isdigit, empty)):
            empty = None  # a date that was left behind is no example of none
        otherwise = write_text(empty) if empty else None
        yield Term(write_if(condition, whole.text, otherwise), cost=whole.cost + 1)


def _except_nothing(column: Column, term: Term, clues: Clues) -> Iterator[Term]:
    """Yield a formula with a text of its own for notes in which no box is ticked that it reads."""
    read = compile_formula(term.text).properties
    boxes = [box for box in clues.boxes if box.name in read]
    if not boxes:
        return
    rows = frozenset(
        row for row in column.texts if all(box.ticked.get(row) is False for box in boxes)
    )
    text = _find_same(column, rows)
    if text and len(boxes) > 1:
        count = write_count([box.tick for box in boxes])
        written = write_if(f"{count.text} == 0", write_text(text), term.text)
        yield Term(written, roots=term.roots, cost=term.cost + 3)


def _find_same(column: Column, rows: frozenset[int]) -> str | None:
    """Return the text that stands in nearly all of some notes."""
    counts = Counter(column.texts[row] for row in rows if row in column.texts)
    if not counts:
        return None
    ((text, count),) = counts.most_common(1)
    return text if count >= _SAME * counts.total() else None


def _weigh(column: Column, term: Term) -> Candidate:
    names = compile_formula(term.text).properties
    ratios = [SequenceMatcher(None, column.name, name).ratio() for name in sorted(names)]
    return Candidate(term.text, term.cost, sum(ratios) / len(ratios) if ratios else 0.0)
