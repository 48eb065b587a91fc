"""The proof of an edit, made on the user's own text before anything is written.

It shows laws 1 and 2 for this very note: every byte outside the changed values is there as before,
every other property still means what it meant, and a second refresh would find nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.errors import BrokenPromiseError, FrontmatterError
from vault_sync.note.frontmatter import Frontmatter, find_block, parse_frontmatter
from vault_sync.note.scalars import Storable, holds
from vault_sync.note.splice import Edit, apply_edits, invert_edits
from vault_sync.note.yamltree import Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from vault_sync.note.yamltree import Node


def prove_edits(before: Frontmatter, edits: Sequence[Edit], owned: Collection[str]) -> Frontmatter:
    """Return the note as it is after the edits, having proved law 1: nothing else changes.

    Args:
        before: the note as it is.
        edits: what is to be changed.
        owned: the properties that the edits may change, add or take away.

    Raises:
        BrokenPromiseError: something else would change; nothing may be written.
    """
    text = apply_edits(before.text, edits)
    if apply_edits(text, invert_edits(before.text, edits)) != before.text:
        raise BrokenPromiseError("Taking the edits back does not give the note back.")
    _prove_inside(before, edits)
    after = _read_again(text)
    kept = [name for name in before.properties if name not in owned]
    if [name for name in after.properties if name not in owned] != kept:
        raise BrokenPromiseError("A property would come, go or change its place.")
    for name in kept:
        _prove_untouched(before, after, name)
    return after


def prove_values(after: Frontmatter, values: Mapping[str, Storable | None]) -> None:
    """Prove law 2: a second refresh finds nothing to do.

    A formula reads nothing but what law 1 leaves as it is and other derived values, so it gives the
    same value again; what is left to prove is that the note now holds it.

    Args:
        after: the note after the edits.
        values: what each owned property must mean.

    Raises:
        BrokenPromiseError: a property would not read as it was written.
    """
    for name, stored in values.items():
        found = after.properties.get(name)
        if found is None or not holds(found.value, stored):
            raise BrokenPromiseError(f"The property {name!r} would not read as it was written.")


def _prove_inside(before: Frontmatter, edits: Iterable[Edit]) -> None:
    for edit in edits:
        if not before.block.start <= edit.start <= edit.end <= before.block.end:
            raise BrokenPromiseError("An edit lies outside the frontmatter.")


def _read_again(text: str) -> Frontmatter:
    try:
        block = find_block(text)
        after = parse_frontmatter(text, block) if block else None
    except FrontmatterError as error:
        raise BrokenPromiseError(f"The edited frontmatter cannot be read: {error}") from None
    if after is None:
        raise BrokenPromiseError("The edited note has no frontmatter.")
    return after


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
    return note.text[note.block.start + node.start : note.block.start + node.end]
