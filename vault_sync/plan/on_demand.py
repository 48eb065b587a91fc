"""Values that need one another, each computed once, when it is first asked for. Pure.

This is the scheduler that restarts of "Build Systems à la Carte" (Mokhov, Mitchell and Peyton Jones,
2018, §4.1.2): what needs a value that is not there yet is given up, and begun anew once it is. So a
chain over 10,000 notes takes no more of Python's stack than one over a few. As giving up costs what
was done so far, a few levels are computed within each other first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from vault_sync.errors import EvaluationError, OtherNoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Compute: TypeAlias = "Callable[[], Any]"

_INLINE: Final = 3
"""So many computations go on within each other before one is given up."""


class _GivenUpError(Exception):
    """A computation needs values that have to be there first: the last of these, for those before."""

    def __init__(self, key: Hashable, compute: Compute) -> None:
        self.waiting = [(key, compute)]


class _Failed(NamedTuple):
    """Stands for a value that there is none of."""

    error: EvaluationError


class OnDemand:
    """The values that were computed, and those that are being computed.

    Args:
        describe_circle: returns the sentence for values that need each other, given their keys in
            order, each needing the next and the last one the first.
    """

    __slots__ = ("_active", "_depth", "_describe_circle", "_known")

    def __init__(self, describe_circle: Callable[[list[Any]], str]) -> None:
        self._describe_circle = describe_circle
        self._known: dict[Hashable, Any] = {}
        self._active: dict[Hashable, None] = {}
        self._depth = 0

    def find(self, key: Hashable, compute: Compute) -> Any:
        """Return a value, computed now if that was never asked for.

        Args:
            key: what the value is known by.
            compute: computes it; it may ask for other values here, and may be begun more than once.

        Raises:
            EvaluationError: there is none; OtherNoteError where it needs itself.
        """
        if key not in self._known:
            if key in self._active:
                raise self._refuse(key)
            if not self._depth:
                self._settle(key, compute)
            elif self._depth >= _INLINE:
                raise _GivenUpError(key, compute)
            else:
                self._compute_within(key, compute)
        value = self._known[key]
        if isinstance(value, _Failed):
            raise value.error.with_traceback(None)
        return value

    def forget(self) -> None:
        """Have every value computed anew when it is asked for."""
        self._known.clear()

    def _refuse(self, key: Hashable) -> OtherNoteError:
        active = [*self._active]
        return OtherNoteError(self._describe_circle(active[active.index(key) :]))

    def _compute_within(self, key: Hashable, compute: Compute) -> None:
        self._active[key] = None
        try:
            self._compute(key, compute)
        except _GivenUpError as error:
            error.waiting.insert(0, (key, compute))
            raise
        finally:
            del self._active[key]

    def _compute(self, key: Hashable, compute: Compute) -> None:
        self._depth += 1
        try:
            self._known[key] = compute()
        except EvaluationError as error:
            self._known[key] = _Failed(error)
        finally:
            self._depth -= 1

    def _settle(self, key: Hashable, compute: Compute) -> None:
        """Compute a value and all that it needs, each on top of a stack of our own."""
        stack = [(key, compute)]
        self._active[key] = None
        try:
            while stack:
                try:
                    self._compute(*stack[-1])
                except _GivenUpError as error:
                    stack += error.waiting
                    self._active.update((waiting, None) for waiting, _ in error.waiting)
                else:
                    del self._active[stack.pop()[0]]
        finally:
            self._active.clear()
