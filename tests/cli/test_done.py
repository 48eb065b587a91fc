"""The command that ticks a review: notes by their names, what it says, and what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.reviews import TODAY, make_vault, write_note
from tests.warm import make_python_path
from vault_sync.cli import run

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = "2024-10-27T14:01"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_vault(tmp_path / "vault")
    monkeypatch.chdir(root)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return root


def say(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    assert run(["done", "--now", NOW, *arguments]) == code
    return capsys.readouterr()


def test_done_ticks_refreshes_and_undo_brings_back(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = vault / "웹/HTTP 상태 코드.md"
    before = file.read_bytes()
    others = {path: path.read_bytes() for path in vault.rglob("*.md") if path != file}
    out, err = say(capsys, "http 상태 코드")
    assert out == ("HTTP 상태 코드: the review of day 7 is ticked. Next is day 14 on 2024-11-01.\n")
    assert err == "`vault-sync undo` takes this back.\n"
    text = file.read_text("utf-8")
    assert "💛7일복습여부: true\n" in text
    assert '학습률: "0.6"\n' in text
    assert {path: path.read_bytes() for path in others} == others
    assert run(["undo", "--list"]) == 0
    assert "  done  1 note, next to undo" in capsys.readouterr().out
    assert run(["undo"]) == 0
    assert file.read_bytes() == before


def test_a_tick_is_of_now_and_what_takes_it_back_is_one_second_younger(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = vault / "웹/HTTP 상태 코드.md"
    os.utime(file, (1000, 1000))
    say(capsys, "http 상태 코드")
    ticked = file.stat().st_mtime_ns
    assert 0 <= file.stat().st_ctime_ns - ticked < 10**9
    assert run(["undo"]) == 0
    assert file.stat().st_mtime_ns == ticked + 10**9


def test_nothing_to_do_is_said_and_writes_nothing(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in vault.rglob("*.md")}
    out, err = say(capsys, "Signals & codes", "끝난 것")
    assert out.splitlines() == [
        "Signals & codes: nothing is due yet. Day 1 comes on 2024-10-28; `--stage 1` ticks it now.",
        "끝난 것: every review is done.",
    ]
    assert err == ""
    out, _ = say(capsys, "쿠키와 세션", "--stage", "1")
    assert out == (
        "쿠키와 세션: the review of day 1 was ticked before. Next is day 4 on 2024-10-31.\n"
    ).replace("2024-10-31", TODAY.isoformat())
    assert before == {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in vault.rglob("*.md")
    }


def test_a_stage_can_be_forced_and_taken_back(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "day 14 is ticked" in say(capsys, "Signals & codes", "--stage", "14")[0]
    assert "💚14일복습여부: true\n" in (vault / "Linux/Signals & codes.md").read_text("utf-8")
    out, _ = say(capsys, "Signals & codes", "--undo")
    assert out == "Signals & codes: the review of day 14 is not ticked any more.\n"
    assert "💚14일복습여부: false\n" in (vault / "Linux/Signals & codes.md").read_text("utf-8")
    assert "no review is ticked" in say(capsys, "Signals & codes", "--undo")[0]


def test_several_notes_and_json(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = say(
        capsys, "쿠키와 세션", "웹/쿠키와 세션.md", "끝난 것", "다른 것", "--format", "json", code=4
    )
    found = json.loads(out)
    assert (found["vault"], found["now"][:16]) == (str(vault), NOW)
    ticked, ended, other = found["notes"]
    assert (ticked["path"], ticked["status"], ticked["verdict"]) == (
        "웹/쿠키와 세션.md",
        "changed",
        "done",
    )
    assert ticked["changes"][0] == {"property": "🧡4일복습여부", "old": False, "new": True}
    assert (ticked["stage"], ticked["next"]) == (4, {"stage": 7, "due": "2024-10-30"})
    assert (ended["verdict"], ended["stage"], ended["next"]) == ("nothing-left", None, None)
    assert (other["status"], other["verdict"]) == ("failed", None)


def test_a_name_that_is_not_there_stops_before_anything_is_written(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (vault / "웹/쿠키와 세션.md").read_bytes()
    _, err = say(capsys, "쿠키와 세션", "HTTP 상태코드", code=2)
    assert err == (
        "vault-sync: There is no note `HTTP 상태코드` in this vault. Did you mean:\n"
        "  웹/HTTP 상태 코드.md\n"
    )
    assert (vault / "웹/쿠키와 세션.md").read_bytes() == before


def test_an_ambiguous_name_lists_its_notes(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_note(vault, "DB/쿠키와 세션.md")
    _, err = say(capsys, "쿠키와 세션", code=2)
    assert err.splitlines()[1:] == ["  DB/쿠키와 세션.md", "  웹/쿠키와 세션.md"]


def test_in_korean(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    out, err = say(capsys, "쿠키와 세션")
    assert out == "쿠키와 세션: 4일차 복습에 체크했습니다. 다음 복습은 2024-10-30, 7일차입니다.\n"
    assert "되돌리려면" in err
    assert "이름이 `없음`인 노트는 없습니다." in say(capsys, "없음", code=2)[1]


def test_a_file_of_that_path_comes_first(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(vault, "쿠키와 세션.md")
    monkeypatch.chdir(vault / "웹")
    out, _ = say(capsys, "쿠키와 세션.md", "--format", "json")
    assert json.loads(out)["notes"][0]["path"] == "웹/쿠키와 세션.md"
    monkeypatch.chdir(vault.parent)
    out, _ = say(capsys, "vault/쿠키와 세션.md", "--stage", "1", "--format", "json")
    assert json.loads(out)["notes"][0]["path"] == "쿠키와 세션.md"


@pytest.mark.parametrize("name", ["", "x" * 5_000, "\0", "\x1b[2J", "../../etc/passwd", "[["])
def test_hostile_names(vault: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    _, err = say(capsys, name, code=2)
    assert all(line.isprintable() for line in err.splitlines())


def test_a_file_that_is_left_alone_is_named_with_the_reason(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text('ignore: ["웹/**"]\n', "utf-8")
    _, err = say(capsys, "웹/쿠키와 세션.md", code=4)
    assert "is left alone" in err
    assert "There is no note" in say(capsys, "쿠키와 세션", code=2)[1]


def test_the_day_begins_when_the_configuration_says(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / ".vault-sync.yaml").write_text('day-starts-at: "04:00"\ntimezone: Asia/Seoul\n')
    for hour, part in (("03:59", "nothing is due yet"), ("04:00", "day 1 is ticked")):
        assert run(["done", "--now", f"2024-10-28T{hour}", "Signals & codes"]) == 0
        assert part in capsys.readouterr().out


@pytest.mark.parametrize("day", ["2024-10-28", "20241028", "2024-10-28T04:00"])
def test_a_day_means_the_same_to_done_and_due(
    vault: Path, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    (vault / ".vault-sync.yaml").write_text('day-starts-at: "04:00"\ntimezone: Asia/Seoul\n')
    assert run(["due", "--on", "2024-10-28"]) == 0
    assert "Signals & codes" in capsys.readouterr().out
    assert run(["done", "--now", day, "Signals & codes"]) == 0
    assert "day 1 is ticked" in capsys.readouterr().out


def test_quiet(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-q", "done", "--now", NOW, "쿠키와 세션"]) == 0
    assert capsys.readouterr() == ("", "")


def test_two_at_once_tick_one_box_in_the_end(vault: Path) -> None:
    command = [sys.executable, "-m", "vault_sync", "done", "--now", NOW, "HTTP 상태 코드"]
    environment = {**os.environ, "PYTHONPATH": make_python_path()}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in running:
        process.communicate(timeout=60)
    text = (vault / "웹/HTTP 상태 코드.md").read_text("utf-8")
    assert "💛7일복습여부: true\n" in text
    assert "💚14일복습여부: false\n" in text
    assert text.count("학습률") == 1


def test_the_way_back_is_told_as_it_can_be_typed(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(vault.parent)
    _, err = say(capsys, "--vault", str(vault), "쿠키와 세션")
    assert err == f"`vault-sync --vault {vault.name} undo` takes this back.\n"
    assert run(err.split("`")[1].split()[1:]) == 0
