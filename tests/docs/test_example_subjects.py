"""The vault with pages of subjects comes to its expected state, and stays there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from vault_sync import cli

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples/subjects"


def read(root: Path) -> dict[str, bytes]:
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


def test_the_pages_of_subjects_have_their_expected_values(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    shutil.copytree(EXAMPLE / "vault", vault)
    for _ in range(2):
        assert cli.run(["-q", "refresh", "--now", "2024-10-27T14:01", str(vault)]) == 0
        assert read(vault) == read(EXAMPLE / "expected")
