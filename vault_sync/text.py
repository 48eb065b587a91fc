"""Text in the one form in which it is compared (NFC), and in one that is safe to print.

macOS writes Korean names as loose letters (NFD), everybody else as syllables (NFC). Names are
compared in NFC; what stands in a note is never rewritten (Unicode Standard Annex 15).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload
from unicodedata import category, is_normalized, normalize

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


def find_twins(paths: Iterable[str]) -> dict[str, str]:
    """Return the paths that look the same as another one, each with what tells it apart: ``(NFC)``, ``(NFD)``.

    Linux and Windows take the two forms of a Korean name for two files.
    """
    listed = [*paths]
    strange = {to_nfc(path) for path in listed if not is_normalized("NFC", path)}
    groups: dict[str, list[str]] = {}
    for path in listed if strange else ():
        if (name := to_nfc(path)) in strange:
            groups.setdefault(name, []).append(path)
    return {path: _name_form(path) for group in groups.values() if len(group) > 1 for path in group}


def _name_form(path: str) -> str:
    form = next((form for form in ("NFC", "NFD") if is_normalized(form, path)), "NFC, NFD")
    return f"({form})"


# What a name may hold without being seen (Unicode Standard, "Default Ignorable Code Points"): soft
# hyphen, joiners, marks of direction, variation selectors, byte order mark.
_HIDDEN: Final = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef"
)
_BLANKS: Final = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0"
_WIDE: Final = "\uff10-\uff19\uff08\uff09\uff3b\uff3d\uff5b\uff5d"  # digits and brackets
_ODD: Final = re.compile(f"[{_HIDDEN}{_BLANKS}{_WIDE}]")
_ODD_KINDS: Final = f"([{_HIDDEN}])|([{_BLANKS}])|[{_WIDE}]"
_WIDE_BY: Final = 0xFEE0
"""How far the full-width forms of ASCII are behind it."""


OTHER_COLONS: Final = "\uff1a\ufe55\ufe30\ufe13\u2236\ua789\u02f8\u05c3"
"""What looks like a colon, full-width ones first; to YAML it is a letter."""


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


fold_name: Final = _FOLDED.__getitem__
"""Returns what a property's name is matched by: names that people cannot tell apart are one name.

That is NFC without what is not seen, with every blank as a space and full-width digits and brackets
as plain ones, without regard to case, as Obsidian does. What stands in a note is never rewritten.
"""


def fold_text(text: str) -> str:
    """Return the same of a longer text, so that folded names can be looked for in it."""
    if text.isascii():
        return text.replace("\t", " ").lower()
    if _ODD.search(text):
        text = re.sub(_ODD_KINDS, _fold_character, text)
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
        pairs = items if isinstance(items, dict) else [*items]
        super().__init__(pairs)
        self._spellings: dict[str, str] = dict(zip(map(fold_name, self), self, strict=True))
        if len(self._spellings) < len(self):  # some of them are one name
            self.clear()
            self._spellings.clear()
            self.update(pairs)

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
        super().__setitem__(self._spellings.setdefault(fold_name(name), name), value)

    def __missing__(self, name: str) -> _Value:
        spelling = self._spellings.get(fold_name(name))
        if spelling is None:
            raise KeyError(name)
        return super().__getitem__(spelling)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(self._spellings.pop(fold_name(name), name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold_name(name) in self._spellings

    @overload  # type: ignore[override]  # names are texts
    def get(self, name: str, default: None = None) -> _Value | None: ...
    @overload
    def get(self, name: str, default: _Value) -> _Value: ...
    def get(self, name: str, default: _Value | None = None) -> _Value | None:
        """Return the value of a name, or something else where there is none."""
        value = dict.get(self, name)  # it is mostly spelled as here
        if value is not None:
            return value
        spelling = self._spellings.get(fold_name(name))
        return default if spelling is None else super().__getitem__(spelling)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the value of a name; where there is none, put one there."""
        if name not in self:
            self[name] = default
        return self[name]


# What may be shown of a strange text: nothing that steers a terminal, and JSON that no one has to
# fear. Pure.

# Control and format characters, halves of characters, separators of lines and paragraphs. The two
# joiners are format characters as well; without them many an emoji falls apart, and they steer nothing.
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"


def is_steering(character: str) -> bool:
    """Say whether a character could steer what shows it: a terminal, an editor, a log."""
    if character.isprintable():
        return False
    return category(character) in _STEERING and character not in _JOINERS


MAX_SHOWN: Final = 60
"""So many characters of a text are shown in a message."""


def shorten(text: str) -> str:
    """Return a text of a file so that it can stand in a message of one line."""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return shown if shown.isprintable() else ascii(shown)[1:-1]


MAX_SUGGESTIONS: Final = 10
"""So many unknown names are compared with those that are known: each takes a while."""


def find_similar(word: str, known: Iterable[str]) -> str:
    """Return the known word that a word is most like, whatever their case; empty if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a quick start

    by_small = {name.lower(): name for name in known}
    near = get_close_matches(word[:MAX_SHOWN].lower(), by_small, 1)
    return by_small[near[0]] if near else ""


def advise_name(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the known name it resembles, if any."""
    near = find_similar(name, known)
    return f'; did you mean "{near}"?' if near else "."


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant, as the end of a message; empty if nothing is like it."""
    near = find_similar(word, known)
    return f" Did you mean `{near}`?" if near else ""


def quote_text(text: str) -> str:
    """Return a text between double quotes, as formulas and YAML read it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def quote_yaml(text: str) -> str:
    """Return a text of one line as a YAML scalar in single quotes, in which nothing but these is special."""
    return "'" + text.replace("'", "''") + "'"


def make_printable(text: str) -> str:
    r"""Return a text as one line that can be printed: what would steer a terminal is written as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(ascii(one)[1:-1] if is_steering(one) else one for one in text)


def make_lines_printable(text: str) -> str:
    """Return a text whose lines and tabs stay and whose every line can be printed."""
    return "\n".join("\t".join(map(make_printable, line.split("\t"))) for line in text.split("\n"))


_HALVES: Final = "[\ud800-\udfff]"


def render_json(value: object, indent: int | None = None) -> str:
    r"""Return JSON in which letters stay and what would steer a terminal is written as ``\u001b``.

    A byte of a name that is no UTF-8, and half a character, stand as U+FFFD: JSON has no other way
    to write them that every reader takes (RFC 8259, 8.2).

    Args:
        value: what `json.dumps` takes.
        indent: blanks for each level; None for all on one line.
    """
    import json  # noqa: PLC0415 - for a quick start: most who import this module show names only

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isprintable():
        return text
    if re.search(_HALVES, text):  # two that meet are a character, one alone is none
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # A line end in a string is written as an escape by now: what is left of them is the layout.
    return "".join(
        json.dumps(one)[1:-1] if is_steering(one) and one != "\n" else one for one in text
    )


def quote_name(name: str) -> str:
    r"""Return a file name as git writes it in a diff: in quotes, with escapes, if it has to be.

    Source: git documentation, ``core.quotePath``; letters of other languages are left as they are.

    Args:
        name: as Python decodes it from the disk.
    """
    if not any(one in '"\\' or is_steering(one) for one in name):
        return name
    return f'"{"".join(map(_quote_character, name))}"'


def _quote_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if not is_steering(character):
        return character
    is_byte = "\udc80" <= character <= "\udcff"
    data = character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)


# Notes in the middle of a merge: git's conflict markers say that a person has to decide first.

_FIRST_MARK: Final = "<<<<<<< "
_MARKS: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
_FENCE: Final = r" {0,3}(`{3,}|~{3,})"


def find_conflict_marker(text: str) -> int | None:
    """Return the line, counted from 1, where an unresolved conflict starts, None if there is none.

    All three marks must stand at the start of a line, in order and outside of code blocks, so that
    a note that explains git is no conflict.
    """
    if _FIRST_MARK not in text:
        return None
    fence = ""
    reached = 0
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        opening = re.match(_FENCE, line)
        if opening:
            fence = _next_fence(fence, opening[1])
        elif not fence and line.startswith(_MARKS[reached]):
            first = first if reached else number
            reached += 1
            if reached == len(_MARKS):
                return first
    return None


def _next_fence(fence: str, mark: str) -> str:
    """Return the fence of the code block that is open behind a fence line, empty for none."""
    if not fence:
        return mark
    return "" if mark[0] == fence[0] and len(mark) >= len(fence) else fence
