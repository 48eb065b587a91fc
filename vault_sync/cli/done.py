"""``vault-sync done``: notes found by their names, boxes ticked, and what came of it told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.completion import complete_due_notes
from vault_sync.cli.language import command, echo, explain_name, use_language
from vault_sync.cli.options import Options, dry_run_option, format_option, now_option, spell_program
from vault_sync.cli.output import count_results, describe_result, print_problem
from vault_sync.cli.streams import complain, print_error, print_json
from vault_sync.clock import write_moment
from vault_sync.engine.report import NoteResult, Status
from vault_sync.errors import AmbiguousNoteError, NoteError, NoteNotFoundError, Problem
from vault_sync.i18n import Language, mark_message
from vault_sync.study.reviews import TickAction, TickDecision, TickOutcome, TickRequest
from vault_sync.text import make_printable
from vault_sync.vault.links import NoteLookup
from vault_sync.vault.vault import list_notes, select_notes, spell_as_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.vault.workspace import Workspace


@command("done", "Tick the review that you have done.")
@click.argument(
    "notes", nargs=-1, required=True, metavar="NOTE...", shell_complete=complete_due_notes
)
@click.option(
    "--stage",
    type=click.IntRange(1),
    metavar="N",
    help="The review of day N, whether it is due or not. Otherwise the earliest that is due.",
)
@click.option(
    "--undo", is_flag=True, help="Take a tick back: that of --stage, or of the latest stage done."
)
@dry_run_option
@now_option
@format_option
def done_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    *,
    notes: tuple[str, ...],
    stage: int | None,
    undo: bool,
    dry_run: bool,
    now: str | None,
    format_: str,
) -> int:
    """Tick the review of a note that is due, and refresh the note.

    NOTE is a name as in a link of Obsidian, or a path: `Pods`, `Kubernetes/Pods`, `"[[Pods]]"`,
    `Kubernetes/Pods.md`. This is the only command that writes a property of yours: the box of the
    review. `vault-sync undo` takes back what it wrote.

    \b
    Examples:
      vault-sync done Pods Services
      vault-sync done Pods --stage 14
      vault-sync done Pods --undo
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.refresh import EXIT_CODE, finish_notes_in_hand, read_moment
    from vault_sync.engine.refresh import look_around
    from vault_sync.engine.run import RefreshRun, preview
    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.mark_done import TickPlanner, plan_ticks

    workspace = options.open_workspace(tuple(filter(None, map(find_path, notes))))
    language = use_language(workspace.config.locale)
    try:
        paths = find_notes(workspace, notes)
    except (NoteNotFoundError, AmbiguousNoteError) as error:
        said = explain_name(error, language)
        echo(f"vault-sync: {said}", err=True)
        if format_ == "json":
            print_error(error.exit_code, said)
        return error.exit_code
    moment = read_moment(workspace, now)
    action = TickAction.UNTICK if undo else TickAction.TICK
    request = TickRequest(action, stage, workspace.day(moment))
    started = workspace.moment(None)
    with VaultFolder(workspace.vault.root) as root:
        conditions = workspace.conditions_at(moment)  # the tick is an edit of this very minute
        conditions = look_around(conditions, workspace.rules, workspace.vault, root)
        planner = TickPlanner(root, workspace.rules, conditions, request, language)
        results = _Results()
        with (
            plan_ticks(workspace, root, planner, paths, moment, started) as planned,
            finish_notes_in_hand() as is_stopped,
        ):
            if dry_run:
                summary = preview(planned.found, results)
            else:
                run = RefreshRun(
                    planned.planner, "done", started, print_problem, is_stopped=is_stopped
                )
                summary = run.write(planned.found, results)
    if format_ == "json":
        described = [
            {**describe_result(result), **_describe(planner.decisions.get(result.path))}
            for result in results.notes
        ]
        head = {"vault": workspace.vault.root, "now": write_moment(moment)}
        print_json({**head, "notes": described, "summary": count_results(summary)})
    else:
        messages = DoneMessages(language, request, Path(workspace.vault.root), is_dry=dry_run)
        _print_lines(results.notes, planner.decisions, messages, options.verbosity)
    if summary.is_stopped:
        complain(language.say("Interrupted: the other notes were not touched."))
        return EXIT_CODE
    return summary.exit_code


def find_notes(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Return the notes that names mean, each once.

    A file of that path comes first, as everywhere on a command line; then a name as in a link.

    Raises:
        NoteError: a file is one that is left alone.
        NoteNotFoundError: no note is called so.
        AmbiguousNoteError: more than one is.
    """
    index: NoteLookup | None = None
    found: list[str] = []
    for name in names:
        path = find_path(name)
        if path:
            found.append(find_file(workspace, path))
            continue
        index = index or NoteLookup(list_notes(workspace.vault))
        found.append(index.resolve(name))
    return list(dict.fromkeys(found))


def find_path(name: str) -> Path | None:
    """Return the file that what was typed is the path of, None where it is none."""
    try:
        path = spell_as_on_disk(Path(name))
        return path if path.is_file() else None
    except (OSError, ValueError):  # too long, or a NUL in it
        return None


def find_file(workspace: Workspace, path: Path) -> str:
    """Return the note that a file is, by its path in the vault.

    Raises:
        NoteError: it is one that is left alone.
    """
    selection = select_notes(workspace.vault, (path,))
    if not selection.notes:
        shown = make_printable(str(path))
        raise NoteError(Problem(f"{shown} is left alone: {selection.ignored[0].reason}."))
    return selection.notes[0]


@dataclass(slots=True)
class _Results:
    """Keeps what became of each note; nobody names thousands of them."""

    notes: list[NoteResult] = field(default_factory=list)

    def note_done(self, result: NoteResult) -> None:
        self.notes.append(result)

    def progress(self, count: int) -> None:
        """Show nothing: this is done at once."""


_TURNED: Final = {  # by whether a box is ticked, and whether nothing is written
    (True, False): mark_message("{title}: the review of day {stage} is ticked."),
    (True, True): mark_message("{title}: the review of day {stage} would be ticked."),
    (False, False): mark_message("{title}: the review of day {stage} is not ticked any more."),
    (False, True): mark_message("{title}: the review of day {stage} would not be ticked any more."),
}
_NOT_TICKED: Final = mark_message("{title}: the review of day {stage} is not ticked.")
_TICKED_BEFORE: Final = mark_message("{title}: the review of day {stage} was ticked before.")
_NONE_TICKED: Final = mark_message("{title}: no review is ticked.")
_NOT_DUE: Final = mark_message(
    "{title}: nothing is due yet. Day {stage} comes on {date}; `--stage {stage}` ticks it now."
)
_NO_FIRST_DAY: Final = mark_message(
    "{title}: there is no first day, so nothing is due; `--stage N` ticks a box all the same."
)
_REMEMBERED: Final = mark_message("{title}: this is remembered for good, so nothing is due.")
_ALL_DONE: Final = mark_message("{title}: every review is done.")
_TICKED: Final = frozenset({TickOutcome.DONE, TickOutcome.ALREADY})


@dataclass(frozen=True, slots=True)
class DoneMessages:
    """Says what came of a request to tick a box, in the user's language."""

    language: Language
    request: TickRequest
    root: Path
    is_dry: bool = False

    def follow(self, result: NoteResult) -> str:
        """Return a sentence about a note that reads one of those that were ticked."""
        path = make_printable(result.path)
        if self.is_dry:
            return self.language.say("{path} would follow.", path=path)
        return self.language.say("{path} follows.", path=path)

    def describe(self, decision: TickDecision) -> str:
        """Return a sentence or two about one note."""
        message, coming = self._choose(decision), decision.next
        is_ahead = coming is not None and decision.outcome is TickOutcome.NOT_DUE
        said = self.language.say(
            message,
            title=make_printable(decision.note.title),
            stage=coming.stage if coming and is_ahead else decision.stage,
            date=coming.due if coming else "",
        )
        is_ticked = self.request.action is TickAction.TICK and decision.outcome in _TICKED
        return f"{said} {self._say_next(decision)}".rstrip() if is_ticked else said

    def _choose(self, decision: TickDecision) -> str:
        """Return the sentence about what the request came to."""
        is_tick, outcome = self.request.action is TickAction.TICK, decision.outcome
        if outcome is TickOutcome.DONE:
            return _TURNED[is_tick, self.is_dry]
        if outcome is TickOutcome.ALREADY and decision.stage is None:
            return _NONE_TICKED
        if outcome is TickOutcome.ALREADY:
            return _TICKED_BEFORE if is_tick else _NOT_TICKED
        if outcome is TickOutcome.NOT_DUE and decision.next:
            return _NOT_DUE
        if outcome is TickOutcome.NO_FIRST_DAY:
            return _NO_FIRST_DAY
        return _REMEMBERED if decision.note.is_long_term else _ALL_DONE

    def _say_next(self, decision: TickDecision) -> str:
        say, coming = self.language.say, decision.next
        if coming:
            return say("Next is day {stage} on {date}.", stage=coming.stage, date=coming.due)
        is_all_done = all(stage.is_done for stage in decision.note.stages)
        return say("That was the last one.") if is_all_done else ""


def _print_lines(
    results: Sequence[NoteResult],
    decisions: Mapping[str, TickDecision],
    messages: DoneMessages,
    verbosity: int,
) -> None:
    is_written = False
    for result in results:
        for problem in result.problems:
            print_problem(result.path, problem)
        is_written |= result.status is Status.CHANGED
        if result.status in {Status.CHANGED, Status.STALE, Status.UNCHANGED} and verbosity >= 0:
            for sentence in _list_sentences(result, decisions, messages):
                echo(sentence)
    if is_written and verbosity >= 0:
        program = spell_program(messages.root)
        echo(messages.language.say("`{program} undo` takes this back.", program=program), err=True)


def _list_sentences(
    result: NoteResult, decisions: Mapping[str, TickDecision], messages: DoneMessages
) -> Iterator[str]:
    """Yield what the request came to for a note, and that it follows where it does."""
    decision = decisions.get(result.path)
    if decision:
        yield messages.describe(decision)
    is_ticked = decision and decision.outcome is TickOutcome.DONE
    if result.status in {Status.CHANGED, Status.STALE} and not is_ticked:
        yield messages.follow(result)


def _describe(decision: TickDecision | None) -> dict[str, object]:
    if decision is None:
        return {"verdict": None, "stage": None, "next": None}
    coming = decision.next
    return {
        "verdict": decision.outcome.value,
        "stage": decision.stage,
        "next": {"stage": coming.stage, "due": coming.due.isoformat()} if coming else None,
    }
