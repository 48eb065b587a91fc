"""Small vaults on disk, and lists of what is found in them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from vault_sync.rules.ignore_patterns import compile_patterns
from vault_sync.vault.vault import Vault, list_notes, load_vault

if TYPE_CHECKING:
    from pathlib import Path

posix_only = pytest.mark.skipif(os.name == "nt", reason="links and FIFOs as POSIX has them")


def write(root: Path, *paths: str) -> None:
    for path in paths:
        note = root / path
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text("text\n", "utf-8")


def set_up(root: Path, path: str, settings: object) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings, ensure_ascii=False), "utf-8")


def list_all(vault: Vault, below: str = "") -> tuple[list[str], list[Any]]:
    reported: list[Any] = []
    return list(list_notes(vault, below, report=reported.append)), reported


def notes_of(root: Path, *ignore: str) -> list[str]:
    return list(list_notes(load_vault(root, compile_patterns(ignore))))
