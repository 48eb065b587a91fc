"""YAML read into nodes that know where they stand in the text. The only reader of YAML here.

It stays apart from its parser for a quick start: that is loaded with the first text that needs it, and
most notes are plain lines, which `vault_sync.note.plain_lines` reads.
"""

from __future__ import annotations

from vault_sync.note.yaml_nodes import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlError,
    make_scalar,
)

__all__ = [
    "Alias",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "YamlError",
    "make_scalar",
    "parse_yaml",
]


def parse_yaml(text: str) -> Node | None:
    """Return the root node of a YAML text, None if there is nothing in it.

    Raises:
        YamlError: it is not YAML, holds more than one document, or is nested too deep.
    """
    from vault_sync.note.yaml_parser import parse  # noqa: PLC0415 - see above

    return parse(text)
