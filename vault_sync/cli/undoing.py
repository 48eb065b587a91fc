"""The run behind ``undo``: find the journal of a run and put back what it says."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from vault_sync.cli.runs import open_output
from vault_sync.cli.session import Session
from vault_sync.files.folder import VaultFolder
from vault_sync.printable import make_printable
from vault_sync.refresh import preview
from vault_sync.selection import Selection
from vault_sync.state.folder import open_state
from vault_sync.state.journal import Journal
from vault_sync.undo import UNDO, UndoPlanner, find_undoable
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from vault_sync.cli import Options


def run_undo(
    options: Options, run_id: str | None, format_: str, stdout: IO[str], *, is_diff: bool
) -> int:
    """Put back the old values of a run and return the exit code."""
    workspace = open_workspace(locate_vault((), options.vault), options.config)
    journal = Journal(open_state(Path(workspace.vault.root)))
    log = journal.read_run(find_undoable(journal.runs(), run_id))
    edits = {
        settled.entry.path: settled.entry.edits
        for settled in log.entries
        if settled.status in {None, "written"}
    }
    selection = Selection(notes=sorted(edits))
    moment = workspace.moment(None)
    with VaultFolder(workspace.vault.root) as root:
        session = Session(workspace, root, moment, moment, selection, UNDO + log.run_id)
        planner = UndoPlanner(root, edits)
        output = open_output(session, options, format_, stdout, is_diff=is_diff)
        if is_diff:
            summary = preview(planner, selection.notes, output)
        else:
            summary = session.write(planner, output)
        output.finish(summary)
        return summary.exit_code


def list_runs(options: Options) -> int:
    """Print the runs of a vault, the newest first."""
    root = locate_vault((), options.vault)
    for run in Journal(open_state(root)).runs():
        written = "interrupted" if run.written is None else f"{run.written} notes"
        click.echo(
            f"{make_printable(f'{run.run_id}  {run.started[:16]}  {run.command}')}  {written}"
        )
    return 0
