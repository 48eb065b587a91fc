"""What formulas ask of a file that its text does not say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vault_sync.errors import EvaluationError

if TYPE_CHECKING:
    from vault_sync.files.read import Signature
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions


class FileFacts:
    """The facts of a note that its file system knows, for filters that read them."""

    __slots__ = ("conditions", "signature")

    def __init__(self, signature: Signature, conditions: Conditions) -> None:
        self.signature = signature
        self.conditions = conditions

    def __call__(self, fact: str) -> Value:
        """Return a fact by its name in the language.

        Raises:
            EvaluationError: it is not known here.
        """
        if fact == "size":
            return float(self.signature.size)
        if fact == "mtime":
            moment = datetime.fromtimestamp(self.signature.mtime_ns / 1e9, self.conditions.timezone)
            return moment.replace(tzinfo=None)
        raise EvaluationError(f"file.{fact} cannot be told here.")
