"""The page of figures: made from what the commands wrote, and whole as it stands in the docs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import figures

ROOT = Path(__file__).parent.parent.parent
SPEED = """\
# vault-sync beside the loops a user would write

On a machine.

## All of 100 notes stale

| program | wall s | ratio |
|---|---|---|
| bare loop | 0.50 | 1.00 |
| vault-sync refresh | 0.60 | 1.20 |

## All of 1,000 notes stale

| program | wall s | ratio |
|---|---|---|
| bare loop | 5.00 | 1.00 |
| vault-sync refresh | 6.00 | 1.20 |

## Start-up

| program | wall ms |
|---|---|
| import click | 40 |
"""
VAULT = {
    "vault": "a|b", "kind": "stale", "notes": 1000, "with_frontmatter": 9, "refreshed": 7, "refused": 2,
    "refused_because": {"A tab stands here.": 2}, "left_out": 0, "damaged": 0, "wrong": 0,
    "written_twice": 0, "seconds": 2.0,
}  # fmt: skip


def test_vaults_are_added_up_and_names_stay_in_their_cells() -> None:
    page = figures.render_vaults([VAULT, {**VAULT, "vault": "c", "kind": "bare"}])
    assert r"| a\|b | stale | 1,000 | 9 | 7 | 2 | 0 | 0 | 0 | 0 | 500 |" in page
    assert "| **all** |  | 2,000 | 18 | 14 | 4 | 0 | 0 | 0 | 0 | 500 |" in page
    assert "| 4 | A tab stands here. |" in page


def test_harm_in_the_suite_is_counted() -> None:
    told = {
        "cases": 406, "notes": 1624, "refreshed": 500, "refused": 900, "left_alone_silently": 224,
        "damaged": ["x"], "twisted": ["y", "z"], "wrong": [],
    }  # fmt: skip
    page = figures.render_suite(told)
    assert "Other bytes changed: 1." in page
    assert "mean something else: 2." in page


def test_a_group_that_did_not_run_says_why() -> None:
    group = {
        "faults": 3,
        "saves": 4,
        "lost": 0,
        "torn": 0,
        "wrong": 0,
        "left": 0,
        "facts": ["One."],
    }
    told = {
        "form": "long",
        "day": "2026-01-01T00:00",
        "groups": [
            {"group": "races", "reason": "", **group},
            {"group": "kills", "reason": "there is no strace", **group},
        ],
    }
    page = figures.render_faults(told)
    assert "| races | 3 | 4 | 0 | 0 | 0 | 0 |" in page
    assert "| kills | not run: there is no strace |" in page
    assert "- races: One." in page


def test_the_plot_shows_the_largest_race() -> None:
    svg = ET.fromstring(figures.draw_speed(SPEED))  # noqa: S314 - our own text
    texts = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "All of 1,000 notes stale: seconds, shorter is better"
    assert texts[1:] == ["bare loop", "5.0 s", "vault-sync refresh", "6.0 s"]


def test_the_plot_shows_the_largest_race_that_has_the_slow_loops() -> None:
    slow = "| ruamel.yaml round trip | 9.00 | 9.00 |\n"
    slowest = slow + "| yq script, nothing synced | 99.00 | 99.00 |\n"
    text = SPEED.replace("| 0.60 | 1.20 |\n", f"| 0.60 | 1.20 |\n{slowest}")
    text = text.replace("| 6.00 | 1.20 |\n", f"| 6.00 | 1.20 |\n{slow}")
    text += (
        "\n## All of 10,000 notes stale\n\n| program | wall s |\n|---|---|\n| bare loop | 50.00 |\n"
    )
    assert "<title>All of 1,000 notes stale:" in figures.draw_speed(text)


def test_a_run_without_races_makes_no_plot() -> None:
    with pytest.raises(ValueError, match="no race"):
        figures.draw_speed("# nothing\n")


def test_the_table_of_pages_stands_whole_below_what_it_means() -> None:
    table = "| notes | p99 |\n| ---: | ---: |\n| 10,000 | 120 |\n"
    page = figures.render_links(table)
    assert page.startswith("## Pages that read other notes\n")
    assert page.endswith(f":\n\n{table.strip()}")
