"""The reviews of a study note: which box belongs to which day, told by the numbers in names. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vault_sync.adopt.boxes import name_pattern
from vault_sync.adopt.proposing import Kind, list_reads
from vault_sync.adopt.writing import write_if, write_later, write_name
from vault_sync.formula.conversions import text_number
from vault_sync.rules.stages import MAX_DAYS
from vault_sync.rules.study import Stage, StudyNames, Tick, make_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.adopt.clues import Box, Root
    from vault_sync.adopt.proposing import Finding, Proposal

LEAST_STAGES: Final = 2
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_MEMORY: Final = ("장기", "기억", "long", "memor", "master")
_WORDS: Final = {
    "subject": ("과목", "subject", "course", "topic", "category", "분야"),
    "textbook": ("교재", "textbook", "book", "책"),
    "page": ("페이지", "page", "쪽", "chapter", "단원", "챕터"),
}
_LEAST_RATES: Final = 3


def find_study(proposal: Proposal) -> StudyNames | None:
    """Return which properties tell the reviews of a note, None where too little tells that.

    A box is that of a stage where its name holds the days: `review_4day`, `4일복습여부`. Numbers
    that only count the boxes (1, 2, 3) name no days.
    """
    clues = proposal.clues
    if not clues.roots:
        return None
    root = clues.roots[0]
    boxes = [box for box in clues.boxes if _is_writable(box) and _stands_with(box, root)]
    stages = _choose_stages(boxes, clues.spans)
    if len(stages) < LEAST_STAGES:
        return None
    names = {stage.box for stage in stages}
    roles = {"first-day": root.name} | _find_roles(proposal)
    memory = _find_memory([box for box in boxes if box.name not in names], proposal.derived)
    if memory:
        roles["long-term"] = memory
    dated = any(box.has_dates for box in boxes if box.name in names)
    return make_names(roles, stages, Tick.DATE if dated else Tick.TRUE)


def _is_writable(box: Box) -> bool:
    """Say whether a box is one that `done` could tick: true, or the day."""
    return "==" not in box.tick or box.tick.endswith('== "true"')


def _stands_with(box: Box, root: Root) -> bool:
    both = sum(row in root.days or row in root.empty for row in box.ticked)
    return 2 * both > len(box.ticked)


def _choose_stages(boxes: Sequence[Box], spans: Sequence[int]) -> list[Stage]:
    """Return the stages of the largest family of boxes whose names differ in a number."""
    families: dict[str, dict[int, Stage]] = {}
    for box in boxes:
        found = _NUMBER.findall(box.name)
        days = int(found[0]) if len(found) == 1 else 0
        if 0 < days <= MAX_DAYS:
            families.setdefault(name_pattern(box.name), {}).setdefault(days, Stage(days, box.name))
    family = max(families.values(), key=len, default={})
    numbers = sorted(family)
    is_counted = numbers == list(range(1, len(numbers) + 1)) and len(numbers) > LEAST_STAGES
    if is_counted and not set(numbers) <= {1, *spans}:
        return []
    return [family[days] for days in numbers]


def _find_memory(boxes: Sequence[Box], derived: Iterable[Finding]) -> str | None:
    """Return the box of what is remembered for good: by its name, or as all formulas that read it."""
    read = {name for finding in derived for name in list_reads(finding)}
    named = [box.name for box in boxes if any(word in box.name.lower() for word in _MEMORY)]
    others = [box.name for box in boxes if box.name in read]
    return next(iter(named), None) or (others[0] if len(others) == 1 else None)


def _find_roles(proposal: Proposal) -> dict[str, str]:
    roles: dict[str, str] = {}
    texts = [one.name for one in proposal.findings if one.kind is not Kind.DERIVED and one.notes]
    for role, words in _WORDS.items():
        found = (name for word in words for name in texts if word in name.lower())
        free = (name for name in found if name not in roles.values())
        if name := next(free, None):
            roles[role] = name
    rate = next((one.name for one in proposal.derived if _is_rate(one, proposal)), None)
    return roles | ({"rate": rate} if rate else {})


def _is_rate(finding: Finding, proposal: Proposal) -> bool:
    """Say whether a property holds shares of one that boxes add up to."""
    values = set(proposal.clues.table.columns[finding.name].texts.values())
    numbers = [text_number(value) for value in values]
    boxes = {box.name for box in proposal.clues.boxes}
    return (
        len(values) >= _LEAST_RATES
        and bool(list_reads(finding) & boxes)
        and all(number is not None and 0 <= number <= 1 for number in numbers)
    )


def write_next_review(study: StudyNames, root: Root) -> str:
    """Return a formula for the day of the next review: of the earliest box that is open."""
    text: str | None = None
    for stage in reversed(study.stages):
        later = write_later(root.formula, stage.days).text
        text = write_if(f"!{write_name(stage.box)}", later, text)
    return write_if(root.formula, text or '""')
