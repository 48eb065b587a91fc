"""Refreshes of made-up notes, judged by PyYAML's positions: what is cut out is a value and nothing else.

PyYAML shares no code with what vault-sync reads by. It says where each value stands before and after; with those
places blanked, both texts must be the same bytes.
"""

from __future__ import annotations

import random
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from tests.faults.made_up import NoteMaker
from tests.faults.report import Tally
from vault_sync.errors import FrontmatterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tests.faults.made_up import Case
    from tests.faults.report import Effort
    from vault_sync.plan.note_plan import NotePlan

_OPENING: Final = re.compile("\ufeff?---[ \t]*\r?\n")
_CLOSING: Final = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_HOLE: Final = "\0"
_AROUND: Final = re.compile(r"[ \t\r\n]*\0[ \t\r\n]*")
_SELECTORS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))
_BLANKS: Final = re.compile(r"[ \t]*\r?\n|[ \t]+")


class UnreadError(Exception):
    """PyYAML does not read the note, so nothing can be said."""


class Place(NamedTuple):
    """Where a property stands in its block, and its value."""

    key: int
    start: int
    end: int
    value: Any


def fuzz_edits(_place: Path, effort: Effort) -> Tally:
    """Refresh many made-up notes and look at what became of their bytes."""
    tally = Tally("edits (made-up notes, judged by PyYAML)")
    maker = NoteMaker(random.Random("edits"))  # noqa: S311 - no secret depends on it
    written = unread = unproved = 0
    for _ in range(effort.pick(1_000, 60_000)):
        case = maker.make()
        tally.faults += 1
        try:
            plan = case.plan()
            unproved += sum("changed safely" in one.message for one in plan.problems)
            if plan.text != case.text:
                written += 1
                for broken in find_harm(case, plan):
                    tally.accuse("wrong", f"{broken}: {case.text!r} became {plan.text!r}")
        except UnreadError:
            unread += 1
        except FrontmatterError:
            continue
        except Exception as error:  # noqa: BLE001 - whatever comes through is a finding
            tally.accuse("wrong", f"{error!r} by {case.text!r}")
    tally.facts.append(f"{written:,} notes written, {unread:,} of them not readable by PyYAML")
    if written < tally.faults // 4 or unproved > written // 50:
        refused = f"{written} notes written, {unproved} edits not proved"
        tally.accuse("wrong", f"what is refused is not tried, and that is too much: {refused}")
    return tally


def find_harm(case: Case, plan: NotePlan) -> Iterator[str]:
    """Yield what a refresh must not have done.

    Raises:
        UnreadError: PyYAML cannot say.
    """
    if case.plan(plan.text).text != plan.text:
        yield "a second refresh would write again"
    changed = {fold(change.property) for change in plan.changes}
    new = {fold(change.property) for change in plan.changes if change.before is None}
    emptied = {fold(change.property) for change in plan.changes if change.new is None}
    if make_holes(case.text, changed - new, emptied, ()) != make_holes(
        plan.text, changed, emptied, new
    ):
        yield "bytes beside the values changed"
    before, after = find_places(case.text), find_places(plan.text)
    for name in before.keys() - changed:
        if name not in after or _mean(before[name].value) != _mean(after[name].value):
            yield f"{name} changed"
    if [name for name in after if name not in new] != list(before):
        yield "the properties are others, or in another order"


def make_holes(
    text: str, owned: Collection[str], emptied: Collection[str], new: Collection[str]
) -> str:
    """Return a note with holes for values, and without the lines of new properties.

    The blanks around a value may come and go with it, so they are forgotten. Where none is left, its place may
    be seen elsewhere, so there is no hole, and any blanks are as good as one.
    """
    start, end = find_block(text)
    block = text[start:end]
    pieces, done = [text[:start]], 0
    for name, place in find_places(text).items():
        if name in new:
            first, last = block.rfind("\n", 0, place.key) + 1, block.find("\n", place.end) + 1
            pieces.append(block[done:first])
        elif name in owned:
            first, last = place.start, place.end
            pieces += [block[done:first], "" if name in emptied else _HOLE]
        else:
            continue
        done = last
    found = _AROUND.sub(_HOLE, "".join([*pieces, block[done:], text[end:]]))
    return _BLANKS.sub(lambda blanks: blanks[0][-1], found) if emptied else found


def find_block(text: str) -> tuple[int, int]:
    """Return start and end of the lines between the fences."""
    opening = _OPENING.match(text)
    closing = opening and _CLOSING.search(text, opening.end())
    if not opening or not closing:
        raise UnreadError
    return opening.end(), closing.start()


def find_places(text: str) -> dict[str, Place]:
    """Return where PyYAML sees the properties of a note, by their names as `fold` gives them."""
    start, end = find_block(text)
    block = text[start:end]
    try:
        root: Any = yaml.compose(block, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        raise UnreadError from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise UnreadError
    pairs = root.value if root else ()
    return {
        fold(key.value): _find_place(block, key, value)
        for key, value in pairs
        if isinstance(key, yaml.ScalarNode)
    }


def fold(name: str) -> str:
    """Return one form for the names that people cannot tell apart; made here without our own code."""
    plain = "".join(" " if one.isspace() or one in "\u3164\uffa0" else one for one in name)
    shown = (one for one in plain if unicodedata.category(one) != "Cf" and one not in _SELECTORS)
    return unicodedata.normalize("NFKC", "".join(shown)).casefold().strip()


def _find_place(block: str, key: Any, value: Any) -> Place:
    first, last = value.start_mark.index, _find_last(value).end_mark.index
    if isinstance(value, yaml.ScalarNode) and first == last:  # it is said to stand somewhere near
        colon = re.compile(r"\s*:").match(block, key.end_mark.index)
        first = last = colon.end() if colon else key.end_mark.index
    return Place(key.start_mark.index, first, max(first, last), value)


def _find_last(node: Any) -> Any:
    """Return the last value in a list or object of lines, whose own end is said to be elsewhere."""
    while not isinstance(node, yaml.ScalarNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return node


def _mean(node: Any) -> object:
    if isinstance(node, yaml.ScalarNode):
        return node.tag, node.value, node.style
    if isinstance(node, yaml.SequenceNode):
        return [_mean(item) for item in node.value]
    return [(_mean(key), _mean(value)) for key, value in node.value]
