"""The ids of `.pre-commit-hooks.yaml`, run by the real pre-commit in real repositories.

The short form runs them with the interpreter of the tests. The long form,
``VAULT_SYNC_LONG=1 pytest tests/git/test_pre_commit.py``, lets pre-commit install the project into
an environment of its own, as it does for users; that needs a package index.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.console import read_blocks
from tests.git.hook_vaults import RULES, install, make_note, make_true, make_vault
from tests.git.repositories import ROOT, Tree, make_environment
from tests.vault.vaults import posix_only

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pre_commit")
pytestmark = pytest.mark.usefixtures("warm_python")
MANIFEST: Final[list[dict[str, Any]]] = yaml.safe_load(
    (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
)
IDS: Final = ("vault-sync", "vault-sync-stable", "vault-sync-check")
CONFIG: Final = ".pre-commit-config.yaml"
STABLE: Final = make_true(7).replace("passed: true\n", "")
EXPECTED: Final = dict(zip(IDS, (make_true(7), STABLE, make_note(7)), strict=True))
long_form = pytest.mark.skipif(
    not os.environ.get("VAULT_SYNC_LONG"),
    reason="VAULT_SYNC_LONG=1 lets pre-commit install the project from a package index",
)


@pytest.fixture
def vault(tmp_path: Path) -> Tree:
    tree = make_vault(tmp_path)
    cache = str(tmp_path / "cache")
    more = {"PRE_COMMIT_HOME": cache, "PRE_COMMIT_COLOR": "never"}
    return Tree(tree.path, {**tree.environment, **more})


def use(tree: Tree, name: str, **more: Any) -> None:
    """Configure a hook as in the manifest, run with the interpreter of the tests."""
    (hook,) = [dict(one) for one in MANIFEST if one["id"] == name]
    program, _, rest = hook["entry"].partition(" ")
    assert program == "vault-sync"
    hook |= {"entry": f"{shlex.quote(sys.executable)} -m vault_sync {rest}", "language": "system"}
    tree.write(CONFIG, yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook | more]}]}))
    tree.commit_all("the hook")


def pre_commit(tree: Tree, *arguments: str, code: int = 0) -> str:
    return tree.run(sys.executable, "-m", "pre_commit", *arguments, code=code)


def test_the_manifest_is_one_that_pre_commit_reads(vault: Tree) -> None:
    pre_commit(vault, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert tuple(hook["id"] for hook in MANIFEST) == IDS
    assert all(hook["require_serial"] and hook["args"][-1] == "--" for hook in MANIFEST)


def test_the_examples_of_the_page_can_be_used(vault: Tree) -> None:
    page = ROOT / "docs/how-to/use-with-git.md"
    config, workflow = (block.text for block in read_blocks(page) if block.language == "yml")
    vault.write(CONFIG, config)
    pre_commit(vault, "validate-config", CONFIG)
    (hook,) = yaml.safe_load(config)["repos"][0]["hooks"]
    assert hook["id"] in IDS
    command = yaml.safe_load(workflow)["jobs"]["check"]["steps"][-1]["run"]
    assert command.startswith("vault-sync ")
    vault.write("note.md", make_note(7))
    vault.vault_sync(*shlex.split(command)[1:], code=1)
    vault.write("note.md", STABLE)
    vault.vault_sync(*shlex.split(command)[1:])


class TestRun:
    @pytest.mark.parametrize(("name", "expected"), list(EXPECTED.items()), ids=IDS)
    def test_fails_for_what_was_stale_and_then_passes(
        self, vault: Tree, name: str, expected: str
    ) -> None:
        use(vault, name)
        vault.write("stale.md", make_note(7))
        vault.write("not staged.md", make_note(7))
        vault.git("add", "stale.md")
        said = pre_commit(vault, "run", code=1)
        assert "stale.md: " in said
        assert vault.read("stale.md") == expected
        assert vault.show(":stale.md") == make_note(7)
        assert vault.read("not staged.md") == make_note(7)
        if name != "vault-sync-check":
            vault.git("add", "stale.md")
            pre_commit(vault, "run")

    @posix_only
    def test_takes_every_name_and_passes_over_what_is_no_note_of_a_vault(self, vault: Tree) -> None:
        vault.git("mv", ".vault-sync.yaml", "README")
        use(vault, "vault-sync")
        names = ["two words.md", "복습/한국어 🧠.md", "line\nbreak.md", "-q.md", "UPPER.MD"]
        for vault_name in ("one", "two"):
            vault.write(f"{vault_name}/.vault-sync.yaml", RULES)
            for name in names:
                vault.write(f"{vault_name}/{name}", make_note(7))
        vault.write("-q.md", make_note(7))
        vault.write("other.txt", make_note(7))
        (vault.path / "one" / "link.md").symlink_to("../-q.md")
        vault.git("add", "-A")
        pre_commit(vault, "run", "--all-files", code=1)
        assert {vault.read(f"{one}/{name}") for one in ("one", "two") for name in names} == {
            make_true(7)
        }
        assert vault.read("-q.md") == vault.read("other.txt") == make_note(7)
        vault.git("add", "-A")
        pre_commit(vault, "run", "--all-files")

    def test_says_why_a_note_is_left_alone(self, vault: Tree) -> None:
        use(vault, "vault-sync-stable")
        vault.write("broken.md", "---\nstart: [\n---\n")
        vault.write("stale.md", make_note(7))
        vault.git("add", "-A")
        assert "broken.md:" in pre_commit(vault, "run", code=1)
        assert vault.read("stale.md") == STABLE

    def test_a_vault_with_a_problem_does_not_stop_another(self, vault: Tree) -> None:
        use(vault, "vault-sync")
        vault.write("bad/.vault-sync.yaml", "rules: 7\n")
        vault.write("bad/note.md", make_note(7))
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        assert ".vault-sync.yaml:1" in pre_commit(vault, "run", code=1)
        assert vault.read("bad/note.md") == make_note(7)
        assert vault.read("note.md") == make_true(7)

    def test_takes_options_of_ones_own(self, vault: Tree) -> None:
        use(vault, "vault-sync-check", args=["--stable", "--now", "2019-01-01", "--"])
        vault.write("note.md", STABLE)
        vault.git("add", "-A")
        pre_commit(vault, "run")


class TestCommit:
    def test_is_stopped_once_and_work_that_is_not_staged_stays(self, vault: Tree) -> None:
        use(vault, "vault-sync")
        vault.write("other.md", make_true(1))
        vault.commit_all()
        pre_commit(vault, "install")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        vault.write("other.md", make_note(2))
        vault.write("untracked.md", make_note(3))
        vault.git("commit", "-m", "one", code=1)
        assert vault.read("note.md") == make_true(7)
        vault.git("add", "note.md")
        vault.git("commit", "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7)
        assert vault.read("other.md") == make_note(2)
        assert vault.read("untracked.md") == make_note(3)
        assert vault.status() == " M other.md\n?? untracked.md\n"

    def test_of_a_note_with_more_work_in_it_loses_none_of_it(self, vault: Tree) -> None:
        use(vault, "vault-sync")
        pre_commit(vault, "install")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        vault.write("note.md", make_note(7, mood="bright", lines=("mine\n",)))
        vault.git("commit", "-m", "one", code=1)
        assert vault.read("note.md") == make_note(7, mood="bright", lines=("mine\n",))

    @pytest.mark.parametrize("again", [["add", "note.md"], ["status"]], ids=["add", "commit -a"])
    def test_beside_the_filter_has_true_values(self, vault: Tree, again: list[str]) -> None:
        use(vault, "vault-sync")
        vault.write("note.md", make_true(7).replace("passed: true", "passed: false"))
        vault.commit_all()
        pre_commit(vault, "install")
        vault.vault_sync("git-filter", "install")
        vault.write("note.md", vault.read("note.md").replace("calm", "bright"))
        option = [] if again[0] == "add" else ["-a"]
        vault.git(*again)
        said = vault.git("commit", *option, "-m", "one", code=1)
        assert "Another git" not in said
        vault.git(*again)
        vault.git("commit", *option, "-m", "one")
        assert vault.show("HEAD:note.md") == make_true(7, mood="bright")
        assert vault.status() == ""

    def test_with_both_hooks_runs_both(self, vault: Tree) -> None:
        """`pre-commit install` puts our hook aside and runs it; we still find it there."""
        use(vault, "vault-sync-check")
        install(vault)
        pre_commit(vault, "install")
        assert "pre-commit.legacy" in vault.vault_sync("hook", "status")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        said = vault.git("commit", "-m", "one")
        assert "1 staged note refreshed" in said
        assert "check derived properties" in said
        assert vault.show("HEAD:note.md") == make_true(7)
        vault.vault_sync("hook", "uninstall")
        assert not (vault.path / ".git/hooks/pre-commit.legacy").exists()
        assert "pre-commit" in vault.read(".git/hooks/pre-commit")


class TestOtherNotes:
    """Values of other notes come from what is staged, whatever lies beside it."""

    RULES: Final = """\
profile: none
rules:
  - {name: tasks, filters: hours, formulas: {double: hours * 2}}
  - {name: pages, filters: to, formulas: {sum: to.map(value.asFile().properties.double).sum()}}
"""
    PAGE: Final = '---\nto: ["[[a]]", "[[new]]"]\nsum: 0\n---\n'

    @pytest.fixture
    def page(self, vault: Tree) -> Tree:
        vault.write(".vault-sync.yaml", self.RULES)
        vault.write("a.md", "---\nhours: 1\ndouble: 2\n---\n")
        use(vault, "vault-sync")
        vault.write("page.md", self.PAGE)
        vault.git("add", "page.md")
        vault.write("a.md", "---\nhours: 50\n---\n")
        vault.write("new.md", "---\nhours: 70\n---\n")
        return vault

    @pytest.mark.parametrize("arguments", [(), ("--all-files",), ("--files", "page.md")])
    def test_what_is_not_staged_does_not_count(
        self, page: Tree, arguments: tuple[str, ...]
    ) -> None:
        pre_commit(page, "run", *arguments, code=1)
        assert page.read("page.md") == self.PAGE.replace("sum: 0", "sum: 2")
        assert page.read("new.md") == "---\nhours: 70\n---\n"

    def test_a_commit_of_some_files_has_an_index_of_its_own(self, page: Tree) -> None:
        pre_commit(page, "install")
        page.git("add", "new.md")
        page.git("commit", "-m", "the page alone", "page.md", code=1)
        assert page.read("page.md") == self.PAGE.replace("sum: 0", "sum: 2")
        page.git("commit", "-m", "the page alone", "page.md")
        assert page.show("HEAD:page.md") == self.PAGE.replace("sum: 0", "sum: 2")

    def test_a_vault_that_is_reached_by_a_link(self, page: Tree, tmp_path: Path) -> None:
        (tmp_path / "way").symlink_to(page.path)
        page.git("add", "-A")
        note = str(tmp_path / "way" / "page.md")
        page.elsewhere(tmp_path).vault_sync("hook", "files", note, code=1)
        assert page.read("page.md") == self.PAGE.replace("sum: 0", "sum: 240")

    def test_without_a_repository_the_notes_of_the_folder_count(self, page: Tree) -> None:
        shutil.rmtree(page.path / ".git")
        page.vault_sync("hook", "files", "page.md", code=1)
        assert page.read("page.md") == self.PAGE.replace("sum: 0", "sum: 240")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a clone of the project as it stands, and the environment to use it in."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "home").mkdir()
    kept = shutil.ignore_patterns(
        ".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, folder / "clone", ignore=kept)
    environment = make_environment(folder / "home", PRE_COMMIT_HOME=str(folder / "cache"))
    del environment["PYTHONPATH"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", *command], cwd=folder / "clone", env=environment, check=True)
    probe = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "click"]
    if subprocess.run(probe, env=environment, check=False, capture_output=True).returncode:
        pytest.skip("pip cannot reach a package index")
    return folder / "clone", environment


@long_form
@pytest.mark.timeout(900)  # all that we need is installed anew
class TestInstalledByPreCommit:
    def test_from_a_configuration(self, vault: Tree, project: tuple[Path, dict[str, str]]) -> None:
        clone, environment = project
        tree = Tree(vault.path, environment)
        rev = tree.elsewhere(clone).git("rev-parse", "HEAD").strip()
        hooks = [{"id": "vault-sync"}]
        repos = [{"repo": clone.as_posix(), "rev": rev, "hooks": hooks}]
        tree.write(CONFIG, yaml.safe_dump({"repos": repos}))
        tree.write("note.md", make_note(7))
        tree.git("add", "-A")
        pre_commit(tree, "run", code=1)
        assert tree.read("note.md") == make_true(7)

    @pytest.mark.parametrize("name", IDS)
    def test_by_try_repo(
        self, vault: Tree, project: tuple[Path, dict[str, str]], name: str
    ) -> None:
        clone, environment = project
        tree = Tree(vault.path, environment)
        tree.write("note.md", make_note(7))
        tree.git("add", "-A")
        pre_commit(tree, "try-repo", clone.as_posix(), name, "--all-files", code=1)
        assert tree.read("note.md") == EXPECTED[name]
