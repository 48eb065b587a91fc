"""The README as an index shows it: alone, so that everything it points at has a whole address."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.console import ROOT


def build_readme() -> str:
    """Return the text that goes to the index, made as the build makes it."""
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"][
        "metadata"
    ]["hooks"]
    text = (ROOT / "README.md").read_text("utf-8")
    for one in hooks["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(one["pattern"], one["replacement"], text)
    return text


def test_everything_has_a_whole_address() -> None:
    prose = re.sub(r"^```.*?^```$", "", build_readme(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    assert len(links) > 20
    assert [link for link in links if not link.startswith("https://")] == []
    for link in links:
        place = re.fullmatch(r".*/vault-sync/(?:blob/)?main/([^#]+).*", link)
        assert place is None or (ROOT / place[1]).exists(), link


def test_it_renders() -> None:
    markdown = pytest.importorskip("readme_renderer.markdown")
    shown = markdown.render(build_readme())
    assert shown is not None
    assert "vault-sync" in shown
    assert "pictures/note.svg" in shown
    assert "Licence" in shown


def test_the_distribution_is_ours() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told["name"] == "obsidian-vault-sync"
    assert {"Source", "Documentation", "Issues"} <= told["urls"].keys()
    assert told["authors"]
    systems = [one for one in told["classifiers"] if one.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX :: Linux"]


def test_nobody_is_sent_to_the_program_of_a_stranger() -> None:
    files = [
        *ROOT.glob("*.md"),
        *ROOT.rglob("docs/**/*.md"),
        *ROOT.rglob("vault_sync/**/*.py"),
        *ROOT.rglob("vault_sync/**/*.po"),
    ]
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            if " install " in line:
                assert not re.search(
                    r"install (?:-\S+ )*[\"']?vault-sync(?=[\[\"'=`\s@]|$)", line
                ), f"{file}: {line}"
