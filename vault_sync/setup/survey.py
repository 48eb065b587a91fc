"""A look at a vault before anything is written, and the configuration it begins with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from tzlocal import get_localzone_name

from vault_sync.engine.refresh import Stale
from vault_sync.engine.report import render_diff
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_sync.engine.refresh import RefreshPlanner
    from vault_sync.errors import Problem

_NAMED: Final = 8


@dataclass(slots=True)
class Survey:
    """What a first refresh would do.

    Attributes:
        notes: how many notes there are.
        governed: how many of them the rules are about.
        stale: how many would be written.
        problems: how many have something that would be left alone.
        first_problems: the first few of these problems, each behind the path of its note.
        properties: how often each property would be written.
        example: the diff of the first note that would be written; empty where none would.
    """

    notes: int = 0
    governed: int = 0
    stale: int = 0
    problems: int = 0
    first_problems: list[tuple[str, Problem]] = field(default_factory=list)
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
        _take_problems(survey, path, found.problems)
        return
    survey.governed += 1
    survey.stale += 1
    _take_problems(survey, path, found.plan.problems)
    survey.properties.update(change.property for change in found.plan.changes)
    if not survey.example:
        survey.example = render_diff(path, found.text, found.plan.text)


def _take_problems(survey: Survey, path: str, problems: Sequence[Problem]) -> None:
    survey.problems += bool(problems)
    free = _NAMED - len(survey.first_problems)
    survey.first_problems += [(path, problem) for problem in problems[:free]]


# The computer's time zone by its name: days are counted in it, on every device alike.


def guess_timezone() -> str | None:
    """Return the name of the computer's time zone, None where nothing tells it.

    UTC tells nothing about where somebody is, so it is not taken for an answer.
    """
    try:
        name = get_localzone_name() or ""
    except (
        LookupError,
        ValueError,
        OSError,
    ):  # settings that contradict each other, or no zone's name
        return None
    return name if "/" in name and not name.startswith("Etc/") else None


# The commented configuration that a vault begins with.

SCHEMA_NAME: Final = ".vault-sync.schema.json"
"""The file beside the configuration by which editors check and complete it; its first line names it."""
_EXAMPLE_ZONE: Final = "Asia/Seoul"
_EXAMPLE_LOCALE: Final = "ko"
_EXAMPLE_DAILY: Final = "all"


def render_configuration(
    profile: str,
    timezone: str | None,
    locale: str | None,
    device: str | None = None,
    rules: Sequence[str] = (),
) -> str:
    """Return the text of a `.vault-sync.yaml` with every setting in it, most of them as comments.

    Args:
        profile: the built-in rule set, or ``none``.
        timezone: the name of the vault's zone; None leaves the computer's.
        locale: the language; None leaves the default.
        device: the one that writes the values of each new day; None leaves it to all.
        rules: lines of rules that are offered as comments, below `rules:`.
    """
    template = (files("vault_sync") / "setup" / "configuration.yaml").read_text("utf-8")
    lines = {
        "{profile}": f"profile: {profile}",
        "{timezone}": _render("timezone", timezone, _EXAMPLE_ZONE),
        "{locale}": _render("locale", locale, _EXAMPLE_LOCALE),
        "{daily}": _render("daily-values", device and f"[{quote_text(device)}]", _EXAMPLE_DAILY),
    }
    written = [lines.get(line, line) for line in template.removesuffix("\n").split("\n")]
    return "".join(f"{line}\n" for line in (*written, *(f"#{line}" for line in rules)))


def read_schema() -> str:
    """Return the JSON schema of a `.vault-sync.yaml`."""
    return (files("vault_sync") / "schemas" / "configuration.json").read_text("utf-8")


def _render(name: str, value: str | None, example: str) -> str:
    return f"{name}: {value}" if value else f"#{name}: {example}"
