"""The proposal as a configuration, with what it rests on as comments. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.evidence import BaseDate, Checkbox, name_pattern
from vault_sync.adopt.formulas import write_if, write_later, write_name
from vault_sync.adopt.infer import ColumnKind, InferredColumn, Proposal, list_reads
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.formula.conversions import text_number
from vault_sync.note.edits import render_key
from vault_sync.rules.schema_reader import MAX_DAYS
from vault_sync.rules.study import Stage, StudyNames, Tick, make_names
from vault_sync.text import quote_text, quote_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.i18n import Language


def render_rules(proposal: Proposal, language: Language) -> str:
    """Return the text of a `.vault-sync.yaml`; empty where nothing is proposed.

    Args:
        proposal: what was found out.
        language: of the comments.
    """
    groups = group_columns(proposal)
    if not groups:
        return ""
    count = len(proposal.evidence.table.notes)
    head = language.count(
        "Proposed by `vault-sync adopt` after a look at {n} note.",
        "Proposed by `vault-sync adopt` after a look at {n} notes.",
        count,
    )
    lines = [f"# {head}", "profile: none", "rules:"]
    for number, rules in enumerate(groups, 1):
        lines += _render_group(rules, number, proposal, language)
    return "\n".join(lines) + "\n"


def _render_group(
    rules: ProposedRules, number: int, proposal: Proposal, language: Language
) -> Iterator[str]:
    yield f"  - name: adopted{f' {number}' if number > 1 else ''}"
    yield "    filters:"
    yield "      or:"
    for name in rules.needs:
        yield f"        - {quote_yaml(f'file.hasProperty({quote_text(name)})')}"
    comment = language.say("`add` also adds them to notes that lack them")
    yield f"    missing: skip # {comment}"
    if rules.study:
        yield from _render_study(rules.study)
    yield from _render_formulas(rules, proposal, language)


def _render_study(study: StudyNames) -> Iterator[str]:
    yield "    study:"
    for role, name in study.roles.items():
        yield f"      {role}: {render_key(name)}"
    yield "      stages:"
    for stage in study.stages:
        yield f"        {stage.days}: {render_key(stage.box)}"
    if study.tick is Tick.DATE:
        yield "      tick: date"


def _render_formulas(rules: ProposedRules, proposal: Proposal, language: Language) -> Iterator[str]:
    if rules.columns:
        yield "    formulas:"
    for column in rules.columns:
        yield f"      # {describe_agreement(column, language)}"
        yield f"      {render_key(column.name)}: {quote_yaml(column.formula)}"
    if rules.study and not _has_next_review(rules.columns, rules.study):
        told = language.say("No note has this one; it would tell the day of the next review:")
        formula = write_next_review(rules.study, proposal.evidence.base_dates[0])
        yield f"      # {told}"
        yield f"      # next_review: {quote_yaml(formula)}"


def _has_next_review(columns: Sequence[InferredColumn], study: StudyNames) -> bool:
    """Say whether one of the formulas gives a day that depends on the boxes."""
    return any(
        study.first_day in column.formula
        and all(stage.box in column.formula for stage in study.stages[:2])
        for column in columns
    )


def describe_agreement(column: InferredColumn, language: Language) -> str:
    """Return how many notes hold what a formula gives."""
    score = column.score
    told = language.count(
        "{agree} of {n} note agrees", "{agree} of {n} notes agree", score.total, agree=score.agree
    )
    if score.empty:
        told += ", " + language.count("{n} is empty", "{n} are empty", score.empty)
    if has_near_rival(column):
        told += "; " + _tell_apart(column.told_apart, language)
    return told


def _tell_apart(notes: int, language: Language) -> str:
    if not notes:
        return language.say("none of them tells this formula from the next one")
    return language.count(
        "{n} of them tells this formula from the next one",
        "{n} of them tell this formula from the next one",
        notes,
    )


def has_near_rival(column: InferredColumn) -> bool:
    """Say whether another formula comes near: it fits most of the notes, too."""
    apart = column.score.agree - column.told_apart
    return bool(column.rival) and apart >= THRESHOLDS.near * column.score.agree


# The proposal as rule sets: one for each kind of note, told apart by the properties they read.
# Pure.


class ProposedRules(NamedTuple):
    """A rule set that is proposed.

    Attributes:
        needs: properties of which a note has one if the rule set governs it.
        columns: the derived properties.
        study: which properties tell its reviews; None where it is not about those.
    """

    needs: Sequence[str]
    columns: Sequence[InferredColumn]
    study: StudyNames | None


def group_columns(proposal: Proposal) -> list[ProposedRules]:
    """Return the derived properties by the kind of note they stand in, the largest group first."""
    study = find_study(proposal)
    groups = _group_inputs(proposal, study)
    members: list[list[InferredColumn]] = [[] for _ in groups]
    loose: dict[str, InferredColumn] = {}
    for column in proposal.derived:
        reads = list_reads(column)
        place = next((number for number, names in enumerate(groups) if reads & names), None)
        if place is None:
            place = _find_nearest_group(column, groups, proposal)
        if place is None:
            loose[column.name] = column
        else:
            members[place].append(column)
    order = {name: place for place, name in enumerate(proposal.evidence.table.columns)}
    proposed = [
        ProposedRules(sorted(names, key=order.__getitem__), found, _study_of(names, study))
        for names, found in zip(groups, members, strict=True)
        if found or _study_of(names, study)
    ]
    if loose:
        proposed.append(ProposedRules(list(loose), list(loose.values()), None))
    return sorted(proposed, key=lambda rules: -len(rules.columns))


def _study_of(names: set[str], study: StudyNames | None) -> StudyNames | None:
    return study if study and study.first_day in names else None


def _group_inputs(proposal: Proposal, study: StudyNames | None) -> list[set[str]]:
    """Return the properties that formulas read, those together that stand in the same notes."""
    read = {name for column in proposal.derived for name in list_reads(column)}
    read |= study.identifying if study else frozenset()
    groups: list[set[str]] = []
    for name in sorted(read):
        joined = [group for group in groups if any(_meets(name, one, proposal) for one in group)]
        groups = [group for group in groups if group not in joined]
        groups.append({name}.union(*joined))
    return groups


def _meets(name: str, other: str, proposal: Proposal) -> bool:
    columns = proposal.evidence.table.columns
    first, second = columns[name].rows, columns[other].rows
    return len(first & second) >= THRESHOLDS.together * min(len(first), len(second))


def _find_nearest_group(
    column: InferredColumn, groups: Sequence[set[str]], proposal: Proposal
) -> int | None:
    """Return the group whose notes a property stands in that reads nothing but the clock."""
    columns = proposal.evidence.table.columns
    rows = columns[column.name].rows
    shared = [max(len(rows & columns[name].rows) for name in names) for names in groups]
    best = max(range(len(groups)), key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] >= THRESHOLDS.together * len(rows) else None


# The reviews of a study note: which box belongs to which day, told by the numbers in names. Pure.

_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_MEMORY: Final = ("장기", "기억", "long", "memor", "master")
_WORDS: Final = {
    "subject": ("과목", "subject", "course", "topic", "category", "분야"),
    "textbook": ("교재", "textbook", "book", "책"),
    "page": ("페이지", "page", "쪽", "chapter", "단원", "챕터"),
}


def find_study(proposal: Proposal) -> StudyNames | None:
    """Return which properties tell the reviews of a note, None where too little tells that.

    A box is that of a stage where its name holds the days: `review_4day`, `4일복습여부`. Numbers
    that only count the boxes (1, 2, 3) name no days.
    """
    evidence = proposal.evidence
    if not evidence.base_dates:
        return None
    base_date = evidence.base_dates[0]
    # `done` can tick a box that holds true, a word that we read, or the day.
    writable = (box for box in evidence.boxes if box.has_dates or box.is_known)
    boxes = [box for box in writable if _stands_with(box, base_date)]
    stages = _choose_stages(boxes, evidence.spans)
    if len(stages) < THRESHOLDS.least_stages:
        return None
    names = {stage.box for stage in stages}
    roles = {"first-day": base_date.name} | _find_roles(proposal)
    memory = _find_memory([box for box in boxes if box.name not in names], proposal.derived)
    if memory:
        roles["long-term"] = memory
    dated = any(box.has_dates for box in boxes if box.name in names)
    return make_names(roles, stages, Tick.DATE if dated else Tick.TRUE)


def _stands_with(box: Checkbox, base_date: BaseDate) -> bool:
    both = sum(row in base_date.days or row in base_date.empty for row in box.ticked)
    return 2 * both > len(box.ticked)


def _choose_stages(boxes: Sequence[Checkbox], spans: Sequence[int]) -> list[Stage]:
    """Return the stages of the largest family of boxes whose names differ in a number."""
    families: dict[str, dict[int, Stage]] = {}
    for box in boxes:
        found = _NUMBER.findall(box.name)
        days = int(found[0]) if len(found) == 1 else 0
        if 0 < days <= MAX_DAYS:
            families.setdefault(name_pattern(box.name), {}).setdefault(days, Stage(days, box.name))
    family = max(families.values(), key=len, default={})
    numbers = sorted(family)
    is_counted = (
        numbers == list(range(1, len(numbers) + 1)) and len(numbers) > THRESHOLDS.least_stages
    )
    if is_counted and not set(numbers) <= {1, *spans}:
        return []
    return [family[days] for days in numbers]


def _find_memory(boxes: Sequence[Checkbox], derived: Iterable[InferredColumn]) -> str | None:
    """Return the box of what is remembered for good: by its name, or as all formulas that read it."""
    read = {name for column in derived for name in list_reads(column)}
    named = [box.name for box in boxes if any(word in box.name.lower() for word in _MEMORY)]
    others = [box.name for box in boxes if box.name in read]
    return next(iter(named), None) or (others[0] if len(others) == 1 else None)


def _find_roles(proposal: Proposal) -> dict[str, str]:
    roles: dict[str, str] = {}
    texts = [
        one.name for one in proposal.columns if one.kind is not ColumnKind.DERIVED and one.notes
    ]
    for role, words in _WORDS.items():
        found = (name for word in words for name in texts if word in name.lower())
        free = (name for name in found if name not in roles.values())
        if name := next(free, None):
            roles[role] = name
    rate = next((one.name for one in proposal.derived if _is_rate(one, proposal)), None)
    return roles | ({"rate": rate} if rate else {})


def _is_rate(column: InferredColumn, proposal: Proposal) -> bool:
    """Say whether a property holds shares of one that boxes add up to."""
    values = set(proposal.evidence.table.columns[column.name].texts.values())
    numbers = [text_number(value) for value in values]
    boxes = {box.name for box in proposal.evidence.boxes}
    return (
        len(values) >= THRESHOLDS.least_rates
        and bool(list_reads(column) & boxes)
        and all(number is not None and 0 <= number <= 1 for number in numbers)
    )


def write_next_review(study: StudyNames, base_date: BaseDate) -> str:
    """Return a formula for the day of the next review: of the earliest box that is open."""
    text: str | None = None
    for stage in reversed(study.stages):
        later = write_later(base_date.formula, stage.days).text
        text = write_if(f"!{write_name(stage.box)}", later, text)
    return write_if(base_date.formula, text or '""')
