"""Which file of the vault a link means. Pure: works on a list of paths, opens none of them.

The rules are those of Obsidian's ``getFirstLinkpathDest``, which looks a link up by the last part
of its path: small and capital letters are the same, ``.md`` may be left out, folders in front have
only to end the path of the file, and of several files one below the folder of the note wins, then
the one with the shortest path. Where Obsidian takes the file that it happened to load first, we
take the one whose path comes first, so that every machine finds the same.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from vault_sync.errors import AmbiguousNoteError, NoteNotFoundError
from vault_sync.text import find_twins, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


NOTE_ENDING: Final = ".md"
_RELATIVE: Final = ("./", "../")


class LinkedFiles:
    """The files that links can lead to, by their names."""

    __slots__ = ("_by_name", "_digest", "_paths")

    def __init__(self, paths: Iterable[str]) -> None:
        """Take the files of a vault.

        Args:
            paths: of all files that Obsidian sees, notes and others, also those that rules leave
                alone; relative to the vault, with ``/``.
        """
        self._paths = set(paths)
        self._digest: int | None = None
        self._by_name: dict[str, list[str]] = {}
        for path in self._paths:
            self._by_name.setdefault(name_key(path), []).append(path)
        for same_name in self._by_name.values():
            if len(same_name) > 1:
                same_name.sort(key=_by_length)

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def paths(self) -> list[str]:
        """Return the paths of all files, sorted."""
        return sorted(self._paths)

    def add(self, path: str) -> None:
        """Take in a file that has come."""
        self._paths.add(path)
        if self._digest is not None:
            self._digest = (self._digest + _digest_path(path)) % _DIGESTS
        same_name = self._by_name.setdefault(name_key(path), [])
        same_name.append(path)
        same_name.sort(key=_by_length)

    def remove(self, path: str) -> None:
        """Take out a file that is gone."""
        self._paths.remove(path)
        if self._digest is not None:
            self._digest = (self._digest - _digest_path(path)) % _DIGESTS
        same_name = self._by_name[name_key(path)]
        same_name.remove(path)
        if not same_name:
            del self._by_name[name_key(path)]

    def digest(self) -> str:
        """Return what is another text where there are other files; see `digest_paths`."""
        if self._digest is None:
            self._digest = _sum_up(self._paths)
        return f"{self._digest:x}"

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none.

        Args:
            target: of the link as it is written, without ``[[ ]]``, text to show and ``%20``; what
                stands behind ``#`` is a place in the file.
            source: the path of the note that the link stands in.
        """
        wanted = cut_place(target)
        if not wanted:
            return source
        found = self._find_candidates(wanted)
        return _choose(*found, source) if found else None

    def _find_candidates(self, wanted: str) -> tuple[str, list[str]] | None:
        """Return a path in the spelling in which it is looked up, and the files with its name."""
        for spelled in (wanted, wanted + NOTE_ENDING):
            name = name_key(spelled)
            if "." in name and name in self._by_name:
                return _fold(spelled), self._by_name[name]
        return None


# A sum, so that a file which comes or goes is added or taken off, however many others there are.
_DIGEST_BYTES: Final = 16
_DIGESTS: Final = 256**_DIGEST_BYTES


def digest_paths(paths: Iterable[str]) -> str:
    """Return what is another text for other files, in whatever order they are named."""
    return f"{_sum_up(paths):x}"


def _sum_up(paths: Iterable[str]) -> int:
    return sum(map(_digest_path, paths)) % _DIGESTS


def _digest_path(path: str) -> int:
    data = path.encode("utf-8", "surrogateescape")
    return int.from_bytes(blake2b(data, digest_size=_DIGEST_BYTES).digest(), "big")


def cut_place(target: str) -> str:
    """Return the target of a link without the heading or block behind ``#``."""
    return target.partition("#")[0].strip()


def name_key(path: str) -> str:
    """Return the last part of a path as files are looked up by it."""
    return _fold(path.rpartition("/")[2])


def list_name_keys(target: str) -> tuple[str, ...]:
    """Return the keys of all files whose coming or going can change what a link means."""
    wanted = cut_place(target)
    return (name_key(wanted), name_key(wanted + NOTE_ENDING)) if wanted else ()


def _choose(wanted: str, candidates: list[str], source: str) -> str | None:
    if "/" not in wanted and len(candidates) == 1:
        return candidates[0]
    folder = _fold(source.rpartition("/")[0])
    exact = _step_up(wanted, folder) if wanted.startswith(_RELATIVE) else wanted.removeprefix("/")
    for path in candidates:
        if _fold(path) == exact:
            return path
    if wanted.startswith("/"):
        return None
    fitting = [path for path in candidates if _fold(path).endswith(exact)]
    near = (path for path in fitting if _fold(path).startswith(folder))
    return next(near, None) or next(iter(fitting), None)


def _step_up(wanted: str, folder: str) -> str:
    """Return the path from the vault's root of one that begins with ``./`` or ``../``."""
    path = wanted.removeprefix("./")
    while path.startswith("../"):
        path, folder = path[3:], folder.rpartition("/")[0]
    return f"{folder}/{path}" if folder else path


def _by_length(path: str) -> tuple[int, str]:
    return len(path), path


def _fold(path: str) -> str:
    if path.isascii():
        return path.lower()
    return to_nfc(path).replace("\u00a0", " ").lower()


# From a name that somebody types to a note, as Obsidian resolves a link. Pure.
#
# A link holds a note's name where only one note has it, else enough of its path (Obsidian help,
# "Internal links"). Letters count the same in upper and lower case, and Korean ones in NFC and NFD.

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
            self._by_name.setdefault(_fold_target(path.rpartition("/")[2]), []).append(path)

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
        tail = f"/{_fold_target(wanted)}"
        named = self._by_name.get(tail.rpartition("/")[2], [])
        return [path for path in named if f"/{_fold_target(path)}".endswith(tail)]

    def _find_form(self, wanted: str) -> list[str]:
        """Return the notes that are named with the form of their letters behind them."""
        start, _, form = wanted.rpartition(" ")
        return [path for path in self._find(start) if self._twins.get(path) == form.upper()]

    def _suggest(self, wanted: str) -> tuple[str, ...]:
        name = _fold_target(wanted.rpartition("/")[2])[:_LONGEST]
        longer = [one for one in self._by_name if name and name in one]
        near = get_close_matches(name, self._by_name, n=_SUGGESTIONS)
        meant = dict.fromkeys((*sorted(longer, key=len), *near))
        return tuple(self._by_name[one][0] for one in meant)[:_SUGGESTIONS]


def _find_whole(found: Sequence[str], wanted: str) -> list[str]:
    """Return those whose whole path it is: spelled the same if there is one, else in any case."""
    same = [path for path in found if _bare(path) == _bare(wanted)]
    return same or [path for path in found if _fold_target(path) == _fold_target(wanted)]


def _bare(path: str) -> str:
    name = to_nfc(path)
    return name[: -len(_ENDING)] if name.lower().endswith(_ENDING) else name


def _fold_target(path: str) -> str:
    return _bare(path).casefold()
