"""Formulas written down: names, texts and the usual shapes, in the syntax of Bases. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vault_sync.formula import compile_formula
from vault_sync.records import NamedTuple
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = frozenset(
    {"note", "file", "formula", "this", "true", "false", "null", "value", "index", "acc", "values"}
)


class Expr(NamedTuple):
    """A part of a formula.

    Attributes:
        text: as it is written.
        is_sum: it needs parentheses within a larger formula.
        base_dates: the dates without which it has no value.
        cost: how complicated it is.
    """

    text: str
    is_sum: bool = False
    base_dates: tuple[str, ...] = ()
    cost: int = 1

    @property
    def enclosed(self) -> str:
        """Its text, so that it can stand anywhere."""
        return f"({self.text})" if self.is_sum else self.text


@lru_cache(maxsize=4096)  # each is asked for several times
def list_properties(formula: str) -> frozenset[str]:
    """Return the properties of the note that a formula reads."""
    return compile_formula(formula).properties


def write_name(name: str) -> str:
    """Return a property as formulas read it."""
    is_bare = _BARE.fullmatch(name) and name not in _RESERVED
    return name if is_bare else f"note[{quote_text(name)}]"


def write_number(number: float) -> str:
    """Return a number literal."""
    return f"{number:g}" if number == round(number, 6) else repr(number)


def write_later(date: str, days: int) -> Expr:
    """Return the day some days after a date.

    Args:
        date: the date, ready to be read.
        days: below zero for earlier.
    """
    if not days:
        return Expr(date)
    return Expr(f'{date} {"+" if days > 0 else "-"} "{abs(days)}d"', is_sum=True, cost=2)


def write_sum(expr: Expr, number: float) -> Expr:
    """Return a number with another one added."""
    if not number:
        return expr
    sign = "+" if number > 0 else "-"
    return Expr(
        f"{expr.text} {sign} {write_number(abs(number))}",
        is_sum=True,
        base_dates=expr.base_dates,
        cost=expr.cost + 1,
    )


def write_if(condition: str, then: str, otherwise: str | None = None) -> str:
    """Return a choice; without an alternative it ends in nothing."""
    return f"if({condition}, {then}, {otherwise})" if otherwise else f"if({condition}, {then})"


def write_count(ticks: Sequence[str]) -> Expr:
    """Return how many of some conditions hold."""
    if len(ticks) == 1:
        return Expr(f"if({ticks[0]}, 1, 0)")
    return Expr(f"[{', '.join(ticks)}].filter(value).length", cost=len(ticks))


def join_exprs(exprs: Iterable[Expr], *, is_text: bool) -> Expr:
    """Return exprs one behind the other, as a text where one of them is.

    Args:
        exprs: the parts.
        is_text: one of the first two is a text, so that the others are joined to it.
    """
    parts = list(exprs)
    if len(parts) == 1:
        return parts[0]
    base_dates = tuple(dict.fromkeys(root for part in parts for root in part.base_dates))
    head = [] if is_text else ['""']
    text = " + ".join([*head, *(_join_on(part) for part in parts)])
    return Expr(text, is_sum=True, base_dates=base_dates, cost=sum(part.cost for part in parts))


def _join_on(part: Expr) -> str:
    """Return a part of a sum of texts; what begins with a text goes on being one."""
    return part.text if part.text[0] == '"' else part.enclosed
