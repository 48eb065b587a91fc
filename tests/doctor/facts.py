"""Facts about a vault in which all is well, for tests that spoil one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vault_sync.doctor.checks import run_checks
from vault_sync.doctor.facts import (
    CheckResult,
    Facts,
    FolderFacts,
    Level,
    NoteFacts,
    Occurrences,
    StateFacts,
    SystemFacts,
)
from vault_sync.i18n import Language

NOW: Final = datetime(2024, 10, 27, 14, 1, tzinfo=UTC)
ENGLISH: Final = Language("en")


def seen(*places: str) -> Occurrences:
    """Return that something was seen at these places."""
    found = Occurrences()
    for place in places:
        found.add(place)
    return found


def make_facts(**spoilt: Any) -> Facts:
    """Return the facts of a vault that is well, but for those that are given."""
    well = Facts(
        notes=NoteFacts(seen=3),
        folders=FolderFacts(folders=2),
        state=StateFacts(path="/home/you/state"),
        system=SystemFacts(host="desk", now=NOW, offset=timedelta(hours=9)),
    )
    return replace(well, **spoilt)


def find(facts: Facts, language: Language = ENGLISH) -> dict[str, list[CheckResult]]:
    """Return what is not well, by the name of the check."""
    found: dict[str, list[CheckResult]] = {}
    for name, finding in run_checks(facts, language):
        if finding.level is not Level.OK:
            found.setdefault(name, []).append(finding)
    return found
