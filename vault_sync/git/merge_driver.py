"""The merge driver: git hands over three versions of a note and gets one back.

Source: gitattributes(5), "Defining a custom merge driver". Where anything keeps us from reading the
three, git's own `merge-file` merges them as they are.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from vault_sync.errors import BrokenPromiseError, GitError, NoteChangedError, NoteError
from vault_sync.files.export import create_file, replace_file
from vault_sync.files.read import decode_note
from vault_sync.git.ownership import (
    OwnedVault,
    Vaults,
    is_on_one_line,
    read_note_text,
    refuse_file_facts,
)
from vault_sync.note.edits import Edit, apply_edits
from vault_sync.note.yaml_nodes import Scalar
from vault_sync.plan.planner import plan_note
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from vault_sync.formula.registry import Clock
    from vault_sync.git.repository import Repository
    from vault_sync.note.frontmatter import Frontmatter


TIMEOUT: Final = 120.0
CONFLICT: Final = NoteChangedError.exit_code
_MOST_CONFLICTS: Final = 127


@dataclass(frozen=True, slots=True)
class Merge:
    """What git asks of a merge driver.

    Attributes:
        base: the file with the common ancestor (`%O`).
        ours: the file with the current version (`%A`), which takes the result.
        theirs: the file with the other version (`%B`).
        path: of the note in the work tree (`%P`).
        marker_size: how long conflict markers are (`%L`).
        labels: what stands behind the markers of the base, ours and theirs.
    """

    base: Path
    ours: Path
    theirs: Path
    path: str
    marker_size: int
    labels: tuple[str, str, str]


def choose_labels(
    given: tuple[str, str, str], environment: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return what conflict markers are labelled with, as git itself would.

    Git before 2.44 does not know `%S %X %Y` and hands them over as they are; of a `git merge` it
    names the other branch in the environment (git-merge(1), `GITHEAD_…`).
    """
    if given != ("%S", "%X", "%Y"):
        return given
    heads = [value for name, value in environment.items() if name.startswith("GITHEAD_")]
    return ("base", "HEAD", heads[0] if len(heads) == 1 else "theirs")


def run_merge(repository: Repository, merge: Merge, warn: Callable[[str], None]) -> int:
    """Merge three versions of a note into the file of ours, and return the exit code for git.

    Args:
        repository: in which git merges.
        merge: the versions.
        warn: is called with a sentence why a vault cannot be used.

    Returns:
        0 for a clean merge, 5 for one with conflicts.

    Raises:
        GitError: git cannot merge; the file of ours is as it was.
        OSError: a file cannot be read or written.
    """
    raw = Versions(*(path.read_bytes() for path in (merge.base, merge.ours, merge.theirs)))
    found = Vaults(repository.top, warn).find(merge.path)
    aligned = _align(raw, *found) if found else raw
    merged, conflicts = _merge_lines(repository, merge, aligned)
    if merged is None:
        return CONFLICT
    if found and not conflicts:
        merged = _refresh(merged, *found)
    replace_file(merge.ours, merged, merge.ours.stat().st_mode & 0o777)
    return CONFLICT if conflicts else 0


def _align(raw: Versions[bytes], vault: OwnedVault, path: str) -> Versions[bytes]:
    """Return the versions with the same derived lines, as they are where that cannot be."""
    try:
        texts = Versions(*map(decode_note, raw))
        aligned = align_versions(texts, partial(vault.ownership.find_owned, path=path))
    except (NoteError, BrokenPromiseError):
        return raw
    return Versions(*(text.encode() for text in aligned)) if aligned else raw


def _merge_lines(
    repository: Repository, merge: Merge, versions: Versions[bytes]
) -> tuple[bytes | None, int]:
    """Return what git makes of three versions and how many conflicts are in it.

    Nothing is returned for what git does not merge line by line: then ours stays, with a conflict.
    """
    with tempfile.TemporaryDirectory(prefix="vault-sync-") as folder:
        files = [Path(folder, name) for name in Versions._fields]
        for file, data in zip(files, versions, strict=True):
            create_file(file, data, 0o600)
        base, ours, theirs = map(str, files)
        labels = [part for label in _order(merge.labels) for part in ("-L", label)]
        size = f"--marker-size={merge.marker_size}"
        process = repository.start("merge-file", "-p", size, *labels, ours, base, theirs)
        try:
            merged, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.communicate()
            raise GitError("`git merge-file` took too long, so it was stopped.") from error
    code = process.returncode
    return (merged, code) if 0 <= code <= _MOST_CONFLICTS else (None, 1)


def _order(labels: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return labels of base, ours and theirs in the order of `merge-file`."""
    base, ours, theirs = labels
    return ours, base, theirs


def _refresh(merged: bytes, vault: OwnedVault, path: str) -> bytes:
    """Return a merged note with its derived values computed from the merged sources.

    What reads the time of day gets the start of today, so that two machines which merge on the same
    day come to the same bytes.
    """
    ownership = vault.ownership
    try:
        text = decode_note(merged)
        return plan_note(
            text, path, ownership.rules, ownership.conditions, refuse_file_facts
        ).text.encode()
    except (NoteError, BrokenPromiseError):
        return merged


# Three versions of a note made to agree on what is derived, so that only sources can conflict.
# Pure.
#
# Derived values follow from the rest of a note, so there is nothing in them to decide. Before git
# merges the three texts line by line, their derived lines are made the same: the same value, and
# lines that one of them lacks are put in or taken out everywhere. Only name, colon and value are
# ours: what else stands on such a line (a comment) is a person's, is never copied to another
# version, and keeps the line from being taken out, so that git merges it or shows a conflict. So it
# does with all around them.

_COLON: Final = re.compile(r"[ \t]*:")


_Text = TypeVar("_Text", str, bytes)


class Versions(NamedTuple, Generic[_Text]):
    """The three versions of a merge (git-merge-file(1)); an empty base means: added twice."""

    base: _Text
    ours: _Text
    theirs: _Text


def align_versions(
    versions: Versions[str], find_owned: Callable[[Frontmatter], Mapping[str, Clock]]
) -> Versions[str] | None:
    """Return the three versions with the same derived lines in all that have properties.

    What is put into them does not depend on which side is ours, so that two machines which merge
    each other's work come to the same bytes.

    Args:
        versions: as git has them.
        find_owned: returns the derived properties of a note.

    Returns:
        None where one of the sides cannot be read, or holds its properties otherwise than one
        below the other.
    """
    ours, theirs = read_note_text(versions.ours), read_note_text(versions.theirs)
    base = read_note_text(versions.base)
    if ours is None or theirs is None or not all(map(_is_simple, (ours, theirs, base))):
        return None
    sides = tuple(sorted((ours, theirs), key=lambda note: note.text))
    names = sorted(find_owned(ours).keys() & find_owned(theirs).keys())
    notes = [note for note in (base, *sides) if note]
    values = NameMap(
        (name, _choose_value(*(_find_value(note, name) for note in (base, *sides))))
        for name in names
        if all(_is_line(note, name) for note in notes)
    )
    for name in [name for name, value in values.items() if value is None]:
        if not all(_is_bare(note, name) for note in notes):
            values[name] = _find_value(base, name)
    alignment = _Alignment(sides, values, NameMap.of(base.properties if base else ()))
    return Versions(
        alignment.apply(base) if base else versions.base,
        alignment.apply(ours),
        alignment.apply(theirs),
    )


def _is_simple(note: Frontmatter | None) -> bool:
    return note is None or (not note.is_flow and note.indent == 0)


def _is_line(note: Frontmatter, name: str) -> bool:
    """Say whether a property is one line of a note, if the note has it at all."""
    found = note.properties.get(name)
    if found is None:
        return True
    if not _COLON.match(note.text, note.block.start + found.key.end):
        return False
    value = found.value
    is_empty = isinstance(value, Scalar) and value.start == value.end and not value.is_decorated
    return is_empty or is_on_one_line(note, found)


def _is_bare(note: Frontmatter, name: str) -> bool:
    """Say whether nothing stands behind the value of a property, if the note has it at all."""
    if name not in note.properties:
        return True
    _, end = _find_span(note, name)
    return not note.text[end : note.text.index("\n", end)].strip()


def _choose_value(base: str | None, one: str | None, other: str | None) -> str | None:
    """Return the value that all versions are to have, None where the line is to go.

    What only one side has changed counts, quotes included. Where both have, the choice is any, as
    the value is computed anew, but it must be the same seen from either side.
    """
    if base is not None and (one is None or other is None):
        return None
    if one is None or other is None:
        return one or other
    if base in {one, other}:
        return other if base == one else one
    return max(one, other)


def _find_value(note: Frontmatter | None, name: str) -> str | None:
    """Return a value with the colon and the blanks before it."""
    if note is None or name not in note.properties:
        return None
    start, end = _find_span(note, name)
    return note.text[start:end]


def _find_span(note: Frontmatter, name: str) -> tuple[int, int]:
    """Return where the colon behind a name starts and where the value ends."""
    found = note.properties[name]
    start, end = note.block.start + found.key.end, note.block.start + found.value.end
    colon = _COLON.match(note.text, start)
    if colon and found.value.start == found.value.end:
        end = colon.end()
    return start, end


@dataclass(frozen=True, slots=True)
class _Alignment:
    """What all versions are to have in common.

    Attributes:
        sides: ours and theirs, in an order that both machines agree on.
        values: by name; None for a line that is to go.
        old: names that the base has; a side that lacks one of them has dropped it.
    """

    sides: Sequence[Frontmatter]
    values: Mapping[str, str | None]
    old: Container[str]

    def apply(self, note: Frontmatter) -> str:
        """Return a version with the common derived lines."""
        edits = [self._change(note, name) for name in self.values if name in note.properties]
        known = NameMap.of(note.properties)
        for side in self.sides:
            edits += self._insert(
                note, side, [name for name in side.properties if name not in known]
            )
            known.update(side.properties)
        return apply_edits(note.text, edits)

    def _change(self, note: Frontmatter, name: str) -> Edit:
        value = self.values[name]
        if value is not None:
            return Edit(*_find_span(note, name), value)
        start = _find_line(note, name)
        return Edit(start, note.text.index("\n", start) + 1, "")

    def _insert(self, note: Frontmatter, side: Frontmatter, missing: Sequence[str]) -> list[Edit]:
        """Return the edits that add derived lines of a side, each before what follows it there."""
        edits: list[Edit] = []
        place = note.block.end
        for name in reversed(side.properties):
            value = self.values.get(name)
            if name in note.properties:
                place = _find_line(note, name)
            elif name in missing and value is not None and name not in self.old:
                start, colon = _find_line(side, name), _find_span(side, name)[0]
                line = side.text[start:colon] + value + note.block.eol
                edits.append(Edit(place, place, line))
        return edits[::-1]


def _find_line(note: Frontmatter, name: str) -> int:
    return note.block.start + note.properties[name].key.start
