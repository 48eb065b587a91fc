"""Vaults with something odd in them, refreshed from the command line."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.note.oddities import stale
from tests.warm import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """A vault after a refresh."""

    vault: Path
    code: int
    told: dict[str, dict[str, Any]]
    talk: str


def run_refresh(vault: Path, state: Path) -> Ran:
    options = ["refresh", "--format", "json", "--now", "2024-10-27T14:01"]
    done = subprocess.run(
        [*find_program(), "--vault", str(vault), *options],
        env={**os.environ, "VAULT_SYNC_STATE": str(state)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    told = {note["path"]: note for note in json.loads(done.stdout)["notes"]}
    return Ran(vault, done.returncode, told, done.stderr.decode(errors="replace"))


def fill(vault: Path, notes: Mapping[str, bytes]) -> None:
    (vault / ".obsidian").mkdir(parents=True)
    for name, data in notes.items():
        (vault / f"{name}.md").write_bytes(data)
    for name in ("0 first", "zz last"):
        (vault / f"{name}.md").write_text(stale(), "utf-8", newline="")
