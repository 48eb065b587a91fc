"""Clashes: one property that two rule sets own in the same notes.

Filters that are written differently may still admit the same note. That is found when such a note
is planned; what is found here is wrong for every note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vault_sync.nfc import NameMap, to_nfc
from vault_sync.rules.sources import FilterSource, SourceText
from vault_sync.treereader import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet

_Shape: TypeAlias = "str | tuple[str, tuple[_Shape, ...]] | None"


def find_clashes(rule_sets: Sequence[RuleSet]) -> list[Problem]:
    """Return a problem for each property that two rule sets own wherever one of them governs.

    That is so where their filters are the same, or where one has none and so admits every note.
    """
    owners: NameMap[list[tuple[_Shape, RuleSet]]] = NameMap()
    problems: list[Problem] = []
    for rules in rule_sets:
        shape = _shape(rules.source.filters)
        places = {to_nfc(name): text for name, text in rules.source.formulas}
        for name in rules.owned:
            others = owners.setdefault(name, [])
            first = next((other for kind, other in others if _overlaps(kind, shape)), None)
            if first:
                problems.append(_describe(name, first, rules, places[name]))
            others.append((shape, rules))
    return problems


def find_owned_boxes(rule_sets: Sequence[RuleSet]) -> list[Problem]:
    """Return a problem for each formula that owns a box, which `done` ticks for the user."""
    boxes = NameMap.of(box for rules in rule_sets if rules.study for box in rules.study.boxes)
    owned = ((to_nfc(name), text) for rules in rule_sets for name, text in rules.source.formulas)
    return [
        text.problem(
            f"`{shorten(name)}` is the box of a review, which you tick; no formula can own it.",
            name,
        )
        for name, text in owned
        if name in boxes
    ]


def _shape(source: FilterSource | None) -> _Shape:
    """Return a filter without its place and the blanks around its statements."""
    if source is None:
        return None
    if isinstance(source, SourceText):
        return source.text.strip()
    return source.connective, tuple(_shape(part) for part in source.filters)


def _overlaps(first: _Shape, second: _Shape) -> bool:
    return first is None or second is None or first == second


def _describe(name: str, first: RuleSet, second: RuleSet, place: SourceText) -> Problem:
    message = (
        f"Two rule sets own `{shorten(name)}` in the same notes: `{shorten(first.name)}` and"
        f" `{shorten(second.name)}`. Delete it in one of them, or give them different filters."
    )
    return place.problem(message, name)
