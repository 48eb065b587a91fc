"""Our lines in `$GIT_DIR/info/attributes`, put in and taken out without touching any other.

That file is a person's own: it is not committed, so clones are not affected, and all linked
worktrees share it (gitattributes(5)). It counts more than any `.gitattributes`, which is why
`find_other_drivers` looks first whether notes have another filter or merge driver that would be displaced.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from vault_sync.files.export import create_file, remove_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.git.repository import Repository

DRIVER: Final = "vault-sync"
NOTES: Final = "*.md"
_NOTE_ENDING: Final = ".md"
_PROBE: Final = "note.md"
_UNSPECIFIED: Final = "unspecified"
_MAX_BYTES: Final = 1024 * 1024


def render_lines(attribute: str) -> str:
    """Return the two lines that give an attribute to all notes."""
    return (
        f"# The next line is of vault-sync; its `uninstall` takes it out again.\n"
        f"{NOTES} {attribute}={DRIVER}\n"
    )


def attributes_file(repository: Repository) -> Path:
    """Return the attributes that are a clone's own (gitrepository-layout(5), "info/attributes")."""
    return repository.common_dir / "info" / "attributes"


def read_attributes(path: Path) -> bytes:
    """Return a file of attributes, nothing where there is none.

    Raises:
        OSError: it cannot be read, is no plain file, or has more than a mebibyte.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
            raise OSError(errno.EINVAL, "it is no plain file of attributes", str(path))
        return file.read()


def has_lines(path: Path, attribute: str) -> bool:
    """Say whether our lines for an attribute are in a file."""
    return render_lines(attribute) in _read(path)


def add_lines(path: Path, attribute: str) -> None:
    """Put our lines for an attribute behind the others, if they are not there yet.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    text = _read(path)
    if render_lines(attribute) in text:
        return
    gap = "\n" if text and not text.endswith("\n") else ""
    _write(path, text + gap + render_lines(attribute))


def remove_lines(path: Path, attribute: str) -> None:
    """Take our lines for an attribute out again.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    text = _read(path)
    if render_lines(attribute) in text:
        _write(path, text.replace(render_lines(attribute), ""))


def find_other_drivers(repository: Repository, attribute: str) -> dict[str, str]:
    """Return notes that have another value for an attribute than ours, and which, a few at most.

    Raises:
        GitError: git cannot tell.
    """
    listed = os.fsdecode(repository.run("ls-files", "-z")).split("\0")
    notes = [path for path in listed if path.endswith(_NOTE_ENDING)]
    asked = os.fsencode("".join(f"{path}\0" for path in (_PROBE, *notes)))
    said = repository.run("check-attr", "-z", "--stdin", attribute, data=asked)
    found = _parse_values(os.fsdecode(said))
    return {path: value for path, value in found if value not in {_UNSPECIFIED, DRIVER}}


def _parse_values(said: str) -> Iterator[tuple[str, str]]:
    """Yield paths and values from `path NUL attribute NUL value NUL` (git-check-attr(1))."""
    fields = iter(said.split("\0"))
    for path, _attribute, value in zip(fields, fields, fields, strict=False):
        yield path, value


def _read(path: Path) -> str:
    return read_attributes(path).decode("utf-8", "surrogateescape")


def _write(path: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    if not data:
        remove_file(path)
    elif path.exists():
        replace_file(path, data, path.stat().st_mode & 0o777)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, data)
