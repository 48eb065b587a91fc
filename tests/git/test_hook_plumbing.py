"""Talking with git: repositories found, blobs read and written, settings and names that are odd."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.git.repositories import make_tree, use_environment
from tests.vault.vaults import posix_only
from vault_sync.errors import GitError, RepositoryNotFoundError
from vault_sync.git import repository as module
from vault_sync.git.index import (
    MAX_BLOB_BYTES,
    BlobReader,
    IndexEntry,
    list_staged,
    replace_entries,
    write_blobs,
)
from vault_sync.git.repository import Repository, find_repository, find_repository_of_hook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = make_tree(tmp_path)
    use_environment(monkeypatch, made)
    return made


class TestFindRepository:
    def test_from_a_folder_below(self, tree: Tree) -> None:
        tree.write("a/b/note.md", "text")
        found = find_repository(tree.path / "a" / "b")
        assert found.top.samefile(tree.path)
        assert found.git_dir.samefile(tree.path / ".git")
        assert found.common_dir.samefile(tree.path / ".git")

    def test_of_a_linked_work_tree(self, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
        tree.commit_all()
        tree.git("worktree", "add", "-q", "../linked")
        found = find_repository(tree.path.parent / "linked")
        assert found.git_dir.samefile(tree.path / ".git/worktrees/linked")
        assert found.common_dir.samefile(tree.path / ".git")
        monkeypatch.chdir(found.top)
        hooked = find_repository_of_hook()
        assert hooked.git_dir.samefile(found.git_dir)
        assert hooked.common_dir.samefile(found.common_dir)

    def test_that_is_not_there(self, tmp_path: Path, tree: Tree) -> None:
        with pytest.raises(RepositoryNotFoundError, match="does not lie in the work tree of a git"):
            find_repository(tmp_path)
        with pytest.raises(RepositoryNotFoundError):
            find_repository(tree.path / ".git")
        with pytest.raises(GitError, match=r"cannot be run in .*No such file"):
            find_repository(tmp_path / "nowhere")

    @posix_only
    @pytest.mark.usefixtures("tree")
    def test_whose_path_has_a_line_break(self, tmp_path: Path) -> None:
        made = make_tree(tmp_path / "line\nbreak")
        with pytest.raises(GitError, match="line break"):
            find_repository(made.path)


class TestRun:
    def test_a_failure_has_the_words_of_git(self, tree: Tree) -> None:
        with pytest.raises(GitError, match="`git cat-file` failed: fatal: Not a valid object"):
            find_repository(tree.path).run("cat-file", "blob", "nothing")

    def test_a_slow_git_is_stopped(self, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
        tree.git("config", "alias.slow", "!exec sleep 5 >&- 2>&-")
        found = find_repository(tree.path)
        monkeypatch.setattr(module, "TIMEOUT", 0.01)
        with pytest.raises(GitError, match="`git slow` took more than"):
            found.run("slow")

    def test_no_git_on_the_path(self, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
        found = find_repository(tree.path)
        monkeypatch.setenv("PATH", os.pathsep.join((".", "", str(tree.path))))
        with pytest.raises(GitError, match="There is no git on this computer's PATH"):
            found.run("version")

    def test_a_work_tree_that_lies_elsewhere(self, tree: Tree) -> None:
        other = tree.path.parent / "other"
        other.mkdir()
        tree.git("config", "core.worktree", str(other))
        with pytest.raises(RepositoryNotFoundError, match=r"core\.worktree"):
            find_repository(tree.path)


class TestBlobs:
    def test_come_back_as_they_were(self, tree: Tree) -> None:
        found = find_repository(tree.path)
        blobs = [
            b"",
            b"x",
            b"y" * 15,
            b"y" * 16,
            b"z" * 2047,
            b"z" * 2048,
            os.urandom(70_000),
            b"\n",
        ]
        ids = write_blobs(found, blobs)
        with BlobReader(found) as reader:
            assert [reader.read(one) for one in ids] == blobs
        assert "error" not in tree.git("fsck", "--strict")

    def test_that_are_not_there(self, tree: Tree) -> None:
        tree.write("two words.md", "text")
        tree.commit_all()
        with BlobReader(find_repository(tree.path)) as reader:
            answers = [
                reader.read(name)
                for name in ("HEAD", "HEAD:no such", "line\nbreak", "", ":two words.md missing")
            ]
            assert answers == [None] * 5
            assert reader.read(":two words.md") == reader.read("HEAD:two words.md") == b"text"

    def test_that_are_no_notes_for_their_size_are_passed_over(self, tree: Tree) -> None:
        (tree.path / "big.md").write_bytes(b"x" * (MAX_BLOB_BYTES + 1))
        tree.write("small.md", "text")
        tree.git("add", "-A")
        with BlobReader(find_repository(tree.path)) as reader:
            assert reader.read(":big.md") is None
            assert reader.read(":small.md") == b"text"

    def test_a_git_that_dies_is_told(self, tree: Tree) -> None:
        tree.commit_all()
        reader = BlobReader(find_repository(tree.path))
        assert reader.read("HEAD") is None
        process = reader._process
        assert process
        process.kill()
        process.wait()
        with pytest.raises(GitError, match="stopped"):
            reader.read("HEAD")
        reader.close()


class TestIndex:
    def test_a_lock_is_told_and_nothing_changes(self, tree: Tree) -> None:
        tree.write("note.md", "text")
        tree.git("add", "-A")
        found = find_repository(tree.path)
        (entry,) = list_staged(found)
        (blob,) = write_blobs(found, [b"new"])
        tree.write(".git/index.lock", "")
        with pytest.raises(GitError, match=r"index\.lock"):
            replace_entries(found, {entry: blob})
        assert tree.show(":note.md") == "text"

    def test_an_entry_that_is_not_there_is_not_made(self, tree: Tree) -> None:
        tree.write("note.md", "text")
        tree.git("add", "-A")
        found = find_repository(tree.path)
        (entry,) = list_staged(found)
        other = IndexEntry(entry.mode, entry.blob, "other.md")
        assert replace_entries(found, {other: entry.blob}) == []
        assert tree.git("ls-files") == "note.md\n"

    def test_of_an_unusual_name_in_the_environment(
        self, tree: Tree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tree.path)
        monkeypatch.setenv("GIT_INDEX_FILE", ".git/mine")
        found = find_repository_of_hook()
        assert found.index_file == tree.path.resolve() / ".git" / "mine"
        assert list_staged(found) == []


def test_a_repository_can_be_talked_with_in_any_locale(tree: Tree) -> None:
    german = Repository(tree.path, tree.path / ".git", tree.path / ".git")
    environment = german.environment()
    assert environment["LC_ALL"] == "C"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert subprocess.run(["git", "version"], env=environment, check=True, capture_output=True)
