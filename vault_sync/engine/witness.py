"""The second witness of `verify`: python-frontmatter with its own reader of YAML, which is none of ours.

It shares no code with the surgeon: it finds the frontmatter by a rule of its own and has PyYAML read
it. The only place that loads PyYAML by name, so it stays apart. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from vault_sync.errors import BrokenPromiseError
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every value stays the text that it is: what is asked is whether it is the same, not what it means.
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Handler(YAMLHandler):
    def load(self, fm: str, **_: object) -> Any:
        return super().load(fm, Loader=_LOADER)


class _Seen(NamedTuple):
    """A note as the other reader sees it."""

    properties: dict[str, object]
    body: str

    def list_others(self, ours: NameMap[None]) -> list[tuple[object, object]]:
        """Return the properties that are not ours, in their order."""
        return [(name, value) for name, value in self.properties.items() if name not in ours]


def prove_by_witness(before: str, after: str, changed: Iterable[str]) -> None:
    """Prove that another reader sees the same text below the properties, and the same other properties.

    It has no say where it does not read the note in the first place, or where aliases (`*`) could
    blow a value up.

    Args:
        before: the note.
        after: the note with some properties changed or added.
        changed: their names.

    Raises:
        BrokenPromiseError: it does not see the same.
    """
    old = None if "*" in before and "&" in before else _read(before)
    if old is None or not old.properties:
        return
    new, ours = _read(after), NameMap.of(changed)
    if new is None:
        raise BrokenPromiseError("Another reader of YAML cannot read the edited note any more.")
    if old.body != new.body:
        raise BrokenPromiseError("Another reader sees another text below the properties.")
    if old.list_others(ours) != new.list_others(ours):
        raise BrokenPromiseError("Another reader of YAML sees other values of other properties.")


def _read(text: str) -> _Seen | None:
    # Not by `loads`: its Post fails where a property is called `content` or `handler`.
    try:
        return _Seen(*frontmatter.parse(text, handler=_Handler()))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
