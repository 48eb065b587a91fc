"""No configuration or base that was made to hurt hangs, fills the memory, or is silently obeyed.

The vaults are those of `tests.rules.hostile_config`, which prints what each costs; its watchdog stops what
hangs, and a limit stops what fills the memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="limits of a process as POSIX has them")

from tests.rules.hostile_config import FAILED, PLANNED, REFUSED

ROOT = Path(__file__).parent.parent.parent


@cache
def measure_all() -> dict[str, dict[str, Any]]:
    """Return what became of each vault, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.rules.hostile_config"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=110,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", PLANNED)
def test_what_is_only_large_works(name: str) -> None:
    assert measure_all()[name]["outcome"] == 1, measure_all()[name]


@pytest.mark.parametrize("name", REFUSED)
def test_the_configuration_is_refused_in_a_few_sentences(name: str) -> None:
    found = measure_all()[name]
    assert found["outcome"] == 3, found
    assert found["length"] < 10_000
    assert all(line.isprintable() for line in found["said"].splitlines())


@pytest.mark.parametrize("name", FAILED)
def test_the_formula_fails_in_one_sentence(name: str) -> None:
    found = measure_all()[name]
    assert found["outcome"] == 4, found
    assert found["length"] < 500
    assert found["said"].startswith("Note.md:")


def test_nothing_takes_much_memory() -> None:
    worst = max(measure_all().values(), key=lambda line: line["megabytes"])
    assert worst["megabytes"] < 256, worst
