"""The run behind ``done``: notes found by their names, boxes ticked, and what came of it told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.output import describe_result, print_problem
from vault_sync.cli.runs import read_moment
from vault_sync.cli.streams import print_json
from vault_sync.errors import AmbiguousNoteError, NoteError, NoteNotFoundError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.language import choose_language
from vault_sync.report import Status
from vault_sync.runs import WritingRun
from vault_sync.selection import Selection, select_notes
from vault_sync.study.days import find_day
from vault_sync.study.naming import NoteIndex
from vault_sync.study.ticking import Goal, TickPlanner, Verdict, Wish
from vault_sync.vault.vault import list_notes
from vault_sync.vault.walking import make_printable
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_sync.cli import Options
    from vault_sync.language import Language
    from vault_sync.report import NoteResult
    from vault_sync.study.ticking import Choice
    from vault_sync.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRequest:
    """What the user asked of ``done``, option by option."""

    notes: tuple[str, ...]
    stage: int | None
    undo: bool
    now: str | None
    format_: str


def run_done(options: Options, request: DoneRequest) -> int:
    """Tick boxes, tell what came of it, and return the exit code."""
    files = tuple(Path(name) for name in request.notes if _is_file(name))
    workspace = open_workspace(locate_vault(files, options.vault), options.config)
    language = choose_language(workspace.config.locale, os.environ)
    try:
        paths = find_notes(workspace, request.notes)
    except (NoteNotFoundError, AmbiguousNoteError) as error:
        click.echo(f"vault-sync: {explain_name(error, language)}", err=True)
        return error.exit_code
    moment = read_moment(workspace, request.now)
    goal = Goal.UNTICK if request.undo else Goal.TICK
    wish = Wish(goal, request.stage, find_day(workspace, moment))
    with VaultFolder(workspace.vault.root) as root:
        conditions = workspace.conditions_at(moment)  # the tick is an edit of this very minute
        planner = TickPlanner(root, workspace.rules, conditions, wish, language)
        run = WritingRun("done", workspace.moment(None), print_problem)
        results = _Results()
        summary = run.write(planner, Selection(notes=paths), results)
    if request.format_ == "json":
        head = {"vault": workspace.vault.root, "now": moment.isoformat()}
        _print_json(head, results.notes, planner.choices)
    else:
        speaker = TickSpeaker(language, wish)
        _print_lines(results.notes, planner.choices, speaker, options.verbosity)
    return summary.exit_code


def find_notes(workspace: Workspace, names: Sequence[str]) -> list[str]:
    """Return the notes that names mean, each once.

    A file of that path comes first, as everywhere on a command line; then a name as in a link.

    Raises:
        NoteError: a file is one that is left alone.
        NoteNotFoundError: no note is called so.
        AmbiguousNoteError: more than one is.
    """
    index: NoteIndex | None = None
    found: list[str] = []
    for name in names:
        if _is_file(name):
            found.append(_find_file(workspace, name))
            continue
        index = index or NoteIndex(list_notes(workspace.vault))
        found.append(index.resolve(name))
    return list(dict.fromkeys(found))


def explain_name(error: NoteNotFoundError | AmbiguousNoteError, language: Language) -> str:
    """Return what to do about a name, in the user's language."""
    asked = make_printable(error.asked)
    if isinstance(error, AmbiguousNoteError):
        head = language.say(
            "More than one note is called `{name}`; write the path of one:", name=asked
        )
        return "\n  ".join((head, *map(make_printable, error.paths)))
    head = language.say("There is no note `{name}` in this vault.", name=asked)
    if not error.near:
        return head
    return "\n  ".join(
        (f"{head} {language.say('Did you mean:')}", *map(make_printable, error.near))
    )


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # too long, or a NUL in it
        return False


def _find_file(workspace: Workspace, name: str) -> str:
    selection = select_notes(workspace.vault, (Path(name),))
    if not selection.notes:
        shown = make_printable(name)
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


@dataclass(frozen=True, slots=True)
class TickSpeaker:
    """Says what came of a wish, in the user's language."""

    language: Language
    wish: Wish

    def tell(self, choice: Choice) -> str:
        """Return a sentence or two about one note."""
        title = make_printable(choice.note.title)
        if choice.verdict is Verdict.DONE:
            return self._tell_done(choice, title)
        if choice.verdict is Verdict.ALREADY:
            return self._tell_already(choice, title)
        return self._tell_nothing(choice, title)

    def _tell_done(self, choice: Choice, title: str) -> str:
        say = self.language.say
        if self.wish.goal is Goal.UNTICK:
            return say(
                "{title}: the review of day {stage} is not ticked any more.",
                title=title,
                stage=choice.stage,
            )
        ticked = say(
            "{title}: the review of day {stage} is ticked.", title=title, stage=choice.stage
        )
        return f"{ticked} {self._tell_next(choice)}".rstrip()

    def _tell_already(self, choice: Choice, title: str) -> str:
        say = self.language.say
        if choice.stage is None:
            return say("{title}: no review is ticked.", title=title)
        if self.wish.goal is Goal.UNTICK:
            return say(
                "{title}: the review of day {stage} is not ticked.",
                title=title,
                stage=choice.stage,
            )
        ticked = say(
            "{title}: the review of day {stage} was ticked before.",
            title=title,
            stage=choice.stage,
        )
        return f"{ticked} {self._tell_next(choice)}".rstrip()

    def _tell_next(self, choice: Choice) -> str:
        say, coming = self.language.say, choice.next
        if coming:
            return say("Next is day {stage} on {date}.", stage=coming.stage, date=coming.due)
        is_all_done = all(stage.is_done for stage in choice.note.stages)
        return say("That was the last one.") if is_all_done else ""

    def _tell_nothing(self, choice: Choice, title: str) -> str:
        say, coming = self.language.say, choice.next
        if choice.verdict is Verdict.NOT_DUE and coming:
            return say(
                "{title}: nothing is due yet. Day {stage} comes on {date}; `--stage {stage}` ticks it now.",
                title=title,
                stage=coming.stage,
                date=coming.due,
            )
        if choice.verdict is Verdict.NO_FIRST_DAY:
            return say(
                "{title}: there is no first day, so nothing is due; `--stage N` ticks a box all the same.",
                title=title,
            )
        if choice.note.is_long_term:
            return say("{title}: this is remembered for good, so nothing is due.", title=title)
        return say("{title}: every review is done.", title=title)


def _print_lines(
    results: Sequence[NoteResult],
    choices: Mapping[str, Choice],
    speaker: TickSpeaker,
    verbosity: int,
) -> None:
    is_written = False
    for result in results:
        for problem in result.problems:
            print_problem(result.path, problem)
        is_written |= result.status is Status.CHANGED
        if result.status in {Status.CHANGED, Status.UNCHANGED} and verbosity >= 0:
            click.echo(speaker.tell(choices[result.path]))
    if is_written and verbosity >= 0:
        click.echo(speaker.language.say("`vault-sync undo` takes this back."), err=True)


def _print_json(
    head: Mapping[str, object], results: Sequence[NoteResult], choices: Mapping[str, Choice]
) -> None:
    notes = [
        {**describe_result(result), **_describe(choices.get(result.path))} for result in results
    ]
    print_json({**head, "notes": notes})


def _describe(choice: Choice | None) -> dict[str, object]:
    if choice is None:
        return {"verdict": None, "stage": None, "next": None}
    coming = choice.next
    return {
        "verdict": choice.verdict.value,
        "stage": choice.stage,
        "next": {"stage": coming.stage, "due": coming.due.isoformat()} if coming else None,
    }
