"""After a refresh: was there nothing to do and nothing to tell, so that it need not be run again?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vault_sync.cli.output import REFRESHED, summarize
from vault_sync.report import Status

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.cli.session import RefreshRequest, Session
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.report import Summary


def note_if_quiet(
    options: Options,
    request: RefreshRequest,
    session: Session,
    conditions: Conditions,
    summary: Summary,
) -> None:
    """Keep that this call came to nothing, if all that it depends on can be told at a glance."""
    if not (_is_silent(session, summary) and _is_plain(request, session)):
        return
    from vault_sync.quiet.noting import Call, note_quiet_run  # noqa: PLC0415 - for a quick start

    root = session.workspace.vault.root
    call = Call(
        arguments=options.call,
        start=root if options.vault or request.paths else os.getcwd(),  # noqa: PTH109 - a str is wanted
        config_file=options.config,
        is_timeless=request.now is not None,
        began=session.started.timestamp(),
    )
    said = summarize(summary, REFRESHED) if options.verbosity >= 0 else ""
    note_quiet_run(call, session.workspace, session.selection, conditions, said)


def _is_silent(session: Session, summary: Summary) -> bool:
    """Say whether every note was true or not ours, and nothing was met that has to be told."""
    selection, counts = session.selection, summary.by_status
    was_met = selection.skipped or selection.ignored or selection.leftovers
    others = sum(counts.values()) - counts[Status.UNCHANGED]
    return not was_met and others == 0 and summary.exit_code == 0


def _is_plain(request: RefreshRequest, session: Session) -> bool:
    """Say whether the run was about all notes of a vault, and the notes and settings alone decide."""
    workspace, root = session.workspace, session.workspace.vault.root
    is_whole = all(os.path.abspath(path) == root for path in request.paths)  # noqa: PTH100 - links are not followed
    has_bases = any(own.from_base for own in workspace.config.rules)
    is_text = request.format_ == "text"
    return is_whole and is_text and not has_bases and not session.selection.trail.has_links
