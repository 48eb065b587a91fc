"""A run that found nothing to do leaves a record of all that it depends on, for the next such call.

What it comes to depends on the notes, the names in their folders, the settings of the vault, where
the vault was found, the call itself, and the day. Each file and folder among these is signed; one
that was changed shortly before the run began may be changed again without another sign (see
`vault_sync.state.notecache`), so then nothing is kept.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import StateError
from vault_sync.quiet.recalling import find_record, name_call
from vault_sync.quiet.record import QuietRun, list_times, sign_all
from vault_sync.state.cachefile import keep_newest, write_cache_file
from vault_sync.state.folder import open_state
from vault_sync.state.notecache import AT_REST
from vault_sync.vault.settings import list_settings
from vault_sync.vault.vault import list_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from vault_sync.plan.evaluation import Conditions
    from vault_sync.selection import Selection
    from vault_sync.workspace import Workspace

MOST_RECORDS: Final = 16
_MACHINE_ZONE: Final = "/etc/localtime"
_ALWAYS: Final = (0.0, float("inf"))


class Call(NamedTuple):
    """How a run was called.

    Attributes:
        arguments: behind the program's name.
        start: the absolute path of the folder from which the vault was looked for.
        config_file: the configuration that was named, if one was.
        is_timeless: the moment was named, so that the clock does not matter.
        began: when, in seconds since 1970; no note had been looked at before.
    """

    arguments: Sequence[str]
    start: str
    config_file: Path | None
    is_timeless: bool
    began: float


def note_quiet_run(
    call: Call, workspace: Workspace, selection: Selection, conditions: Conditions, said: str
) -> None:
    """Keep that a run over a whole vault found nothing to do and nothing to tell.

    Args:
        call: how it was called.
        workspace: the vault, with rules that come to the same verdict all day long.
        selection: all notes of the vault.
        conditions: of the run.
        said: what it said.
    """
    root = workspace.vault.root
    places = [*selection.trail.folders, *selection.notes]
    with suppress(OSError, StateError):  # the next run has to look for itself, which is all
        others = [*_list_others(call, root)]
        signs = sign_all(others, root, places)
        if max(list_times(signs)) >= int(call.began * 1e9) - AT_REST:
            return
        span = _ALWAYS if call.is_timeless else (call.began, _find_end(workspace, conditions))
        name = name_call(call.arguments)
        run = QuietRun(
            call=name, span=span, said=said, root=root, places=places, others=others, signs=signs
        )
        open_state(Path(root))
        file = Path(find_record(name))
        write_cache_file(file, run.pack())
        keep_newest(file.parent, MOST_RECORDS)


def _list_others(call: Call, root: str) -> Iterator[str]:
    """Yield the files besides the notes and their folders on which the run depends."""
    yield from list_settings(root)
    yield from list_marks(call.start, root)
    yield _MACHINE_ZONE
    if call.config_file:
        yield os.path.abspath(call.config_file)  # noqa: PTH100 - resolve() would follow links


def _find_end(workspace: Workspace, conditions: Conditions) -> float:
    """Return when the day of a run ends, in seconds since 1970."""
    end: datetime = conditions.ends_of_day()[1]
    zone = workspace.config.timezone
    # The machine's zone is asked about that very moment: its clocks may be changed until then.
    return (end.replace(tzinfo=zone) if zone else end.astimezone()).timestamp()
