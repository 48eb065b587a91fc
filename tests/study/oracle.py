"""The study profile written down a second time, in Python, as its table of values says.

Tests hold the profile's formulas against this. It is an oracle, so it shares no code with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from vault_sync.plan.evaluation import Conditions, Daily
from vault_sync.plan.planner import plan_note
from vault_sync.rules.config import customize, load_profile
from vault_sync.rules.ruleset import RuleSet, compile_rules
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.plan.note_plan import NotePlan

NOW = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - civil time, as formulas see it
FIRST = date(2024, 7, 7)
BODY = "---\n# 단서 질문\n\n- 쿠키와 세션은 무엇이 다른가?\n"


@dataclass(frozen=True)
class Study:
    """What the student edits in one note."""

    first: date | None = FIRST
    done1: bool = False
    done4: bool = False
    done7: bool = False
    done14: bool = False
    long_term: bool = False
    status: str = field(default="추가 복습", kw_only=True)

    def source_lines(self) -> list[str]:
        boxes = {
            "❤1일복습여부": self.done1,
            "🧡4일복습여부": self.done4,
            "💛7일복습여부": self.done7,
            "💚14일복습여부": self.done14,
            "🧠장기기억": self.long_term,
        }
        return [
            f"⭕첫 학습날:{f' {self.first}' if self.first else ''}",
            "⭕과목: 웹",
            "⭕교재: HTTP 노트",
            "⭕페이지: P12~",
            "⭕학습정도: 🤔중",
            *(f"{name}: {'true' if ticked else 'false'}" for name, ticked in boxes.items()),
            f"복습: {self.status}",
        ]

    def derived_lines(self, now: datetime = NOW) -> dict[str, str]:
        """Return the line of every derived property of a note that has a first day."""
        assert self.first is not None
        days = (now.date() - self.first).days
        after = {n: self.first + timedelta(days=n) for n in (4, 7, 14)}
        fifths = self.done1 + self.done4 + self.done7 + self.long_term
        rate = {0: "0", 1: "0.2", 2: "0.4", 3: "0.6", 4: "0.8"}[fifths]
        bar = "🟩" * (2 * fifths) + "⬜" * (10 - 2 * fifths) if fifths else "⬜"
        noon = "오전" if now.hour < 12 else "오후"
        clock = f"{noon} {(now.hour - 1) % 12 + 1}:{now.minute:02}"
        lines = {
            "🛑첫날": f'🛑첫날: "✏첫날 : {slashed(self.first)}"',
            "🛑오늘": f'🛑오늘: "⏰오늘 : {slashed(now)}"',
            "🛑첫학습후 몇일째?": f"🛑첫학습후 몇일째?: 첫 학습 후 ❤{days}일째❤",
            "🛑4일후": f'🛑4일후: "🥉4일뒤 : {slashed(after[4])}"',
            "🛑7일후": f'🛑7일후: "🥈7일뒤 : {slashed(after[7])}"',
            "🛑14일후": f'🛑14일후: "🥇14일뒤 : {slashed(after[14])}"',
        }
        for n, day in after.items():
            lines[f"{n}일후"] = f'{n}일후: "@{korean(day)}"'
            lines[f"{n}일후(text)"] = f"{n}일후(text): {slashed(day)}"
        return lines | {
            "오늘1": f'오늘1: "@{korean(now)} {clock}"',
            "오늘2": f"오늘2: {slashed(now)}",
            "첫학습날text": f"첫학습날text: {slashed(self.first)}",
            "오늘과 첫학습날 사이": f'오늘과 첫학습날 사이: "{days}"',
            "사이": f'사이: "{days}"',
            "1일차복습여부1,0": f'"1일차복습여부1,0": "{int(self.done1)}"',
            "4일차복습여부1,0": f'"4일차복습여부1,0": "{int(self.done4)}"',
            "7일차복습여부1,0": f'"7일차복습여부1,0": "{int(self.done7)}"',
            "장기기억저장여부1,0": f'"장기기억저장여부1,0": "{int(self.long_term)}"',
            "학습률": f'학습률: "{rate}"',
            "진행바": f"진행바: {bar} {fifths * 20}%",
        }

    def note(self, now: datetime = NOW, /, **lines: str | None) -> str:
        """Return the whole note; a line given by the property's name stands instead (None: goes)."""
        derived = self.derived_lines(now) if self.first else {}
        chosen = {**derived, **lines}
        return join([*self.source_lines(), *(line for line in chosen.values() if line is not None)])

    def sources_only(self) -> str:
        return join(self.source_lines())

    def with_changes(self, **fields: object) -> Study:
        return replace(self, **fields)  # type: ignore[arg-type]  # a test names real fields


def join(lines: list[str]) -> str:
    return "---\n" + "".join(f"{line}\n" for line in lines) + BODY


def slashed(day: date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def korean(day: date) -> str:
    return f"{day.year:04}년 {day.month}월 {day.day}일"


@cache
def study_rules(status: Mode = Mode.KEEP, *, is_adding: bool = True) -> RuleSet:
    """Return the study profile, compiled with settings."""
    source = customize(
        load_profile("study-ko"), modes={"복습": status}, is_adding=is_adding, overrides={}
    )
    rules = compile_rules(source, [])
    assert rules is not None
    return rules


def refresh_text(
    text: str, now: datetime = NOW, rules: RuleSet | None = None, daily: Daily = Daily.ALWAYS
) -> NotePlan:
    """Return the plan of a note under the study profile."""
    conditions = Conditions(now, UTC, daily=daily)
    return plan_note(text, "Web/세션.md", [rules or study_rules()], conditions, lambda _fact: None)
