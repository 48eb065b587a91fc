"""A commit of one note, with the hook and without it: what the hook adds to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import Cost, run_child, take_median
from benchmarks.vault import STALE_SINCE, invent_notes

if TYPE_CHECKING:
    from benchmarks.comparison import Course

PLAIN: Final = "git commit, without a hook"
STALE: Final = "git commit, the hook meets one stale note"
TRUE: Final = "git commit, the hook meets one true note"
_NAME: Final = ("-c", "user.name=nobody", "-c", "user.email=nobody@invalid")


def compare_commits(course: Course, rounds: int) -> dict[str, Cost]:
    """Return the median costs of commits, made by turns."""
    tree = Path(mkdtemp(prefix="commits-", dir=course.folder))
    (tree / ".obsidian").mkdir()
    environment = course.environment() | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    git = [shutil.which("git") or "git", "-C", str(tree)]
    subprocess.run([*git, "init", "-q"], env=environment, check=True)
    hook = [sys.executable, "-m", "vault_sync", "hook", "install"]
    subprocess.run(hook, cwd=tree, env=environment, check=True, capture_output=True)
    costs: dict[str, list[Cost]] = {PLAIN: [], STALE: [], TRUE: []}
    for number in range(rounds + 1):
        for name, several in costs.items():
            _write_note(tree / "note.md", number, is_stale=name == STALE)
            subprocess.run([*git, "add", "-A"], env=environment, check=True)
            way = ("--no-verify",) if name == PLAIN else ()
            commit = [*git, *_NAME, "commit", "-qm", name, *way]
            several.append(run_child(commit, environment))
    return {name: take_median(several[1:]) for name, several in costs.items()}


def _write_note(note: Path, number: int, *, is_stale: bool) -> None:
    (sample,) = invent_notes(1)
    now = STALE_SINCE if is_stale else datetime.now().astimezone().replace(tzinfo=None)
    note.write_text(f"{sample.render(now)}{number} {is_stale}\n", "utf-8")
