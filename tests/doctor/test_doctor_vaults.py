"""``vault-sync doctor`` on real folders: what it sees in them, and what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.doctor.facts import find
from tests.study.oracle import BODY, Study
from tests.vault.vaults import posix_only, set_up
from vault_sync.cli import run
from vault_sync.doctor.collect import collect_facts, is_plain_zone, open_for_checks
from vault_sync.doctor.facts import Facts, ValueKind
from vault_sync.files.folder import UNFINISHED, VaultFolder, name_leftover
from vault_sync.git.install_hook import HooksFolder, Script, install_hook
from vault_sync.git.repository import find_repository
from vault_sync.service.manager import ServiceState
from vault_sync.state.folder import hold_daemon_lock, locate_state, open_state
from vault_sync.vault.ignore import find_original_names
from vault_sync.vault.obsidian import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FENCE = "---\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(
        "vault_sync.doctor.collect._ask_service", lambda *_: ServiceState(is_installed=False)
    )


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    (folder / ".obsidian").mkdir(parents=True)
    return folder


def write(vault: Path, path: str, *lines: str) -> Path:
    note = vault / path
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("\n".join(("---", *lines, "---", "")), "utf-8", newline="\n")
    return note


def look(vault: Path) -> Facts:
    with VaultFolder(vault) as root:
        return collect_facts(open_for_checks(vault, None), root)


def test_what_a_refresh_mends_is_no_fault_but_a_slipped_digit_is(vault: Path) -> None:
    study = Study()
    (vault / "A.md").write_text(study.note(사이='사이: "103\n사이: "1"'), "utf-8")
    (vault / "B.md").write_text(study.note(진행바='진행바: ⬜ 0%\n0사이: "1"'), "utf-8")
    facts = look(vault)
    assert not facts.notes.refused
    assert facts.notes.duplicates.count == 0
    assert list(facts.notes.slipped) == ["0사이"]
    (found,) = find(facts)["names"]
    assert found.places[0].startswith("B.md:")


def test_a_vault_that_is_well(vault: Path, tmp_path: Path) -> None:
    write(vault, "A.md", *Study().source_lines())
    assert not find(look(vault))
    assert not (tmp_path / "state").exists()


def test_what_the_notes_show(vault: Path) -> None:
    write(vault, "A.md", "t: word", "n: 1", "b: true", 'q: "False"', "d: 2024-01-05", "e:", "l: []")
    write(vault, "B/C.md", "t: {x: 1}", 'n: "1"', "l: [a]", "vault-sync: false")
    notes = look(vault).notes
    assert notes.seen == 2
    assert notes.opted_out == 1
    assert {name: [*kinds] for name, kinds in notes.kinds.items()} == {
        "t": [ValueKind.TEXT, ValueKind.OBJECT],
        "n": [ValueKind.NUMBER, ValueKind.TEXT],
        "b": [ValueKind.CHECKBOX],
        "q": [ValueKind.QUOTED_CHECKBOX],
        "d": [ValueKind.DATE],
        "e": [ValueKind.EMPTY],
        "l": [ValueKind.LIST],
        "vault-sync": [ValueKind.CHECKBOX],
    }
    assert notes.kinds["n"][ValueKind.TEXT].first == ["B/C.md:3"]


@pytest.mark.parametrize(
    ("lines", "check"),
    [
        (["a: 1", "a: 2"], "duplicates"),
        ([f"{unicodedata.normalize('NFD', '과목')}: 웹"], "names"),
        ([f"{unicodedata.normalize('NFD', '과목')}: 웹", "과목: 웹"], "duplicates"),
        (["a: b: c"], "notes"),
        (['❤1일복습여부: "false"'], "boxes"),
        (["❤ 1일복습여부: true"], "names"),
        (["⭕첫학습날: 2024-07-08"], "names"),
    ],
)
def test_a_note_that_is_not_well(vault: Path, lines: list[str], check: str) -> None:
    write(vault, "Odd.md", *lines)
    found = find(look(vault))
    assert [*found] == [check]
    assert found[check][0].places[0].startswith("Odd.md:")


class TestTypes:
    @pytest.mark.parametrize(
        ("declared", "names"),
        [
            ({"학습률": "number"}, []),  # 0.6 is written as a number then
            ({"학습률": "text"}, []),
            ({"진행바": "number"}, ["진행바"]),
            ({"🛑첫날": "date"}, ["🛑첫날"]),
            ({"⭕과목": "number"}, ["⭕과목"]),
            ({"오늘2": "multitext"}, []),
        ],
    )
    def test_formulas_are_tried_against_them(
        self, vault: Path, declared: dict[str, str], names: list[str]
    ) -> None:
        write(vault, "A.md", *Study().source_lines())
        set_up(vault, ".obsidian/types.json", {"types": declared})
        messages = [finding.message for finding in find(look(vault)).get("types", [])]
        assert len(messages) == len(names)
        assert all(name in message for name, message in zip(names, messages, strict=True))


class TestFolders:
    def test_what_is_left_out_is_counted(self, vault: Path) -> None:
        set_up(vault, ".obsidian/templates.json", {"folder": "Templates"})
        set_up(vault, ".obsidian/app.json", {"userIgnoreFilters": ["Old/"]})
        for path in ("Templates/Sub/T.md", "Old/O.md", "A.md", ".trash/X.md", "Own/N.md"):
            write(vault, path, "a: 1")
        (vault / "Own" / ".vault-sync.yaml").write_text("", "utf-8")
        folders = look(vault).folders
        excluded = {places.first[0] for places in folders.excluded.values()}
        assert excluded == {"Templates/Sub/T.md", "Old/O.md", "Own/N.md"}
        assert folders.folders == 7

    def test_traces_of_others(self, vault: Path) -> None:
        for name in (name_leftover("20241027T140100-3f2a", "A.md", UNFINISHED), ".B.md.icloud"):
            (vault / name).write_text("", "utf-8")
        assert [*find(look(vault))] == ["cloud", "leftovers"]

    @posix_only
    def test_a_link_out_of_the_vault_and_one_round(self, vault: Path, tmp_path: Path) -> None:
        (vault / "out.md").symlink_to(tmp_path / "elsewhere.md")
        (vault / "round").symlink_to(vault)
        (finding,) = find(look(vault))["folders"]
        assert finding.places[0].startswith("out.md: ")

    @posix_only
    def test_what_is_no_file_is_not_waited_for(self, vault: Path) -> None:
        os.mkfifo(vault / "pipe.md")
        os.mkfifo(vault / ".obsidian" / "types.json")
        os.mkfifo(vault / ".obsidian" / "community-plugins.json")
        (finding,) = find(look(vault))["folders"]
        assert "pipe.md: It is called like a note but is not a file" in finding.places[0]

    def test_a_large_note(self, vault: Path) -> None:
        with (vault / "Large.md").open("wb") as file:
            file.truncate(11 * 1024 * 1024)
        assert [*find(look(vault))] == ["size"]


class TestTheComputer:
    def test_a_broken_configuration_stops_nobody(self, vault: Path) -> None:
        (vault / ".vault-sync.yaml").write_text("profil: x\nlocale: 7\n", "utf-8")
        write(vault, "A.md", "a: 1", "a: 2")
        found = find(look(vault))
        assert [*found] == ["config", "duplicates"]
        assert found["config"][0].message.startswith(".vault-sync.yaml:1:")

    def test_plugins_and_services(self, vault: Path) -> None:
        set_up(vault, ".obsidian/community-plugins.json", ["obsidian-linter", "dataview"])
        set_up(vault, ".obsidian/core-plugins.json", {"sync": True, "graph": False})
        (vault / ".stfolder").mkdir()
        assert [*find(look(vault))] == ["services", "plugins", "zone"]

    @pytest.mark.parametrize("said", ["sync", 7, {"sync": 1}, [["x"], 7, None], None])
    def test_settings_of_another_shape_say_nothing(self, vault: Path, said: object) -> None:
        for name in ("community-plugins.json", "core-plugins.json"):
            set_up(vault, f".obsidian/{name}", said)
        assert not load_plugins(str(vault), (".obsidian",))

    def test_the_state_folder(self, vault: Path) -> None:
        state = open_state(vault)
        assert not find(look(vault))
        (state.rescue / "20241027T140100-3f2a-1 A.md").write_text("x", "utf-8")
        (state.journal / "20241027T140100-3f2a.jsonl").write_bytes(b"\0\0")
        assert [*find(look(vault))] == ["rescues", "state"]

    @posix_only
    def test_a_state_folder_that_others_can_read(self, vault: Path) -> None:
        open_state(vault).path.chmod(0o755)
        assert [*find(look(vault))] == ["state"]

    def test_a_state_folder_in_the_vault(
        self, vault: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VAULT_SYNC_STATE", str(vault / "state"))
        assert [*find(look(vault))] == ["state"]
        assert not (vault / "state").exists()

    def test_a_daemon_that_says_nothing(self, vault: Path) -> None:
        with hold_daemon_lock(open_state(vault), "2024-10-27T08:00:12+09:00"):
            facts = look(vault)
        assert facts.state.holder_host == facts.system.host
        assert [*find(facts)] == ["daemon"]

    def test_an_installed_service_without_a_daemon(
        self, vault: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "vault_sync.doctor.collect._ask_service", lambda *_: ServiceState(is_installed=True)
        )
        assert [*find(look(vault))] == ["daemon"]
        open_state(vault)
        assert [*find(look(vault))] == ["daemon"]

    def test_a_zone_that_is_set(self, vault: Path) -> None:
        (vault / ".vault-sync.yaml").write_text("timezone: Asia/Seoul\n", "utf-8")
        assert look(vault).system.vault_offset == timedelta(hours=9)


class TestGit:
    @pytest.fixture
    def repository(self, vault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        subprocess.run(["git", "init", "-q", str(vault)], check=True)
        return vault

    @pytest.mark.parametrize(
        ("file", "age", "is_named"),
        [
            ("index.lock", 7200, True),
            ("index.lock", 5, False),
            ("MERGE_HEAD", 5, True),
            ("rebase-merge", 7200, True),
        ],
    )
    def test_what_holds_git_up(
        self, repository: Path, file: str, age: float, *, is_named: bool
    ) -> None:
        mark = repository / ".git" / file
        mark.touch()
        os.utime(mark, (mark.stat().st_mtime - age,) * 2)
        assert ("git" in find(look(repository))) is is_named

    def install(self, vault: Path, python: str) -> None:
        hooks = HooksFolder(vault / ".git" / "hooks")
        script = Script(python, is_stable=False, is_strict=False)
        install_hook(hooks, script, find_repository(vault))

    def test_no_hook(self, repository: Path) -> None:
        assert not find(look(repository))

    @posix_only
    def test_hooks_that_do_nothing(self, repository: Path) -> None:
        self.install(repository, "/bin/sh")
        assert not find(look(repository))
        subprocess.run(
            ["git", "-C", str(repository), "config", "core.hooksPath", "other"], check=True
        )
        (skipped,) = find(look(repository))["hooks"]
        assert "elsewhere" in skipped.message

    @posix_only
    def test_a_hook_whose_python_is_gone(self, repository: Path) -> None:
        self.install(repository, "/nowhere/python")
        (broken,) = find(look(repository))["hooks"]
        assert "gone" in broken.message

    @posix_only
    def test_a_plugin_that_runs_no_hooks(self, repository: Path) -> None:
        self.install(repository, "/bin/sh")
        set_up(repository, ".obsidian/community-plugins.json", ["obsidian-git"])
        assert [*find(look(repository))] == ["hooks"]

    @posix_only
    def test_a_hostile_repository_runs_nothing(self, repository: Path, tmp_path: Path) -> None:
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", "utf-8")
        program.chmod(0o755)
        for name in ("core.fsmonitor", "core.pager", "core.sshCommand"):
            subprocess.run(["git", "-C", str(repository), "config", name, program], check=True)
        look(repository)
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("copy", "originals"),
    [
        ("A.sync-conflict-20241027-140100-ABCDEFG.md", ["A.md"]),
        ("A (Conflicted copy Phone 202410271401).md", ["A.md"]),
        ("A (you's conflicted copy 2024-10-27).md", ["A.md"]),
        ("A (conflicted copy 2024-10-27 140100).md", ["A.md"]),
        ("노트 (데스크의 충돌된 사본 2024-10-27).md", ["노트.md"]),
        ("A (B) (conflicted copy 2024-10-27 140100).md", ["A (B).md", "A.md"]),
        ("A (you (desk)'s conflicted copy 2024-10-27).md", ["A (you.md", "A.md"]),
        ("A-desk-safeBackup-0001.md", ["A-desk.md", "A.md"]),
        ("A_desk_Jan-03-0901-2013_Conflict.md", ["A.md"]),
        ("A_b_desk_Jan-03-0901-2013_CaseConflict_1.md", ["A_b.md", "A.md"]),
        ("A_conflict-you-20180220-141213.md", ["A.md"]),
        ("A (SFConflict you@example.com 2026-09-29-10-10-10).md", ["A.md"]),
        ("A.conflict1.md", ["A.md"]),
        ("A [conflicted].md", ["A.md"]),
        ("conflict-files-obsidian-git.md", []),
        (".sync-conflict-20241027-140100-ABCDEFG.md", []),
        ("A.md", []),
    ],
)
def test_whose_copy_it_is(copy: str, originals: list[str]) -> None:
    assert [*find_original_names(copy)] == originals


NOTE = "\n".join(["---", *Study(done1=True).source_lines(), *Study(done1=True).derived_lines().values(), ""]) + BODY  # fmt: skip
COPY = "HTTP.sync-conflict-20241027-140100-ABCDEFG.md"


def change(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return changed


NEEDLESS = {
    "the same bytes": lambda text: text,
    "another day": change("🛑오늘: \"⏰오늘 : 2024/10/27\"", "🛑오늘: \"⏰오늘 : 2024/10/26\""),
    "a derived value that is wrong": change('학습률: "0.2"', '학습률: "0.8"'),
    "a derived line less": change('학습률: "0.2"\n', ""),
}  # fmt: skip
NEEDED = {
    "a ticked box": change("🧡4일복습여부: false", "🧡4일복습여부: true"),
    "a word": change("쿠키와", "쿠키 및"),
    "a line end": lambda text: text.rstrip("\n"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "a property of its own": change("---\n", "---\nmood: calm\n"),
    "복습, which is a person's": change("복습: 추가 복습", "복습: 4일 복습"),
    "another order": change("⭕과목: 웹\n⭕교재: HTTP 노트\n", "⭕교재: HTTP 노트\n⭕과목: 웹\n"),
    "no properties": lambda text: text[text.index(BODY) + 4 :],
    "broken properties": change("⭕과목: 웹", "⭕과목: 웹: x"),
    "nothing": lambda _text: "",
    "a note that opts out": change("---\n", "---\nvault-sync: false\n"),
}


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run_doctor(*arguments: str) -> Any:
        code = run(["doctor", *arguments])
        found = json.loads(capsys.readouterr().out)
        assert bool(code) == bool(found["summary"]["warning"] + found["summary"]["error"])
        return found

    return run_doctor


class TestCopies:
    @pytest.mark.parametrize("make", NEEDLESS.values(), ids=NEEDLESS)
    def test_needless_ones_go_to_the_rescue_folder(
        self, vault: Path, make: Callable[[str], str], said: Callable[..., Any]
    ) -> None:
        note, copy = vault / "HTTP.md", vault / COPY
        note.write_bytes(NOTE.encode())
        copy.write_bytes(make(NOTE).encode())
        (before,) = [one for one in said("--format", "json", str(vault))["findings"] if one["check"] == "copies"]  # fmt: skip
        assert (before["places"], copy.exists()) == ([COPY], True)
        (moved,) = said("--fix", "--format", "json", str(vault))["moved"]
        assert moved["path"] == COPY
        assert not copy.exists()
        assert note.read_bytes() == NOTE.encode()
        (rescue,) = locate_state(vault).rescue.iterdir()
        assert rescue.read_bytes() == make(NOTE).encode()
        assert not said("--format", "json", str(vault))["summary"]["warning"]

    @pytest.mark.parametrize("make", NEEDED.values(), ids=NEEDED)
    def test_all_others_stay(
        self, vault: Path, make: Callable[[str], str], said: Callable[..., Any], tmp_path: Path
    ) -> None:
        note, copy = vault / "HTTP.md", vault / COPY
        note.write_bytes(NOTE.encode())
        copy.write_bytes(make(NOTE).encode())
        found = said("--fix", "--format", "json", str(vault))
        assert not found["moved"]
        assert found["summary"]["warning"] == 1
        assert copy.read_bytes() == make(NOTE).encode()
        assert note.read_bytes() == NOTE.encode()
        assert not (tmp_path / "state").exists()

    def test_a_copy_without_its_note_stays(self, vault: Path, said: Callable[..., Any]) -> None:
        (vault / COPY).write_bytes(NOTE.encode())
        assert not said("--fix", "--format", "json", str(vault))["moved"]
        assert (vault / COPY).exists()

    @posix_only
    def test_a_link_that_is_called_like_a_copy_stays(
        self, vault: Path, tmp_path: Path, said: Callable[..., Any]
    ) -> None:
        (tmp_path / "mine.md").write_bytes(NOTE.encode())
        (vault / "HTTP.md").write_bytes(NOTE.encode())
        (vault / COPY).symlink_to(tmp_path / "mine.md")
        assert not said("--fix", "--format", "json", str(vault))["moved"]
        assert (vault / COPY).is_symlink()

    def test_without_a_rescue_folder_nothing_moves(
        self, vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (vault / "HTTP.md").write_bytes(NOTE.encode())
        (vault / COPY).write_bytes(NOTE.encode())
        monkeypatch.setenv("VAULT_SYNC_STATE", str(vault / "state"))
        assert run(["doctor", "--fix", str(vault)]) == 3
        assert "inside the vault" in capsys.readouterr().err
        assert (vault / COPY).exists()


class TestWhatIsPrinted:
    def test_a_line_for_each_finding(
        self, vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        for number in range(7):
            write(vault, f"{number}.md", "a: 1", "a: 2")
        assert run(["doctor", str(vault)]) == 4
        lines = capsys.readouterr().out.splitlines()
        (told,) = [line for line in lines if not line.startswith("ok ")]
        assert told == (
            "error   A property stands twice in a note, which is left alone."
            " (0.md:3, 1.md:3, 2.md:3, 3.md:3, 4.md:3, and 2 more)"
            " Delete one of the two in Obsidian's source mode."
        )

    def test_colours_and_korean(
        self, vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
        monkeypatch.setenv("FORCE_COLOR", "1")
        write(vault, "A.md", "a: 1", "a: 2")
        assert run(["doctor", str(vault)]) == 4
        said = capsys.readouterr().out
        assert said.startswith("\x1b[31m오류\x1b[0m")  # the worst comes first
        assert "정상" not in said
        assert run(["-v", "doctor", str(vault)]) == 4
        assert "\x1b[32m정상\x1b[0m" in capsys.readouterr().out

    @posix_only
    def test_hostile_names_steer_no_terminal(
        self, vault: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        evil = "a\x1b[2J\n\u202eb"
        (vault / evil).mkdir()
        for name in (
            f"{evil}/{evil}.md",
            f"{evil}/{COPY}",
            f"{evil}.sync-conflict-20241027-140100.md",
        ):
            (vault / name).write_text('---\n"k\\e": 1\n"k\\e": 2\n---\n', "utf-8")
        write(vault, "B.md", '"t\\e[2J": {x: 1}')
        set_up(vault, ".obsidian/types.json", {"types": {"t\x1b[2J": "number"}})
        set_up(vault, f".obsidian/{evil}.json", {})
        (vault / os.fsdecode(b"\xff\xfe.md")).write_text("---\na: b: c\n---\n", "utf-8")
        assert run(["doctor", "--fix", str(vault)]) == 4
        text = capsys.readouterr()
        assert all(line.isprintable() for line in (text.out + text.err).splitlines())
        assert run(["doctor", "--format", "json", str(vault)]) == 4
        json.loads(capsys.readouterr().out)


def test_a_state_folder_that_is_a_file(vault: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", "utf-8")
    assert [*find(look(vault))] == ["state"]


@pytest.mark.parametrize(
    ("variable", "is_plain"),
    [
        ("", True),
        ("Asia/Seoul", True),
        (":Asia/Seoul", True),
        ("UTC", True),
        ("UTC0", True),
        ("KST-9", True),
        ("<+09>-9", True),
        ("EST5EDT", True),
        ("UTC-9", True),
        ("KST", False),
        ("Seoul", False),
        ("UTC+9", False),
        ("gmt9", False),
        ("서울", False),
        ("/no/such/file", False),
    ],
)
def test_what_the_variable_tz_may_say(variable: str, *, is_plain: bool) -> None:
    assert is_plain_zone(variable) is is_plain


@posix_only
def test_a_zone_that_is_none_is_named(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "KST")
    assert look(vault).system.likely_zones == ("Asia/Seoul",)
    assert [*find(look(vault))] == ["zone"]
    (vault / ".vault-sync.yaml").write_text("timezone: Asia/Seoul\n", "utf-8")
    assert not find(look(vault))
