"""Functions of links, and what it means that a link leads to a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import are_equal
from vault_sync.formula.registry import function
from vault_sync.formula.values import File, Link

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value
    from vault_sync.formula.vaultview import OtherNotes

_WIKILINK: Final = re.compile(r"!?\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_RESERVED: Final = re.compile("%(3B|2F|3F|3A|40|26|3D|2B|24|2C|23)", re.IGNORECASE)
_MARKDOWN_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\((?:<([^<>]*)>|([^()\s]*))\)")

STEPS_PER_LOOK: Final = 5
"""What it costs to find another file, or to read a property of it, in steps of the budget."""


def parse_link(text: str) -> Link:
    """Read ``[[target|display]]`` or ``[display](target)``; any other text is a target itself.

    Source: Obsidian help, "Link notes".
    """
    stripped = text.strip()
    if match := _WIKILINK.fullmatch(stripped):
        return Link(match[1], match[2])
    if match := _MARKDOWN_LINK.fullmatch(stripped):
        target = match[2] or match[3] or ""
        return Link(target if "://" in target else decode_target(target), match[1])
    return Link(text)


def decode_target(written: str) -> str:
    """Return the target of a Markdown link without its ``%20``; what is not UTF-8 stays as written.

    As JavaScript's decodeURI, and so the app, it leaves ``%26`` and what else has a meaning in an
    address (ECMAScript 2024 §19.2.6.1).
    """
    try:
        return unquote(_RESERVED.sub(r"%25\1", written), errors="strict")
    except UnicodeDecodeError:
        return written


def look_around(scope: Scope) -> OtherNotes:
    """Return the other files of the vault, for one look at one of them, which is paid for.

    Raises:
        EvaluationError: no vault is at hand; LimitError: no work is left.
    """
    scope.budget.spend(STEPS_PER_LOOK)
    if scope.others is None:
        raise EvaluationError(
            "The formula asks for another file, and files of a vault cannot be looked up here."
        )
    return scope.others


def find_target(scope: Scope, value: Value) -> File | None:
    """Return the file that a path, a link or a file means, or None.

    Raises:
        EvaluationError: no vault is at hand.
    """
    if isinstance(value, str):
        value = parse_link(value)
    return look_around(scope).find(value) if isinstance(value, Link) else _as_file(value)


def _as_file(value: Value) -> File | None:
    return value if isinstance(value, File) else None


def is_same(scope: Scope, a: Value, b: Value) -> bool:
    """Return whether two values are equal, or links to one file, or a file and a link to it.

    Links that lead to no file are equal if they are spelled alike. Where no vault is at hand, so
    are all others.

    Source: Obsidian help, Bases syntax, "Files and links".
    """
    if isinstance(b, Link | File) and not isinstance(a, Link | File):
        a, b = b, a
    if not (isinstance(a, Link | File) and isinstance(b, Link | File | str)):
        return are_equal(a, b, scope.timezone)
    if scope.others is None or (isinstance(a, File) and isinstance(b, File)):
        return are_equal(a, b, scope.timezone)
    left, right = find_target(scope, a), find_target(scope, b)
    if left is None and right is None:
        return _target_of(a) == _target_of(b)
    return left == right


def _target_of(value: Value) -> str | None:
    if isinstance(value, str):
        value = parse_link(value)
    return value.target if isinstance(value, Link) else None


def has_link(scope: Scope, file: File, other: Value) -> bool:
    """Return whether a file holds a link to another file, or to a name no file has yet.

    A path or a name means what it would mean as a link in that file.
    """
    links = file.facts("links")
    if not isinstance(links, list):
        return False
    scope.budget.spend(len(links))
    source = None if file is scope.file else file.path
    wanted = Link(parse_link(other).target, None, source) if isinstance(other, str) else other
    return any(is_same(scope, link, wanted) for link in links)


@function("asFile", on="link")
def find_file(scope: Scope, link: Link) -> File | None:
    """Give the file that a link leads to; nothing where there is none.

    Example: `link("[[no such note]]").asFile()` returns `null`.
    """
    return find_target(scope, link)


@function("linksTo", on="link", least=1, most=1)
def links_to(scope: Scope, link: Link, other: Value) -> bool:
    """Tell whether the file that a link leads to has a link to another file.

    Example: `link("[[no such note]]").linksTo("Biology")` returns `false`.
    """
    file = find_target(scope, link)
    return file is not None and has_link(scope, file, other)
