"""What the doctor knows when the checks begin, and what a check finds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from vault_sync.rules.config import EVERYWHERE, DailyValues
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from vault_sync.engine.conflict_copies import Copy
    from vault_sync.errors import Problem


MAX_PLACES: Final = 5


@dataclass(slots=True)
class Occurrences:
    """How often something was seen, and where first.

    Attributes:
        count: of all of them.
        first: the first few places, such as ``Web/HTTP.md:4``.
    """

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        """Take one more."""
        self.count += 1
        if len(self.first) < MAX_PLACES:
            self.first.append(place)


class ValueKind(StrEnum):
    """What a property of a note holds."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    QUOTED_CHECKBOX = "quoted checkbox"
    DATE = "date"
    LIST = "list"
    OBJECT = "object"


@dataclass(slots=True)
class NoteFacts:
    """What all notes together show.

    Attributes:
        seen: how many there are.
        named: notes with a property that some rule names.
        refused: notes that a refresh would leave alone, by the reason.
        not_read: why a note cannot be read, behind its path.
        unread: first days and boxes of reviews that cannot be read, by the reason.
        duplicates: notes with a property twice.
        decomposed: property names in Unicode's form NFD.
        slipped: names of derived properties with digits before them, as a merge leaves them.
        spaced: names that differ by blanks only from one that the rules read, with that one.
        respelled: names of properties that the rules spell otherwise, as the notes spell them.
        stray: properties of rules in a block that is not at the top of its note.
        too_large: notes above the limit.
        opted_out: notes that ask to be left alone.
        kinds: what properties hold, by name in NFC.
        written: what formulas would write into properties that have a type in Obsidian.
        newest: when a note was changed last, in seconds since 1970; 0 for never.
    """

    seen: int = 0
    named: int = 0
    refused: dict[str, Occurrences] = field(default_factory=dict)
    not_read: list[tuple[str, Problem]] = field(default_factory=list)
    unread: dict[str, Occurrences] = field(default_factory=dict)
    duplicates: Occurrences = field(default_factory=Occurrences)
    decomposed: Occurrences = field(default_factory=Occurrences)
    slipped: dict[str, Occurrences] = field(default_factory=dict)
    spaced: dict[tuple[str, str], Occurrences] = field(default_factory=dict)
    respelled: dict[str, Occurrences] = field(default_factory=dict)
    stray: Occurrences = field(default_factory=Occurrences)
    too_large: Occurrences = field(default_factory=Occurrences)
    opted_out: int = 0
    kinds: NameMap[dict[ValueKind, Occurrences]] = field(default_factory=NameMap)
    written: NameMap[dict[ValueKind, Occurrences]] = field(default_factory=NameMap)
    newest: float = 0.0


@dataclass(slots=True)
class FolderFacts:
    """What a walk through all folders of the vault shows.

    Attributes:
        folders: how many there are, the hidden ones included, as the system counts its watches.
        copies: paths of conflict copies.
        leftovers: files of interrupted runs.
        stubs: notes that are only in the cloud.
        excluded: notes that are left alone, by the reason.
        unreadable: folders and links that were not entered.
        not_read: why there may be notes that nobody has looked at, behind the path.
    """

    folders: int = 0
    copies: list[str] = field(default_factory=list)
    leftovers: Occurrences = field(default_factory=Occurrences)
    stubs: Occurrences = field(default_factory=Occurrences)
    excluded: dict[str, Occurrences] = field(default_factory=dict)
    unreadable: Occurrences = field(default_factory=Occurrences)
    not_read: list[tuple[str, Problem]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """The state folder and the daemon.

    Attributes:
        path: of the folder.
        is_there: it exists; without it nothing was ever written here.
        fault: why it cannot be used, a sentence; empty where it can.
        is_open: others of this computer may look into it.
        damaged: journals that cannot be read.
        rescues: how many rescue copies there are.
        rescue_folder: where they are.
        daemon: what the daemon is doing, as in `service status`; ``stopped`` for none.
        reason: why.
        holder_host: the computer of the process that holds the lock; empty for none.
        is_installed: the service is.
        last_run: when the newest run began; None for never.
    """

    path: str
    is_there: bool = False
    fault: str = ""
    is_open: bool = False
    damaged: int = 0
    rescues: int = 0
    rescue_folder: str = ""
    daemon: str = "stopped"
    reason: str = ""
    holder_host: str = ""
    is_installed: bool = False
    last_run: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """The git repository that the vault lies in.

    Attributes:
        fault: why git cannot tell; empty where it can.
        is_installed: our hook is where git looks for hooks.
        is_skipped: our hook is there, but git looks elsewhere.
        is_broken: the Python that our hook was installed with is gone.
        unfinished: what has held git up for long, as the end of a sentence; empty for nothing.
        hooks_folder: where git looks.
        origin: the configuration that says so; empty for git's own choice.
    """

    fault: str = ""
    is_installed: bool = False
    is_skipped: bool = False
    is_broken: bool = False
    unfinished: str = ""
    hooks_folder: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """The computer.

    Attributes:
        host: its name.
        now: the present, in the computer's zone.
        offset: of that zone now.
        vault_offset: of the vault's zone now; None where none is configured.
        has_turned_zone: the vault's zone is an ``Etc/GMT+9``, on the other side of UTC than the computer's.
        zone_variable: what the variable TZ says, where that is no zone or not the one it looks like; else empty.
        likely_zones: those that it may mean.
        max_watches: how many folders may be watched; None where there is no limit to speak of.
        silence: the kind of place the vault lies in, where changes come without events, or None.
        can_swap: the vault's disk can exchange or link files, without which no note is written.
        keeps_birth: a file can be given the time at which another one was made.
    """

    host: str
    now: datetime
    offset: timedelta
    vault_offset: timedelta | None = None
    has_turned_zone: bool = False
    zone_variable: str = ""
    likely_zones: tuple[str, ...] = ()
    max_watches: int | None = None
    silence: str | None = None
    can_swap: bool = True
    keeps_birth: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the checks ask.

    Attributes:
        notes: what the notes show.
        folders: what the folders show.
        state: the state folder and the daemon.
        system: the computer.
        git: the repository around the vault; None for none.
        config_problems: what is wrong with the configuration, as sentences with their places.
        settings_problems: settings of Obsidian that cannot be used, in the same way.
        twins: paths of notes that look the same as another one, with what tells them apart.
        types: Obsidian's types of properties, by name.
        boxes: properties that rules take for checkboxes.
        plugins: ids of the community plugins that are switched on.
        services: names of the sync services that seem to carry the vault.
        daily: where values that the day alone changes are written.
        device: the name of this device.
        copies: the conflict copies.
    """

    notes: NoteFacts
    folders: FolderFacts
    state: StateFacts
    system: SystemFacts
    git: GitFacts | None = None
    config_problems: tuple[str, ...] = ()
    settings_problems: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    boxes: Container[str] = frozenset()
    plugins: frozenset[str] = frozenset()
    services: tuple[str, ...] = ()
    daily: DailyValues = EVERYWHERE
    device: str = ""
    copies: tuple[Copy, ...] = ()


# What a check finds: how bad it is, what it is, and what to do.


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that a check has to say.

    Attributes:
        level: how bad it is.
        message: what it is, a sentence.
        advice: what to do, a sentence; empty where there is nothing to do.
        places: where, the first few.
        count: how many places there are in all.
    """

    level: Level
    message: str
    advice: str = ""
    places: tuple[str, ...] = ()
    count: int = 0


def find_at(level: Level, message: str, advice: str, seen: Occurrences) -> Iterator[CheckResult]:
    """Yield a finding with the places where it was seen; nothing where there are none."""
    if seen.count:
        yield CheckResult(level, message, advice, tuple(seen.first), seen.count)


def find_among(
    level: Level, message: str, advice: str, places: Sequence[str]
) -> Iterator[CheckResult]:
    """Yield a finding with all of its places; nothing where there are none."""
    if places:
        yield CheckResult(level, message, advice, tuple(places), len(places))


# Which sync services seem to carry a vault, from what they leave behind and where it lies.

# Folders and files that a service puts into the folders it carries, or above them.
MARKERS: Final = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".SynologyWorkingDirectory": "Synology Drive",
}
# Starts of the names of folders that the services make in the user's own, in lower case.
_HOMES: Final = {
    "dropbox": "Dropbox",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "icloud~md~obsidian": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "nextcloud": "Nextcloud",
    "onedrive": "OneDrive",
}
PLUGINS: Final = {
    "core:sync": "Obsidian Sync",
    "obsidian-livesync": "Self-hosted LiveSync",
    "remotely-save": "Remotely Save",
}


def find_services(root: str, markers: Iterable[str], plugins: Collection[str]) -> tuple[str, ...]:
    """Return the names of the services that seem to carry a vault. Pure.

    Args:
        root: the real path of the vault.
        markers: names of `MARKERS` that were found in the vault or above it.
        plugins: ids of Obsidian's plugins that are switched on.
    """
    found = {MARKERS[name] for name in markers}
    found |= {PLUGINS[name] for name in plugins if name in PLUGINS}
    for part in PurePath(root).parts:
        found |= {name for start, name in _HOMES.items() if _is_home(part, start)}
    return tuple(sorted(found))


def _is_home(part: str, start: str) -> bool:
    """Say whether a folder's name is that of a service, as ``OneDrive - School`` is."""
    rest = part.lower().removeprefix(start)
    return len(rest) < len(part) and not rest[:1].isalnum()


def find_markers(root: str) -> set[str]:
    """Return which markers lie in a folder or in those above it."""
    path = PurePath(root)
    folders = (path, *path.parents)
    return {name for name in MARKERS for folder in folders if os.path.lexists(folder / name)}
