"""Repositories and files of odd kinds, and trouble, with the hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git.hook_vaults import (
    LINES,
    RULES,
    install,
    make_note,
    make_script,
    make_true,
    make_vault,
)
from tests.vault.vaults import posix_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("warm_python")
OTHER = ("line one, staged\n", *LINES[1:])
BOTH = (*OTHER[:-1], "line two, not staged\n")


class TestPlaces:
    def test_a_linked_work_tree(self, vault: Tree) -> None:
        vault.git("worktree", "add", "-q", "-b", "linked", "../linked")
        linked = vault.elsewhere(vault.path.parent / "linked")
        linked.write("note.md", make_note(7))
        linked.git("add", "-A")
        linked.write("note.md", make_note(7, lines=OTHER))
        linked.git("commit", "-m", "one", "--", ".vault-sync.yaml", code=1)  # nothing of it changed
        linked.git("commit", "-m", "one")
        assert linked.show("HEAD:note.md") == make_true(7)
        assert linked.read("note.md") == make_true(7, lines=OTHER)
        assert vault.status() == ""
        linked.write("note.md", make_note(8))
        linked.git("commit", "-q", "-m", "partial", "--", "note.md")
        assert linked.show("HEAD:note.md") == linked.read("note.md") == make_true(8)
        assert linked.status() == ""

    def test_words_beside_derived_values(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7).replace("twice: 0", "twice: 0 # staged"))
        vault.git("add", "-A")
        vault.write("note.md", make_note(7).replace("twice: 0", "twice: 0 # not staged"))
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7).replace("14", "14 # staged")
        assert vault.read("note.md") == make_true(7).replace("14", "0 # not staged")

    def test_a_submodule(self, vault: Tree, tmp_path: Path) -> None:
        outer = make_vault(tmp_path / "outer")
        outer.git("submodule", "add", "-q", vault.path.as_posix(), "notes")
        outer.git("commit", "-q", "-m", "submodule")
        install(outer)
        inner = outer.elsewhere(outer.path / "notes")
        install(inner)
        inner.write("note.md", make_note(7))
        inner.git("add", "-A")
        inner.git("commit", "-m", "one")
        assert inner.show("HEAD:note.md") == inner.read("note.md") == make_true(7)
        outer.git("commit", "-a", "-m", "newer notes")
        assert outer.status() == ""

    def test_two_vaults_and_a_note_in_none(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path, "profile: none\n")
        tree.git("mv", ".vault-sync.yaml", "README")
        install(tree)
        tree.write("one/.vault-sync.yaml", RULES)
        tree.write("two/.vault-sync.yaml", RULES.replace("start * 2", "start * 20"))
        for path in ("one/note.md", "two/note.md", "note.md"):
            tree.write(path, make_note(7))
        tree.git("add", "-A")
        tree.git("commit", "-m", "one")
        assert tree.show("HEAD:one/note.md") == tree.read("one/note.md") == make_true(7)
        twenty = make_true(7).replace("twice: 14", "twice: 140")
        assert tree.show("HEAD:two/note.md") == tree.read("two/note.md") == twenty
        assert tree.show("HEAD:note.md") == tree.read("note.md") == make_note(7)

    def test_a_repository_inside_of_a_vault(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path, "profile: none\n")
        tree.git("mv", ".vault-sync.yaml", "README")
        install(tree)
        (tmp_path / ".vault-sync.yaml").write_text(RULES, "utf-8")
        elsewhere = str(tmp_path.with_name(f"{tmp_path.name}-state"))
        tree = type(tree)(tree.path, {**tree.environment, "VAULT_SYNC_STATE": elsewhere})
        tree.write("note.md", make_note(7))
        tree.git("add", "-A")
        tree.git("commit", "-m", "one")
        assert tree.show("HEAD:note.md") == tree.read("note.md") == make_true(7)

    def test_ids_of_another_kind(self, tmp_path: Path) -> None:
        tree = make_vault(tmp_path)
        tree.run("rm", "-rf", ".git")
        tree.git("init", "-q", "--object-format=sha256")
        install(tree)
        tree.write("note.md", make_note(7))
        tree.git("add", "-A")
        tree.git("commit", "-m", "one")
        assert tree.show("HEAD:note.md") == tree.read("note.md") == make_true(7)
        assert tree.git("fsck", "--strict").count("error") == 0


class TestFilesThatAreNoOrdinaryNotes:
    def test_line_ends_that_git_converts(self, vault: Tree) -> None:
        vault.git("config", "core.autocrlf", "true")
        vault.write("note.md", make_note(7, lines=OTHER).replace("\n", "\r\n"))
        vault.git("add", "note.md")
        vault.write("note.md", make_note(7, mood="bright", lines=BOTH).replace("\n", "\r\n"))
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7, lines=OTHER)
        true = make_true(7, mood="bright", lines=BOTH)
        assert vault.read("note.md") == true.replace("\n", "\r\n")

    def test_line_ends_that_stay(self, vault: Tree) -> None:
        vault.write("note.md", make_note(7).replace("\n", "\r\n"))
        vault.git("add", "note.md")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == vault.read("note.md")
        assert vault.read("note.md") == make_true(7).replace("\n", "\r\n")

    def test_a_pointer_of_lfs_and_other_files(self, vault: Tree) -> None:
        pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
        for name in ("big.md", "image.png", "note.txt"):
            vault.write(name, pointer)
        vault.write("bytes.md", "\0\udcff\n")
        vault.git("add", "-A")
        assert ".md:" not in vault.git("commit", "-m", "one")
        assert vault.show("HEAD:big.md") == vault.read("big.md") == pointer
        assert vault.status() == ""

    def test_a_note_that_is_only_intended_to_be_added(self, vault: Tree) -> None:
        vault.write("later.md", make_note(3))
        vault.git("add", "-N", "later.md")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        vault.git("commit", "-m", "one")
        assert vault.git("ls-tree", "--name-only", "HEAD") == ".vault-sync.yaml\nnote.md\n"
        assert vault.read("later.md") == make_note(3)
        assert vault.status() == " A later.md\n"

    def test_deleted_and_renamed_notes(self, vault: Tree) -> None:
        vault.write("gone.md", make_note(1))
        vault.write("old.md", make_note(7))
        vault.commit_all()
        vault.git("rm", "-q", "gone.md")
        vault.git("mv", "old.md", "new.md")
        vault.git("commit", "-m", "one")
        assert vault.git("ls-tree", "--name-only", "HEAD") == ".vault-sync.yaml\nnew.md\n"
        assert vault.show("HEAD:new.md") == vault.read("new.md") == make_true(7)

    @posix_only
    def test_links_and_executable_notes(self, vault: Tree, tmp_path: Path) -> None:
        (tmp_path / "outside.md").write_text(make_note(5), "utf-8")
        (vault.path / "link.md").symlink_to("../outside.md")
        (vault.path / "inside.md").symlink_to("note.md")
        vault.write("note.md", make_note(7)).chmod(0o755)
        vault.git("add", "-A")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:link.md") == "../outside.md"
        assert (tmp_path / "outside.md").read_text("utf-8") == make_note(5)
        assert vault.git("ls-tree", "HEAD", "note.md").startswith("100755 ")
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_true(7)

    @posix_only
    def test_a_note_in_whose_place_a_link_stands_now(self, vault: Tree, tmp_path: Path) -> None:
        (tmp_path / "outside.md").write_text(make_note(7), "utf-8")
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        (vault.path / "note.md").unlink()
        (vault.path / "note.md").symlink_to("../outside.md")
        vault.git("commit", "-m", "one")
        assert (tmp_path / "outside.md").read_text("utf-8") == make_note(7)
        assert (vault.path / "note.md").readlink().as_posix() == "../outside.md"

    def test_a_note_outside_of_a_sparse_checkout(self, forked: Tree) -> None:
        forked.git("sparse-checkout", "set", "--no-cone", "/note.md", "/.vault-sync.yaml")
        forked.git("merge", "--no-commit", "side")
        assert "refreshed" not in forked.git("commit", "--no-edit")
        assert forked.show("HEAD:new.md") == make_note(7)
        assert not (forked.path / "new.md").exists()
        assert forked.status() == "?? untracked.md\n"

    def test_notes_that_ask_to_be_left_alone(self, vault: Tree) -> None:
        wish = make_note(7).replace("---\n", "---\nvault-sync: false\n", 1)
        vault.write("note.md", wish)
        vault.write(".trash/note.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == wish
        assert vault.show("HEAD:.trash/note.md") == make_note(7)


class TestTrouble:
    BROKEN = "---\nstart: 7\ntwice: [\n---\n"

    def test_of_one_note_does_not_stop_the_commit(self, vault: Tree) -> None:
        vault.write("broken.md", self.BROKEN)
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        said = vault.git("commit", "-m", "one")
        assert "broken.md:" in said
        assert vault.show("HEAD:broken.md") == vault.read("broken.md") == self.BROKEN
        assert vault.show("HEAD:note.md") == make_true(7)

    def test_stops_it_where_the_user_wants_that(self, vault: Tree) -> None:
        install(vault, make_script(is_strict=True))
        vault.write("broken.md", self.BROKEN)
        vault.git("add", "-A")
        assert "broken.md:" in vault.git("commit", "-m", "one", code=1)
        vault.write("broken.md", make_note(7))
        vault.git("add", "-A")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:broken.md") == make_true(7)

    @pytest.mark.parametrize("is_strict", [False, True])
    def test_of_the_configuration(self, vault: Tree, is_strict: bool) -> None:  # noqa: FBT001 - a case
        install(vault, make_script(is_strict=is_strict))
        vault.write(".vault-sync.yaml", "rules: 7\n")
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        said = vault.git("commit", "-m", "one", code=int(is_strict))
        assert ".vault-sync.yaml:1" in said
        assert vault.show(":note.md") == vault.read("note.md") == make_note(7)

    def test_with_the_state_folder_does_not_stop_it(self, vault: Tree) -> None:
        (vault.path.parent / "home" / "state").write_text("no folder")
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        assert "The state folder" in vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7)
        assert vault.read("note.md") == make_note(7)
