"""From a name that somebody types to a note, as Obsidian resolves a link. Pure.

A link holds a note's name where only one note has it, else enough of its path (Obsidian help,
"Internal links"). Letters count the same in upper and lower case, and Korean ones in NFC and NFD.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from vault_sync.errors import AmbiguousNoteError, NoteNotFoundError
from vault_sync.text import find_twins, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINK: Final = re.compile(r"!?\[\[([^\[\]|#^]+)(?:[#^|][^\[\]]*)?\]\]")
_ENDING: Final = ".md"
_SUGGESTIONS: Final = 3
_LONGEST: Final = 255  # no file system has longer names, and likeness takes the square of them


class NoteLookup:
    """The notes of a vault by their names.

    Args:
        paths: of all its notes.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        listed = [*paths]
        self._twins: Final = find_twins(listed)
        for path in listed:
            self._by_name.setdefault(_fold(path.rpartition("/")[2]), []).append(path)

    def resolve(self, asked: str) -> str:
        """Return the path of the note that a name, path or link means.

        A whole path from the top of the vault comes first, then what ends with the path that was
        typed; of those, one that is spelled the same to the letter. Of two that differ in their
        Unicode form alone, the form may stand behind the path: ``쿠키.md (NFD)``.

        Raises:
            NoteNotFoundError: no note is called so.
            AmbiguousNoteError: more than one is.
        """
        link = _LINK.fullmatch(asked.strip())
        wanted = (link[1] if link else asked).strip().strip("/")
        found = self._find(wanted) or self._find_form(wanted)
        if not found and "\\" in wanted:  # a path as Windows writes it
            wanted = wanted.replace("\\", "/").strip("/")
            found = self._find(wanted)
        if not found:
            raise NoteNotFoundError(asked, self._suggest(wanted))
        exact = [path for path in found if _bare(path).endswith(_bare(wanted))]
        for candidates in (_find_whole(found, wanted), exact, found):
            if len(candidates) == 1:
                return candidates[0]
        labels = (f"{path} {self._twins[path]}" if path in self._twins else path for path in found)
        raise AmbiguousNoteError(asked, tuple(labels))

    def _find(self, wanted: str) -> list[str]:
        tail = f"/{_fold(wanted)}"
        named = self._by_name.get(tail.rpartition("/")[2], [])
        return [path for path in named if f"/{_fold(path)}".endswith(tail)]

    def _find_form(self, wanted: str) -> list[str]:
        """Return the notes that are named with the form of their letters behind them."""
        start, _, form = wanted.rpartition(" ")
        return [path for path in self._find(start) if self._twins.get(path) == form.upper()]

    def _suggest(self, wanted: str) -> tuple[str, ...]:
        name = _fold(wanted.rpartition("/")[2])[:_LONGEST]
        longer = [one for one in self._by_name if name and name in one]
        near = get_close_matches(name, self._by_name, n=_SUGGESTIONS)
        meant = dict.fromkeys((*sorted(longer, key=len), *near))
        return tuple(self._by_name[one][0] for one in meant)[:_SUGGESTIONS]


def _find_whole(found: Sequence[str], wanted: str) -> list[str]:
    """Return those whose whole path it is: spelled the same if there is one, else in any case."""
    same = [path for path in found if _bare(path) == _bare(wanted)]
    return same or [path for path in found if _fold(path) == _fold(wanted)]


def _bare(path: str) -> str:
    name = to_nfc(path)
    return name[: -len(_ENDING)] if name.lower().endswith(_ENDING) else name


def _fold(path: str) -> str:
    return _bare(path).casefold()
