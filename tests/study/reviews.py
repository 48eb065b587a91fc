"""Study notes for tests: as facts in memory, and as files of a vault."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from vault_sync.study.notes import StageState, StudyNote

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

TODAY = date(2024, 10, 27)
STAGES = (1, 4, 7, 14)
_BOXES = {1: "❤1일복습여부", 4: "🧡4일복습여부", 7: "💛7일복습여부", 14: "💚14일복습여부"}


def make_note(
    path: str = "웹/HTTP.md",
    first: date | None = TODAY,
    done: Collection[int] = (),
    *,
    subject: str = "웹",
    is_long_term: bool = False,
    rate: float | None = 0.2,
) -> StudyNote:
    """Return a note with the four stages of the profile."""
    stages = [
        StageState(days, first and first + timedelta(days=days), days in done) for days in STAGES
    ]
    return StudyNote(
        path=path,
        title=path.rpartition("/")[2].removesuffix(".md"),
        subject=subject,
        textbook="HTTP 노트",
        page="P12~",
        first_day=first,
        stages=tuple(stages),
        is_long_term=is_long_term,
        rate=rate,
    )


def write_note(
    root: Path,
    path: str,
    first: date | str | None = TODAY,
    done: Collection[int] = (),
    subject: str = "웹",
) -> Path:
    """Write a note with the source properties of the profile into a vault."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    boxes = [f"{box}: {'true' if days in done else 'false'}" for days, box in _BOXES.items()]
    lines = [f"⭕첫 학습날: {first or ''}", f"⭕과목: {subject}", *boxes, "🧠장기기억: false"]
    file.write_text("\n".join(["---", *lines, "---", "# 단서 질문", ""]), "utf-8", newline="\n")
    return file


def make_vault(root: Path, config: str = "") -> Path:
    """Make a vault with three notes: overdue, due today and still to come; and one that is done."""
    (root / ".obsidian").mkdir(parents=True)
    if config:
        (root / ".vault-sync.yaml").write_text(config, "utf-8")
    write_note(root, "웹/HTTP 상태 코드.md", TODAY - timedelta(days=9), {1, 4})
    write_note(root, "웹/쿠키와 세션.md", TODAY - timedelta(days=4), {1})
    write_note(root, "Linux/Signals & codes.md", TODAY, subject="Linux")
    write_note(root, "Linux/끝난 것.md", TODAY - timedelta(days=99), {1, 4, 7, 14}, "Linux")
    (root / "다른 것.md").write_text("---\ntitle: 복습 아님\n---\n", "utf-8")
    return root


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)
