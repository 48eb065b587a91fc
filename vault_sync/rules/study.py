"""Study names: which properties of a note tell its first day and its reviews. Pure.

A profile has them in its data file; a rule set of one's own has them below ``study``:

    study:
      first-day: started
      stages: {1: review_1day, 4: review_4day}
"""

from __future__ import annotations

import json
from datetime import date, datetime, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

import vault_sync
from vault_sync.errors import EvaluationError, Problem
from vault_sync.formula.conversions import kind_of, to_text
from vault_sync.formula.dates import parse_date
from vault_sync.note.values import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vault_sync.formula.values import Value
    from vault_sync.note.frontmatter import Frontmatter


ROLES: Final = ("first-day", "subject", "textbook", "page", "rate", "long-term")


class Tick(StrEnum):
    """What is written into a box when a review is done."""

    TRUE = "true"
    DATE = "date"


class Stage(NamedTuple):
    """A review at a fixed distance from the first day.

    Attributes:
        days: how many days after the first day it is due.
        box: the property that is ticked when it is done, in NFC.
    """

    days: int
    box: str


class StudyNames(NamedTuple):
    """The properties of a study note by what they tell. All names are in NFC.

    Attributes:
        first_day: the day it was studied first.
        stages: its reviews, the earliest first; each has days and a box of its own.
        subject: the subject; None where notes have none.
        textbook: the book.
        page: the place in the book.
        rate: how much of it is learnt.
        long_term: the box of a note that needs no reviews any more.
        tick: what `done` writes into a box.
    """

    first_day: str
    stages: tuple[Stage, ...]
    subject: str | None = None
    textbook: str | None = None
    page: str | None = None
    rate: str | None = None
    long_term: str | None = None
    tick: Tick = Tick.TRUE

    @property
    def boxes(self) -> tuple[str, ...]:
        """The properties that are ticked, that of the long term last."""
        boxes = tuple(stage.box for stage in self.stages)
        return boxes if self.long_term is None else (*boxes, self.long_term)

    @property
    def roles(self) -> dict[str, str]:
        """The properties by the words for what they tell, without the stages."""
        names = {role: getattr(self, role.replace("-", "_")) for role in ROLES}
        return {role: name for role, name in names.items() if name}

    @property
    def identifying(self) -> frozenset[str]:
        """The properties of which a note has at least one if it is a study note."""
        return frozenset((self.first_day, *self.boxes))


def make_names(
    roles: dict[str, str], stages: Iterable[Stage], tick: Tick = Tick.TRUE
) -> StudyNames:
    """Return study names.

    Args:
        roles: properties by the words in `ROLES`; the first day must be there.
        stages: in any order.
        tick: what `done` writes.
    """
    ordered = tuple(sorted(stages, key=lambda stage: stage.days))
    names = {role.replace("-", "_"): name for role, name in roles.items()}
    return StudyNames(stages=ordered, tick=tick, **names)


# What people and exports write into the box of a review: the table of `profiles/ticks.json`. Pure.
#
# The table holds each word that means ticked, and beside it the word for not ticked that goes with it;
# an empty one is an empty box. Quotes, letter case and the variation selectors that some keyboards put
# behind a symbol make no difference. A date means ticked, too: people write down the day of the review.
# Whatever else stands in a box is unknown and is never guessed at.

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


# What a note tells of its reviews: its first day, and which boxes are ticked. Pure.
#
# All commands read these values here, so one that cannot be read is named in the same sentence by all.

_SHOWN: Final = 60


class StudyValues(NamedTuple):
    """The source properties of a study note that its reviews depend on.

    Attributes:
        first_day: None where there is none, or none that can be read.
        ticked: whether a box is ticked, by its name; without those that are missing or unknown.
        problems: why a value cannot be read, by the name of the property.
    """

    first_day: date | None
    ticked: Mapping[str, bool]
    problems: Mapping[str, Problem]


def read_study_values(note: Frontmatter, names: StudyNames, timezone: tzinfo) -> StudyValues:
    """Return the first day and the boxes of a note.

    Args:
        note: its frontmatter.
        names: which properties tell them.
        timezone: for dates with an offset.
    """
    first_day: date | None = None
    ticked: dict[str, bool] = {}
    problems: dict[str, Problem] = {}
    for name in (names.first_day, *names.boxes):
        entry = note.properties.get(name)
        if entry is None:
            continue
        try:
            value = read_value(entry.value)
            if name == names.first_day:
                first_day = _read_day(value, timezone)
            else:
                ticked[name] = read_tick(value, timezone)
        except EvaluationError as error:
            problems[name] = Problem(f"{name}: {error}", note.line_of(name), name)
    return StudyValues(first_day, ticked, problems)


def is_finished(note: Frontmatter, names: StudyNames, timezone: tzinfo) -> bool:
    """Say whether a note needs no review any more: all of its boxes are ticked, or that of the long term."""
    ticked = read_study_values(note, names, timezone).ticked
    if names.long_term and ticked.get(names.long_term):
        return True
    return bool(names.stages) and all(ticked.get(stage.box) for stage in names.stages)


def read_tick(value: Value, timezone: tzinfo) -> bool:
    """Return whether the value of a box means ticked; see `vault_sync.rules.study`.

    Raises:
        EvaluationError: it means neither ticked nor not ticked.
    """
    if value is True or value is False:
        return value
    text = to_text(value)
    known = load_tick_words().find(text)
    if known is not None:
        return known
    try:
        return _read_day(value, timezone) is not None
    except EvaluationError:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        message = f'"{shown}" is neither ticked nor unticked. Write true or false.'
        raise EvaluationError(message) from None


def _read_day(value: Value, timezone: tzinfo) -> date | None:
    """Return the day of a date, None for an empty value; as `date()` reads it in a formula."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        value = parse_date(value, timezone)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise EvaluationError(
        f"This is a {kind_of(value)}, not a date. Write it as 2024-07-07, without any brackets."
    )
