"""Study notes on several days in a repository, as the tests of the filter and the driver need them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

from tests.git.repositories import make_tree
from tests.study.oracle import Study, study_rules
from vault_sync.git.drivers import refresh_vault_index
from vault_sync.git.ownership import Ownership, keep_daily_rules
from vault_sync.plan.evaluation import Conditions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git.repositories import Tree

MONDAY: Final = datetime(2024, 10, 14, 14, 1)  # noqa: DTZ001 - civil time; day 99 of the notes
TUESDAY: Final = datetime(2024, 10, 15, 0, 0)  # noqa: DTZ001 - the same; day 100, so one more digit
FRIDAY: Final = datetime(2024, 10, 18, 14, 1)  # noqa: DTZ001 - the same; day 103
SATURDAY: Final = datetime(2024, 10, 19, 14, 1)  # noqa: DTZ001 - the same; as long as Friday
PATH: Final = "Web/세션.md"
OTHER: Final = "Web/쿠키.md"
DAILY: Final = (
    "🛑오늘", "🛑첫학습후 몇일째?", "오늘1", "오늘2", "오늘과 첫학습날 사이", "사이",
)  # fmt: skip

_AGES: Final = count(60, 60)
_CONDITIONS: Final = Conditions(FRIDAY, UTC)
find_owned = partial(Ownership([study_rules()], _CONDITIONS).find_owned, path=PATH)
find_daily = partial(
    Ownership(keep_daily_rules([study_rules()]), _CONDITIONS).find_owned, path=PATH
)


def note(day: datetime, /, **fields: object) -> str:
    """Return a study note as a refresh leaves it on a day."""
    return Study().with_changes(**fields).note(day)


def make_vault(folder: Path, *notes: str, day: datetime = FRIDAY) -> Tree:
    """Return a repository that is a vault, with notes committed on a day."""
    tree = make_tree(folder)
    tree.write(".obsidian/app.json", "{}")
    for path in notes or (PATH,):
        tree.write(path, note(day))
    tree.commit_all()
    return tree


def refresh(tree: Tree, day: datetime, *paths: str, **fields: object) -> None:
    """Let notes be as a refresh leaves them on a day, and git be told as a refresh does."""
    for path in paths or (PATH, OTHER):
        tree.write(path, note(day, **fields))
        make_old(tree.path / path)
    refresh_vault_index(tree.path)


def make_old(file: Path) -> None:
    """Let a file not be as young as the index, which git would mistrust (racy git).

    Each time it is another minute, as git takes files of the same second and size for the same.
    """
    then = file.stat().st_mtime - next(_AGES)
    os.utime(file, (then, then))
