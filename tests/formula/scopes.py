"""A scope for tests: Sunday 27 October 2024, 14:01 in Seoul, of a note called ``Ferns.md``.

With it a small vault, as formulas see other notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vault_sync.formula.values import Budget, File, Link, OtherNotes, Scope, Tags
from vault_sync.text import NameMap
from vault_sync.vault.links import LinkedFiles

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

NOW = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - local time of the vault's zone
SEOUL = ZoneInfo("Asia/Seoul")


def moment(*parts: int) -> datetime:
    """Return a local time: year, month, day, hour and so on."""
    year, month, day, *time = parts
    return datetime(year, month, day, *time)  # type: ignore[arg-type]  # noqa: DTZ001 - civil


def file_at(path: str) -> File:
    """Return a file of which nothing but its path is known."""
    facts: dict[str, Value] = {}
    return File(path, facts.__getitem__)


def own_file() -> File:
    """Return the note's own file."""
    facts: dict[str, Value] = {"size": 321.0, "tags": ["#plants"], "properties": {}, "links": []}
    return File("Botany/Ferns.md", facts.__getitem__)


@dataclass(frozen=True, slots=True)
class NotesInHand:
    """A vault whose notes hold these links, tags and properties."""

    links: dict[str, list[Value]]
    tags: dict[str, list[Value]] = field(default_factory=dict)
    properties: dict[str, dict[str, Value]] = field(default_factory=dict)

    def find(self, target: str, source: str) -> str | None:
        return LinkedFiles(self.links).find(target, source)

    def read_fact(self, path: str, fact: str) -> Value:
        facts: dict[str, Value] = {
            "links": self.links[path],
            "tags": Tags(self.tags.get(path, [])),
            "properties": self.properties.get(path, {}),
        }
        return facts[fact]

    def find_property(self, path: str, name: str) -> Value:
        return NameMap(self.properties.get(path, {}))[name]

    def list_backlinks(self, path: str) -> list[str]:
        return sorted(
            note
            for note, links in self.links.items()
            if any(
                isinstance(link, Link) and self.find(link.target, note) == path for link in links
            )
        )

    def seen_from(self, path: str) -> dict[str, Any]:
        """Return what a scope is changed by for one of the notes."""
        own = File(path, lambda fact: self.read_fact(path, fact))
        return {
            "file": own,
            "others": OtherNotes(self, path),
            "properties": self.properties.get(path, {}),
        }


def make_scope(properties: dict[str, Value] | None = None, **changes: Any) -> Scope:
    """Return a scope in which no other formula exists, unless changes say otherwise."""
    settings: dict[str, Any] = {
        "now": NOW,
        "properties": properties or {},
        "formulas": {}.__getitem__,
        "file": own_file(),
        "timezone": SEOUL,
        "budget": Budget(),
    }
    return Scope(**{**settings, **changes})
