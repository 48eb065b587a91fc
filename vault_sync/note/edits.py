"""Edits of properties: the exact splice that changes, empties or adds one, and nothing else."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import BrokenPromiseError
from vault_sync.note.frontmatter import FIRST_LINE, refuse
from vault_sync.note.values import Stored, StoredList, is_date_text, is_empty_node, resolve_plain
from vault_sync.note.yaml_nodes import Alias, Node, Scalar, YamlMapping, YamlSequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.note.frontmatter import Frontmatter, Property
    from vault_sync.note.values import Storable


# Edits of a text: made as places and replacements, applied all at once, and proved afterwards.

_PLACE: Final = itemgetter(0, 1)


class Edit(NamedTuple):
    """Put ``replacement`` in the place of ``text[start:end]``; an insertion has both equal."""

    start: int
    end: int
    replacement: str


def sort_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits in the order of their places; insertions at one place keep theirs."""
    return sorted(edits, key=_PLACE)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made. Insertions at one place keep their order.

    Raises:
        BrokenPromiseError: two edits overlap or lie outside the text.
    """
    pieces: list[str] = []
    done = 0
    for start, end, replacement in sort_edits(edits):
        if not done <= start <= end <= len(text):
            raise BrokenPromiseError(f"Two edits meet at character {start}.")
        pieces += (text[done:start], replacement)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def invert_edits(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that bring the edited text back to the one given here."""
    shift = 0
    inverse: list[Edit] = []
    for start, end, replacement in sort_edits(edits):
        inverse.append(Edit(start + shift, start + shift + len(replacement), text[start:end]))
        shift += len(replacement) - (end - start)
    return inverse


_BLANKS: Final = re.compile(r"[ \t]*")
_COLON: Final = re.compile(r"[ \t]*:")
_BARE_LINE: Final = re.compile(r"[ \t]*(?:#.*)?\r?\n")
_END_MARK: Final = re.compile(r"^\.\.\.(?=[ \r\n])", re.MULTILINE)


def change_value(note: Frontmatter, name: str, stored: Storable | None) -> Edit:
    """Return the edit that puts a value in the place of another, in the style of the old one.

    Args:
        note: the frontmatter.
        name: a property that is there, in NFC.
        stored: the new value; None empties the property.

    Raises:
        FrontmatterError: the old value is not one that can be replaced safely.
    """
    found = note.properties[name]
    if isinstance(stored, StoredList):
        return _change_list(note, found, stored)
    value = _require_scalar(note, found)
    start, end = _find_span(note, found)
    if stored is None:
        after_key = _after_key(note, found)
        gap = note.text[after_key:start]
        return Edit(start if gap.strip(" \t") else after_key, end, "")
    if start < end:
        is_style_kept = not is_empty_node(value) or bool(value.style)
        return Edit(start, end, render_like(stored, value) if is_style_kept else render_new(stored))
    separator = "" if note.text[start - 1] in " \t" else " "
    return Edit(start, end, separator + render_new(stored))


def fill_value(note: Frontmatter, name: str, stored: Storable | None) -> Edit:
    """Return the edit that fills an empty property once, as `change_value` would.

    But a number takes the place of the quotes of an empty text: in them it would be a text by the
    next run, and nobody would ever write it again.
    """
    edit = change_value(note, name, stored)
    if isinstance(stored, Stored) and stored.kind == "number" and edit.start < edit.end:
        return edit._replace(replacement=render_new(stored))
    return edit


def insert_property(note: Frontmatter, name: str, stored: Storable, after: str | None) -> Edit:
    """Return the edit that adds a line for a property, in Obsidian's own style.

    Args:
        note: the frontmatter.
        name: a property that is not there.
        stored: its value.
        after: the property whose lines it follows; None for the end of the frontmatter.

    Raises:
        FrontmatterError: the frontmatter is one object in braces.
    """
    if note.is_flow:
        raise refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            FIRST_LINE,
        )
    place = (
        _end_of_properties(note) if after is None else _end_of_lines(note, note.properties[after])
    )
    eol = _eol_before(note, place)
    if isinstance(stored, StoredList):
        value = render_new_list(stored, note.indent, eol)
    else:
        value = f" {render_new(stored)}"
    return Edit(place, place, f"{' ' * note.indent}{render_key(name)}:{value}{eol}")


def _change_list(note: Frontmatter, found: Property, stored: StoredList) -> Edit:
    """Return the edit that replaces a whole list, or a single value by a list."""
    after_key, old = _after_key(note, found), found.value
    if not isinstance(old, YamlSequence):
        return _change_to_list(note, found, stored)
    start = note.block.start + old.start
    end = note.block.start + old.end if old.is_flow else _end_of_text(note, found)
    if note.is_flow or not is_replaceable(
        old, note.text[start if old.is_flow else after_key : end]
    ):
        raise refuse(
            f"The list `{found.name}` holds comments, anchors or lists of its own, which would be lost; take them out.",
            found.key.line + FIRST_LINE,
            found.name,
        )
    text = render_list_like(stored, old, _eol_before(note, note.block.end))
    return Edit(start if old.is_flow else after_key, end, text)


def _change_to_list(note: Frontmatter, found: Property, stored: StoredList) -> Edit:
    """Return the edit that puts a list in the place of a value; in brackets if a comment is near."""
    _require_scalar(note, found)
    after_key = _after_key(note, found)
    start, end = _find_span(note, found)
    if note.text[after_key:start].strip():
        return Edit(start, end, f"[{render_items(stored)}]")
    if note.text[end] in "\r\n":
        eol = _eol_before(note, note.block.end)
        return Edit(after_key, end, render_new_list(stored, note.indent, eol))
    return Edit(after_key, end, f" [{render_items(stored)}]")


def _end_of_text(note: Frontmatter, found: Property) -> int:
    """Return where the last line of a property ends, before its line end."""
    end = _end_of_lines(note, found)
    return end - len(_eol_before(note, end))


def _find_span(note: Frontmatter, found: Property) -> tuple[int, int]:
    """Return where a value's text is; for an empty one, where it would be put."""
    if isinstance(found.value, Scalar) and found.value.start == found.value.end:
        place = _after_colon(note, found)
        return place, place
    return note.block.start + found.value.start, note.block.start + found.value.end


def _require_scalar(note: Frontmatter, found: Property) -> Scalar:
    line = found.key.line + FIRST_LINE
    value = found.value
    if note.is_flow:
        raise refuse(
            "The frontmatter is one object in braces (JSON); write one `name: value` on each line.",
            line,
            found.name,
        )
    if isinstance(value, Alias) or value.is_decorated or found.key.is_decorated:
        raise refuse(
            f"The property `{found.name}` uses an anchor, alias or tag (`&`, `*`, `!`); write its value out.",
            line,
            found.name,
        )
    if isinstance(value, YamlSequence | YamlMapping):
        raise refuse(
            f"The property `{found.name}` holds a list or object where one value belongs; empty it and it will be filled in.",
            line,
            found.name,
        )
    if value.style in {"|", ">"}:
        raise refuse(
            f"The property `{found.name}` is a block of lines (`{value.style}`); put its value on one line.",
            line,
            found.name,
        )
    return value


def _after_key(note: Frontmatter, found: Property) -> int:
    """Return the index behind the colon of a property."""
    key_end = note.block.start + found.key.end
    colon = _COLON.match(note.text, key_end)
    if not colon:
        raise refuse(
            f"The name and the value of `{found.name}` stand on different lines; write `name: value` on one.",
            found.key.line + FIRST_LINE,
            found.name,
        )
    return colon.end()


def _after_colon(note: Frontmatter, found: Property) -> int:
    """Return where a value goes that is not there yet: behind the blanks, but before a comment."""
    after_key = _after_key(note, found)
    blanks = _BLANKS.match(note.text, after_key)
    end = blanks.end() if blanks else after_key
    return end if note.text[end] in "\r\n" else after_key


def _end_of_lines(note: Frontmatter, found: Property) -> int:
    """Return the index of the line that follows a property's last line."""
    last = _last_leaf(found.value)
    text, start = note.text, note.block.start
    if isinstance(last, Scalar) and last.start == last.end:
        return _skip_bare_lines_back(note, found)
    end = start + last.end
    if isinstance(last, Scalar) and last.style in {"|", ">"}:
        return _end_of_block(text, start + last.start, end)
    return text.index("\n", end) + 1


def _end_of_block(text: str, start: int, end: int) -> int:
    """Return where the lines of a block (`|`, `>`) end, without the empty ones below it.

    Args:
        text: the whole note.
        start: the index of the block's sign.
        end: where the parser stopped, perhaps within the blanks of another line.
    """
    header = text.index("\n", start) + 1
    lines = text[header : max(header, text.rfind("\n", header, end) + 1)]
    if "+" in text[start:header].partition("#")[0]:  # its empty lines are its value
        return header + len(lines)
    last = header + len(lines.rstrip("\r\n"))
    return last if last == header else text.index("\n", last) + 1


def _end_of_properties(note: Frontmatter) -> int:
    """Return where the last line of the properties ends: before the mark `...`, if there is one."""
    if note.is_plain:
        return note.block.end
    mark = _END_MARK.search(note.text, note.block.start, note.block.end)
    return mark.start() if mark else note.block.end


def _last_leaf(node: Node) -> Node:
    while isinstance(node, YamlSequence | YamlMapping) and not node.is_flow:
        node = node.items[-1] if isinstance(node, YamlSequence) else node.pairs[-1][1]
    return node


def _skip_bare_lines_back(note: Frontmatter, found: Property) -> int:
    """Return where the lines of a property end whose last value is empty, so has no place."""
    following = [other for other in note.properties.values() if other.key.start > found.key.start]
    place = note.block.start + following[0].key.start if following else _end_of_properties(note)
    place = note.text.rindex("\n", 0, place) + 1
    while True:  # that of the name is not bare
        before = note.text.rindex("\n", 0, place - 1) + 1
        if not _BARE_LINE.fullmatch(note.text, before, place):
            return place
        place = before


def _eol_before(note: Frontmatter, place: int) -> str:
    return "\r\n" if note.text.endswith("\r\n", 0, place) else "\n"


# List properties: written as a whole, in the list style that the note has already.

_COMMENT: Final = re.compile(r"(?:^|\s)#", re.MULTILINE)
_OBSIDIAN_INDENT: Final = 2
_DASH: Final = "- "


def render_new_list(stored: StoredList, indent: int, eol: str) -> str:
    """Return what stands behind the colon of a new list, in Obsidian's own style.

    Args:
        stored: the list.
        indent: how many spaces stand before the names of the note.
        eol: what ends a line of the note.
    """
    if not stored.items:
        return " []"
    start = f"{eol}{' ' * (indent + _OBSIDIAN_INDENT)}{_DASH}"
    return "".join(f"{start}{render_new(item)}" for item in stored.items)


def render_list_like(stored: StoredList, old: YamlSequence, eol: str) -> str:
    """Return what stands in the place of a list: in brackets, or a line for each item.

    Args:
        stored: the new list.
        old: the one that it replaces; it has items if it is not in brackets.
        eol: what ends a line of the note.
    """
    if old.is_flow or not stored.items:
        shown = f"[{render_items(stored)}]"
        return shown if old.is_flow else f" {shown}"
    gap = max(old.items[0].column - old.column, len(_DASH))
    start = f"{eol}{' ' * old.column}{_DASH.ljust(gap)}"
    return "".join(f"{start}{text}" for text in _render_lines(stored, old))


def render_items(stored: StoredList) -> str:
    """Return what stands between the brackets of a list."""
    return ", ".join(render_in_brackets(item) for item in stored.items)


def is_replaceable(old: YamlSequence, raw: str) -> bool:
    """Say whether nothing would be lost with a list: a comment, an anchor, an item of many lines."""
    plain = (isinstance(item, Scalar) and _is_plain(item) for item in old.items)
    return not old.is_decorated and not _COMMENT.search(raw) and all(plain)


def _is_plain(item: Scalar) -> bool:
    return not item.is_decorated and item.style not in {"|", ">"}


def _render_lines(stored: StoredList, old: YamlSequence) -> Iterator[str]:
    for number, item in enumerate(stored.items):
        model: Node = old.items[min(number, len(old.items) - 1)]
        yield _render_item(item, model)


def _render_item(item: Stored, model: Node) -> str:
    is_model = isinstance(model, Scalar) and bool(model.text or model.style)
    return render_like(item, model) if is_model and isinstance(model, Scalar) else render_new(item)


# How a value is written: in the style of the one it replaces, or in Obsidian's own.

_LOOKS_NUMERIC: Final = re.compile(r"[-+.]?[0-9][0-9_.,:eE+-]*")
# A first character that means nothing to YAML, then no `: `, no ` #` and no space at the end.
_PLAIN: Final = re.compile(
    r"""(?!---|\.\.\.)(?:[^\s\-?:,\[\]{}#&*!|>'"%@`\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff]|[-?:](?=[^\s,\[\]{}]))"""
    r"(?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff:#]|:(?=[^\s])|(?<=[^\s])#)*(?<![\s:])"
)
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED: Final = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')


def render_new(stored: Stored) -> str:
    """Return a value in Obsidian's own style: bare where YAML allows it, else double-quoted."""
    if stored.kind != "text" or _reads_as_text(stored.text):
        return stored.text
    return _render_double(stored.text)


def render_like(stored: Stored, old: Scalar) -> str:
    """Return a value in the style of the one it replaces; quoted only where it must be."""
    if stored.kind == "checkbox":
        return stored.text
    if old.style == '"':
        return _render_double(stored.text)
    if old.style == "'" and not _ESCAPED.search(stored.text.replace('"', "").replace("\\", "")):
        return "'" + stored.text.replace("'", "''") + "'"
    if old.style == "'":
        return _render_double(stored.text)
    if all(isinstance(resolve_plain(text), float) for text in (old.text, stored.text)):
        return stored.text
    return render_new(stored)


def render_in_brackets(stored: Stored) -> str:
    """Return an item of a list in brackets, where a comma, colon or bracket needs quotes, too."""
    text = render_new(stored)
    is_plain = text[0] == '"' or not any(mark in text for mark in ",:?[]{}")
    return text if is_plain else _render_double(stored.text)


def render_key(name: str) -> str:
    """Return a property name as Obsidian writes it: quoted if it has a bracket or comma, too."""
    is_plain = _reads_as_text(name) and not any(mark in name for mark in ",[]{}")
    return name if is_plain else _render_double(name)


def _reads_as_text(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and (is_date_text(text) or not _LOOKS_NUMERIC.fullmatch(text))
        and isinstance(resolve_plain(text), str)
    )


def _render_double(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or (
        f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"
    )
