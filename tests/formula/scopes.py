"""A scope for tests: Sunday 27 October 2024, 14:01 in Seoul, of a note called ``Ferns.md``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from vault_sync.formula.scope import Budget, Scope
from vault_sync.formula.values import File

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

NOW = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - civil time of the vault's zone
SEOUL = ZoneInfo("Asia/Seoul")


def moment(*parts: int) -> datetime:
    """Return a civil time: year, month, day, hour and so on."""
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
