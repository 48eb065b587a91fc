"""What counts as ticked and not ticked: every spelling, and every command that reads a box."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.study.oracle import study_rules
from vault_sync.cli import run
from vault_sync.engine.refresh import Stale
from vault_sync.files.folder import VaultFolder
from vault_sync.plan.evaluation import Conditions
from vault_sync.study.facts import make_fact_reader
from vault_sync.study.mark_done import TickPlanner
from vault_sync.study.reviews import TickAction, TickRequest

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = "2024-10-27T14:01"
BOX: Final = "❤1일복습여부"
TICKED: Final = (
    *("true", "True", '"true"', "Yes", "yes", '"YES"', "예", "완료", "x", "X", "[x]", '"[x]"'),
    *("'[X]'", "1", '"1"', "✅", "☑", "✔", "✅\ufe0f", "☑\ufe0f", "✔\ufe0f", '" Yes "'),
    *("Ｙｅｓ", "ＴＲＵＥ", "Ｘ", "１", "［ｘ］", "［x］", "\u110b\u1168", "네", "✓", "✓\ufe0f"),
    *("2024-07-08", '"2024-07-08"', "2024/07/08", "2024. 7. 8.", '"@2024년 7월 8일"'),
    *("2024년 7월 8일 월요일", "Jul 8, 2024", "2024-07-08T20:00"),
)
UNTICKED: Final = (
    *("false", "False", '"false"', "No", "no", "'NO'", "아니요", "0", '"0"', "[ ]", '"[ ]"'),
    *(
        "Ｎｏ",
        "０",
        "［ ］",
        "［\u3000］",
        "아니오",
        "\u110b\u1161\u1102\u1175\u110b\u116d",
        "☐",
        "☐\ufe0e",
    ),
    *("[]", "⬜", "⬜\ufe0f", "", "~", '""', '" "'),
)
UNKNOWN: Final = (
    "maybe",
    "2",
    "on",
    "2024-02-30",
    "08/07/2024",
    "{a: 1}",
    "[x, x]",
    "❔",
    "yes|no",
)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("TZ", "UTC")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return root


def write(vault: Path, value: str, extra: str = "") -> Path:
    note = vault / "a.md"
    lines = f"⭕첫 학습날: 2024-07-07\n{BOX}: {value}\n{extra}"
    note.write_text(f'---\n{lines}"1일차복습여부1,0": "?"\n학습률: "?"\n---\n', "utf-8")
    return note


def find_due(capsys: pytest.CaptureFixture[str]) -> list[int]:
    capsys.readouterr()
    assert run(["due", "--on", "2024-10-27", "--format", "json"]) == 0
    return [review["stage"] for review in json.loads(capsys.readouterr().out)["reviews"]]


@pytest.mark.parametrize("value", TICKED)
def test_ticked_for_every_command(
    vault: Path, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note = write(vault, value)
    assert run(["refresh", "--now", NOW]) == 0
    text = note.read_text("utf-8")
    assert '\n"1일차복습여부1,0": "1"\n' in text
    assert '\n학습률: "0.2"\n' in text
    assert f"\n{BOX}: {value}\n" in text
    assert find_due(capsys) == [4]
    assert run(["done", "a.md", "--stage", "1", "--now", NOW]) == 0
    assert "was ticked before" in capsys.readouterr().out
    assert run(["-q", "doctor"]) in {0, 4}
    assert "neither ticked" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("value", UNTICKED)
def test_not_ticked_for_every_command(
    vault: Path, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note = write(vault, value)
    assert run(["refresh", "--now", NOW]) == 0
    text = note.read_text("utf-8")
    assert '\n"1일차복습여부1,0": "0"\n' in text
    assert '\n학습률: "0"\n' in text
    assert find_due(capsys) == [1]
    assert run(["-q", "doctor"]) in {0, 4}
    assert "neither ticked" not in "".join(capsys.readouterr())


def test_a_box_behind_two_colons_is_named_by_every_command(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Dataview writes fields in the body: to YAML that is a property of another name, and no box is ticked."""
    note = write(vault, "true", "🛑오늘: stale\n")
    text = note.read_text("utf-8").replace(f"{BOX}:", f"{BOX}::")
    note.write_text(text, "utf-8")
    for command in (
        ["refresh", "--now", NOW],
        ["due", "-v", "--on", "2024-10-27"],
        ["done", "a.md", "--now", NOW],
        ["doctor"],
        ["verify", "-v"],
        ["init", "--dry-run"],
    ):
        assert run(command) == 4, command
        assert "Two colons stand behind this name" in "".join(capsys.readouterr()), command
    assert note.read_text("utf-8") == text


@pytest.mark.parametrize("value", UNKNOWN)
def test_unknown_is_left_alone_and_named_by_every_command(
    vault: Path, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note = write(vault, value, "🛑오늘: stale\n")
    for command in (
        ["refresh", "--now", NOW],
        ["refresh", "--now", NOW],
        ["refresh", "--check", "--now", NOW],
        ["due", "-v", "--on", "2024-10-27"],
        ["status", "-v"],
        ["calendar", "-v", "-o", "../reviews.ics"],
        ["report", "-v", "-o", "../report.html"],
        ["done", "a.md", "--now", NOW],
        ["done", "a.md", "--now", NOW, "--stage", "1"],
        ["done", "a.md", "--now", NOW, "--undo"],
        ["doctor"],
        ["verify", "-v"],
        ["init", "--dry-run"],
    ):
        code = run(command)
        told = "".join(capsys.readouterr())
        assert "is neither ticked nor unticked. Write true or false." in told, command
        assert "a.md:3" in told, command
        assert code == 4, command
    text = note.read_text("utf-8")
    assert f"\n{BOX}: {value}\n" in text
    assert '\n🛑오늘: "⏰오늘 : 2024/10/27"\n' in text, "what does not need it goes on"
    assert '"1일차복습여부1,0": "?"\n' in text
    assert '학습률: "?"\n' in text


@pytest.mark.parametrize("value", ["soon", "2024-07-07 → 2024-07-08", "Invalid date", "7"])
@pytest.mark.parametrize("extra", ["", f"{BOX}: false\n", '사이: "1"\n'])
def test_a_first_day_that_cannot_be_read_is_named_by_every_command(
    vault: Path, value: str, extra: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note = vault / "a.md"
    text = f"---\n⭕첫 학습날: {value}\n{extra}---\n"
    note.write_text(text, "utf-8")
    reader = make_fact_reader([study_rules()], Conditions(datetime.fromisoformat(NOW), UTC))
    facts = reader.read(text, "a.md", lambda _fact: None)
    assert facts
    (problem,) = facts.problems
    for command in (
        ["refresh", "--now", NOW],
        ["refresh", "--check", "--now", NOW],
        ["refresh", "--check", "--stable", "--now", NOW],
        ["due", "-v", "--on", "2024-10-27"],
        ["status", "-v"],
        ["done", "a.md", "--now", NOW],
        ["doctor"],
        ["verify", "-v"],
        ["init", "--dry-run"],
    ):
        code = run(command)
        told = "".join(capsys.readouterr())
        assert "a.md:2" in told, command
        assert problem.message in told, command
        assert code == 4, command
    assert note.read_text("utf-8") == text


def test_a_first_day_with_its_weekday_behind_it(vault: Path) -> None:
    note = vault / "a.md"
    note.write_text('---\n⭕첫 학습날: 2024년 7월 7일 일요일\n사이: ""\n---\n', "utf-8")
    assert run(["refresh", "--now", NOW]) == 0
    assert '사이: "112"\n' in note.read_text("utf-8")


@pytest.mark.parametrize(
    ("box", "others", "ticked", "again"),
    [
        ("No", "", "Yes", "No"),
        ("'no'", "", "'yes'", "'no'"),
        ("NO", "", "YES", "NO"),
        ("아니요", "", "예", "아니요"),
        ("0", "", "1", "0"),
        ('"0"', "", '"1"', '"0"'),
        ("⬜", "", "✅", "⬜"),
        ('"[ ]"', "", '"[x]"', '"[ ]"'),
        ("[ ]", "", "[x]", "[]"),
        ("false", "🧡4일복습여부: Yes\n", "true", "false"),
        ("", "🧡4일복습여부: Yes\n", "Yes", "No"),
        ("", "🧡4일복습여부: No\n", "Yes", "No"),
        ("", "🧡4일복습여부: x\n", "x", ""),
        ("", "🧡4일복습여부: 완료\n", "완료", ""),
        ("", "🧡4일복습여부: ✔\n", "✔", ""),
        ("", "🧡4일복습여부: 2024/07/11\n", "2024-10-27", ""),
        ("false", "🧡4일복습여부: 2024-07-11\n", "2024-10-27", ""),
        ("No", "🧡4일복습여부: 2024-07-11\n", "Yes", "No"),
        ("", "", "true", "false"),
    ],
)
def test_done_writes_a_box_in_the_note_s_own_way(
    tmp_path: Path, box: str, others: str, ticked: str, again: str
) -> None:
    def turn(action: TickAction) -> str:
        conditions = Conditions(datetime.fromisoformat(NOW), UTC)
        asked = TickRequest(action, 1, date(2024, 10, 27))
        with VaultFolder(str(tmp_path)) as root:
            planned = TickPlanner(root, [study_rules(is_adding=False)], conditions, asked).plan(
                "a.md"
            )
        assert isinstance(planned, Stale), planned
        (tmp_path / "a.md").write_text(planned.plan.text, "utf-8")
        return planned.plan.text

    head = "---\n⭕첫 학습날: 2024-07-07\n"
    (tmp_path / "a.md").write_text(f"{head}{BOX}: {box}\n{others}---\n", "utf-8")
    assert turn(TickAction.TICK) == f"{head}{BOX}: {ticked}\n{others}---\n"
    assert (
        turn(TickAction.UNTICK).replace(": \n", ":\n")
        == f"{head}{BOX}:{again and f' {again}'}\n{others}---\n"
    )
