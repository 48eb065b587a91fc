"""``vault-sync refresh``: open the vault, select notes, write or preview them, show the results."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

import click

from vault_sync.cli.language import command, count
from vault_sync.cli.options import (
    Options,
    SpelledPath,
    dry_run_option,
    format_option,
    now_option,
    spell_program,
    stable_option,
)
from vault_sync.cli.streams import warn
from vault_sync.clock import parse_moment, read_clock, write_moment
from vault_sync.engine.report import STALE_EXIT_CODE, NoteResult, Status, Summary
from vault_sync.errors import GitError
from vault_sync.formula.registry import Clock
from vault_sync.i18n import choose_language
from vault_sync.text import find_twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from vault_sync.cli.output import Output, TextOutput
    from vault_sync.engine.refresh import Found, RefreshPlanner
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.vault.vault import Selection
    from vault_sync.vault.workspace import Workspace

_JOBS: Final = 8


@command("refresh", "Bring derived properties up to date.")
@click.argument("paths", nargs=-1, type=SpelledPath())
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a note is stale.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change as a diff.")
@dry_run_option
@stable_option
@now_option
@format_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=_JOBS,
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
@click.option(
    "--only", is_flag=True, help="Leave alone the notes that read those named, if any do."
)
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 if a note was written.")
def refresh_command(options: Options, /, paths: tuple[Path, ...], **chosen: Any) -> int:
    """Bring the derived properties of notes up to date, and change nothing else.

    PATHS are notes, folders or a vault; without any, the vault around the working folder. Notes
    whose formulas read one of these follow it.

    \b
    Examples:
      vault-sync refresh --diff Notes      show what would change, write nothing
      vault-sync refresh Notes             do it
      vault-sync refresh --check Notes     exit with 1 if a note is stale
      vault-sync undo                      put the old values back
    """  # noqa: D301 - \b is a character that click knows
    return run_refresh(options, RefreshRequest(paths=paths, **chosen), sys.stdout)


class RefreshRequest(NamedTuple):
    """What the user asked of ``refresh``, option by option."""

    paths: tuple[Path, ...]
    check: bool = False
    diff: bool = False
    dry_run: bool = False
    stable: bool = False
    now: str | None = None
    format_: str = "text"
    jobs: int = _JOBS
    max_changes: int | None = None
    no_cache: bool = False
    only: bool = False
    fail_on_change: bool = False


def run_refresh(
    options: Options,
    request: RefreshRequest,
    stdout: IO[str],
    opener: Callable[..., RefreshPlanner] | None = None,
) -> int:
    """Refresh notes, or show what a refresh would do, and return the exit code.

    Args:
        options: those of every command.
        request: what was asked of this one.
        stdout: where the results go.
        opener: opens the planner in the place of `open_planner`, given the same.
    """
    from vault_sync.cli.output import JsonOutput, print_problem
    from vault_sync.engine.caching_planner import plan_with_index
    from vault_sync.engine.refresh import find_dependents, open_planner
    from vault_sync.engine.run import RefreshRun, plan_within, preview
    from vault_sync.files.folder import VaultFolder
    from vault_sync.rules.ruleset import reads_others
    from vault_sync.vault.vault import list_notes, select_notes

    workspace = options.open_workspace(request.paths)
    vault, rules = workspace.vault.root, workspace.rules
    moment, started = read_moment(workspace, request.now), workspace.moment(None)
    selection = select_notes(workspace.vault, request.paths)
    clock = Clock.STABLE if request.stable else Clock.INSTANT
    conditions = choose_conditions(workspace, moment, request.now, clock)
    follows = bool(request.paths) and not request.only and reads_others(rules)
    every = [*list_notes(workspace.vault)] if follows else selection.notes
    known = () if request.no_cache else every
    gc.freeze()  # what the program itself is made of need not be looked through again and again
    with ExitStack() as stack:
        root = stack.enter_context(VaultFolder(vault))
        plain = (opener or open_planner)(root, rules, conditions, workspace.vault)
        planner = stack.enter_context(plan_with_index(plain, rules, conditions, known, started))
        if len(every) > len(selection.notes):
            selection.dependents = find_dependents(planner, selection.notes, every)
        paths = [*selection.notes, *selection.dependents]
        found: Iterable[Found] = map(planner.plan, paths)
        if request.max_changes is not None:
            found = plan_within(planner, paths, request.max_changes)
        output: Output = (
            JsonOutput(vault, write_moment(moment), stdout, selection.skipped)
            if request.format_ == "json"
            else _open_text(options, request, selection, vault)
        )
        for path, reason, _ in selection.ignored:
            output.note_done(NoteResult(path, Status.SKIPPED, reason=reason))
        if request.check or request.diff or request.dry_run:
            summary = preview(found, output)
        else:
            with finish_notes_in_hand() as is_stopped:
                run = RefreshRun(
                    planner,
                    "refresh",
                    started,
                    print_problem,
                    jobs=request.jobs,
                    rules=() if request.no_cache else rules,
                    is_stopped=is_stopped,
                )
                summary = run.write(found, output, selection.leftovers)
                settle_git(vault, summary)
        output.finish(summary)
    return max(_judge(request, summary), _print_unread(selection, workspace))


def _print_unread(selection: Selection, workspace: Workspace) -> int:
    """Say how much of the vault could not be read, and return the exit code."""
    if not any(entry.is_unread for entry in selection.skipped):
        return 0
    from vault_sync.cli.output import print_unread

    language = choose_language(workspace.config.locale, os.environ)
    return print_unread(selection.skipped, "refresh", language)


def _open_text(
    options: Options, request: RefreshRequest, selection: Selection, vault: str
) -> TextOutput:
    from vault_sync.cli.output import REFRESHED, TextOutput, print_skipped

    print_skipped(selection.skipped, options.verbosity)
    if selection.dependents and options.verbosity >= 0:
        told = count(
            "with {n} note that reads what is named here; `--only` leaves that alone.",
            "with {n} notes that read what is named here; `--only` leaves them alone.",
            len(selection.dependents),
        )
        warn(told)
    return TextOutput(
        options.verbosity,
        is_diff=request.diff,
        total=len(selection.notes) + len(selection.dependents),
        words=REFRESHED,
        find_hint=partial(_hint_undo, vault),
        twins=find_twins(selection.notes),
    )


def _judge(request: RefreshRequest, summary: Summary) -> int:
    if summary.is_stopped:
        return EXIT_CODE
    counts = summary.by_status
    is_wrong = (request.check and counts[Status.STALE]) or (
        request.fail_on_change and counts[Status.CHANGED]
    )
    return max(STALE_EXIT_CODE if is_wrong else 0, summary.exit_code)


def read_moment(workspace: Workspace | None, typed: str | None) -> datetime:
    """Return the moment of the run: the present one, or the one that the user typed behind ``--now``.

    Args:
        workspace: whose zone and days count; None for those of the machine.
        typed: what the user typed; None for nothing.
    """
    try:
        if workspace:
            return workspace.moment(typed)
        return parse_moment(typed, None) if typed else read_clock(None)
    except (ValueError, OverflowError):
        message = f"{typed!r} is no moment; write it as 2024-10-27T14:01."
        raise click.BadParameter(message, param_hint="--now") from None


def choose_conditions(
    workspace: Workspace, moment: datetime, typed: str | None, clock: Clock = Clock.INSTANT
) -> Conditions:
    """Return the conditions of a moment that the user typed, or else those of its whole day."""
    fixed = workspace.conditions_at(moment, clock)
    return fixed if typed else fixed.for_whole_day()


def _hint_undo(vault: str, summary: Summary) -> str:
    """Return how to go back after notes were written, as it can be typed where the user is."""
    if not sum(summary.by_status.values()):
        return "`vault-sync init` says what vault-sync looks for."
    if not summary.by_status[Status.CHANGED]:
        return ""
    return f"`{spell_program(Path(vault))} undo` puts the old values back."


# After notes were written: git looks at them again, where its index would be wrong about them.


def settle_git(vault: str, summary: Summary) -> None:
    """Let git look again at the notes of a vault after a run; what fails is printed and no more.

    Args:
        vault: its folder.
        summary: of the run.
    """
    if not free_index(Path(vault)) and not summary.by_status[Status.CHANGED]:
        return
    try:
        settle_if_tracked(Path(vault))
    except GitError as error:
        warn(str(error))


def settle_if_tracked(root: Path) -> None:
    """Let git look again at the notes of a vault, if our filter is installed in its repository.

    Where there is no repository, git is not started. Within a hook nothing is done: git is in the
    middle of a commit and may hold the index (githooks(5), `GIT_INDEX_FILE`).

    Args:
        root: the vault.

    Raises:
        GitError: the index is locked by another git, or git fails.
    """
    from vault_sync.vault.vault import find_work_tree

    if "GIT_INDEX_FILE" not in os.environ and find_work_tree(root):
        from vault_sync.git.drivers import refresh_vault_index

        refresh_vault_index(root)


def free_index(root: Path) -> bool:
    """Take git's lock on the index away if a run of ours was killed while it held it; say whether so.

    Args:
        root: the vault; it need not lie in a repository.
    """
    from vault_sync.vault.vault import find_work_tree

    tree = find_work_tree(root)
    lock = tree and tree.folder / "index.lock"
    if not lock or not os.path.lexists(lock):
        return False
    from vault_sync.files.index_lock import drop_dead_lock

    return drop_dead_lock(lock)


# Ctrl-C, and whatever else asks a run to end: the notes in hand are finished first.

EXIT_CODE: Final = 130
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def finish_notes_in_hand() -> Iterator[Callable[[], bool]]:
    """Yield what says whether the run was asked to end; who asks a second time does not wait."""
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in _list_signals()}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _list_signals() -> list[signal.Signals]:
    """Return the signals that end a program, without those that whoever started it had it ignore."""
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [
        one
        for one in numbers
        if callable(signal.getsignal(one)) or signal.getsignal(one) is signal.SIG_DFL
    ]
