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

from vault_sync.note.yaml_common import TAB, make_error, refuse_disputed
from vault_sync.note.yaml_nodes import Alias, Mapping, Scalar, Sequence, YamlError

try:
    from _ruamel_yaml import CParser
except ImportError:  # no wheel for this interpreter, so the parser in Python answers
    CParser = None

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.note.yaml_nodes import Node

    NextEvent: TypeAlias = Callable[[], Any]

MAX_DEPTH: Final = 50
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
    # Without the detour over Scalar.__new__: there are seventy of these in a study note.
    return tuple.__new__(Scalar, (event.value, style or "", *place, is_decorated))


_MISFIT: Final = "This line does not fit the ones above it; look at its quotes and indentation."
_SEEN_TOO_LATE: Final = (
    "unexpected end of stream",
    "expected ',' or",
    "could not find expected ':'",
)
_EXPLANATIONS: Final = (
    ("unexpected end of stream", "The quote that opens here is never closed."),
    ("mapping values are not allowed", "A value with `: ` in it needs quotes around it."),
    ("cannot start any token", "A value that starts with this character needs quotes around it."),
    ("could not find expected ':'", "This line has no `:` between a name and a value."),
    ("alphabetic or numeric", "A value that starts with `*` or `&` needs quotes around it."),
    ("expected ',' or", "Something in brackets is broken here: look for a missing `,` or bracket."),
    ("unknown escape character", "A backslash in double quotes must be written twice."),
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
    return YamlError(sentence, *((mark.line, mark.column) if mark else (0, 0)))
