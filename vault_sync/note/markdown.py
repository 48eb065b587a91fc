"""What a note's text says to formulas: its tags, links and embeds. Pure.

Blocks of code and HTML are found by markdown-it-py. Then code spans, math, comments and HTML within a
line are taken out, in one pass from left to right; whichever opens first wins, as in Markdown. Each search for a closing mark remembers how far it has looked, and no
expression here can be forced to look twice at a character, so that the time grows with the length
of the text and nothing else.

Source: Obsidian help, "Tags", "Internal links", "Basic formatting syntax", "Advanced formatting
syntax"; CommonMark 0.31, 6.1 Code spans.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it import MarkdownIt

from vault_sync.errors import EvaluationError
from vault_sync.formula.functions.files import decode_target, parse_link
from vault_sync.formula.values import Link, Tags
from vault_sync.note.values import read_value
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from vault_sync.formula.values import Value
    from vault_sync.note.frontmatter import Frontmatter


_GONE: Final = "\0"
_MAX_DISPLAY: Final = 1_000
_MAX_BODY: Final = 2_000_000  # the worst text takes about 20 µs a character
_NO_PROSE: Final = frozenset({"code_block", "fence", "html_block"})
_BLOCKS: Final = MarkdownIt("commonmark", {"maxNesting": 100})
_BLOCKS.core.ruler.enableOnly(["block"])
_OPENING: Final = re.compile(
    r"\\[!-/:-@\[-`{-~]"
    r"|(?P<wiki>!?\[\[(?:[^\[\]\n]|\[(?!\[))++\]\])"
    r"|(?P<code>`+)"
    r"|(?P<comment>%%)"
    r"|(?P<html><!--)"
    r"|(?P<math>\$\$)"
    r"|(?P<inline>\$(?=[^\s$]))"
    r"|(?P<tag>(?<!\]\()</?[A-Za-z][^<>\n]*+>)"
)
_CLOSING: Final = {
    "comment": re.compile("%%"),
    "html": re.compile("-->"),
    "math": re.compile(r"\$\$"),
    "inline": re.compile(r"(?<=[^\s\\])\$(?!\d)"),
    "paragraph": re.compile(r"\n[ \t>]*+(?=\n)"),
}
_IN_PARAGRAPH: Final = frozenset({"code", "inline"})
_TAG: Final = re.compile(
    r"(?<!\S)#([^\0\s\u2000-\u206F\u2E00-\u2E7F'!\"#$%&()*+,.:;<=>?@^`{|}~\[\]\\]++)"
)
_BRACKET: Final = re.compile(
    r"\\.|(?P<open>!?\[)|(?P<close>\](?P<to>\((?:<(?P<angled>[^<>\n\0]*+)>|(?P<bare>(?:[^\s()<\\\0]|\\.|\([^\s()\0]*+\))*+))"
    r"(?:[ \t]+(?:\"[^\"\n]*+\"|'[^'\n]*+'))?[ \t]*+\))?)"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_PIPE: Final = re.compile(r"\\?\|")


def find_tags(body: str) -> list[str]:
    """Return the tags in a note's text, each once, without ``#``, as first written.

    A tag stands at the start of a line or behind white space, and is not a number. It may hold
    letters and digits of any language, emoji, ``_``, ``-`` and ``/``.

    Args:
        body: the note's text without its frontmatter.
    """
    if "#" not in body:
        return []
    found = (match[1] for match in _TAG.finditer(_read(body).prose))
    tags: dict[str, str] = {}
    for tag in found:
        if not tag.isdecimal():
            tags.setdefault(tag.lower(), tag)
    return list(tags.values())


def find_links(body: str) -> list[Link]:
    """Return the internal links in a note's text, in their order; not its embeds.

    Args:
        body: the note's text without its frontmatter.
    """
    return [found.link for found in _read(body).links if not found.is_embed] if "[" in body else []


def find_embeds(body: str) -> list[Link]:
    """Return what a note's text embeds from the vault, in its order.

    Args:
        body: the note's text without its frontmatter.
    """
    return [found.link for found in _read(body).links if found.is_embed] if "![" in body else []


def is_address(target: str) -> bool:
    """Return whether a link leads out of the vault: ``https:``, ``mailto:``, ``//host``."""
    return bool(_SCHEME.match(target))


class _FoundLink(NamedTuple):
    start: int
    link: Link
    is_embed: bool


class _Reading(NamedTuple):
    """A note's text as formulas see it.

    Attributes:
        prose: what is left for tags when code, math, comments, HTML and links are gone.
        links: internal links and embeds.
        shown: the same links, then the embeds, each with the text that it shows.
    """

    prose: str
    links: tuple[_FoundLink, ...]
    shown: tuple[tuple[Link, ...], tuple[Link, ...]]


class _Readings(dict[str, _Reading]):
    """What texts say, those that were read last: a refresh of a page leaves its text as it was."""

    def __init__(self) -> None:
        super().__init__()
        self._length = 0

    def __missing__(self, body: str) -> _Reading:
        reading = _read_anew(body)
        self._length += len(body)
        self[body] = reading
        while self._length > _MAX_BODY:
            oldest = next(iter(self))
            self._length -= len(oldest)
            del self[oldest]
        return reading


_READINGS: Final = _Readings()
_read: Final = _READINGS.__getitem__


def _read_anew(body: str) -> _Reading:
    if len(body) > _MAX_BODY:
        raise EvaluationError(
            f"The note's text is longer than {_MAX_BODY:,} characters, so its tags and links are not read."
        )
    text = _blank_code_blocks(body.replace("\r\n", "\n"))
    pieces: list[str] = []
    links: list[_FoundLink] = []
    position = length = 0
    for start, end, wiki in _find_spans(text):
        pieces += [text[position:start], _GONE]
        length += start - position + 1
        if wiki:
            links.append(_parse_wikilink(length, wiki))
        position = end
    pieces.append(text[position:])
    prose, markdown_links = _take_markdown_links("".join(pieces))
    ordered = sorted([*links, *markdown_links], key=lambda link: link.start)
    shown = (
        tuple(_show(one.link) for one in ordered if not one.is_embed),
        tuple(_show(one.link) for one in ordered if one.is_embed),
    )
    return _Reading(prose, tuple(ordered), shown)


def _blank_code_blocks(text: str) -> str:
    """Return the text with code blocks, fences and blocks of HTML emptied, line by line."""
    if not any(mark in text for mark in ("```", "~~~", "    ", "\t", "<")):
        return text
    lines = text.split("\n")
    for token in _BLOCKS.parse(text):
        if token.type in _NO_PROSE and token.map:
            start, end = token.map
            lines[start:end] = [""] * (end - start)
    return "\n".join(lines)


def _find_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of what is not prose, and its text if it is a wikilink."""
    closings = _Closings(text)
    position = 0
    while match := _OPENING.search(text, position):
        kind, position = match.lastgroup, match.end()
        if kind == "wiki":
            yield match.start(), position, match[0]
        elif kind == "tag":
            yield match.start(), position, ""
        elif kind is not None:
            end = closings.find_end(kind, match)
            if end is not None:
                yield match.start(), end, ""
                position = end


@dataclass(slots=True)
class _Closings:
    """Finds what closes a span. The text is read once for each kind of mark, however many open."""

    text: str
    next_ones: dict[str, tuple[int, int]] = field(default_factory=dict)
    runs: dict[int, list[int]] | None = None

    def find_end(self, kind: str, opening: re.Match[str]) -> int | None:
        position = opening.end()
        start, end = self._find_run(opening) if kind == "code" else self._find_next(kind, position)
        if kind in _IN_PARAGRAPH and start > self._find_next("paragraph", position)[0]:
            return None
        if start < len(self.text):
            return end
        # Obsidian hides the rest of a note behind a comment that opens a line and never ends.
        begins_line = opening.start() == 0 or self.text[opening.start() - 1] == "\n"
        return len(self.text) if begins_line and kind in {"comment", "html"} else None

    def _find_next(self, kind: str, position: int) -> tuple[int, int]:
        known = self.next_ones.get(kind)
        if known is None or known[0] < position:
            match = _CLOSING[kind].search(self.text, position)
            known = match.span() if match else (len(self.text), len(self.text))
            self.next_ones[kind] = known
        return known

    def _find_run(self, opening: re.Match[str]) -> tuple[int, int]:
        if self.runs is None:
            self.runs = {}
            for match in re.finditer("`+", self.text):
                self.runs.setdefault(len(match[0]), []).append(match.start())
        length = len(opening["code"])
        starts = self.runs.get(length, [])
        index = bisect_left(starts, opening.end())
        start = starts[index] if index < len(starts) else len(self.text)
        return start, start + length


def _take_markdown_links(text: str) -> tuple[str, list[_FoundLink]]:
    """Return the text with its links gone, and those of them that stay in the vault."""
    if "](" not in text:
        return text, []
    openings: list[re.Match[str]] = []
    links: list[_FoundLink] = []
    spans: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        if match.lastgroup is None:
            continue
        if match["open"]:
            openings.append(match)
        elif openings:
            opening = openings.pop()
            if match["to"]:
                spans.append((opening.start(), match.end()))
                links += _parse_markdown_link(opening, match, text)
                if opening["open"] == "[":
                    openings.clear()  # a link holds no other link (CommonMark 6.3)
    return _cut(text, spans), links


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            pieces += [text[position:start], _GONE]
        position = max(position, end)
    return "".join([*pieces, text[position:]])


def _parse_wikilink(start: int, text: str) -> _FoundLink:
    is_embed = text[0] == "!"
    target, *display = _PIPE.split(text[3 if is_embed else 2 : -2], maxsplit=1)
    shown = display[0].strip() if display else ""
    return _FoundLink(start, Link(target.strip(), shown or None), is_embed)


def _parse_markdown_link(
    opening: re.Match[str], closing: re.Match[str], text: str
) -> list[_FoundLink]:
    written = closing["angled"] if closing["angled"] is not None else closing["bare"]
    if not written or is_address(written):
        return []
    # Embeds can be nested without end; each would hold a copy of all those inside.
    end = min(closing.start(), opening.end() + _MAX_DISPLAY)
    shown = text[opening.end() : end].replace(_GONE, "")
    return [
        _FoundLink(
            opening.start(), Link(decode_target(written), shown or None), opening["open"] == "!["
        )
    ]


# What a whole note refers to, its properties and its text together: tags, links, embeds. Pure.
#
# Source: Obsidian help, Bases syntax, "File properties"; release notes of Obsidian 1.9.5. The order
# (links in properties, in the text, then embeds) and the texts shown are recorded from the app.


def list_tags(note: Frontmatter, own: Value) -> Tags:
    """Return the tags of a note, those of its property first, each once as first written.

    Args:
        note: the note.
        own: the value of its property ``tags``.
    """
    found: dict[str, Value] = {}
    for tag in (*_own_tags(own), *find_tags(_body_of(note))):
        found.setdefault(to_nfc(tag).lower(), to_nfc(tag))
    return Tags(found.values())


def list_links(note: Frontmatter, left_out: Container[str] = frozenset()) -> list[Value]:
    """Return the links of a note: those in properties, in its text, and what it embeds.

    Args:
        note: the note.
        left_out: names of properties in which links do not count.
    """
    body = _body_of(note)
    links, embeds = _read(body).shown if "[" in body else ((), ())
    return [*map(_show, _own_links(note, left_out)), *links, *embeds]


def list_embeds(note: Frontmatter) -> list[Value]:
    """Return what the text of a note embeds."""
    body = _body_of(note)
    return [*_read(body).shown[1]] if "![" in body else []


def _show(link: Link) -> Link:
    """Return a link with the text that it shows: its own target where it is given no other."""
    target = to_nfc(link.target)
    if link.display:
        shown = to_nfc(link.display)
    else:
        shown = " > ".join(filter(None, target.split("#"))) if "#" in target else target
    return Link(target, shown, link.source)


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
        if link.target != value and not is_address(link.target):
            yield link
    elif isinstance(value, list | dict):
        inside: Iterable[Value] = value.values() if isinstance(value, dict) else value
        for element in inside:
            yield from _links_in(element)


def _body_of(note: Frontmatter) -> str:
    return note.text[note.block.end :].partition("\n")[2]
