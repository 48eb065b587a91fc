"""Functions of links, and what it means that a link leads to a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from vault_sync.formula.conversions import are_equal
from vault_sync.formula.registry import function
from vault_sync.formula.values import File, Link

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value

_WIKILINK: Final = re.compile(r"!?\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_MARKDOWN_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\((?:<([^<>]*)>|([^()\s]*))\)")


def parse_link(text: str) -> Link:
    """Read ``[[target|display]]`` or ``[display](target)``; any other text is a target itself.

    Source: Obsidian help, "Link notes".
    """
    stripped = text.strip()
    if match := _WIKILINK.fullmatch(stripped):
        return Link(match[1], match[2])
    if match := _MARKDOWN_LINK.fullmatch(stripped):
        target = match[2] or match[3] or ""
        return Link(target if "://" in target else unquote(target), match[1])
    return Link(text)


def find_target(scope: Scope, value: Value) -> File | None:
    """Return the file that a path, a link or a file means, or None.

    A heading or block behind ``#`` is part of the note that it stands in.
    """
    if isinstance(value, File):
        return value
    if isinstance(value, str):
        value = parse_link(value)
    if not isinstance(value, Link):
        return None
    return scope.find_file(value.target) or scope.find_file(value.target.partition("#")[0])


def is_same(scope: Scope, a: Value, b: Value) -> bool:
    """Return whether two values are equal, or links to one file, or a file and a link to it.

    Source: Obsidian help, Bases syntax, "Files and links".
    """
    if are_equal(a, b, scope.timezone):
        return True
    if not (isinstance(a, Link | File) and isinstance(b, Link | File | str)):
        return False
    target = find_target(scope, a)
    return target is not None and target == find_target(scope, b)


def has_link(scope: Scope, file: File, other: Value) -> bool:
    """Return whether a file holds a link to another file, or to a name no file has yet."""
    links = file.facts("links")
    if not isinstance(links, list):
        return False
    scope.budget.spend(len(links))
    wanted = parse_link(other) if isinstance(other, str) else other
    return any(
        is_same(scope, parse_link(link) if isinstance(link, str) else link, wanted)
        for link in links
    )


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
