"""Words for made-up study notes, in Korean and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SUBJECTS: Final = ("미적분", "세계사", "유기화학", "운영체제", "Linear Algebra", "Microeconomics")
BOOKS: Final = ("손으로 푸는 첫걸음", "한 학기 강의 노트", "A Short Course", "Lecture Handout 3판")
TITLES: Final = (
    "극한과 연속",
    "비단길의 도시들",
    "작용기 이름 붙이기",
    "스케줄러가 고르는 법",
    "Bases and dimension",
    "Supply meets demand",
    "가상 메모리",
    "Eigenvalues by hand",
)

_SENTENCES: Final = (
    "정의를 외우기 전에 가장 작은 예를 하나 만들어 본다.",
    "그림을 먼저 그리면 부호를 틀리는 일이 줄어든다.",
    "**조건이 하나 빠지면** 결론이 어떻게 무너지는지 적어 두었다.",
    "강의에서는 증명을 건너뛰었지만 연습 문제 4번이 바로 그 증명이다.",
    "시험에는 이유를 한 문장으로 쓰라는 물음이 자주 나온다.",
    "같은 말을 다른 과목에서는 다르게 부르므로 ==이름부터 맞춘다==.",
    "지난주에 배운 [[가상 메모리]]와 견주어 보면 차이가 또렷하다.",
    "The definition only makes sense once you have seen it fail.",
    "Work the example backwards and the hidden assumption shows itself.",
    "Two of the three conditions are easy to check; the third one is the theorem.",
    "Units first: most wrong answers in this chapter are wrong by a factor.",
    "Compare with [[Bases and dimension]] before the quiz on Friday.",
    "A table of small cases says more than a page of algebra.",
    "Nobody remembers the formula; everybody remembers where it came from.",
)
_QUESTIONS: Final = (
    "왜 이 조건이 필요한가?",
    "반례를 하나 들 수 있는가?",
    "한 문장으로 설명하면?",
    "What changes when the first assumption goes?",
    "Which step would you forget in an exam?",
)
_CODE: Final = '```python\nfor step in range(4):\n    print(step, step**2)  # "small": cases\n```'
_SMALLEST: Final = 1024
_LARGEST: Final = 6 * 1024


def write_body(random: Random, subject: str, title: str) -> str:
    """Return a Cornell note of 1 to 6 KiB: cue questions, main notes, a summary."""
    wanted = random.randrange(_SMALLEST, _LARGEST)
    parts: list[str] = [f"[[{subject}]] [[{title}]]\n### 단서 질문\n"]
    size = len(parts[0].encode())
    for part in _write_parts(random):
        if size + len(part.encode()) > wanted:
            break
        parts.append(part)
        size += len(part.encode())
    return "\n".join([*parts, "### 요약\n", _write_paragraph(random)]) + "\n"


def _write_parts(random: Random) -> Iterator[str]:
    for _ in range(3):
        yield f"- {random.choice(_QUESTIONS)}\n    \n    {_write_paragraph(random)}\n    "
    yield f"### 핵심 필기\n\n{_CODE}\n"
    while True:
        yield f"- {_write_paragraph(random)}\n    - {random.choice(_SENTENCES)}\n"


def _write_paragraph(random: Random) -> str:
    return " ".join(random.sample(_SENTENCES, 2))
