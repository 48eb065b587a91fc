"""The language of messages: English in the code, others from catalogues of gettext.

A catalogue is ``locales/<language>/LC_MESSAGES/vault-sync.mo``; ``python -m docs.make_catalogue``
collects the messages and compiles it.
"""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOMAIN: Final = "vault-sync"
SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final = (SOURCE_LANGUAGE, "ko")
_PLAIN_LOCALES: Final = frozenset({"", "C", "POSIX"})
_NAMES_OF_WINDOWS: Final = {"english": "en", "korean": "ko"}


class Language:
    """Says messages in one language; what its catalogue does not hold is said in English.

    Attributes:
        locale: one of `LANGUAGES`.
    """

    __slots__ = ("locale",)

    def __init__(self, locale: str = SOURCE_LANGUAGE) -> None:
        self.locale: Final = locale

    def say(self, message: str, **values: object) -> str:
        """Return a message in this language.

        Args:
            message: in English, with ``{name}`` for each value.
            values: what stands in it.
        """
        return _load_catalogue(self.locale).gettext(message).format(**values)

    def translate(self, sentence: str) -> str:
        """Return a sentence that was written out in English, values and all, in this language.

        Most rooms know no language. What they say is known again by the words around its values;
        values that are such sentences are translated, too. What no catalogue holds stays as it is.
        """
        if self.locale == SOURCE_LANGUAGE:
            return sentence
        return "\n".join(_translate(self.locale, line, _DEEPEST) for line in sentence.split("\n"))

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return a message about a number of things.

        Args:
            one: the English message about one thing, with ``{n}`` for the number.
            many: the English message about any other number of things.
            number: of the things; it is the value ``n``.
            values: what else stands in it.
        """
        message = _load_catalogue(self.locale).ngettext(one, many, number)
        return message.format(n=number, **values)


def mark_message(message: str) -> str:
    """Return a message as it is; for one that stands in a table and is said elsewhere."""
    return message


def mark_count(one: str, many: str) -> tuple[str, str]:
    """Return a message that counts as it is; for one that is said elsewhere."""
    return one, many


def choose_language(configured: str | None, environment: Mapping[str, str]) -> Language:
    """Return the language to speak.

    Args:
        configured: the ``locale`` of the configuration, which wins.
        environment: the variables of the process. ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` are
            asked in this order, ``LANGUAGE`` before them where they name a language at all (GNU
            gettext manual, "Locale Environment Variables" and "The LANGUAGE variable").
    """
    wishes = (_name_language(wish) for wish in (configured or "", *_list_wishes(environment)))
    known = (wish for wish in wishes if wish in LANGUAGES)
    return Language(next(known, SOURCE_LANGUAGE))


def _list_wishes(environment: Mapping[str, str]) -> Iterator[str]:
    asked = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next(filter(None, asked), None) or _find_language_of_windows()
    if chosen.partition(".")[0] not in _PLAIN_LOCALES:
        yield from environment.get("LANGUAGE", "").split(":")
        yield chosen


def _name_language(wish: str) -> str:
    """Return the language of a locale such as ``ko_KR.UTF-8`` or, on Windows, ``Korean_Korea``."""
    name = wish.replace("-", "_").partition("_")[0].partition(".")[0].partition("@")[0].lower()
    return _NAMES_OF_WINDOWS.get(name, name)


def _find_language_of_windows() -> str:
    """Return what the C library knows of the user's settings: nobody sets these variables there."""
    if os.name != "nt":
        return ""
    from locale import getlocale  # noqa: PLC0415 - for a quick start

    return getlocale()[0] or ""


@cache
def _load_catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    from importlib.resources import files  # noqa: PLC0415 - for a quick start

    catalogue = files("vault_sync") / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with catalogue.open("rb") as stream:
        return GNUTranslations(stream)


# Sentences that were written out: each is held against the templates of the catalogue.

_DEEPEST: Final = 4  # sentences within sentences
_LONGEST: Final = 4_000
_PLACE: Final = r"\{(\d+|it)\}"
_SPAN: Final = r"(\d{1,9}) (day|hour|minute)s?"
_SPANS: Final = {
    "day": mark_count("{n} day", "{n} days"),
    "hour": mark_count("{n} hour", "{n} hours"),
    "minute": mark_count("{n} minute", "{n} minutes"),
}


class _Template(NamedTuple):
    """A message of the catalogue: its words between the values, the values' names, its translation."""

    words: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @property
    def quoted(self) -> frozenset[str]:
        """The names of values between quotes or backticks: what somebody typed, so nothing to translate."""
        return frozenset(
            name
            for name, before in zip(self.names, self.words, strict=False)
            if before[-1:] in {'"', "`", "'", "“"}
        )

    @property
    def is_tail(self) -> bool:
        """Whether it is added to sentences, such as `` Did you mean …?``."""
        return self.words[0][:1] in {" ", ";", ","}

    def read_values(self, sentence: str) -> dict[str, str] | None:
        """Return the values in a sentence that was made from it, None if it was not."""
        first, *middle, last = self.words
        if not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        place, end, found = len(first), len(sentence) - len(last), []
        for words in middle:
            next_ = sentence.find(words, place, end)
            if next_ < 0:
                return None
            found.append(sentence[place:next_])
            place = next_ + len(words)
        if place > end:
            return None
        return dict(zip(self.names, (*found, sentence[place:end]), strict=True))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the translation with these values."""
        return _unescape(
            re.sub(_PLACE, lambda place: values.get(place[1], place[0]), self.translation)
        )


@lru_cache(maxsize=4096)
def _translate(language: str, sentence: str, depth: int) -> str:
    if not sentence.strip() or len(sentence) > _LONGEST:
        return sentence
    exact = _load_catalogue(language).gettext(sentence)
    if exact != sentence or depth == 0:
        return exact
    if span := re.fullmatch(_SPAN, sentence):
        return Language(language).count(*_SPANS[span[2]], int(span[1]))
    for template in _load_templates(language):
        place = sentence.rfind(template.words[0]) if template.is_tail else 0
        values = template.read_values(sentence[place:]) if place >= 0 else None
        if values is not None:
            inner = {
                name: value if name in template.quoted else _translate(language, value, depth - 1)
                for name, value in values.items()
            }
            return _translate(language, sentence[:place], depth - 1) + template.fill(inner)
    # A property may stand before what is wrong with it.
    name, colon, rest = sentence.partition(": ")
    return name + colon + _translate(language, rest, depth - 1) if colon else sentence


@cache
def _load_templates(language: str) -> tuple[_Template, ...]:
    """Return the messages with values, those that say most first."""
    catalogue = _load_catalogue(language)
    messages: dict[str | tuple[str, int], str] = getattr(catalogue, "_catalog", {})
    found = []
    for message, translation in messages.items():
        text = message if isinstance(message, str) else message[0]
        words = tuple(_unescape(part) for part in re.split(_PLACE, text)[::2])
        if len(words) > 1 and any(part.strip() for part in words):
            found.append(_Template(words, tuple(re.findall(_PLACE, text)), translation))
    return tuple(sorted(found, key=lambda one: (not one.is_tail, -sum(map(len, one.words)))))


def _unescape(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")
