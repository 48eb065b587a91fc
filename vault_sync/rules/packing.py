"""The YAML of a profile, packed as JSON: read without a YAML parser, which takes long to load.

`python -m docs.make_profiles` packs the profiles again after a change; a test compares the two.
"""

from __future__ import annotations

import json
from typing import Any, Final

from vault_sync.note.yamlnodes import Mapping, Node, Scalar, Sequence

_SCALAR: Final = "text"
_SEQUENCE: Final = "list"
_MAPPING: Final = "names"


def pack_tree(root: Node) -> str:
    """Return the JSON of a tree.

    Args:
        root: of a profile, in which there are no aliases.
    """
    return json.dumps(_pack(root), ensure_ascii=False, separators=(",", ":")) + "\n"


def unpack_tree(text: str) -> Node:
    """Return the tree that `pack_tree` has packed."""
    return _unpack(json.loads(text))


def _pack(node: Node) -> list[Any]:
    if isinstance(node, Scalar):
        return [_SCALAR, *node]
    if isinstance(node, Sequence):
        items, *place = node
        return [_SEQUENCE, [_pack(item) for item in items], *place]
    if isinstance(node, Mapping):
        pairs, *place = node
        return [_MAPPING, [[_pack(key), _pack(value)] for key, value in pairs], *place]
    raise ValueError("a profile has no aliases")


def _unpack(packed: list[Any]) -> Node:
    kind, content, *place = packed
    if kind == _SCALAR:
        return Scalar(content, *place)
    if kind == _SEQUENCE:
        return Sequence(tuple(map(_unpack, content)), *place)
    return Mapping(tuple((_unpack(key), _unpack(value)) for key, value in content), *place)
