"""The YAML on which libyaml and the parser in Python agree; what is beyond it is refused with either.

What comes of a note must not depend on the parser that is installed. Both were held against each other
on made-up notes (``python -m tests.faults --only parsers``). They differ over tabs, over names of anchors
and tags, over ``:`` and ``?`` in brackets, over empty names, and over what stands beside and below ``|``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.note.yaml_nodes import Alias, Mapping, Scalar, Sequence, YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.note.yaml_nodes import Node

TAB: Final = "A tab stands here; use spaces."
_EMPTY_NAME: Final = "A name is missing before this `:`."
_SURROGATE: Final = "Half a character is written here as `\\u`; write the character itself."
_BLOCK: Final = "The lines of this block begin in a way that not all programs read alike; put its text in quotes."
_MARK: Final = "An invisible byte order mark stands here; delete it."
_SIGN: Final = "A value that starts with `*`, `&` or `!` needs quotes around it."
_ELSE: Final = "Not all programs read this alike; put quotes around it."
# An anchor or a tag before a value, and an alias.
_PREFIX: Final = re.compile(
    r"(?:&[0-9A-Za-z_-]+|!(?:!?[A-Za-z][0-9A-Za-z_/.:-]*)?)(?=[ \r\n])(?!(?:[ \r\n]|#[^\n]*)*+[&!])"
)
_ALIAS: Final = re.compile(r"\*[0-9A-Za-z_-]+(?=[ ,\]}\r\n])")
# The blank lines before the first line of a block are empty, or as far in as that one.
_COMMON_BLOCK: Final = re.compile(
    r"[|>](?:[+-]?[1-9]?|[1-9][+-])(?: [^\t\r\n]*)?\r?\n"
    r"(?:(?:\r?\n)*+[ ]*+\Z|(?=(?:[ ]*+\r?\n)*+(?P<indent>[ ]*+)[^ \r\n])(?:(?P=indent)?\r?\n)*+(?P=indent)[^ \r\n])"
)
_COMMENT: Final = re.compile(r"(?:^|(?<= ))#[^\r\n]*", re.MULTILINE)
_END: Final = re.compile(r"^\.\.\.(?=[ \r\n]+\Z)", re.MULTILINE)
_FIRST_MARK: Final = re.compile(r"^[ \-?:]*\ufeff", re.MULTILINE)
_STRANGE: Final = re.compile(r"[^ \r\n\-?:,\[\]{}]")
# Without these, only what stands in brackets or is nested can be disputed.
_ODD: Final = ("\t", "\ufeff", "\\u", "\n...")
_INDICATOR: Final = re.compile(r"[&*!|>?%](?<![^\s,\[{].)")
_SPACED_COLON: Final = re.compile(r"[ \r\n]*:[ \r\n]")
_COLON: Final = re.compile("[:?]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def refuse_disputed(root: Node, text: str) -> None:
    """Refuse a text on which the parsers might not agree.

    Args:
        root: what one of them has read.
        text: the text.

    Raises:
        YamlError: it holds something on which they differ.
    """
    if _is_simple(root, text):
        return
    mark = _FIRST_MARK.search(text)
    if mark:
        raise make_error(text, mark.end() - 1, _MARK)
    strange = _STRANGE.search(_take_out(root, text))
    if strange:
        raise make_error(text, strange.start(), TAB if strange[0] == "\t" else _ELSE)


def _take_out(root: Node, text: str) -> str:
    """Return a text with blanks in the place of values, comments and the mark at its end.

    Raises:
        YamlError: the parsers might not agree on one of the values.
    """
    kept: list[str] = []
    place = 0
    for start, end, message in _list_pieces(root, text, is_flow=False):
        if message:
            raise make_error(text, start, message)
        if end > start >= place:
            last = "\n" if text[end - 1] == "\n" else " "  # of a block of lines
            kept += (text[place:start], " " * (end - start - 1), last)
            place = end
    kept.append(text[place:])
    return _END.sub(_blank, _COMMENT.sub(_blank, "".join(kept)))


def _is_simple(root: Node, text: str) -> bool:
    """Say at once of most texts that nothing in them can be disputed."""
    if not isinstance(root, Mapping) or root.is_flow or any(odd in text for odd in _ODD):
        return False
    if _INDICATOR.search(text) or text.startswith("..."):
        return False
    for key, value in root.pairs:
        if type(key) is not Scalar or not key.text:
            return False
        if type(value) is not Scalar and not _is_simple_list(value, text):
            return False
    return True


def _is_simple_list(node: Node, text: str) -> bool:
    if type(node) is not Sequence or not all(type(item) is Scalar for item in node.items):
        return False
    return not (node.is_flow and _COLON.search(text, node.start, node.end))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _list_pieces(node: Node, text: str, *, is_flow: bool) -> Iterator[tuple[int, int, str]]:
    """Yield where the values are, anchors and tags included, and what is wrong with each."""
    if isinstance(node, Alias):
        yield node.start, node.end, "" if _ALIAS.match(text, node.start) else _SIGN
        return
    start = node.start
    if node.is_decorated:
        prefix = _PREFIX.match(text, start)
        yield start, prefix.end() if prefix else start, "" if prefix else _SIGN
        start = prefix.end() if prefix else start
    if isinstance(node, Scalar):
        yield start, node.end, _judge(node, text, start, is_flow=is_flow)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _list_pieces(item, text, is_flow=node.is_flow)
    else:
        for key, value in node.pairs:
            if isinstance(key, Alias) or (
                isinstance(key, Scalar) and not key.style and not key.text
            ):
                yield key.start, key.end, _EMPTY_NAME
            if is_flow and text[start] != "{" and not _SPACED_COLON.match(text, key.end):
                yield start, start, _ELSE  # a pair without braces in a list: `["a":b]`
            yield from _list_pieces(key, text, is_flow=node.is_flow)
            yield from _list_pieces(value, text, is_flow=node.is_flow)


def _judge(node: Scalar, text: str, start: int, *, is_flow: bool) -> str:
    """Return what is wrong with a scalar, empty for nothing."""
    if node.style == '"':
        return _SURROGATE if _SURROGATES.search(node.text) else ""
    if node.style in {"|", ">"}:
        return "" if _COMMON_BLOCK.match(text[start : node.end].lstrip()) else _BLOCK
    if node.style:
        return ""
    if "\t" in text[start : node.end]:
        return TAB
    return _ELSE if is_flow and node.text.startswith((":", "?")) else ""


def make_error(text: str, index: int, message: str) -> YamlError:
    """Return an error at a place of a text."""
    before = text[:index]
    return YamlError(message, before.count("\n"), index - (before.rfind("\n") + 1))
