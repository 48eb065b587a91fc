"""`daily-values`: on which devices, and in which notes, a new day alone is a reason to write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from vault_sync.cli import run
from vault_sync.index.notes import make_cache_key
from vault_sync.plan.evaluation import Daily
from vault_sync.rules.config import DailyValues
from vault_sync.state.folder import find_base
from vault_sync.vault.workspace import (
    NAME_FILE,
    choose_daily,
    find_device_name,
    is_this_device,
    open_workspace,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES: Final = """\
profile: none
rules:
  - name: days
    filters: start
    study: {first-day: start, stages: {1: one, 4: four}, long-term: long}
    formulas:
      day: today().format("YYYY-MM-DD")
      at: now().format("YYYY-MM-DD")
      twice: a * 2
"""
NOTE: Final = """\
---
start: 2024-07-07
a: 1
one: false
four: true
day: 2024-10-26
at: 2024-10-26
twice: 2
---
"""
HERE: Final = "desk"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make a vault with a note on the device `desk`."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / NAME_FILE).write_text(f"{HERE}\n", "utf-8")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def make(setting: str, note: str = NOTE) -> Path:
        vault = tmp_path / "vault"
        vault.mkdir(exist_ok=True)
        (vault / ".vault-sync.yaml").write_text(f"daily-values: {setting}\n{RULES}", "utf-8")
        (vault / "a.md").write_text(note, "utf-8")
        return vault

    return make


def refresh(vault: Path) -> str:
    run(["-q", "--vault", str(vault), "refresh", "--now", "2024-10-27T00:00:05"])
    return (vault / "a.md").read_text("utf-8")


DUE: Final = NOTE
DONE: Final = NOTE.replace("one: false", "one: true")
FOR_GOOD: Final = NOTE.replace("a: 1", "a: 1\nlong: true")
UNKNOWN: Final = DONE.replace("four: true", "four: perhaps")


@pytest.mark.parametrize(
    ("setting", "note", "is_written"),
    [
        ("all", DUE, True),
        ("[desk]", DUE, True),
        ("[phone, DESK.local]", DUE, True),
        ("[phone]", DUE, False),
        ("[phone]", DONE, False),
        ("due", DUE, True),
        ("due", DONE, False),
        ("due", FOR_GOOD, False),
        ("due", UNKNOWN, True),
        ("all", DONE, True),
    ],
)
def test_who_writes_for_the_day_alone(
    write: Callable[..., Path], setting: str, note: str, *, is_written: bool
) -> None:
    text = refresh(write(setting, note))
    assert ("day: 2024-10-27" in text) == is_written
    assert ("at: 2024-10-27" in text) == is_written


@pytest.mark.parametrize("setting", ["[phone]", "due"])
def test_another_reason_takes_the_day_along(write: Callable[..., Path], setting: str) -> None:
    text = refresh(write(setting, DONE.replace("a: 1", "a: 5")))
    assert "day: 2024-10-27\nat: 2024-10-27\ntwice: 10" in text


@pytest.mark.parametrize("setting", ["[phone]", "due"])
def test_a_missing_property_is_another_reason(write: Callable[..., Path], setting: str) -> None:
    vault = write(setting, DONE.replace("day: 2024-10-26\n", ""))
    with (vault / ".vault-sync.yaml").open("a", encoding="utf-8") as config:
        config.write("    missing: add\n")
    assert "day: 2024-10-27" in refresh(vault)


def test_what_waits_is_not_stale(write: Callable[..., Path]) -> None:
    vault = write("[phone]")
    arguments = ["-q", "--vault", str(vault), "refresh", "--check", "--now", "2024-10-27T00:00:05"]
    assert run(arguments) == 0
    write("[desk]")
    assert run(arguments) == 1


def test_a_note_of_which_other_rules_know_nothing_is_never_finished(
    write: Callable[..., Path],
) -> None:
    vault = write("due", DONE)
    config = vault / ".vault-sync.yaml"
    lines = [line for line in config.read_text("utf-8").splitlines() if "study:" not in line]
    config.write_text("\n".join(lines), "utf-8")
    assert "day: 2024-10-27" in refresh(vault)


def read_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    run([*arguments, "--format", "json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("setting", "value", "part"),
    [
        ("all", "all", ""),
        ("due", "due", "reviews are not finished"),
        ("[phone]", ["phone"], "written by phone; this device, desk,"),
        ("[desk]", ["desk"], "This device, desk, writes"),
    ],
)
def test_commands_say_so(
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    setting: str,
    value: object,
    part: str,
) -> None:
    vault = write(setting, DONE)
    named = ["--vault", str(vault)]
    assert read_json(capsys, *named, "config", "show")["settings"]["daily-values"] == value
    told = read_json(capsys, *named, "status")["daily_values"]
    assert value in (told["mode"], told["devices"])
    run([*named, "status"])
    assert part in " ".join(capsys.readouterr().out.split())
    (found,) = [
        finding
        for finding in read_json(capsys, *named, "doctor")["findings"]
        if finding["check"] == "daily"
    ]
    assert part in found["message"]
    explained = read_json(capsys, "explain", str(vault / "a.md"), "--now", "2024-10-27T00:00:05")
    is_waiting = setting in {"due", "[phone]"}
    assert ("later" in {each["state"] for each in explained["properties"]}) == is_waiting
    assert bool(explained["waits"]) == is_waiting
    assert not is_waiting or part in explained["waits"]


@pytest.mark.parametrize(
    ("text", "line"), [("never", 1), ("[]", 1), ("[phone, {a: 1}]", 1), ("{a: b}", 1), ("[~]", 1)]
)
def test_what_cannot_be_used_is_named(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    assert run(["--vault", str(write(text)), "config", "check"]) == 3
    assert f".vault-sync.yaml:{line}:" in capsys.readouterr().err


def test_the_index_tells_devices_apart(write: Callable[..., Path]) -> None:
    keys = set()
    for setting in ("all", "due", "[phone]"):
        workspace = open_workspace(write(setting), None)
        conditions = workspace.conditions(workspace.moment("2024-10-27T00:00"))
        keys.add(make_cache_key(workspace.rules, conditions))
    assert len(keys) == 3


# The name of the device


@pytest.mark.parametrize(
    ("text", "name"),
    [("책상 \n", "책상"), ("\ufeffdesk\r\nmore\n", "desk"), ("a\x1bb\n", "a\\x1bb")],
)
def test_a_name_that_was_given(write: Callable[..., Path], text: str, name: str) -> None:
    write("all")
    (find_base_folder() / NAME_FILE).write_bytes(text.encode())
    assert find_device_name() == name


def find_base_folder() -> Path:
    from pathlib import Path  # noqa: PLC0415 - at hand for the types only

    return Path(find_base())


def test_else_the_computer_s(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write("all")
    (find_base_folder() / NAME_FILE).write_text(" \n", "utf-8")
    monkeypatch.setattr("socket.gethostname", lambda: "Minji-MacBook.local")
    assert find_device_name() == "Minji-MacBook"
    assert is_this_device("minji-macbook", "Minji-MacBook")
    assert is_this_device("Minji-MacBook.lan", "Minji-MacBook")
    assert not is_this_device("minji", "Minji-MacBook")
    assert choose_daily(DailyValues(devices=("Minji-MacBook",))) is Daily.ALWAYS
    assert choose_daily(DailyValues(devices=("other",))) is Daily.ELSEWHERE
