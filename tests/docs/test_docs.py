"""The pages for people: what they show is what happens, and what they name is there."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import click
import pytest

from docs.make_site import list_pages as list_pages_of
from tests.console import (
    ROOT,
    VAULT,
    Terminal,
    find_locale,
    follow_page,
    list_pages,
    matches,
    needs_shell,
    occurs,
    read_blocks,
)
from tests.study.oracle import Study
from vault_sync.cli import cli
from vault_sync.i18n import LANGUAGES, SOURCE_LANGUAGE

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = "2024-10-27T14:01"
PAGES: Final = {page.relative_to(ROOT).as_posix(): page for page in list_pages()}
READMES: Final = ("README.md", "README.ko.md")
OTHERS: Final = {name: ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md")}
LIVE: Final = sorted(
    name
    for name, page in PAGES.items()
    if any(block.language in {"console", "yaml"} for block in read_blocks(page))
)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`[^`\n]+`")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    home = tmp_path / "home"
    home.mkdir()
    return Terminal(home)


class TestTheComparison:
    @pytest.mark.parametrize(
        ("shown", "real"),
        [
            ("", ""),
            ("one\n", "one\n"),
            ("one\n\n", "one\n \n"),
            ("…\nthree\n", "one\ntwo\nthree\n"),
            ("one\n…\nthree\n", "one\nthree\n"),
            (
                "20241027T140205-7129  2024-10-27T14:02  x\n",
                "20261123T130245-dc6a  2026-11-23T13:02  x\n",
            ),
        ],
    )
    def test_what_is_the_same(self, shown: str, real: str) -> None:
        assert matches(shown, real)

    @pytest.mark.parametrize(
        ("shown", "real"),
        [
            ("", "one\n"),
            ("one\n", ""),
            ("one\n", "one\ntwo\n"),
            ("two\n", "one\ntwo\n"),
            ("one…\n", "one two\n"),
            ("three\n…\none\n", "one\ntwo\nthree\n"),
        ],
    )
    def test_what_is_not(self, shown: str, real: str) -> None:
        assert not matches(shown, real)


@needs_shell
@pytest.mark.parametrize("name", LIVE)
def test_a_page_does_what_it_shows(name: str, terminal: Terminal) -> None:
    assert follow_page(PAGES[name], terminal)


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("docs/how-to/")])
def test_each_how_to_begins_with_a_fresh_copy(name: str) -> None:
    typed = [block.text for block in read_blocks(PAGES[name]) if block.language == "console"]
    assert re.match(r"\$ rm -rf (\S+) && cp -r examples/\S+ \1\b", typed[0])


def test_the_pages_that_show_something_are_found() -> None:
    assert {"README.md", "docs/tutorial/first-refresh.md", "docs/reference/cli.md"} <= set(LIVE)


@needs_shell
@pytest.mark.parametrize("name", READMES)
def test_the_diff_in_the_readme_is_a_real_one(name: str, terminal: Terminal) -> None:
    (shown,) = [block.text for block in read_blocks(PAGES[name]) if block.language == "diff"]
    assert occurs(shown, terminal.run(f"vault-sync refresh --diff --now {NOW} {VAULT}"))


@needs_shell
@pytest.mark.parametrize("name", READMES)
def test_the_first_command_of_the_readme_ends_as_it_says(name: str, terminal: Terminal) -> None:
    blocks = read_blocks(PAGES[name])
    terminal.locale = find_locale(PAGES[name])
    (shell,) = [block.text for block in blocks if "cp -r examples" in block.text]
    (shown,) = [block.text for block in blocks if block.language == "text"]
    copy, _, refresh = shell.strip().partition(" && ")
    terminal.run(f"rm -r {VAULT}; {copy}")
    said = terminal.run(refresh.rpartition("bin/")[2])
    assert terminal.code == 0
    assert occurs(shown, said)
    terminal.run(f"diff -r {VAULT} examples/expected")
    assert terminal.code == 0


@needs_shell
def test_counting_the_14_day_review_makes_all_five_a_whole(terminal: Terminal) -> None:
    page = PAGES["docs/how-to/count-the-14-day-review.md"]
    (override,) = [block.text for block in read_blocks(page) if block.language == "yaml"]
    (terminal.vault / ".vault-sync.yaml").write_text(override, "utf-8")
    terminal.run(f"vault-sync refresh --now {NOW} {VAULT}")
    note = (terminal.vault / "English/Irregular verbs.md").read_text("utf-8")
    assert '\n학습률: "1"\n' in note
    assert f"\n진행바: {'🟩' * 10} 100%\n" in note
    four = (terminal.vault / "Linux/파일 권한.md").read_text("utf-8")
    assert '\n학습률: "0.8"\n' in four


@pytest.mark.parametrize("name", [*PAGES, *OTHERS])
def test_links_lead_somewhere(name: str) -> None:
    page = {**PAGES, **OTHERS}[name]
    for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not heading or heading in list_anchors(target), link


def list_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and most site builders make them."""
    headings = _HEADING.findall(page.read_text("utf-8"))
    words = (re.sub(r"[^\w\- ]", "", normalize("NFC", heading)).lower() for heading in headings)
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_reached_from_the_index_of_its_language(language: str) -> None:
    index = ROOT / "docs" / name_index(language)
    pages = {(ROOT / "docs" / page) for page in list_pages_of(language)}
    links = _LINK.findall(index.read_text("utf-8"))
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in links}
    assert pages - reached == {index}


def name_index(language: str) -> str:
    return "index.md" if language == SOURCE_LANGUAGE else f"index.{language}.md"


@pytest.mark.parametrize("name", READMES)
def test_the_readme_leads_to_the_index(name: str) -> None:
    index = "docs/index.ko.md" if name.endswith(".ko.md") else "docs/index.md"
    assert f"({index})" in PAGES[name].read_text("utf-8")


def list_commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def list_parameters(command: click.Command) -> list[click.Parameter]:
    """Return the parameters of a command, and those of its subcommands, which share its section.

    Those that every command has stand at the top of the page.
    """
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    shown = (command, *(each for each in inner if not each.hidden))
    found = (one for each in shown for one in each.get_params(click.Context(each)))
    return [one for one in found if not (one.name or "").startswith(("common_", "no_more"))]


@pytest.mark.parametrize("name", ["", *list_commands()])
def test_every_option_is_in_the_reference(name: str) -> None:
    text = PAGES["docs/reference/cli.md"].read_text("utf-8")
    command = list_commands()[name] if name else cli
    start = text.index(f"## vault-sync {name}\n") if name else 0
    section = text[start : text.index("\n## ", start + 1)]
    documented = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section))
    for parameter in list_parameters(command):
        if isinstance(parameter, click.Option):
            missing = {*parameter.opts, *parameter.secondary_opts} - documented
            assert not missing
        else:
            assert (parameter.metavar or parameter.name or "").upper() in section.upper()


def test_the_reference_names_no_option_that_is_not_there() -> None:
    text = PAGES["docs/reference/cli.md"].read_text("utf-8")
    rows = re.findall(r"^\| (`-.*?) \| ", text.replace(r"\|", "/"), re.MULTILINE)
    named = {option for row in rows for option in re.findall(r"--[a-z-]+", row)}
    real = {
        option
        for command in (cli, *list_commands().values())
        for parameter in list_parameters(command)
        for option in parameter.opts
    }
    assert named
    assert named <= real


def test_the_profile_page_has_every_derived_property() -> None:
    rows = re.findall(
        r"^\| `(.+?)` \| .*\| (stable|daily|instant) \|$",
        PAGES["docs/reference/profile.md"].read_text("utf-8"),
        re.MULTILINE,
    )
    assert [name for name, _ in rows] == list(Study().derived_lines())


@needs_shell
def test_the_profile_page_tells_the_kind_of_each(terminal: Terminal) -> None:
    text = PAGES["docs/reference/profile.md"].read_text("utf-8")
    said = terminal.run(f'vault-sync explain --now {NOW} "{VAULT}/Web/HTTP 상태 코드.md"')
    real = re.findall(r"^(\S.*?)  [a-z ]+, (\w+), by ", said, re.MULTILINE)
    assert real == re.findall(r"^\| `(.+?)` \| .*\| (stable|daily|instant) \|$", text, re.MULTILINE)


DATES: Final = [
    ("2024-7-7", True),
    ("2024/07/07", True),
    ("2024.07.07", True),
    ("2024년 7월 7일", True),
    ('"@2024년 7월 7일"', True),
    ("July 7, 2024", True),
    ("Jul 7, 2024", True),
    ("2024-07-07T09:30", True),
    ("2024년 7월 7일 오후 2:01", True),
    ("07/08/2024", False),
    ("7.8.24", False),
    ("2024-02-30", False),
    ("7월 7일", False),
    ("어제", False),
    ("soon", False),
]


@needs_shell
def test_the_dates_of_the_profile_page_are_read_or_refused(terminal: Terminal) -> None:
    text = PAGES["docs/reference/profile.md"].read_text("utf-8")
    for number, (spelling, _) in enumerate(DATES):
        assert f"`{spelling}`" in text
        note = f"---\n⭕첫 학습날: {spelling}\n첫학습날text:\n---\n"
        (terminal.vault / f"{number:02}.md").write_text(note, "utf-8")
    terminal.run(f"vault-sync refresh --now {NOW} {VAULT}")
    notes = [
        (terminal.vault / f"{number:02}.md").read_text("utf-8") for number in range(len(DATES))
    ]
    read = ["첫학습날text: 2024/07/07\n" in note for note in notes]
    assert read == [is_read for _, is_read in DATES]


def list_repository_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = os.fsdecode(listed.stdout).split("\0") if listed.returncode == 0 else []
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    files = list_repository_files()
    if not files:
        pytest.skip("this is no clone: there is no list of files")
    places = "work|root|home/(?!you)[a-z]+|Users/[A-Za-z]+"
    pattern = re.compile(rf"(?<![\w./~-])/(?:{places})/".encode())
    guilty = [
        file.relative_to(ROOT).as_posix() for file in files if pattern.search(file.read_bytes())
    ]
    assert not guilty
