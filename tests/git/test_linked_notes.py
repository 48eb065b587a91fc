"""Values of other notes in a commit and in a merge: what is staged counts, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.git.hook_vaults import install, make_script, make_vault
from vault_sync.git.drivers import MERGE, install_driver
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = pytest.mark.usefixtures("warm_python")
RULES: Final = """\
profile: none
timezone: UTC
rules:
  - name: tasks
    filters: hours
    formulas: {double: hours * 2, age: '(today() - date("2024-01-01")).days'}
  - name: pages
    filters: to
    formulas:
      sum: to.map(value.asFile().properties.double).sum()
      ages: to.map(value.asFile().properties.age).sum() > 0
      links: file.backlinks.length
"""
PAGE: Final = '---\nto: ["[[a]]", "[[new]]"]\nsum: 0\nages: false\nlinks: 9\n---\n'


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = make_vault(tmp_path / "notes", RULES)
    tree.write("a.md", "---\nhours: 1\n---\n[[page]]\n")
    tree.commit_all("a task")
    install(tree)
    return tree


def test_what_is_not_staged_does_not_count(tree: Tree) -> None:
    tree.write("page.md", PAGE)
    tree.git("add", "-A")
    tree.write("a.md", "---\nhours: 50\n---\n")
    tree.write("new.md", "---\nhours: 70\n---\n[[page]]\n")
    tree.git("commit", "-m", "the page")
    expected = (
        PAGE.replace("sum: 0", "sum: 2").replace("false", "true").replace("links: 9", "links: 1")
    )
    assert tree.show("HEAD:page.md") == tree.read("page.md") == expected
    assert tree.read("a.md") == "---\nhours: 50\n---\n"
    assert tree.read("new.md") == "---\nhours: 70\n---\n[[page]]\n"


def test_what_is_staged_with_it_counts_with_its_new_value(tree: Tree) -> None:
    tree.write("page.md", PAGE)
    tree.write("new.md", "---\nhours: 3\ndouble: 100\n---\n")
    tree.git("add", "-A")
    tree.git("commit", "-m", "both")
    assert "sum: 8\n" in tree.show("HEAD:page.md")
    assert "double: 6\n" in tree.show("HEAD:new.md")


def test_a_dependent_that_is_not_committed_stays(tree: Tree) -> None:
    tree.write("page.md", PAGE)
    tree.commit_all("the page")
    before = tree.read("page.md")
    tree.write("a.md", "---\nhours: 4\n---\n[[page]]\n")
    tree.git("add", "-A")
    tree.git("commit", "-m", "the task")
    assert tree.read("page.md") == tree.show("HEAD:page.md") == before
    assert "double: 8\n" in tree.read("a.md")


def test_stable_leaves_alone_what_reads_a_daily_value(tree: Tree) -> None:
    install(tree, make_script(is_stable=True))
    tree.write("page.md", PAGE)
    tree.git("add", "-A")
    tree.git("commit", "-m", "the page")
    committed = tree.show("HEAD:page.md")
    assert "sum: 2\n" in committed
    assert "ages: false\n" in committed


def test_values_of_other_notes_are_no_conflict_of_a_merge(tree: Tree) -> None:
    install_driver(find_repository(tree.path), MERGE)
    tree.write("page.md", PAGE)
    tree.commit_all("the page")
    page = tree.show("HEAD:page.md")
    tree.git("checkout", "-b", "other")
    tree.write(
        "page.md", page.replace("sum: 2", "sum: 20").replace("---\nto", "---\nmood: calm\nto")
    )
    tree.git("commit", "--no-verify", "-am", "theirs")
    tree.git("checkout", "-")
    tree.write("page.md", page.replace("sum: 2", "sum: 30") + "text\n")
    tree.git("commit", "--no-verify", "-am", "ours")
    tree.git("merge", "--no-verify", "--no-edit", "other")
    merged = tree.read("page.md")
    assert "mood: calm" in merged
    assert merged.endswith("text\n")
    assert "<<<<" not in merged
