"""Unified diffs of notes, as ``patch`` and ``git apply`` read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.text import quote_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT: Final = 3


def render_diff(path: str, old: str, new: str) -> str:
    """Return the unified diff of a note.

    Args:
        path: the note's path in the vault; quoted as git quotes it.
        old: the note as it is.
        new: the note as it would be.
    """
    from difflib import unified_diff  # noqa: PLC0415 - for a quick start

    same = _count_same_end(old, new)
    before, after = _cut(old, same), _cut(new, same)
    lines = unified_diff(
        before, after, quote_name(f"a/{path}"), quote_name(f"b/{path}"), n=_CONTEXT
    )
    return "".join(_end_lines(lines))


def _count_same_end(old: str, new: str) -> int:
    """Return how many characters both texts share at their end, from the start of a line on."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle :] == new[len(new) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, same: int) -> list[str]:
    """Return the lines of a text up to a few behind the last one that differs."""
    end = len(text) - same
    for _ in range(_CONTEXT + 1):
        found = text.find("\n", end)
        if found < 0:
            return _split(text)
        end = found + 1
    return _split(text[:end])


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _end_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
