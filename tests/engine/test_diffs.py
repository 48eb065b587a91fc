"""Diffs of notes, as they are shown."""

from __future__ import annotations

import difflib

import pytest

from vault_sync.engine.report import render_diff

LINES = [f"line {number}\n" for number in range(30)]
HEAD = "--- a/a.md\n+++ b/a.md\n"


def with_lines(**changed: str) -> str:
    return "".join(changed.get(f"n{number}", line) for number, line in enumerate(LINES))


def diff_whole(old: str, new: str) -> str:
    """Return the diff of two texts that end with a line end, made of all their lines."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), "a/a.md", "b/a.md"
    )
    return "".join(lines)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 15, 25, 26, 27, 28, 29])
@pytest.mark.parametrize("new", ["other\n", "", "line 0\n", "line\n", "one\ntwo\n"])
def test_a_diff_shows_three_lines_around_a_change(number: int, new: str) -> None:
    old, changed = with_lines(), with_lines(**{f"n{number}": new})
    assert render_diff("a.md", old, changed) == diff_whole(old, changed)
    assert render_diff("a.md", changed, old) == diff_whole(changed, old)


def test_two_changes_far_apart_are_two_hunks() -> None:
    old, new = with_lines(), with_lines(n2="x\n", n20="y\n")
    assert render_diff("a.md", old, new) == diff_whole(old, new)
    assert render_diff("a.md", old, new).count("@@ -") == 2


def test_what_is_far_below_a_change_is_not_looked_at() -> None:
    old = with_lines(n2="x\n") + "".join(LINES) * 5_000
    new = with_lines(n2="y\n") + "".join(LINES) * 5_000
    assert render_diff("a.md", old, new) == diff_whole(with_lines(n2="x\n"), with_lines(n2="y\n"))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a", "b", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"),
        ("a\n", "a", "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"),
        ("", "a\n", "@@ -0,0 +1 @@\n+a\n"),
        ("a\n", "", "@@ -1 +0,0 @@\n-a\n"),
        ("x\na", "y\na", "@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline at end of file\n"),
        ("x\r\n", "y\r\n", "@@ -1 +1 @@\n-x\r\n+y\r\n"),
        ("aXb\n", "aYb\n", "@@ -1 +1 @@\n-aXb\n+aYb\n"),
    ],
)  # fmt: skip
def test_ends_of_a_text(old: str, new: str, shown: str) -> None:
    assert render_diff("a.md", old, new) == HEAD + shown


def test_texts_that_are_the_same_have_no_diff() -> None:
    assert render_diff("a.md", "a\n", "a\n") == ""
    assert render_diff("a.md", "", "") == ""


def test_a_path_is_quoted_as_git_quotes_it() -> None:
    shown = render_diff('글/"a"\t.md', "a\n", "b\n").splitlines()
    assert shown[:2] == ['--- "a/글/\\"a\\"\\011.md"', '+++ "b/글/\\"a\\"\\011.md"']
