"""Notes as an export leaves them: calculated once, and standing still since."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.study.oracle import NOW, Study, join, refresh_text
from vault_sync.adopt.configuration import render_rules
from vault_sync.adopt.formulas import Setting
from vault_sync.adopt.infer import propose_rules
from vault_sync.adopt.table import SampleNote, build_table
from vault_sync.i18n import Language
from vault_sync.note.frontmatter import find_block, read_frontmatter
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note
from vault_sync.rules.config_reader import parse_config
from vault_sync.vault.rulesets import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_sync.adopt.infer import InferredColumn, Proposal
    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet

SETTING = Setting(UTC, "en")
_KEY = re.compile(r'^("?)([^":\n]+?)\1:', re.MULTILINE)
ENGLISH = {
    "⭕첫 학습날": "started",
    "⭕과목": "area",
    "⭕교재": "source",
    "⭕페이지": "part",
    "⭕학습정도": "feeling",
    "❤1일복습여부": "box one",
    "🧡4일복습여부": "box two",
    "💛7일복습여부": "box three",
    "💚14일복습여부": "box four",
    "🧠장기기억": "box five",
    "복습": "next",
    "🛑첫날": "a",
    "🛑오늘": "b",
    "🛑첫학습후 몇일째?": "c",
    "🛑4일후": "d",
    "🛑7일후": "e",
    "🛑14일후": "f",
    "4일후": "g",
    "4일후(text)": "h",
    "7일후": "i",
    "7일후(text)": "j",
    "14일후": "k",
    "14일후(text)": "l",
    "오늘1": "m",
    "오늘2": "n",
    "첫학습날text": "o",
    "오늘과 첫학습날 사이": "p",
    "사이": "q",
    "1일차복습여부1,0": "r",
    "4일차복습여부1,0": "s",
    "7일차복습여부1,0": "t",
    "장기기억저장여부1,0": "u",
    "학습률": "v",
    "진행바": "w",
}


def draw_study(random: Random) -> Study:
    """Return a note with a first day and boxes as chance has it."""
    first = date(2024, 7, 7) - timedelta(days=random.randrange(300))
    return Study(first, *(random.random() < 0.5 for _ in range(5)))


def export_study(count: int, seed: int, now: datetime = NOW) -> list[str]:
    """Return notes as the database calculated them at a moment."""
    random = Random(seed)  # noqa: S311 - notes for tests
    return [draw_study(random).note(now) for _ in range(count)]


def stale_study(study: Study) -> str:
    """Return a note whose every derived property holds something else than it should."""
    keys = [line.partition(": ")[0] for line in Study().derived_lines().values()]
    return join([*study.source_lines(), *(f'{key}: "?"' for key in keys)])


def export_without_a_day(study: Study, now: datetime = NOW) -> str:
    """Return a note without a first day as the database calculated it."""
    return refresh_text(stale_study(study.with_changes(first=None)), now).text


def rename(text: str, names: Mapping[str, str]) -> str:
    """Return a note whose properties have other names."""
    return _KEY.sub(lambda key: f"{key[1]}{names.get(key[2], key[2])}{key[1]}:", text)


def make_note(number: int, text: str) -> SampleNote:
    """Return a note as `adopt` reads it."""
    block = find_block(text)
    assert block
    note = read_frontmatter(text, block)
    assert note
    return SampleNote(f"Notes/{number:03}.md", note)


def propose(texts: Iterable[str]) -> Proposal:
    """Return what is inferred from notes."""
    notes = [make_note(number, text) for number, text in enumerate(texts)]
    return propose_rules(build_table(notes), SETTING)


def propose_for(rows: Sequence[Mapping[str, object]]) -> dict[str, InferredColumn]:
    """Return what is found out about each property of notes."""
    return {one.name: one for one in propose(map(write_note, rows)).columns}


def write_note(row: Mapping[str, object]) -> str:
    """Return a note with these properties; None stands for an empty one."""
    values = ((name, "" if value is None else f" {value}") for name, value in row.items())
    return "---\n" + "".join(f"{name}:{value}\n" for name, value in values) + "---\n"


def compile_proposal(proposal: Proposal) -> tuple[RuleSet, ...]:
    """Return the rule sets that a proposal would be as a configuration."""
    problems: list[Problem] = []
    config = parse_config(render_rules(proposal, Language()), problems)
    rules = load_rules(config, "/nowhere", problems)
    assert not problems
    return rules


def refresh_with(rules: Sequence[RuleSet], text: str, now: datetime) -> str:
    """Return a note refreshed by rule sets."""
    plan = plan_note(text, "Notes/a.md", rules, Conditions(now, UTC), lambda _fact: None)
    assert not plan.problems
    return plan.text
