"""A cache of what was found out about notes, so that they need not be read again.

An entry holds for one version of a note, which is known by its size, its inode and its times of
change: `Signature`. A write that falls into the same tick of the file system's clock as the one
before it leaves no trace in these, so a version is trusted only if it was at rest for a while
before it was read (git documents the same trap as "racy git"). All of it can be found out again:
what is damaged is ignored, what cannot be saved is not, and to delete the file harms nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from vault_sync.state.cachefile import write_cache_file

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.files.reading import Signature
    from vault_sync.note.scalars import Json

AT_REST: Final = 3_000_000_000
"""Nanoseconds that a note must have been at rest; the coarsest clock, that of FAT, ticks every 2 s."""
MAX_ENTRIES: Final = 250_000
MAX_BYTES: Final = 256 * 1024 * 1024
_FORMAT: Final = 1


class NoteCache:
    """What was found out about the notes of one vault under the same circumstances.

    Args:
        key: names the circumstances: all that decides what is found out, beside the note itself.
        started: when the first of the notes was looked at, in nanoseconds since 1970.
        entries: by path, a version and what was found out about it.
    """

    __slots__ = ("_entries", "_is_changed", "_key", "_latest")

    def __init__(self, key: str, started: int, entries: dict[str, list[Any]] | None = None) -> None:
        self._key = key
        self._latest = started - AT_REST
        self._entries = entries or {}
        self._is_changed = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any note."""
        return not self._entries

    def recall(self, path: str, signature: Signature) -> Json:
        """Return what was found out about a version of a note, None if nothing is known."""
        entry = self._entries.get(path)
        return entry[1] if entry and entry[0] == _render_version(signature) else None

    def remember(self, path: str, signature: Signature, found: Json) -> None:
        """Keep what was found out about a version of a note, if that version can be trusted.

        Args:
            path: of the note, relative to the vault.
            signature: taken *before* the note was read: had it changed by then, no later version
                has this signature, so the entry is never found.
            found: anything but None.
        """
        is_at_rest = max(signature.mtime_ns, signature.ctime_ns) < self._latest
        if is_at_rest and (path in self._entries or len(self._entries) < MAX_ENTRIES):
            self._entries[path] = [_render_version(signature), found]
            self._is_changed = True

    def save(self, file: Path) -> None:
        """Write the cache if it has changed. That it cannot be written is no reason to complain."""
        if not self._is_changed:
            return
        head = {"format": _FORMAT, "key": self._key, "notes": self._entries}
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
        write_cache_file(file, text.encode("utf-8", "surrogatepass"))


def load_cache(file: Path, key: str, started: int) -> NoteCache:
    """Return the cache in a file; an empty one if there is none of this key that can be read.

    Args:
        file: in the state folder of the vault.
        key: see `NoteCache`.
        started: see `NoteCache`.
    """
    try:
        if file.stat().st_size <= MAX_BYTES:
            found = json.loads(file.read_bytes().decode("utf-8", "surrogatepass"))
            if found["format"] == _FORMAT and found["key"] == key:
                return NoteCache(key, started, _check_entries(found["notes"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return NoteCache(key, started)


def _check_entries(entries: Any) -> dict[str, list[Any]]:
    """Return the entries of a cache.

    Raises:
        ValueError: they are not what `NoteCache.save` writes.
    """
    if isinstance(entries, dict) and all(map(_is_entry, entries.values())):
        return entries
    raise ValueError("the cache is damaged")


def _is_entry(entry: Any) -> bool:
    return type(entry) is list and len(entry) == 2 and type(entry[0]) is str


def _render_version(signature: Signature) -> str:
    return f"{signature.mtime_ns} {signature.ctime_ns} {signature.size} {signature.inode}"
