"""YAML read into nodes that know where they stand in the text, by ruamel.yaml.

ruamel.yaml finds the events (YAML 1.2); libyaml does it where ruamel.yaml.clib is installed. We
stop at events: nothing is constructed, so no tag, alias or merge key can do anything, and a plain
scalar stays the text it is until somebody asks for its value.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ruamel.yaml
from ruamel.yaml import error, events
from ruamel.yaml.reader import ReaderError

from vault_sync.note.yaml_nodes import (
    Alias,
    Scalar,
    YamlError,
    YamlMapping,
    YamlSequence,
    make_scalar,
)
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
_SECOND: Final = "A second YAML document starts here; delete its `---`, or the `...` above it."
_MAX_LINE: Final = 1_000  # of which a fault is explained
_CONTROL: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
_COLON_BEHIND: Final = re.compile(r"((?:[ \t\r\n]|(?<=[ \t\n])#[^\n]*)*+:)([ ]*)")
_SEPARATORS: Final = re.compile("[\x85\u2028\u2029]")


def parse(text: str) -> Node | None:
    """Return the root node of a YAML text, None if there is nothing in it.

    Raises:
        YamlError: it is not YAML that every parser reads alike, holds more than one document, or is
            nested too deep.
    """
    separator = _SEPARATORS.search(text)
    if separator:
        # YAML 1.1, YAML 1.2 and Obsidian disagree on whether these end a line.
        message = "There is an invisible line separator here; type an ordinary new line."
        raise make_error(text, separator.start(), message)
    if CParser is not None:
        with suppress(YamlError, error.YAMLError, ValueError, RecursionError):
            return _read(CParser(text).get_event, text)
    return _read_slowly(text)


def _read_slowly(text: str) -> Node | None:
    """Return what the parser in Python reads.

    It decides on all that libyaml refuses, and explains it: so what is said does not depend on the parser.
    """
    try:
        return _read(partial(next, ruamel.yaml.YAML(typ="safe", pure=True).parse(text)), text)
    except error.MarkedYAMLError as problem:
        raise _explain(problem, text) from None
    except ReaderError:
        control = re.search(_CONTROL, text)
        message = "There is a control character here; delete it."
        raise make_error(text, control.start() if control else 0, message) from None
    except AssertionError:  # of a version behind `%YAML` that it does not know
        raise make_error(text, f"\n{text}".find("\n%"), _PERCENT) from None
    except (error.YAMLError, ValueError, RecursionError) as problem:
        raise YamlError(f"This is not valid YAML ({problem}).", 0, 0) from None


def _read(next_event: NextEvent, text: str) -> Node | None:
    """Return the root node of the events of a text, where nothing in it is disputed."""
    root = _build_document(next_event, text)
    mark = _FIRST_MARK.search(text)
    if mark:
        raise make_error(text, mark.end() - 1, _MARK)
    if root is not None:
        root = _count_columns(root, text) if "\ufeff" in text else root
        refuse_disputed(root, text)
    if isinstance(root, Scalar) and (
        habit := _match_habit(text.splitlines(), root.line, _NAMELESS)
    ):
        raise habit
    return root


def _build_document(next_event: NextEvent, text: str) -> Node | None:
    root: Node | None = None
    while True:
        event = next_event()
        if isinstance(event, events.StreamEndEvent):
            return root
        if isinstance(event, events.DocumentStartEvent) and root is not None:
            raise make_error(text, event.start_mark.index, _SECOND)
        if isinstance(event, events.NodeEvent):
            root = _build(event, next_event, text, 0)
            if isinstance(root, Scalar) and not root.text:
                is_decorated = text.startswith(("!", "&"), root.start)
                root = _move(root, root.start, text)._replace(is_decorated=is_decorated)


def _build(event: Any, next_event: NextEvent, text: str, depth: int) -> Node:
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
        items, end = _build_items(next_event, events.SequenceEndEvent, text, depth)
        return YamlSequence(tuple(items), is_flow, mark.index, end, *place)
    items, end = _build_items(next_event, events.MappingEndEvent, text, depth)
    pairs = tuple(
        (name, _place(value, name, text, is_flow=is_flow))
        for name, value in zip(items[::2], items[1::2], strict=True)
    )
    return YamlMapping(pairs, is_flow, mark.index, end, *place)


def _build_items(
    next_event: NextEvent, last: type, text: str, depth: int
) -> tuple[list[Node], int]:
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
            items.append(_build(event, next_event, text, depth + 1))


def _build_scalar(event: Any) -> Scalar:
    mark, style = event.start_mark, event.style
    # A scalar without a tag is implicit, as a plain or as a quoted one; `tag` is slow to ask for.
    start, end, text = mark.index, event.end_mark.index, event.value
    is_decorated = event.anchor is not None or not event.implicit[bool(style)]
    if not text and not style and start < end:
        is_decorated = True  # a lone `!`, which the parser in Python forgets
    return make_scalar((text, style or "", start, end, mark.line, mark.column, is_decorated))


def _place(value: Node, name: Node, text: str, *, is_flow: bool) -> Node:
    """Return a value; one that is not there stands behind its colon, wherever a parser puts it."""
    if value.start != value.end or not isinstance(value, Scalar):
        return value
    colon = _COLON_BEHIND.match(text, name.end)
    place = colon.end(2 if is_flow else 1) if colon else name.end
    return _move(value, place, text)


def _count_columns(node: Node, text: str) -> Node:
    """Return a node with its columns counted anew: the parser in Python leaves out byte order marks."""
    node = node._replace(column=node.start - (text.rfind("\n", 0, node.start) + 1))
    if isinstance(node, YamlSequence):
        return node._replace(items=tuple(_count_columns(item, text) for item in node.items))
    if isinstance(node, YamlMapping):
        pairs = (
            (_count_columns(name, text), _count_columns(value, text)) for name, value in node.pairs
        )
        return node._replace(pairs=tuple(pairs))
    return node


def _move(empty: Scalar, place: int, text: str) -> Scalar:
    before = text.rfind("\n", 0, place) + 1
    line = text.count("\n", 0, place)
    return empty._replace(start=place, end=place, line=line, column=place - before)


_MISFIT: Final = "This line does not fit the ones above it; look at its quotes and indentation."
_BACKSLASH: Final = "A backslash in double quotes must be written twice."
_SPECIAL: Final = "A value that starts with this character needs quotes around it."
_SIGN: Final = "A value that starts with `*`, `&` or `!` needs quotes around it."
_BRACKET: Final = "Something in brackets is broken here: look for a missing `,` or bracket."
_BLOCK: Final = "The lines of this block begin in a way that not all programs read alike; put its text in quotes."
_PERCENT: Final = "A line cannot start with `%`; put quotes around its name, or delete it."
_MARK: Final = "An invisible byte order mark stands here; delete it."
_SURROGATE: Final = "Half a character is written here as `\\u`; write the character itself."
# What ruamel.yaml says of a place at the end of what is wrong, and where it sees only the consequence.
_SEEN_LATE: Final = (
    (" tag", _SIGN),
    ("an alias", _SIGN),
    ("an anchor", _SIGN),
    ("indicator", _SPECIAL),
    ("expected a comment or a line break", _SPECIAL),
    ("a quoted scalar", "The quote that opens here is never closed."),
    ("could not find expected ':'", "This line has no `:` between a name and a value."),
    ("expected ',' or", _BRACKET),
)
_SEEN_AT_ONCE: Final = (
    ("more indented", _BLOCK),
    ("hexdecimal", _BACKSLASH),
    ("unknown escape character", _BACKSLASH),
    ("mapping values are not allowed", "A value with `: ` in it needs quotes around it."),
    ("not allowed here", _SPECIAL),
    ("cannot start any token", _SPECIAL),
    ("unexpected ':'", "A text with `:` in brackets needs quotes around it."),
    ("a flow node", _BRACKET),
    ("a block node", _SPECIAL),
    ("expected <block end>", _MISFIT),
    ("expected '<document start>'", _MISFIT),
)


def _explain(problem: error.MarkedYAMLError, text: str) -> YamlError:
    said = f"{problem.problem or ''} {problem.context or ''}".strip()
    late = next((sentence for key, sentence in _SEEN_LATE if key in said), None)
    known = (sentence for key, sentence in _SEEN_AT_ONCE if key in said)
    sentence = late or next(known, f"This is not valid YAML ({said}).")
    mark = problem.problem_mark or problem.context_mark
    if late:
        mark = problem.context_mark or mark
    if mark and text[mark.index : mark.index + 1] == "\t":
        sentence = TAB
    if sentence == _BACKSLASH and mark:
        return make_error(text, text.rfind("\\", 0, mark.index + 1), sentence)
    place = mark.index if mark else 0
    habit = _find_habit(text, mark.line, mark.column) if mark and sentence != TAB else None
    if not text[place:].strip():  # what is missing, is missing behind the last sign
        place = max(len(text.rstrip()) - 1, 0)
    return habit or make_error(text, place, sentence)


# What people type that is no YAML. A parser sees a consequence of it; the line itself shows the cause.

_NAME: Final = r"""[ ]*+(?:- +)*+(?:"[^"]*"|'[^']*'|[^\s"':#\[{][^:]*)"""
_VALUE: Final = rf"(?:{_NAME}::? +|[ ]*(?:- +)+)"
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
        (r"(%)", _PERCENT),
        (rf"{_NAME}:([{_UNSEEN}])", "An invisible character ({code}) stands behind this `:`; type a space."),
        (rf"{_NO_COLON}{_NAME}?([{OTHER_COLONS}])", "This is not the `:` that a name needs, but another character ({code}); type `: `."),
        (rf"{_NO_COLON}[ ]*([\u2010-\u2015\u2022\u2212\u30fb\uff0d\u00b7*+])(?:[ \u3000]|[^\W\d])", "An item of a list begins with `- `; this is another character."),
        (rf"{_NO_COLON}[ ]*(-)[^\s-]", "A space is missing behind this `-`."),
        (rf"{_NO_COLON}{_NAME}(:)[^\s:/]", _NO_SPACE),
        (rf"{_NAME}(:)[\[{{{{]", _NO_SPACE),
        (rf"{_VALUE}(\[\[)", "A link needs quotes around it, as in \"[[Note]]\"; more than one is a list of these."),
        (rf"{_VALUE}{_TEXT} *(,)", "More than one value is a list: write each in a line of its own behind `- `."),
        (rf"{_VALUE}{_TEXT} *([^\s,])", "There is text behind a closing quote; put other quotes around the whole value."),
        (rf"[ ]*{_TEXT} *([^\s:])", "There is text behind a closing quote; put other quotes around the whole name."),
        (r"(\.\.\.)(?:\s|$)", "A line `...` ends all properties; delete it."),
        (rf"{_VALUE}(?:\[+[^\[\]]*\]+|\{{+[^{{}}]*\}}+) *([^\s\]}}])", "There is text behind a closing bracket; put quotes around the whole value."),
        (rf"{_VALUE}([>|,\]}}?])", _SPECIAL),
        (r"[ ]*([>|%@`*&!])(?=.*:)", "A name that starts with this character needs quotes around it."),
        (rf"{_NAME}: +(-) ", "A list begins in the line below its name."),
        (rf"{_VALUE}([\u00ab\u201c-\u201f\u300c\u300e\uff02].*: )", "These are not the quotes that YAML knows; type straight ones."),
    )
)  # fmt: skip
_NAMELESS: Final = _HABITS[:8]
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
    if not isinstance(root, YamlMapping) or root.is_flow or any(odd in text for odd in _ODD):
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
    if type(node) is not YamlSequence or not all(type(item) is Scalar for item in node.items):
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
    elif isinstance(node, YamlSequence):
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
