"""The files of a vault as formulas see them: the notes as they will be once all are refreshed.

A derived property is computed when another note asks for it, once in a run. ``now()`` of another note
is the start of the day, so that all notes which read it see the same.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from vault_sync.engine.reads import (
    ABSENT,
    PROPERTY,
    UNKNOWN,
    Reads,
    read_back,
    write_down,
    write_error,
)
from vault_sync.engine.vault_files import LinkMemory, NoteSource, VaultFiles
from vault_sync.errors import (
    BrokenPromiseError,
    EvaluationError,
    FrontmatterError,
    NoteError,
    OtherNoteError,
)
from vault_sync.files.read import FileFacts, NoteBytes, Signature, decode_note
from vault_sync.formula.values import Link, Tags, Value
from vault_sync.index.notes import Version, digest_of, pack
from vault_sync.note.frontmatter import Block, Frontmatter, read_properties
from vault_sync.plan.governed import find_opt_out
from vault_sync.plan.on_demand import LazyNote, OnDemand, Wanted, describe_circle
from vault_sync.text import NameMap, fold_name
from vault_sync.vault.links import NOTE_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet

    RecallVersions = Callable[[Sequence[str]], Mapping[str, tuple[bytes, bytes]]]

_NOTES_AT_HAND: Final = 512
_WORTHWHILE: Final = 8
"""So many notes are read in the time that it takes to ask the index for them."""


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
        files: knows which files links mean.
        answers: properties that were asked for since the last `update`, by path and name.
    """

    __slots__ = (
        "_alone",
        "_conditions",
        "_demand",
        "_earlier",
        "_known",
        "_notes",
        "_recall_settled",
        "_rules",
        "_signatures",
        "_source",
        "answers",
        "files",
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
        self._conditions = conditions.for_whole_day().with_vault(self)
        reaching = [place for place, one in enumerate(rules) if one.reads_others]
        self._alone = min(reaching, default=len(rules))
        self.owned: Final = frozenset(name for one in rules for name in one.owned)
        self._demand = OnDemand(describe_circle)
        self._notes: dict[str, LazyNote] = {}
        self._known: dict[str, _Known] = {}
        self._signatures: dict[str, Signature | None] = {}
        self._earlier: Reads | None = None
        self._recall_settled: RecallVersions | None = None
        self.files: Final = VaultFiles(self._find_files, self.sign, self._read_links, memory)
        self.answers: Final[dict[tuple[str, str], Answer]] = {}

    def prepare(self, *, has_backlinks: bool) -> None:
        """Do now what the next question would wait for.

        Args:
            has_backlinks: somebody asks which notes link to a file.
        """
        import_module("vault_sync.note.markdown")  # which takes long to load
        self.files.prepare(has_backlinks=has_backlinks)

    def use_earlier(self, reads: Reads | None) -> None:
        """Take in what was read of notes before, on this day and under these rules; None for nothing.

        Notes that have the same bytes by now say the same, so they need not be understood again.
        """
        self._earlier = reads
        unknown = [path for path in reads.values if path not in self._known] if reads else []
        if reads and self._recall_settled and len(unknown) >= _WORTHWHILE:
            for path, (written, digest) in self._recall_settled(unknown).items():
                signature, version = self.sign(path), digest.hex()
                if signature and pack(signature) == written:
                    self._known[path] = _Known(signature, version, {})
                    self._take_earlier(path, reads)

    def remember_versions(self, recall: RecallVersions) -> None:
        """Ask somebody for the versions of notes before these are read; see `recall_settled`."""
        self._recall_settled = recall

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
        paths = {*files}
        moved = self.files.find_moved(paths)
        if moved is None:
            return set()
        known = ((path, one.signature) for path, one in self._known.items())
        return moved | {
            path
            for path, signature in (*known, *self.files.list_signatures())
            if path in paths and path not in scanned and sign(path) != signature
        }

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
            self.files.update_file(path)

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
        return self.files.find(target, source)

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

        note = self.open(path).note
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
        return self.files.list_backlinks(path)

    def _answer(self, path: str, key: str, name: str) -> Answer:
        if path not in self._known and self._earlier and path in self._earlier.values:
            self._recall(path, self._earlier)
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

    def _recall(self, path: str, earlier: Reads) -> None:
        """Take in what was read of a note before, if it has still the same bytes."""
        with suppress(NoteError):
            self._know(self._source.read(path))
            self._take_earlier(path, earlier)

    def _take_earlier(self, path: str, earlier: Reads) -> None:
        known = self._known[path]
        if known.version != earlier.versions.get(path):
            return
        for name, written in earlier.values[path].items():
            if name.startswith(PROPERTY) and self._is_alone(name[1:]):
                value = read_back(written)
                if value is not UNKNOWN:
                    known.answers[fold_name(name[1:])] = _make_answer(value, known.version)

    def _know(self, read: NoteBytes) -> _Known:
        """Return what is known of a version of a note, nothing yet if it is another one."""
        version = digest_of(read.data).hex()
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
            value = _place(self.open(path).find(name), path)
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
        for name in self.open(path).list_names():
            try:
                found[name] = self.find_property(path, name)
            except KeyError:
                continue
        return found

    def _find_files(self) -> Iterable[str]:
        return self._source.list_files()

    def _read_links(self, path: str) -> tuple[list[str], Version | None]:
        """Return the targets of the links of a note, and the version that was read of it."""
        try:
            links = self._list_links(self.open(path).note)
        except EvaluationError:
            return [], None
        targets = [*dict.fromkeys(link.target for link in links if isinstance(link, Link))]
        read = self._known.get(path)
        if read is None:
            return targets, None
        return targets, Version(path, read.signature, bytes.fromhex(read.version))

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

    def open(self, path: str) -> LazyNote:
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
