"""YAML read into nodes that know where they stand in the text. The only reader of YAML here.

Its parser is loaded with the first text that needs it: most notes are plain lines, which
`note.lines` reads, and a hook for one of those should not wait for a parser.
"""

from __future__ import annotations

from vault_sync.note.yaml_nodes import Alias, Mapping, Node, Scalar, Sequence, YamlError

__all__ = ["Alias", "Mapping", "Node", "Scalar", "Sequence", "YamlError", "parse_yaml"]


def parse_yaml(text: str) -> Node | None:
    """Return the root node of a YAML text, None if there is nothing in it.

    Raises:
        YamlError: it is not YAML, holds more than one document, or is nested too deep.
    """
    from vault_sync.note.yaml_parser import parse  # noqa: PLC0415 - see above

    return parse(text)
