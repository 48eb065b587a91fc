"""The merge driver: what becomes of three versions of a note, alone and under the real git."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.git.repositories import make_tree
from tests.git.study_vaults import FRIDAY, MONDAY, PATH, SATURDAY, make_vault, note
from tests.study.oracle import BODY, Study, refresh_text
from vault_sync.clock import read_clock
from vault_sync.git.drivers import MERGE, install_driver
from vault_sync.git.merge_driver import CONFLICT, Merge, choose_labels, run_merge
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("person")

OTHER = "Web/쿠키.md"
Version: TypeAlias = "tuple[datetime, dict[str, bool]]"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a vault as of Monday with the driver installed."""
    tree = make_vault(tmp_path / "repo", PATH, OTHER, day=MONDAY)
    install_driver(find_repository(tree.path), MERGE)
    return tree


def today() -> datetime:
    """Return the start of the present day, as a merge takes it."""
    return read_clock(None).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)


def merge(tree: Tree, base: str, ours: str, theirs: str) -> tuple[int, str]:
    """Return the exit code of the driver and what it leaves in the file of ours."""
    texts = {"base": base, "ours": ours, "theirs": theirs}
    files = {name: tree.write(f".merge_{name}", text) for name, text in texts.items()}
    asked = Merge(**files, path=PATH, marker_size=7, labels=("base", "ours", "theirs"))
    code = run_merge(find_repository(tree.path), asked, pytest.fail)
    return code, tree.read(".merge_ours")


def as_git(tree: Tree, base: str, ours: str, theirs: str) -> str:
    """Return what git makes of three versions without the driver."""
    for name, text in zip("OAB", (base, ours, theirs), strict=True):
        tree.write(f"plain_{name}", text)
    labels = ("-L", "ours", "-L", "base", "-L", "theirs")
    return tree.git("merge-file", "-p", *labels, "plain_A", "plain_O", "plain_B", code=None)


def tick(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


CLEAN: dict[str, tuple[Version, Version, Version, dict[str, bool]]] = {
    "days alone": ((MONDAY, {}), (FRIDAY, {}), (SATURDAY, {}), {}),
    "a box on one side": ((MONDAY, {}), (FRIDAY, {"done1": True}), (SATURDAY, {}), {"done1": True}),
    "boxes on both": (
        (MONDAY, {}),
        (FRIDAY, {"done1": True}),
        (SATURDAY, {"done7": True}),
        {"done1": True, "done7": True},
    ),
    "the same box": (
        (MONDAY, {}),
        (FRIDAY, {"done4": True}),
        (SATURDAY, {"done4": True}),
        {"done4": True},
    ),
}


@pytest.mark.parametrize(("base", "ours", "theirs", "result"), CLEAN.values(), ids=CLEAN)
def test_derived_values_follow_the_merged_sources(
    tree: Tree, base: Version, ours: Version, theirs: Version, result: dict[str, bool]
) -> None:
    texts = [note(day, **fields) for day, fields in (base, ours, theirs)]
    expected = note(today(), **result)
    assert merge(tree, *texts) == (0, expected)
    assert merge(tree, texts[0], texts[2], texts[1]) == (0, expected)


def test_bodies_are_merged_as_git_does(tree: Tree) -> None:
    base = note(MONDAY).replace(BODY, "---\n1\n2\n3\n4\n")
    ours = note(FRIDAY).replace(BODY, "---\none\n2\n3\n4\n")
    theirs = note(SATURDAY).replace(BODY, "---\n1\n2\n3\nfour")
    expected = note(today()).replace(BODY, "---\none\n2\n3\nfour")
    assert merge(tree, base, ours, theirs) == (0, expected)


def test_a_conflict_looks_as_gits_own(tree: Tree) -> None:
    texts = [
        tick(note(day), "⭕과목: 웹", f"⭕과목: {subject}")
        for day, subject in ((MONDAY, "웹"), (FRIDAY, "망"), (SATURDAY, "책"))
    ]
    same_day = [text.replace(note(day).partition("🛑첫날")[2], note(SATURDAY).partition("🛑첫날")[2])
                for text, day in zip(texts, (MONDAY, FRIDAY, SATURDAY), strict=True)]  # fmt: skip
    code, merged = merge(tree, *texts)
    assert code == CONFLICT
    assert merged == as_git(tree, *same_day)
    assert "<<<<<<< ours\n⭕과목: 망\n=======\n⭕과목: 책\n>>>>>>> theirs\n" in merged
    assert merged.count("<<<<<<<") == 1


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_the_style_of_conflicts_is_the_persons(tree: Tree, style: str) -> None:
    tree.git("config", "merge.conflictStyle", style)
    texts = [note(MONDAY) + line for line in ("a\n", "b\n", "c\n")]
    code, merged = merge(tree, *texts)
    assert code == CONFLICT
    assert merged == as_git(tree, *texts)
    assert ("||||||| base" in merged) == (style != "merge")


BARE = Study().sources_only()
AS_GIT = {
    "no notes of ours": ["a\nb\nc\n", "a\nb\nC\n", "A\nb\nc\n"],
    "no notes of ours, with a conflict": ["a\n", "b\n", "c\n"],
    "broken YAML on one side": [note(MONDAY), note(FRIDAY), "---\na: [\n---\n"],
    "broken YAML on all": ["---\na: [\n---\n", "---\nb: [\n---\n", "---\nc: [\n---\n"],
    "no frontmatter on one side": [BARE, BARE + "more\n", "text\n"],
    "added on both sides": ["", "one\n", "two\n"],
    "an empty side": [note(MONDAY), "", note(FRIDAY)],
}


@pytest.mark.parametrize("texts", AS_GIT.values(), ids=AS_GIT)
def test_everything_else_is_merged_as_git_does(tree: Tree, texts: list[str]) -> None:
    code, merged = merge(tree, *texts)
    assert merged == as_git(tree, *texts) or (
        code == 0 and refresh_text(as_git(tree, *texts), today()).text == merged
    )
    assert (code == CONFLICT) == ("<<<<<<<" in merged)


def test_notes_outside_of_a_vault_are_merged_as_git_does(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "plain")
    texts = [note(MONDAY), note(FRIDAY), note(SATURDAY)]
    assert merge(tree, *texts) == (CONFLICT, as_git(tree, *texts))


@pytest.mark.parametrize("odd", ["\0", "\ufeff".encode("utf-16").decode("latin-1") + "\0a\0"])
def test_what_git_does_not_merge_stays_ours(tree: Tree, odd: str) -> None:
    ours = note(FRIDAY)
    assert merge(tree, note(MONDAY), ours, odd) == (CONFLICT, ours)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_stay(tree: Tree, ends: str, mark: str) -> None:
    texts = [mark + note(day).replace("\n", ends) for day in (MONDAY, FRIDAY, SATURDAY)]
    assert merge(tree, *texts) == (0, mark + note(today()).replace("\n", ends))


@pytest.mark.parametrize("base", ["", BODY.removeprefix("---\n"), BARE])
def test_derived_lines_put_in_on_both_sides_are_there_once(tree: Tree, base: str) -> None:
    assert merge(tree, base, note(FRIDAY), note(SATURDAY)) == (0, note(today()))


@pytest.mark.parametrize(
    ("given", "environment", "chosen"),
    [
        (("a1", "HEAD", "x"), {"GITHEAD_1": "main"}, ("a1", "HEAD", "x")),
        (("%S", "%X", "%Y"), {"GITHEAD_1": "main"}, ("base", "HEAD", "main")),
        (("%S", "%X", "%Y"), {"GITHEAD_1": "main", "GITHEAD_2": "x"}, ("base", "HEAD", "theirs")),
        (("%S", "%X", "%Y"), {}, ("base", "HEAD", "theirs")),
    ],
)
def test_labels(
    given: tuple[str, str, str], environment: dict[str, str], chosen: tuple[str, str, str]
) -> None:
    assert choose_labels(given, environment) == chosen


class TestUnderGit:
    def branch(self, tree: Tree, **theirs: object) -> None:
        """Let two branches differ in their days, and in what is given."""
        tree.git("checkout", "-qb", "other")
        tree.write(PATH, note(FRIDAY, **theirs))
        tree.write(OTHER, note(FRIDAY))
        tree.commit_all("theirs")
        tree.git("checkout", "-q", "main")
        tree.write(PATH, note(SATURDAY))
        tree.write(OTHER, note(SATURDAY))
        tree.commit_all("ours")

    @pytest.mark.parametrize(
        "command",
        [["merge", "-q", "--no-edit", "other"], ["rebase", "-q", "other"],
         ["cherry-pick", "--allow-empty", "--keep-redundant-commits", "other"],
         ["pull", "-q", "--no-edit", "--no-rebase", ".", "other"]],
        ids=lambda command: command[0],
    )  # fmt: skip
    @pytest.mark.usefixtures("warm_python")
    def test_machines_that_differ_by_a_day_do_not_conflict(
        self, tree: Tree, command: list[str]
    ) -> None:
        self.branch(tree, done1=True)
        tree.git(*command)
        assert tree.status() == ""
        assert tree.read(PATH) == note(today(), done1=True)
        assert tree.read(OTHER) == note(today())

    def test_words_beside_a_derived_value_are_not_lost_with_its_line(self, tree: Tree) -> None:
        line = "오늘2: 2024/10/14\n"
        tree.git("checkout", "-qb", "other")
        tree.write(PATH, tick(note(MONDAY), line, ""))
        tree.commit_all("the line is dropped")
        tree.git("checkout", "-q", "main")
        tree.write(PATH, tick(note(MONDAY), line, "오늘2: 2024/10/14 # 시험 범위\n"))
        tree.commit_all("words behind its value")
        assert "CONFLICT (content)" in tree.git("merge", "other", code=1)
        assert "오늘2: 2024/10/14 # 시험 범위\n" in tree.read(PATH)

    def test_a_stash_comes_back_over_a_new_day(self, tree: Tree) -> None:
        tree.write(PATH, note(FRIDAY, done7=True))
        tree.git("stash", "-q")
        tree.write(PATH, note(SATURDAY))
        tree.commit_all()
        tree.git("stash", "pop", "-q")
        assert tree.read(PATH) == note(today(), done7=True)

    def test_conflicts_are_gits_own(self, tree: Tree) -> None:
        self.branch(tree)
        tree.write(PATH, note(SATURDAY) + "ours\n")
        tree.commit_all()
        tree.git("checkout", "-q", "other")
        tree.write(PATH, note(FRIDAY) + "theirs\n")
        tree.commit_all()
        tree.git("checkout", "-q", "main")
        assert "CONFLICT (content)" in tree.git("merge", "other", code=1)
        assert tree.status() == f"UU {PATH}\nM  {OTHER}\n"
        shown = tree.read(PATH)
        assert shown.endswith("<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n")
        assert shown.startswith(note(SATURDAY).partition("🛑오늘")[0])

    @pytest.mark.parametrize("program", ["/nowhere/python", "false"])
    def test_git_merges_itself_when_the_program_is_gone(
        self, tree: Tree, program: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.executable", program)
        install_driver(find_repository(tree.path), MERGE)
        self.branch(tree)
        assert "CONFLICT" in tree.git("merge", "other", code=1)
        assert "=======\n" in tree.read(PATH)
        assert ">>>>>>> theirs" in tree.read(PATH)

    def test_it_comes_and_goes_without_a_trace(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path / "again", PATH, day=MONDAY)
        config = tree.read(".git/config")
        tree.vault_sync("merge-driver", "status", code=1)
        tree.vault_sync("merge-driver", "install")
        assert "is installed" in tree.vault_sync("merge-driver", "status")
        self.branch(tree)
        tree.git("merge", "-q", "--no-edit", "other")
        tree.vault_sync("merge-driver", "uninstall")
        assert tree.read(".git/config") == config
        assert not (tree.path / ".git/info/attributes").exists()
        assert "not installed" in tree.vault_sync("merge-driver", "uninstall")

    def test_another_driver_is_not_displaced(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path / "again", PATH)
        tree.write(".gitattributes", "*.md merge=union\n")
        assert "merge=union" in tree.vault_sync("merge-driver", "install", code=3)
