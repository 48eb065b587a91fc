"""The proof of an edit, made on the user's own text before anything is written.

It shows laws 1 and 2 for this very note: every byte outside the changed values is there as before,
every other property still means what it meant, and a second refresh would find nothing to do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vault_sync.errors import BrokenPromiseError, FrontmatterError
from vault_sync.note.frontmatter import Frontmatter, find_block, parse_frontmatter
from vault_sync.note.plain_lines import read_lines
from vault_sync.note.splice import Edit, apply_edits, invert_edits, sort_edits
from vault_sync.note.values import Storable, is_same_value
from vault_sync.note.yaml_tree import Mapping as YamlMapping
from vault_sync.note.yaml_tree import Scalar, YamlError, parse_yaml
from vault_sync.text import NameMap, to_nfc

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from vault_sync.note.yaml_tree import Node

_LONG_LINE: Final = 200


def prove_edits(
    before: Frontmatter, edits: Sequence[Edit], values: Mapping[str, Storable | None]
) -> str:
    """Return the edited text of a note, having proved that it keeps laws 1 and 2.

    A formula reads nothing but what law 1 leaves as it is and other derived values, so it gives the
    same value again; for law 2 it is enough that the note then holds it.

    Args:
        before: the note as it is.
        edits: what is to be changed.
        values: what each owned property that the note then has must mean.

    Raises:
        BrokenPromiseError: a law would be broken; nothing may be written.
    """
    edits = sort_edits(edits)
    text = prove_bytes(before, edits)
    owned = NameMap(values)
    nodes = _read_new_lines(before, edits, text, owned) if before.is_plain else None
    if nodes is None:
        nodes = _read_again(before, text, owned)
    for name, stored in values.items():
        if name not in nodes or not is_same_value(nodes[name], stored):
            raise BrokenPromiseError(f"The property {name!r} would not read as it was written.")
    return text


def prove_bytes(before: Frontmatter, edits: Sequence[Edit]) -> str:
    """Return the edited text of a note, having proved that the edits can be taken back to the byte.

    Args:
        before: the note as it is.
        edits: what is to be changed, all of it within the frontmatter.

    Raises:
        BrokenPromiseError: the edits do more than that.
    """
    text = apply_edits(before.text, edits)
    if apply_edits(text, invert_edits(before.text, edits)) != before.text:
        raise BrokenPromiseError("Taking the edits back does not give the note back.")
    _prove_inside(before, edits)
    return text


def prove_undo(before: Frontmatter, edits: Sequence[Edit], owned: Collection[str]) -> str:
    """Return the edited text of a note from which edits were taken back; nothing else changes.

    Raises:
        BrokenPromiseError: something else would change.
    """
    text = prove_bytes(before, edits)
    _read_again(before, text, NameMap.of(owned))
    return text


def _read_new_lines(
    before: Frontmatter, edits: Sequence[Edit], text: str, owned: Container[str]
) -> NameMap[Node] | None:
    """Return the values after the edits of a note of plain lines, None if a new line is not plain.

    Each line of such a note is a property of its own, whatever stands around it. So only the lines
    that are new are read again, by ruamel.yaml; the others are the bytes that they were.
    """
    new: NameMap[Node] = NameMap()
    for edit, inverse in zip(edits, invert_edits(before.text, edits), strict=True):
        line = _find_lines(text, inverse)
        read = _read_line(line) if len(line) > _LONG_LINE else _recall_line(line)
        if read is None:
            return None
        name, new[name] = read
        if name not in owned or not _is_place_of(before, name, edit):
            raise BrokenPromiseError(
                f"The property {name!r} would come to a line that is not its own."
            )
    if len(new) != len(edits):
        raise BrokenPromiseError("Two new lines would be of one property.")
    nodes = NameMap({name: found.value for name, found in before.properties.items()})
    nodes.update(new)
    return nodes


def _read_line(line: str) -> tuple[str, Node] | None:
    """Return the name and the value of a line as ruamel.yaml reads it, None if it is not plain."""
    pairs = read_lines(line)
    if pairs is None or len(pairs) != 1:
        return None
    try:
        root = parse_yaml(line)
    except YamlError as error:
        raise BrokenPromiseError(f"A new line cannot be read: {error}") from None
    found = _list_pairs(root)
    if len(found) != 1:
        raise BrokenPromiseError("A line would not read as one property.")
    ((key, value),) = found
    return to_nfc(key.text), value


# Of the new lines of a day most are those of many notes: `오늘2: 2024/10/27`.
_recall_line = lru_cache(maxsize=2048)(_read_line)


def _is_place_of(before: Frontmatter, name: str, edit: Edit) -> bool:
    """Say whether an edit is of the line of a property, or adds a line for one that is not there."""
    line = before.text.rfind("\n", 0, edit.start) + 1
    found = before.properties.get(name)
    if found:
        return line == before.block.start + found.key.start
    return line == edit.start == edit.end and edit.replacement.endswith("\n")


def _find_lines(text: str, edit: Edit) -> str:
    """Return the whole lines of the edited text that an edit, given as its inverse, has changed."""
    start = text.rfind("\n", 0, edit.start) + 1
    end = (
        edit.end
        if text[edit.end - 1] == "\n" and edit.end > edit.start
        else text.index("\n", edit.end) + 1
    )
    return text[start:end]


def _list_pairs(root: Node | None) -> list[tuple[Scalar, Node]]:
    pairs = root.pairs if isinstance(root, YamlMapping) else ()
    return [(key, value) for key, value in pairs if isinstance(key, Scalar)]


def _prove_inside(before: Frontmatter, edits: Iterable[Edit]) -> None:
    for edit in edits:
        if not before.block.start <= edit.start <= edit.end <= before.block.end:
            raise BrokenPromiseError("An edit lies outside the frontmatter.")


def _read_again(before: Frontmatter, text: str, owned: Container[str]) -> NameMap[Node]:
    """Return the values after the edits, all read by ruamel.yaml, having proved the others."""
    try:
        block = find_block(text)
        after = parse_frontmatter(text, block) if block else None
    except FrontmatterError as error:
        raise BrokenPromiseError(f"The edited frontmatter cannot be read: {error}") from None
    if after is None:
        raise BrokenPromiseError("The edited note has no frontmatter.")
    kept = [name for name in before.properties if name not in owned]
    if [name for name in after.properties if name not in owned] != kept:
        raise BrokenPromiseError("A property would come, go or change its place.")
    for name in kept:
        _prove_untouched(before, after, name)
    return NameMap({name: found.value for name, found in after.properties.items()})


def _prove_untouched(before: Frontmatter, after: Frontmatter, name: str) -> None:
    """Prove that a property means what it meant; that its bytes are the same is proved already."""
    old, new = before.properties[name].value, after.properties[name].value
    if type(old) is Scalar and type(new) is Scalar:
        is_same = old[:2] == new[:2]  # text and style
    else:
        is_same = type(old) is type(new) and _raw(before, old) == _raw(after, new)
    if not is_same:
        raise BrokenPromiseError(f"The property {name!r} would change.")


def _raw(note: Frontmatter, node: Node) -> str:
    """Return the text of a node, without the blank lines and comments below it.

    The mark at the end of a list or object on lines of its own is where the next property begins;
    a line may be added between, and then the bare lines are on the other side of it.
    """
    lines = note.text[note.block.start + node.start : note.block.start + node.end].split("\n")
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return "\n".join(lines)
