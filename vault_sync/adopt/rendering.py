"""The proposal as a configuration, with what it rests on as comments. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.adopt.rulesets import group_findings
from vault_sync.adopt.stages import write_next_review
from vault_sync.adopt.writing import write_text
from vault_sync.note.rendering import render_key
from vault_sync.rules.study import Tick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.adopt.proposing import Finding, Proposal
    from vault_sync.adopt.rulesets import ProposedRules
    from vault_sync.language import Language
    from vault_sync.rules.study import StudyNames


def render_rules(proposal: Proposal, language: Language) -> str:
    """Return the text of a `.vault-sync.yaml`; empty where nothing is proposed.

    Args:
        proposal: what was found out.
        language: of the comments.
    """
    groups = group_findings(proposal)
    if not groups:
        return ""
    count = len(proposal.clues.table.notes)
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
        yield f"        - {_quote(f'file.hasProperty({write_text(name)})')}"
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
    if rules.findings:
        yield "    formulas:"
    for finding in rules.findings:
        yield f"      # {tell_agreement(finding, language)}"
        yield f"      {render_key(finding.name)}: {_quote(finding.formula)}"
    if rules.study and not _has_next_review(rules.findings, rules.study):
        told = language.say("No note has this one; it would tell the day of the next review:")
        formula = write_next_review(rules.study, proposal.clues.roots[0])
        yield f"      # {told}"
        yield f"      # next_review: {_quote(formula)}"


def _has_next_review(findings: Sequence[Finding], study: StudyNames) -> bool:
    """Say whether one of the formulas gives a day that depends on the boxes."""
    return any(
        study.first_day in finding.formula
        and all(stage.box in finding.formula for stage in study.stages[:2])
        for finding in findings
    )


def tell_agreement(finding: Finding, language: Language) -> str:
    """Return how many notes hold what a formula gives."""
    score = finding.score
    told = language.count(
        "{agree} of {n} note agrees",
        "{agree} of {n} notes agree",
        score.total,
        agree=score.agree,
    )
    if not score.empty:
        return told
    empty = language.count("{n} is empty", "{n} are empty", score.empty)
    return f"{told}, {empty}"


def _quote(formula: str) -> str:
    return "'" + formula.replace("'", "''") + "'"
