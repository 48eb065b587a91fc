"""When the daemon does not write: after waking up, under a wrong clock, while git is at work in the vault."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.clock import read_clock
from vault_sync.files.index_lock import drop_dead_lock
from vault_sync.text import make_printable
from vault_sync.vault.vault import find_work_tree

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Sequence


GRACE: Final = 120.0
"""Seconds after the computer woke up, in which sync services may deliver first."""

CHECK_AGAIN: Final = 2.0
_AWAKE: Final = "the computer has just woken up (or its clock was set), and other devices' notes may be on their way"
_WRONG_CLOCK: Final = (
    "the clock says a day before the one that was already written, so it may be wrong. Set it; if it"
    " is right now, restart the daemon and give it ten minutes"
)


# Whether a sync service is delivering notes just now, by what can be seen of it. Pure: times are handed in.
#
# A day that begins on notes of which half have arrived is written twice, and the first time into notes
# that another device has changed. So the new day waits until the vault has been quiet for a while.

QUIET: Final = 30.0
"""Seconds without a sign of a service after which it is taken to be done."""
LONGEST: Final = 900.0
"""Seconds after which nobody waits any longer, however busy a service is."""
BURST: Final = 10
"""So many notes that change within the quiet time are no person's work."""

_TEMP_NAMES: Final = re.compile(
    r"\.syncthing\..+\.tmp|~syncthing~.+\.tmp"  # Syncthing
    r"|\..+\.icloud"  # iCloud: a note that is not here yet, or not any more
    r"|\..+\.~[0-9a-f]{1,8}"  # Nextcloud, ownCloud
    r"|\.unison\..+\.unison\.tmp"  # Unison
    r"|.+\.[0-9a-z]{8}\.partial|.+\.partial"  # rclone; OneDrive on Linux
    r"|\..+\.md\.[A-Za-z0-9]{6}",  # rsync
    re.IGNORECASE,
)
_WORK_FOLDERS: Final = frozenset(
    {".dropbox.cache", ".SynologyWorkingDirectory", ".stversions", ".tmp.drivedownload"}
)


def is_sync_work(path: str) -> bool:
    """Say whether a service makes files of this name while it delivers.

    Args:
        path: in the vault, with ``/`` between folders.
    """
    *folders, name = path.split("/")
    return not _WORK_FOLDERS.isdisjoint(folders) or _TEMP_NAMES.fullmatch(name) is not None


@dataclass(slots=True)
class Delivery:
    """Signs of a sync service at work.

    Attributes:
        began: when the present delivery began; infinity where there is none.
        last: when its last sign was seen.
    """

    began: float = inf
    last: float = -inf
    _changed: deque[tuple[float, str]] = field(default_factory=deque)

    def note_changed(self, path: str, now: float) -> None:
        """Take that somebody else has changed a note. Many within a short time are a delivery."""
        while self._changed and now - self._changed[0][0] > QUIET:
            self._changed.popleft()
        if len(self._changed) < BURST or path != self._changed[-1][1]:
            self._changed.append((now, path))
        if len({path for _, path in self._changed}) >= BURST:
            self.service_seen(now)

    def service_seen(self, now: float) -> None:
        """Take a sign that a service is delivering."""
        if now - self.last > QUIET:
            self.began = now
        self.last = now

    def until(self, now: float) -> float:
        """Return when the vault will have been quiet for long enough; a moment of the past where it is.

        Args:
            now: seconds of a steady clock.
        """
        quiet = self.last + QUIET
        return quiet if quiet <= now else min(quiet, self.began + LONGEST)


@dataclass(slots=True)
class Pauses:
    """Finds out whether something forbids writing for now.

    Attributes:
        root: the vault.
        log: where the begin and the end of a pause go.
        by: what holds the writing up, in a word; empty where nothing does.
        reason: the same in a part of a sentence.
        is_clock_wrong: the clock says a day that cannot be.
        delivery: the signs of a sync service at work.
    """

    root: str
    log: logging.Logger
    by: str = ""
    reason: str = ""
    is_clock_wrong: bool = False
    delivery: Delivery = field(default_factory=Delivery)
    _grace_until: float = 0.0
    _checked: float = -CHECK_AGAIN

    def start_grace(self, now: float) -> float:
        """Pause after the computer woke up, and return when the pause is over."""
        self._grace_until = now + GRACE
        return self._grace_until

    def find(self, now: float) -> str:
        """Return why nothing may be written now, as part of a sentence; empty where it may."""
        self._checked = now
        if self.by == "wake" or now < self._grace_until:
            # What has begun to arrive in the time of grace is waited for.
            self._grace_until = max(self._grace_until, self.delivery.until(now))
        if now < self._grace_until:
            self._change("wake", _AWAKE)
        elif self.is_clock_wrong:
            self._change("clock", _WRONG_CLOCK)
        else:
            git = find_git_operation(Path(self.root)) or ""
            self._change("git" if git else "", git)
        return self.reason

    def cached(self, now: float) -> str:
        """Return what `find` found a moment ago: in a long batch it would cost too much for each note."""
        return self.find(now) if now - self._checked >= CHECK_AGAIN else self.reason

    def next_check(self, now: float) -> float:
        """Return when it makes sense to ask again."""
        return self._grace_until if self.by == "wake" else now + CHECK_AGAIN

    def _change(self, by: str, reason: str) -> None:
        if by and by != self.by:
            self.log.info("Nothing is written for now: %s.", reason)
        elif self.by and not by:
            self.log.info("Writing goes on.")
        self.by, self.reason = by, reason


# Git in the middle of something in the vault's work tree, when no note may change.
#
# Only names, ages and the process list are read; git itself is not run, as the settings of a cloned
# repository may name programs that git would start. A lock that a killed run of ours has left is
# taken away.

_MARKS: Final = {
    "rebase-merge": "a rebase is going on",
    "rebase-apply": "a rebase or `git am` is going on",
    "MERGE_HEAD": "a merge is going on",
    "CHERRY_PICK_HEAD": "a cherry-pick is going on",
    "REVERT_HEAD": "a revert is going on",
    "sequencer": "a series of cherry-picks or reverts is going on",
    "BISECT_LOG": "a bisection is going on",
}
"""What lies in a git folder during which operation (git documentation, gitrepository-layout, and
`wt_status_get_state` in git's wt-status.c)."""

_LOCK: Final = "index.lock"
_STALE_SECONDS: Final = 600
_COMMIT: Final = "commit"
_PROGRAMS: Final = ("git", "pre-commit", "python", "pypy")


def find_git_operation(root: Path) -> str | None:
    """Return what git is doing in the work tree that a vault lies in, None for nothing.

    A file that would stop everything for ever if its program had crashed is named with its age.

    Args:
        root: the folder of the vault.

    Returns:
        Part of a sentence, such as "a rebase is going on (begun 3 minutes ago)".
    """
    tree = find_work_tree(root)
    if tree is None:
        return None
    return _find_lock(tree.folder) or _find_mark(tree.folder) or _find_commit(tree.root)


def find_unfinished_git_operation(root: Path) -> str | None:
    """Return what has held git up for so long that somebody has to finish it: a merge, a lock left behind."""
    tree = find_work_tree(root)
    if tree is None:
        return None
    age = _measure_age(tree.folder / _LOCK)
    lock = _find_lock(tree.folder) if age is not None and age >= _STALE_SECONDS else None
    return lock or _find_mark(tree.folder)


def _find_lock(folder: Path) -> str | None:
    lock = folder / _LOCK
    age = _measure_age(lock)
    if age is None or drop_dead_lock(lock):
        return None
    if age < _STALE_SECONDS:
        return "git is at work (it holds index.lock)"
    shown = make_printable(str(lock))
    return f"git seems to be at work: {shown} has been there for {_render_age(age)}; if no git is running, delete that file"


def _find_mark(folder: Path) -> str | None:
    for name, sentence in _MARKS.items():
        age = _measure_age(folder / name)
        if age is not None:
            return f"{sentence} (begun {_render_age(age)} ago)"
    return None


def _measure_age(path: Path) -> float | None:
    """Return how many seconds ago a file was made, or None where there is none."""
    try:
        made = path.lstat().st_mtime
    except (OSError, ValueError):
        return None
    return max(0.0, read_clock(None).timestamp() - made)


def _render_age(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number = int(seconds // length)
        if number:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _find_commit(root: Path) -> str | None:
    """Return that a commit or its hooks are running in a work tree.

    While hooks run, no lock lies in the git folder, but the pre-commit framework has put unstaged work
    aside and takes back what anybody writes meanwhile (pre_commit/staged_files_only.py), and other
    hook managers do alike. So it is the processes that tell.
    """
    for words, folder in _list_processes():
        name = Path(words[0]).name.removesuffix(".exe")
        if name == "git" and _COMMIT in words[1:] and _is_inside(folder, root):
            return "a commit and its hooks are running"
        if _is_pre_commit(words) and _is_inside(folder, root):
            return "pre-commit is running"
    return None


def _list_processes() -> Iterator[tuple[list[str], Path]]:
    """Yield the command lines and the working folders of the processes that may be git's."""
    import psutil  # noqa: PLC0415 - only vaults in a git work tree need it

    for process in psutil.process_iter():
        try:
            if process.name().lower().startswith(_PROGRAMS):
                words, folder = process.cmdline(), process.cwd()
                if words and folder:
                    yield words, Path(folder)
        except psutil.Error:  # it has ended, or is somebody else's
            continue


def _is_pre_commit(words: Sequence[str]) -> bool:
    """Say whether a command line is the framework's: a script, or a module of an interpreter."""
    names = {Path(word).name.removesuffix(".exe") for word in words[:3]}
    return bool(names & {"pre-commit", "pre_commit", "-mpre_commit"})


def _is_inside(folder: Path, root: Path) -> bool:
    return folder == root or root in folder.parents
