"""What formulas ask of a file that its text does not say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vault_sync.errors import EvaluationError
from vault_sync.files.platform import read_birth

if TYPE_CHECKING:
    from vault_sync.files.read import Signature
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions


class FileFacts:
    """The facts of a note that its file system knows, for filters that read them."""

    __slots__ = ("conditions", "place", "signature")

    def __init__(
        self, signature: Signature, conditions: Conditions, place: str | None = None
    ) -> None:
        """Tell of a file.

        Args:
            signature: of the version that was read.
            conditions: their zone is that of its times.
            place: its path on the disk; None where there is none.
        """
        self.signature = signature
        self.conditions = conditions
        self.place = place

    def __call__(self, fact: str) -> Value:
        """Return a fact by its name in the language.

        Raises:
            EvaluationError: it is not known here.
        """
        if fact == "size":
            return float(self.signature.size)
        if fact == "mtime":
            return self._date(self.signature.mtime_ns)
        born = read_birth(self.place) if self.place and fact == "ctime" else None
        if born is None:
            raise EvaluationError(f"file.{fact} cannot be told here.")
        return self._date(born)

    def _date(self, nanoseconds: int) -> datetime:
        moment = datetime.fromtimestamp(nanoseconds / 1e9, self.conditions.timezone)
        return moment.replace(tzinfo=None)
