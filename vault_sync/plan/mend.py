"""Derived lines that a merge has broken, mended where nothing of a person can be in them. Pure.

A service that merges texts (Obsidian Sync does, by diff-match-patch) knows no YAML. Of two refreshes
on different days it makes lines such as ``사이: "103`` or ``사이: "30"6``, or the same property twice,
and then no property of the note can be read. What stands in such a line follows from the rest of the
note; so the line is emptied, and the note planned as if somebody had done that by hand, with every
proof. Each condition here keeps something out that may be a person's:

- Every line that cannot be read alone begins, to the letter, with the name of a derived property, and
  holds no letter that its true value does not have. Digits, quotes and blanks may be left over, and signs
  that are no letters where some derived value of the note has them.
- Where the end of such a line was lost, the next derived line may stand in it: its name, to the letter but
  for digits it begins with, a colon, and nothing but its value. That property has no other line, and is added anew.
- Every other line is plain, and stands once; but of a derived property that stands twice, what
  follows its first line goes, if the same is true of it.
- No formula or filter needs that value from the text, and one rule set that governs the note owns it.
- The lines that are not ours are the same bytes afterwards; this is proved by itself.

Whatever does not meet them all is refused as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vault_sync.errors import BrokenPromiseError, FrontmatterError
from vault_sync.note.edits import Edit, apply_edits
from vault_sync.note.frontmatter import find_block
from vault_sync.note.values import Stored, to_json
from vault_sync.note.yaml_nodes import read_lines
from vault_sync.plan.note_plan import Change, NotePlan
from vault_sync.rules.sources import Mode
from vault_sync.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from vault_sync.formula import Formula
    from vault_sync.plan.note_plan import PlannedValue
    from vault_sync.rules.ruleset import NamedFormula, RuleSet

MOST: Final = 12
"""So many lines are mended at the most: what is more broken than that is no merge of values."""
_LEFT_OVER: Final = frozenset("0123456789\"' ")
_NEVER: Final = frozenset("#[\\")
"""A comment, a link, an escape: what these belong to is not known by its letters."""
_TAGS: Final = frozenset({"tag", "tags"})


class Line(NamedTuple):
    """A line of frontmatter.

    Attributes:
        start: its place in the text.
        text: all of it, with its end.
        name: of its property, as it is written; empty where none can be told.
        colon: the place behind the colon, in the line; behind the name where that has lost it.
        is_broken: it cannot be read alone.
    """

    start: int
    text: str
    name: str = ""
    colon: int = 0
    is_broken: bool = False

    @property
    def body(self) -> str:
        """The line without its end."""
        return self.text.rstrip("\r\n")

    @property
    def has_lost_colon(self) -> bool:
        """Whether no colon stands behind the name."""
        return not self.text[: self.colon].endswith(":")

    @property
    def rest(self) -> str:
        """What stands behind the name, without the blanks around."""
        return self.body[self.colon :].strip(" ")


class Broken(NamedTuple):
    """A line that is to be mended.

    Attributes:
        line: as it is.
        below: for a second line, which goes: the property that it stands directly below; empty for
            one whose value alone goes.
        joined: the derived property whose line stands in this one, as the end between them was lost; empty
            for none.
    """

    line: Line
    below: str = ""
    joined: str = ""

    def empty(self) -> Edit:
        """Return the edit that takes it away, or its value; a value in quotes leaves them behind."""
        line = self.line
        if self.below:
            return Edit(line.start, line.start + len(line.text), "")
        if line.has_lost_colon:
            return Edit(line.start + line.colon, line.start + len(line.body), ":")
        value = len(line.body) - len(line.body[line.colon :].lstrip(" "))
        is_quoted = value > line.colon and line.body[value:][:1] in {'"', "'"}
        start = line.start + (value if is_quoted else line.colon)
        return Edit(start, line.start + len(line.body), 2 * line.body[value] if is_quoted else "")


Compare: TypeAlias = "Callable[[str], tuple[NotePlan, Mapping[str, PlannedValue]] | None]"
"""Gives the plan of a text, and what is true after it; None for a note that is left alone."""


def mend_note(text: str, rules: Sequence[RuleSet], compare: Compare) -> NotePlan | None:
    """Return what refresh would do to a note that cannot be read, None if it has to be refused.

    Args:
        text: the whole note.
        rules: the rule sets.
        compare: holds a text that can be read against them.
    """
    names = frozenset(name for one in rules for name, entry in one.owned.items() if _derives(entry))
    try:
        broken = _find_broken(_list_lines(text, names), names)
        found = compare(apply_edits(text, [one.empty() for one in broken])) if broken else None
        if found is None or not _are_ours(broken, found, rules):
            return None
        plan = _make_plan(broken, *found)
        again = compare(plan.text)
        is_true = again is not None and again[0].text is plan.text
        return plan if is_true and _is_proved(text, plan, broken, names) else None
    except (FrontmatterError, BrokenPromiseError):
        return None


def _derives(entry: NamedFormula) -> bool:
    return entry.mode is Mode.DERIVE


def _list_lines(text: str, names: frozenset[str]) -> list[Line]:
    """Return the lines of the frontmatter of a note.

    Args:
        text: the whole note.
        names: of derived properties, by which a broken line may be known.

    Raises:
        FrontmatterError: where it begins and ends cannot be told.
    """
    block = find_block(text)
    lines: list[Line] = []
    place = block.start if block else 0
    for line in text[place : block.end].split("\n")[:-1] if block else ():
        lines.append(_read_line(place, f"{line}\n", names))
        place += len(line) + 1
    return lines


def _read_line(place: int, text: str, names: frozenset[str]) -> Line:
    pairs = read_lines(text)
    if pairs is not None:
        return (
            Line(place, text, pairs[0][0].text, pairs[0][0].end + 1) if pairs else Line(place, text)
        )
    keys = [
        (len(key), name)
        for name in names
        for key in (f"{name}:", f'"{name}":', f"'{name}':", name, f'"{name}"', f"'{name}'")
        if text.startswith(key)
    ]
    if keys:
        length, name = max(keys)  # of two names, of which one begins with the other, the longer
        return Line(place, text, name, length, is_broken=True)
    return Line(place, text, is_broken=True)


def _find_broken(lines: Sequence[Line], names: frozenset[str]) -> list[Broken]:
    """Return the lines that are to be mended; none where others do not fit, or too many do not."""
    broken: list[Broken] = []
    first: dict[str, str] = {}
    below = ""
    for line in lines:
        key = fold_name(line.name)
        if line.is_broken and not line.name:
            return []
        if key and key in first:
            if not below or line.name not in names or first[key] != line.name:
                return []
            broken.append(Broken(line, below))
            continue
        if line.is_broken:
            broken.append(Broken(line))
        below = first[key] = line.name
    if len(broken) > MOST:
        return []
    missing = {name for name in names if fold_name(name) not in first}
    return [
        one if one.below else one._replace(joined=_find_joined(one.line, missing)) for one in broken
    ]


def _find_joined(line: Line, missing: Iterable[str]) -> str:
    """Return the derived property whose line stands in a broken one, empty for none."""
    found = [name for name in missing if _cut_joined(line, name)]
    return max(found, key=len, default="")


def _cut_joined(line: Line, name: str) -> tuple[str, str] | None:
    """Return what stands before and behind the name and the colon of a second property, or None."""
    tail = name.lstrip("0123456789")
    if not tail:  # a name of digits alone could stand anywhere
        return None
    before, found, rest = line.rest.partition(tail)
    value = rest.lstrip("\"'")
    return (before, value[1:]) if found and value.startswith(":") else None


def _are_ours(
    broken: Sequence[Broken],
    compared: tuple[NotePlan, Mapping[str, PlannedValue]],
    rules: Sequence[RuleSet],
) -> bool:
    """Say whether lines hold nothing but what follows from the rest of the note."""
    plan, values = compared
    added = {change.property: change for change in plan.changes if change.before is None}
    left_over = _LEFT_OVER | _list_signs(values.values(), added.values())
    for line, _, joined in broken:
        found = values.get(line.name)
        if found is None or not _derives(found.entry) or _is_needed(found, rules):
            return False
        own, other = line.rest, ""
        if joined:
            if joined not in added:
                return False
            own, other = _cut_joined(line, joined) or (own, "")
        letters = (value.text for value in found.values if isinstance(value, Stored))
        if not left_over.union(*letters).issuperset(own):
            return False
        if other and not left_over.union(str(added[joined].new)).issuperset(other):
            return False
        if not _NEVER.isdisjoint(line.rest) or (line.has_lost_colon and ":" in own):
            return False
    return True


def _list_signs(values: Iterable[PlannedValue], added: Iterable[Change]) -> set[str]:
    """Return the signs in derived values that are no letters: a merge may leave them anywhere."""
    texts = [value.text for found in values for value in found.values if isinstance(value, Stored)]
    texts += [str(change.new) for change in added]
    return {sign for text in texts for sign in text if not sign.isalpha()}


def _is_needed(found: PlannedValue, rules: Sequence[RuleSet]) -> bool:
    """Say whether a formula or a filter may read a value from the text, before it is computed."""
    key = fold_name(found.entry.name)
    return key in _TAGS or any(
        formula.reads_all_properties or key in map(fold_name, formula.properties)
        for formula in _list_readers(found, rules)
    )


def _list_readers(found: PlannedValue, rules: Sequence[RuleSet]) -> Iterator[Formula]:
    """Yield the formulas that may run before the one of a property."""
    for one in rules:
        if one.admits:
            yield from one.admits.formulas
        if one.add_if:
            yield one.add_if
        if one is not found.rules:
            yield from (entry.formula for entry in one.formulas)


def _make_plan(
    broken: Sequence[Broken], plan: NotePlan, values: Mapping[str, PlannedValue]
) -> NotePlan:
    """Return the plan of the emptied note with the changes of the mended lines before the others."""
    planned = {change.property: change for change in plan.changes}
    changes: list[Change] = []
    for line, below, _ in broken:
        entry, (new, *_), _ = values[line.name]
        change = Change(line.name, line.rest, to_json(new), line.body, None, entry.clock, below)
        if below:
            changes.append(change._replace(before=line.text))
        elif line.name in planned:
            changes.append(change._replace(after=planned.pop(line.name).after))
        else:  # its true value is none
            edit = Broken(line).empty()
            kept = line.body[: edit.start - line.start] + edit.replacement
            changes.append(change._replace(after=kept))
    return plan._replace(changes=(*changes, *planned.values()))


def _is_proved(text: str, plan: NotePlan, broken: Sequence[Broken], names: frozenset[str]) -> bool:
    """Prove law 1 by the lines: those that are not ours are all there, in their order, to the byte."""
    ours = {fold_name(change.property) for change in plan.changes}
    places = {one.line.start for one in broken}
    before = [line for line in _list_lines(text, names) if line.start not in places]
    after = _list_lines(plan.text, names)
    if any(line.is_broken for line in (*before, *after)):
        return False
    kept, left = (
        [line.text for line in lines if fold_name(line.name) not in ours]
        for lines in (before, after)
    )
    return kept == left and _cut_block(text) == _cut_block(plan.text)


def _cut_block(text: str) -> tuple[str, str] | None:
    """Return what stands before and below the lines of the frontmatter."""
    block = find_block(text)
    return (text[: block.start], text[block.end :]) if block else None
