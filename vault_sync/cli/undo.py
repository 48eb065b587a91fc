"""``vault-sync undo``: find the journal of a run and put back what it says."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vault_sync.cli.language import command, count, echo, say
from vault_sync.cli.options import Options, dry_run_option, format_option, spell_program
from vault_sync.cli.output import PUT_BACK, JsonOutput, Output, TextOutput, print_problem
from vault_sync.cli.streams import print_json
from vault_sync.clock import write_moment
from vault_sync.engine.report import Status, Summary
from vault_sync.errors import RunNotFoundError
from vault_sync.state.folder import StateFolder, list_gone_vaults, open_state
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from vault_sync.state.journal import Journal, RunLog, RunSummary

_PLACES: Final = 3


@command("undo", "Put the old values of a run back.")
@click.argument("run", required=False)
@click.option("--list", "is_list", is_flag=True, help="List the runs that can be undone.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would be put back as a diff.")
@dry_run_option
@format_option
def undo_command(  # noqa: PLR0913 - one parameter for each option
    options: Options, /, run: str | None, format_: str, *, is_list: bool, diff: bool, dry_run: bool
) -> int:
    """Put back the old values of a run, where they were not changed since.

    RUN is one that --list shows; without it, the newest that was not undone yet.

    \b
    Examples:
      vault-sync undo --diff       show what would be put back
      vault-sync undo              do it
      vault-sync undo --list       list the runs
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.refresh import EXIT_CODE, finish_notes_in_hand, settle_git
    from vault_sync.engine.run import RefreshRun, preview
    from vault_sync.engine.undo import (
        UNDO,
        UndoPlanner,
        follow_renames,
        read_rescued,
        restore_copy,
    )
    from vault_sync.files.folder import VaultFolder
    from vault_sync.state.journal import Journal
    from vault_sync.vault.vault import list_notes

    if is_list:
        return list_runs(options, format_)
    workspace = options.open_workspace()
    is_dry = diff or dry_run
    state = open_state(Path(workspace.vault.root))
    journal = Journal(state)
    log = _read_run(journal, state, run)
    settled = [one for one in log.entries if one.status in {None, "written"}]
    entries = {one.entry.path: one.entry for one in settled}
    moment = workspace.moment(None)
    command = UNDO + log.run_id
    with VaultFolder(workspace.vault.root) as root:
        entries = follow_renames(root, entries, list_notes(workspace.vault))
        wholes = {
            path: read_rescued(entry, state.rescue)
            for path, entry in entries.items()
            if entry.rescue
        }
        texts = {path: whole for path, whole in wholes.items() if whole}
        planner = UndoPlanner(root, entries, texts)
        found = map(planner.plan, sorted(path for path in entries if entries[path].new_hash))
        output: Output = (
            JsonOutput(workspace.vault.root, write_moment(moment), sys.stdout)
            if format_ == "json"
            else TextOutput(
                options.verbosity,
                is_diff=diff,
                total=len(entries),
                words=PUT_BACK,
                find_hint=partial(_hint_rest, workspace.vault.root),
            )
        )
        is_journaled = True
        if is_dry:
            summary = preview(found, output)
        else:
            with finish_notes_in_hand() as is_stopped:
                writing = RefreshRun(planner, command, moment, print_problem, is_stopped=is_stopped)
                summary = writing.write(found, output)
                settle_git(workspace.vault.root, summary)
            is_journaled = bool(summary.by_status[Status.CHANGED])
        for path in [] if summary.is_stopped else sorted(texts):
            if not entries[path].new_hash:
                result = restore_copy(root, path, texts[path].data, is_diff=is_dry)
                summary.seen += 1
                summary.add(result)
                output.note_done(result)
        if not (is_journaled or summary.exit_code or summary.is_stopped):
            journal.note(command, moment)  # all is back: the run before is the next one
        output.finish(summary)
        return EXIT_CODE if summary.is_stopped else summary.exit_code


def _read_run(journal: Journal, state: StateFolder, run: str | None) -> RunLog:
    """Return what a run has done.

    Raises:
        RunNotFoundError: there is no such run; says where there may be more of this vault.
    """
    from vault_sync.engine.undo import find_undoable

    try:
        return journal.read_run(find_undoable(journal.runs(), run))
    except RunNotFoundError as error:
        places = _describe_older_places(state)
        raise RunNotFoundError(f"{error} {places}") if places else error from None


def _describe_older_places(state: StateFolder) -> str:
    """Return the places at which the vault may have been, as runs belong to a path; empty for none."""
    places = list_gone_vaults(state)[:_PLACES]
    if not places:
        return ""
    known = ", ".join(f"{make_printable(vault)} ({folder})" for vault, folder in places)
    return (
        f"The runs of a vault belong to its path, and these vaults are gone from theirs: {known}. If one of them"
        f" is this one, copy the `journal` of that folder into {state.path}, or move the vault back to undo there."
    )


def _hint_rest(vault: str, summary: Summary) -> str:
    return f"`{spell_program(Path(vault))} undo` puts the rest back." if summary.is_stopped else ""


def list_runs(options: Options, format_: str) -> int:
    """Print the runs of a vault, the newest first: what each wrote, what is undone, what comes next."""
    from vault_sync.engine.undo import NO_RUN, find_next, find_undone
    from vault_sync.state.journal import Journal

    root = options.locate_vault()
    state = open_state(root)
    runs = Journal(state).runs()
    undone, next_ = find_undone(runs), find_next(runs)
    described = [
        describe_run(run, is_undone=run.run_id in undone, is_next=run == next_) for run in runs
    ]
    if format_ == "json":
        print_json({"vault": str(root.absolute()), "runs": described})
        return 0
    for run in described:
        echo(_render_run(run))
    if not described:
        places = _describe_older_places(state)
        echo(NO_RUN, err=True)
        echo(places, err=True, nl=bool(places))
    return 0


def describe_run(run: RunSummary, *, is_undone: bool, is_next: bool) -> dict[str, Any]:
    """Return a run as JSON has it: the form that programs rely on."""
    return {
        "run": run.run_id,
        "started": run.started,
        "command": run.command,
        "written": run.written,
        "whole": run.is_whole,
        "undone": is_undone,
        "next": is_next,
    }


def _render_run(run: dict[str, Any]) -> str:
    head = make_printable(f"{run['run']}  {run['started'][:16]}  {run['command']}")
    written = run["written"]
    marks = (
        *(() if written is None else (count("{n} note", "{n} notes", written),)),
        *(() if run["whole"] else (say("interrupted"),)),
        *((say("undone"),) if run["undone"] else ()),
        *((say("next to undo"),) if run["next"] else ()),
    )
    return f"{head}  {', '.join(marks)}"
