"""The circumstances under which notes are looked at: all that decides what comes of them, but the notes."""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import vault_sync
from vault_sync.rules.ruleset import list_formulas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet

_PACKAGES: Final = ("site-packages", "dist-packages")
_DEPENDENCIES: Final = ("ruamel", "regex-", "tzdata-")
_FILE_FACTS: Final = frozenset({"size", "mtime", "ctime"})


def make_cache_key(
    rules: Sequence[RuleSet],
    conditions: Conditions,
    *,
    reads_day: bool = True,
    left_alone: str = "",
) -> str:
    """Return a key that is another one where a note could come out otherwise.

    Args:
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        reads_day: whether what is found out may be another thing on another day.
        left_alone: names the notes that are left alone, where it may matter to others.
    """
    facts = [
        program_key(),
        *(rule_set.source for rule_set in rules),
        conditions.ends_of_day()[0] if reads_day else None,
        conditions.timezone,
        _sign_zone(str(conditions.timezone)),
        conditions.day_starts_at,
        conditions.locale,
        conditions.clock,
        conditions.daily,
        sorted(conditions.types.items()),
        left_alone,
    ]
    data = "\0".join(map(repr, facts)).encode("utf-8", "replace")
    return sha256(data).hexdigest()[:32]


@cache
def program_key() -> str:
    """Return what is another text where the program, Python, or a package that reads notes is.

    The version alone is not enough: a working copy is changed, an installation is damaged.
    """
    packages = (name for folder in sys.path for name in _list_names(folder))
    dependencies = sorted({name for name in packages if name.startswith(_DEPENDENCIES)})
    files = sorted(_sign_modules(Path(vault_sync.__file__).parent))
    return repr((vault_sync.__version__, sys.version, dependencies, files))


def _list_names(folder: str) -> list[str]:
    """Return what is installed in a folder of packages; their versions are part of the names."""
    if not folder.endswith(_PACKAGES):
        return []
    try:
        return [name.lower() for name in os.listdir(folder)]  # noqa: PTH208 - names are enough
    except OSError:
        return []


def _sign_modules(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = [*os.scandir(folder)]
    except OSError:  # such as in a zip file, which changes as a whole
        return
    for entry in entries:
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _sign_modules(entry.path)
        else:
            facts = entry.stat()
            yield entry.path, facts.st_mtime_ns, facts.st_size


def _sign_zone(name: str) -> tuple[int, int] | None:
    """Return what is another thing once the rules of a zone are, as far as a file tells them."""
    from zoneinfo import TZPATH  # noqa: PLC0415 - for a quick start

    for folder in TZPATH:
        try:
            facts = os.stat(f"{folder}/{name}")  # noqa: PTH116 - a str is at hand
        except (OSError, ValueError):
            continue
        return facts.st_mtime_ns, facts.st_size
    return None


def reads_file_facts(rules: Iterable[RuleSet]) -> bool:
    """Say whether the size or the times of a file may matter: then our own write is a reason, too."""
    return any(formula.file_fields & _FILE_FACTS for one in rules for formula in list_formulas(one))
