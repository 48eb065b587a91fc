"""Other programs that we start: found where the user has installed them, never in a vault. And this one."""

from __future__ import annotations

import gc
import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import PassingPythonError

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLLECT_AFTER: Final = 50_000  # new objects


def collect_garbage_seldom() -> None:
    """Let Python look for unused objects less often than it does by itself, which is every 700 new ones.

    What is made while a program loads stays. To look through it again and again would take longer than
    anything else that a hook does for one note.
    """
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def find_program(name: str) -> str | None:
    """Return the absolute path of a program, None where there is none on the PATH.

    Parts of the PATH that are empty or relative are passed over: they mean the working folder, which
    may be a stranger's vault. Windows would search that folder before all others.

    Args:
        name: of the program, without the ending that it has on Windows; or its absolute path.
    """
    file = f"{name}.exe" if os.name == "nt" and not name.endswith(".exe") else name
    for folder in _list_folders(os.environ):
        program = Path(folder, file)
        if os.access(program, os.X_OK) and program.is_file():
            return str(program)
    return None


def make_path(environment: Mapping[str, str]) -> str:
    """Return the PATH for a program, without the working folder: it may start others by name.

    An empty PATH would mean the working folder once more.
    """
    return os.pathsep.join(_list_folders(environment)) or os.devnull


def _list_folders(environment: Mapping[str, str]) -> list[str]:
    return [folder for folder in os.get_exec_path(environment) if Path(folder).is_absolute()]


# This Python, as it is written into services, hooks and git's configuration.

_CACHES: Final = frozenset({".cache", "cache", "caches"})
# What they run for once lies in their caches.
_RUNNERS: Final = frozenset({"pipx", "pre-commit", "prek", "uv"})
_TEST_RUNNERS: Final = frozenset({".nox", ".tox"})  # they make their environments anew as they like
# The cache of uv has these wherever it is; `pipx run` makes an environment in the cache of its home.
_OF_UV: Final = r"(?:archive|builds|environments)-v\d+"
_OF_PIPX: Final = r"[0-9a-f]{15}"
_OF_PRE_COMMIT: Final = r"py_env-[\w.-]+"
# https://bford.info/cachedir/; uv has it at the top of its cache.
_CACHE_MARK: Final = "CACHEDIR.TAG"


def require_lasting_python(prefix: str = sys.prefix) -> None:
    """Refuse to be written down where this Python will be gone before long.

    `uvx`, `pipx run` and the like make an environment in a cache; what is started from there later finds nothing.

    Args:
        prefix: the folder of the environment.

    Raises:
        PassingPythonError: it lies in a cache.
    """
    if is_cached(Path(prefix)):
        raise PassingPythonError(
            "This vault-sync runs from a cache, as `uvx`, `pipx run`, tox and nox make one, and will be deleted some day."
            " Install it first: `pipx install obsidian-vault-sync` or `uv tool install obsidian-vault-sync`;"
            " then run this command again."
        )


def is_cached(prefix: Path) -> bool:
    """Say whether an environment lies in the cache of a program that runs others."""
    # An environment may well bear the mark itself: it tells backups to leave it out.
    if any((folder / _CACHE_MARK).is_file() for folder in prefix.parents):
        return True
    *above, name = (part.lower() for part in re.split(r"[\\/]+", str(prefix).rstrip("\\/")))
    return bool(
        any(_is_cache_of_runner(*pair) for pair in pairwise(above))
        or _TEST_RUNNERS.intersection(above)
        or any(re.fullmatch(_OF_UV, folder) for folder in above)
        or (above[-1:] and above[-1] in _CACHES and re.fullmatch(_OF_PIPX, name))
        or (above[-1:] and above[-1].startswith("repo") and re.fullmatch(_OF_PRE_COMMIT, name))
    )


def _is_cache_of_runner(folder: str, below: str) -> bool:
    """Say whether one of two folders is a cache and the other one is called like a program that runs others."""
    return (folder in _CACHES and below in _RUNNERS) or (folder in _RUNNERS and below in _CACHES)
