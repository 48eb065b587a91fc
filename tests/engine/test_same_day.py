"""Law 5: on one day, whoever writes a note and whenever comes to the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

import pytest

from tests.git.repositories import make_tree, use_environment
from vault_sync.cli import run
from vault_sync.engine.refresh import RefreshPlanner, Stale
from vault_sync.files.folder import VaultFolder
from vault_sync.git.hook_main import run_hook
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

SEOUL: Final = ZoneInfo("Asia/Seoul")
NOTE: Final = "복습.md"
RULES: Final = """\
profile: none
timezone: Asia/Seoul
rules:
  - name: moments
    missing: add
    formulas:
      twice: a * 2
      day: today().format("YYYY-MM-DD")
      moment: now().format("YYYY-MM-DD HH:mm:ss")
"""
# What stands in the note, when it was written, and what `now()` is for it on 2 August.
NOTES: Final = [
    ("a: 1\n", "2024-08-01T21:15:30", "2024-08-02 00:00:00"),
    ("a: 1\n", "2024-08-02T07:15:30", "2024-08-02 07:15:00"),
    ("a: 1\n", "2024-08-03T07:15:30", "2024-08-02 00:00:00"),
    (
        'a: 1\ntwice: 2\nday: 2024-08-01\nmoment: "2024-08-01 00:00:00"\n',
        "2024-08-02T07:15:30",
        "2024-08-02 00:00:00",
    ),
]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = make_tree(tmp_path)
    use_environment(monkeypatch, made)
    made.write(".vault-sync.yaml", RULES)
    monkeypatch.chdir(made.path)
    return made


def write_at(tree: Tree, properties: str, written: str) -> None:
    """Write the note, with the time that a sync service would give it."""
    file = tree.write(NOTE, f"---\n{properties}---\nbody\n")
    moment = datetime.fromisoformat(written).replace(tzinfo=SEOUL).timestamp()
    os.utime(file, (moment, moment))


def set_clock(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    moment = datetime.fromisoformat(f"2024-08-02T{time}").replace(tzinfo=SEOUL)
    monkeypatch.setattr("vault_sync.vault.workspace.read_clock", lambda _zone: moment)


def refresh(tree: Tree) -> str:
    run(["-q", "refresh"])
    return tree.read(NOTE)


def commit(tree: Tree) -> str:
    tree.git("add", NOTE)
    assert run_hook(is_stable=False, is_strict=True) == 0
    assert tree.read(NOTE) == tree.show(f":{NOTE}")
    return tree.read(NOTE)


def plan_for_day(tree: Tree) -> str:
    """Return what the daemon makes of the note: it knows the start of the day alone."""
    workspace = open_workspace(tree.path, None)
    start = datetime(2024, 8, 2, tzinfo=SEOUL)
    with VaultFolder(workspace.vault.root) as root:
        planner = RefreshPlanner(root, workspace.rules, workspace.conditions(start))
        found = planner.plan(NOTE)
    assert isinstance(found, Stale)
    return found.plan.text


@pytest.mark.parametrize("note", NOTES)
def test_same_day_same_bytes(
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    note: tuple[str, str, str],
) -> None:
    properties, written, now = note
    outcomes = []
    for write, time in ((refresh, "08:00:10"), (refresh, "09:30:20"), (commit, "11:59:59")):
        write_at(tree, properties, written)
        set_clock(monkeypatch, time)
        outcomes.append(write(tree))
    write_at(tree, properties, written)
    assert {*outcomes} == {plan_for_day(tree)}
    assert f'moment: "{now}"\n' in outcomes[0] or f"moment: {now}\n" in outcomes[0]


@pytest.mark.parametrize("note", NOTES)
def test_explain_and_eval_tell_what_a_refresh_would_write(
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    note: tuple[str, str, str],
) -> None:
    properties, written, now = note
    write_at(tree, properties, written)
    set_clock(monkeypatch, "09:30:20")
    assert run(["explain", "--format", "json", NOTE]) == 0
    explained = {
        each["property"]: each for each in json.loads(capsys.readouterr().out)["properties"]
    }
    assert explained["moment"]["value"] == now
    assert run(["eval", "--format", "json", 'now().format("YYYY-MM-DD HH:mm:ss")', NOTE]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == now


@pytest.mark.parametrize("second", ["15:59", "15:52.5", "15:00", "59:59"])
def test_our_own_time_of_the_note_moves_no_minute(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    written = f"2024-08-02T07:{second}"
    set_clock(monkeypatch, "08:00:10")
    write_at(tree, "a: 1\n", written)
    edited = (tree.path / NOTE).stat().st_mtime_ns
    for number in range(1, 4):
        before = tree.read(NOTE)
        tree.write(".vault-sync.yaml", f"{RULES}      more{number}: a * {number}\n")
        assert refresh(tree) != before
        assert refresh(tree).count("moment: ") == 1
        assert (tree.path / NOTE).stat().st_mtime_ns == edited + number * 10**9
    in_steps = tree.read(NOTE)
    assert f'moment: "2024-08-02 07:{second[:2]}:00"\n' in in_steps or (
        f"moment: 2024-08-02 07:{second[:2]}:00\n" in in_steps
    )
    # The other device comes later, and finds nothing refreshed.
    write_at(tree, in_steps.partition("---\n")[2].partition("twice:")[0], written)
    tree.write(
        ".vault-sync.yaml",
        RULES + "".join(f"      more{number}: a * {number}\n" for number in (1, 2, 3)),
    )
    assert sorted(refresh(tree).splitlines()) == sorted(in_steps.splitlines())


def test_a_minute_of_yesterday_is_not_kept(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    written = "2024-08-02T00:00:00"  # an edit of the last second of the day, refreshed in that day
    set_clock(monkeypatch, "08:00:10")
    for old in ("2024-08-01 23:59:00", "2024-08-02 00:00:00"):
        write_at(tree, f'a: 1\ntwice: 1\nday: 2024-08-01\nmoment: "{old}"\n', written)
        assert 'moment: "2024-08-02 00:00:00"\n' in refresh(tree)


def test_a_clock_that_was_named_counts_for_every_note(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "09:30:20")
    for written in ("2024-08-01T21:15:30", "2024-08-02T07:15:30"):
        write_at(tree, "a: 1\n", written)
        run(["-q", "refresh", "--now", "2024-08-02T14:01"])
        assert "2024-08-02 14:01:00" in tree.read(NOTE)


NAMED: Final = """\
profile: none
rules:
  - name: of the folder
    filters: 'file.inFolder("학습") && file.folder == "학습" && file.path.contains("복습")'
    missing: add
    formulas:
      length: file.basename.length
      name: file.name
      link: file.asLink().toString()
      linked: file.hasLink("복습") && source == file && file.links[0] == file
      tagged: file.tags.contains("태그")
  - name: of the name
    filters: file.name.startsWith("복습")
    missing: add
    formulas:
      sum: 1 + 1
"""


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_of_the_disk_are_the_same_letters_everywhere(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, form: Literal["NFC", "NFD"]
) -> None:
    set_clock(monkeypatch, "09:30:20")
    tree.write(".vault-sync.yaml", NAMED)
    path = unicodedata.normalize(form, "학습/복습.md")
    target = unicodedata.normalize(form, "학습/복습")
    name, tag = unicodedata.normalize(form, "복습"), unicodedata.normalize(form, "태그")
    text = f'---\nsource: "[[{target}]]"\n---\n[[{target}]] [[{name}]] #{tag}\n'
    tree.write(path, text)
    run(["-q", "refresh"])
    derived = tree.read(path).partition(']]"\n')[2].partition("---\n")[0]
    assert derived.splitlines() == [
        "length: 2",
        "name: 복습",
        'link: "[[학습/복습]]"',
        "linked: true",
        "tagged: true",
        "sum: 2",
    ]
    shutil.rmtree(tree.path / unicodedata.normalize(form, "학습"))
