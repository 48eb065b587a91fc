"""Commits as people make them, with the hook: what is committed, what stays staged, what stays theirs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from tests.git.hook_vaults import (
    LINES,
    install,
    make_note,
    make_script,
    make_true,
)

if TYPE_CHECKING:
    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("warm_python")
OTHER = ("line one, staged\n", *LINES[1:])
BOTH = (*OTHER[:-1], "line two, not staged\n")

ODD_NAMES = (
    "two words.md",
    "복습/한국어 노트 🧠.md",
    normalize("NFD", "한글.md"),  # as macOS writes names
    "-q.md",
    "#'$(x)`.md",
)
POSIX_NAMES = ("line\nbreak\t\x1b[31m.md", "byte\udcff.md", ':(top)*"?.md')


class TestAnOrdinaryCommit:
    def test_has_true_values_in_the_commit_the_index_and_the_folder(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        said = vault.git("commit", "-m", "one")
        assert "1 staged note refreshed (3 properties)" in said
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)
        assert vault.status() == ""

    def test_says_nothing_when_all_is_true(self, vault: Tree) -> None:
        vault.write("note.md", make_true(7))
        vault.write("README.txt", "text")
        vault.git("add", "-A")
        assert "vault-sync" not in vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7)

    def test_from_a_folder_below(self, vault: Tree) -> None:
        vault.write("Web/note.md", make_note(7))
        vault.git("add", "-A")
        vault.elsewhere(vault.path / "Web").git("commit", "-m", "one")
        assert vault.show("HEAD:Web/note.md") == vault.read("Web/note.md") == make_true(7)

    def test_of_stable_formulas_only(self, vault: Tree) -> None:
        install(vault, make_script(is_stable=True))
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7).replace("passed: true\n", "")

    def test_can_be_undone_in_the_folder(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "-m", "one")
        vault.vault_sync("undo")
        assert vault.read("note.md") == make_note(7)

    def test_of_notes_with_odd_names(self, vault: Tree) -> None:
        names = ODD_NAMES if os.name == "nt" else (*ODD_NAMES, *POSIX_NAMES)
        for name in names:
            vault.write(name, make_note(7))
        vault.git("add", "-A")
        said = vault.git("commit", "-q", "-m", "one")
        assert f"{len(names)} staged notes refreshed" in said
        assert [vault.read(name) for name in names] == [make_true(7)] * len(names)
        blobs = {vault.git("rev-parse", f"HEAD:./{name}") for name in names}
        assert [vault.show(blob.strip()) for blob in blobs] == [make_true(7)]
        assert vault.status() == ""


class TestWorkThatIsNotStaged:
    def test_of_the_same_note_stays_as_it_is(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7, lines=OTHER))
        vault.git("add", "-A")
        vault.write("note.md", make_note(7, mood="bright", lines=BOTH))
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7, lines=OTHER)
        assert vault.show(":note.md") == make_true(7, lines=OTHER)
        assert vault.read("note.md") == make_true(7, mood="bright", lines=BOTH)

    def test_chosen_line_by_line_stays_as_it_is(self, vault: Tree) -> None:
        vault.write("note.md", make_true(7))
        vault.commit_all()
        vault.write("note.md", make_true(7, lines=BOTH).replace("start: 7", "start: 8"))
        vault.git("add", "-p", "note.md", data="y\nn\n")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(8, lines=OTHER)
        assert vault.read("note.md") == make_true(8, lines=BOTH)
        assert vault.git("diff", "--stat").endswith("1 insertion(+), 1 deletion(-)\n")

    def test_in_a_derived_value_itself_stays(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.write("note.md", make_note(7).replace("twice: 0", "twice: mine"))
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7)
        assert "\ntwice: mine\n" in vault.read("note.md")

    def test_that_leaves_no_frontmatter_stays(self, vault: Tree) -> None:
        texts = ["", "gone\n", "---\nstart: [\n---\n", "---\nstart: 7\n", "\0"]
        for number in range(len(texts)):
            vault.write(f"{number}.md", make_note(7))
        vault.git("add", "-A")
        for number, text in enumerate(texts):
            vault.write(f"{number}.md", text)
        vault.git("commit", "-m", "one")
        for number, text in enumerate(texts):
            assert vault.show(f"HEAD:{number}.md") == make_true(7)
            assert vault.read(f"{number}.md") == text

    def test_in_other_notes_and_untracked_ones_stays(self, vault: Tree) -> None:
        vault.write("old.md", make_note(1))
        vault.commit_all()
        vault.write("old.md", make_note(2))
        vault.write("untracked.md", make_note(3))
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        vault.git("commit", "-m", "one")
        assert vault.read("old.md") == make_note(2)
        assert vault.show(":old.md") == vault.show("HEAD:old.md") == make_note(1)
        assert vault.read("untracked.md") == make_note(3)
        assert vault.status() == " M old.md\n?? untracked.md\n"

    def test_deleted_from_the_folder_stays_deleted(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        (vault.path / "note.md").unlink()
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7)
        assert vault.status() == " D note.md\n"


class TestWaysToCommit:
    def test_all(self, vault: Tree) -> None:
        vault.write("note.md", make_true(1))
        vault.write("untracked.md", make_note(3))
        vault.git("add", "note.md")
        vault.git("commit", "-q", "-m", "one", "--no-verify")
        vault.write("note.md", make_note(7))
        vault.git("commit", "-a", "-m", "two")
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)
        assert vault.read("untracked.md") == make_note(3)
        assert vault.status() == "?? untracked.md\n"

    @pytest.mark.parametrize("option", ["--only", "--include"])
    def test_paths(self, vault: Tree, option: str) -> None:
        vault.write("note.md", make_true(1))
        vault.write("staged.md", make_true(1))
        vault.commit_all()
        vault.write("staged.md", make_note(2))
        vault.git("add", "staged.md")
        vault.write("note.md", make_note(7))
        vault.git("commit", "-m", "two", option, "--", "note.md")
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)
        is_only = option == "--only"
        assert vault.status() == ("M  staged.md\n" if is_only else "")
        assert vault.show(":staged.md") == (make_note(2) if is_only else make_true(2))

    def test_paths_with_a_commit_message_that_is_refused(self, vault: Tree) -> None:
        vault.write("note.md", make_true(1))
        vault.commit_all()
        vault.write("note.md", make_note(7))
        vault.git("commit", "-m", "", "--", "note.md", code=1)
        assert vault.show(":note.md") == vault.show("HEAD:note.md") == make_true(1)
        assert vault.read("note.md") == make_true(7)

    def test_amend(self, vault: Tree) -> None:
        vault.write("note.md", make_true(1))
        vault.commit_all()
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "--amend", "--no-edit")
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)
        assert vault.git("rev-list", "--count", "HEAD") == "2\n"
        assert vault.status() == ""

    def test_with_an_index_of_ones_own(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        mine = type(vault)(vault.path, {**vault.environment, "GIT_INDEX_FILE": ".git/mine"})
        mine.git("read-tree", "HEAD")
        mine.write("other.md", make_note(5))
        mine.git("add", "other.md")
        mine.git("commit", "-m", "one")
        assert vault.show("HEAD:other.md") == vault.read("other.md") == make_true(5)
        assert vault.show(":note.md") == vault.read("note.md") == make_note(7)

    def test_without_the_hook(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "-m", "one", "--no-verify")
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_note(7)


class TestHistory:
    def test_a_merge_that_commits_by_itself_loses_nothing(self, forked: Tree) -> None:
        forked.git("merge", "--no-edit", "side")
        assert forked.show("HEAD:new.md") == forked.read("new.md") == make_note(7)
        assert forked.status() == "?? untracked.md\n"

    def test_a_merge_that_is_committed_by_hand(self, forked: Tree) -> None:
        forked.git("merge", "--no-commit", "side")
        forked.git("commit", "--no-edit")
        merged = ("line one, main\n", *LINES[1:-1], "line two, side\n")
        assert forked.show("HEAD:new.md") == forked.read("new.md") == make_true(7)
        assert forked.show("HEAD:note.md") == forked.read("note.md") == make_true(1, lines=merged)
        assert forked.status() == "?? untracked.md\n"
        assert forked.git("rev-list", "--count", "--merges", "HEAD") == "1\n"

    def test_a_merge_with_a_conflict_that_is_resolved(self, forked: Tree) -> None:
        forked.write("note.md", make_true(1, lines=(*LINES[:-1], "line two, main\n")))
        forked.git("commit", "-q", "-a", "-m", "conflicting")
        forked.git("merge", "side", code=1)
        assert "<<<<<<<" in forked.read("note.md")
        forked.write("note.md", make_note(4))
        forked.git("add", "note.md")
        forked.git("commit", "--no-edit")
        assert forked.show("HEAD:note.md") == forked.read("note.md") == make_true(4)
        assert forked.show("HEAD:new.md") == make_true(7)
        assert forked.status() == "?? untracked.md\n"

    def test_a_commit_with_a_conflict_still_in_it_is_told(self, forked: Tree) -> None:
        text = f"---\nstart: 1\n<<<<<<< main\ntwice: 1\n=======\n>>>>>>> side\n---\n{LINES[0]}"
        forked.write("note.md", text)
        said = forked.git("commit", "-a", "-m", "careless")
        assert "note.md:3: A merge conflict" in said
        assert forked.show("HEAD:note.md") == forked.read("note.md") == text

    def test_a_rebase_loses_nothing(self, forked: Tree) -> None:
        forked.git("switch", "-q", "side")
        forked.git("rebase", "main")
        assert "line one, main" in forked.read("note.md")
        assert "line two, side" in forked.read("note.md")
        assert forked.show("HEAD:new.md") == make_note(7)  # git runs no hook for a replayed commit
        assert forked.status() == "?? untracked.md\n"

    def test_a_cherry_pick_loses_nothing(self, forked: Tree) -> None:
        forked.git("cherry-pick", "side")
        assert forked.read("new.md").startswith("---\nstart: 7\n")
        assert forked.status() == "?? untracked.md\n"

    def test_a_cherry_pick_with_a_conflict_that_is_resolved(self, forked: Tree) -> None:
        forked.write("note.md", make_true(1, lines=(*LINES[:-1], "line two, main\n")))
        forked.git("commit", "-q", "-a", "-m", "conflicting")
        forked.git("cherry-pick", "side", code=1)
        forked.write("note.md", make_note(4))
        forked.git("add", "note.md")
        forked.git("cherry-pick", "--continue")
        assert forked.show("HEAD:note.md") == forked.read("note.md") == make_true(4)
        assert forked.status() == "?? untracked.md\n"

    def test_a_revert_loses_nothing(self, forked: Tree) -> None:
        forked.git("revert", "--no-edit", "HEAD")
        assert forked.read("note.md") == make_true(1)
        assert forked.status() == "?? untracked.md\n"
