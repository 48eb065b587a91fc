"""The search of the Korean site: a word is found without the particle behind it."""

from __future__ import annotations

import re
from typing import Final

from sphinx.search import SearchLanguage

_WORD: Final = re.compile(r"[가-힣]+|[A-Za-z0-9_]+")
_SHORTEST: Final = 2


class SearchKorean(SearchLanguage):
    """Cuts Korean words into their beginnings: 복습을 is found by 복습."""

    lang = "ko"
    language_name = "Korean"
    stopwords = frozenset()  # type: ignore[assignment, unused-ignore]
    js_stemmer_code = "class Stemmer { stemWord(word) { return word; } }"
    js_splitter_code = """
function splitQuery(query) {
  return query.match(/[가-힣]+|[A-Za-z0-9_]+/g) || [];
}
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx's name
        """Return the words of a text, and the beginnings of the Korean ones."""
        words = _WORD.findall(input)
        beginnings = [
            word[:end]
            for word in words
            if not word.isascii()
            for end in range(_SHORTEST, len(word))
        ]
        return words + beginnings

    def stem(self, word: str) -> str:
        """Return a word as it is, in small letters."""
        return word.lower()

    def word_filter(self, word: str) -> bool:
        """Say whether a word can be looked for."""
        return bool(word)
