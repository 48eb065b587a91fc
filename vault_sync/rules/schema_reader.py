"""Reads YAML nodes into plain values and notes all that is wrong, with line and column.

Used by the readers of the configuration, of profiles and of bases, where a tag, anchor or alias has
no place and a typing mistake deserves a suggestion.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from vault_sync.errors import Problem
from vault_sync.note.frontmatter import parse_yaml
from vault_sync.note.yaml_nodes import Alias, Node, Scalar, YamlError, YamlMapping, YamlSequence
from vault_sync.rules.sources import (
    ChosenStage,
    Connective,
    FilterGroup,
    FilterSource,
    SourceText,
    StudySettings,
)
from vault_sync.rules.study import ROLES, Stage, StudyNames, Tick, make_names
from vault_sync.text import MAX_SUGGESTIONS, NameMap, fold_name, shorten, suggest, to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator


_Parsed = TypeVar("_Parsed")

MAX_PROBLEMS: Final = 50
_EMPTY: Final = frozenset({"", "~", "null", "Null", "NULL"})


class MappingEntry(NamedTuple):
    """A name in a mapping, in NFC, with the node of the name and that of the value."""

    name: str
    key: Scalar
    value: Node


class SchemaReader:
    """Reads one file. What does not fit is left out and added to the problems.

    Attributes:
        problems: everything found so far.
        file: the file, for the place of problems and formulas; None for the configuration.
    """

    __slots__ = ("file", "problems")

    def __init__(self, problems: list[Problem] | None = None, file: str | None = None) -> None:
        self.problems = [] if problems is None else problems
        self.file = file

    def read_root(self, text: str) -> Node | None:
        """Return the root of a file; None if there is nothing in it, or if it is not YAML."""
        try:
            return parse_yaml(text)
        except YamlError as error:
            place = (error.line + 1, None, error.column + 1, self.file)
            self.problems.append(Problem(error.message, *place))
            return None

    def complain(self, node: Node, message: str, word: str = "", known: Iterable[str] = ()) -> None:
        """Add a problem at a node; beyond `MAX_PROBLEMS` nobody would read it.

        Args:
            node: where it is.
            message: a sentence.
            word: what was written, if one of the known words may have been meant.
            known: those words.
        """
        if len(self.problems) < MAX_PROBLEMS:
            if len(self.problems) < MAX_SUGGESTIONS:
                message += suggest(word, known)
            place = (node.line + 1, None, node.column + 1, self.file)
            self.problems.append(Problem(message, *place))

    def read_mapping(self, node: Node, what: str) -> list[MappingEntry]:
        """Return the entries of a mapping, in their order.

        Args:
            node: the mapping.
            what: what it is, for messages: ``the configuration``.
        """
        if self._refuses(node) or is_empty(node):
            return []
        if not isinstance(node, YamlMapping):
            self.complain(node, f"{capitalize(what)} must be names with values: `name: value`.")
            return []
        entries: dict[str, MappingEntry] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                self.complain(key, "A name is expected here; if it is one, put quotes around it.")
                continue
            if self._refuses(key):
                continue
            entry = MappingEntry(to_nfc(key.text), key, value)
            if entry.name in entries:
                first = entries[entry.name].key.line + 1
                self.complain(key, f"`{shorten(key.text)}` is here twice; line {first} has it too.")
            else:
                entries[entry.name] = entry
        return list(entries.values())

    def read_known(self, node: Node, what: str, known: Collection[str]) -> dict[str, Node]:
        """Return a mapping whose names are all known; others are problems."""
        entries = self.read_mapping(node, what)
        for entry in entries:
            if entry.name not in known:
                message = f"`{shorten(entry.name)}` is no setting of {what}."
                self.complain(entry.key, message, entry.name, known)
        return {entry.name: entry.value for entry in entries if entry.name in known}

    def read_text(self, node: Node, what: str) -> str | None:
        """Return a text, None if there is none; an empty value is a problem."""
        if self._refuses(node):
            return None
        if not isinstance(node, Scalar):
            self.complain(
                node, f"{capitalize(what)} must be a text; if it is, put quotes around it."
            )
            return None
        if is_empty(node):
            self.complain(node, f"{capitalize(what)} is empty; write it or delete the line.")
            return None
        return node.text

    def read_choice(self, node: Node, what: str, choices: Collection[str]) -> str | None:
        """Return one of some words."""
        text = self.read_text(node, what)
        if text is None or text in choices:
            return text
        message = f"{capitalize(what)} must be {' or '.join(choices)}, not `{shorten(text)}`."
        self.complain(node, message, text, choices)
        return None

    def choose(self, nodes: dict[str, Node], name: str, choices: Collection[str]) -> str | None:
        """Return the word of a setting, None where it is not there or is none of the choices."""
        return self.read_choice(nodes[name], f"`{name}`", choices) if name in nodes else None

    def parse(
        self,
        nodes: dict[str, Node],
        name: str,
        parse: Callable[[str], _Parsed | None],
        message: str,
    ) -> _Parsed | None:
        """Return what the text of a setting means, None where it is not there or means nothing.

        Args:
            nodes: the settings by name.
            name: of the setting.
            parse: gives the meaning of a text, or None.
            message: the sentence about a text that means nothing, ``{0}`` in it.
        """
        text = self.read_text(nodes[name], f"`{name}`") if name in nodes else None
        if text is None:
            return None
        parsed = parse(text)
        if parsed is None:
            self.complain(nodes[name], message.format(shorten(text)))
        return parsed

    def read_items(self, node: Node, what: str) -> tuple[Node, ...]:
        """Return the items of a list."""
        if self._refuses(node) or is_empty(node):
            return ()
        if isinstance(node, YamlSequence):
            return node.items
        self.complain(node, f"{capitalize(what)} must be a list; begin each line with `- `.")
        return ()

    def read_source(self, node: Node, what: str) -> SourceText | None:
        """Return the text of a formula with its place."""
        text = self.read_text(node, what)
        if text is None:
            return None
        return SourceText(text, node.line + 1, node.column + 1, self.file)

    def read_formulas(self, node: Node, what: str) -> tuple[tuple[str, SourceText], ...]:
        """Return names with the text of their formulas."""
        read = (
            (entry.name, self.read_source(entry.value, f"the formula of `{shorten(entry.name)}`"))
            for entry in self.read_mapping(node, what)
        )
        return tuple((name, source) for name, source in read if source)

    def read_filter(self, node: Node) -> FilterSource | None:
        """Return a filter: a statement, or statements below ``and``, ``or`` or ``not``.

        Source: Obsidian help, "Bases syntax", Filters.
        """
        if not isinstance(node, YamlMapping):
            return self.read_source(node, "a filter")
        known = tuple(Connective)
        groups = self.read_known(node, "a filter", known)
        if len(node.pairs) != 1:
            self.complain(node, "A filter has one of and, or, not; put others inside a list item.")
            return None
        for connective, items in groups.items():
            filters = [self.read_filter(item) for item in self.read_items(items, connective)]
            return FilterGroup(Connective(connective), tuple(part for part in filters if part))
        return None

    def _refuses(self, node: Node) -> bool:
        if isinstance(node, Alias) or node.is_decorated:
            message = "This is a YAML tag, anchor or alias; put quotes around it if it is a text."
            self.complain(node, message)
            return True
        return False


def is_empty(node: Node) -> bool:
    """Say whether a node is nothing: an empty value, ``~`` or ``null``."""
    return isinstance(node, Scalar) and not node.style and node.text in _EMPTY


def capitalize(text: str) -> str:
    """Return a sentence with its first letter capital, the others as they are."""
    return text[:1].upper() + text[1:]


# Stages and study names as a configuration or a profile writes them. Pure.

MAX_STAGES: Final = 30
MAX_DAYS: Final = 3_650
MAX_NAME: Final = 200
MAX_RENAMED: Final = 100
STUDY: Final = (*ROLES, "stages", "tick")
_DAYS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def read_study(reader: SchemaReader, node: Node) -> StudyNames | None:
    """Return the study names in a mapping, None if they cannot be used."""
    before = len(reader.problems)
    nodes = reader.read_known(node, "`study`", STUDY)
    names = {role: read_name(reader, nodes[role], f"`{role}`") for role in ROLES if role in nodes}
    stages = read_stages(reader, nodes["stages"]) if "stages" in nodes else ()
    for missing in sorted({"first-day", "stages"} - nodes.keys()):
        reader.complain(node, f"`study` has no `{missing}`; without it no review has a day.")
    for stage in stages:
        if stage.box is None:
            message = (
                f"Name the box of day {stage.days}, as in `stages: {{{stage.days}: reviewed}}`."
            )
            reader.complain(node, message)
    boxes = [(stage.days, stage.box) for stage in stages if stage.box]
    _refuse_twice(reader, [*filter(None, names.values()), *(box for _, box in boxes)])
    tick = reader.choose(nodes, "tick", tuple(Tick))
    if len(reader.problems) > before:
        return None
    texts: dict[str, str] = {role: source.text for role, source in names.items() if source}
    return make_names(texts, (Stage(days, box.text) for days, box in boxes), Tick(tick or "true"))


def read_study_settings(reader: SchemaReader, nodes: dict[str, Node]) -> StudySettings:
    """Return what a configuration says of a profile's stages.

    Args:
        reader: of the configuration.
        nodes: the settings of the profile by name.
    """
    counted, names = nodes.get("counted"), nodes.get("names")
    return StudySettings(
        stages=(read_stages(reader, nodes["stages"]) or None) if "stages" in nodes else None,
        counted=_read_counted(reader, counted) if counted else None,
        names=tuple(_read_new_names(reader, names)) if names else (),
    )


def _read_counted(reader: SchemaReader, node: Node) -> tuple[ChosenStage, ...]:
    items = reader.read_items(node, "`counted`")
    return tuple(_list_days(reader, items[:MAX_STAGES]))


def _read_new_names(reader: SchemaReader, node: Node) -> Iterator[tuple[SourceText, SourceText]]:
    for entry in reader.read_mapping(node, "`names`")[:MAX_RENAMED]:
        old = reader.read_source(entry.key, "a name")
        new = read_name(reader, entry.value, f"the new name of `{shorten(entry.name)}`")
        if old and new:
            yield old._replace(text=entry.name), new


def read_stages(reader: SchemaReader, node: Node) -> tuple[ChosenStage, ...]:
    """Return the stages in a list of days, or in a mapping of days to boxes, the earliest first."""
    before = len(reader.problems)
    count = _count(node)
    if count > MAX_STAGES:
        reader.complain(node, f"There may be {MAX_STAGES} stages; there are {count}.")
        return ()
    found: dict[int, ChosenStage] = {}
    for stage in _list_stages(reader, node):
        if stage.days in found:
            first = found[stage.days].place.line
            message = f"Day {stage.days} is here twice; line {first} has it too."
            reader.problems.append(stage.place.problem(message))
        found[stage.days] = stage
    if not found and len(reader.problems) == before:
        reader.complain(node, "Name at least one stage, as in `[1, 4, 7, 14]`.")
    return () if len(reader.problems) > before else tuple(found[days] for days in sorted(found))


def _count(node: Node) -> int:
    if isinstance(node, YamlMapping):
        return len(node.pairs)
    return len(node.items) if isinstance(node, YamlSequence) else 0


def _list_stages(reader: SchemaReader, node: Node) -> Iterator[ChosenStage]:
    if not isinstance(node, YamlMapping):
        yield from _list_days(reader, reader.read_items(node, "`stages`"))
        return
    for entry in reader.read_mapping(node, "`stages`"):
        box = read_name(reader, entry.value, "the box of a stage")
        yield from (stage._replace(box=box) for stage in _list_days(reader, (entry.key,)))


def _list_days(reader: SchemaReader, nodes: Iterable[Node]) -> Iterator[ChosenStage]:
    for node in nodes:
        source = reader.read_source(node, "a stage")
        days = _read_days(reader, node, source) if source else None
        if source and days:
            yield ChosenStage(days, None, source)


def _read_days(reader: SchemaReader, node: Node, source: SourceText) -> int | None:
    days = int(source.text) if _DAYS.fullmatch(source.text) else 0
    if 1 <= days <= MAX_DAYS:
        return days
    shown = shorten(source.text)
    message = f"A stage is a number of days from 1 to {MAX_DAYS}, not `{shown}`."
    reader.complain(node, message)
    return None


def read_name(reader: SchemaReader, node: Node, what: str) -> SourceText | None:
    """Return the name of a property, in NFC."""
    source = reader.read_source(node, what)
    if source is None:
        return None
    name = to_nfc(source.text).strip()
    # What is not seen in it makes no other name: a joiner within an emoji, a blank that does not break.
    if fold_name(name) and fold_name(name).isprintable() and len(name) <= MAX_NAME:
        return source._replace(text=name)
    reader.complain(node, f"{capitalize(what)} must be the name of a property, on one line.")
    return None


def _refuse_twice(reader: SchemaReader, names: Iterable[SourceText]) -> None:
    first: NameMap[SourceText] = NameMap()
    for name in names:
        if name.text in first:
            message = f"The property `{shorten(name.text)}` cannot mean two things; line {first[name.text].line} uses it too."
            reader.problems.append(name.problem(message))
        first.setdefault(name.text, name)
