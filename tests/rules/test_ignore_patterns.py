"""Patterns of `ignore`: which of them decides about a path, and which are refused."""

from __future__ import annotations

import unicodedata

import pytest

from vault_sync.rules.ignore_patterns import (
    MAX_INNER_FOLDERS,
    MAX_PATTERN_LENGTH,
    compile_patterns,
    find_pattern_fault,
)


@pytest.mark.parametrize(
    ("patterns", "path", "decides"),
    [
        (["Archive/"], "Archive/", "Archive/"),
        (["Archive/"], "Archive/a.md", "Archive/"),
        (["Archive/"], "Archived.md", None),
        (["*.draft.md", "x.*"], "x.draft.md", "x.*"),
        (["x.*", "*.draft.md"], "x.draft.md", "*.draft.md"),
        (["Archive/", "!Archive/keep.md"], "Archive/keep.md", None),
        (["Archive/", "!Archive/keep.md"], "Archive/other.md", "Archive/"),
        (["!keep.md", "keep.md"], "keep.md", "keep.md"),
        (["/a.md"], "b/a.md", None),
        (["/a.md"], "a.md", "/a.md"),
        (["**/x/*.md"], "a/b/x/c.md", "**/x/*.md"),
        (["a*b*c.md"], "axbxc.md", "a*b*c.md"),
        (["a*b*c.md"], "a/xbxc.md", None),
        (["a**b.md"], "axxb.md", "a**b.md"),
        ([unicodedata.normalize("NFD", "가.md")], "가.md", unicodedata.normalize("NFD", "가.md")),
        ([], "a.md", None),
    ],
)
def test_the_last_pattern_that_matches_decides(
    patterns: list[str], path: str, decides: str | None
) -> None:
    assert compile_patterns(patterns).find_match(path) == decides


@pytest.mark.parametrize(
    ("patterns", "is_pruning"), [([], True), (["a/", "b"], True), (["a/", "!a/b"], False)]
)
def test_a_folder_need_not_be_entered_where_nothing_is_taken_back(
    patterns: list[str], *, is_pruning: bool
) -> None:
    assert compile_patterns(patterns).is_pruning is is_pruning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * MAX_PATTERN_LENGTH, None),
        ("a" * (MAX_PATTERN_LENGTH + 1), "make it shorter"),
        ("a\nb", "one line"),
        ("**/" * MAX_INNER_FOLDERS + "a", None),
        ("**/" * (MAX_INNER_FOLDERS + 1) + "a", "several patterns"),
        ("**" * 3 + "/a", None),
        ("!", "not a pattern of gitignore syntax"),
        ("# comment", "matches nothing"),
        ("", "matches nothing"),
        ("!a", None),
        ("a/**", None),
        ("[a-c].md", None),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, words: str | None) -> None:
    fault = find_pattern_fault(text)
    assert (fault is None) == (words is None)
    assert (words or "") in (fault or "")
