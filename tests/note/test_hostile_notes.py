"""No note that was made to hurt takes more memory than 256 MB, or runs on and on.

The notes are those of `tests.note.hostile`, which prints what each costs and stops what hangs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.note.hostile import MARKED, PLANNED, REFUSED

ROOT = Path(__file__).parent.parent.parent


def measure_all(parser: str) -> dict[str, dict[str, Any]]:
    """Return what each hostile note costs with a parser, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.note.hostile", parser],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


def list_expected(parser: str) -> dict[str, set[str]]:
    """Return what may become of each note: the large ones, and those of a megabyte."""
    large = {f"{name}, large": {"planned", "left"} for name in PLANNED}
    if parser == "pure":
        return large
    large |= {f"{name}, large": {"refused"} for name in REFUSED}
    return large | {
        f"{name}, 1 MB": {"planned" if "body" in name else "refused"}
        for name in [*PLANNED, *REFUSED]
    }


@pytest.mark.timeout(600)  # of a busy machine; each note has its own limit, which counts no waiting
@pytest.mark.parametrize("parser", ["libyaml", "pure"])
def test_no_note_hurts(parser: str) -> None:
    found = measure_all(parser)
    expected = list_expected(parser)
    wrong = {name: found[name] for name in expected if found[name]["outcome"] not in expected[name]}
    assert wrong == {}
    assert {name: line for name, line in found.items() if line["megabytes"] >= 256} == {}
    pairs = {name: (found[f"marks {name}"], found[f"letters {name}"]) for name in MARKED}
    dear = {name: two for name, two in pairs.items() if two[0]["seconds"] > 15 * two[1]["seconds"]}
    assert dear == {}, "Combining marks cost much more than letters."
