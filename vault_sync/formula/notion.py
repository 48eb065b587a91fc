"""Notion's names for functions, mapped to the tree of Bases when a formula is parsed.

So formulas of a Notion database can be pasted. Nothing of Notion is left when a formula runs, but
for the functions of ``functions/notion.py``, which Bases has nothing for. Where Bases has a
function of the same name, written the same way, that one is meant: ``date(x)`` reads a date,
``x.replace("a", "b")`` replaces every "a".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.formula.advice import advise_arity
from vault_sync.formula.notion_spellings import SPELLINGS, name_element, read_related
from vault_sync.formula.registry import METHODS
from vault_sync.formula.syntax import syntax_error
from vault_sync.formula.treewriter import TreeWriter

if TYPE_CHECKING:
    from vault_sync.formula import syntax

REFUSED: Final = frozenset(
    (
        *("cbrt", "dateRange", "e", "email", "exp", "formatNumber", "id", "ln", "log10", "log2"),
        *("match", "name", "parseNumber", "pi", "pow", "sign", "sqrt"),
    )
)
"""What Notion has and neither Bases nor this program does."""


def translate_call(call: syntax.Call) -> syntax.Node:
    """Return what ``name(arguments)`` means in Bases; the call itself if Notion has no say.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    return _translate(call.name, call, call.arguments, 0) or call


def translate_method(call: syntax.MethodCall) -> syntax.Node:
    """Return what ``receiver.name(arguments)`` means in Bases, likewise.

    Raises:
        FormulaSyntaxError: the arguments are not those of Notion's function.
    """
    if call.name == "format" and not call.arguments:
        return TreeWriter(call.start, call.end).text(call.receiver)
    if call.name in METHODS:
        return name_element(call)
    if call.name == "prop":
        complaint = advise_arity("prop", 1, 1, len(call.arguments))
        if complaint:
            raise syntax_error(complaint, call.start, call.end)
        return read_related(call)
    return _translate(call.name, call, (call.receiver, *call.arguments), 1) or call


def _translate(
    name: str,
    call: syntax.Call | syntax.MethodCall,
    arguments: tuple[syntax.Node, ...],
    before: int,
) -> syntax.Node | None:
    """Return the tree, given how many of the arguments stand before the name."""
    if name in REFUSED:
        message = f"{name}() of Notion has no counterpart in Bases, so it cannot be used here."
        raise syntax_error(message, call.start, call.end)
    spelling = SPELLINGS.get(name)
    if spelling is None:
        return None
    if before and not spelling.is_method:
        raise syntax_error(f"Write {name}(…) without anything before it.", call.start, call.end)
    most = spelling.most and spelling.most - before
    complaint = advise_arity(name, spelling.least - before, most, len(call.arguments))
    if complaint:
        raise syntax_error(complaint, call.start, call.end)
    return spelling.write(TreeWriter(call.start, call.end), *arguments)
