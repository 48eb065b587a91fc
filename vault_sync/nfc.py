"""One spelling of every text and name: Unicode's normalization form C and more, in bounded time.

macOS writes Korean names as loose letters (NFD), everybody else as syllables (NFC). Names are
compared in NFC; what stands in a note is never rewritten (Unicode Standard Annex 15).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload
from unicodedata import is_normalized, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WINDOW: Final = 1_000
"""Longest stretch that is normalized at once, in characters.

Sorting a run of combining marks takes the square of its length (annex 15, "Stream-Safe Text
Format"), and a note may come from a stranger. No name is longer than this.
"""
_NAME: Final = 100  # the same few names come in every note, so these are remembered
_MOST_NAMES: Final = 4096


def to_nfc(text: str) -> str:
    """Return a text in NFC. A line longer than the window is normalized piece by piece."""
    if len(text) <= _NAME:
        return _normalize_name(text)
    if text.isascii() or (len(text) <= WINDOW and is_normalized("NFC", text)):
        return text
    if len(text) <= WINDOW:
        return normalize("NFC", text)
    return "\n".join(_normalize_line(line) for line in text.split("\n"))


@lru_cache(maxsize=_MOST_NAMES)
def _normalize_name(text: str) -> str:
    return normalize("NFC", text)


def _normalize_line(line: str) -> str:
    pieces = (line[start : start + WINDOW] for start in range(0, len(line), WINDOW))
    return "".join(normalize("NFC", piece) for piece in pieces)


# What a name may hold without being seen (Unicode Standard, "Default Ignorable Code Points"): soft
# hyphen, joiners, marks of direction, variation selectors, byte order mark.
_HIDDEN: Final = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef"
)
_BLANKS: Final = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0"
_WIDE: Final = "\uff10-\uff19\uff08\uff09\uff3b\uff3d\uff5b\uff5d"  # digits and brackets
_ODD: Final = re.compile(f"[{_HIDDEN}{_BLANKS}{_WIDE}]")
_ODD_KINDS: Final = re.compile(f"([{_HIDDEN}])|([{_BLANKS}])|[{_WIDE}]")
_WIDE_BY: Final = 0xFEE0
"""How far the full-width forms of ASCII are behind it."""


class _FoldedNames(dict[str, str]):
    """Folded names by names, as the same few come in every note."""

    def __missing__(self, name: str) -> str:
        folded = fold_text(name).strip()
        if len(self) >= _MOST_NAMES:
            self.clear()
        if len(name) <= _NAME:
            self[name] = folded
        return folded


_FOLDED: Final = _FoldedNames()


def fold_name(name: str) -> str:
    """Return what a property's name is matched by: names that people cannot tell apart are one name.

    That is NFC without what is not seen, with every blank as a space and full-width digits and
    brackets as plain ones, without regard to case, as Obsidian does. What stands in a note is never
    rewritten.
    """
    return _FOLDED[name]


def fold_text(text: str) -> str:
    """Return the same of a longer text, so that folded names can be looked for in it."""
    if text.isascii():
        return text.replace("\t", " ").lower()
    if _ODD.search(text):
        text = _ODD_KINDS.sub(_fold_character, text)
    # A sigma in lower case depends on what follows it, and in a text something else does.
    return to_nfc(text).lower().replace("ς", "σ")


def _fold_character(match: re.Match[str]) -> str:
    if match[1]:
        return ""
    return " " if match[2] else chr(ord(match[0]) - _WIDE_BY)


_Value = TypeVar("_Value")


class NameMap(dict[str, _Value], Generic[_Value]):
    """A dictionary by names: found by each spelling that `fold_name` makes one, listed as it came.

    The first spelling stays; a value that is put in under another one takes the place of the first.
    """

    __slots__ = ("_spellings",)

    def __init__(self, items: Mapping[str, _Value] | Iterable[tuple[str, _Value]] = ()) -> None:
        super().__init__()
        self._spellings: dict[str, str] = {}
        self.update(items)

    def add(self, name: str, value: _Value) -> bool:
        """Put a value in if its name is new, and say whether it is."""
        folded = _FOLDED[name]
        if folded in self._spellings:
            return False
        self._spellings[folded] = name
        super().__setitem__(name, value)
        return True

    def spell(self, name: str) -> str:
        """Return a name as it is spelled here; as it is given where it is not here."""
        return self._spellings.get(fold_name(name), name)

    @staticmethod
    def of(names: Iterable[str]) -> NameMap[None]:
        """Return a map that only knows which names are in it."""
        return NameMap((name, None) for name in names)

    def update(self, items: Any = (), /) -> None:  # type: ignore[override]  # no keywords: names are no identifiers
        """Put values in, each in the place of what has its name."""
        for name, value in items.items() if isinstance(items, dict) else items:
            self[name] = value

    def __setitem__(self, name: str, value: _Value) -> None:
        super().__setitem__(self._spellings.setdefault(_FOLDED[name], name), value)

    def __missing__(self, name: str) -> _Value:
        spelling = self._spellings.get(fold_name(name))
        if spelling is None:
            raise KeyError(name)
        return super().__getitem__(spelling)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(self._spellings.pop(fold_name(name), name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _FOLDED[name] in self._spellings

    @overload  # type: ignore[override]  # names are texts
    def get(self, name: str, default: None = None) -> _Value | None: ...
    @overload
    def get(self, name: str, default: _Value) -> _Value: ...
    def get(self, name: str, default: _Value | None = None) -> _Value | None:
        """Return the value of a name, or something else where there is none."""
        spelling = self._spellings.get(_FOLDED[name])
        return default if spelling is None else super().__getitem__(spelling)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the value of a name; where there is none, put one there."""
        if name not in self:
            self[name] = default
        return self[name]
