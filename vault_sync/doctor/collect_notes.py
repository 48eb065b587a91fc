"""Looks at every note once, and keeps counts and the first few places only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vault_sync.doctor.facts import NoteFacts, Occurrences, ValueKind
from vault_sync.errors import BrokenPromiseError, FrontmatterError, NoteError, NoteTooLargeError
from vault_sync.files.read import FileFacts, NoteBytes, decode_note, read_note
from vault_sync.note.frontmatter import FIRST_LINE, Frontmatter, find_block
from vault_sync.note.post import read_post
from vault_sync.note.values import Storable, Stored, is_date_text, resolve_plain
from vault_sync.note.yaml_nodes import Node, Scalar, YamlMapping, YamlSequence
from vault_sync.plan.evaluation import Conditions, Failure
from vault_sync.plan.explain import mend_text
from vault_sync.plan.governed import OPT_OUT, LeftAlone, govern, match_names, refuse_second_colon
from vault_sync.rules.sources import Mode
from vault_sync.text import NameMap, fold_name, fold_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.plan.governed import GovernedNote
    from vault_sync.rules.ruleset import RuleSet

_MAX_NAMES: Final = 10_000
_MAX_TRIED: Final = 200
_MAX_REASONS: Final = 100
_OTHERS: Final = "There are problems of yet other kinds."
_BOXES: Final = frozenset({"true", "false"})
_STORED_KINDS: Final = {
    "text": ValueKind.TEXT,
    "number": ValueKind.NUMBER,
    "checkbox": ValueKind.CHECKBOX,
    "date": ValueKind.DATE,
}


@dataclass(slots=True)
class NoteScan:
    """A look at the notes of a vault.

    Attributes:
        root: the vault.
        rules: its rule sets.
        conditions: the day, the zone and Obsidian's types.
        facts: what was seen so far.
    """

    root: VaultFolder
    rules: tuple[RuleSet, ...]
    conditions: Conditions
    facts: NoteFacts = field(default_factory=NoteFacts)
    _tried: int = 0
    _names: NameMap[None] = field(default_factory=NameMap)
    _derived: NameMap[None] = field(default_factory=NameMap)
    _without_blanks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owned = (entry for rules in self.rules for entry in rules.owned.values())
        self._derived.update((entry.name, None) for entry in owned if entry.mode is Mode.DERIVE)
        self._names.update((name, None) for rules in self.rules for name in sorted(rules.names))
        self._names[OPT_OUT] = None
        self._without_blanks.update((_leave_out_blanks(name), name) for name in self._names)

    def look(self, paths: Iterable[str]) -> NoteFacts:
        """Look at notes and return what they show together."""
        for path in paths:
            self.facts.seen += 1
            try:
                self._look(read_note(self.root, path))
            except NoteTooLargeError as error:
                self.facts.too_large.add(path)
                self.facts.not_read.append((path, error.problem))
            except NoteError as error:
                self._refuse(path, error.problem)
        return self.facts

    def _look(self, note: NoteBytes) -> None:
        self.facts.newest = max(self.facts.newest, note.signature.mtime_ns / 1e9)
        text = decode_note(note.data)
        facts = FileFacts(note.signature, self.conditions, f"{self.root.path}/{note.path}")
        try:
            found = read_post(text).note
        except FrontmatterError as error:
            if self._is_mended(text, note.path, facts):
                self.facts.named += 1
                return
            if error.problem.property is None:
                raise
            self.facts.duplicates.add(_locate(note.path, error.problem.line))
            self.facts.not_read.append((note.path, error.problem))
            return
        if found is None or self._names.keys().isdisjoint(map(self._names.spell, found.properties)):
            self._find_stray(text, note.path)
        else:
            self.facts.named += 1
        if found is None:
            return
        self._take(found, note.path)
        refuse_second_colon(found, self.rules)
        governed = govern(found, note.path, self.rules, self.conditions, facts)
        if isinstance(governed, LeftAlone):
            self.facts.opted_out += 1
            return
        if self._tried < _MAX_TRIED:
            self._try_formulas(governed, note.path)
        self._take_unread(governed, note.path)

    def _take_unread(self, governed: GovernedNote, path: str) -> None:
        for rules in self.rules:
            if rules.study and governed.is_admitted(rules):
                governed.check_study_values(rules)
        for problem in governed.unread.values():
            _add_problem(self.facts.unread, path, problem)

    def _find_stray(self, text: str, path: str) -> None:
        line = find_stray_properties(text, self.rules)
        if line:
            self.facts.stray.add(_locate(path, line))

    def _is_mended(self, text: str, path: str, facts: FileFacts) -> bool:
        """Say whether a refresh puts a note right that cannot be read."""
        try:
            mend_text(text, path, self.rules, self.conditions, facts)
        except (FrontmatterError, BrokenPromiseError):
            return False
        return True

    def _take(self, found: Frontmatter, path: str) -> None:
        kinds = self.facts.kinds
        for name, each in found.properties.items():
            place = _locate(path, each.key.line + FIRST_LINE)
            if name != each.key.text:  # names are kept in NFC
                self.facts.decomposed.add(place)
            elif self._names.spell(name) != name:
                self.facts.respelled.setdefault(name, Occurrences()).add(place)
            elif name not in self._names and find_slip(name, self._derived):
                self.facts.slipped.setdefault(name, Occurrences()).add(place)
            elif name not in self._names and (
                meant := self._without_blanks.get(_leave_out_blanks(name))
            ):
                self.facts.spaced.setdefault((name, meant), Occurrences()).add(place)
            kind = find_kind(each.value)
            if kind and (name in kinds or len(kinds) < _MAX_NAMES):
                kinds.setdefault(name, {}).setdefault(kind, Occurrences()).add(place)

    def _try_formulas(self, governed: GovernedNote, path: str) -> None:
        """Take what kinds of values the formulas give to properties that have a type in Obsidian."""
        for ruling in governed.list_rulings():
            self._tried += 1
            for entry in ruling.rules.owned.values():
                if entry.mode is Mode.DERIVE and entry.name in self.conditions.types:
                    stored = governed.fit(entry, ruling.results[entry.name])
                    if not isinstance(stored, Failure):
                        kinds = self.facts.written.setdefault(entry.name, {})
                        kinds.setdefault(_kind_of(stored), Occurrences()).add(path)

    def _refuse(self, path: str, problem: Problem) -> None:
        _add_problem(self.facts.refused, path, problem)
        self.facts.not_read.append((path, problem))


def _add_problem(known: dict[str, Occurrences], path: str, problem: Problem) -> None:
    is_named = problem.message in known or len(known) < _MAX_REASONS
    reason = problem.message if is_named else _OTHERS
    known.setdefault(reason, Occurrences()).add(_locate(path, problem.line))


def find_slip(name: str, derived: Container[str]) -> str:
    """Return the derived property whose name is one with digits before it, empty for none.

    A merge letter by letter moves the last digit of a value over the end of its line: ``0사이: "1"``.
    """
    digits = len(name) - len(name.lstrip("0123456789"))
    ends = (name[start:] for start in range(1, digits + 1))
    return next((end for end in ends if end in derived), "")


def find_kind(node: Node) -> ValueKind | None:
    """Return what a property holds; None for an alias, which stands for something else."""
    if isinstance(node, Scalar):
        return _find_scalar_kind(node)
    if isinstance(node, YamlSequence):
        return ValueKind.LIST
    return ValueKind.OBJECT if isinstance(node, YamlMapping) else None


def _find_scalar_kind(node: Scalar) -> ValueKind:
    if node.style and node.text.strip().lower() in _BOXES:
        return ValueKind.QUOTED_CHECKBOX
    value = node.text if node.style else resolve_plain(node.text)
    if value is None or value == "":
        return ValueKind.EMPTY
    if isinstance(value, bool):
        return ValueKind.CHECKBOX
    if isinstance(value, float):
        return ValueKind.NUMBER
    return ValueKind.DATE if is_date_text(value) else ValueKind.TEXT


def _kind_of(stored: Storable | None) -> ValueKind:
    if stored is None:
        return ValueKind.EMPTY
    if not isinstance(stored, Stored):
        return ValueKind.LIST
    return ValueKind.DATE if is_date_text(stored.text) else _STORED_KINDS[stored.kind]


def _locate(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


# Properties that are only text to Obsidian, as their block is not at the top of its note.

# A fence that stands too low or is none, behind what people and plugins put above it, and the lines below it.
_STRAY: Final = re.compile(
    r"(?:[ >]*(?:```.*|~~~.*|#.*|<.*|%%.*|\[!.*)?\r?\n){0,10}?[ >]*(?:[-\u2010-\u2015\u2212\uff0d]{2,} *\w*|\+\+\+|;;;) *\r?\n((?:.*\r?\n){1,200})"
)
_STRAY_WITHIN: Final = 20_000
_LAST_LINE: Final = re.compile(
    r"^[ >]*(?:[-\u2010-\u2015\u2212\uff0d]{2,}|\+\+\+|;;;) *\r?$", re.MULTILINE
)


def find_stray_properties(text: str, rules: Iterable[RuleSet]) -> int | None:
    """Return the line of a property of the rules that is none to Obsidian, as its block is not at the very top.

    Args:
        text: of a note.
        rules: whose properties are looked for.
    """
    try:
        block = find_block(text)
    except FrontmatterError:
        return None
    start = text.index("\n", block.end) + 1 if block and "\n" in text[block.end :] else 0
    found = _STRAY.match(fold_text(text[start : start + _STRAY_WITHIN]))
    if not found:
        return None
    lines = _LAST_LINE.split(found[1], 1)[0].replace(">", " ").replace("=", ":")
    first = text.count("\n", 0, start) + found.string.count("\n", 0, found.start(1)) + 1
    # Names that a filter asks for: others may be words of a text between two rules, such as `복습:`.
    wanted = ((one.admits.needs if one.admits else None) or one.names for one in rules)
    named = (match_names(names).search(lines) for names in wanted)
    places = [first + lines.count("\n", 0, match.start()) for match in named if match]
    return min(places, default=None)


def _leave_out_blanks(name: str) -> str:
    return "".join(fold_name(name).split())
