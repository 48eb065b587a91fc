"""Values that need one another: each computed once, whatever is asked for first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import EvaluationError, OtherNoteError
from vault_sync.plan.on_demand import OnDemand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Graph = dict[int, list[int]]


class Sums:
    """Each node is 1 more than the sum of those that it needs."""

    def __init__(self, needs: Mapping[int, Sequence[int]]) -> None:
        self.needs = needs
        self.begun: list[int] = []
        self.demand = OnDemand(lambda keys: "circle " + " ".join(map(str, _rotate(keys))))

    def find(self, node: int) -> int:
        found: int = self.demand.find(node, partial(self._compute, node))
        return found

    def tell(self, node: int) -> int | str:
        try:
            return self.find(node)
        except OtherNoteError as error:
            return str(error)

    def _compute(self, node: int) -> int:
        self.begun.append(node)
        return 1 + sum(map(self.find, self.needs[node]))


def _rotate(keys: list[int]) -> list[int]:
    first = keys.index(min(keys))
    return keys[first:] + keys[:first]


def test_a_chain_takes_no_stack() -> None:
    chain = {at: [at + 1] for at in range(50_000)} | {50_000: []}
    sums = Sums(chain)
    assert sums.find(0) == 50_001
    assert len(sums.begun) < 3 * 50_000


def test_many_needs_are_not_begun_anew_for_each() -> None:
    wide = {0: [1], 1: [2], 2: [3], 3: [4], 4: [*range(10, 300)]}
    sums = Sums(wide | {at: [1000] for at in range(10, 300)} | {1000: [1001], 1001: []})
    assert sums.find(0) == 5 + 290 * 3
    assert len(sums.begun) < 400


def test_an_error_is_kept() -> None:
    demand = OnDemand(str)
    calls = []

    def fail() -> None:
        calls.append(1)
        raise EvaluationError("no")

    for _ in range(2):
        with pytest.raises(EvaluationError, match="no"):
            demand.find("x", fail)
    assert calls == [1]


@given(
    st.integers(2, 12).flatmap(
        lambda count: st.lists(
            st.lists(st.integers(0, count - 1), max_size=3), min_size=count, max_size=count
        )
    ),
    st.randoms(use_true_random=False),
)
def test_what_comes_of_it_does_not_depend_on_the_order(
    needs: list[list[int]], random: object
) -> None:
    graph = dict(enumerate(needs))
    order = [*graph]
    random.shuffle(order)  # type: ignore[attr-defined]
    first, second = Sums(graph), Sums(graph)
    expected = {node: first.tell(node) for node in graph}
    assert {node: second.tell(node) for node in order} == expected
