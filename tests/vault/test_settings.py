"""What Obsidian's settings and the configuration of a vault leave alone."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.vault.vaults import list_all, notes_of, posix_only, set_up, write
from vault_sync.rules.ignore_patterns import compile_patterns
from vault_sync.vault.vault import list_notes, load_vault, why_ignored
from vault_sync.vault.walk import Skipped

if TYPE_CHECKING:
    from pathlib import Path


# What a vault says


def test_ignored_folders_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "Archive/a/b.md", ".trash/c.md", "Templates/d.md", "notes/e.md", "Old/f.md")
    set_up(tmp_path, ".obsidian/templates.json", {"folder": "Templates"})
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": ["Old/"]})
    vault = load_vault(tmp_path, compile_patterns(["Archive/"]))
    entered: list[str] = []
    scandir = os.scandir

    def scan(path: str) -> Any:
        entered.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr("vault_sync.vault.walk.os.scandir", scan)
    assert list(list_notes(vault)) == ["notes/e.md"]
    assert entered == [".", "notes"]


def test_a_note_can_be_taken_back_in(tmp_path: Path) -> None:
    write(tmp_path, "Archive/a.md", "Archive/keep.md", "b.md")
    assert notes_of(tmp_path, "Archive/**", "!Archive/keep.md") == ["Archive/keep.md", "b.md"]
    assert notes_of(tmp_path, "!Archive/keep.md", "Archive/**") == ["b.md"]


def test_template_folders(tmp_path: Path) -> None:
    write(
        tmp_path, "틀/a.md", "틀/b/c.md", "Snippets/x/d.md", "Snippets/e.md", "틀 2/f.md", "틀.md"
    )
    decomposed = unicodedata.normalize("NFD", "틀")
    set_up(tmp_path, ".obsidian/templates.json", {"folder": f"/{decomposed}/"})
    set_up(tmp_path, ".obsidian/app.json", {})
    set_up(
        tmp_path,
        ".obsidian/plugins/templater-obsidian/data.json",
        {"templates_folder": "Snippets/x", "folder_templates": [{"folder": "틀 2"}]},
    )
    assert notes_of(tmp_path) == ["Snippets/e.md", "틀 2/f.md", "틀.md"]
    reason = why_ignored(load_vault(tmp_path), "틀/b/c.md")
    assert reason == ".obsidian/templates.json names it as the folder of templates (틀)"


@pytest.mark.parametrize("folder", ["", "/", ".", "..", "a/..", "notes.md", 3, None, ["notes"]])
def test_folders_that_are_no_template_folders(tmp_path: Path, folder: object) -> None:
    write(tmp_path, "notes/a.md", "a.md")
    set_up(tmp_path, ".obsidian/app.json", {})
    set_up(tmp_path, ".obsidian/templates.json", {"folder": folder})
    assert notes_of(tmp_path) == ["a.md", "notes/a.md"]


def test_settings_of_a_renamed_config_folder(tmp_path: Path) -> None:
    write(tmp_path, "T/a.md", "b.md", ".obsidian-phone/c.md")
    set_up(tmp_path, ".obsidian-phone/app.json", {})
    set_up(tmp_path, ".obsidian-phone/templates.json", {"folder": "T"})
    assert load_vault(tmp_path).config_folders == (".obsidian-phone",)
    assert notes_of(tmp_path) == ["b.md"]


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ([], ["Old/a.md", "Older.md", "old.md", "x/Old/b.md"]),
        (["", "/", "//", "x.md"], ["Old/a.md", "Older.md", "old.md", "x/Old/b.md"]),
        (["Old/"], ["Older.md", "old.md", "x/Old/b.md"]),
        (["old"], ["x/Old/b.md"]),
        (["x/Old/b.md"], ["Old/a.md", "Older.md", "old.md"]),
        (["/^old\\.md$/"], ["Old/a.md", "Older.md", "x/Old/b.md"]),
        (["/Old\\//"], ["Older.md", "old.md"]),
        (["/OLD\\/B/"], ["Old/a.md", "Older.md", "old.md"]),
    ],
)
def test_excluded_files(tmp_path: Path, excluded: list[str], left: list[str]) -> None:
    write(tmp_path, "Old/a.md", "Older.md", "old.md", "x/Old/b.md")
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": excluded})
    assert notes_of(tmp_path) == left


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_excluded_files_compare_letters_not_bytes(
    tmp_path: Path, forms: tuple[Literal["NFC"], Literal["NFD"]]
) -> None:
    on_disk, in_settings = forms
    write(tmp_path, unicodedata.normalize(on_disk, "보관/가.md"), "나.md")
    excluded = [unicodedata.normalize(in_settings, "보관/")]
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": excluded})
    assert notes_of(tmp_path) == ["나.md"]


def test_a_bad_expression_is_named_once_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md", "Old.md")
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": ["/(/", "/old/"]})
    notes, reported = list_all(load_vault(tmp_path))
    assert notes == ["a.md", "b.md"]
    assert [entry.path for entry in reported] == [""]
    assert "/(/" in reported[0].reason


def test_names_that_are_too_much_work_are_left_alone_and_no_others(tmp_path: Path) -> None:
    write(tmp_path, "a" * 60 + "!.md", "a" * 61 + "!.md", "Zoo.md", "a.md")
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": [r"/^(a|a)*\1$/"]})
    notes, reported = list_all(load_vault(tmp_path))
    assert notes == ["Zoo.md", "a.md"]
    assert ["too much work" in entry.reason for entry in reported if not entry.path] == [True]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '"x"', "[" * 100_000, "9" * 10_000, "\x00", "{}" + " " * 1_000_000),
        '{"userIgnoreFilters": "Old/"}',
        '{"userIgnoreFilters": [1, null]}',
        '{"userIgnoreFilters": ["%s"]}' % ("x" * 2_000),
    ],
)
def test_broken_settings_are_never_fatal(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.md", ".obsidian/app.json")
    (tmp_path / ".obsidian/app.json").write_text(text, "utf-8")
    vault = load_vault(tmp_path)
    assert list(list_notes(vault)) == ["a.md"]
    assert [problem.path for problem in vault.problems] == [".obsidian/app.json"]


def test_settings_without_a_file_for_the_app(tmp_path: Path) -> None:
    write(tmp_path, "T/a.md", "b.md", ".obsidian/plugins", ".other/c.md")
    set_up(tmp_path, ".obsidian/templates.json", {"folder": "T"})
    vault = load_vault(tmp_path)
    assert (vault.config_folders, vault.problems) == ((".obsidian",), ())
    assert list(list_notes(vault)) == ["b.md"]


@posix_only
def test_settings_that_would_block(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    set_up(tmp_path, ".obsidian/app.json", {})
    os.mkfifo(tmp_path / ".obsidian/templates.json")
    vault = load_vault(tmp_path)
    assert vault.problems == (
        Skipped(
            ".obsidian/templates.json", "These settings cannot be read (it is not a plain file)."
        ),
    )


def test_a_flood_of_filters_is_cut(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": [f"x{n}" for n in range(5_000)]})
    vault = load_vault(tmp_path)
    assert len(vault.rules.excluded_starts) == 1_000
    assert len(vault.problems) == 1


# Why


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("a.md", None),
        ("x/a.md", None),
        ("Archives/a.md", None),
        ("Archive/x/a.md", "`Archive/`"),
        (".obsidian/a.md", "dot"),
        ("x/.trash/a.md", "dot"),
        ("x/.a.md", "dot"),
        ("x/a.png", "no note"),
        ("Old/a.md", "Excluded files"),
        ("own/a.md", "vault of its own"),
        ("own/deep/a.md", "vault of its own"),
        ("../a.md", "inside the vault"),
        ("/etc/a.md", "inside the vault"),
        ("x/../a.md", "inside the vault"),
    ],
)
def test_why_a_note_is_ignored(tmp_path: Path, path: str, part: str | None) -> None:
    write(tmp_path, "own/.vault-sync.yaml")
    set_up(tmp_path, ".obsidian/app.json", {"userIgnoreFilters": ["Old/"]})
    reason = why_ignored(load_vault(tmp_path, compile_patterns(["Archive/"])), path)
    assert (reason is None) == (part is None)
    assert (part or "") in (reason or "")


# Templates that Obsidian's own plugins and others name


_NAMED: dict[str, tuple[str, object]] = {
    "Daily notes": ("daily-notes.json", {"folder": "Daily", "template": "T/x"}),
    "Daily notes, with the ending": ("daily-notes.json", {"template": "T/x.md"}),
    "Daily notes, by its name alone": ("daily-notes.json", {"template": "x"}),
    "Unique note": ("zk-prefixer.json", {"template": "/T/X"}),
    "Periodic Notes": (
        "plugins/periodic-notes/data.json",
        {"daily": {"folder": "Daily", "template": ""}, "weekly": {"enabled": False, "template": "T/x.md"}},
    ),
    "Periodic Notes, newer": (
        "plugins/periodic-notes/data.json",
        {"calendarSets": [{"day": {"folder": "Daily", "templatePath": "T/x"}}]},
    ),
    "QuickAdd": (
        "plugins/quickadd/data.json",
        {"choices": [{"type": "Template", "templatePath": "T/x.md", "folder": {"folders": ["Daily"]}}]},
    ),
    "QuickAdd, a choice within others": (
        "plugins/quickadd/data.json",
        {"choices": [{"type": "Multi", "choices": [{"type": "Template", "templatePath": "T\\x.md"}]}]},
    ),
    "QuickAdd, a capture": (
        "plugins/quickadd/data.json",
        {"choices": [{"captureTo": "Daily/a.md", "createFileIfItDoesntExist": {"template": "T/x.md"}}]},
    ),
    "QuickAdd, a macro": (
        "plugins/quickadd/data.json",
        {"macros": [{"commands": [{"choice": {"templatePath": "T/x.md"}}]}]},
    ),
    "Templater, for a folder": (
        "plugins/templater-obsidian/data.json",
        {"folder_templates": [{"folder": "Daily", "template": "T/x.md"}]},
    ),
    "Templater, by a pattern": (
        "plugins/templater-obsidian/data.json",
        {"file_templates": [{"regex": ".*", "template": "T/x.md"}]},
    ),
    "Templater, by a key": (
        "plugins/templater-obsidian/data.json", {"enabled_templates_hotkeys": ["", "T/x.md"]},
    ),
    "Templater, at the start": (
        "plugins/templater-obsidian/data.json", {"startup_templates": ["T/x.md"]},
    ),
    "Calendar": ("plugins/calendar/data.json", {"weeklyNoteTemplate": "T/x"}),
    "a link": ("plugins/journals/data.json", {"journals": {"a": {"templates": ["[[T/x]]"]}}}),
    "a plugin of tomorrow": ("plugins/new/data.json", {"newNoteTemplateFile": "T/x.md"}),
}  # fmt: skip


@pytest.mark.parametrize(("file", "settings"), _NAMED.values(), ids=_NAMED)
def test_a_note_that_is_named_as_a_template(tmp_path: Path, file: str, settings: object) -> None:
    write(tmp_path, "T/x.md", "T/y.md", "Daily/a.md", "b.md")
    set_up(tmp_path, f".obsidian/{file}", settings)
    assert notes_of(tmp_path) == ["Daily/a.md", "T/y.md", "b.md"]
    assert why_ignored(load_vault(tmp_path), "T/x.md") == f".obsidian/{file} names it as a template"


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        ("plugins/quickadd/data.json", {"templateFolderPath": "T"}),
        ("plugins/templater-obsidian/data.json", {"templates_folder": "/T/"}),
        ("plugins/other/data.json", {"templates-folder": "T"}),
    ],
)
def test_a_folder_that_a_plugin_names(tmp_path: Path, file: str, settings: object) -> None:
    write(tmp_path, "T/x.md", "T/deep/y.md", "b.md")
    set_up(tmp_path, f".obsidian/{file}", settings)
    assert notes_of(tmp_path) == ["b.md"]


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        ("daily-notes.json", {"folder": "Daily", "template": ""}),
        ("daily-notes.json", {"template": 5}),
        ("daily-notes.json", {"template": "gone/x"}),
        ("plugins/a/data.json", {"template": "Write\nthis: {{date}}"}),
        ("plugins/a/data.json", {"template": "../b.md", "templatePath": "T"}),
        ("plugins/a/data.json", {"template": "b\0.md", "templates": [None, 1, {"a": "b.md"}]}),
        ("plugins/a/data.json", {"recent": ["b.md"], "folder": "T", "templateOutput": "T"}),
        ("plugins/a/data.json", {"templateFolder": "gone", "templatesFolder": ""}),
        ("plugins/a/data.json", ["template", "b.md"]),
    ],
)
def test_what_names_no_template(tmp_path: Path, file: str, settings: object) -> None:
    write(tmp_path, "T/x.md", "Daily/a.md", "b.md")
    set_up(tmp_path, f".obsidian/{file}", settings)
    assert notes_of(tmp_path) == ["Daily/a.md", "T/x.md", "b.md"]


def test_settings_of_other_plugins_are_theirs(tmp_path: Path) -> None:
    write(tmp_path, "b.md")
    for name, text in {
        "broken": '{"template": ',
        "large": '{"template":"' + "x" * 2_000_000,
    }.items():
        place = tmp_path / ".obsidian" / "plugins" / name / "data.json"
        place.parent.mkdir(parents=True)
        place.write_text(text, "utf-8")
    (tmp_path / ".obsidian" / "plugins" / "a file").touch()
    assert load_vault(tmp_path).problems == ()


def test_a_template_in_the_other_unicode_form(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "틀/하루.md")
    write(tmp_path, decomposed, "b.md")
    set_up(tmp_path, ".obsidian/plugins/quickadd/data.json", {"templatePath": "틀/하루.md"})
    set_up(tmp_path, ".obsidian/daily-notes.json", {"template": "하루"})
    assert notes_of(tmp_path) == ["b.md"]


def test_a_template_at_the_top_leaves_its_namesakes(tmp_path: Path) -> None:
    write(tmp_path, "x.md", "Study/x.md")
    set_up(tmp_path, ".obsidian/daily-notes.json", {"template": "x"})
    assert notes_of(tmp_path) == ["Study/x.md"]
