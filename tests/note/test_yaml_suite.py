"""The YAML test suite's comparison works: it sees what it should, on cases of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import yaml_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = """\
- name: a mapping with trailing spaces and a tab
  yaml: |
    title: a␣␣
    other: "b——»c"
- fail: true
  yaml: |
    title: [1, 2
- yaml: |
    just a text
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite/src").mkdir(parents=True)
    (tmp_path / "suite/src/OWN1.yaml").write_text(CASES, "utf-8")
    return tmp_path / "suite"


def test_cases_are_spelled_out(suite: Path) -> None:
    assert list(yaml_suite.read_cases(suite)) == [
        ("OWN1-0", 'title: a  \nother: "b\tc"\n'),
        ("OWN1-1", "title: [1, 2\n"),
        ("OWN1-2", "just a text\n"),
    ]


def test_each_case_is_refreshed_or_refused(suite: Path, tmp_path: Path) -> None:
    figures = yaml_suite.measure(suite, tmp_path / "scratch")
    assert (figures.cases, figures.notes) == (3, 12)
    assert (figures.refreshed, figures.refused.total()) == (4, 8)
    assert figures.is_good


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda data: data.replace(b"body", b"bodies"), "damaged"),
        (lambda data: data.replace(b"title: a", b"title: b"), "twisted"),
        (lambda data: data.replace(b"60%", b"40%"), "wrong"),
    ],
)
def test_harm_is_seen(
    harm: Callable[[bytes], bytes], found: str, suite: Path, tmp_path: Path
) -> None:
    yaml_suite.measure(suite, tmp_path / "scratch")
    vault = tmp_path / "scratch/vault"
    name = "OWN1-0 stale before.md"
    before = tmp_path / "before"
    before.mkdir()
    yaml_suite.write_notes(suite, before)
    note = vault / name
    note.write_bytes(harm(note.read_bytes()))
    figures = yaml_suite.Figures()
    yaml_suite.judge({note: (before / name).read_bytes()}, {}, figures)
    assert getattr(figures, found) == [name]
