"""Stages and study names as a configuration or a profile writes them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.note.yaml_nodes import Mapping, Sequence
from vault_sync.rules.schema_reader import capitalize, shorten
from vault_sync.rules.study import ROLES, Stage, StudyNames, Tick, make_names
from vault_sync.text import NameMap, fold_name, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.note.yaml_nodes import Node
    from vault_sync.rules.schema_reader import SchemaReader
    from vault_sync.rules.sources import SourceText


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
    tick = reader.read_choice(nodes["tick"], "`tick`", tuple(Tick)) if "tick" in nodes else None
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
    return tuple(_list_pairs(reader, ((item, None) for item in items[:MAX_STAGES])))


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
    if isinstance(node, Mapping):
        return len(node.pairs)
    return len(node.items) if isinstance(node, Sequence) else 0


def _list_stages(reader: SchemaReader, node: Node) -> Iterator[ChosenStage]:
    pairs: list[tuple[Node, SourceText | None]]
    if isinstance(node, Mapping):
        pairs = [
            (entry.key, read_name(reader, entry.value, "the box of a stage"))
            for entry in reader.read_mapping(node, "`stages`")
        ]
    else:
        pairs = [(item, None) for item in reader.read_items(node, "`stages`")]
    yield from _list_pairs(reader, pairs)


def _list_pairs(
    reader: SchemaReader, pairs: Iterable[tuple[Node, SourceText | None]]
) -> Iterator[ChosenStage]:
    for place, box in pairs:
        source = reader.read_source(place, "a stage")
        days = _read_days(reader, place, source) if source else None
        if source and days:
            yield ChosenStage(days, box, source)


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


# What a configuration chooses of a profile: its stages, those that count, and its names. Pure.


class ChosenStage(NamedTuple):
    """A stage that a configuration names.

    Attributes:
        days: how many days after the first day.
        box: the property, where one is named.
        place: where the stage stands.
    """

    days: int
    box: SourceText | None
    place: SourceText


class StudySettings(NamedTuple):
    """What a configuration says of a profile's stages; what it leaves out is the profile's own.

    Attributes:
        stages: the stages; None for the profile's.
        counted: the stages that count in the rate; None for the profile's choice.
        names: other names for the profile's properties: what is renamed, and its new name.
    """

    stages: tuple[ChosenStage, ...] | None = None
    counted: tuple[ChosenStage, ...] | None = None
    names: tuple[tuple[SourceText, SourceText], ...] = ()
