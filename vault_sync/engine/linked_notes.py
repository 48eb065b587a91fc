"""The files of a vault as formulas see them: the notes as they will be once all are refreshed.

A derived property is computed when another note asks for it, once in a run. ``now()`` of another note
is the start of the day, so that all notes which read it see the same.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from vault_sync.engine.file_facts import FileFacts
from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    FrontmatterError,
    NoteError,
    OtherNoteError,
)
from vault_sync.files.read import read_note, stat_note
from vault_sync.formula.values import Link, Tags
from vault_sync.note.decode import decode_note
from vault_sync.note.frontmatter import Block, Frontmatter
from vault_sync.note.references import list_embeds, list_links, list_tags
from vault_sync.plan.governed import find_opt_out, read_properties
from vault_sync.plan.lazy_note import LazyNote, Wanted, describe_circle
from vault_sync.plan.on_demand import OnDemand
from vault_sync.plan.planner import plan_note
from vault_sync.text import NameMap, fold_name, to_nfc
from vault_sync.vault.links import NOTE_ENDING, LinkedFiles
from vault_sync.vault.vault import why_ignored
from vault_sync.vault.walk import list_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes, Signature
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.vault import Vault

_NOTES_AT_HAND: Final = 512
_MISSING: Final = object()


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

    def is_left_alone(self, path: str) -> bool:
        """Say whether no rule is asked about a note."""


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

    def is_left_alone(self, path: str) -> bool:
        """Say whether the vault leaves a note alone."""
        return why_ignored(self._vault, path) is not None


class LinkedNotes:
    """A `VaultView` of notes with their new values; nothing is read before it is asked for."""

    __slots__ = (
        "_alone",
        "_backlinks",
        "_conditions",
        "_demand",
        "_files",
        "_notes",
        "_owned",
        "_paths",
        "_rules",
        "_source",
    )

    def __init__(
        self, source: NoteSource, rules: Sequence[RuleSet], conditions: Conditions
    ) -> None:
        """Look at a vault.

        Args:
            source: where its files are.
            rules: the rule sets.
            conditions: the day and the zone.
        """
        self._source = source
        self._rules = rules
        self._conditions = conditions.for_whole_day().with_vault(self)
        reaching = [place for place, one in enumerate(rules) if one.reads_others]
        self._alone = min(reaching, default=len(rules))
        self._owned = frozenset(name for one in rules for name in one.owned)
        self._demand = OnDemand(describe_circle)
        self._notes: dict[str, LazyNote] = {}
        self._paths: list[str] | None = None
        self._files: LinkedFiles | None = None
        self._backlinks: dict[str, list[str]] | None = None

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        if self._files is None:
            self._files = LinkedFiles(self._list_paths())
        return self._files.find(target, source)

    def read_fact(self, path: str, fact: str) -> Value:
        """Return a fact of a file by its name in the language.

        Raises:
            OtherNoteError: it cannot be told.
        """
        if fact in {"size", "mtime", "ctime"}:
            return self._tell_of_file(path, fact)
        if fact == "properties":
            return self._read_all(path)
        note = self._open(path).note
        if fact == "tags":
            return list_tags(note, self._find_or_none(path, "tags"))
        links = self._list_links(note) if fact == "links" else list_embeds(note)
        return _place(links, path)

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note, the new value of a derived one.

        Raises:
            KeyError: the note will have none of this name.
            OtherNoteError: it cannot be told.
        """
        wanted = Wanted(path, None, fold_name(name))
        try:
            value: Value = self._demand.find(wanted, partial(self._find_property, path, name))
        except OtherNoteError:
            raise
        except EvaluationError as error:
            raise OtherNoteError(f"`{name}` of {path} has no value: {error}") from None
        if value is _MISSING:
            raise KeyError(name)
        return value

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file, sorted; unreadable notes do not."""
        if self._backlinks is None:
            self._backlinks = self._invert_links()
        return self._backlinks.get(to_nfc(path), [])

    def _find_property(self, path: str, name: str) -> object:
        try:
            value = _place(self._open(path).find(name), path)
        except KeyError:
            return _MISSING
        return Tags(value) if isinstance(value, list) and name.lower() == "tags" else value

    def _find_or_none(self, path: str, name: str) -> Value:
        try:
            return self.find_property(path, name)
        except KeyError:
            return None

    def _read_all(self, path: str) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name in self._open(path).list_names():
            try:
                found[name] = self.find_property(path, name)
            except KeyError:
                continue
        return found

    def _invert_links(self) -> dict[str, list[str]]:
        backlinks: dict[str, list[str]] = {}
        for note in self._list_paths():
            for path in self._list_targets(note) if note.endswith(NOTE_ENDING) else ():
                backlinks.setdefault(to_nfc(path), []).append(note)
        return backlinks

    def _list_targets(self, note: str) -> set[str]:
        try:
            links = self._list_links(self._open(note).note)
        except EvaluationError:
            return set()
        found = (self.find(link.target, note) for link in links if isinstance(link, Link))
        return {path for path in found if path is not None}

    def _list_links(self, note: Frontmatter) -> list[Value]:
        """Return the links of a note; what formulas own is left out, or no value would settle."""
        return list_links(note, {note.properties.spell(name) for name in self._owned})

    def _list_paths(self) -> list[str]:
        if self._paths is None:
            self._paths = sorted(self._source.list_files())
        return self._paths

    def _tell_of_file(self, path: str, fact: str) -> Value:
        return FileFacts(self._sign(path), self._conditions)(fact)

    def _sign(self, path: str) -> Signature:
        signature = self._source.sign(path)
        if signature is None:
            raise OtherNoteError(f"{path} cannot be looked at.")
        return signature

    def _open(self, path: str) -> LazyNote:
        """Return a note; some hundred are kept at hand."""
        if path not in self._notes:
            if len(self._notes) >= _NOTES_AT_HAND:
                del self._notes[next(iter(self._notes))]
            self._notes[path] = self._read(path)
        return self._notes[path]

    def _read(self, path: str) -> LazyNote:
        if not path.endswith(NOTE_ENDING):
            return self._make(_without_properties(""), path, ())
        try:
            text = decode_note(self._source.read(path).data)
            found = self._read_text(text, path)
        except (NoteError, BrokenPromiseError) as error:
            raise OtherNoteError(f"{path} cannot be read: {error}") from error
        if found is None:
            return self._make(_without_properties(text), path, ())
        is_left_alone = find_opt_out(found) or self._source.is_left_alone(path)
        return self._make(found, path, () if is_left_alone else self._rules)

    def _read_text(self, text: str, path: str) -> Frontmatter | None:
        """Return the properties of a note, mended where a refresh would do so."""
        try:
            return read_properties(text)
        except FrontmatterError:
            if self._source.is_left_alone(path):
                raise
            facts = FileFacts(self._sign(path), self._conditions)
            mended = plan_note(text, path, self._rules, self._conditions, facts).text
            return read_properties(mended)

    def _make(self, note: Frontmatter, path: str, rules: Sequence[RuleSet]) -> LazyNote:
        return LazyNote(
            note,
            path,
            rules=rules,
            alone=min(self._alone, len(rules)),
            conditions=self._conditions,
            facts=partial(self._tell_of_file, path),
            demand=self._demand,
        )


def _without_properties(text: str) -> Frontmatter:
    """Return a note that is all text."""
    start = "---\n"
    block = Block(len(start), len(start), "\n")
    return Frontmatter(f"{start}---\n{text}", block, NameMap(), is_flow=False, indent=0)


def _place(value: Value, path: str) -> Value:
    """Return a value whose links know the note that they stand in."""
    if isinstance(value, Link):
        return Link(value.target, value.display, path)
    if isinstance(value, list):
        return [_place(element, path) for element in value]
    if isinstance(value, dict):
        return {name: _place(element, path) for name, element in value.items()}
    return value
