"""What one evaluation of a formula may see, and how much it may do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime, tzinfo

    from vault_sync.formula.values import File, Value
    from vault_sync.formula.vaultview import OtherNotes

MAX_STEPS = 200_000
MAX_LENGTH = 1_000_000
_NO_VARIABLES: Final[Mapping[str, Value]] = {}


class Budget:
    """The work all formulas of one note may still do. A formula may come from a stranger's vault.

    Attributes:
        steps: loop rounds, and elements or characters made, that are left.
        regexp_seconds: time that regular expressions have left.
    """

    __slots__ = ("regexp_seconds", "steps")

    def __init__(self, steps: int = MAX_STEPS, regexp_seconds: float = 0.5) -> None:
        self.steps = steps
        self.regexp_seconds = regexp_seconds

    def spend(self, steps: int) -> None:
        """Take steps off the budget.

        Raises:
            LimitError: nothing is left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise LimitError("The formula does more work than a formula may; make it simpler.")


class Scope(NamedTuple):
    """Everything an evaluation can ask for. It reads no clock and no file of its own accord.

    Attributes:
        now: civil time in the vault's zone, without tzinfo.
        properties: the note's properties by name in NFC; a missing one is simply not there.
        formulas: gives the value of another formula by its name in NFC.
        file: the note itself.
        timezone: the vault's zone, wanted only to count milliseconds since 1970.
        budget: the work that is left.
        day_starts_at: how long after midnight a new day begins.
        locale: the language of month and weekday names, such as ``ko``.
        others: the other files of the vault; None where there is no vault at hand.
        variables: ``value``, ``index`` and ``acc`` inside ``map``, ``filter`` and ``reduce``.
    """

    now: datetime
    properties: Mapping[str, Value]
    formulas: Callable[[str], Value]
    file: File
    timezone: tzinfo
    budget: Budget
    day_starts_at: timedelta = timedelta()
    locale: str = "en"
    others: OtherNotes | None = None
    variables: Mapping[str, Value] = _NO_VARIABLES

    @property
    def today(self) -> date:
        """The day that ``now`` belongs to."""
        return (self.now - self.day_starts_at).date()

    def with_variables(self, **variables: Value) -> Scope:
        """Return the scope of a loop's body."""
        return self._replace(variables={**self.variables, **variables})
