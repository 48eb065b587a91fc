"""Reads the data file of a profile and fits it to the stages and names that are chosen. Pure."""

from __future__ import annotations

from pkgutil import get_data
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import ConfigError
from vault_sync.note.yamltree import Mapping as YamlMapping
from vault_sync.rules.fitting import Fit, StageDefaults, apply_names, fit_stages
from vault_sync.rules.sources import FilterGroup, FilterSource, Mode, RuleSource, SourceText
from vault_sync.rules.stages import read_study
from vault_sync.treereader import Entry, TreeReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_sync.errors import Problem
    from vault_sync.note.yamltree import Node
    from vault_sync.rules.choices import StudySettings
    from vault_sync.rules.templates import Filling

_PARTS: Final = (
    "study",
    "stages",
    "filters",
    "sources",
    "missing",
    "add-if",
    "modes",
    "helpers",
    "formulas",
)
_STAGE_PARTS: Final = ("box", "mark", "marks", "counted", "undated")


class _Group(NamedTuple):
    """Formulas that are there for each item of a list; ``each`` is None for once."""

    each: str | None
    formulas: tuple[tuple[str, SourceText], ...]


def fit_profile(name: str, settings: StudySettings, problems: list[Problem]) -> RuleSource:
    """Return a built-in rule set, read from its data file.

    Args:
        name: of the profile.
        settings: the stages and names that are chosen.
        problems: what does not fit is added here.

    Raises:
        ConfigError: the data file is damaged.
    """
    reader = TreeReader(file=(path := f"profiles/{name}.yaml"))
    root = reader.read_root((get_data("vault_sync", path) or b"").decode())
    source = _ProfileReader(reader, name, settings, problems).read(root) if root else None
    if reader.problems or source is None:
        raise ConfigError(path, tuple(reader.problems))
    return source


class _ProfileReader(NamedTuple):
    """Reads a profile's data file and fits it to what is chosen.

    Attributes:
        reader: of the file.
        name: of the profile.
        settings: what is chosen.
        problems: what does not fit is added here.
    """

    reader: TreeReader
    name: str
    settings: StudySettings
    problems: list[Problem]

    def read(self, root: Node) -> RuleSource | None:
        reader = self.reader
        nodes = reader.read_known(root, "a profile", _PARTS)
        own = read_study(reader, nodes["study"]) if "study" in nodes else None
        if own is None or reader.problems:
            return None
        defaults = self._read_defaults(nodes["stages"])
        fit = fit_stages(own, defaults, self.settings, self.problems)
        return apply_names(self._fill(nodes, fit), fit, self.settings, self.problems)

    def _fill(self, nodes: Mapping[str, Node], fit: Fit) -> RuleSource:
        reader, filling = self.reader, fit.filling
        filters, add_if = nodes.get("filters"), nodes.get("add-if")
        read = reader.read_filter(filters) if filters else None
        return RuleSource(
            name=self.name,
            filters=_fill_filter(read, filling) if read else None,
            formulas=tuple(self._fill_formulas(nodes, "formulas", filling)),
            helpers=tuple(self._fill_formulas(nodes, "helpers", filling)),
            sources=tuple(self._fill_sources(nodes, filling)),
            modes=_read_modes(reader, nodes),
            is_adding=reader.read_choice(nodes["missing"], "`missing`", ("add", "skip")) == "add",
            add_if=reader.read_source(add_if, "`add-if`") if add_if else None,
            study=fit.names,
        )

    def _read_defaults(self, node: Node) -> StageDefaults:
        reader = self.reader
        nodes = reader.read_known(node, "`stages`", _STAGE_PARTS)
        marks = reader.read_mapping(nodes["marks"], "`marks`")
        return StageDefaults(
            box=reader.read_text(nodes["box"], "`box`") or "",
            mark=reader.read_text(nodes["mark"], "`mark`") or "",
            marks={
                int(entry.name): reader.read_text(entry.value, "a mark") or "" for entry in marks
            },
            counted=self._read_days(nodes["counted"]),
            undated=self._read_days(nodes["undated"]),
        )

    def _read_days(self, node: Node) -> frozenset[int]:
        items = self.reader.read_items(node, "a list of stages")
        return frozenset(int(self.reader.read_text(item, "a stage") or 0) for item in items)

    def _fill_sources(self, nodes: Mapping[str, Node], filling: Filling) -> Iterator[str]:
        for item in self.reader.read_items(nodes["sources"], "`sources`"):
            text = self.reader.read_text(item, "a source property") or ""
            yield from (filling.fill(text, one) for one in filling.list_items(text))

    def _fill_formulas(
        self, nodes: Mapping[str, Node], part: str, filling: Filling
    ) -> Iterator[tuple[str, SourceText]]:
        for entry in self.reader.read_mapping(nodes[part], f"`{part}`") if part in nodes else ():
            group = self._read_group(entry)
            for item in filling.lists[group.each] if group.each else ({},):
                for name, source in group.formulas:
                    text = filling.fill_formula(source.text, item)
                    yield filling.fill(name, item), source._replace(text=text)

    def _read_group(self, entry: Entry) -> _Group:
        if not isinstance(entry.value, YamlMapping):
            source = self.reader.read_source(entry.value, f"the formula of `{entry.name}`")
            return _Group(None, ((entry.name, source),) if source else ())
        nodes = self.reader.read_known(entry.value, "a group", ("each", "formulas"))
        each = self.reader.read_text(nodes["each"], "`each`")
        return _Group(each, self.reader.read_formulas(nodes["formulas"], "`formulas`"))


def _fill_filter(source: FilterSource, filling: Filling) -> FilterSource:
    """Return a filter in which a statement about boxes is there for each of them."""
    if isinstance(source, SourceText):
        return source._replace(text=filling.fill_formula(source.text))
    filled: list[FilterSource] = []
    for part in source.filters:
        if isinstance(part, SourceText):
            items = filling.list_items(part.text)
            filled += (part._replace(text=filling.fill_formula(part.text, one)) for one in items)
        else:
            filled.append(_fill_filter(part, filling))
    return FilterGroup(source.connective, tuple(filled))


def _read_modes(reader: TreeReader, nodes: Mapping[str, Node]) -> tuple[tuple[str, Mode], ...]:
    entries = reader.read_mapping(nodes["modes"], "`modes`") if "modes" in nodes else []
    read = (
        (entry.name, reader.read_choice(entry.value, "a mode", tuple(Mode))) for entry in entries
    )
    return tuple((name, Mode(mode)) for name, mode in read if mode)
