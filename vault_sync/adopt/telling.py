"""The proposal for people and for programs: what was found, how well it holds, what does not. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from vault_sync.adopt.proposing import Kind
from vault_sync.adopt.rendering import render_rules, tell_agreement
from vault_sync.adopt.stages import find_study
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from vault_sync.adopt.proposing import Finding, Proposal
    from vault_sync.adopt.sampling import Sample
    from vault_sync.adopt.trying import Disagreement
    from vault_sync.language import Language
    from vault_sync.rules.study import StudyNames

_MAX_SHOWN: Final = 60
_MAX_DAYS: Final = 3


def describe_proposal(proposal: Proposal, sample: Sample, language: Language) -> dict[str, Any]:
    """Return a proposal as JSON has it."""
    return {
        "notes": {
            "total": sample.total,
            "read": sample.read,
            "used": len(sample.notes),
            "unreadable": sample.unreadable,
        },
        "frozen": [{"day": day, "notes": count} for day, count in _count_days(proposal)],
        "properties": [_describe(finding) for finding in proposal.findings],
        "rules": render_rules(proposal, language),
    }


def _describe(finding: Finding) -> dict[str, Any]:
    return {
        "property": finding.name,
        "kind": finding.kind.value,
        "filled": finding.notes,
        "formula": finding.formula or None,
        "agree": finding.score.agree,
        "of": finding.score.total,
        "empty": finding.score.empty,
        "disagree": [entry._asdict() for entry in finding.score.disagreements],
        "alternatives": list(finding.alternatives),
    }


def _count_days(proposal: Proposal) -> list[tuple[str, int]]:
    moments = proposal.clues.moments.values()
    return Counter(moment.date().isoformat() for moment in moments).most_common(_MAX_DAYS)


def tell_proposal(proposal: Proposal, sample: Sample, language: Language) -> Iterator[str]:
    """Yield the lines that tell a person of a proposal."""
    yield from _tell_notes(proposal, sample, language)
    derived = proposal.derived
    if derived:
        yield ""
        yield language.count(
            "Formulas were found for {n} property:",
            "Formulas were found for {n} properties:",
            len(derived),
        )
        for finding in derived:
            yield ""
            yield from _tell_finding(finding, language)
    study = find_study(proposal)
    if study:
        yield ""
        yield from _tell_study(study, language)
    told = study.telling if study else frozenset[str]()
    yield from _tell_others(proposal.findings, told, language)


def _tell_study(study: StudyNames, language: Language) -> Iterator[str]:
    name = make_printable(study.first_day)
    yield language.say("Reviews were found, counted from {name}:", name=name)
    days = (language.say("day {stage}", stage=stage.days) for stage in study.stages)
    yield "    " + ", ".join(
        f"{day}: {make_printable(stage.box)}" for day, stage in zip(days, study.stages, strict=True)
    )


def _tell_notes(proposal: Proposal, sample: Sample, language: Language) -> Iterator[str]:
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
    if proposal.clues.is_confirmed:
        days = ", ".join(day for day, _ in _count_days(proposal))
        yield language.say("The values stand still at {days}.", days=days)


def _tell_finding(finding: Finding, language: Language) -> Iterator[str]:
    name = make_printable(finding.name)
    yield f"{name}  {tell_agreement(finding, language)}"
    yield f"    {make_printable(finding.formula)}"
    for other in finding.alternatives:
        told = language.say("or: {formula}", formula=make_printable(other))
        yield f"    {told}"
    for entry in finding.score.disagreements:
        yield f"    {_tell_disagreement(entry, language)}"


def _tell_disagreement(entry: Disagreement, language: Language) -> str:
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


def _tell_others(
    findings: Sequence[Finding], told: AbstractSet[str], language: Language
) -> Iterator[str]:
    """Yield why there is no formula for the other properties, but for those told of already."""
    near = [finding for finding in findings if finding.kind is Kind.NEAR]
    if near:
        yield ""
        yield language.say("No formula is proposed where too many notes differ:")
        for finding in near:
            yield ""
            yield from _tell_finding(finding, language)
    headings = {
        Kind.SOURCE: language.say("Read by formulas, never written:"),
        Kind.CONSTANT: language.say("The same in all notes, so nothing can be told:"),
        Kind.FEW: language.say("In too few notes to tell:"),
        Kind.OWN: language.say("Your own, no formula was found:"),
    }
    for kind, heading in headings.items():
        names = [
            make_printable(finding.name)
            for finding in findings
            if finding.kind is kind and (kind is Kind.SOURCE or finding.name not in told)
        ]
        if names:
            yield ""
            yield heading
            yield f"    {', '.join(names)}"
