"""What the texts of a column have in common: the same words, and places whose content varies. Pure.

A place is a date, a number, or a bar of two symbols such as 🟩🟩⬜⬜.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from unicodedata import category

from vault_sync.adopt.spellings import SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from vault_sync.adopt.spellings import Spelling

MAX_PLACES: Final = 6
LEAST_SHARE: Final = 0.5
_NUMBER: Final = re.compile(r"(?:(?<![\w.)])-)?(?<![0-9.])[0-9]{1,9}(?:\.[0-9]{1,9})?(?![0-9])")
_SYMBOLS: Final = frozenset({"So", "Sm", "Sk"})
_MORE_SYMBOLS: Final = frozenset("#=*.-_|+")
_VARIATION: Final = "\ufe0f"
_LEAST_BAR: Final = 3
_SAMPLE: Final = 60
_GLANCE: Final = 6


class Bar(NamedTuple):
    """Two symbols side by side: how many of the one, and how many of the other."""

    full: int
    rest: int


class Number(NamedTuple):
    """A number, and how many decimals it is written with."""

    value: float
    decimals: int


Content: TypeAlias = "datetime | Number | Bar"


class Reading(NamedTuple):
    """How the texts of a column are taken apart.

    Attributes:
        spelling: of the date in it; None where no date is looked for.
        symbols: of the bar in it; None where there is none.
    """

    spelling: Spelling | None
    symbols: tuple[str, str] | None


class Template(NamedTuple):
    """What most texts of a column have in common.

    Attributes:
        reading: how they are taken apart.
        words: the texts before, between and behind the places: one more than there are places.
        rows: the contents of the places by the number of the note.
    """

    reading: Reading
    words: tuple[str, ...]
    rows: Mapping[int, tuple[Content, ...]]


def find_templates(texts: Mapping[int, str]) -> list[Template]:
    """Return ways to see the texts of a column as one, those that fit the most texts first."""
    sample = list(dict.fromkeys(texts.values()))[:_SAMPLE]
    symbols = _find_symbols(sample)
    found = [
        template
        for spelling in (*_find_spellings(sample), None)
        if (template := _match(texts, Reading(spelling, symbols)))
    ]
    return sorted(found, key=lambda one: (-len(one.rows), one.reading.spelling is None))


def _find_spellings(texts: Sequence[str]) -> Iterator[Spelling]:
    """Yield the spellings in which a date stands in most texts, the fullest first."""
    if not any(any(map(str.isdigit, text)) for text in texts):
        return
    first = texts[:_GLANCE]
    for spelling in SPELLINGS:
        search = spelling.expression.search
        if any(map(search, first)) and _count(map(search, texts)) >= LEAST_SHARE * len(texts):
            yield spelling


def _count(found: Iterable[object]) -> int:
    return sum(one is not None for one in found)


def _find_symbols(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the two symbols that most often stand side by side in rows of them."""
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for (first, count), (second, other) in pairwise(_list_runs(text)):
            if first and second and count + other >= _LEAST_BAR:
                pairs[first, second] += 1
    usual = pairs.most_common(1)
    return usual[0][0] if usual else None


def _list_runs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each symbol with how often it stands in a row; an empty symbol for other text."""
    last, count = "", 0
    for unit in _split_units(text):
        symbol = unit if _is_symbol(unit) else ""
        if symbol == last:
            count += 1
            continue
        if count:
            yield last, count
        last, count = symbol, 1
    if count:
        yield last, count


def _split_units(text: str) -> Iterator[str]:
    for start, letter in enumerate(text):
        if letter != _VARIATION:
            yield text[start : start + 2] if text[start + 1 : start + 2] == _VARIATION else letter


def _is_symbol(unit: str) -> bool:
    return unit[0] in _MORE_SYMBOLS or category(unit[0]) in _SYMBOLS


def _match(texts: Mapping[int, str], reading: Reading) -> Template | None:
    taken = {row: _take_apart(text, reading) for row, text in texts.items()}
    kinds = Counter((words, tuple(map(type, places))) for words, places in taken.values())
    (((words, shape), count),) = kinds.most_common(1)
    if count < LEAST_SHARE * len(texts) or not 0 < len(shape) <= MAX_PLACES:
        return None
    rows = {
        row: places
        for row, (own, places) in taken.items()
        if own == words and tuple(map(type, places)) == shape
    }
    return Template(reading, words, rows)


def _take_apart(text: str, reading: Reading) -> tuple[tuple[str, ...], tuple[Content, ...]]:
    """Return the words of a text and the contents of the places between them."""
    found = reading.spelling.find(text) if reading.spelling else None
    if not found:
        return _take_numbers(text, reading.symbols)
    words, places = _take_numbers(text[: found.start], reading.symbols)
    more_words, more_places = _take_numbers(text[found.end :], reading.symbols)
    return (*words, *more_words), (*places, found.moment, *more_places)


def _take_numbers(
    text: str, symbols: tuple[str, str] | None
) -> tuple[tuple[str, ...], tuple[Content, ...]]:
    bar = _find_bar(text, symbols) if symbols else None
    words: list[str] = []
    places: list[Content] = []
    place = 0
    for start, end, content in _list_places(text, bar):
        words.append(text[place:start])
        places.append(content)
        place = end
    return (*words, text[place:]), tuple(places)


def _list_places(text: str, bar: tuple[int, int, Bar] | None) -> Iterator[tuple[int, int, Content]]:
    found: list[tuple[int, int, Content]] = [bar] if bar else []
    for match in _NUMBER.finditer(text):
        _, point, decimals = match[0].partition(".")
        number = Number(float(match[0]), len(decimals) if point else 0)
        found.append((match.start(), match.end(), number))
    yield from sorted(found, key=lambda place: place[0])


def _find_bar(text: str, symbols: tuple[str, str]) -> tuple[int, int, Bar] | None:
    full, rest = (re.escape(symbol) for symbol in symbols)
    match = re.search(rf"(?P<full>(?:{full})+)(?P<rest>(?:{rest})*)|(?P<only>(?:{rest})+)", text)
    if not match:
        return None
    first = len(match["full"] or "") // len(symbols[0])
    second = len(match["rest"] or match["only"] or "") // len(symbols[1])
    return match.start(), match.end(), Bar(first, second)
