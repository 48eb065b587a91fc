"""``vault-sync refresh``: open the vault, select notes, write or preview, tell."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from vault_sync.cli.options import format_option, now_option
from vault_sync.errors import TooManyChangesError
from vault_sync.formula.registry import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from vault_sync.cli import Options
    from vault_sync.cli.output import Output
    from vault_sync.cli.session import RefreshRequest, Session
    from vault_sync.engine.refresh import Planner
    from vault_sync.engine.report import Summary
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.vault.workspace import Workspace


@click.command(name="refresh", short_help="Bring derived properties up to date.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a note is stale.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change as a diff.")
@click.option("--stable", is_flag=True, help="Skip values that depend on date or time.")
@now_option
@format_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="How many notes are brought to the disk at the same time; 1 for one by one.",
)
@click.option(
    "--max-changes",
    type=click.IntRange(0),
    metavar="N",
    help="Write nothing at all if more than N notes are stale.",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Read every note, even if it has not changed since it was true.",
)
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 if a note was written.")
@click.pass_obj
def refresh_command(options: Options, /, paths: tuple[Path, ...], **chosen: Any) -> int:
    """Bring the derived properties of notes up to date, and change nothing else.

    PATHS are notes, folders or a vault; without any, the vault around the working folder.

    \b
    Examples:
      vault-sync refresh --diff Notes      show what would change, write nothing
      vault-sync refresh Notes             do it
      vault-sync refresh --check Notes     for scripts: exit with 1 if a note is stale
      vault-sync undo                      put the old values back
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.session import RefreshRequest

    return run_refresh(options, RefreshRequest(paths=paths, **chosen), sys.stdout)


def run_refresh(options: Options, request: RefreshRequest, stdout: IO[str]) -> int:
    """Refresh notes, or show what a refresh would do, and return the exit code."""
    from vault_sync.cli.session import REFRESH, Session
    from vault_sync.engine.selection import select_notes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.vault.workspace import locate_vault, open_workspace

    workspace = open_workspace(locate_vault(request.paths, options.vault), options.config)
    moment, started = read_moment(workspace, request.now), workspace.moment(None)
    clock = Clock.STABLE if request.stable else Clock.INSTANT
    selection = select_notes(workspace.vault, request.paths)
    conditions = choose_conditions(workspace, moment, request.now, clock)
    with VaultFolder(workspace.vault.root) as root:
        session = Session(workspace, root, moment, started, selection, REFRESH)
        with _open_planner(session, conditions, request) as planner:
            if request.max_changes is not None:
                _refuse_mass(planner, selection.notes, request.max_changes)
            output = open_output(session, options, request.format_, stdout, is_diff=request.diff)
            summary = _run(session, planner, request, output)
        return _judge(request, summary)


@contextmanager
def _open_planner(
    session: Session, conditions: Conditions, request: RefreshRequest
) -> Iterator[Planner]:
    from vault_sync.engine.caching_planner import plan_with_index
    from vault_sync.engine.refresh import RefreshPlanner

    rules, notes = session.workspace.rules, session.selection.notes
    planner = RefreshPlanner(session.root, rules, conditions)
    if request.no_cache:
        yield planner
        return
    with plan_with_index(planner, rules, conditions, notes, session.started) as indexed:
        yield indexed


def _run(session: Session, planner: Planner, request: RefreshRequest, output: Output) -> Summary:
    from vault_sync.engine.caching_planner import listen_for
    from vault_sync.engine.refresh import preview

    gc.freeze()  # what the program itself is made of need not be looked through again and again
    selection = session.selection
    for ignored in selection.ignored:
        output.note_done(ignored)
    if request.check or request.diff:
        summary = preview(planner, selection.notes, output)
    else:
        summary = session.write(planner, listen_for(planner, output), request.jobs)
    output.finish(summary)
    return summary


def _judge(request: RefreshRequest, summary: Summary) -> int:
    from vault_sync.engine.report import STALE_EXIT_CODE, Status

    counts = summary.by_status
    is_wrong = (request.check and counts[Status.STALE]) or (
        request.fail_on_change and counts[Status.CHANGED]
    )
    return max(STALE_EXIT_CODE if is_wrong else 0, summary.exit_code)


def read_moment(workspace: Workspace, typed: str | None) -> datetime:
    """Return the moment of the run: the present one, or the one that the user typed."""
    zone = workspace.config.timezone
    return parse_typed_moment(typed, zone) if typed else workspace.moment(None)


def choose_conditions(
    workspace: Workspace, moment: datetime, typed: str | None, clock: Clock = Clock.INSTANT
) -> Conditions:
    """Return the conditions of a moment that the user typed, or else those of its whole day."""
    fixed = workspace.conditions_at(moment, clock)
    return fixed if typed else fixed.for_whole_day()


def parse_typed_moment(typed: str, zone: tzinfo | None) -> datetime:
    """Return the moment that the user typed behind ``--now``, in a zone; None for the machine's."""
    from vault_sync.clock import parse_moment

    try:
        return parse_moment(typed, zone)
    except (ValueError, OverflowError):
        message = f"{typed!r} is no moment; write it as 2024-10-27T14:01."
        raise click.BadParameter(message, param_hint="--now") from None


def open_output(
    session: Session, options: Options, format_: str, stdout: IO[str], *, is_diff: bool
) -> Output:
    """Return what shows the results in the format that the user chose."""
    from vault_sync.cli.output import PUT_BACK, REFRESHED, JsonOutput, TextOutput, print_skipped
    from vault_sync.cli.session import REFRESH

    vault = session.workspace.vault.root
    if format_ == "json":
        return JsonOutput(vault, session.moment.isoformat(), stdout)
    print_skipped(session.selection.skipped, options.verbosity)
    is_undo = session.command != REFRESH
    return TextOutput(
        options.verbosity,
        is_diff=is_diff,
        total=len(session.selection.notes),
        words=PUT_BACK if is_undo else REFRESHED,
        find_hint=str if is_undo else partial(_hint_undo, vault),
    )


def _hint_undo(vault: str) -> str:
    """Return how to go back, as it can be typed where the user is."""
    from vault_sync.text import make_printable
    from vault_sync.vault.vault import find_vault

    try:
        here = Path.cwd()
    except OSError:  # the working folder is gone
        here = Path(vault)
    if find_vault(here) == Path(vault):
        return "`vault-sync undo` puts the old values back."
    import shlex

    is_below = Path(vault).is_relative_to(here)
    shown = str(Path(vault).relative_to(here)) if is_below else vault
    return (
        f"`vault-sync --vault {shlex.quote(make_printable(shown))} undo` puts the old values back."
    )


def _refuse_mass(planner: Planner, paths: Sequence[str], limit: int) -> None:
    """Stop before anything is written where more notes are stale than the user expects."""
    from vault_sync.engine.refresh import Stale

    stale = sum(isinstance(planner.plan(path), Stale) for path in paths)
    if stale > limit:
        message = f"{stale} notes are stale, more than --max-changes {limit}: nothing was written."
        raise TooManyChangesError(message)
