"""Pages of subjects are found where study notes link to them, and the rules offered for them are true."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import pytest

from vault_sync.cli import run
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language
from vault_sync.note.frontmatter import parse_yaml
from vault_sync.rules.config import load_profile
from vault_sync.rules.study import make_names
from vault_sync.setup.survey import (
    SubjectPages,
    find_subject_pages,
    render_subject_rules,
)

if TYPE_CHECKING:
    from pathlib import Path

STUDY: Final = load_profile("study-ko").study or make_names({"first-day": ""}, [])


def write(root: Path, notes: dict[str, str]) -> list[str]:
    for name, text in {".obsidian/app.json": "{}", **notes}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return sorted(notes)


def note(subject: str, day: str = "2024-10-20", body: str = "", *more: str) -> str:
    lines = [f"⭕첫 학습날: {day}", f"⭕과목: {subject}", *more]
    return "---\n" + "".join(f"{line}\n" for line in lines) + f"---\n{body}\n"


LINKED: Final = {f"{n}.md": note('"[[AWS]]"') for n in range(3)}
NAMED: Final = {f"{n}.md": note("aws", body="[[AWS]] and [[Other]]") for n in range(3)}
LISTED: Final = {f"{n}.md": note('["[[AWS]]", "[[리눅스]]"]') for n in range(3)}


def find(root: Path, notes: dict[str, str]) -> SubjectPages | None:
    paths = write(root, notes)
    with VaultFolder(str(root)) as folder:
        return find_subject_pages(folder, paths, STUDY)


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ({**LINKED, "AWS.md": ""}, SubjectPages(("AWS.md",), "")),
        ({**LINKED, "과목/AWS.md": "---\na: 1\n---\n"}, SubjectPages(("과목/AWS.md",), "과목")),
        ({**NAMED, "p/AWS.md": "", "Other.md": ""}, SubjectPages(("p/AWS.md",), "p")),
        ({**LISTED, "p/AWS.md": "", "p/리눅스.md": ""}, SubjectPages(("p/AWS.md", "p/리눅스.md"), "p")),
        ({**LINKED, "p/AWS.md": "", "p/x.md": note("x")}, SubjectPages(("p/AWS.md",), "")),
        (LINKED, None),
        ({**LINKED, "AWS.md": note("x")}, None),
        ({"0.md": LINKED["0.md"], "AWS.md": ""}, None),
        ({f"{n}.md": note("AWS") for n in range(3)} | {"AWS.md": ""}, None),
    ],
)  # fmt: skip
def test_what_is_a_page_of_a_subject(
    tmp_path: Path, notes: dict[str, str], found: SubjectPages | None
) -> None:
    assert find(tmp_path, notes) == found


def test_the_rules_tell_how_the_notes_of_a_page_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        {
            "p/AWS.md": "---\na: 1\n---\n",
            "1.md": note('"[[AWS]]"', "2024-10-20", "", "❤1일복습여부: true", '학습률: "0.2"'),
            "2.md": note('"[[AWS]]"', "2024-10-01", "", "🧠장기기억: true", '학습률: "0.8"'),
            "3.md": note('"[[AWS]]"', "2024-10-22"),
            "4.md": note('"[[AWS]]"', ""),
            "diary.md": "---\nmood: good\n---\n[[AWS]]\n",
        },
    )
    lines = render_subject_rules(SubjectPages(("p/AWS.md",), "p"), STUDY, Language())
    formulas = re.findall(r"^      (.+): '(.*)'$", "\n".join(lines), re.MULTILINE)
    found: dict[str, object] = {}
    for name, formula in formulas:
        words = ["eval", "--format", "json", formula.replace("''", "'"), str(tmp_path / "p/AWS.md")]
        assert run(words) == 0
        found[name] = json.loads(capsys.readouterr().out)["value"]
    assert (
        found
        == {
            "notes of this subject": 4,
            "mean rate": 0.13,  # what a refresh makes of them: 0.2, 0.2 and 0; the fourth has no first day
            "open reviews": 2,
            "next review of this subject": "2024-10-23",
        }
    )


@pytest.mark.parametrize("folder", ["p", ""])
def test_init_offers_them_as_comments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    write(tmp_path, {**LINKED, f"{folder}/AWS.md".lstrip("/"): ""})
    assert run(["init", "--yes", "--no-base", str(tmp_path)]) == 0
    assert "link to the page of 1 subject" in capsys.readouterr().out
    text = (tmp_path / ".vault-sync.yaml").read_text("utf-8")
    filters = 'file.inFolder("p")' if folder else 'file.path == "AWS.md"'
    assert f"'{filters}'\n" in text
    assert run(["--vault", str(tmp_path), "config", "check"]) == 0
    assert parse_yaml(re.sub(r"^#(?=\S|  )", "", text, flags=re.MULTILINE))


def test_without_such_pages_nothing_is_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, LINKED)
    assert run(["init", "--yes", "--no-base", str(tmp_path)]) == 0
    assert "subject" not in capsys.readouterr().out
    assert "subjects" not in (tmp_path / ".vault-sync.yaml").read_text("utf-8")
