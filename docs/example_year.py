"""A vault with a year of study, made up, for pictures: the same notes each time it is made."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

LAST_DAY: Final = date(2024, 10, 27)
_BOXES: Final = {1: "❤1일복습여부", 4: "🧡4일복습여부", 7: "💛7일복습여부", 14: "💚14일복습여부"}
_TOPICS: Final = {
    "자료구조": "배열 연결리스트 스택 큐 힙 해시테이블 트리 그래프 정렬 탐색",
    "운영체제": "프로세스 스레드 스케줄링 교착상태 페이징 가상메모리 파일시스템 입출력",
    "네트워크": "이더넷 라우팅 IP TCP UDP DNS HTTP TLS 혼잡제어",
    "데이터베이스": "관계모델 SQL 정규화 인덱스 트랜잭션 잠금 복구 질의최적화",
    "선형대수": "벡터공간 기저 행렬식 고윳값 직교성 최소제곱 특잇값분해",
    "English": "tenses articles conditionals passives inversion gerunds idioms",
}
_DILIGENCE: Final = (0.995, 0.985, 0.99, 0.96, 0.975, 0.94)  # for each subject, at each box
_PARTS: Final = ("1", "2", "3", "정리")
_WEEKS: Final = 51


def make_year(root: Path) -> None:
    """Write the vault into a folder that is not there yet."""
    (root / ".obsidian").mkdir(parents=True)
    chance = Random(20241027)  # noqa: S311 - the same year each time is the point
    names = [
        (subject, f"{topic} {part}", diligence)
        for (subject, topics), diligence in zip(_TOPICS.items(), _DILIGENCE, strict=True)
        for topic in topics.split()
        for part in _PARTS
    ]
    chance.shuffle(names)
    for number, (subject, title, diligence) in enumerate(names):
        day = 7 * _WEEKS * (number / len(names)) ** 0.8 + chance.triangular(-9, 9)
        first = LAST_DAY - timedelta(days=max(0, round(7 * _WEEKS - day)))
        _write_note(root / subject / f"{title}.md", first, diligence, chance)


def _write_note(file: Path, first: date, diligence: float, chance: Random) -> None:
    """Write a note of a student who keeps up with most reviews, and forgets some."""
    file.parent.mkdir(exist_ok=True)
    page = chance.randrange(8, 400)
    lines = [f"⭕첫 학습날: {first}", f"⭕과목: {file.parent.name}", f"⭕페이지: P{page}"]
    is_done = True
    for days, box in _BOXES.items():
        is_past = first + timedelta(days=days) < LAST_DAY
        is_done = is_done and is_past and chance.random() < diligence
        lines.append(f"{box}: {'true' if is_done else 'false'}")
    is_good = is_done and chance.random() < diligence**9
    lines.append(f"🧠장기기억: {'true' if is_good else 'false'}")
    file.write_text("\n".join(["---", *lines, "---", ""]), "utf-8", newline="\n")
