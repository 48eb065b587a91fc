"""Names and patterns of notes that are left alone, and those that are not."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.rules.ignore_patterns import compile_patterns, find_pattern_fault
from vault_sync.vault.ignore import SERVICES, is_conflict_copy, why_name_ignored

# Names

HONEST_NAMES = [
    "note.md",
    "NOTE.MD",
    "김치.md",
    "-dash.md",
    "a b (2024-01-01).md",
    "Physics (Lecture 2024-01-01).md",
    "What is a conflicted copy.md",
    "What is a (conflicted copy).md",
    "Conflicted copy MyMac 202411281430.md",
    "충돌된 사본 2026-09-29.md",
    "about .sync-conflict-files.md",
    "sync-conflict-20240101-120000-ABCDEFG.md",
    "safeBackup-0001 explained.md",
    "note (Conflict of 2018-02-20).md",
    "note 2.md",
    "note-LAPTOP.md",
    "note (1).md",
    "note (copy).md",
    "note copy.md",
    "Git (Case Conflict).md",
    "Meeting (conflict on 2026-11-30).md",
    "Git conflict.md",
    "merge_conflict.md",
    "_Conflict.md",
    "Role.Conflict.md",
    "nginx_conf(1).md",
    "Meeting (conflict resolution 2024-01-01).md",
    "Romeo and Juliet (Conflicts between families).md",
    "갈등 사본 2026-09-29.md",
    "git-conflict-2024.md",
    "Jan-03-0901-2013 Conflict.md",
    "notes [conflicting].md",
    "my conflict-files-obsidian-git.md",
    "excalidraw.md",
    "about excalidraw.md",
    "~note.md",
    "4913.md",
]


@pytest.mark.parametrize("name", HONEST_NAMES)
def test_names_of_honest_notes(name: str) -> None:
    assert why_name_ignored(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "note (Conflicted copy MyMac 202411281430).md",
        "note (Conflicted copy Kim (home) 202411281430).md",
        "a (b) (Conflicted copy MyMac 202411281430).md",
        "note (Jochen's conflicted copy 2026-10-05).md",
        "note (conflicted copy 2026-10-05 103045).md",
        "note (김의 충돌된 사본 2026-09-29).md",
        unicodedata.normalize("NFD", "note (김의 충돌된 사본 2026-09-29).md"),
        "note (平川 の競合コピー 2023-10-29).md",
        "note(Win的冲突副本1_2026-06-26 02-11-37).md",
        "note (In Konflikt stehende Kopie von PC 2026-01-02).md",
        "note (Copie en conflit de PC 2025-10-19).md",
        "note (Copia en conflicto de Ana 2024-03-08).md",
        "note (Copia in conflitto di Mac 2026-10-08).md",
        "note (Cópia em conflito de PC 2024-01-01).md",
        "note.sync-conflict-20240101-120000-ABCDEFG.md",
        "note.sync-conflict-20240101-120000.md",
        "note-host-safeBackup-0001.md",
        "note (Sam's  conflicting copy 2022-08-30).md",
        "note (Sam's conflicting copy 2022-08-30 1).md",
        "note (conflicted copy sam 2018-02-20 141213).md",
        "note_conflict-20180220-141213.md",
        "note_conflict-sam-20180220-141213.md",
        "note-conflict-20180220-141213.md",
        "note (case clash from 2026-10-03 101500).md",
        "note (SFConflict sam@example.com 2026-09-29-10-10-10).md",
        "note (SFConflict laptop 2015-03-03-16-22-43)-1.md",
        "note (Conflict user 2018-02-20 141213).md",
        "note (Conflict sam@example.com 2018-02-20 141213).md",
        "note_Andy-PC_Jan-03-0901-2013_Conflict.md",
        "note_DiskStation_Oct-05-153012-2017_Conflict.md",
        "note_Andy-PC_Jan-03-0901-2013_CaseConflict_1.md",
        "note_NAS_Dec-31-2359-2026_TailCharacterConflict_2.md",
        "note (kopia powodująca konflikt użytkownika Jan 2026-10-02).md",
        "note (Конфликтующая копия пользователя Alexei 2022-02-14).md",
        "note (conflicterende kopie van PC 2024-01-01).md",
        "note (Selective Sync Conflict).md",
        "note (copy: conflict #1 on 2016-05-03).md",
        "note (copy: conflict on 2016-05-03).md",
        "note (conflict_on_2026-11-30).md",
        "note (conflict_#2_on_2026-11-30).md",
        "note-conflict-2020-05-18T15_35_54.000Z.md",
        "note.conflict2.md",
        "note [conflicted 1].md",
        "conflict-files-obsidian-git.md",
    ],
)
def test_names_of_conflict_copies(name: str) -> None:
    assert is_conflict_copy(name)
    assert why_name_ignored(name) == "it is a conflict copy of a sync service"


@given(st.sampled_from([*SERVICES.values()]), st.data())
def test_no_look_ahead_passes_over_a_copy(mark: str, data: st.DataObject) -> None:
    """Names are looked at in haste first, as nearly all are of no copy."""
    shape = re.compile(rf"(?:{mark})\.md", re.IGNORECASE | re.ASCII)
    name = data.draw(st.from_regex(shape, fullmatch=True))
    assert is_conflict_copy(name)
    assert is_conflict_copy(name.swapcase())


@pytest.mark.parametrize(
    ("name", "part"),
    [
        (".note.md", "dot"),
        ("note.txt", "no note"),
        ("note.md~", "no note"),
        (".note.md.swp", "dot"),
        ("4913", "no note"),
        ("md", "no note"),
        ("", "no note"),
        ("~$note.md", "lock"),
        ("drawing.excalidraw.md", "Excalidraw"),
        ("Drawing.Excalidraw.MD", "Excalidraw"),
    ],
)
def test_other_names_that_are_left_alone(name: str, part: str) -> None:
    assert part in (why_name_ignored(name) or "")


# Patterns of `ignore`


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("Archive", "Archives/a.md"),
        ("/Archive", "a/Archive/b.md"),
        ("Archive/**", "Archive.md"),
        ("*.draft.md", "draft.md"),
        ("a*b*c*d.md", "a-b-d-c.md"),
        ("a/**/b.md", "a/b/c.md"),
        ("?.md", "ab.md"),
        ("[ab].md", "c.md"),
        ("\\*.md", "a.md"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, path: str) -> None:
    assert compile_patterns([pattern]).find_match(path) is None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("Archive", "a/Archive/b.md"),
        ("Archive/", "Archive/b.md"),
        ("Archive/**", "Archive/a/b.md"),
        ("/Archive", "Archive/b.md"),
        ("*.draft.md", "a/b.draft.md"),
        ("a*b*c*d.md", "a-b-c-b-c-d.md"),
        ("a**c*d.md", "abcd.md"),
        ("a*?c*[x-z]*.md", "abcczd.md"),
        ("a/**/b.md", "a/b.md"),
        ("**/b/*.md", "a/b/c.md"),
        ("\\*.md", "*.md"),
        ("가", unicodedata.normalize("NFC", "가") + "/b.md"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert find_pattern_fault(pattern) is None
    assert compile_patterns([pattern]).find_match(path) == pattern


@pytest.mark.parametrize("text", ["!", "\\", "[z-a]", "# a", " ", "a\nb", "a" * 1_001, "**/" * 3])
def test_a_text_that_is_no_pattern(text: str) -> None:
    assert find_pattern_fault(text)


@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", max_size=8))
def test_limited_backtracking_changes_no_answer(pattern: str, name: str) -> None:
    slow = Path("x" + name).match("x" + pattern.replace("**", "*").replace("**", "*"))
    assert (compile_patterns([f"/x{pattern}"]).find_match(f"x{name}") is not None) == slow


def test_a_hostile_pattern_ends() -> None:
    # pathspec's own expression for this needs more steps than the universe has seconds.
    patterns = compile_patterns(["a*" * 60 + "b", "*" * 60 + "z", "**/a*/**/b*c/x"])
    assert patterns.find_match("a" * 250) is None
    assert patterns.find_match("a/b/" * 500 + "y.md") is None
