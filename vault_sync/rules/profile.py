"""Profiles: the built-in rule sets. Each is a data file; this reads one and applies its settings."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from vault_sync.errors import ConfigError
from vault_sync.rules.sources import Mode, RuleSource, SourceText
from vault_sync.treereader import TreeReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.note.yamltree import Node

_PARTS: Final = ("filters", "sources", "missing", "add-if", "modes", "helpers", "formulas")


def load_profile(name: str) -> RuleSource:
    """Return a built-in rule set.

    Args:
        name: one that the configuration allows.

    Raises:
        ConfigError: the data file is damaged.
    """
    path = f"profiles/{name}.yaml"
    text = (files("vault_sync") / "profiles" / f"{name}.yaml").read_text("utf-8")
    return parse_profile(text, path, name)


def parse_profile(text: str, path: str, name: str) -> RuleSource:
    """Return the rule set in a profile's data file.

    Raises:
        ConfigError: something in it cannot be used.
    """
    reader = TreeReader(file=path)
    root = reader.read_root(text)
    if reader.problems:
        raise ConfigError(path, tuple(reader.problems))
    nodes = reader.read_known(root, "a profile", _PARTS) if root else {}
    filters, formulas, add_if = nodes.get("filters"), nodes.get("formulas"), nodes.get("add-if")
    source = RuleSource(
        name=name,
        filters=reader.read_filter(filters) if filters else None,
        formulas=reader.read_formulas(formulas, "`formulas`") if formulas else (),
        helpers=reader.read_formulas(nodes["helpers"], "`helpers`") if "helpers" in nodes else (),
        sources=_read_names(reader, nodes),
        modes=_read_modes(reader, nodes),
        is_adding=reader.read_choice(nodes["missing"], "`missing`", ("add", "skip")) == "add",
        add_if=reader.read_source(add_if, "`add-if`") if add_if else None,
    )
    if reader.problems:
        raise ConfigError(path, tuple(reader.problems))
    return source


def customize(
    source: RuleSource,
    *,
    modes: Mapping[str, Mode],
    is_adding: bool,
    overrides: Mapping[str, SourceText],
) -> RuleSource:
    """Return a profile with the user's settings.

    Args:
        source: the profile.
        modes: what to do with properties that the profile leaves to the user.
        is_adding: whether missing properties are added.
        overrides: formulas and helpers in the place of the profile's own of the same names.
    """
    return replace(
        source,
        modes=tuple({**dict(source.modes), **modes}.items()),
        is_adding=is_adding and source.is_adding,
        formulas=tuple((name, overrides.get(name, text)) for name, text in source.formulas),
        helpers=tuple((name, overrides.get(name, text)) for name, text in source.helpers),
    )


def _read_names(reader: TreeReader, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    items = reader.read_items(nodes["sources"], "`sources`") if "sources" in nodes else ()
    names = (reader.read_text(item, "a source property") for item in items)
    return tuple(name for name in names if name)


def _read_modes(reader: TreeReader, nodes: Mapping[str, Node]) -> tuple[tuple[str, Mode], ...]:
    entries = reader.read_mapping(nodes["modes"], "`modes`") if "modes" in nodes else []
    read = (
        (entry.name, reader.read_choice(entry.value, "a mode", tuple(Mode))) for entry in entries
    )
    return tuple((name, Mode(mode)) for name, mode in read if mode)
