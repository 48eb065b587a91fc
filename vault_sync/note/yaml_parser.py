"""YAML read into nodes that know where they stand in the text, by ruamel.yaml.

ruamel.yaml finds the events (YAML 1.2); libyaml does it where ruamel.yaml.clib is installed. We
stop at events: nothing is constructed, so no tag, alias or merge key can do anything, and a plain
scalar stays the text it is until somebody asks for its value.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ruamel.yaml
from ruamel.yaml import error, events
from ruamel.yaml.reader import ReaderError

from vault_sync.note.yaml_nodes import Alias, Mapping, Scalar, Sequence, YamlError, make_scalar
from vault_sync.text import OTHER_COLONS

try:
    from _ruamel_yaml import CParser
except ImportError:  # no wheel for this interpreter, so the parser in Python answers
    CParser = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.note.yaml_nodes import Node

    NextEvent: TypeAlias = Callable[[], Any]

MAX_DEPTH: Final = 50
_MAX_LINE: Final = 1_000  # of which a fault is explained
_CONTROL: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
# Addresses, times and questions in brackets, and tabs, are good YAML that libyaml may refuse.
_PERHAPS_GOOD: Final = "[{\t"
_SEPARATORS: Final = re.compile("[\x85\u2028\u2029]")


def parse(text: str) -> Node | None:
    """Return the root node of a YAML text, None if there is nothing in it.

    Raises:
        YamlError: it is not YAML that every parser reads alike, holds more than one document, or is
            nested too deep.
    """
    root = _parse(text)
    if root is not None:
        refuse_disputed(root, text)
    if isinstance(root, Scalar) and (
        habit := _match_habit(text.splitlines(), root.line, _NAMELESS)
    ):
        raise habit
    return root


def _parse(text: str) -> Node | None:
    separator = _SEPARATORS.search(text)
    if separator:
        # YAML 1.1, YAML 1.2 and Obsidian disagree on whether these end a line.
        message = "There is an invisible line separator here; type an ordinary new line."
        raise make_error(text, separator.start(), message)
    try:
        return _build_document(_start_events(text))
    except error.MarkedYAMLError as problem:
        if CParser is not None and any(mark in text for mark in _PERHAPS_GOOD):
            return _parse_slowly(text, problem)
        raise _explain(problem, text) from None
    except ReaderError:
        # Its position counts bytes or characters, as the parser happens to be.
        control = re.search(_CONTROL, text)
        message = "There is a control character here; delete it."
        raise make_error(text, control.start() if control else 0, message) from None
    except (error.YAMLError, ValueError, RecursionError) as problem:
        raise YamlError(f"This is not valid YAML ({problem}).", 0, 0) from None


def _start_events(text: str) -> NextEvent:
    if CParser is not None:
        next_event: NextEvent = CParser(text).get_event
        return next_event
    return _start_slow_events(text)


def _start_slow_events(text: str) -> NextEvent:
    return partial(next, ruamel.yaml.YAML(typ="safe", pure=True).parse(text))


def _parse_slowly(text: str, refusal: error.MarkedYAMLError) -> Node | None:
    """Return what the parser in Python makes of a text that libyaml refuses."""
    try:
        return _build_document(_start_slow_events(text))
    except (error.YAMLError, ValueError, RecursionError):
        raise _explain(refusal, text) from None


def _build_document(next_event: NextEvent) -> Node | None:
    root: Node | None = None
    while True:
        event = next_event()
        if isinstance(event, events.StreamEndEvent):
            return root
        if isinstance(event, events.DocumentStartEvent) and root is not None:
            mark = event.start_mark
            raise YamlError("A second YAML document starts here.", mark.line, mark.column)
        if isinstance(event, events.NodeEvent):
            root = _build(event, next_event, 0)


def _build(event: Any, next_event: NextEvent, depth: int) -> Node:
    mark = event.start_mark
    kind = type(event)
    if kind is events.ScalarEvent:
        return _build_scalar(event)
    if kind is events.AliasEvent:
        return Alias(mark.index, event.end_mark.index, mark.line, mark.column)
    if depth == MAX_DEPTH:
        raise YamlError(f"This is nested more than {MAX_DEPTH} deep.", mark.line, mark.column)
    decorated = event.anchor is not None or event.tag is not None
    place = (mark.line, mark.column, decorated)
    is_flow = bool(event.flow_style)
    if kind is events.SequenceStartEvent:
        items, end = _build_items(next_event, events.SequenceEndEvent, depth)
        return Sequence(tuple(items), is_flow, mark.index, end, *place)
    items, end = _build_items(next_event, events.MappingEndEvent, depth)
    pairs = tuple(zip(items[::2], items[1::2], strict=True))
    return Mapping(pairs, is_flow, mark.index, end, *place)


def _build_items(next_event: NextEvent, last: type, depth: int) -> tuple[list[Node], int]:
    """Return the nodes up to the event that ends their collection, and the index of its end."""
    items: list[Node] = []
    scalar = events.ScalarEvent
    while True:
        event = next_event()
        kind = type(event)
        if kind is scalar:
            items.append(_build_scalar(event))
        elif kind is last:
            return items, event.end_mark.index
        else:
            items.append(_build(event, next_event, depth + 1))


def _build_scalar(event: Any) -> Scalar:
    mark, style = event.start_mark, event.style
    # A scalar without a tag is implicit, as a plain or as a quoted one; `tag` is slow to ask for.
    is_decorated = event.anchor is not None or not event.implicit[bool(style)]
    place = (mark.index, event.end_mark.index, mark.line, mark.column)
    return make_scalar((event.value, style or "", *place, is_decorated))


_MISFIT: Final = "This line does not fit the ones above it; look at its quotes and indentation."
_SEEN_TOO_LATE: Final = (
    "unexpected end of stream",
    "expected ',' or",
    "could not find expected ':'",
)
_BACKSLASH: Final = "A backslash in double quotes must be written twice."
_SPECIAL: Final = "A value that starts with this character needs quotes around it."
_MARK: Final = "An invisible byte order mark stands here; delete it."
_SURROGATE: Final = "Half a character is written here as `\\u`; write the character itself."
_EXPLANATIONS: Final = (
    ("hexdecimal", _BACKSLASH),
    ("unexpected end of stream", "The quote that opens here is never closed."),
    ("mapping values are not allowed", "A value with `: ` in it needs quotes around it."),
    ("cannot start any token", _SPECIAL),
    ("could not find expected ':'", "This line has no `:` between a name and a value."),
    ("alphabetic or numeric", "A value that starts with `*` or `&` needs quotes around it."),
    ("expected ',' or", "Something in brackets is broken here: look for a missing `,` or bracket."),
    ("unknown escape character", _BACKSLASH),
    ("unexpected ':'", "A text with `:` in brackets needs quotes around it."),
    ("invalid Unicode character escape", _SURROGATE),
    ("did not find expected", _MISFIT),
    ("expected <block end>", _MISFIT),
)


def _explain(problem: error.MarkedYAMLError, text: str) -> YamlError:
    said = f"{problem.problem or ''} {problem.context or ''}".strip()
    known = (sentence for key, sentence in _EXPLANATIONS if key in said)
    sentence = next(known, f"This is not valid YAML ({said}).")
    mark = problem.problem_mark or problem.context_mark
    if any(key in said for key in _SEEN_TOO_LATE):
        mark = problem.context_mark or mark
    if mark and text[mark.index : mark.index + 1] == "\t":
        sentence = TAB
    if sentence == _BACKSLASH and mark:  # the parsers point at different places behind it
        return make_error(text, text.rfind("\\", 0, mark.index + 1), sentence)
    habit = _find_habit(text, mark.line, mark.column) if mark and sentence != TAB else None
    return habit or YamlError(sentence, *((mark.line, mark.column) if mark else (0, 0)))


# What people type that is no YAML. A parser sees a consequence of it; the line itself shows the cause.

_NAME: Final = r"""[ ]*+(?:- +)*+(?:"[^"]*"|'[^']*'|[^\s"':#\[{][^:]*)"""
_VALUE: Final = rf"(?:{_NAME}: +|[ ]*(?:- +)+)"
_TEXT: Final = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+')"""
_UNSEEN: Final = (
    "\u00a0\u00ad\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u2064\u3000\u3164\ufeff\uffa0"
)
_NO_COLON: Final = "(?!.*:(?: |$))"
_NO_SPACE: Final = "A space is missing behind this `:`."
# For each habit: the line, with the place of the fault as its group; and what is said of it.
_HABITS: Final = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"[ \-]*(\ufeff)", _MARK),
        (rf"[ ]*([{_UNSEEN}])", "An invisible character ({code}) stands here; type a space, or nothing."),
        (rf"{_NAME}:([{_UNSEEN}])", "An invisible character ({code}) stands behind this `:`; type a space."),
        (rf"{_NO_COLON}{_NAME}?([{OTHER_COLONS}])", "This is not the `:` that a name needs, but another character ({code}); type `: `."),
        (rf"{_NO_COLON}[ ]*([\u2010-\u2015\u2022\u2212\u30fb\uff0d\u00b7*+])(?:[ \u3000]|[^\W\d])", "An item of a list begins with `- `; this is another character."),
        (rf"{_NO_COLON}[ ]*(-)[^\s-]", "A space is missing behind this `-`."),
        (rf"{_NO_COLON}{_NAME}(:)[^\s:/]", _NO_SPACE),
        (rf"{_NAME}(:)[\[{{{{]", _NO_SPACE),
        (rf"{_VALUE}(\[\[)", "A link needs quotes around it, as in \"[[Note]]\"; more than one is a list of these."),
        (rf"{_VALUE}{_TEXT} *(,)", "More than one value is a list: write each in a line of its own behind `- `."),
        (rf"{_VALUE}{_TEXT} *([^\s,])", "There is text behind a closing quote; put other quotes around the whole value."),
        (rf"{_VALUE}(?:\[+[^\[\]]*\]+|\{{+[^{{}}]*\}}+) *([^\s\]}}])", "There is text behind a closing bracket; put quotes around the whole value."),
        (rf"{_VALUE}([>|,\]}}?])", _SPECIAL),
        (r"[ ]*([>|%@`*&!])(?=.*:)", "A name that starts with this character needs quotes around it."),
        (rf"{_NAME}: +(-) ", "A list begins in the line below its name."),
        (rf"{_VALUE}([\u00ab\u201c-\u201f\u300c\u300e\uff02].*: )", "These are not the quotes that YAML knows; type straight ones."),
    )
)  # fmt: skip
_NAMELESS: Final = _HABITS[:7]
"""Those that leave a line without a name."""


def _find_habit(text: str, number: int, column: int) -> YamlError | None:
    """Return what is wrong with a line that a parser complains of, None if that is nothing known."""
    lines = text.splitlines()
    habit = _match_habit(lines, number, _HABITS)
    if habit or number >= len(lines) or ": " in lines[number][:column]:
        return habit
    # A line without a name goes on as text, so that the one below it is complained of.
    return _match_habit(lines, number - 1, _NAMELESS)


def _match_habit(
    lines: list[str], number: int, habits: tuple[tuple[re.Pattern[str], str], ...]
) -> YamlError | None:
    line = lines[number][:_MAX_LINE] if 0 <= number < len(lines) else ""
    for pattern, message in habits:
        found = pattern.match(line)
        if found:
            code = f"U+{ord(found[1][0]):04X}"
            return YamlError(message.replace("{code}", code), number, found.start(1))
    return None


# The YAML on which libyaml and the parser in Python agree; what is beyond it is refused with either.
#
# What comes of a note must not depend on the parser that is installed. Both were held against each other
# on made-up notes (`python -m tests.faults --only parsers`). They differ over tabs, over names of anchors
# and tags, over `:` and `?` in brackets, over empty names, and over what stands beside and below `|`.

TAB: Final = "A tab stands here; use spaces."
_EMPTY_NAME: Final = "A name is missing before this `:`."
_BLOCK: Final = "The lines of this block begin in a way that not all programs read alike; put its text in quotes."
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
        yield start, node.end, _find_fault(node, text, start, is_flow=is_flow)
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


def _find_fault(node: Scalar, text: str, start: int, *, is_flow: bool) -> str:
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
