"""No configuration or base that was made to hurt hangs, fills the memory, or is silently obeyed.

The vaults are those of `tests.rules.hostile_config`, which prints what each costs; its limits stop what
hangs and what fills the memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="limits of a process as POSIX has them")

from tests.rules.hostile_config import FAILED, PLANNED, REFUSED

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(
    600
)  # of a busy machine; each vault has its own limit, which counts no waiting
def test_no_configuration_hurts() -> None:
    found = measure_all()
    outcomes = {name: line["outcome"] for name, line in found.items()}
    wanted = ((PLANNED, 1), (REFUSED, 3), (FAILED, 4))
    assert outcomes == {name: outcome for group, outcome in wanted for name in group}
    for name in REFUSED:
        assert found[name]["length"] < 10_000, name
        assert all(line.isprintable() for line in found[name]["said"].splitlines()), name
    for name in FAILED:
        assert found[name]["length"] < 500, name
        assert found[name]["said"].startswith("Note.md:"), name
    assert {name: line for name, line in found.items() if line["megabytes"] >= 256} == {}


def measure_all() -> dict[str, dict[str, Any]]:
    """Return what became of each vault, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.rules.hostile_config"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}
