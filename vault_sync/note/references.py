"""What a whole note refers to, its properties and its text together: tags, links, embeds. Pure.

Source: Obsidian help, Bases syntax, "File properties"; release notes of Obsidian 1.9.5. The order
(links in properties, in the text, then embeds) and the texts shown are recorded from the app.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vault_sync.errors import EvaluationError
from vault_sync.formula.functions.files import parse_link
from vault_sync.formula.values import Link, Tags
from vault_sync.note import markdown
from vault_sync.note.values import read_value
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from vault_sync.formula.values import Value
    from vault_sync.note.frontmatter import Frontmatter


def list_tags(note: Frontmatter, own: Value) -> Tags:
    """Return the tags of a note, those of its property first, each once as first written.

    Args:
        note: the note.
        own: the value of its property ``tags``.
    """
    found: dict[str, Value] = {}
    for tag in (*_own_tags(own), *markdown.find_tags(_body_of(note))):
        found.setdefault(to_nfc(tag).lower(), to_nfc(tag))
    return Tags(found.values())


def list_links(note: Frontmatter, left_out: Container[str] = frozenset()) -> list[Value]:
    """Return the links of a note: those in properties, in its text, and what it embeds.

    Args:
        note: the note.
        left_out: names of properties in which links do not count.
    """
    body = _body_of(note)
    links = (*_own_links(note, left_out), *markdown.find_links(body), *markdown.find_embeds(body))
    return [*map(_show, links)]


def list_embeds(note: Frontmatter) -> list[Value]:
    """Return what the text of a note embeds."""
    return [*map(_show, markdown.find_embeds(_body_of(note)))]


def _show(link: Link) -> Link:
    """Return a link with the text that it shows: its own target where it is given no other."""
    shown = link.display or " > ".join(part for part in link.target.split("#") if part)
    return Link(to_nfc(link.target), to_nfc(shown), link.source)


def _own_tags(own: Value) -> list[str]:
    if isinstance(own, str):
        own = [*own.replace(",", " ").split()]
    elements = own if isinstance(own, list) else []
    return [tag.removeprefix("#") for tag in elements if isinstance(tag, str)]


def _own_links(note: Frontmatter, left_out: Container[str]) -> Iterator[Link]:
    for name, property_ in note.properties.items():
        if name not in left_out:
            with suppress(EvaluationError):
                yield from _links_in(read_value(property_.value))


def _links_in(value: Value) -> Iterator[Link]:
    if isinstance(value, Link):
        yield value
    elif isinstance(value, str) and value.startswith("[") and value.endswith(")"):
        link = parse_link(value)
        if link.target != value and not markdown.is_address(link.target):
            yield link
    elif isinstance(value, list | dict):
        inside: Iterable[Value] = value.values() if isinstance(value, dict) else value
        for element in inside:
            yield from _links_in(element)


def _body_of(note: Frontmatter) -> str:
    return note.text[note.block.end :].partition("\n")[2]
