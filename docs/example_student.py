"""A student's vault with ten notes in which something is wrong, made up: the same each time it is made.

What is wrong is what people and programs do to notes: a tab, a value without quotes, a merge that was not
finished, a date that is none. The other notes are as they should be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from docs.example_year import LAST_DAY

if TYPE_CHECKING:
    from pathlib import Path

_BOXES: Final = ("❤1일복습여부", "🧡4일복습여부", "💛7일복습여부", "💚14일복습여부")
_STAGES: Final = (1, 4, 7, 14)
# The book of each subject, and how many days ago each of its notes was studied first.
_SUBJECTS: Final = {
    "한국사": (
        "한국사 통론",
        {"조선 후기의 상업": 2, "갑오개혁": 5, "삼국의 통일": 9, "고려의 대외 관계": 16, "대한제국": 30, "임진왜란": 0},
    ),
    "생물학": (
        "캠벨 생명과학",
        {"세포 호흡": 1, "광합성의 명반응과 캘빈 회로": 4, "감수 분열": 8, "유전자 발현의 조절": 15, "삼투": 3},
    ),
    "수학": ("공학수학", {"테일러 급수": 7, "고윳값": 1, "라플라스 변환": 6, "편미분": 21, "선적분": 0}),
    "English": ("Grammar in Use", {"Articles": 4, "Conditionals": 12, "Gerunds": 2, "Inversion": 40}),
    "컴퓨터": ("", {"HTTP 상태 코드": 7, "쿠키와 세션": 3, "프로세스와 스레드": 10}),
}  # fmt: skip
BROKEN: Final = {
    "탭이 있는 노트": ("⭕과목: 한국사", "⭕과목: 한국사\ntags:\n\t- 역사"),
    "따옴표 없는 값": ("⭕페이지: P12~", "⭕페이지: P12: 앞부분"),
    "닫지 않은 목록": ("⭕과목: 한국사", "⭕과목: [한국사"),
    "끝나지 않은 병합": ("⭕과목: 한국사", "<<<<<<< HEAD\n⭕과목: 한국사\n=======\n⭕과목: 역사\n>>>>>>> phone"),
    "두 번 있는 속성": ("⭕과목: 한국사", "⭕과목: 한국사\n⭕과목: 역사"),
    "닫는 줄이 없는 노트": ("---\n# 단서", "# 단서"),
    "미국식 날짜": (f"⭕첫 학습날: {LAST_DAY - timedelta(6)}", "⭕첫 학습날: 11/10/2024"),
    "말로 쓴 날짜": (f"⭕첫 학습날: {LAST_DAY - timedelta(6)}", "⭕첫 학습날: 지난주 수요일"),
    "체크박스에 글": ("💚14일복습여부: false", "💚14일복습여부: 거의 다"),
    "링크에 따옴표가 없는 노트": ("⭕과목: 한국사", "⭕과목: [[한국사]] 강의"),
}  # fmt: skip
"""Where something is wrong: what stands in the place of which text of the note."""


def make_student(root: Path) -> None:
    """Write the vault into a folder that is not there yet."""
    (root / ".obsidian").mkdir(parents=True)
    for subject, (book, notes) in _SUBJECTS.items():
        (root / subject).mkdir()
        for title, ago in notes.items():
            _write(root / subject / f"{title}.md", _render(subject, book, ago))
    for title, (line, wrong) in BROKEN.items():
        text = _render("한국사", "한국사 통론", 6)
        if text.count(line) != 1:
            raise ValueError(title)
        _write(root / "한국사" / f"{title}.md", text.replace(line, wrong))
    _write(root / "일기" / "2024-10-27.md", "오늘은 한국사를 봤다.\n")


def _render(subject: str, book: str, ago: int) -> str:
    """Return a note that was studied first some days ago and reviewed in time, but for the latest review."""
    past = sum(days < ago for days in _STAGES)
    boxes = [
        f"{box}: {'true' if number < past - 1 else 'false'}" for number, box in enumerate(_BOXES)
    ]
    lines = [
        f"⭕첫 학습날: {LAST_DAY - timedelta(ago)}",
        f"⭕과목: {subject}",
        f"⭕교재: {book}",
        "⭕페이지: P12~",
    ]
    derived = ["학습률:", "진행바:", "🛑오늘:", "오늘과 첫학습날 사이:"]
    return "\n".join(
        ["---", *lines, *boxes, "🧠장기기억: false", *derived, "---", "# 단서", "# 정리", ""]
    )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8", newline="\n")
