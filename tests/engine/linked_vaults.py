"""Small vaults whose notes read each other, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from vault_sync.engine.refresh import RefreshPlanner, Stale, look_around
from vault_sync.files.folder import VaultFolder
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vault_sync.engine.refresh import Found

NOW: Final = datetime(2024, 10, 27, 14, 1, tzinfo=UTC)


def write_vault(root: Path, notes: Mapping[str, str], *rules: str) -> Path:
    """Write notes, and a configuration with rules in YAML's short form."""
    lines = ["profile: none", "timezone: UTC", "rules:", *(f"  - {one}" for one in rules)]
    write(root, {".vault-sync.yaml": "\n".join(lines), **notes})
    return root


def write(root: Path, notes: Mapping[str, str]) -> None:
    """Write files."""
    for path, text in notes.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")


def plan_all(root: Path, paths: Iterable[str], now: datetime = NOW) -> dict[str, Found]:
    """Return what a refresh makes of notes that are looked at in this order."""
    workspace = open_workspace(root, None)
    with VaultFolder(str(root)) as folder:
        of_day = workspace.conditions(now)
        conditions = look_around(of_day, workspace.rules, workspace.vault, folder)
        planner = RefreshPlanner(folder, workspace.rules, conditions)
        return {path: planner.plan(path) for path in paths}


def values(found: Found) -> dict[str, object]:
    """Return the values that a refresh writes into a note."""
    return {one.property: one.new for one in found.plan.changes} if isinstance(found, Stale) else {}


def messages(found: Found) -> list[str]:
    """Return what is wrong with a note."""
    problems = found.plan.problems if isinstance(found, Stale) else found.problems if found else ()
    return [problem.message for problem in problems]
