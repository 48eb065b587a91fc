"""Settles conflict copies beside the daemon's other work, and says in the log what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.daemon.batch_writer import COMMAND, Batch
from vault_sync.daemon.scan import find_age
from vault_sync.engine.conflict_copies import (
    CopyComparer,
    CopyRelation,
    settle_copies,
    was_brought_back,
)
from vault_sync.engine.refresh import look_around
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import stat_note
from vault_sync.index.history import open_histories
from vault_sync.text import make_printable
from vault_sync.vault.ignore import find_original_names
from vault_sync.vault.vault import why_ignored

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from vault_sync.daemon.days import Clocks
    from vault_sync.engine.conflict_copies import SettledCopy
    from vault_sync.files.read import NoteBytes
    from vault_sync.state.folder import StateFolder
    from vault_sync.vault.workspace import Workspace


@dataclass(slots=True)
class CopySettler:
    """Settles conflict copies of sync services where nothing of a person can be lost.

    Attributes:
        log: where each copy goes that was settled, or that is for the user to decide.
        clocks: give the time.
        sleep: waits for some seconds.
    """

    log: logging.Logger
    clocks: Clocks
    sleep: Callable[[float], None]
    _warned: set[str] = field(default_factory=set)

    def settle(self, workspace: Workspace, batch: Batch) -> dict[str, float]:
        """Settle conflict copies.

        Args:
            workspace: the vault.
            batch: the copies; its quiet period must have passed for each and for its note.

        Returns:
            Copies that must be looked at again, with the seconds until then.

        Raises:
            NoteError: the vault cannot be opened.
            StateError: the state folder cannot be used; nothing was changed.
            OSError: a rescue copy could not be written; nothing was lost.
        """
        waits = {path: self._find_wait(workspace, path, batch.quiet) for path in batch.paths}
        ready = [path for path, wait in waits.items() if wait == 0]
        with VaultFolder(workspace.vault.root) as root:
            rules, root_path = workspace.rules, Path(workspace.vault.root)
            histories = open_histories(root_path, rules)
            of_day = workspace.conditions(batch.start)
            conditions = look_around(of_day, rules, workspace.vault, root)
            comparer = CopyComparer(root, rules, conditions, histories)
            settled = settle_copies(
                ready,
                comparer,
                batch.started,
                command=COMMAND,
                may_settle=self._may_settle,
                sleep=self.sleep,
            )
            for one in settled:
                self._log_settled(one)
            for path in ready:
                if comparer.compare(path).relation is CopyRelation.OTHER:
                    self._warn_once(
                        path,
                        "You wrote in %s as well as in its note, so both stay; `vault-sync doctor` shows the difference.",
                    )
        return {path: wait for path, wait in waits.items() if wait > 0}

    def _find_wait(self, workspace: Workspace, path: str, quiet: float) -> float:
        """Return for how many seconds a copy or its note must still be left alone; below 0 for always."""
        vault = workspace.vault
        folder, slash, name = path.rpartition("/")
        notes = [folder + slash + original for original in find_original_names(name)]
        there = [note for note in notes if stat_note(vault.root, note)]
        if not there or why_ignored(vault, there[0]):
            return 0.0 if not there else -1.0
        found = [stat_note(vault.root, one) for one in (path, there[0])]
        ages = [find_age(one, self.clocks.wall()) for one in found if one]
        return max((quiet - age for age in ages if 0 <= age < quiet), default=0.0)

    def _may_settle(self, state: StateFolder, copy: NoteBytes) -> bool:
        is_wanted = was_brought_back(state, copy)
        if is_wanted:
            self._warn_once(
                copy.path,
                "%s was settled before and is there again, so it stays; `vault-sync doctor --fix` settles it.",
            )
        return not is_wanted

    def _log_settled(self, one: SettledCopy) -> None:
        did = "its note has taken its text" if one.is_taken else "its note holds all of it"
        self.log.info(
            "Settled the conflict copy %s: %s. It is kept in %s.",
            make_printable(one.path),
            did,
            make_printable(str(one.rescue)),
        )

    def _warn_once(self, path: str, sentence: str) -> None:
        if path not in self._warned:
            self._warned.add(path)
            self.log.warning(sentence, make_printable(path))
