"""A repository that somebody else made: whatever its settings name, no program of it is started by us."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.daemons import FakeClocks, FakeTimeDaemon
from tests.git.repositories import make_tree, use_environment
from tests.git.study_vaults import FRIDAY, MONDAY, OTHER, PATH, make_old, make_vault, note
from tests.vault.vaults import posix_only
from vault_sync.cli.watch import _update_git_index
from vault_sync.git.drivers import (
    FILTER,
    find_installed,
    forget_all,
    install_driver,
    refresh_index,
    refresh_vault_index,
)
from vault_sync.git.index import BlobReader, list_staged, replace_entries, write_blobs
from vault_sync.git.repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.git.repositories import Tree

pytestmark = posix_only

SUSPECT: Final = re.compile(
    r"alias|askpass|browser|cmd|command|diffFilter|driver|editor|exec|external|helper|hook|httpd|pager"
    r"|program|tool|tunnel|viewer|textconv|smudge|\.(clean|process|proxy|gitProxy|fsmonitor|uploadpack"
    r"|receivepack|vcs|update|path|smtpServer)$",
    re.IGNORECASE,
)
"""What a setting is called that names a program, as far as names can tell."""
PROGRAMS: Final = frozenset(
    {
        "alias.<x>", "browser.<x>.cmd", "browser.<x>.path", "core.alternateRefsCommand", "core.askPass",
        "core.editor", "core.fsmonitor", "core.gitProxy", "core.hooksPath", "core.pager",
        "core.sshCommand", "credential.helper", "credential.<x>.<x>", "diff.<x>.command",
        "diff.<x>.textconv", "diff.external", "difftool.<x>.cmd", "difftool.<x>.path", "filter.<x>.clean",
        "filter.<x>.process", "filter.<x>.smudge", "gpg.<x>.program", "gpg.program",
        "gpg.ssh.defaultKeyCommand", "guitool.<x>.cmd", "help.browser", "hook.<x>.command", "imap.tunnel",
        "instaweb.browser", "instaweb.httpd", "interactive.diffFilter", "man.<x>.cmd", "man.<x>.path",
        "man.viewer", "merge.<x>.driver", "mergetool.<x>.cmd", "mergetool.<x>.path", "pager.<x>",
        "remote.<x>.receivepack", "remote.<x>.uploadpack", "remote.<x>.url", "remote.<x>.vcs",
        "sendemail.ccCmd", "sendemail.headerCmd", "sendemail.sendmailCmd", "sendemail.smtpServer",
        "sendemail.tocmd", "sequence.editor", "submodule.<x>.update", "trailer.<x>.cmd",
        "trailer.<x>.command", "uploadpack.packObjectsHook", "web.browser",
    }
)  # fmt: skip
"""Settings that name a program, a folder of programs or an address that is one, also of later gits."""
HARMLESS: Final = re.compile(
    r"(advice|color|column|fsck|receive\.fsck|completion|fetch\.fsck|gui|gitweb|mergetool)\..*"
    r"|includeIf\.<x>\.path|include\.path"  # see `test_what_is_included_counts`
    r"|(difftool|mergetool)\.(<x>\.)?(prompt|trustExitCode|hideResolved|guiDefault)"
    r"|guitool\.<x>\.(?!cmd).*|(diff|merge)\.(gui)?tool"  # which of those above
    r"|diff\.<x>\.(binary|cachetextconv|wordRegex|xfuncname|trustExitCode|algorithm)"
    r"|core\.fsmonitorHookVersion|diff\.trustExitCode|gitcvs\.dbDriver|http\.<x>\.<x>"
    r"|merge\.<x>\.(name|recursive)|notes\.rewrite\.<x>|hook\.<x>\.(event|enabled)"
    r"|rebase\.(abbreviateCommands|rescheduleFailedExec|updateRefs)|remote\.<x>\.proxy|http\.proxy"
    r"|sendemail\.alias(es)?(File|FileType)",
    re.IGNORECASE,
)
HOOKS: Final = ("post-index-change", "pre-commit", "post-checkout", "reference-transaction")
STRANGE: Final = "evil"
COMMANDS: Final = (
    ("refresh", "--now", "2024-10-19T14:01"), ("refresh", "--check"), ("doctor",), ("status",), ("due",),
    ("done", "세션", "--now", "2024-10-19T14:01"), ("calendar",), ("report", "-o", "../report.html"),
    ("verify",), ("git-filter", "settle"), ("git-filter", "status"), ("hook", "status"),
    ("merge-driver", "status"), ("undo",),
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a vault with our filter installed and other files, whose notes look changed to git."""
    tree = make_vault(tmp_path / "repo", PATH, OTHER, day=FRIDAY)
    use_environment(monkeypatch, tree)
    tree.write("other.txt", "one\n")
    tree.commit_all()
    install_driver(find_repository(tree.path), FILTER)
    return tree


def mark(tree: Tree, name: str, then: str = "cat") -> str:
    """Return a program that leaves a mark when it is started, and then hands on what it is given."""
    folder = tree.path.parent / "programs"
    folder.mkdir(exist_ok=True)
    program = folder / re.sub(r"\W", "_", name)
    program.write_text(f"#!/bin/sh\necho {name!r} >>'{tree.path.parent}/marks'\n{then}\n")
    program.chmod(0o755)
    return str(program)


def take_marks(tree: Tree) -> set[str]:
    """Return which programs were started since the last time."""
    marks = tree.path.parent / "marks"
    found = set(marks.read_text("utf-8").split()) if marks.exists() else set()
    marks.unlink(missing_ok=True)
    return found


def make_hostile(tree: Tree) -> None:
    """Let the settings and the attributes of a repository name a program wherever they can."""
    for name in PROGRAMS - {"core.hooksPath", "remote.<x>.url", "remote.<x>.vcs"}:
        tree.git("config", name.replace("<x>", STRANGE), mark(tree, name))
    tree.git("config", "credential.https://evil.example.helper", mark(tree, "credential"))
    tree.git("config", "filter.vault-sync.clean", mark(tree, "clean"))
    tree.git("config", "filter.vault-sync.smudge", mark(tree, "smudge"))
    tree.git("config", f"hook.{STRANGE}.event", "post-index-change")
    for hook in HOOKS:
        (tree.path / ".git/hooks").mkdir(exist_ok=True)
        (tree.path / ".git/hooks" / hook).symlink_to(mark(tree, hook))
    for name in ("url", "pushurl"):
        tree.git("config", f"remote.{STRANGE}.{name}", f"ext::{mark(tree, 'url', 'exit 1')}")
    for name, value in (("promisor", "true"), ("partialCloneFilter", "blob:none")):
        tree.git("config", f"remote.{STRANGE}.{name}", value)
    tree.git("config", "protocol.ext.allow", "always")
    tree.git("config", "core.repositoryFormatVersion", "1")
    tree.git("config", "extensions.partialClone", STRANGE)
    tree.write(".gitattributes", f"*.txt filter={STRANGE} diff={STRANGE} merge={STRANGE}\n")


def edit(tree: Tree) -> None:
    """Let git have to look at files: at notes of another size, and at another file."""
    for path in (PATH, OTHER):
        tree.write(path, note(MONDAY))
        make_old(tree.path / path)
    tree.write("other.txt", "two\n")


def test_every_setting_that_may_name_a_program_is_known() -> None:
    said = subprocess.run(["git", "help", "--config"], capture_output=True, text=True, check=True)
    lines = [line for line in said.stdout.splitlines() if "." in line and " " not in line]
    names = {re.sub(r"<[^>]*>|\*", "<x>", line) for line in lines}
    assert len(names) > 400
    unknown = {
        name
        for name in names
        if SUSPECT.search(name) and name not in PROGRAMS and not HARMLESS.fullmatch(name)
    }
    assert not unknown, "Does it name a program? Then it belongs to PROGRAMS."


def test_git_itself_would_start_them(tree: Tree) -> None:
    make_hostile(tree)
    edit(tree)
    tree.git("status", "--porcelain", code=None)
    assert {"core.fsmonitor", "filter.<x>.process"} <= take_marks(tree)
    tree.git("config", "--unset", f"filter.{STRANGE}.process")
    tree.git("config", "--unset", "core.fsmonitor")
    tree.git("update-index", "other.txt", code=None)
    assert {"filter.<x>.clean", "post-index-change"} <= take_marks(tree)


@pytest.mark.parametrize(
    ("unset", "commands"),
    [("filter.evil.smudge", COMMANDS), ("filter.evil.process", COMMANDS[:1])],
)
def test_no_command_starts_a_program_of_the_repository(
    tree: Tree, unset: str, commands: Sequence[Sequence[str]]
) -> None:
    make_hostile(tree)
    tree.git("config", "--unset", unset)  # git prefers `process` to the others
    take_marks(tree)
    for command in commands:
        edit(tree)
        said = tree.vault_sync(*command, code=None)
        assert "Traceback" not in said
        assert not take_marks(tree), command
    assert find_installed(find_repository(tree.path), FILTER).is_current
    edit(tree)
    assert refresh_vault_index(tree.path) == len((PATH, OTHER))  # so our own filter was at work


def test_no_daemon_starts_a_program_of_the_repository(tree: Tree) -> None:
    make_hostile(tree)
    edit(tree)
    take_marks(tree)
    clocks = FakeClocks(FRIDAY.replace(hour=23, tzinfo=UTC))
    daemon = FakeTimeDaemon(tree.path, clocks, updaters=(_update_git_index,))
    daemon.live(7200)
    assert "2024/10/19" in tree.read(PATH)
    assert not take_marks(tree)


@pytest.mark.parametrize("line", ["{}", "{} || true", "{} -P -m vault_sync git-filter process"])
def test_a_filter_of_our_name_is_not_ours(tree: Tree, line: str) -> None:
    tree.git("config", "filter.vault-sync.process", line.format(mark(tree, "process")))
    edit(tree)
    tree.vault_sync("refresh", "--now", "2024-10-19T14:01")
    assert refresh_vault_index(tree.path) == 0
    assert not take_marks(tree)
    assert "another program" in tree.vault_sync("git-filter", "status", code=1)


@pytest.mark.parametrize("name", ["include.path", "includeIf.gitdir:**.path"])
def test_what_is_included_counts(tree: Tree, name: str) -> None:
    included = tree.write("../included", "")
    process = mark(tree, "process")
    tree.git("config", "-f", str(included), "filter.vault-sync.process", process)
    tree.git("config", name, str(included))
    edit(tree)
    assert refresh_vault_index(tree.path) == 0
    assert refresh_index(find_repository(tree.path)) == len((PATH, OTHER))
    assert not take_marks(tree)


def test_settings_that_a_person_gave_git_do_not_count_either(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_hostile(tree)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"filter.{STRANGE}.process")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", mark(tree, "count"))
    global_ = tree.write("../global", "")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(global_))
    tree.git("config", "-f", str(global_), f"filter.{STRANGE}.smudge", mark(tree, "global"))
    edit(tree)
    take_marks(tree)
    assert refresh_vault_index(tree.path) == len((PATH, OTHER))
    assert not take_marks(tree)


def test_what_writes_an_index_starts_nothing(tree: Tree) -> None:
    tree.git("add", "other.txt")
    tree.write("staged.md", "text")
    tree.git("add", "staged.md")
    make_hostile(tree)
    edit(tree)
    take_marks(tree)
    repository = find_repository(tree.path)
    (entry,) = list_staged(repository)
    (blob,) = write_blobs(repository, [b"new"])
    assert replace_entries(repository, {entry: blob}) == [entry]
    assert forget_all(repository) > 0
    assert not take_marks(tree)
    assert tree.show(":staged.md") == "new"


def run_to_the_end(tree: Tree, *arguments: str) -> None:
    """Run git with all that it starts, of which nothing goes on: a fetch does not wait for its helper."""
    command = ["git", *arguments]
    with subprocess.Popen(
        command,
        cwd=tree.path,
        env=dict(tree.environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def test_nothing_is_fetched(tree: Tree) -> None:
    blob = tree.git("rev-parse", "HEAD:other.txt").strip()
    make_hostile(tree)
    (tree.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    take_marks(tree)
    with BlobReader(find_repository(tree.path)) as reader:
        assert reader.read("HEAD:other.txt") is None
    assert not take_marks(tree)
    run_to_the_end(tree, "cat-file", "-p", blob)
    assert take_marks(tree)


@pytest.mark.parametrize("path", [".git/info/attributes", ".git/index"])
def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tree: Tree, path: str) -> None:
    (tree.path / path).unlink()
    os.mkfifo(tree.path / path)
    assert refresh_vault_index(tree.path) == 0


KINDS: Final = {
    "line ends that git converts": ["config core.autocrlf true"],
    "no executable files": ["config core.fileMode false"],
    "a split index": ["update-index --split-index"],
    "an index of another version": ["config index.version 4", "update-index --force-write-index"],
    "a detached HEAD": ["checkout -q --detach"],
    "a setting without a value": ["config core.ignoreCase true", "config --unset core.bare"],
}


@pytest.mark.parametrize("commands", KINDS.values(), ids=KINDS)
def test_settings_that_say_how_files_look_are_kept(tree: Tree, commands: list[str]) -> None:
    for command in commands:
        tree.git(*command.split())
    ends = "\r\n" if "autocrlf" in commands[0] else "\n"
    for path in (PATH, OTHER):
        tree.write(path, note(MONDAY).replace("\n", ends))
        make_old(tree.path / path)
    tree.write("unstaged.md", "text")
    tree.git("add", "unstaged.md")
    before = tree.git("ls-files", "-s")
    assert refresh_vault_index(tree.path) == len((PATH, OTHER))
    assert tree.status() == "A  unstaged.md\n"
    assert tree.git("ls-files", "-s") == before
    assert "error" not in tree.git("fsck", "--strict")


def test_ids_of_another_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_tree(tmp_path)
    use_environment(monkeypatch, tree)
    (tree.path / ".git").rename(tmp_path / "unused")
    tree.git("init", "-q", "--object-format=sha256")
    tree.write(".obsidian/app.json", "{}")
    tree.write(PATH, note(FRIDAY))
    tree.commit_all()
    install_driver(find_repository(tree.path), FILTER)
    tree.write(PATH, note(MONDAY))
    assert refresh_vault_index(tree.path) == 1
    assert tree.status() == ""
