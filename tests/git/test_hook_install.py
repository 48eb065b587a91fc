"""The hook comes, works beside others, and goes; and no repository can turn it against its user."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.git.hook_vaults import install, make_note, make_script, make_true, make_vault
from tests.git.repositories import use_environment
from tests.vault.vaults import posix_only
from vault_sync.cli import run
from vault_sync.git.install_hook import Script, parse_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.git.repositories import Tree

EARLIER: Final = "#!/bin/sh\necho earlier says hello\n"
HOOK: Final = ".git/hooks/pre-commit"
KEPT: Final = ".git/hooks.before-vault-sync/pre-commit"
RENAMED: Final = f"{HOOK}.before-vault-sync"


@pytest.fixture
def vault(tmp_path: Path) -> Tree:
    return make_vault(tmp_path)


@pytest.fixture
def hook(
    vault: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return `vault-sync hook`, called in the vault; it says what it prints."""
    use_environment(monkeypatch, vault)
    monkeypatch.chdir(vault.path)

    def call(*arguments: str, code: int = 0) -> str:
        found = run(["hook", *arguments])
        said = "".join(capsys.readouterr())
        assert found == code, said
        return said

    return call


def write_hook(tree: Tree, path: str, text: str) -> Path:
    hook = tree.write(path, text)
    hook.chmod(0o755)
    return hook


def commit_note(tree: Tree, number: int = 7, *options: str, code: int = 0) -> str:
    tree.write("note.md", make_note(number))
    tree.git("add", "-A")
    return tree.git("commit", "-m", "one", *options, code=code)


class TestInstall:
    def test_and_uninstall_leave_nothing_behind(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        before = sorted((vault.path / ".git/hooks").iterdir())
        assert hook("status", code=1) == "The hook is not installed.\n"
        assert hook("install").startswith("The hook is installed in ")
        assert hook("status").startswith("The hook is installed in ")
        commit_note(vault)
        assert vault.show("HEAD:note.md") == make_true(7)
        hook("uninstall")
        assert sorted((vault.path / ".git/hooks").iterdir()) == before
        assert "There is no hook of vault-sync" in hook("uninstall")

    def test_again_renews_it_with_other_options(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        install(vault)
        hook("install", "--stable", "--strict")
        said = hook("status")
        assert "stable formulas only; a problem stops the commit." in said
        assert not (vault.path / KEPT).exists()

    def test_in_the_repository_of_a_vault_named_elsewhere(
        self, vault: Tree, tmp_path: Path
    ) -> None:
        outside = vault.elsewhere(tmp_path)
        outside.vault_sync("--vault", str(vault.path), "hook", "install")
        assert (vault.path / HOOK).exists()
        assert "does not lie in the work tree" in outside.vault_sync("hook", "install", code=2)

    def test_where_git_made_no_folder_for_hooks(self, vault: Tree) -> None:
        vault.run("rm", "-r", ".git/hooks")
        install(vault)
        commit_note(vault)
        assert vault.show("HEAD:note.md") == make_true(7)


class TestAnEarlierHook:
    def test_runs_first_and_comes_back(self, vault: Tree, hook: Callable[..., str]) -> None:
        earlier = write_hook(vault, HOOK, EARLIER)
        install(vault)
        assert f"the one that was there before runs first ({vault.path / KEPT})" in hook("status")
        said = commit_note(vault)
        assert said.index("earlier says hello") < said.index("1 staged note refreshed")
        assert "is back" in hook("uninstall")
        assert earlier.read_text("utf-8") == EARLIER
        assert stat.S_IMODE(earlier.stat().st_mode) == 0o755
        assert not (vault.path / KEPT).parent.exists()

    def test_is_started_as_git_starts_it(self, vault: Tree) -> None:
        """Hooks of husky and overcommit are one script for all, which goes by its own name."""
        write_hook(
            vault,
            HOOK,
            '#!/bin/sh\necho "$(basename "$0") $# in $(pwd -P)"\n. "$(dirname "$0")/words"\n'
            '[ "$(cd "$(dirname "$0")/.." && pwd -P)" = "$(pwd -P)/.git" ] && exit "$code"\n',
        )
        vault.write(".git/hooks/words", "code=3\n")
        install(vault)
        said = commit_note(vault, code=1)
        assert said == f"pre-commit 0 in {vault.path.resolve()}\n"
        assert not vault.git("log", "--format=%s", "--", "note.md")
        vault.write(".git/hooks/words", "code=0\n")
        assert "1 staged note refreshed" in commit_note(vault)

    def test_is_not_seen_by_git_where_the_folder_of_hooks_is(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        vault.git("config", "core.hooksPath", ".husky/_")
        write_hook(vault, ".husky/_/pre-commit", EARLIER)
        vault.write(".husky/_/.gitignore", "*\n")
        hook("install")
        assert "earlier says hello" in commit_note(vault)
        assert vault.status() == ""

    @posix_only
    def test_that_is_a_link_to_one_beside_it_finds_it(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        write_hook(vault, ".git/hooks/all-hooks", '#!/bin/sh\nbasename "$0"\n')
        (vault.path / HOOK).symlink_to("all-hooks")
        install(vault)
        assert "pre-commit\n" in commit_note(vault)
        hook("uninstall")
        assert (vault.path / HOOK).readlink() == Path("all-hooks")
        assert not (vault.path / KEPT).parent.exists()

    def test_of_an_older_installation_gets_its_name_back(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        install(vault)
        write_hook(vault, RENAMED, '#!/bin/sh\nbasename "$0"\n')
        said = hook("status", code=1)
        assert "runs as pre-commit.before-vault-sync, and may do nothing" in said
        hook("install")
        assert not (vault.path / RENAMED).exists()
        assert commit_note(vault).startswith("pre-commit\n")
        hook("uninstall")
        assert vault.read(HOOK) == '#!/bin/sh\nbasename "$0"\n'

    def test_of_an_older_installation_comes_back_from_there(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        install(vault)
        write_hook(vault, RENAMED, EARLIER)
        hook("uninstall")
        assert vault.read(HOOK) == EARLIER
        assert not (vault.path / RENAMED).exists()

    def test_that_its_program_has_written_again_is_kept_once(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        for _ in range(2):  # as husky does at each `npm install`
            write_hook(vault, HOOK, EARLIER)
            hook("install")
        assert "earlier says hello" in commit_note(vault)

    def test_that_stops_a_commit_still_stops_it(self, vault: Tree) -> None:
        write_hook(vault, HOOK, "#!/bin/sh\necho no\nexit 3\n")
        install(vault)
        assert "no\n" in commit_note(vault, code=1)
        assert vault.read("note.md") == make_note(7)

    def test_that_git_does_not_run_is_not_run(self, vault: Tree) -> None:
        write_hook(vault, HOOK, EARLIER).chmod(0o644)
        install(vault)
        assert ("earlier" in commit_note(vault)) is (os.name == "nt")

    @posix_only
    def test_that_is_a_link_comes_back_as_one(self, vault: Tree, hook: Callable[..., str]) -> None:
        write_hook(vault, "scripts/check", EARLIER)
        (vault.path / HOOK).symlink_to("../../scripts/check")
        install(vault)
        assert vault.read("scripts/check") == EARLIER
        assert "earlier says hello" in commit_note(vault)
        hook("uninstall")
        assert (vault.path / HOOK).readlink() == Path("../../scripts/check")

    def test_that_came_later_is_left_alone(self, vault: Tree, hook: Callable[..., str]) -> None:
        install(vault)
        later = write_hook(vault, HOOK, EARLIER)
        assert "Another hook is there" in hook("status", code=1)
        hook("uninstall")
        assert later.read_text("utf-8") == EARLIER

    def test_of_which_two_are_there_needs_a_person(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        write_hook(vault, HOOK, EARLIER)
        write_hook(vault, KEPT, "#!/bin/sh\n")
        said = hook("install", code=3)
        assert "is there already, beside a pre-commit that is not ours" in said
        assert vault.read(HOOK) == EARLIER


class TestHooksElsewhere:
    def test_in_a_folder_of_the_repository(self, vault: Tree, hook: Callable[..., str]) -> None:
        vault.git("config", "core.hooksPath", ".githooks")
        said = hook("install")
        assert "core.hooksPath is set in .git/config." in said
        vault.git("add", "note.md", code=None)
        vault.write("Web/note.md", make_note(7))
        vault.git("add", "Web")
        vault.elsewhere(vault.path / "Web").git("commit", "-m", "one")
        assert vault.show("HEAD:Web/note.md") == make_true(7)
        assert vault.status() == "?? .githooks/pre-commit\n"
        assert hook("status").startswith("The hook is installed in ")

    @pytest.mark.parametrize("scope", ["--global", "--local"])
    def test_in_a_folder_of_others_nothing_is_written(
        self, vault: Tree, hook: Callable[..., str], scope: str
    ) -> None:
        shared = vault.path.parent / "shared"
        shared.mkdir()
        vault.git("config", scope, "core.hooksPath", str(shared))
        said = hook("install", code=3)
        assert f"git looks for hooks in {shared}, because core.hooksPath is set in " in said
        assert "nothing was installed there" in said
        assert not list(shared.iterdir())
        assert "It may serve other repositories too." in hook("status", code=1)
        vault.git("config", "--local", "core.hooksPath", str(vault.path / ".git" / "hooks"))
        hook("install")
        commit_note(vault)
        assert vault.show("HEAD:note.md") == make_true(7)

    def test_in_a_folder_of_each_repository_by_a_global_setting(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        vault.git("config", "--global", "core.hooksPath", ".githooks")
        assert "core.hooksPath is set in " in hook("install")
        commit_note(vault)
        assert vault.show("HEAD:note.md") == make_true(7)

    @posix_only
    def test_behind_a_link_out_of_the_repository_nothing_is_written(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        shared = vault.path.parent / "shared"
        shared.mkdir()
        (vault.path / ".githooks").symlink_to(shared)
        vault.git("config", "core.hooksPath", ".githooks")
        hook("install", code=3)
        assert not list(shared.iterdir())


class TestWhenVaultSyncIsGone:
    def test_the_interpreter_the_commit_goes_on(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        install(vault, Script("/nowhere/bin/python's"))
        said = commit_note(vault)
        assert "vault-sync: /nowhere/bin/python's is gone, so the notes are committed" in said
        assert vault.show("HEAD:note.md") == vault.read("note.md") == make_note(7)
        assert "is gone" in hook("status", code=1)

    @pytest.mark.parametrize("is_strict", [False, True])
    def test_the_package_the_commit_goes_on(self, vault: Tree, is_strict: bool) -> None:  # noqa: FBT001 - a case
        python = write_hook(
            vault, ".git/python", '#!/bin/sh\nshift; shift; shift\nexec false "$@"\n'
        )
        install(vault, Script(str(python), is_strict=is_strict))
        assert "the hook could not do its work" in commit_note(vault)
        assert vault.show("HEAD:note.md") == make_note(7)


class TestAHostileRepository:
    """Whatever it sets, our hook runs nothing of it; git itself would, so the hook is called alone."""

    SETTINGS: Final = (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "filter.evil=more.clean",
        "merge.evil.driver",
        "interactive.diffFilter",
        "gpg.program",
    )

    def test_starts_nothing(self, vault: Tree) -> None:
        mark = vault.path.parent / "mark"
        evil = write_hook(vault, "evil", f'#!/bin/sh\necho "$0 $*" >> "{mark}"\ncat\n')
        vault.write("note.md", make_note(7))
        vault.git("add", "-A")
        vault.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
        for setting in self.SETTINGS:
            vault.git("config", setting, f'"{evil}"')
        vault.git("config", "filter.evil.required", "true")
        for hook in ("post-index-change", "pre-commit", "reference-transaction"):
            write_hook(vault, f".git/hooks/{hook}", f'#!/bin/sh\necho {hook} >> "{mark}"\n')
        self.run_hook(vault)
        assert not mark.exists()
        assert vault.read("note.md") == make_true(7)

    def test_is_not_searched_for_programs(self, vault: Tree) -> None:
        mark = vault.path.parent / "mark"
        for name in ("git", "git.exe"):
            write_hook(vault, name, f'#!/bin/sh\necho git >> "{mark}"\n')
        for name in ("click", "vault_sync", "ruamel", "subprocess", "sitecustomize"):
            vault.write(f"{name}.py", f"open({str(mark)!r}, 'a').write({name!r})\n")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        path = os.pathsep.join((".", "", vault.environment["PATH"]))
        self.run_hook(type(vault)(vault.path, {**vault.environment, "PATH": path}))
        assert not mark.exists()
        assert vault.read("note.md") == make_true(7)

    @posix_only
    def test_that_puts_a_fifo_where_a_hook_belongs_does_not_stop_us(
        self, vault: Tree, hook: Callable[..., str]
    ) -> None:
        os.mkfifo(vault.path / HOOK)
        assert "Another hook is there" in hook("status", code=1)

    @staticmethod
    def run_hook(tree: Tree) -> None:
        hook = tree.write("../hook", make_script().render("earlier").decode())
        tree.run("sh", str(hook))


class TestTheScript:
    @pytest.mark.parametrize(
        "python", ["/usr/bin/python3", "C:/Program Files/Python/python.exe", "/a'b$c\n`d`"]
    )
    @pytest.mark.parametrize("is_stable", [False, True])
    @pytest.mark.parametrize("is_strict", [False, True])
    def test_says_what_it_was_made_from(
        self,
        python: str,
        is_stable: bool,  # noqa: FBT001 - a case
        is_strict: bool,  # noqa: FBT001 - a case
    ) -> None:
        script = Script(python, is_stable, is_strict)
        found = parse_script(script.render("earlier"))
        assert found == script or "\n" in python

    @pytest.mark.parametrize(
        "data", [b"", b"#!/bin/sh\n", b"\xff\xfe\n# vault", b"# vault-sync hook 1"]
    )
    def test_of_others_is_not_ours(self, data: bytes) -> None:
        assert parse_script(data) is None

    def test_that_somebody_has_edited_is_ours_all_the_same(self) -> None:
        data = make_script().render("earlier").replace(b"python=", b"python='")
        assert parse_script(data) is not None


class TestARacingStage:
    def test_is_not_overwritten(self, vault: Tree) -> None:
        """A note that is staged anew while the hook runs keeps what was staged last."""
        write_hook(vault, "late", "")
        vault.write("note.md", make_note(7))
        vault.git("add", "note.md")
        from vault_sync.git.index import (  # noqa: PLC0415 - one test
            list_staged,
            replace_entries,
            write_blobs,
        )
        from vault_sync.git.repository import find_repository  # noqa: PLC0415 - one test

        repository = find_repository(vault.path)
        (entry,) = list_staged(repository)
        (blob,) = write_blobs(repository, [make_true(7).encode()])
        vault.write("note.md", make_note(8))
        vault.git("add", "note.md")
        assert replace_entries(repository, {entry: blob}) == []
        assert vault.show(":note.md") == make_note(8)
