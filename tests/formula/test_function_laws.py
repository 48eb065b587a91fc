"""What holds of the functions for every value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from tests.formula.scopes import make_scope
from vault_sync.errors import EvaluationError
from vault_sync.formula import compile_formula
from vault_sync.formula.conversions import to_text
from vault_sync.formula.registry import METHODS

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


def evaluate(formula: str, properties: dict[str, Value]) -> Value:
    return compile_formula(formula).evaluate(make_scope(properties))


NUMBERS: Final = st.floats(allow_nan=False, allow_infinity=False)
SIMPLE: Final = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.text(max_size=3), st.dates(), st.datetimes()
)
NESTED: Final = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3), max_leaves=8)


@given(number=NUMBERS, digits=st.integers(0, 20))
def test_to_fixed_is_the_nearest_of_its_kind(number: float, digits: int) -> None:
    text = evaluate(f"x.toFixed({digits})", {"x": number})
    assert isinstance(text, str)
    if abs(number) < 1e21:
        difference = abs(Decimal(text) - Decimal(number))
        assert difference <= Decimal(1).scaleb(-digits) / 2


@given(number=st.floats(-1e15, 1e15))
def test_rounding_leaves_at_most_a_half(number: float) -> None:
    rounded = evaluate("x.round()", {"x": number})
    assert isinstance(rounded, float)
    assert rounded.is_integer()
    assert -0.5 <= rounded - number + 0.0 <= 0.5


@given(values=st.lists(NESTED, max_size=6))
def test_lists_keep_their_elements(values: list[Value]) -> None:
    properties: dict[str, Value] = {"x": values}
    ordered = evaluate("x.sort()", properties)
    unique = evaluate("x.unique()", properties)
    assert isinstance(ordered, list)
    assert isinstance(unique, list)
    assert sorted(map(repr, ordered)) == sorted(map(repr, values))
    assert evaluate("x.reverse().reverse()", properties) == values
    assert evaluate("x.unique()", {"x": unique}) == unique
    assert evaluate("x.sort()", {"x": ordered}) == ordered


@given(text=st.text(), separator=st.text(min_size=1, max_size=2))
def test_join_undoes_split(text: str, separator: str) -> None:
    properties: dict[str, Value] = {"x": text, "s": separator}
    assert evaluate("x.split(s).join(s)", properties) == text
    assert evaluate('x.split("").join("")', properties) == text


@given(values=st.lists(SIMPLE, max_size=5))
def test_every_method_ends_in_a_value_or_a_sentence(values: list[Value]) -> None:
    properties: dict[str, Value] = {f"x{place}": value for place, value in enumerate(values)}
    for name, entries in METHODS.items():
        if any(entry.is_lazy for entry in entries.values()):
            continue
        arguments = ", ".join(f"x{place + 1}" for place in range(len(values) - 1))
        try:
            value = evaluate(f"x0.{name}({arguments})", properties)
        except EvaluationError as error:
            value = str(error)
        assert isinstance(to_text(value), str)
