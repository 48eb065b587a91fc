"""The proposal as rule sets: one for each kind of note, told apart by the properties they read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.proposing import list_reads
from vault_sync.adopt.stages import find_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.adopt.proposing import Finding, Proposal
    from vault_sync.rules.study import StudyNames

_TOGETHER: Final = 0.5


class ProposedRules(NamedTuple):
    """A rule set that is proposed.

    Attributes:
        needs: properties of which a note has one if the rule set governs it.
        findings: the derived properties.
        study: which properties tell its reviews; None where it is not about those.
    """

    needs: Sequence[str]
    findings: Sequence[Finding]
    study: StudyNames | None


def group_findings(proposal: Proposal) -> list[ProposedRules]:
    """Return the derived properties by the kind of note they stand in, the largest group first."""
    study = find_study(proposal)
    groups = _group_inputs(proposal, study)
    members: list[list[Finding]] = [[] for _ in groups]
    loose: dict[str, Finding] = {}
    for finding in proposal.derived:
        reads = list_reads(finding)
        place = next((number for number, names in enumerate(groups) if reads & names), None)
        if place is None:
            place = _find_company(finding, groups, proposal)
        if place is None:
            loose[finding.name] = finding
        else:
            members[place].append(finding)
    order = {name: place for place, name in enumerate(proposal.clues.table.columns)}
    proposed = [
        ProposedRules(sorted(names, key=order.__getitem__), found, _study_of(names, study))
        for names, found in zip(groups, members, strict=True)
        if found or _study_of(names, study)
    ]
    if loose:
        proposed.append(ProposedRules(list(loose), list(loose.values()), None))
    return sorted(proposed, key=lambda rules: -len(rules.findings))


def _study_of(names: set[str], study: StudyNames | None) -> StudyNames | None:
    return study if study and study.first_day in names else None


def _group_inputs(proposal: Proposal, study: StudyNames | None) -> list[set[str]]:
    """Return the properties that formulas read, those together that stand in the same notes."""
    read = {name for finding in proposal.derived for name in list_reads(finding)}
    read |= study.telling if study else frozenset()
    groups: list[set[str]] = []
    for name in sorted(read):
        joined = [group for group in groups if any(_meets(name, one, proposal) for one in group)]
        groups = [group for group in groups if group not in joined]
        groups.append({name}.union(*joined))
    return groups


def _meets(name: str, other: str, proposal: Proposal) -> bool:
    columns = proposal.clues.table.columns
    first, second = columns[name].nodes.keys(), columns[other].nodes.keys()
    return len(first & second) >= _TOGETHER * min(len(first), len(second))


def _find_company(finding: Finding, groups: Sequence[set[str]], proposal: Proposal) -> int | None:
    """Return the group whose notes a property stands in that reads nothing but the clock."""
    columns = proposal.clues.table.columns
    rows = columns[finding.name].nodes.keys()
    shared = [max(len(rows & columns[name].nodes.keys()) for name in names) for names in groups]
    best = max(range(len(groups)), key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] >= _TOGETHER * len(rows) else None
