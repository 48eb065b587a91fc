"""Templates of a profile: texts with marks in braces, filled in for the stages that are chosen.

``{n}``, ``{box}`` and ``{mark}`` are those of one stage, other words mean the same everywhere.
``{stages: …}`` is the text ``…`` for each stage, one behind the other; other lists likewise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Render: TypeAlias = Callable[[str], str]

Item: TypeAlias = "Mapping[str, str]"
_MARK: Final = re.compile(r"\{(?:([a-z-]+):((?:[^{}]|\{[a-z-]+\})*)|([a-z-]+))\}")
_NOTHING: Final[Item] = {}


class Filling(NamedTuple):
    """What the marks mean.

    Attributes:
        words: texts that are the same everywhere, such as ``first-day``.
        lists: by name, the marks of each item, such as those of each stage.
        repeated: the list whose items a single line stands for that has one of their marks.
    """

    words: Mapping[str, str]
    lists: Mapping[str, Sequence[Item]]
    repeated: str

    def fill(self, text: str, item: Item = _NOTHING) -> str:
        """Return a text, such as a name, with its marks filled in; unknown ones stay."""
        return self._fill(text, item, str)

    def fill_formula(self, text: str, item: Item = _NOTHING) -> str:
        """Return a formula with its marks filled in; there, names stand between quotes."""
        return self._fill(text, item, _escape)

    def list_items(self, text: str) -> Sequence[Item]:
        """Return the items for which a line is there: those of a list, one without marks, or none.

        A line with a word that means nothing here (no long-term box, say) is not there at all.
        """
        found = {match[3] for match in _MARK.finditer(text) if match[3]}
        items = self.lists[self.repeated]
        of_items = found & {word for item in items for word in item}
        if found - of_items - self.words.keys():
            return ()
        return items if of_items else (_NOTHING,)

    def _mean(self, match: re.Match[str], item: Item, render: Render) -> str:
        kind, body, word = match.groups()
        if kind is None:
            value = item.get(word, self.words.get(word))
            return match[0] if value is None else render(value)
        if kind not in self.lists:
            return match[0]
        return "".join(self._fill(body, one, render) for one in self.lists[kind])

    def _fill(self, text: str, item: Item, render: Render) -> str:
        return _MARK.sub(lambda match: self._mean(match, item, render), text)


def _escape(text: str) -> str:
    """Return a text as it stands between double quotes in a formula."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
