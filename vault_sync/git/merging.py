"""The merge driver: git hands over three versions of a note and gets one back.

Source: gitattributes(5), "Defining a custom merge driver". Where anything keeps us from reading the
three, git's own `merge-file` merges them as they are.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import BrokenPromiseError, GitError, NoteChangedError, NoteError
from vault_sync.files.export import create_file, replace_file
from vault_sync.git.filtering_vaults import Vaults
from vault_sync.git.merging_texts import Versions, align_versions
from vault_sync.git.owned import tell_nothing
from vault_sync.note.decoding import decode_note
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_sync.git.filtering_vaults import OpenVault
    from vault_sync.git.repository import Repository

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


def run_merge(repository: Repository, merge: Merge, complain: Callable[[str], None]) -> int:
    """Merge three versions of a note into the file of ours, and return the exit code for git.

    Args:
        repository: in which git merges.
        merge: the versions.
        complain: is told why a vault cannot be used.

    Returns:
        0 for a clean merge, 5 for one with conflicts.

    Raises:
        GitError: git cannot merge; the file of ours is as it was.
        OSError: a file cannot be read or written.
    """
    raw = Versions(*(path.read_bytes() for path in (merge.base, merge.ours, merge.theirs)))
    found = Vaults(repository.top, complain).find(merge.path)
    aligned = _align(raw, *found) if found else raw
    merged, conflicts = _merge_lines(repository, merge, aligned)
    if merged is None:
        return CONFLICT
    if found and not conflicts:
        merged = _refresh(merged, *found)
    replace_file(merge.ours, merged, merge.ours.stat().st_mode & 0o777)
    return CONFLICT if conflicts else 0


def _align(raw: Versions[bytes], vault: OpenVault, path: str) -> Versions[bytes]:
    """Return the versions with the same derived lines, as they are where that cannot be."""
    try:
        texts = Versions(*map(decode_note, raw))
        aligned = align_versions(texts, partial(vault.owner.find_owned, path=path))
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


def _refresh(merged: bytes, vault: OpenVault, path: str) -> bytes:
    """Return a merged note with its derived values computed from the merged sources.

    What reads the time of day gets the start of today, so that two machines which merge on the same
    day come to the same bytes.
    """
    owner = vault.owner
    try:
        text = decode_note(merged)
        return plan_note(text, path, owner.rules, owner.conditions, tell_nothing).text.encode()
    except (NoteError, BrokenPromiseError):
        return merged
