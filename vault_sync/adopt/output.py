"""The proposal: as rule sets, as a configuration, and for people and programs. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from vault_sync.adopt.configuration import (
    describe_agreement,
    find_study,
    has_near_rival,
    render_rules,
)
from vault_sync.adopt.evidence import Checkbox, find_unread_dates, group_twins
from vault_sync.adopt.infer import ColumnKind, InferredColumn, Proposal, list_reads
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.formulas import Disagreement
    from vault_sync.adopt.table import Sample
    from vault_sync.i18n import Language
    from vault_sync.rules.study import StudyNames


_MAX_SHOWN: Final = 60
_MAX_DAYS: Final = 3


def describe_proposal(proposal: Proposal, sample: Sample, language: Language) -> dict[str, Any]:
    """Return a proposal as JSON has it."""
    return {
        "summary": {
            "seen": sample.total,
            "read": sample.read,
            "used": len(sample.notes),
            "unreadable": len(sample.unreadable),
        },
        "frozen": [{"day": day, "values": count} for day, count in _count_days(proposal)],
        "properties": [_describe(column) for column in proposal.columns],
        "unread": [
            {"property": column.name, "seen": len(rows), "value": column.texts[rows[0]]}
            for column, rows in find_unread_dates(proposal.evidence.table)
        ],
        "undecidable": [[box.name for box in group] for group in list_undecidable(proposal)],
        "configuration": render_rules(proposal, language),
    }


def _describe(column: InferredColumn) -> dict[str, Any]:
    return {
        "property": column.name,
        "kind": column.kind.value,
        "filled": column.notes,
        "formula": column.formula or None,
        "agree": column.score.agree,
        "of": column.score.total,
        "empty": column.score.empty,
        "disagree": [entry._asdict() for entry in column.score.disagreements],
        "alternatives": list(column.alternatives),
        "next_formula": column.rival or None,
        "distinguish": column.told_apart if column.rival else None,
    }


def list_undecidable(proposal: Proposal) -> list[list[Checkbox]]:
    """Return the boxes that formulas may read and that no note tells apart, or that never change."""
    read = {name for column in proposal.derived for name in list_reads(column)}
    return [
        group
        for group in group_twins(proposal.evidence.boxes)
        if (is_constant(group[0]) and any(box.is_checkbox for box in group))
        or (len(group) > 1 and any(box.name in read for box in group))
    ]


def is_constant(box: Checkbox) -> bool:
    """Say whether a box is ticked in every note, or in none."""
    return len(set(box.ticked.values())) == 1


def _count_days(proposal: Proposal) -> list[tuple[str, int]]:
    moments = proposal.evidence.moments.values()
    return Counter(moment.date().isoformat() for moment in moments).most_common(_MAX_DAYS)


def render_proposal(proposal: Proposal, sample: Sample, language: Language) -> Iterator[str]:
    """Yield the lines that tell a person of a proposal."""
    yield from _describe_notes(proposal, sample, language)
    derived = proposal.derived
    if derived:
        yield ""
        yield language.count(
            "Formulas were found for {n} property:",
            "Formulas were found for {n} properties:",
            len(derived),
        )
        for column in derived:
            yield ""
            yield from _describe_column(column, language)
    yield from _describe_undecidable(proposal, language)
    yield from _describe_unread(proposal, language)
    yield from _describe_lost_links(proposal, language)
    study = find_study(proposal)
    if study:
        yield from _describe_study(study, language)
    told = study.identifying if study else frozenset[str]()
    yield from _describe_others(proposal.columns, told, language)


def _describe_undecidable(proposal: Proposal, language: Language) -> Iterator[str]:
    """Yield which boxes no note tells apart, so that names and equal weights had to decide."""
    for group in list_undecidable(proposal) if proposal.derived else ():
        told = (
            language.say("The same in all notes, so it cannot be decided what counts them:")
            if is_constant(group[0])
            else language.say(
                "Always ticked together, so it cannot be decided which of them counts:"
            )
        )
        yield from _list_names(told, [box.name for box in group])


def _list_names(heading: str, names: Iterable[str]) -> Iterator[str]:
    """Yield names below a heading, apart from what stands above."""
    yield ""
    yield heading
    yield f"    {', '.join(map(make_printable, names))}"


def _describe_study(study: StudyNames, language: Language) -> Iterator[str]:
    name = make_printable(study.first_day)
    told = language.say("Reviews were found, counted from {name}:", name=name)
    boxes = [
        f"{language.say('day {stage}', stage=stage.days)}: {stage.box}" for stage in study.stages
    ]
    yield from _list_names(told, boxes)


def _describe_notes(proposal: Proposal, sample: Sample, language: Language) -> Iterator[str]:
    used = len(sample.notes)
    if used and sample.total > sample.read:
        yield language.say(
            "{used} notes with properties were looked at, a sample of the {total} notes here.",
            used=used,
            total=sample.total,
        )
    else:
        yield language.count(
            "{n} note with properties was looked at.",
            "{n} notes with properties were looked at.",
            used,
        )
    if proposal.evidence.is_confirmed:
        days = ", ".join(day for day, _ in _count_days(proposal))
        yield language.say("The values stand still at {days}.", days=days)


def _describe_column(column: InferredColumn, language: Language) -> Iterator[str]:
    name = make_printable(column.name)
    yield f"{name}  {describe_agreement(column, language)}"
    yield f"    {make_printable(column.formula)}"
    for other in column.alternatives:
        told = language.say("or: {formula}", formula=make_printable(other))
        yield f"    {told}"
    if has_near_rival(column) and column.told_apart:
        told = language.say("next: {formula}", formula=make_printable(column.rival))
        yield f"    {told}"
    for entry in column.score.disagreements:
        yield f"    {_describe_disagreement(entry, language)}"


def _describe_unread(proposal: Proposal, language: Language) -> Iterator[str]:
    """Yield the dates that no formula can read, with the first note that holds one."""
    table = proposal.evidence.table
    found = [*find_unread_dates(table)]
    if found:
        yield ""
        yield language.say(
            "Dates that cannot be read; write each as one day, such as 2024-07-07, and the end of a range as a property of its own:"
        )
    for column, rows in found:
        note = table.notes[rows[0]]
        line = note.note.line_of(column.name)
        place = make_printable(f"{note.path}:{line}" if line else note.path)
        notes = language.count("{n} note", "{n} notes", len(rows))
        value = _show(column.texts[rows[0]], language)
        yield f"    {make_printable(column.name)}: {value} ({place}, {notes})"


def _describe_lost_links(proposal: Proposal, language: Language) -> Iterator[str]:
    """Yield the relations that lead to pages of Notion and not to notes."""
    columns = proposal.evidence.table.columns.values()
    names = [column.name for column in columns if column.leads_to_notion]
    told = language.say(
        "Relations that lead to Notion and to no note; import all of Notion at once with Obsidian's plugin Importer, and they become links:"
    )
    yield from _list_names(told, names) if names else ()


def _describe_disagreement(entry: Disagreement, language: Language) -> str:
    place = make_printable(f"{entry.path}:{entry.line}" if entry.line else entry.path)
    return language.say(
        "not in {place}: it holds {value}, the formula gives {computed}",
        place=place,
        value=_show(entry.value, language),
        computed=_show(entry.computed, language),
    )


def _show(value: object, language: Language) -> str:
    if value is None:
        return language.say("nothing")
    text = make_printable(value if isinstance(value, str) else str(value))
    return f'"{text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"}"'


def _describe_others(
    columns: Sequence[InferredColumn], told: AbstractSet[str], language: Language
) -> Iterator[str]:
    """Yield why there is no formula for the other properties, but for those told of already."""
    shown = {
        ColumnKind.COPY: language.say(
            "Nearly the same as another property, so it may be your own; `--copies` proposes it:"
        ),
        ColumnKind.NEAR: language.say("No formula is proposed where too many notes differ:"),
    }
    for kind, heading in shown.items():
        alike = [column for column in columns if column.kind is kind]
        if alike:
            yield ""
            yield heading
        for column in alike:
            yield ""
            yield from _describe_column(column, language)
    headings = {
        ColumnKind.SOURCE: language.say("Read by formulas, never written:"),
        ColumnKind.CONSTANT: language.say("The same in all notes, so nothing can be told:"),
        ColumnKind.FEW: language.say("In too few notes to tell:"),
        ColumnKind.LINKS: language.say("Links to other notes:"),
        ColumnKind.OWN: language.say("Your own, no formula was found:"),
    }
    for kind, heading in headings.items():
        names = [
            column.name
            for column in columns
            if column.kind is kind and (kind is ColumnKind.SOURCE or column.name not in told)
        ]
        yield from _list_names(heading, names) if names else ()
