"""The ``ignore`` list of the configuration: patterns of gitignore syntax, checked and compiled. Pure.

The only user of pathspec, and loaded only where a configuration has such a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PATTERN_LENGTH: Final = 1_000
MAX_INNER_FOLDERS: Final = 2


# What people write that is a pattern and matches nothing: paths of a shell or of Windows, quotes that are letters.
_HABITS: Final = (
    (re.compile(r"!?(?:\.{1,2}/|~/|[A-Za-z]:[/\\])"), "paths begin in the vault, as in `Archive/`"),
    (re.compile(r".*\\\w"), "write `/` between folders, not `\\`"),
    (
        re.compile("!?[\u201c-\u201f\u300c\u300e].*[\u201c-\u201f\u300d\u300f]$"),
        "type straight quotes",
    ),
)


@dataclass(frozen=True, slots=True)
class IgnorePatterns:
    """The ``ignore`` list of the configuration, compiled.

    Attributes:
        texts: the patterns as they are written.
        spec: the same, compiled.
        is_pruning: no pattern takes a note back in, so a matched folder need not be entered.
    """

    texts: tuple[str, ...]
    spec: GitIgnoreSpec
    is_pruning: bool

    def find_match(self, path: str) -> str | None:
        """Return the pattern that ignores a path (a folder's ends in ``/``), or None."""
        found = self.spec.check_file(path)
        return self.texts[found.index or 0] if found.include else None


def compile_patterns(texts: Iterable[str]) -> IgnorePatterns:
    """Return patterns of gitignore syntax, ready to match.

    The last pattern that matches decides, so ``!Archive/keep.md`` behind ``Archive/`` takes the
    note back in (git itself would not look into the folder any more).

    Args:
        texts: patterns in which `find_pattern_fault` finds nothing.
    """
    texts = tuple(texts)
    spec = GitIgnoreSpec([_compile_pattern(normalize("NFC", text)) for text in texts])
    is_pruning = all(pattern.include is not False for pattern in spec.patterns)
    return IgnorePatterns(texts, spec, is_pruning)


def find_pattern_fault(text: str) -> str | None:
    """Return a sentence that says why a text is no pattern that can be used, or None."""
    if len(text) > MAX_PATTERN_LENGTH:
        return f"A pattern may have {MAX_PATTERN_LENGTH} characters; make it shorter."
    if "\n" in text:
        return "A pattern is one line; write several as a list."
    if len(re.findall(r"\*\*(?=/)", text)) > MAX_INNER_FOLDERS:
        # Each `**` multiplies the ways to match a path; a stranger's vault could stall on them.
        return f"A pattern may hold `**/` {MAX_INNER_FOLDERS} times; write several patterns."
    try:
        pattern = _compile_pattern(text)
    except (GitIgnorePatternError, re.error):
        return f"`{text}` is not a pattern of gitignore syntax; look at its `!`, `\\` and `[`."
    habit = next((said for habit, said in _HABITS if habit.match(text)), "")
    if habit:
        return f"`{text}` matches nothing you mean: {habit}."
    return f"`{text}` matches nothing." if pattern.include is None else None


_STAR: Final = r"\[\^/\]\*"
_STAR_RUN: Final = re.compile(rf"(?:{_STAR}){{2,}}")
_ONE_CHARACTER: Final = r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])+\](?!\*)|[^\\\[\]()/*])"
_STAR_BEFORE_STAR: Final = re.compile(rf"{_STAR}({_ONE_CHARACTER}+)(?={_STAR})")


def _compile_pattern(text: str) -> GitIgnoreSpecPattern:
    pattern = GitIgnoreSpec.from_lines([text]).patterns
    regex = getattr(pattern[0], "regex", None) if pattern else None
    if regex is None:
        return GitIgnoreSpecPattern(None, None)
    return GitIgnoreSpecPattern(re.compile(_limit_backtracking(regex.pattern)), pattern[0].include)


def _limit_backtracking(regexp: str) -> str:
    """Make ``*a*a*a*`` match in linear time: what stands between two stars is best found early.

    pathspec writes each star as ``[^/]*``. The second star can take whatever the first one leaves,
    so the first need never be tried again; an atomic group says so.
    """
    regexp = _STAR_RUN.sub("[^/]*", regexp)
    return _STAR_BEFORE_STAR.sub(lambda match: f"(?>[^/]*?{match[1]})", regexp)
