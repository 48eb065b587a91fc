"""A look at a vault before anything is written: its notes, what the rules govern, what is stale."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vault_sync.note.diffs import render_diff
from vault_sync.planning import Stale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_sync.planning import RefreshPlanner


@dataclass(slots=True)
class Survey:
    """What a first refresh would do.

    Attributes:
        notes: how many notes there are.
        governed: how many of them the rules are about.
        stale: how many would be written.
        problems: how many have something that would be left alone.
        properties: how often each property would be written.
        example: the diff of the first note that would be written; empty where none would.
    """

    notes: int = 0
    governed: int = 0
    stale: int = 0
    problems: int = 0
    properties: Counter[str] = field(default_factory=Counter)
    example: str = ""


def survey_notes(planner: RefreshPlanner, paths: Iterable[str]) -> Survey:
    """Return what a first refresh would do, without writing anything.

    Args:
        planner: plans the notes by the rules in question.
        paths: of the notes.
    """
    survey = Survey()
    for path in paths:
        survey.notes += 1
        _count(survey, path, planner)
    return survey


def _count(survey: Survey, path: str, planner: RefreshPlanner) -> None:
    found = planner.plan(path)
    if found is None:
        return
    if not isinstance(found, Stale):
        survey.governed += not found.reason
        survey.problems += bool(found.problems)
        return
    survey.governed += 1
    survey.stale += 1
    survey.problems += bool(found.plan.problems)
    survey.properties.update(change.property for change in found.plan.changes)
    if not survey.example:
        survey.example = render_diff(path, found.text, found.plan.text)
