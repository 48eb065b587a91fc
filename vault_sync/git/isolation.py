"""A repository in which git starts no program but the one that we hand over.

A git that compares files with an index, or writes an index, may start programs that the configuration and
the attributes name: filters of any name, hooks, monitors, and what a future git will know. So for these
calls git finds another configuration in place of the repository's, the user's and the system's: only
settings that say how files and indexes look, each on our list, copied as they are. The index, HEAD and the
objects are the repository's own. Source: git(1), `GIT_COMMON_DIR`; git-config(1).
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.files.export import create_file, make_scratch, remove_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vault_sync.git.repository import Repository


LIST_SETTINGS: Final = ("config", "-z", "--list")
FILTER_SETTING: Final = "filter.vault-sync.process"
_COPIED: Final = frozenset(
    {
        "core.attributesfile", "core.autocrlf", "core.bigfilethreshold", "core.checkroundtripencoding",
        "core.checkstat", "core.eol", "core.filemode", "core.fscache", "core.hidedotfiles",
        "core.ignorecase", "core.ignorestat", "core.longpaths", "core.precomposeunicode",
        "core.preloadindex", "core.protecthfs", "core.protectntfs", "core.sharedrepository",
        "core.sparsecheckout", "core.sparsecheckoutcone", "core.splitindex", "core.symlinks",
        "core.trustctime", "extensions.objectformat", "index.skiphash", "index.sparse", "index.threads",
        "index.version", "splitindex.maxpercentchange", "splitindex.sharedindexexpire",
    }
)  # fmt: skip
"""Settings of which none names a program."""
_FIXED: Final = (("core.repositoryformatversion", "1"), ("core.safecrlf", "false"))
_SPECIAL: Final = re.compile(r'["\\]')


@contextmanager
def isolate(
    repository: Repository, settings: Mapping[str, str | None], command: str = ""
) -> Iterator[Repository]:
    """Yield the same repository, in which git starts no program, or our filter alone.

    Refs are not seen in it: HEAD is a commit only where it is detached.

    Args:
        repository: whose index, objects and work tree count.
        settings: all that counts there; see `read_settings`.
        command: of our filter, as the shell takes it; empty where no filter shall be asked.

    Raises:
        GitError: there is no place for the other configuration.
    """
    copied = ((name, value) for name, value in settings.items() if name in _COPIED)
    ours = ((FILTER_SETTING, command),) if command else ()
    config = "".join(_render(*setting) for setting in (*copied, *_FIXED, *ours))
    with ExitStack() as stack:
        try:
            attributes = read_attributes(attributes_file(repository))
            files = {"config": os.fsencode(config), "info/attributes": attributes, "refs/none": b""}
            folder = stack.enter_context(make_scratch(files))
        except OSError as error:
            message = f"git's settings cannot be copied ({error.strerror})."
            raise GitError(message) from error
        yield repository._replace(isolated_in=folder)


def read_settings(repository: Repository) -> dict[str, str | None]:
    """Return all settings that count in a repository, the last one of each name.

    Raises:
        GitError: the configuration cannot be read.
    """
    return parse_settings(repository.run(*LIST_SETTINGS))


def parse_settings(listed: bytes) -> dict[str, str | None]:
    """Return what `LIST_SETTINGS` told; a name without a value, which means yes, has None."""
    settings: dict[str, str | None] = {}
    for setting in os.fsdecode(listed).split("\0")[:-1]:
        name, separator, value = setting.partition("\n")
        settings[name] = value if separator else None
    return settings


def _render(name: str, value: str | None) -> str:
    """Return a setting as a configuration file has it (git-config(1), "Syntax")."""
    section, _, rest = name.partition(".")
    subsection, _, key = rest.rpartition(".")
    head = f'[{section} "{subsection}"]' if subsection else f"[{section}]"
    if value is None:
        return f"{head}\n\t{key}\n"
    quoted = _SPECIAL.sub(lambda found: "\\" + found[0], value).replace("\n", "\\n")
    return f'{head}\n\t{key} = "{quoted}"\n'


# Our lines in `$GIT_DIR/info/attributes`, put in and taken out without touching any other.
#
# That file is a person's own: it is not committed, so clones are not affected, and all linked
# worktrees share it (gitattributes(5)). It counts more than any `.gitattributes`, which is why
# `find_other_drivers` looks first whether notes have another filter or merge driver that would be displaced.

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
