"""The proof of an edit, made on the user's own text before anything is written.

It shows laws 1 and 2 for this very note: every byte outside the changed values is there as before,
every other property still means what it meant, and a second refresh would find nothing to do.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from vault_sync.errors import BrokenPromiseError, FrontmatterError, Problem, UnprovedError
from vault_sync.note.edits import (
    Edit,
    apply_edits,
    change_value,
    fill_value,
    insert_property,
    invert_edits,
    sort_edits,
)
from vault_sync.note.frontmatter import (
    MAX_BLOCK,
    Frontmatter,
    Property,
    find_block,
    parse_frontmatter,
    parse_yaml,
)
from vault_sync.note.values import Storable, is_same_value, node_to_json, to_json
from vault_sync.note.yaml_nodes import (
    Alias,
    Scalar,
    YamlError,
    YamlMapping,
    YamlSequence,
    read_lines,
)
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.rules.sources import Mode
from vault_sync.text import NameMap, to_nfc

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence

    from vault_sync.note.yaml_nodes import Node
    from vault_sync.plan.note_plan import StaleProperty

_LONG_LINE: Final = 200
_BLANKS: Final = " \t\r\n"


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
        UnprovedError: a law might be broken; nothing may be written.
        BrokenPromiseError: the edits are none of frontmatter: a bug.
    """
    edits = sort_edits(edits)
    text = prove_bytes(before, edits)
    owned = NameMap(values)
    nodes = _read_new_lines(before, edits, text, owned) if before.is_plain else None
    old = before.properties if nodes is not None else NameMap[Property]()
    if nodes is None:
        nodes = _read_again(before, text, owned)
    for name, stored in values.items():
        node = nodes.get(name) or ((found := old.get(name)) and found.value)
        if node is None or not is_same_value(node, stored):
            raise UnprovedError(f"`{name}` would not read as it was written")
    return text


def prove_bytes(before: Frontmatter, edits: Sequence[Edit]) -> str:
    """Return the edited text of a note, having proved what the edits do to its bytes.

    They can be taken back, and they take away nothing but blanks and the value of a property, or a
    property as a whole.

    Args:
        before: the note as it is.
        edits: what is to be changed, all of it within the frontmatter.

    Raises:
        UnprovedError: something beside a value would be lost.
        BrokenPromiseError: an edit lies elsewhere, or cannot be taken back: a bug.
    """
    text = prove_reversible(before, edits)
    properties = [*before.properties.values()]
    places = [before.block.start + found.key.start for found in properties]
    for edit in edits:
        if edit.start < edit.end:
            nearest = bisect_left(places, edit.end) - 1
            _prove_cut(before, properties[nearest] if nearest >= 0 else None, edit)
    return text


def prove_reversible(before: Frontmatter, edits: Sequence[Edit]) -> str:
    """Return the edited text of a note, having proved that the edits can be taken back to the byte.

    Args:
        before: the note as it is.
        edits: what is to be changed, all of it within the frontmatter.

    Raises:
        BrokenPromiseError: an edit lies elsewhere, or cannot be taken back: a bug.
    """
    text = apply_edits(before.text, edits)
    if apply_edits(text, invert_edits(before.text, edits)) != before.text:
        raise BrokenPromiseError("Taking the edits back does not give the note back.")
    for edit in edits:
        if not before.block.start <= edit.start <= edit.end <= before.block.end:
            raise BrokenPromiseError("An edit lies outside the frontmatter.")
    return text


def prove_undo(before: Frontmatter, edits: Sequence[Edit], owned: Collection[str]) -> str:
    """Return the edited text of a note from which edits were taken back; nothing else changes.

    Args:
        before: the note as it is.
        edits: what is to be changed; they may be of whole lines, with the names in them.
        owned: the properties that they may change.

    Raises:
        UnprovedError: something else might change.
        BrokenPromiseError: the edits are none of frontmatter: a bug.
    """
    text = prove_bytes(before, [_narrow(before.text, edit) for edit in edits])
    _read_again(before, text, NameMap.of(owned))
    return text


def _narrow(text: str, edit: Edit) -> Edit:
    """Return an edit without what it leaves as it is at its start, such as the name."""
    pairs = zip(text[edit.start : edit.end], edit.replacement, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Edit(edit.start + same, edit.end, edit.replacement[same:])


def _prove_cut(before: Frontmatter, found: Property | None, edit: Edit) -> None:
    """Prove that nothing is cut but blanks and a value, with its name where the property goes."""
    if found is None:
        raise UnprovedError("something before the first property would be lost")
    values, signs = _list_values(found)
    if not edit.replacement and before.text[edit.start - 1] == before.text[edit.end - 1] == "\n":
        values, signs = [found.key, *values], f"{signs}:"
    place, block, beside = edit.start, before.block.start, ""
    for value in values:
        beside += before.text[place : min(block + value.start, edit.end)]
        place = max(place, block + value.end)
    if (beside + before.text[place : edit.end]).strip(signs):
        raise UnprovedError(f"something beside the value of `{found.name}` would be lost")


def _list_values(found: Property) -> tuple[Sequence[Scalar], str]:
    """Return the value of a property, or the items of its list, and what may stand between them.

    Raises:
        UnprovedError: more hangs on it, such as an anchor or the comment of a block of lines.
    """
    node = found.value
    values: Sequence[Node] = node.items if isinstance(node, YamlSequence) else [node]
    scalars = [one for one in values if isinstance(one, Scalar) and one.style not in {"|", ">"}]
    is_plain = len(scalars) == len(values) and not any(one.is_decorated for one in scalars)
    if not is_plain or isinstance(node, Alias) or node.is_decorated:
        raise UnprovedError(f"more than the value of `{found.name}` would be lost")
    if isinstance(node, YamlSequence):
        return scalars, _BLANKS + (",[]" if node.is_flow else "-")
    return scalars, _BLANKS


def _read_new_lines(
    before: Frontmatter, edits: Sequence[Edit], text: str, owned: Container[str]
) -> NameMap[Node] | None:
    """Return the new values of a note of plain lines, None if a new line is not plain.

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
            raise UnprovedError(f"`{name}` would come to a line that is not its own")
    if len(new) != len(edits):
        raise UnprovedError("two new lines would be of one property")
    return new


def _read_line(line: str) -> tuple[str, Node] | None:
    """Return the name and the value of a line as ruamel.yaml reads it, None if it is not plain."""
    pairs = read_lines(line)
    if pairs is None or len(pairs) != 1:
        return None
    try:
        root = parse_yaml(line)
    except YamlError:
        raise UnprovedError("a new line could not be read") from None
    found = _list_pairs(root)
    if len(found) != 1:
        raise UnprovedError("a line would not read as one property")
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


def _read_again(before: Frontmatter, text: str, owned: Container[str]) -> NameMap[Node]:
    """Return the values after the edits, all read by ruamel.yaml, having proved the others."""
    try:
        block = find_block(text)
        after = parse_frontmatter(text, block) if block else None
    except FrontmatterError:
        raise UnprovedError("the frontmatter could not be read any more") from None
    if after is None:
        raise UnprovedError("the frontmatter would be none any more")
    kept = [name for name in before.properties if name not in owned]
    if [name for name in after.properties if name not in owned] != kept:
        raise UnprovedError("another property would come, go or change its place")
    for name in kept:
        _prove_untouched(before, after, name)
    return NameMap({name: found.value for name, found in after.properties.items()})


def _prove_untouched(before: Frontmatter, after: Frontmatter, name: str) -> None:
    """Prove that a property means what it meant; that its bytes are the same is proved already."""
    old, new = before.properties[name].value, after.properties[name].value
    if _mean(before, old) != _mean(after, new):
        raise UnprovedError(f"`{name}` would change")


def _mean(note: Frontmatter, node: Node) -> object:
    """Return what a node means: its texts with their styles; anchors and aliases as they are written."""
    if type(node) is Scalar and not node.is_decorated:
        return node[:2]
    if isinstance(node, Scalar | Alias):  # the end of a block of lines is none of its own
        written = note.text[note.block.start + node.start : note.block.start + node.end]
        return written.partition("\n")[0], node[:2] if isinstance(node, Scalar) else ()
    if isinstance(node, YamlSequence):
        return [_mean(note, item) for item in node.items]
    return [(_mean(note, key), _mean(note, value)) for key, value in node.pairs]


# The edits that make a note true: changed and added values, proved before they are given. Pure.


class Correction:
    """Makes the edits of one note.

    Args:
        note: the note as it is.
        values: what each derived property means that the note has when it is true.
        problems: what was found to be wrong; what cannot be edited is added to both.
    """

    def __init__(
        self,
        note: Frontmatter,
        values: dict[str, Storable | None],
        problems: dict[Problem, None],
    ) -> None:
        self._note = note
        self._values = values
        self._problems = problems

    def plan(
        self, stale_ones: Sequence[StaleProperty], missing: Sequence[StaleProperty]
    ) -> NotePlan:
        """Return the plan that changes some properties and adds others."""
        edits: list[Edit] = []
        changes: list[Change] = []
        for stale in stale_ones:
            self._change(stale, edits, changes)
        for stale in missing:
            self._insert(stale, edits, changes)
        if self._is_too_long(edits):
            message = f"The frontmatter would become longer than {MAX_BLOCK // 1024} KiB, so nothing was written."
            problems = (*self._list_problems([]), Problem(message))
            return NotePlan(self._note.text, (), problems, is_governed=True)
        text = self._prove(edits, changes)
        return NotePlan(text, tuple(changes), self._list_problems(edits), is_governed=True)

    def _prove(self, edits: list[Edit], changes: list[Change]) -> str:
        """Return the edited text; what cannot be proved is taken out of the edits and changes.

        Raises:
            UnprovedError: it cannot be proved by lines of which each was taken for plain.
        """
        if not edits:
            return self._note.text
        try:
            return prove_edits(self._note, edits, self._values)
        except UnprovedError:
            if self._note.is_plain:
                raise
        return self._prove_one_by_one(edits, changes)

    def _prove_one_by_one(self, edits: list[Edit], changes: list[Change]) -> str:
        tried = [*zip(edits, changes, strict=True)]
        wanted = {change.property: self._values.pop(change.property) for change in changes}
        edits.clear()
        changes.clear()
        text = self._note.text
        for edit, change in tried:
            name = change.property
            try:
                values = {**self._values, name: wanted[name]}
                text = prove_edits(self._note, [*edits, edit], values)
            except UnprovedError as error:
                self._refuse(name, error)
            else:
                self._values[name] = wanted[name]
                edits.append(edit)
                changes.append(change)
        return text

    def _refuse(self, name: str, error: UnprovedError) -> None:
        message = f"The property `{name}` cannot be changed safely ({error.reason}); write it as `name: value` on one line."
        self._problems[Problem(message, self._note.line_of(name), name)] = None

    def _is_too_long(self, edits: Sequence[Edit]) -> bool:
        block = self._note.block
        growth = sum(len(edit.replacement) - (edit.end - edit.start) for edit in edits)
        return bool(edits) and block.end - block.start + growth > MAX_BLOCK

    def _list_problems(self, edits: Sequence[Edit]) -> tuple[Problem, ...]:
        """Return the problems with the lines that they have when the edits are made."""
        return tuple(self._relocate(problem, edits) for problem in self._problems)

    def _relocate(self, problem: Problem, edits: Sequence[Edit]) -> Problem:
        found = self._note.properties.get(problem.property or "")
        if found is None or problem.line is None:
            return problem
        place, text = self._note.block.start + found.key.start, self._note.text
        before = [edit for edit in edits if edit.start <= place]
        added = sum(edit.replacement.count("\n") for edit in before)
        gone = sum(text.count("\n", edit.start, edit.end) for edit in before)
        return problem._replace(line=problem.line + added - gone)

    def _change(self, stale: StaleProperty, edits: list[Edit], changes: list[Change]) -> None:
        name = stale.entry.name
        write = fill_value if stale.entry.mode is Mode.FILL else change_value
        try:
            edit = write(self._note, name, stale.stored)
        except FrontmatterError as error:
            self._problems[error.problem] = None
            del self._values[name]
            return
        edits.append(edit)
        found = self._note.properties[name]
        key = self._note.text[self._note.block.start + found.key.start : edit.start]
        before = key + self._note.text[edit.start : edit.end]
        old, new = node_to_json(found.value), to_json(stale.stored)
        changes.append(Change(name, old, new, before, key + edit.replacement, stale.entry.clock))

    def _insert(self, stale: StaleProperty, edits: list[Edit], changes: list[Change]) -> None:
        name, stored = stale.entry.name, stale.stored
        if stored is None:
            return
        try:
            edit = insert_property(self._note, name, stored, self._find_predecessor(stale))
        except FrontmatterError as error:
            self._problems[error.problem] = None
            del self._values[name]
            return
        edits.append(edit)
        changes.append(
            Change(name, None, to_json(stored), None, edit.replacement, stale.entry.clock)
        )

    def _find_predecessor(self, stale: StaleProperty) -> str | None:
        order = stale.rules.order
        before = order[: order.index(stale.entry.name)]
        return next((name for name in reversed(before) if name in self._note.properties), None)
