"""A call that is known to find nothing to do is answered at once, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.study import Study
from tests.vaults import posix_only, set_up
from vault_sync.cli import run
from vault_sync.quiet import noting, recalling, record
from vault_sync.quiet.record import sign, unpack
from vault_sync.remembering import WORTHWHILE
from vault_sync.state import notecache
from vault_sync.vault.settings import CONFIG_NAME
from vault_sync.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    Deed = Callable[[Path], object]

TRUE: Final = Study(done1=True).note()
STALE: Final = Study(done1=True).note(학습률='학습률: "0"')
SAID: Final = (
    f"{WORTHWHILE + 2} notes seen: {WORTHWHILE + 1} up to date, 1 not governed by any rule.\n"
)
CALL: Final = ["refresh", "--now", "2024-10-27T14:01"]


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with nothing to do, taken for one that has long been at rest; the working folder."""
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    for module in (notecache, noting):
        monkeypatch.setattr(module, "AT_REST", -3600 * 10**9)
    root = tmp_path / "home" / "vault"
    for folder in (".obsidian", "folder/empty"):
        (root / folder).mkdir(parents=True)
    for number in range(WORTHWHILE):
        (root / f"true {number}.md").write_text(TRUE, "utf-8")
    (root / "folder/웹.md").write_text(TRUE, "utf-8")
    (root / "plain.md").write_text("Nothing to see here.\n", "utf-8")
    (root / "picture.png").write_bytes(b"\x89PNG")
    monkeypatch.chdir(root)
    return root


def is_known(*arguments: str, now: float | None = None) -> bool:
    return recalling.repeat_quiet_run(arguments or CALL, time.time() if now is None else now)


def list_records(vault: Path) -> list[Path]:
    return sorted((vault.parent.parent / "state").glob(f"{recalling.FOLDER}/*"))


def test_the_second_call_says_what_the_first_one_said(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not is_known()
    assert run(CALL) == 0
    first = capsys.readouterr()
    assert is_known()
    assert capsys.readouterr() == first == ("", SAID)


@pytest.mark.parametrize(
    "call",
    [
        ["refresh"],
        ["-q", "refresh"],
        ["refresh", "--check"],
        ["refresh", "--diff", "--stable"],
        ["--vault", "../vault", "refresh", "--jobs", "1"],
    ],
)
def test_every_way_to_look_at_a_whole_vault_is_known(
    vault: Path, call: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["refresh"])
    capsys.readouterr()
    assert run(call) == 0
    first = capsys.readouterr()
    assert is_known(*call)
    assert capsys.readouterr() == first


def edit_behind_the_clock(vault: Path) -> None:
    note = vault / "true 5.md"
    before = note.stat()
    with note.open("r+b") as file:
        file.write(TRUE.replace('학습률: "0.2"', '학습률: "0.4"').encode())
    os.utime(note, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert note.stat().st_size == before.st_size


DEEDS: Final[dict[str, Deed]] = {
    "an edit that hides behind its time and size": edit_behind_the_clock,
    "a note is saved as it was": lambda vault: (vault / "true 1.md").write_text(TRUE, "utf-8"),
    "a note is replaced": lambda vault: replace(vault / "true 1.md", STALE),
    "a note that was not ours is": lambda vault: (vault / "plain.md").write_text(STALE, "utf-8"),
    "a new note": lambda vault: (vault / "new.md").write_text(STALE, "utf-8"),
    "a new note in a folder without notes": lambda vault: (
        vault / "folder/empty/new.md"
    ).write_text(STALE, "utf-8"),
    "a new folder": lambda vault: (vault / "fresh").mkdir(),
    "a note is deleted": lambda vault: (vault / "true 1.md").unlink(),
    "a note is renamed": lambda vault: (vault / "true 1.md").rename(vault / "other.md"),
    "a note becomes a folder": lambda vault: become_folder(vault / "true 1.md"),
    "a folder is moved away": lambda vault: (vault / "folder").rename(vault.parent / "folder"),
    "the vault is another one": lambda vault: swap_vaults(vault),  # noqa: PLW0108 - it comes below
    "a note may not be read": lambda vault: (vault / "true 1.md").chmod(0),
    "a configuration": lambda vault: (vault / CONFIG_NAME).write_text("ignore: ['*']\n", "utf-8"),
    "a vault within the vault": lambda vault: (vault / "folder" / CONFIG_NAME).touch(),
    "a vault around the vault": lambda vault: (vault.parent / CONFIG_NAME).touch(),
    "Obsidian's vault around the vault": lambda vault: (vault.parent / ".obsidian").mkdir(),
    "excluded files": lambda vault: set_up(vault, ".obsidian/app.json", {"userIgnoreFilters": []}),
    "types": lambda vault: set_up(vault, ".obsidian/types.json", {"types": {"사이": "number"}}),
    "templates": lambda vault: set_up(vault, ".obsidian/templates.json", {"folder": "folder"}),
    "Templater": lambda vault: set_up(
        vault, ".obsidian/plugins/templater-obsidian/data.json", {"templates_folder": "folder"}
    ),
    "settings for another device": lambda vault: set_up(vault, ".phone/app.json", {}),
    "a file of an interrupted run": lambda vault: (vault / ".x.vault-sync.part").touch(),
}


def replace(note: Path, text: str) -> None:
    fresh = note.with_name("fresh")
    fresh.write_text(text, "utf-8")
    fresh.replace(note)


def become_folder(note: Path) -> None:
    note.unlink()
    note.mkdir()


def swap_vaults(vault: Path) -> None:
    vault.rename(vault.with_name("old"))
    vault.mkdir()
    (vault / ".obsidian").mkdir()


@pytest.mark.parametrize("many", [1, 1_000_000], ids=["two look", "one looks"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_was_changed_is_looked_at(
    vault: Path, deed: Deed, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_MANY", many)
    run(CALL)
    assert is_known()
    deed(vault)
    assert not is_known()


def test_settings_that_are_changed_in_place_are_seen(vault: Path) -> None:
    set_up(vault, ".obsidian/app.json", {"userIgnoreFilters": ["aaa"]})
    run(CALL)
    assert is_known()
    set_up(vault, ".obsidian/app.json", {"userIgnoreFilters": ["fol"]})
    assert not is_known()


def test_a_configuration_by_name_is_looked_at(vault: Path, tmp_path: Path) -> None:
    config = tmp_path / "other.yaml"
    config.write_text("locale: ko\n", "utf-8")
    call = ["--config", str(config), *CALL]
    run(call)
    assert is_known(*call)
    config.write_text("locale: en\n", "utf-8")
    assert not is_known(*call)


def test_what_obsidian_writes_all_the_time_does_not_matter(vault: Path) -> None:
    run(CALL)
    set_up(vault, ".obsidian/workspace.json", {"active": "true 1.md"})
    assert is_known()


@pytest.mark.parametrize("name", ["TZ", "LANG", "NO_COLOR", "XDG_STATE_HOME"])
def test_another_environment_is_another_call(
    vault: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CALL)
    monkeypatch.setenv(name, "another")
    assert not is_known()


def test_other_arguments_or_another_folder_are_another_call(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CALL)
    assert not is_known("refresh", "--now", "2024-10-28T14:01")
    assert not is_known(*CALL, "--check")
    monkeypatch.chdir("folder")
    assert not is_known()


def test_another_version_of_the_program_is_another_call(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CALL)
    monkeypatch.setattr(recalling, "__version__", "0.0.0")
    assert not is_known()


def test_it_is_known_until_the_day_is_over(vault: Path) -> None:
    (vault / CONFIG_NAME).write_text("timezone: Asia/Seoul\nday-starts-at: '04:00'\n", "utf-8")
    run(["refresh"])
    run(["refresh"])
    now = datetime.now(UTC)
    study_day = now + timedelta(hours=9 - 4)  # the day in Seoul, less what belongs to yesterday
    begins = datetime(study_day.year, study_day.month, study_day.day, tzinfo=UTC)
    ends = (begins + timedelta(days=1, hours=4 - 9)).timestamp()
    assert is_known("refresh", now=ends - 1)
    assert not is_known("refresh", now=ends)
    assert not is_known("refresh", now=now.timestamp() - 60)  # the clock was put back


@posix_only
@pytest.mark.parametrize(
    ("day", "hours"), [("2024-03-30", 24), ("2024-03-31", 23), ("2024-10-27", 25)]
)
def test_the_day_ends_where_the_machine_s_clocks_are_changed(
    vault: Path, day: str, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        workspace = open_workspace(vault, None)
        begins = datetime.fromisoformat(f"{day}T00:00").astimezone()
        end = noting._find_end(workspace, workspace.conditions(begins))
        assert end == pytest.approx(begins.timestamp() + hours * 3600, abs=0.001)
    finally:
        monkeypatch.undo()
        time.tzset()


@posix_only
def test_a_link_is_not_remembered(vault: Path) -> None:
    (vault / "link.md").symlink_to("true 1.md")
    assert run(CALL) == 0
    assert not is_known()


@pytest.mark.parametrize(
    "deed",
    [
        lambda vault: (vault / "true 1.md").write_text(STALE, "utf-8"),
        lambda vault: (vault / "true 1.md").write_text("---\n⭕첫 학습날: a: b\n---\n", "utf-8"),
        lambda vault: (vault / "true 1.md").write_text("---\nvault-sync: false\n---\n", "utf-8"),
        lambda vault: (vault / "true 1.md").write_text(
            TRUE.replace("---\n", "---\nvault-sync: false\n", 1), "utf-8"
        ),
        lambda vault: become_folder(vault / "true 1.md"),
        lambda vault: (vault / ".obsidian/app.json").write_text("{", "utf-8"),
    ],
    ids=["stale", "broken", "not ours", "opted out", "a folder", "broken settings"],
)
def test_only_silence_is_remembered(
    vault: Path, deed: Deed, capsys: pytest.CaptureFixture[str]
) -> None:
    deed(vault)
    code = run([*CALL, "--check"])
    said = capsys.readouterr()
    is_silent = code == 0 and "skipped" not in said.err
    assert is_known(*CALL, "--check") == is_silent


@pytest.mark.parametrize(
    "call",
    [
        [*CALL, "--no-cache"],
        [*CALL, "--format", "json"],
        [*CALL, "folder"],
        [*CALL, "true 1.md"],
    ],
)
def test_what_is_not_remembered(vault: Path, call: list[str]) -> None:
    assert run(call) == 0
    assert not list_records(vault)
    assert not is_known(*call)


def test_rules_from_a_base_are_not_remembered(vault: Path) -> None:
    (vault / "a.base").write_text("formulas: {x: '1'}\nfilters: file.inFolder('no')\n", "utf-8")
    config = "rules: [{name: x, from-base: a.base}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    assert run(CALL) == 0
    assert not list_records(vault)


def test_rules_that_read_the_clock_are_not_remembered(vault: Path) -> None:
    config = "rules: [{name: x, filters: now().hour < 0, formulas: {x: '1'}}]\n"
    (vault / CONFIG_NAME).write_text(config, "utf-8")
    assert run(CALL) == 0
    assert not list_records(vault)


def test_what_was_changed_a_moment_ago_may_be_changed_again_unseen(
    vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noting, "AT_REST", 3 * 10**9)
    run(CALL)
    assert not list_records(vault)


def test_a_damaged_record_is_no_record(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(CALL)
    (file,) = list_records(vault)
    whole = file.read_bytes()
    for size in [*range(0, 200, 7), *range(200, len(whole), 997)]:
        file.write_bytes(whole[:size])
        assert not is_known()
        file.write_bytes(whole[:size] + bytes([whole[size] ^ 1]) + whole[size + 1 :])
        assert not is_known()
    file.unlink()
    assert not is_known()
    file.write_bytes(whole)
    capsys.readouterr()
    assert is_known()


def test_the_state_folder_does_not_fill_up(vault: Path) -> None:
    for minute in range(noting.MOST_RECORDS + 3):
        run(["refresh", "--now", f"2024-10-27T14:{minute:02}"])
    assert len(list_records(vault)) == noting.MOST_RECORDS
    assert is_known("refresh", "--now", f"2024-10-27T14:{minute:02}")


def test_a_record_is_read_back_as_it_was(vault: Path) -> None:
    (vault / os.fsdecode(b"caf\xe9.md")).write_text(TRUE, "utf-8")
    run(CALL)
    (file,) = list_records(vault)
    assert os.name == "nt" or file.parent.stat().st_mode & 0o077 == 0
    found = unpack(file.read_bytes())
    assert found.root == str(vault)
    assert os.fsdecode(b"caf\xe9.md") in found.places
    assert found.signs.endswith(sign(f"{vault}/{found.places[-1]}"))
    assert is_known()


def test_the_program_itself_answers_from_the_record(vault: Path) -> None:
    """And says it with the words of the first run, which are forged here to be known again."""
    command = [sys.executable, "-m", "vault_sync", *CALL]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}

    def call() -> tuple[int, bytes]:
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        return done.returncode, done.stderr.replace(b"\r\n", b"\n")

    call()  # reads notes that were written a moment ago; this process is patched, that one is not
    assert not list_records(vault)
    run(CALL)
    (file,) = list_records(vault)
    forged = unpack(file.read_bytes())
    forged.said = "As before."
    file.write_bytes(forged.pack())
    assert call() == (0, b"As before.\n")
    (vault / "true 1.md").write_text(STALE, "utf-8")
    assert b"1 refreshed" in call()[1]
