"""The files of a vault: where they are read, which of them a link means, and which notes link to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from vault_sync.files.read import read_note, stat_note
from vault_sync.text import to_nfc
from vault_sync.vault.links import (
    NOTE_ENDING,
    LinkedFiles,
    digest_paths,
    list_name_keys,
    name_key,
)
from vault_sync.vault.vault import why_ignored
from vault_sync.vault.walk import list_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes, Signature
    from vault_sync.index.notes import Version
    from vault_sync.vault.vault import Vault


class NoteSource(Protocol):
    """Where the files of a vault are: on the disk, or in what is staged."""

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files that Obsidian would see."""

    def read(self, path: str) -> NoteBytes:
        """Return a note.

        Raises:
            NoteError: it cannot be read.
        """

    def sign(self, path: str) -> Signature | None:
        """Return what is known of a file unread, None where there is none."""

    def place(self, path: str) -> str | None:
        """Return the path of a file on the disk, None where it is not there."""

    def is_left_alone(self, path: str) -> bool:
        """Say whether no rule is asked about a note."""

    def describe(self) -> str:
        """Return what is another text where other notes are left alone."""


class DiskNotes:
    """The files of a vault on the disk."""

    __slots__ = ("_root", "_vault")

    def __init__(self, vault: Vault, root: VaultFolder) -> None:
        self._vault = vault
        self._root = root

    def list_files(self) -> Iterable[str]:
        """Return the paths of all files that Obsidian sees."""
        return list_files(self._vault.root)

    def read(self, path: str) -> NoteBytes:
        """Return a note.

        Raises:
            NoteError: it cannot be read.
        """
        return read_note(self._root, path)

    def sign(self, path: str) -> Signature | None:
        """Return what the file system tells of a file."""
        return stat_note(self._root.path, path)

    def place(self, path: str) -> str:
        """Return the path of a file on the disk."""
        return f"{self._root.path}/{path}"

    def is_left_alone(self, path: str) -> bool:
        """Say whether the vault leaves a note alone."""
        return why_ignored(self._vault, path) is not None

    def describe(self) -> str:
        """Return what is another text where other notes are left alone."""
        rules = self._vault.rules
        patterns = rules.patterns.texts if rules.patterns else ()
        excluded = (rules.excluded_starts, rules.excluded_regexps)
        templates = [sorted(part) for part in rules.templates]
        return repr((patterns, templates, *excluded))


class LinkMemory(Protocol):
    """Knows the links of notes that have not changed since they were read."""

    def recall_links(self, path: str, signature: Signature) -> list[str] | None:
        """Return the targets of the links of a version of a note, None where it is not known."""

    def keep_links(self, version: Version, targets: list[str]) -> None:
        """Keep the targets of the links of a note that was read."""


class _Links(NamedTuple):
    """Where the links of one version of a note lead, as they are written."""

    signature: Signature
    targets: list[str]


class VaultFiles:
    """Which file of a vault a link means, and which notes link to a file.

    Args:
        find_files: gives the paths of all files that Obsidian sees.
        sign: tells what is known of a file unread.
        read_links: gives the targets of the links of a note, and the version that was read of it.
        memory: knows links of notes from earlier runs.

    Attributes:
        memory: the same; it may be another one from some time on, or nobody.
    """

    __slots__ = (
        "_backlinks",
        "_files",
        "_files_name",
        "_find_files",
        "_found",
        "_linking",
        "_links",
        "_paths",
        "_read_links",
        "_sign",
        "memory",
    )

    def __init__(
        self,
        find_files: Callable[[], Iterable[str]],
        sign: Callable[[str], Signature | None],
        read_links: Callable[[str], tuple[list[str], Version | None]],
        memory: LinkMemory | None,
    ) -> None:
        self.memory = memory
        self._find_files = find_files
        self._sign = sign
        self._read_links = read_links
        self._paths: list[str] | None = None
        self._files: LinkedFiles | None = None
        self._files_name = ""
        self._found: dict[tuple[str, str], str | None] = {}
        self._links: dict[str, _Links] = {}
        self._linking: dict[str, set[str]] = {}
        self._backlinks: dict[str, set[str]] | None = None

    def prepare(self, *, has_backlinks: bool) -> None:
        """Do now what the next question would wait for.

        Args:
            has_backlinks: somebody asks which notes link to a file.
        """
        self._list_files()
        if has_backlinks and self._backlinks is None:
            self._backlinks = self._invert_links()

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        asked = target, source
        if asked not in self._found:
            self._found[asked] = self._list_files().find(target, source)
        return self._found[asked]

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file, sorted; unreadable notes do not."""
        if self._backlinks is None:
            self._backlinks = self._invert_links()
        return sorted(self._backlinks.get(to_nfc(path), ()))

    def find_moved(self, paths: set[str]) -> set[str] | None:
        """Return which files came or went since they were listed, None where they never were.

        Args:
            paths: of all files that there are by now.
        """
        return None if self._files is None else {*self._files.paths()} ^ paths

    def list_signatures(self) -> Iterator[tuple[str, Signature]]:
        """Yield the notes whose links are known, with what was known of them unread."""
        if self._backlinks is not None:
            yield from ((path, links.signature) for path, links in self._links.items())

    def name_files(self) -> str:
        """Return what is another text where the vault has other files."""
        if self._files:
            return self._files.digest()
        if not self._files_name:
            self._files_name = digest_paths(self._list_paths())
        return self._files_name

    def list_notes(self) -> set[str]:
        """Return the paths of all notes, also of those that rules leave alone."""
        paths = self._files.paths() if self._files else self._list_paths()
        return {path for path in paths if path.endswith(NOTE_ENDING)}

    def _list_files(self) -> LinkedFiles:
        if self._files is None:
            self._found.clear()
            self._files = LinkedFiles(self._list_paths())
        return self._files

    def _list_paths(self) -> list[str]:
        if self._paths is None:
            self._paths = [*self._find_files()]
        return self._paths

    def update_file(self, path: str) -> None:
        """Take in that a file may have come, gone or got other links.

        Of the links of other notes only those can lead elsewhere that name a file as this one is named.
        """
        is_there = self._sign(path) is not None
        if self._files is None:
            self._backlinks = self._paths = None
            self._files_name = ""
            return
        is_moved = (path in self._files) != is_there
        linking = self._list_linking(path) if is_moved else {path}
        before = {note: self._resolve_known(note) for note in linking}
        if is_moved:
            (self._files.add if is_there else self._files.remove)(path)
            self._found.clear()
        if self._backlinks is not None:
            for note, targets in before.items():
                _replace_links(self._backlinks, note, targets, self._list_targets(note))
        if not is_there:
            self._links.pop(path, None)

    def _list_linking(self, path: str) -> set[str]:
        return {path, *self._linking.get(name_key(path), ())}

    def _resolve_known(self, note: str) -> set[str]:
        return self._resolve(self._links[note].targets, note) if note in self._links else set()

    def _invert_links(self) -> dict[str, set[str]]:
        backlinks: dict[str, set[str]] = {}
        for note in self._list_files().paths():
            for target in self._list_targets(note):
                backlinks.setdefault(target, set()).add(note)
        return backlinks

    def _list_targets(self, note: str) -> set[str]:
        """Return the paths, in NFC, of the files that a note links to."""
        signature = self._sign(note)
        known = self._links.get(note)
        if signature is None or not note.endswith(NOTE_ENDING):
            return set()
        if known is None or known.signature != signature:
            known = self._links[note] = _Links(signature, self._read_targets(note, signature))
            for key in {key for target in known.targets for key in list_name_keys(target)}:
                self._linking.setdefault(key, set()).add(note)
        return self._resolve(known.targets, note)

    def _resolve(self, targets: Iterable[str], note: str) -> set[str]:
        found = (self.find(target, note) for target in targets)
        return {to_nfc(path) for path in found if path is not None}

    def _read_targets(self, path: str, signature: Signature) -> list[str]:
        recalled = self.memory.recall_links(path, signature) if self.memory else None
        if recalled is not None:
            return recalled
        targets, version = self._read_links(path)
        if self.memory and version and version.signature == signature:
            self.memory.keep_links(version, targets)
        return targets


def _replace_links(
    backlinks: dict[str, set[str]], note: str, before: set[str], after: set[str]
) -> None:
    """Let backlinks say where a note links to by now."""
    for target in before - after:
        backlinks[target].discard(note)
    for target in after - before:
        backlinks.setdefault(target, set()).add(note)
