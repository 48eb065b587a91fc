"""Reads the data file of a profile and fits it to the stages and names that are chosen. Pure."""

from __future__ import annotations

import re
from collections import Counter
from pkgutil import get_data
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.errors import ConfigError, Problem
from vault_sync.note.yaml_nodes import Node, YamlMapping
from vault_sync.rules.schema_reader import SchemaReader, read_study
from vault_sync.rules.sources import (
    ChosenStage,
    FilterGroup,
    FilterSource,
    Mode,
    RuleSource,
    SourceText,
    StudySettings,
)
from vault_sync.rules.study import Stage, StudyNames, load_tick_words, make_names
from vault_sync.text import NameMap, fold_name, quote_text, shorten, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Render: TypeAlias = Callable[[str], str]


_PARTS: Final = (
    *("study", "stages", "filters", "sources", "missing", "add-if", "modes", "helpers"),
    "formulas",
)
_STAGE_PARTS: Final = ("box", "mark", "marks", "counted", "undated")


def read_profile(name: str, settings: StudySettings, problems: list[Problem]) -> RuleSource:
    """Return a built-in rule set, read from its data file.

    Args:
        name: of the profile.
        settings: the stages and names that are chosen.
        problems: what does not fit is added here.

    Raises:
        ConfigError: the data file is damaged.
    """
    reader = SchemaReader(file=(path := f"profiles/{name}.yaml"))
    root = reader.read_root((get_data("vault_sync", path) or b"").decode())
    nodes = reader.read_known(root, "a profile", _PARTS) if root else {}
    own = read_study(reader, nodes["study"]) if "study" in nodes else None
    if own is None or reader.problems:
        raise ConfigError(path, tuple(reader.problems))
    custom = customize_stages(own, _read_defaults(reader, nodes["stages"]), settings, problems)
    source = _fill(reader, nodes, name, custom)
    if reader.problems:
        raise ConfigError(path, tuple(reader.problems))
    return apply_names(source, custom, settings, problems)


def _fill(
    reader: SchemaReader, nodes: Mapping[str, Node], name: str, custom: Customization
) -> RuleSource:
    placeholders = custom.placeholders
    filters = reader.read_filter(nodes["filters"])
    return RuleSource(
        name=name,
        filters=_fill_filter(filters, placeholders) if filters else None,
        formulas=tuple(_fill_formulas(reader, nodes["formulas"], placeholders)),
        helpers=tuple(_fill_formulas(reader, nodes["helpers"], placeholders)),
        sources=tuple(_fill_sources(reader, nodes["sources"], placeholders)),
        modes=tuple((mode, Mode(text)) for mode, text in _read_texts(reader, nodes["modes"])),
        is_adding=reader.read_choice(nodes["missing"], "`missing`", ("add", "skip")) == "add",
        add_if=reader.read_source(nodes["add-if"], "`add-if`"),
        study=custom.names,
    )


def _read_texts(reader: SchemaReader, node: Node) -> Iterator[tuple[str, str]]:
    for entry in reader.read_mapping(node, "`marks` and `modes`"):
        yield entry.name, reader.read_text(entry.value, f"`{entry.name}`") or ""


def _read_defaults(reader: SchemaReader, node: Node) -> StageDefaults:
    nodes = reader.read_known(node, "`stages`", _STAGE_PARTS)
    return StageDefaults(
        box=reader.read_text(nodes["box"], "`box`") or "",
        mark=reader.read_text(nodes["mark"], "`mark`") or "",
        marks={int(days): mark for days, mark in _read_texts(reader, nodes["marks"])},
        counted=_read_days(reader, nodes["counted"]),
        undated=_read_days(reader, nodes["undated"]),
    )


def _read_days(reader: SchemaReader, node: Node) -> frozenset[int]:
    items = reader.read_items(node, "a list of stages")
    return frozenset(int(reader.read_text(item, "a stage") or 0) for item in items)


def _fill_sources(reader: SchemaReader, node: Node, placeholders: Placeholders) -> Iterator[str]:
    for item in reader.read_items(node, "`sources`"):
        text = reader.read_text(item, "a source property") or ""
        yield from (placeholders.fill(text, one) for one in placeholders.list_items(text))


def _fill_formulas(
    reader: SchemaReader, node: Node, placeholders: Placeholders
) -> Iterator[tuple[str, SourceText]]:
    """Yield formulas; a group of them is there for each item of the list that it names."""
    for entry in reader.read_mapping(node, "formulas"):
        formulas, items = [(entry.name, entry.value)], [_NOTHING]
        if isinstance(entry.value, YamlMapping):
            group = reader.read_known(entry.value, "a group", ("each", "formulas"))
            inner = reader.read_mapping(group["formulas"], "`formulas`")
            formulas = [(one.name, one.value) for one in inner]
            items = [*placeholders.lists[reader.read_text(group["each"], "`each`") or ""]]
        for item in items:
            for name, value in formulas:
                source = reader.read_source(value, f"the formula of `{name}`")
                if source:
                    text = placeholders.fill_formula(source.text, item)
                    yield placeholders.fill(name, item), source._replace(text=text)


def _fill_filter(source: FilterSource, placeholders: Placeholders) -> FilterSource:
    """Return a filter in which a statement about boxes is there for each of them."""
    if isinstance(source, SourceText):
        return source._replace(text=placeholders.fill_formula(source.text))
    filled: list[FilterSource] = []
    for part in source.filters:
        if isinstance(part, SourceText):
            items = placeholders.list_items(part.text)
            filled += (
                part._replace(text=placeholders.fill_formula(part.text, one)) for one in items
            )
        else:
            filled.append(_fill_filter(part, placeholders))
    return FilterGroup(source.connective, tuple(filled))


NO_BOX: Final = "none"
_LONG_TERM: Final = "long-term"


class StageDefaults(NamedTuple):
    """What a profile says of stages.

    Attributes:
        box: the name of a box that the profile itself does not name, with ``{n}`` for the days.
        mark: the mark of a stage that has none in ``marks``.
        marks: marks of stages by their days.
        counted: which of the profile's own stages count in the rate.
        undated: stages that have no date properties.
    """

    box: str
    mark: str
    marks: Mapping[int, str]
    counted: frozenset[int]
    undated: frozenset[int]


class Customization(NamedTuple):
    """What a profile's templates are filled with.

    Attributes:
        own: the profile's own study names.
        names: those that are chosen.
        placeholders: fills the templates.
        renamed: new names of properties by the profile's own.
        places: where the configuration names a property, by its new name.
    """

    own: StudyNames
    names: StudyNames
    placeholders: Placeholders
    renamed: Mapping[str, str]
    places: Mapping[str, SourceText]


def customize_stages(
    own: StudyNames, defaults: StageDefaults, settings: StudySettings, problems: list[Problem]
) -> Customization:
    """Return what a profile's templates are filled with.

    Args:
        own: the profile's own study names.
        defaults: what it says of other stages.
        settings: what is chosen.
        problems: what does not fit is added here.
    """
    roles: NameMap[str] = NameMap(own.roles)
    has_memory = _LONG_TERM in roles and not any(_is_no_box(*pair) for pair in settings.names)
    renamed: NameMap[str] = NameMap(
        (roles.get(old.text, old.text), new.text)
        for old, new in settings.names
        if not _is_no_box(old, new)
    )
    kept = {
        role: renamed.get(name, name)
        for role, name in own.roles.items()
        if has_memory or role != _LONG_TERM
    }
    names = make_names(kept, _choose_stages(own, defaults, settings.stages))
    counted = _choose_counted(own, names, defaults, settings.counted, problems)
    placeholders = Placeholders(
        {**kept, "boxes": str(len(names.boxes))},
        _list_stages(names, defaults, counted),
        repeated="stages",
    )
    boxes = (stage.box for stage in settings.stages or ())
    chosen = (*(new for _, new in settings.names), *(box for box in boxes if box))
    return Customization(
        own, names, placeholders, renamed, NameMap((place.text, place) for place in chosen)
    )


def apply_names(
    source: RuleSource, custom: Customization, settings: StudySettings, problems: list[Problem]
) -> RuleSource:
    """Return a profile whose derived properties have the names that are chosen.

    Args:
        source: the profile, its templates filled in.
        custom: what they were filled with.
        settings: what is chosen.
        problems: names that mean nothing, or two things, are added here.
    """
    roles = custom.own.roles
    properties = (*source.sources, *(name for name, _ in source.formulas))
    boxes = {stage.box for stage in custom.names.stages}
    known = NameMap.of({*roles, *roles.values(), *properties} - boxes)
    for old, _ in settings.names:
        if old.text not in known:
            message = f"`{shorten(old.text)}` is no name that this profile uses."
            problems.append(old.problem(message + suggest(old.text, known)))
    renamed = _rename(source, custom.renamed)
    problems += _find_double(renamed, custom, settings)
    return renamed


def _is_no_box(old: SourceText, new: SourceText) -> bool:
    return old.text == _LONG_TERM and new.text == NO_BOX


def _choose_stages(
    own: StudyNames, defaults: StageDefaults, chosen: tuple[ChosenStage, ...] | None
) -> Iterable[Stage]:
    if chosen is None:
        return own.stages
    boxes = {stage.days: stage.box for stage in own.stages}
    return [
        Stage(
            stage.days,
            stage.box.text
            if stage.box
            else boxes.get(stage.days) or defaults.box.replace("{n}", str(stage.days)),
        )
        for stage in chosen
    ]


def _choose_counted(
    own: StudyNames,
    names: StudyNames,
    defaults: StageDefaults,
    chosen: tuple[ChosenStage, ...] | None,
    problems: list[Problem],
) -> frozenset[int]:
    """Return the stages that count in the rate: the profile's own choice for its own stages."""
    days = frozenset(stage.days for stage in names.stages)
    if chosen is None:
        return defaults.counted if days == {stage.days for stage in own.stages} else days
    for stage in chosen:
        if stage.days not in days:
            listed = ", ".join(map(str, sorted(days)))
            message = f"Day {stage.days} is no stage, so it cannot count; the stages are {listed}."
            problems.append(stage.place.problem(message))
    return frozenset(stage.days for stage in chosen)


def _list_stages(
    names: StudyNames, defaults: StageDefaults, counted: frozenset[int]
) -> dict[str, list[dict[str, str]]]:
    items = {
        stage.days: {
            "n": str(stage.days),
            "box": stage.box,
            "mark": defaults.marks.get(stage.days, defaults.mark),
        }
        for stage in names.stages
    }
    words = load_tick_words()
    return {
        "ticked": [{"word": word} for word in words.ticked],
        "unticked": [{"word": word} for word in words.unticked if word],
        "stages": list(items.values()),
        "counted": [item for days, item in items.items() if days in counted],
        "dated": [item for days, item in items.items() if days not in defaults.undated],
        _LONG_TERM: [{}] if names.long_term else [],
    }


def _rename(source: RuleSource, renamed: Mapping[str, str]) -> RuleSource:
    return source._replace(
        sources=tuple(renamed.get(name, name) for name in source.sources),
        formulas=tuple((renamed.get(name, name), text) for name, text in source.formulas),
        modes=tuple((renamed.get(name, name), mode) for name, mode in source.modes),
    )


def _find_double(
    source: RuleSource, custom: Customization, settings: StudySettings
) -> Iterator[Problem]:
    """Yield a problem for each name that two properties, or a property and a helper, would have."""
    names = (*source.sources, *(name for name, _ in (*source.formulas, *source.helpers)))
    stages = settings.stages or ()
    for name, count in Counter(map(fold_name, names)).items():
        place = custom.places.get(name) or next((stage.place for stage in stages), None)
        if count > 1 and place:
            message = f"The name `{shorten(name)}` is used by another property of this profile; choose another."
            yield place.problem(message, name)


# Templates of a profile: texts with marks in braces, filled in for the stages that are chosen.
#
# `{n}`, `{box}` and `{mark}` are those of one stage, other words mean the same everywhere.
# `{stages: …}` is the text `…` for each stage, one behind the other; other lists likewise.

Item: TypeAlias = "Mapping[str, str]"
_MARK: Final = re.compile(r"\{(?:([a-z-]+):((?:[^{}]|\{[a-z-]+\})*)|([a-z-]+))\}")
_NOTHING: Final[Item] = {}


class Placeholders(NamedTuple):
    """What the marks mean.

    Attributes:
        words: texts that are the same everywhere, such as ``first-day``.
        lists: by name, the marks of each item, such as those of each stage.
        repeated: the list whose items a single line stands for that has one of their marks.
    """

    words: Mapping[str, str]
    lists: Mapping[str, Sequence[Item]]
    repeated: str

    def fill(self, text: str, item: Item = _NOTHING) -> str:
        """Return a text, such as a name, with its marks filled in; unknown ones stay."""
        return self._fill(text, item, str)

    def fill_formula(self, text: str, item: Item = _NOTHING) -> str:
        """Return a formula with its marks filled in; there, names stand between quotes."""
        return self._fill(text, item, _escape)

    def list_items(self, text: str) -> Sequence[Item]:
        """Return the items for which a line is there: those of a list, one without marks, or none.

        A line with a word that means nothing here (no long-term box, say) is not there at all.
        """
        found = {match[3] for match in _MARK.finditer(text) if match[3]}
        items = self.lists[self.repeated]
        of_items = found & {word for item in items for word in item}
        if found - of_items - self.words.keys():
            return ()
        return items if of_items else (_NOTHING,)

    def _mean(self, match: re.Match[str], item: Item, render: Render) -> str:
        kind, body, word = match.groups()
        if kind is None:
            value = item.get(word, self.words.get(word))
            return match[0] if value is None else render(value)
        if kind not in self.lists:
            return match[0]
        return "".join(self._fill(body, one, render) for one in self.lists[kind])

    def _fill(self, text: str, item: Item, render: Render) -> str:
        return _MARK.sub(lambda match: self._mean(match, item, render), text)


def _escape(text: str) -> str:
    """Return a text as it stands between double quotes in a formula."""
    return quote_text(text)[1:-1]
