"""The clean filter under the real git: what stays quiet, what does not, and that nothing is lost."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree
from tests.git.study_vaults import (
    FRIDAY,
    MONDAY,
    OTHER,
    PATH,
    SATURDAY,
    TUESDAY,
    make_old,
    make_vault,
    note,
    refresh,
)  # fmt: skip
from vault_sync.git.clean_filter import ASK_GIT_AFTER, CleanFilter, NothingToFilterError
from vault_sync.git.drivers import FILTER, install_driver, refresh_vault_index
from vault_sync.git.index import BlobReader
from vault_sync.git.ownership import Vaults
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("warm_python", "person")


def test_the_morning_after_nothing_is_new(tree: Tree) -> None:
    refresh(tree, SATURDAY)
    assert tree.status() == tree.git("diff") == tree.git("diff", "HEAD") == ""
    assert tree.git("add", "-A") == tree.git("diff", "--cached") == ""
    tree.git("commit", "-qam", "nothing", code=1)
    assert tree.read(PATH) == note(SATURDAY)


def test_a_refresh_tells_git_by_itself(tree: Tree) -> None:
    tree.vault_sync("-q", "refresh", "--now", "2025-02-03T10:00")
    assert "2025/02/03" in tree.read(PATH)
    assert tree.status() == ""
    tree.vault_sync("-q", "undo")
    assert tree.status() == ""


def test_an_edit_is_seen_and_commits_true_values(tree: Tree) -> None:
    refresh(tree, SATURDAY)
    refresh(tree, SATURDAY, PATH, done1=True)
    assert tree.status() == f" M {PATH}\n"
    tree.git("commit", "-qam", "ticked")
    assert tree.show(f"HEAD:{PATH}") == note(SATURDAY, done1=True)
    assert tree.show(f"HEAD:{OTHER}") == note(FRIDAY)
    assert tree.status() == ""


def test_a_new_note_goes_in_as_it_is(tree: Tree) -> None:
    for day in (FRIDAY, SATURDAY):
        tree.write("Web/새.md", note(day))
        tree.git("add", "-A")
        assert tree.show(":Web/새.md") == note(day)


def test_what_is_staged_stays_staged(tree: Tree) -> None:
    refresh(tree, FRIDAY, PATH, done1=True)
    tree.git("add", PATH)
    refresh(tree, SATURDAY, done1=True)
    assert tree.show(f":{PATH}") == note(FRIDAY, done1=True)


def test_a_staged_edit_is_staged_anew_with_true_values(tree: Tree) -> None:
    refresh(tree, FRIDAY, PATH, done1=True)
    tree.git("add", PATH)
    refresh(tree, SATURDAY, PATH, done1=True)
    assert tree.status() == f"MM {PATH}\n"
    tree.git("add", PATH)
    tree.git("commit", "-qm", "ticked")
    assert tree.show(f"HEAD:{PATH}") == note(SATURDAY, done1=True)
    refresh(tree, FRIDAY, PATH, done1=True)
    assert tree.status() == ""


def test_a_rebase_of_several_commits_meets_no_quiet_note(tree: Tree) -> None:
    tree.git("checkout", "-qb", "other")
    tree.write(PATH, note(FRIDAY, done1=True))
    tree.commit_all()
    tree.git("checkout", "-q", "main")
    for fields in ({"done1": True}, {"done1": True, "done4": True}):
        tree.write(OTHER, note(FRIDAY, **fields))
        tree.commit_all()
    refresh(tree, SATURDAY, PATH)
    refresh(tree, SATURDAY, OTHER, **fields)
    tree.git("rebase", "-q", "other")
    assert tree.show(f"HEAD:{OTHER}") == tree.read(OTHER) == note(FRIDAY, **fields)
    assert tree.status() == ""


def test_a_stash_takes_edits_and_leaves_quiet_notes(tree: Tree) -> None:
    refresh(tree, SATURDAY)
    refresh(tree, SATURDAY, OTHER, done1=True)
    tree.git("stash", "-q")
    assert tree.git("stash", "show", "--name-only") == f"{OTHER}\n"
    assert tree.status() == ""
    tree.git("stash", "pop", "-q")
    assert tree.read(OTHER) == note(SATURDAY, done1=True)


@pytest.mark.parametrize(
    "command",
    [["checkout", "-q", "other"], ["merge", "-q", "other"], ["rebase", "-q", "other"],
     ["cherry-pick", "other"], ["pull", "-q", ".", "other"]],
    ids=lambda command: command[0],
)  # fmt: skip
def test_quiet_notes_are_in_nobodys_way(tree: Tree, command: list[str]) -> None:
    tree.git("checkout", "-qb", "other")
    tree.write(PATH, note(FRIDAY, done1=True))
    tree.commit_all()
    tree.git("checkout", "-q", "main")
    refresh(tree, MONDAY)
    tree.git("-c", "pull.rebase=false", *command)
    assert tree.read(PATH) == note(FRIDAY, done1=True)
    assert tree.read(OTHER) == note(MONDAY)
    assert tree.status() == ""


@pytest.mark.parametrize("command", [["checkout", "-q", "other"], ["merge", "-q", "other"]])
def test_git_still_refuses_to_write_over_an_edit(tree: Tree, command: list[str]) -> None:
    tree.git("checkout", "-qb", "other")
    tree.write(PATH, note(FRIDAY, done1=True))
    tree.commit_all()
    tree.git("checkout", "-q", "main")
    edited = note(SATURDAY).replace("쿠키와", "쿠키랑")
    tree.write(PATH, edited)
    refresh_vault_index(tree.path)
    assert "would be overwritten" in tree.git(*command, code=None)
    assert tree.read(PATH) == edited


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.eol=crlf"])
def test_line_ends_that_git_converts(tmp_path: Path, setting: str) -> None:
    first = make_vault(tmp_path / "first", PATH)
    first.write(".gitattributes", "" if "auto" in setting else "*.md text\n")
    first.commit_all()
    first.git("clone", "-q", "-c", setting, ".", str(tmp_path / "second"))
    tree = first.elsewhere(tmp_path / "second")
    install_driver(find_repository(tree.path), FILTER)
    assert tree.read(PATH) == note(FRIDAY).replace("\n", "\r\n")
    tree.write(PATH, note(SATURDAY).replace("\n", "\r\n"))
    refresh_vault_index(tree.path)
    assert tree.status() == tree.git("diff") == ""
    assert "warning" not in tree.git("add", "--renormalize", ".")
    assert tree.status() == ""


def test_a_note_that_moved_goes_with_its_true_values(tree: Tree) -> None:
    refresh(tree, SATURDAY)
    tree.git("mv", PATH, "Web/새.md")
    assert tree.status() == f"R  {PATH} -> Web/새.md\n"
    (tree.path / "Web/새.md").rename(tree.path / "Web/또.md")
    tree.git("add", "-A")
    assert tree.show(":Web/또.md") == note(SATURDAY)


def test_linked_worktrees_share_the_filter(tree: Tree, tmp_path: Path) -> None:
    tree.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = tree.elsewhere(tmp_path / "side")
    refresh(side, MONDAY)
    assert side.status() == tree.status() == ""
    refresh(side, MONDAY, PATH, done1=True)
    assert side.status() == f" M {PATH}\n"


NAMES = [
    "이름 빈칸.md",
    "🍪.md",
    "1:x.md",
    "-dash.md",
    "'q\" $(x).md",
    ":(glob)a.md",
    "dir.md/a.md",
]


def test_names_of_any_kind(tmp_path: Path) -> None:
    names = [*NAMES, "줄\n바꿈.md"]
    tree = make_vault(tmp_path / "repo", *names, day=MONDAY)
    install_driver(find_repository(tree.path), FILTER)
    refresh(tree, TUESDAY, *names)
    status = tree.git("status", "--porcelain", "-z")
    assert status == " M 줄\n바꿈.md\0"  # git cannot be asked for it by name
    refresh(tree, TUESDAY, *names, done1=True)
    assert tree.git("status", "--porcelain", "-z").count("\0") == len(names)


def test_vaults_within_a_repository_and_notes_of_none(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "repo")
    paths = ["one/a.md", "two/a.md", "bad/a.md", "none/a.md", "one/Templates/a.md", "one/a.txt"]
    tree.write("one/.vault-sync.yaml", "ignore: [Templates]\n")
    tree.write("two/.obsidian/app.json", "{}")
    tree.write("bad/.vault-sync.yaml", "profile: [\n")
    for path in paths:
        tree.write(path, note(FRIDAY))
    tree.commit_all()
    install_driver(find_repository(tree.path), FILTER)
    refresh(tree, SATURDAY, *paths)
    said = tree.git("status", "--porcelain", "--untracked-files=no")
    seen = {line[3:] for line in said.splitlines() if line.startswith(" M ")}
    assert seen == {"bad/a.md", "none/a.md", "one/Templates/a.md", "one/a.txt"}
    assert "/bad cannot be read as a vault: .vault-sync.yaml:1:10: " in said


def test_git_is_asked_about_all_when_nothing_seems_new(tmp_path: Path) -> None:
    names = [f"n{number:03}.md" for number in range(ASK_GIT_AFTER + 10)]
    tree = make_vault(tmp_path / "repo", *names)
    install_driver(find_repository(tree.path), FILTER)
    touch(tree, names, 1_000_000_000)
    assert tree.status() == ""
    refresh(tree, SATURDAY, "n038.md")
    touch(tree, names, 1_100_000_000)
    tree.write("n040.md", note(FRIDAY, done1=True))
    assert tree.status() == " M n040.md\n"


@pytest.mark.parametrize(
    ("changed", "is_over"), [(None, True), ("n040.md", False), ("b.txt", True)]
)
def test_the_filter_steps_aside_only_where_no_note_differs(
    tmp_path: Path, changed: str | None, *, is_over: bool
) -> None:
    names = [f"n{number:03}.md" for number in range(ASK_GIT_AFTER + 10)]
    tree = make_vault(tmp_path / "repo", *names, "b.txt")
    if changed:
        tree.write(changed, note(SATURDAY))
    repository = find_repository(tree.path)
    content = note(FRIDAY).encode()
    with BlobReader(repository) as blobs:
        clean = CleanFilter(repository, blobs, lambda: Vaults(tree.path, pytest.fail))
        assert [clean.clean(name, content) for name in names[: ASK_GIT_AFTER - 1]] == [content] * (
            ASK_GIT_AFTER - 1
        )
        with pytest.raises(NothingToFilterError) if is_over else nullcontext():
            clean.clean(names[ASK_GIT_AFTER], content)


def touch(tree: Tree, names: list[str], seconds: int) -> None:
    for name in names:
        os.utime(tree.path / name, (seconds, seconds))


def test_a_clone_without_the_filter_has_ordinary_notes(tree: Tree, tmp_path: Path) -> None:
    refresh(tree, SATURDAY)
    tree.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = tree.elsewhere(tmp_path / "clone")
    assert clone.read(PATH) == note(FRIDAY)
    clone.write(PATH, note(SATURDAY))
    make_old(clone.path / PATH)
    assert clone.status() == f" M {PATH}\n"


@pytest.mark.parametrize("program", ["/nowhere/python", "false"])
def test_git_does_without_a_program_that_is_gone(
    tree: Tree, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", program)
    install_driver(find_repository(tree.path), FILTER)
    tree.write(PATH, note(SATURDAY))
    tree.git("add", PATH)
    assert tree.show(f":{PATH}") == note(SATURDAY)


def test_a_module_of_our_name_in_the_repository_is_not_run(tree: Tree) -> None:
    tree.write("vault_sync.py", "raise SystemExit('run')")
    tree.write("click.py", "raise SystemExit('run')")
    refresh(tree, SATURDAY)
    assert tree.status() == "?? click.py\n?? vault_sync.py\n"
