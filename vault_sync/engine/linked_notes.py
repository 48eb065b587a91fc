"""The files of a vault as formulas see them: the notes as they will be once all are refreshed.

A derived property is computed when another note asks for it, once in a run. ``now()`` of another note
is the start of the day, so that all notes which read it see the same.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from vault_sync.engine.reads import (
    ABSENT,
    PROPERTY,
    UNKNOWN,
    Reads,
    digest_of,
    read_back,
    write_down,
    write_error,
)
from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    FrontmatterError,
    NoteError,
    OtherNoteError,
)
from vault_sync.files.read import FileFacts, decode_note, read_note, stat_note
from vault_sync.formula.values import Link, Tags
from vault_sync.index.notes import Version, render
from vault_sync.index.notes import digest_of as digest_note
from vault_sync.note.frontmatter import Block, Frontmatter, read_properties
from vault_sync.plan.governed import find_opt_out
from vault_sync.plan.on_demand import LazyNote, OnDemand, Wanted, describe_circle
from vault_sync.text import NameMap, fold_name, to_nfc
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
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import NoteBytes, Signature
    from vault_sync.formula.values import Value
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.vault import Vault

_NOTES_AT_HAND: Final = 512
_WORTHWHILE: Final = 8
"""So many notes are read in the time that it takes to ask the index for them."""


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


class Answer(NamedTuple):
    """One property of a note.

    Attributes:
        value: of the property.
        is_there: the note has it.
        written: what stands for the value among what was read.
        version: the digest of the bytes of the note.
    """

    value: Value
    is_there: bool
    written: str
    version: str


class _Known(NamedTuple):
    """Properties of one version of a note that depend on no other note."""

    signature: Signature
    version: str
    answers: dict[str, Answer]


class LinkedNotes:
    """A `VaultView` of notes with their new values; nothing is read before it is asked for.

    Args:
        source: where the files of the vault are.
        rules: the rule sets.
        conditions: the day and the zone.
        memory: knows links of notes from earlier runs.

    Attributes:
        owned: the names of all properties that a rule set owns.
        answers: properties that were asked for since the last `update`, by path and name.
    """

    __slots__ = (
        "_alone",
        "_backlinks",
        "_conditions",
        "_demand",
        "_files",
        "_files_name",
        "_found",
        "_known",
        "_linking",
        "_links",
        "_memory",
        "_notes",
        "_paths",
        "_recall_settled",
        "_rules",
        "_signatures",
        "_source",
        "_told",
        "answers",
        "owned",
    )

    def __init__(
        self,
        source: NoteSource,
        rules: Sequence[RuleSet],
        conditions: Conditions,
        memory: LinkMemory | None = None,
    ) -> None:
        self._source = source
        self._rules = rules
        self._memory = memory
        self._conditions = conditions.for_whole_day().with_vault(self)
        reaching = [place for place, one in enumerate(rules) if one.reads_others]
        self._alone = min(reaching, default=len(rules))
        self.owned: Final = frozenset(name for one in rules for name in one.owned)
        self._demand = OnDemand(describe_circle)
        self._notes: dict[str, LazyNote] = {}
        self._known: dict[str, _Known] = {}
        self._signatures: dict[str, Signature | None] = {}
        self._paths: list[str] | None = None
        self._files: LinkedFiles | None = None
        self._files_name = ""
        self._found: dict[tuple[str, str], str | None] = {}
        self._links: dict[str, _Links] = {}
        self._linking: dict[str, set[str]] = {}
        self._backlinks: dict[str, set[str]] | None = None
        self._told: Reads | None = None
        self._recall_settled: Callable[[Sequence[str]], Mapping[str, tuple[str, bytes]]] | None = (
            None
        )
        self.answers: Final[dict[tuple[str, str], Answer]] = {}

    def prepare(self, *, has_backlinks: bool) -> None:
        """Do now what the next question would wait for.

        Args:
            has_backlinks: somebody asks which notes link to a file.
        """
        import_module("vault_sync.note.markdown")  # which takes long to load
        self._list_files()
        self.name_files()
        if has_backlinks and self._backlinks is None:
            self._backlinks = self._invert_links()

    def tell(self, reads: Reads | None) -> None:
        """Take in what was read of notes before, on this day and under these rules; None for nothing.

        Notes that have the same bytes by now say the same, so they need not be understood again.
        """
        self._told = reads
        unknown = [path for path in reads.values if path not in self._known] if reads else []
        if reads and self._recall_settled and len(unknown) >= _WORTHWHILE:
            for path, (written, digest) in self._recall_settled(unknown).items():
                signature, version = self.sign(path), digest.hex()
                if signature and render(signature) == written:
                    self._known[path] = _Known(signature, version, {})
                    self._take_told(path, reads)

    def remember_versions(
        self, recall: Callable[[Sequence[str]], Mapping[str, tuple[str, bytes]]]
    ) -> None:
        """Ask somebody for the versions of notes before these are read; see `recall_settled`."""
        self._recall_settled = recall

    def remember_links(self, memory: LinkMemory | None) -> None:
        """Ask somebody for the links of notes before these are read; None for nobody."""
        self._memory = memory

    def find_missed(
        self,
        files: Iterable[str],
        scanned: Container[str],
        sign: Callable[[str], Signature | None],
    ) -> set[str]:
        """Return files that came, went or changed since they were looked at.

        Args:
            files: the paths of all that there are by now.
            scanned: notes of which somebody else knows whether they have changed.
            sign: tells what is known of a file unread.
        """
        if self._files is None:
            return set()
        paths = {*files}
        read = [*self._known.items(), *(self._links.items() if self._backlinks is not None else ())]
        others = [(path, known) for path, known in read if path in paths and path not in scanned]
        missed = {*self._files.paths()} ^ paths
        return missed | {path for path, known in others if sign(path) != known.signature}

    def update(self, source: NoteSource) -> None:
        """Look at the vault as it is by now; files that may have changed are to be dropped, too."""
        self._source = source
        self._demand.forget()
        self._signatures.clear()
        self.answers.clear()

    def drop(self, changed: Iterable[str]) -> None:
        """Forget what files say that may have changed, come or gone since the last `update`."""
        for path in changed:
            self._notes.pop(path, None)
            self._known.pop(path, None)
            self._update_file(path)

    def note_written(self, path: str, before: str, signature: Signature, after: str) -> None:
        """Take in that a refresh has written a note: its properties have the values they were to have.

        Args:
            path: of the note.
            before: the digest of the bytes that it had.
            signature: of the version that was written.
            after: the digest of its bytes.
        """
        known = self._known.pop(path, None)
        self._notes.pop(path, None)
        self._signatures.pop(path, None)
        if known and known.version == before:
            answers = {key: answer._replace(version=after) for key, answer in known.answers.items()}
            self._known[path] = _Known(signature, after, answers)

    def describe(self) -> str:
        """Return what is another text where other notes are left alone."""
        return self._source.describe()

    def list_read(self, path: str, name: str) -> list[str]:
        """Return the paths of the files that a derived property of a note is made of, sorted."""
        recorded = RecordedNotes(self)
        note = self._open(path)
        with suppress(KeyError, EvaluationError):
            note.look_into(recorded, OnDemand(describe_circle)).find(name)
        reads = recorded.reads
        found = {*reads.values, *(linked for linked in reads.names.values() if linked)}
        return sorted(found.union(*map(self.list_backlinks, reads.backlinks)))

    def sign(self, path: str) -> Signature | None:
        """Return what is known of a file unread; it is looked at once until the next `update`."""
        if path not in self._signatures:
            self._signatures[path] = self._source.sign(path)
        return self._signatures[path]

    def find_version(self, path: str) -> str:
        """Return the digest of the bytes of a note that was read; empty where it was not."""
        known = self._known.get(path)
        return known.version if known else ""

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        asked = target, source
        if asked not in self._found:
            self._found[asked] = self._list_files().find(target, source)
        return self._found[asked]

    def read_fact(self, path: str, fact: str) -> Value:
        """Return a fact of a file by its name in the language.

        Raises:
            OtherNoteError: it cannot be told.
        """
        if fact in {"size", "mtime", "ctime"}:
            return self._tell_of_file(path, fact)
        if fact == "properties":
            return self._read_all(path)
        from vault_sync.note import markdown  # noqa: PLC0415 - takes long to load

        note = self._open(path).note
        if fact == "tags":
            return markdown.list_tags(note, self._find_or_none(path, "tags"))
        links = self._list_links(note) if fact == "links" else markdown.list_embeds(note)
        return _place(links, path)

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note, the new value of a derived one.

        Raises:
            KeyError: the note will have none of this name.
            OtherNoteError: it cannot be told.
        """
        answer = self.answers.get((path, name)) or self.ask(path, name)
        if not answer.is_there:
            raise KeyError(name)
        return answer.value

    def ask(self, path: str, name: str) -> Answer:
        """Return what `find_property` gives; it is not asked for again before the next `update`.

        Raises:
            OtherNoteError: it cannot be told.
        """
        answer = self.answers[path, name] = self._answer(path, fold_name(name), name)
        return answer

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file, sorted; unreadable notes do not."""
        if self._backlinks is None:
            self._backlinks = self._invert_links()
        return sorted(self._backlinks.get(to_nfc(path), ()))

    def _answer(self, path: str, key: str, name: str) -> Answer:
        if path not in self._known and self._told and path in self._told.values:
            self._recall(path, self._told)
        known = self._known.get(path)
        answer = known.answers.get(key) if known else None
        if known and answer and known.signature == self.sign(path):
            return answer
        try:
            value = self._demand.find(Wanted(path, None, key), partial(self._look, path, name))
        except OtherNoteError:
            raise
        except EvaluationError as error:
            raise OtherNoteError(f"`{name}` of {path} has no value: {error}") from None
        answer = _make_answer(value, self.find_version(path))
        if self._is_alone(name):
            self._keep(path, key, answer)
        return answer

    def _is_alone(self, name: str) -> bool:
        """Say whether a property of this name depends on one note alone."""
        return not any(name in rules.owned for rules in self._rules[self._alone :])

    def _recall(self, path: str, told: Reads) -> None:
        """Take in what was read of a note before, if it has still the same bytes."""
        with suppress(NoteError):
            self._know(self._source.read(path))
            self._take_told(path, told)

    def _take_told(self, path: str, told: Reads) -> None:
        known = self._known[path]
        if known.version != told.versions.get(path):
            return
        for name, written in told.values[path].items():
            if name.startswith(PROPERTY) and self._is_alone(name[1:]):
                value = read_back(written)
                if value is not UNKNOWN:
                    known.answers[fold_name(name[1:])] = _make_answer(value, known.version)

    def _know(self, read: NoteBytes) -> _Known:
        """Return what is known of a version of a note, nothing yet if it is another one."""
        version = digest_note(read.data).hex()
        known = self._known.get(read.path)
        if known is None or known[:2] != (read.signature, version):
            known = self._known[read.path] = _Known(read.signature, version, {})
        return known

    def _keep(self, path: str, key: str, answer: Answer) -> None:
        """Keep what depends on one note alone for as long as that stays as it is."""
        known = self._known.get(path)
        if known and known.signature == self.sign(path):
            known.answers[key] = answer

    def _look(self, path: str, name: str) -> object:
        try:
            value = _place(self._open(path).find(name), path)
        except KeyError:
            return ABSENT
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
            self._paths = [*self._source.list_files()]
        return self._paths

    def _update_file(self, path: str) -> None:
        """Take in that a file may have come, gone or got other links.

        Of the links of other notes only those can lead elsewhere that name a file as this one is named.
        """
        is_there = self.sign(path) is not None
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
        signature = self.sign(note)
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
        recalled = self._memory.recall_links(path, signature) if self._memory else None
        if recalled is not None:
            return recalled
        try:
            links = self._list_links(self._open(path).note)
        except EvaluationError:
            return []
        targets = [*dict.fromkeys(link.target for link in links if isinstance(link, Link))]
        read = self._known.get(path)
        if self._memory and read and read.signature == signature:
            version = Version(path, signature, bytes.fromhex(read.version))
            self._memory.keep_links(version, targets)
        return targets

    def _list_links(self, note: Frontmatter) -> list[Value]:
        """Return the links of a note; what formulas own is left out, or no value would settle."""
        from vault_sync.note.markdown import list_links  # noqa: PLC0415 - takes long to load

        return list_links(note, {note.properties.spell(name) for name in self.owned})

    def _tell_of_file(self, path: str, fact: str) -> Value:
        return FileFacts(self._sign(path), self._conditions, self._source.place(path))(fact)

    def _sign(self, path: str) -> Signature:
        signature = self.sign(path)
        if signature is None:
            raise OtherNoteError(f"{path} cannot be looked at.")
        return signature

    def _open(self, path: str) -> LazyNote:
        """Return a note as it is by now; some hundred are kept at hand."""
        known = self._known.get(path)
        if known and known.signature != self.sign(path):
            self._notes.pop(path, None)
        if path not in self._notes:
            if len(self._notes) >= _NOTES_AT_HAND:
                del self._notes[next(iter(self._notes))]
            self._notes[path] = self._read(path)
        return self._notes[path]

    def _read(self, path: str) -> LazyNote:
        if not path.endswith(NOTE_ENDING):
            return self._make(_without_properties(""), path, ())
        try:
            read = self._source.read(path)
            self._know(read)
            text = decode_note(read.data)
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
            from vault_sync.plan.explain import mend_text  # noqa: PLC0415 - few notes are broken

            facts = FileFacts(self._sign(path), self._conditions, self._source.place(path))
            return read_properties(mend_text(text, path, self._rules, self._conditions, facts))

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


class RecordedNotes:
    """A `VaultView` that writes down what it is asked.

    Attributes:
        view: gives the answers.
        reads: what was asked since `begin`.
        before: gives what was read for a note before, on this day and under these rules.
    """

    __slots__ = ("_names", "_path", "before", "reads", "view")

    def __init__(self, view: LinkedNotes) -> None:
        self.view: Final = view
        self.reads = Reads()
        self.before: Callable[[str], Reads | None] = lambda _path: None
        self._path = ""
        self._names: dict[tuple[str, str], str | None] = {}

    def begin(self, path: str) -> None:
        """Write down anew: another note is looked at."""
        self.reads = Reads()
        self._path = path
        self.view.tell(self.before(path))

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        asked, names = (target, source), self.reads.names
        if asked in names:
            return names[asked]
        if not names:
            self.reads.files = self.view.name_files()
            before = self.before(self._path)
            self._names = before.names if before and before.files == self.reads.files else {}
        path = names[asked] = (
            self._names[asked] if asked in self._names else self.view.find(target, source)
        )
        return path

    def read_fact(self, path: str, fact: str) -> Value:
        """Return a fact of a file; see `VaultView`."""
        values = self.reads.values.setdefault(path, {})
        try:
            value = self.view.read_fact(path, fact)
        except EvaluationError as error:
            values[fact] = write_error(error)
            raise
        finally:
            self.reads.versions[path] = self.view.find_version(path)
        values[fact] = write_down(value)
        return value

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note; see `VaultView`."""
        values = self.reads.values.setdefault(path, {})
        answer = self.view.answers.get((path, name))
        try:
            answer = answer or self.view.ask(path, name)
        except EvaluationError as error:
            values[PROPERTY + name] = write_error(error)
            self.reads.versions[path] = self.view.find_version(path)
            raise
        values[PROPERTY + name] = answer.written
        self.reads.versions[path] = answer.version
        if not answer.is_there:
            raise KeyError(name)
        return answer.value

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file; see `VaultView`."""
        found = self.view.list_backlinks(path)
        self.reads.backlinks[path] = digest_of(found)
        return found


def _replace_links(
    backlinks: dict[str, set[str]], note: str, before: set[str], after: set[str]
) -> None:
    """Let backlinks say where a note links to by now."""
    for target in before - after:
        backlinks[target].discard(note)
    for target in after - before:
        backlinks.setdefault(target, set()).add(note)


def _make_answer(value: object, version: str) -> Answer:
    """Return the answer that is a value, or `ABSENT`."""
    if value is ABSENT:
        return Answer(None, is_there=False, written=write_error(KeyError()), version=version)
    return Answer(cast("Value", value), True, write_down(value), version)  # noqa: FBT003 - is_there


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
