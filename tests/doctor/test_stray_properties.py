"""Properties in a block that is not at the top of its note: text to Obsidian, named by the doctor."""

from __future__ import annotations

import pytest

from tests.rules.small import compiled, source
from tests.study.oracle import study_rules
from vault_sync.doctor.collect_notes import find_stray_properties

BLOCK = "---\nstart: 1\n---\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"\n{BLOCK}", 3),
        (f"\n\n \t\n{BLOCK}", 5),
        (f" {BLOCK}", 2),
        (f"\u200b{BLOCK}", 2),
        (f"\u00a0{BLOCK}", 2),
        (f"\ufeff\ufeff{BLOCK}", 2),
        (f"```yaml\n{BLOCK}```\n", 3),
        (f"~~~\n{BLOCK}", 3),
        (f"# Title\n\n{BLOCK}", 4),
        (f"<!-- made by an export -->\n{BLOCK}", 3),
        (f"<%* const a = 1 %>\n{BLOCK}", 3),
        (f"%% comment %%\n{BLOCK}", 3),
        ("> [!note]\n> ---\n> start: 1\n> ---\n", 3),
        (BLOCK.replace("---", "----"), 2),
        (BLOCK.replace("---", "---yaml", 1), 2),
        (BLOCK.replace("---", "+++").replace(":", " ="), 2),
        (BLOCK.replace("---", ";;;"), 2),
        (f"---\na: 1\n---\n{BLOCK}", 5),
        (f"---\r\na: 1\r\n---\r\n\r\n{BLOCK}", 6),
        ("\n---\nSt\u200bart: 1\n---\n", 3),
        ("\u2014--\nstart: 1\n---\n", 2),  # phones make a dash of two hyphens
        ("\u2014\u2014\u2014\nstart: 1\n\u2014\u2014\u2014\n", 2),
        ("\uff0d\uff0d\uff0d\nstart: 1\n\uff0d\uff0d\uff0d\n", 2),
        # What is no such block.
        (BLOCK, None),
        (f"\ufeff{BLOCK}", None),
        ("# Title\n\ntext\n", None),
        (f"text\n{BLOCK}", None),
        ("\n---\na: 1\n---\nstart: 1\n", None),
        ("\n---\nrestart: 1\n---\n", None),
        ("", None),
        ("---", None),
        ("---\na: 1\n---", None),
        ("\n" * 100_000, None),
        ("> " * 50_000, None),
        ("---\n" * 20_000, None),
    ],
)
def test_where_a_block_is_not_at_the_top(text: str, line: int | None) -> None:
    assert find_stray_properties(text, [compiled(source("start", x2="1"))]) == line


def test_words_of_a_text_between_two_rules_are_no_properties() -> None:
    rules = [study_rules()]
    text = "# 오늘\n---\n{}: 3과\n---\n"
    assert find_stray_properties(text.format("복습"), rules) is None
    assert find_stray_properties(text.format("⭕첫 학습날"), rules) == 3
