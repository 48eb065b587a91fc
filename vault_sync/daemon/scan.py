"""What has changed: scans of all notes, what is known of each, and the settings loaded again.

A scan is cheap: no note is opened. A signature tells versions of a note apart unless two of them were
written within one tick of the file system's clock, so that of a note that has just been written is
not relied on (as with git's index, git documentation, "racy-git").
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from vault_sync.errors import ConfigError
from vault_sync.files.read import AT_REST, Signature, sign, stat_note
from vault_sync.vault.obsidian import (
    CONFIG_NAME,
    CORE_SETTINGS,
    find_config_folders,
    find_misnamed_configs,
    list_plugin_settings,
)
from vault_sync.vault.vault import Selection, Vault, list_notes
from vault_sync.vault.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Mapping

_SECOND: Final = 1_000_000_000


def find_age(signature: Signature, wall: float) -> float:
    """Return for how many seconds a note has not been changed; below 0 if a clock is wrong."""
    return wall - max(signature.mtime_ns, signature.ctime_ns) / _SECOND


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan of all notes has found.

    Attributes:
        signatures: of every note, by its path.
        selection: what was met on the way: leftovers, and what could not be entered.
    """

    signatures: Mapping[str, Signature]
    selection: Selection


def scan_notes(vault: Vault) -> Scan:
    """Look at all notes of a vault.

    Raises:
        VaultNotFoundError: the vault cannot be read.
    """
    selection = Selection(skipped=vault.problems)
    found = list_notes(vault, report=selection.on_found)
    pairs = ((path, stat_note(vault.root, path)) for path in found)
    return Scan({path: signature for path, signature in pairs if signature}, selection)


@dataclass(slots=True)
class NoteTable:
    """What is known of the notes: the signature of each when it was last dealt with.

    Attributes:
        governed: notes that some rule governs.
        problems: what is wrong with notes that were left alone, as it was last logged.
        has_news: notes came, went or changed, or a day began, since somebody last acted upon it.
    """

    governed: set[str] = field(default_factory=set)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    has_news: bool = False
    _seen: dict[str, Signature] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)
    _own: dict[str, bytes] = field(default_factory=dict)
    _recent: dict[str, tuple[Signature, bytes]] = field(default_factory=dict)

    def __contains__(self, path: object) -> bool:
        return path in self._seen

    def __len__(self) -> int:
        return len(self._seen)

    def list_known(self) -> list[str]:
        """Return the notes that were ever dealt with."""
        return [*self._seen]

    def is_done(self, path: str, signature: Signature) -> bool:
        """Say whether nothing is left to do for a note with this signature."""
        is_open = path in self._unsure or path in self._own
        return self._seen.get(path) == signature and not is_open

    def mark_done(self, path: str, signature: Signature, wall: float, *, is_governed: bool) -> None:
        """Remember that a note was dealt with.

        Args:
            path: of the note.
            signature: of the note, from before it was read.
            wall: when that was, in seconds since 1970.
            is_governed: some rule governs the note.
        """
        self._seen[path] = signature
        self._own.pop(path, None)
        if find_age(signature, wall) * _SECOND > AT_REST:
            self._unsure.discard(path)
        else:
            self._unsure.add(path)
        if is_governed:
            self.governed.add(path)
        else:
            self.governed.discard(path)

    def mark_written(self, path: str, signature: Signature, digest: bytes) -> None:
        """Remember what we have written, until the event of it comes back; then `find_own` tells.

        Args:
            path: of the note.
            signature: of our file.
            digest: of its bytes.
        """
        self._seen[path] = signature
        self._own[path] = digest
        self._recent.pop(path, None)  # those written last stand last
        self._recent[path] = signature, digest

    def awaits_own(self, path: str) -> bool:
        """Say whether we have written a note and the event of it has not come back yet."""
        return path in self._own

    def find_own(self, path: str, signature: Signature) -> bytes | None:
        """Return the digest of what we wrote last, if the note may still be that."""
        return self._own.get(path) if self._seen.get(path) == signature else None

    def find_recent(self, path: str, signature: Signature) -> bytes | None:
        """Return the digest of what we wrote, if the note may still be that: nobody edited it since.

        Unlike `find_own` it does so whatever else the note is dealt with for, until `forget_recent`.
        """
        known = self._recent.get(path)
        return known[1] if known and known[0] == signature else None

    def forget_recent(self, quiet: float, wall: float) -> None:
        """Forget writes of ours that no quiet period counts any more.

        Args:
            quiet: the longest quiet period, in seconds.
            wall: the present, in seconds since 1970.
        """
        while self._recent:
            path, (signature, _) = next(iter(self._recent.items()))
            if 0 <= find_age(signature, wall) < quiet:
                return
            del self._recent[path]

    def invalidate(self, paths: Iterable[str]) -> None:
        """Have notes dealt with again although they look the same."""
        for path in paths:
            self._unsure.add(path)
            self._own.pop(path, None)

    def forget(self, path: str) -> None:
        """Remove a note that is gone."""
        self.has_news |= self._seen.pop(path, None) is not None
        self._unsure.discard(path)
        self._own.pop(path, None)
        self._recent.pop(path, None)
        self.governed.discard(path)
        self.problems.pop(path, None)

    def find_changed(self, scan: Scan) -> list[str]:
        """Return the notes that have to be dealt with, and forget those that are gone."""
        for path in self._seen.keys() - scan.signatures.keys():
            self.forget(path)
        found = scan.signatures.items()
        return [path for path, signature in found if not self.is_done(path, signature)]

    def lacks_event(self, path: str, signature: Signature) -> bool:
        """Say whether a note that is not in the queue must have caused an event that did not come.

        It was written since it was dealt with, if only by us. A mere change of rights is no write.
        """
        known = self._seen.get(path)
        is_same = known is not None and known._replace(ctime_ns=signature.ctime_ns) == signature
        return not is_same or path in self._own


# The configuration and Obsidian's settings, loaded again when they change.

_LASTS: Final = 2.0
_SHOWN: Final = 5


@dataclass(slots=True)
class Reloader:
    """Keeps a workspace up to date.

    A change counts when it has lasted two seconds: an editor may empty or remove a file before it writes
    it, and an empty configuration is a valid one.

    Attributes:
        files: that decide.
        workspace: the last one that could be opened.
        log: where changes go, and what is wrong with them.
        trouble: why the files as they are now cannot be used; empty where they can.
    """

    files: SettingsFiles
    workspace: Workspace
    log: logging.Logger
    trouble: str = ""
    _used: SettingsSignatures = field(init=False)
    _seen: SettingsSignatures = field(init=False)
    _since: float = inf

    def __post_init__(self) -> None:
        self._used = self._seen = self.files.sign_all(self.workspace)

    def reload(self, now: float) -> bool:
        """Open the workspace again if its settings have changed; say whether that was done.

        Raises:
            VaultNotFoundError: the vault has gone.
        """
        found = self.files.sign_all(self.workspace)
        if found != self._seen:
            self._seen, self._since = found, now
        if self._seen == self._used:
            self._since = inf
            return False
        if now - self._since < _LASTS:
            return False
        self._used, self._since = self._seen, inf
        return self._open()

    def next_check(self) -> float:
        """Return when a change that was seen will have lasted; infinity where none was seen."""
        return self._since + _LASTS

    def _open(self) -> bool:
        try:
            self.workspace = open_workspace(Path(self.files.root), self.files.config)
        except ConfigError as error:
            self._log_problems(error)
            return False
        self._used = self._seen = self.files.sign_all(self.workspace)
        self.trouble = ""
        self.log.info("The settings have changed; all notes are looked at with the new ones.")
        return True

    def _log_problems(self, error: ConfigError) -> None:
        self.trouble = "The settings have changed but cannot be used; the old ones still count."
        self.log.error("%s", self.trouble)
        for problem in error.problems[:_SHOWN]:
            self.log.error("%s", problem.located(error.path))


# The files that decide how the notes of a vault are refreshed, and whether one of them has changed.

_OBSIDIAN: Final = ("app.json", "types.json", *(file for file, _, _ in CORE_SETTINGS))

SettingsSignatures: TypeAlias = dict[str, Signature | None]
"""For each file its signature; None if it is not there."""


@dataclass(frozen=True, slots=True)
class SettingsFiles:
    """Where the settings of a vault lie.

    Attributes:
        root: the vault.
        config: the configuration file that was named instead of the vault's own.
    """

    root: str
    config: Path | None

    def sign_all(self, workspace: Workspace) -> SettingsSignatures:
        """Return the signatures that all of the files have now."""
        return {path: _sign(path) for path in self._list(workspace)}

    def lie_elsewhere(self, workspace: Workspace) -> bool:
        """Say whether a file can change without an event: it lies, or has a name, outside of the vault."""
        root = os.path.realpath(self.root) + os.sep
        return any(_lies_elsewhere(path, root) for path in self._list(workspace))

    def _list(self, workspace: Workspace) -> Iterator[str]:
        yield os.fspath(self.config) if self.config else f"{self.root}/{CONFIG_NAME}"
        yield from (f"{self.root}/{name}" for name in find_misnamed_configs(self.root))
        for folder in find_config_folders(self.root):
            yield from (f"{self.root}/{folder}/{name}" for name in _OBSIDIAN)
            yield from (f"{self.root}/{path}" for path in list_plugin_settings(self.root, folder))
        for rules in workspace.config.rules:
            if rules.from_base:
                yield f"{self.root}/{rules.from_base.text}"


def _sign(path: str) -> Signature | None:
    """Return the signature of a file, or of that which a link leads to: its text is what counts."""
    try:
        return sign(os.stat(path))  # noqa: PTH116 - a str is at hand
    except (OSError, ValueError):
        return None


def _lies_elsewhere(path: str, root: str) -> bool:
    try:
        return not os.path.realpath(path).startswith(root) or os.stat(path).st_nlink > 1  # noqa: PTH116 - a str is at hand
    except (OSError, ValueError):
        return os.path.islink(path)  # noqa: PTH114 - the same
