"""What people and exports write into the box of a review: the table of `profiles/ticks.json`. Pure.

The table holds each word that means ticked, and beside it the word for not ticked that goes with it;
an empty one is an empty box. Quotes, letter case and the variation selectors that some keyboards put
behind a symbol make no difference. A date means ticked, too: people write down the day of the review.
Whatever else stands in a box is unknown and is never guessed at.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

import vault_sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SELECTORS: Final = "\ufe0e\ufe0f"
_WIDE_BRACKETS: Final = {ord(one): ord(one) + 0xFEE0 for one in "[]"}
# A blank in full width has a code point of its own.
_WIDE: Final = {**{code: code + 0xFEE0 for code in range(0x21, 0x7F)}, 0x20: 0x3000}


class TickWords(NamedTuple):
    """The words that mean ticked or not ticked.

    Attributes:
        pairs: a word for ticked and the one for not ticked beside it, as `done` writes them.
        ticked: every spelling that means ticked, in small letters.
        unticked: every spelling that means not ticked, the empty text among them.
    """

    pairs: tuple[tuple[str, str], ...]
    ticked: tuple[str, ...]
    unticked: tuple[str, ...]

    def find(self, text: str) -> bool | None:
        """Return whether a text means ticked; None where it is no word of the table."""
        word = fold_mark(text)
        if word in self.unticked:
            return False
        return True if word in self.ticked else None

    def find_pair(self, text: str) -> tuple[str, str] | None:
        """Return the pair that a word belongs to, in its letter case; None for none or an empty text.

        So `no` gives `yes` and `no`, and `[ ]` gives `[x]` and `[ ]`.
        """
        word = fold_mark(text)
        for ticked, unticked in self.pairs:
            if word and (word in _spell(ticked) or word in _spell(unticked)):
                return _match_case(ticked, text), _match_case(unticked, text)
        return None


@cache
def load_tick_words() -> TickWords:
    """Return the table, read from the package's own data."""
    path = f"{vault_sync.__path__[0]}/profiles/ticks.json"
    data: bytes = vault_sync.__loader__.get_data(path)  # type: ignore[union-attr]  # every loader of a file has it (PEP 302)
    pairs = tuple(json.loads(data.decode()).items())
    return TickWords(
        pairs,
        ticked=_list_spellings(ticked for ticked, _ in pairs),
        unticked=_list_spellings(unticked for _, unticked in pairs),
    )


def fold_mark(text: str) -> str:
    """Return what stands in a box without blanks around it and in small letters."""
    return text.strip().lower()


def _list_spellings(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spelling for word in words for spelling in _spell(word)))


def _spell(word: str) -> Iterator[str]:
    """Yield a word in small letters as keyboards and disks spell it.

    That is in full width, Korean in loose letters (NFD), and a symbol with each variation selector behind it.
    """
    small = fold_mark(word)
    yield small
    yield normalize("NFD", small)
    yield small.translate(_WIDE)
    yield small.translate(_WIDE_BRACKETS)
    yield small.translate(_WIDE_BRACKETS).replace(" ", "\u3000")
    if len(word) == 1 and not word.isalnum():
        yield from (word + selector for selector in _SELECTORS)


def _match_case(word: str, like: str) -> str:
    letters = like.strip()
    if letters.islower():
        return word.lower()
    return word.upper() if letters.isupper() and len(letters) > 1 else word
