"""No note that was made to hurt takes more memory than 256 MB, or runs on and on.

The notes are those of `tests.note.hostile`, which prints what each costs; a watchdog stops what hangs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.note.hostile import MARKED, PLANNED, REFUSED

PARSERS = ("libyaml", "pure")
ROOT = Path(__file__).parent.parent.parent


@cache
def measure_all(parser: str) -> dict[str, dict[str, Any]]:
    """Return what each hostile note costs with a parser, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.note.hostile", parser],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=110,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("name", PLANNED)
def test_a_large_note_is_planned(name: str, parser: str) -> None:
    assert measure_all(parser)[f"{name}, 60 KB"]["outcome"] in {"planned", "left"}


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_note_is_refused(name: str, parser: str) -> None:
    assert measure_all(parser)[f"{name}, 60 KB"]["outcome"] == "refused"


@pytest.mark.parametrize("name", [*PLANNED, *REFUSED])
def test_a_frontmatter_of_a_megabyte_is_refused(name: str) -> None:
    expected = "planned" if "body" in name else "refused"
    assert measure_all("libyaml")[f"{name}, 1 MB"]["outcome"] == expected


@pytest.mark.parametrize("parser", PARSERS)
def test_no_note_takes_much_memory(parser: str) -> None:
    worst = max(measure_all(parser).values(), key=lambda line: line["megabytes"])
    assert worst["megabytes"] < 256, worst


@pytest.mark.parametrize("name", MARKED)
def test_combining_marks_cost_little_more_than_letters(name: str) -> None:
    lines = measure_all("libyaml")
    marks, letters = (lines[f"{kind} {name}"]["seconds"] for kind in ("marks", "letters"))
    assert marks < 15 * letters
