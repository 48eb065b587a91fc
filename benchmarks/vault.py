"""A vault of made-up study notes: the same notes for the same number, on every machine.

``python -m benchmarks.vault DIR --notes 1000 --stale all`` writes one to look at.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.filler import BOOKS, SUBJECTS, TITLES, write_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOW: Final = datetime.fromisoformat("2024-10-27T14:01")
"""The clock of every run; a note that is not stale holds the values of this moment."""
STALE_SINCE: Final = datetime.fromisoformat("2024-09-30T09:05")
"""When a stale note was last refreshed."""

_SEED: Final = 20240707
_FIRST_DAYS: Final = (date(2023, 3, 2), 500)  # the earliest, and over how many days they spread
_GRADES: Final = ("🤔중", "😀상", "😵하")
_STATUSES: Final = ("1일 복습", "4일 복습", "7일 복습", "14일 복습", "추가 복습", "장기기억")


@dataclass(frozen=True, slots=True)
class Sample:
    """A note of the vault.

    Attributes:
        path: in the vault.
        source_lines: the properties that a person edits, a line each.
        first_day: the first day of study.
        boxes: whether the reviews of days 1, 4, 7 and 14 and the long-term one are done.
        body: all below the frontmatter.
    """

    path: str
    source_lines: tuple[str, ...]
    first_day: date
    boxes: tuple[bool, ...]
    body: str

    def render(self, now: datetime) -> str:
        """Return the whole note as it is when refreshed at a moment."""
        lines = [*self.source_lines, *_render_derived(self.first_day, self.boxes, now)]
        return "---\n" + "\n".join(lines) + "\n---\n" + self.body


def invent_notes(count: int) -> Iterator[Sample]:
    """Yield so many notes; a note depends on its number only."""
    for number in range(count):
        yield _invent_note(number)


def write_vault(folder: Path, count: int, now: datetime) -> None:
    """Write a vault.

    Args:
        folder: the vault; made if it is not there.
        count: how many notes.
        now: when all its notes were refreshed for the last time.
    """
    (folder / ".obsidian").mkdir(parents=True, exist_ok=True)
    for subject in SUBJECTS:
        (folder / subject).mkdir(exist_ok=True)
    for sample in invent_notes(count):
        (folder / sample.path).write_bytes(sample.render(now).encode())


def count_right(folder: Path, count: int, now: datetime) -> int:
    """Return how many notes are to the byte what a refresh at a moment makes of them."""
    return sum(
        (folder / sample.path).read_bytes() == sample.render(now).encode()
        for sample in invent_notes(count)
    )


def _invent_note(number: int) -> Sample:
    random = Random(_SEED + number)
    subject = random.choice(SUBJECTS)
    title = random.choice(TITLES)
    earliest, spread = _FIRST_DAYS
    first_day = earliest + timedelta(days=random.randrange(spread))
    done = random.randrange(6)
    boxes = tuple(stage < done for stage in range(5))
    return Sample(
        path=f"{subject}/{number:05} {title}.md",
        source_lines=_render_sources(random, subject, first_day, boxes, _STATUSES[done]),
        first_day=first_day,
        boxes=boxes,
        body=write_body(random, subject, title),
    )


def _render_sources(
    random: Random, subject: str, first_day: date, boxes: Sequence[bool], status: str
) -> tuple[str, ...]:
    ticks = ["true" if box else "false" for box in boxes]
    return (
        f"⭕첫 학습날: {first_day}",
        f"⭕과목: {subject}",
        f"⭕교재: {random.choice(BOOKS)}",
        f"⭕페이지: P{random.randrange(1, 600)}~",
        f"⭕학습정도: {random.choice(_GRADES)}",
        f"❤1일복습여부: {ticks[0]}",
        f"🧡4일복습여부: {ticks[1]}",
        f"💛7일복습여부: {ticks[2]}",
        f"💚14일복습여부: {ticks[3]}",
        f"🧠장기기억: {ticks[4]}",
        f"복습: {status}",
    )


def _render_derived(first_day: date, boxes: Sequence[bool], now: datetime) -> list[str]:
    day4, day7, day14 = (first_day + timedelta(days=days) for days in (4, 7, 14))
    days = (now.date() - first_day).days
    return [
        f'🛑첫날: "✏첫날 : {_slashed(first_day)}"',
        f'🛑오늘: "⏰오늘 : {_slashed(now)}"',
        f"🛑첫학습후 몇일째?: 첫 학습 후 ❤{days}일째❤",
        f'🛑4일후: "🥉4일뒤 : {_slashed(day4)}"',
        f'🛑7일후: "🥈7일뒤 : {_slashed(day7)}"',
        f'🛑14일후: "🥇14일뒤 : {_slashed(day14)}"',
        f'4일후: "@{_korean(day4)}"',
        f"4일후(text): {_slashed(day4)}",
        f'7일후: "@{_korean(day7)}"',
        f"7일후(text): {_slashed(day7)}",
        f'14일후: "@{_korean(day14)}"',
        f"14일후(text): {_slashed(day14)}",
        f'오늘1: "@{_korean(now)} {_clock(now)}"',
        f"오늘2: {_slashed(now)}",
        f"첫학습날text: {_slashed(first_day)}",
        f'오늘과 첫학습날 사이: "{days}"',
        f'사이: "{days}"',
        *_render_progress(boxes),
    ]


def _render_progress(boxes: Sequence[bool]) -> list[str]:
    done1, done4, done7, _, long_term = boxes
    fifths = done1 + done4 + done7 + long_term
    bar = "🟩" * 2 * fifths + "⬜" * (10 - 2 * fifths) if fifths else "⬜"
    return [
        f'"1일차복습여부1,0": "{int(done1)}"',
        f'"4일차복습여부1,0": "{int(done4)}"',
        f'"7일차복습여부1,0": "{int(done7)}"',
        f'"장기기억저장여부1,0": "{int(long_term)}"',
        f'학습률: "{("0", "0.2", "0.4", "0.6", "0.8")[fifths]}"',
        f"진행바: {bar} {20 * fifths}%",
    ]


def _slashed(day: date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def _korean(day: date) -> str:
    return f"{day.year:04}년 {day.month}월 {day.day}일"


def _clock(now: datetime) -> str:
    return f"{'오전' if now.hour < 12 else '오후'} {(now.hour - 1) % 12 + 1}:{now.minute:02}"


def main() -> None:
    """Write a vault to look at."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vault", description=__doc__)
    parser.add_argument("folder", type=Path, help="the vault to write")
    parser.add_argument("--notes", type=int, default=1000, metavar="N")
    parser.add_argument("--stale", choices=["all", "none"], default="all", help=f"as of {NOW}")
    chosen = parser.parse_args()
    write_vault(chosen.folder, chosen.notes, STALE_SINCE if chosen.stale == "all" else NOW)


if __name__ == "__main__":
    main()
