"""Trees of formulas as JSON has them, so that what is shipped need not be parsed at each start.

A node is a list: the number of its kind, then its fields; a tuple is a list behind -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vault_sync.formula import syntax

if TYPE_CHECKING:
    from vault_sync.formula.syntax import Node

_KINDS: Final[tuple[type[tuple[Any, ...]], ...]] = (
    syntax.Literal,
    syntax.ListLiteral,
    syntax.ObjectLiteral,
    syntax.Name,
    syntax.Property,
    syntax.NoteObject,
    syntax.FormulaReference,
    syntax.CurrentFile,
    syntax.Field,
    syntax.Index,
    syntax.Call,
    syntax.MethodCall,
    syntax.Unary,
    syntax.Chain,
    syntax.Binding,
)
_TUPLE: Final = -1


def pack_tree(node: Node) -> object:
    """Return a tree as JSON can hold it.

    Raises:
        ValueError: it holds a regular expression, which JSON cannot.
    """
    return _pack(node)


def _pack(part: object) -> object:
    if isinstance(part, tuple):
        kind = _KINDS.index(type(part)) if type(part) in _KINDS else _TUPLE
        return [kind, *map(_pack, part)]
    if part is None or isinstance(part, str | int | float):
        return part
    raise ValueError(f"{part!r} cannot be packed")


def unpack_tree(packed: Any) -> Node:
    """Return the tree that `pack_tree` has packed."""
    return _unpack(packed)  # type: ignore[no-any-return]  # what it is, the one who packed it knows


def _unpack(packed: Any) -> Any:
    if type(packed) is not list:
        return packed
    kind, *parts = packed
    found = map(_unpack, parts)
    return tuple(found) if kind == _TUPLE else tuple.__new__(_KINDS[kind], found)
