"""The command line on real folders: every option, every exit code, both formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.study.oracle import Study
from vault_sync import __version__
from vault_sync.cli import run

if TYPE_CHECKING:
    from pathlib import Path

FULL = Study(done1=True, done4=True, done7=True, done14=True)
NOW = "2024-10-27T14:01"
STALE = FULL.note(학습률='학습률: "0"')


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    (root / "Web").mkdir()
    (root / "Web/true.md").write_text(FULL.note(), "utf-8")
    (root / "Web/낡음.md").write_text(STALE, "utf-8")
    (root / "other.md").write_text("---\ntitle: a: b\n---\n", "utf-8")
    monkeypatch.chdir(root)
    return root


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*.md")
    }


def refresh(*arguments: str) -> int:
    return run(["refresh", "--now", NOW, *arguments])


def read_json(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    "options", [["--check"], ["--diff"], ["--check", "--diff"], ["--max-changes", "0"]]
)
def test_nothing_is_written_when_only_asked(vault: Path, options: list[str]) -> None:
    before = snapshot(vault)
    assert refresh(*options) == (0 if options == ["--diff"] else 1)
    assert snapshot(vault) == before
    assert not list((vault.parent / "state").rglob("*.jsonl"))


def test_refresh_writes_what_is_stale_and_then_nothing(vault: Path) -> None:
    before = snapshot(vault)
    assert refresh() == 0
    after = snapshot(vault)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Web/낡음.md"}
    assert after["Web/낡음.md"][0].decode() == FULL.note()
    assert refresh() == 0
    assert refresh("--check") == 0
    assert snapshot(vault) == after


def test_what_a_person_reads(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refresh()
    shown = capsys.readouterr()
    assert shown.out == "refreshed  Web/낡음.md: 학습률: 0 → 0.6\n"
    assert shown.err == (
        "3 notes seen: 1 refreshed (1 property), 1 up to date, 1 not governed by any rule."
        " `vault-sync undo` puts the old values back.\n"
    )
    run(["-q", "refresh", "--now", NOW])
    assert capsys.readouterr() == ("", "")


def test_verbose_shows_every_property(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / "Web/낡음.md").write_text(FULL.sources_only(), "utf-8")
    run(["-v", "refresh", "--now", NOW, "--check"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["stale", "Web/낡음.md"]
    assert len(lines) == 1 + len(FULL.derived_lines())


def test_the_diff_is_on_stdout_and_can_be_applied(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refresh("--diff") == 0
    diff = capsys.readouterr().out
    assert '-학습률: "0"\n+학습률: "0.6"\n' in diff
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=vault, check=True)
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note()


def test_json(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / "Web/broken.md").write_text(STALE.replace("2024-07-07", "07/08/2024", 1), "utf-8")
    assert refresh("--format", "json") == 4
    found = read_json(capsys)
    assert found["vault"] == str(vault)
    assert str(found["now"]).startswith("2024-10-27T14:01:00")
    notes = {note["path"]: note for note in found["notes"]}  # type: ignore[attr-defined]  # parsed JSON
    assert notes["Web/true.md"] == {
        "path": "Web/true.md",
        "status": "unchanged",
        "changes": [],
        "problems": [],
    }
    assert notes["Web/낡음.md"]["status"] == "changed"
    assert notes["Web/낡음.md"]["changes"] == [{"property": "학습률", "old": "0", "new": "0.6"}]
    problem = notes["Web/broken.md"]["problems"][0]
    assert (problem["line"], problem["property"]) == (2, "⭕첫 학습날")
    assert "other.md" not in notes
    assert found["summary"] == {
        "seen": 4,
        "unchanged": 1,
        "changed": 2,
        "stale": 0,
        "skipped": 0,
        "failed": 0,
        "conflict": 0,
        "properties": 2,
        "problems": 1,
    }


def test_problems_come_with_path_and_line_and_the_rest_goes_on(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = STALE.replace("⭕과목: 웹", "⭕과목: 웹: 세션")
    (vault / "Web/a.md").write_text(bad, "utf-8")
    assert refresh() == 4
    shown = capsys.readouterr().err
    assert "Web/a.md:3:" in shown
    assert (vault / "Web/a.md").read_text("utf-8") == bad
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note()


def test_paths_select_notes(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / "one.md").write_text(STALE, "utf-8")
    assert refresh("one.md") == 0
    assert (vault / "one.md").read_text("utf-8") == FULL.note()
    assert (vault / "Web/낡음.md").read_text("utf-8") == STALE
    assert refresh("--check", "Web/true.md", "Web/true.md") == 0
    assert refresh("--check", "Web") == 1
    capsys.readouterr()
    assert refresh("--check", "--format", "json", "Web/낡음.md", "Web") == 1
    assert len(read_json(capsys)["notes"]) == 2  # type: ignore[arg-type]  # parsed JSON


def test_notes_that_are_named_but_ignored_are_skipped(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "a.sync-conflict-20241027-140100-ABCDEFG.md").write_text(STALE, "utf-8")
    (vault / "out.md").write_text(STALE.replace("---\n", "---\nvault-sync: false\n", 1), "utf-8")
    (vault / "text.txt").write_text(STALE, "utf-8")
    names = [path.name for path in vault.iterdir() if path.is_file() and path.name != "other.md"]
    assert refresh("--format", "json", *names) == 0
    notes = read_json(capsys)["notes"]
    assert [note["status"] for note in notes] == ["skipped"] * 3  # type: ignore[attr-defined]  # parsed JSON


def test_a_link_to_another_note_of_the_vault_means_that_note(vault: Path) -> None:
    (vault / "link.md").symlink_to("Web/낡음.md")
    outside = vault.parent / "outside.md"
    outside.write_text(STALE, "utf-8")
    (vault / "out.md").symlink_to(outside)
    assert refresh("link.md") == 0
    assert (vault / "link.md").is_symlink()
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note()
    assert refresh("out.md") == 2
    assert refresh() == 0
    assert outside.read_text("utf-8") == STALE


def test_stable_leaves_the_day_alone(vault: Path) -> None:
    (vault / "Web/낡음.md").write_text(
        FULL.note(학습률='학습률: "0"', 오늘2="오늘2: 2020/01/01"), "utf-8"
    )
    assert refresh("--stable") == 0
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note(오늘2="오늘2: 2020/01/01")


def test_fail_on_change(vault: Path) -> None:
    assert refresh("--fail-on-change") == 1
    assert refresh("--fail-on-change") == 0


def test_max_changes_allows_as_many(vault: Path) -> None:
    assert refresh("--max-changes", "1") == 0
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note()


def test_undo_puts_the_old_bytes_back(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: data for name, (data, _) in snapshot(vault).items()}
    refresh()
    assert run(["undo", "--diff"]) == 0
    assert (vault / "Web/낡음.md").read_text("utf-8") == FULL.note()
    assert run(["undo"]) == 0
    assert {name: data for name, (data, _) in snapshot(vault).items()} == before
    capsys.readouterr()
    run(["undo", "--list"])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in listed] == ["undo", "refresh"]
    assert run(["undo"]) == 2
    assert run(["undo", "nonsense"]) == 2


def test_explain(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--now", NOW, "--format", "json", "Web/낡음.md"]) == 0
    properties = read_json(capsys)["properties"]
    found = {one["property"]: one for one in properties}  # type: ignore[attr-defined]  # parsed JSON
    assert found["학습률"]["state"] == "stale"
    assert found["학습률"]["on_disk"] == "0"
    assert found["학습률"]["value"] == "0.6"
    inputs = found["학습률"]["inputs"]
    assert (inputs["formula.fifths"], inputs["❤1일복습여부"]) == (3, True)
    assert found["오늘1"]["clock"] == "instant"
    assert run(["explain", "--now", NOW, "Web/낡음.md"]) == 0
    assert "학습률  stale, stable, by study-ko" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "left_alone", "states"),
    [
        ("due: 2024-07-07", "", "true"),
        ("due: 2024-07-08", "", "stale"),
        ("due: [x]", "", "failed"),
        ("due: 2024-07-07\ncontent: x\nhandler: y\nself: z", "", "true"),
        ("due: 2024-07-08\nvault-sync: false", "`vault-sync: false` asks to leave it alone", ""),
        ("due: 2024-07-08\nexcalidraw-plugin: parsed", "it is an Excalidraw drawing", ""),
        ("at: 2024-10-27T09:00:00\ndue: 2024-07-07", "", "true later"),
        ("at: 2024-10-26T09:00:00\ndue: 2024-07-07", "", "true stale"),
    ],
)
def test_explain_says_what_refresh_does(
    vault: Path, capsys: pytest.CaptureFixture[str], lines: str, left_alone: str, states: str
) -> None:
    config = (
        "profile: none\nrules: [{missing: skip, formulas: {due: '\"2024/07/07\"', at: now()}}]\n"
    )
    (vault / ".vault-sync.yaml").write_text(config, "utf-8")
    (vault / ".obsidian/types.json").write_text('{"types": {"due": "date"}}', "utf-8")
    (vault / "a.md").write_text(f"---\n{lines}\n---\n", "utf-8")
    assert run(["explain", "--now", NOW, "--format", "json", "a.md"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["left_alone"] == left_alone
    said = [one["state"] for one in found["properties"]]
    assert " ".join(state for state in said if state != "absent") == states
    code = run(["refresh", "--now", NOW, "--check", "a.md"])
    assert code == (1 if "stale" in states else 4 if "failed" in states else 0)
    assert run(["explain", "--now", NOW, "a.md"]) == 0
    assert left_alone in capsys.readouterr().out


def test_explain_refuses_what_refresh_refuses(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "---\n⭕첫 학습날: 2024-07-07\n---\n<<<<<<< a\n=======\n>>>>>>> b\n"
    (vault / "a.md").write_text(text, "utf-8")
    assert run(["explain", "a.md"]) == run(["refresh", "--check", "a.md"]) == 4
    assert capsys.readouterr().err.count("A merge conflict") == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["refresh", "no such.md"], 2, "no such.md"),
        (["refresh", "--jobs", "0"], 2, "--jobs"),
        (["refresh", "--now", "gestern"], 2, "2024-10-27T14:01"),
        (["nonsense"], 2, "nonsense"),
        (["--vault", "Web", "refresh", "other.md"], 2, "Web is no vault"),
        (["refresh", "../elsewhere.md", "--vault", "."], 2, "not in the vault"),
        (["--config", "bad.yaml", "refresh"], 3, "profil"),
        (["explain", "other.md"], 4, "quotes"),
    ],
)
def test_what_is_wrong_with_a_call(
    vault: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    (vault / "bad.yaml").write_text("profil: study-ko\n", "utf-8")
    (vault / "../elsewhere.md").touch()
    assert run(arguments) == code
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_without_a_vault_nothing_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["refresh"]) == 2
    assert "Go into your vault or name it with `--vault`" in capsys.readouterr().err


def test_the_vaults_own_rules_run(vault: Path) -> None:
    config = 'profile: none\nrules:\n  - filters: "title"\n    formulas: {len: title.length}\n'
    (vault / ".vault-sync.yaml").write_text(config, "utf-8")
    (vault / "other.md").write_text("---\ntitle: abc\n---\n", "utf-8")
    assert refresh() == 0
    assert (vault / "other.md").read_text("utf-8") == "---\ntitle: abc\nlen: 3\n---\n"
    assert (vault / "Web/낡음.md").read_text("utf-8") == STALE


def test_values_are_written_as_the_vaults_types(vault: Path) -> None:
    (vault / ".obsidian/types.json").write_text('{"types": {"len": "text", "big": 3}}', "utf-8")
    config = 'profile: none\nrules:\n  - filters: "title"\n    formulas: {len: title.length}\n'
    (vault / ".vault-sync.yaml").write_text(config, "utf-8")
    (vault / "other.md").write_text("---\ntitle: abc\n---\n", "utf-8")
    assert refresh() == 0
    assert (vault / "other.md").read_text("utf-8") == '---\ntitle: abc\nlen: "3"\n---\n'


def test_the_day_is_that_of_the_configured_zone(vault: Path) -> None:
    (vault / ".vault-sync.yaml").write_text(
        "timezone: Asia/Seoul\nday-starts-at: '04:00'\n", "utf-8"
    )
    assert run(["refresh", "--now", "2024-10-27T18:00:00+00:00", "Web/true.md"]) == 0
    text = (vault / "Web/true.md").read_text("utf-8")
    assert "오늘2: 2024/10/27\n" in text


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
    for command in ([], ["refresh"], ["undo"], ["explain"], ["completion"]):
        assert run([*command, "--help"]) == 0
        assert "Usage: vault-sync" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_VAULT_SYNC_COMPLETE" in capsys.readouterr().out


def test_a_real_process(vault: Path) -> None:
    command = [sys.executable, "-m", "vault_sync", "refresh", "--now", NOW]
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=vault, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.decode() == "refreshed  Web/낡음.md: 학습률: 0 → 0.6\n"


@pytest.mark.parametrize(
    ("variables", "is_colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_come_where_they_are_wanted(
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    *,
    is_colored: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    refresh("--check", str(vault))
    assert ("\x1b[" in capsys.readouterr().out) is is_colored


def test_names_cannot_steer_the_terminal(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (vault / "Web/\x1b[31mred\n.md").write_text(STALE, "utf-8")
    refresh()
    shown = "".join(capsys.readouterr())
    assert "\x1b" not in shown
    assert "\\x1b[31mred\\n.md" in shown
