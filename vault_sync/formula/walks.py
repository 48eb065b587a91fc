"""The bound on walks through nested values: a loop can build a list that holds one list often."""

from __future__ import annotations

from typing import Final

from vault_sync.errors import LimitError
from vault_sync.formula.scope import MAX_LENGTH

MAX_NESTING: Final = 100
MAX_ELEMENTS: Final = 100_000


class Walk:
    """How much of a nested value may still be looked at, and how much text made of it."""

    __slots__ = ("characters", "depth", "elements")

    def __init__(self) -> None:
        self.elements = MAX_ELEMENTS
        self.characters = MAX_LENGTH
        self.depth = 0

    def enter(self, elements: int) -> None:
        """Go into a list or object of so many elements.

        Raises:
            LimitError: the value is too deep or too large.
        """
        self.depth += 1
        self.elements -= elements
        if self.depth > MAX_NESTING or self.elements < 0:
            raise LimitError("The list is larger or deeper than a list in a formula may be.")

    def leave(self) -> None:
        """Come out of the list or object entered last."""
        self.depth -= 1

    def write(self, text: str) -> str:
        """Return the text, counted.

        Raises:
            LimitError: too much text was written already.
        """
        self.characters -= len(text) + 1
        if self.characters < 0:
            raise LimitError(f"The text grows beyond {MAX_LENGTH} characters; make it shorter.")
        return text
