"""``vault-sync undo``: find the journal of a run and put back what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from vault_sync.cli.options import format_option
from vault_sync.errors import RunNotFoundError

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.cli.output import Output
    from vault_sync.state.folder import StateFolder

_PLACES: Final = 3


@click.command(name="undo", short_help="Put the old values of a run back.")
@click.argument("run", required=False)
@click.option("--list", "is_list", is_flag=True, help="List the runs that can be undone.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would be put back as a diff.")
@format_option
@click.pass_obj
def undo_command(
    options: Options, /, run: str | None, format_: str, *, is_list: bool, diff: bool
) -> int:
    """Put back the old values of a run, where they were not changed since.

    RUN is one that --list shows; without it, the newest that was not undone yet.

    \b
    Examples:
      vault-sync undo --diff       show what would be put back
      vault-sync undo              do it
      vault-sync undo --list       list the runs
    """  # noqa: D301 - \b is a character that click knows
    if is_list:
        return list_runs(options)
    return run_undo(options, run, format_, sys.stdout, is_diff=diff)


def run_undo(
    options: Options, run_id: str | None, format_: str, stdout: IO[str], *, is_diff: bool
) -> int:
    """Put back the old values of a run and return the exit code."""
    from vault_sync.cli.output import PUT_BACK, JsonOutput, TextOutput, print_problem
    from vault_sync.cli.refresh import settle_git
    from vault_sync.engine.run import RefreshRun, preview
    from vault_sync.engine.undo import UNDO, UndoPlanner, find_undoable, follow_renames
    from vault_sync.files.folder import VaultFolder
    from vault_sync.state.folder import open_state
    from vault_sync.state.journal import Journal
    from vault_sync.vault.vault import list_notes
    from vault_sync.vault.workspace import locate_vault, open_workspace

    workspace = open_workspace(locate_vault((), options.vault), options.config)
    state = open_state(Path(workspace.vault.root))
    journal = Journal(state)
    try:
        log = journal.read_run(find_undoable(journal.runs(), run_id))
    except RunNotFoundError as error:
        places = _describe_older_places(state)
        raise RunNotFoundError(f"{error} {places}") if places else error from None
    entries = [one.entry for one in log.entries if one.status in {None, "written"}]
    moment = workspace.moment(None)
    with VaultFolder(workspace.vault.root) as root:
        renamed = follow_renames(root, entries, list_notes(workspace.vault))
        edits = {renamed.get(entry.path, entry.path): entry.edits for entry in entries}
        planner = UndoPlanner(root, edits)
        found = map(planner.plan, sorted(edits))
        output: Output = (
            JsonOutput(workspace.vault.root, moment.isoformat(), stdout)
            if format_ == "json"
            else TextOutput(
                options.verbosity,
                is_diff=is_diff,
                total=len(edits),
                words=PUT_BACK,
                find_hint=str,
            )
        )
        if is_diff:
            summary = preview(found, output)
        else:
            run = RefreshRun(planner, UNDO + log.run_id, moment, print_problem)
            summary = run.write(found, output)
            settle_git(workspace.vault.root, summary)
        output.finish(summary)
        return summary.exit_code


def _describe_older_places(state: StateFolder) -> str:
    """Return the places at which the vault may have been, as runs belong to a path; empty for none."""
    from vault_sync.state.folder import list_gone_vaults
    from vault_sync.text import make_printable

    places = list_gone_vaults(state)[:_PLACES]
    if not places:
        return ""
    known = ", ".join(f"{make_printable(vault)} ({folder})" for vault, folder in places)
    return (
        f"The runs of a vault belong to its path, and these vaults are gone from theirs: {known}. If one of them"
        f" is this one, copy the `journal` of that folder into {state.path}, or move the vault back to undo there."
    )


def list_runs(options: Options) -> int:
    """Print the runs of a vault, the newest first."""
    from vault_sync.state.folder import open_state
    from vault_sync.state.journal import Journal
    from vault_sync.text import make_printable
    from vault_sync.vault.workspace import locate_vault

    state = open_state(locate_vault((), options.vault))
    runs = Journal(state).runs()
    if not runs and (places := _describe_older_places(state)):
        click.echo(places, err=True)
    for run in runs:
        written = "interrupted" if run.written is None else f"{run.written} notes"
        click.echo(
            f"{make_printable(f'{run.run_id}  {run.started[:16]}  {run.command}')}  {written}"
        )
    return 0
