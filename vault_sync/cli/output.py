"""How results look: lines for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from typing import IO, TYPE_CHECKING, Final, Protocol

import click

from vault_sync.cli.language import count, echo, pad, say, translate, translate_problem
from vault_sync.cli.streams import ListedObject, print_text
from vault_sync.engine.report import Listener, NoteResult, Status, Summary
from vault_sync.errors import UNSWAPPABLE, NoteError, Problem
from vault_sync.i18n import Language, mark_message
from vault_sync.text import make_lines_printable, make_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click._termui_impl import ProgressBar

    from vault_sync.plan.note_plan import Change
    from vault_sync.vault.walk import Skipped

_SHOWN: Final = 3
_LONG: Final = 500
_FEW: Final = 2
_WIDEST: Final = 40
REFRESHED: Final = {Status.CHANGED: mark_message("refreshed"), Status.STALE: mark_message("stale")}
PUT_BACK: Final = {
    Status.CHANGED: mark_message("put back"),
    Status.STALE: mark_message("would be put back"),
}
_HEAD: Final = 11


class Output(Listener, Protocol):
    """Shows results to somebody."""

    def finish(self, summary: Summary) -> None:
        """Show the counts."""


class TextOutput:
    """Results as lines: notes on stdout, talk on stderr.

    Args:
        verbosity: -1 for problems only, 0, or 1 for every property.
        is_diff: unified diffs instead of lines.
        total: how many notes there are, for the progress bar.
        words: what to call a note that was, or would be, written.
        find_hint: gives the last words of a run, such as how to go back.
        twins: what tells a path apart from one that looks the same, by the path.
    """

    def __init__(  # noqa: PLR0913 - see above
        self,
        verbosity: int,
        *,
        is_diff: bool,
        total: int,
        words: Mapping[Status, str],
        find_hint: Callable[[Summary], str],
        twins: Mapping[str, str] | None = None,
    ) -> None:
        self._verbosity = verbosity
        self._is_diff = is_diff
        self._words = words
        self._find_hint = find_hint
        self._twins = twins or {}
        self._told: set[str] = set()
        self._paint = find_painter()
        self._total = total
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        self._problems: list[tuple[str, Problem]] = []
        self._of_day: list[NoteResult] = []  # a few of them
        self._notes_of_day = self._properties_of_day = 0
        self._bar = make_bar(total) if verbosity >= 0 else None

    def note_done(self, result: NoteResult) -> None:
        """Print what there is to say of a note."""
        self._clear_bar()
        if self._is_diff:
            self._print_diff(result.diff)
        elif result.status in self._words and self._verbosity >= 0:
            if self._verbosity == 0 and _is_of_day(result):
                self._count_of_day(result)
            else:
                self._print_changes(result)
        elif result.reason and self._verbosity > 0:
            reason = translate(make_printable(result.reason))
            path = make_printable(self._label(result.path))
            echo(f"{pad(say('skipped'), _HEAD)}{path}: {reason}", err=True)
        for problem in result.problems:
            if problem.message == UNSWAPPABLE:
                self._tell_once(problem.message)
            else:
                self._problems.append((self._label(result.path), problem))

    def _count_of_day(self, result: NoteResult) -> None:
        """Count a note that differs in nothing but the day; there may be as many as the vault has notes."""
        self._notes_of_day += 1
        self._properties_of_day += len(result.changes)
        if self._notes_of_day <= _FEW:
            self._of_day.append(result)

    def _tell_once(self, message: str) -> None:
        """Print what is wrong with the disk, and so with every note on it."""
        if message not in self._told:
            self._told.add(message)
            echo(click.style(translate(message), fg="yellow"), err=True)

    def _label(self, path: str) -> str:
        return f"{path} {self._twins[path]}" if path in self._twins else path

    def progress(self, count: int) -> None:
        """Move the progress bar on."""
        if self._bar:
            self._bar.update(count)

    def finish(self, summary: Summary) -> None:
        """Print what concerns many notes, the problems and the counts, and how to go back."""
        if self._bar:
            self._bar.render_finish()
        self._print_of_day()
        self._print_problems(summary)
        if self._verbosity >= 0:
            hint = translate(self._find_hint(summary))
            said = self._summarize(summary)
            echo(f"{said} {hint}" if hint else said, err=True)

    def _print_of_day(self) -> None:
        """Print how many notes differ in nothing but the day, where they are more than a few."""
        if self._notes_of_day <= _FEW:
            for result in self._of_day:
                self._print_changes(result)
            return
        word = say(self._words[self._of_day[0].status])
        told = say(
            "{n} notes in which only the day changed ({properties})",
            n=self._notes_of_day,
            properties=_count_properties(self._properties_of_day),
        )
        click.echo(f"{pad(word, _HEAD)}{told}")

    def _print_problems(self, summary: Summary) -> None:
        """Print all problems in one block, in the order of the notes."""
        sys.stdout.flush()
        if self._verbosity >= 0 and self._problems:
            click.echo(_head_problems(summary), err=True)
        for path, problem in self._problems:
            print_problem(path, problem)

    def _summarize(self, summary: Summary) -> str:
        if not summary.is_stopped:
            return summarize(summary, self._words)
        written = summary.by_status[Status.CHANGED]
        word = say(self._words[Status.CHANGED])
        return count(
            "Interrupted: {written} of {n} note {word}.",
            "Interrupted: {written} of {n} notes {word}.",
            self._total,
            written=written,
            word=word,
        )

    def _clear_bar(self) -> None:
        if self._bar:
            echo("\r\033[K", nl=False, err=True)

    def _print_diff(self, diff: str) -> None:
        if self._paint is _leave_plain:
            print_text(diff)
        else:
            click.echo(_color_diff(make_lines_printable(diff)), nl=False)

    def _print_changes(self, result: NoteResult) -> None:
        path = make_printable(self._label(result.path))
        word = pad(say(self._words[result.status]), _HEAD)
        head = f"{word}{self._paint(path, 'bright_white')}"
        if self._verbosity > 0:
            echo(head)
            for change in result.changes:
                echo(f"    {_describe(change, None, self._paint)}")
            return
        # What was broken tells most, the day tells least.
        telling = sorted(result.changes, key=lambda change: (change.below is None, change.clock))
        shown = [_describe(change, _WIDEST, self._paint) for change in telling[:_SHOWN]]
        echo(self._fit(head, shown, len(result.changes)))

    def _fit(self, head: str, shown: Sequence[str], total: int) -> str:
        """Return one line: as many changes as a terminal has room for, and how many more there are."""
        for number in range(len(shown), 0, -1):
            more = say(", and {n} more", n=total - number) if total > number else ""
            line = f"{head}: {', '.join(shown[:number])}{more}"
            if self._width is None or _measure(line) <= self._width:
                return line
        return f"{head} ({_count_properties(total)})"


class JsonOutput:
    """Results as one JSON object, written note by note.

    Args:
        vault: the vault's folder.
        now: the moment that formulas saw.
        stream: where it goes.
        skipped: what the walk left out.
    """

    def __init__(
        self, vault: str, now: str, stream: IO[str], skipped: Sequence[Skipped] = ()
    ) -> None:
        self._notes = ListedObject(stream, {"vault": vault, "now": now}, "notes")
        self._skipped = skipped
        self._unread: list[dict[str, object]] = []

    def note_done(self, result: NoteResult) -> None:
        """Write one note."""
        self._notes.add(describe_result(result))
        if result.is_unread:
            self._unread += [describe_unread(result.path, one) for one in result.problems]

    def progress(self, count: int) -> None:
        """Show nothing: programs do not watch."""

    def finish(self, summary: Summary) -> None:
        """Write what could not be read and the counts, and end the object."""
        unread = [*list_unread(self._skipped), *self._unread]
        self._notes.end({"not_read": unread, "summary": count_results(summary)})


def count_results(summary: Summary) -> dict[str, int | bool]:
    """Return the counts of a run as JSON has them."""
    return {
        "seen": summary.seen,
        **{status.value: count for status, count in summary.by_status.items()},
        "properties": summary.properties,
        "problems": summary.problems,
    } | ({"interrupted": True} if summary.is_stopped else {})


def describe_result(result: NoteResult) -> dict[str, object]:
    """Return what became of a note as JSON has it."""
    return {
        "path": result.path,
        "status": result.status.value,
        "changes": [
            {"property": change.property, "old": change.old, "new": change.new}
            | ({} if change.below is None else {"mended": True})
            for change in result.changes
        ],
        "problems": [*map(describe_problem, result.problems)],
    }


def describe_problem(problem: Problem) -> dict[str, object]:
    """Return what is wrong in a note as JSON has it."""
    message = translate(problem.message)
    return {"line": problem.line, "property": problem.property, "message": message}


def describe_unread(path: str, problem: Problem) -> dict[str, object]:
    """Return what could not be read, and why, as JSON has it in ``not_read``: the same in all commands."""
    return {"path": path, **describe_problem(problem)}


def list_unread(skipped: Sequence[Skipped]) -> list[dict[str, object]]:
    """Return the part of ``not_read`` that a walk tells of: folders, and notes in a cloud only."""
    return [
        describe_unread(entry.path, Problem(entry.reason)) for entry in skipped if entry.is_unread
    ]


def print_problem(path: str, problem: Problem) -> None:
    """Print why a note, or something in it, was left alone."""
    located = translate_problem(problem).located(path)
    echo(click.style(make_printable(located), fg="yellow"), err=True)


def _head_problems(summary: Summary) -> str:
    """Return how many notes have problems, and how many of them were left alone in part only."""
    in_part = sum(summary.in_part.values())
    if not in_part:
        return count("{n} note has problems:", "{n} notes have problems:", summary.troubled)
    return count(
        "{n} note has problems, {part} in some properties only:",
        "{n} notes have problems, {part} of them in some properties only:",
        summary.troubled,
        part=in_part,
    )


def _is_of_day(result: NoteResult) -> bool:
    """Say whether nothing of a note has changed but what the day changes."""
    return all(change.clock and change.below is None and change.before for change in result.changes)


def _measure(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(click.unstyle(line))


def print_skipped(skipped: Sequence[Skipped], verbosity: int) -> None:
    """Print what the walk left out, if that is wanted."""
    for entry in skipped if verbosity > 0 else ():
        reason = translate(make_printable(entry.reason))
        place = entry.path or say("(the vault)")
        echo(f"{pad(say('skipped'), _HEAD)}{place}: {reason}", err=True)


def print_unread(skipped: Sequence[Skipped], command: str, language: Language) -> int:
    """Print how much of a vault nobody has looked at, as the last line; return the exit code.

    Args:
        skipped: what the walk left out.
        command: that was run; with ``-v`` it names each.
        language: to speak.
    """
    count = sum(entry.is_unread for entry in skipped)
    if not count:
        return 0
    said = language.count(
        "{n} folder or file could not be read; `vault-sync -v {command}` names it.",
        "{n} folders or files could not be read; `vault-sync -v {command}` names them.",
        count,
        command=command,
    )
    echo(click.style(said, fg="yellow"), err=True)
    return NoteError.exit_code


def make_bar(total: int) -> ProgressBar[int] | None:
    """Return a progress bar where the work is long and somebody watches."""
    if total < _LONG or not sys.stderr.isatty():
        return None
    return click.progressbar(length=total, label=say("Going through the notes"), file=sys.stderr)


def _paint(text: str, color: str) -> str:
    return click.style(text, fg=color)


def _leave_plain(text: str, color: str) -> str:  # noqa: ARG001 - the other painter's signature
    return text


def find_painter() -> Callable[[str, str], str]:
    """Return what colours results; where click would take the colours out, none are put in."""
    context = click.get_current_context(silent=True)
    wish = context.color if context else None
    return _paint if wish or (wish is None and sys.stdout.isatty()) else _leave_plain


def _describe(change: Change, widest: int | None, paint: Callable[[str, str], str]) -> str:
    old = say("(new)") if change.before is None else _show(change.old, widest)
    new = say("(removed)") if change.after is None else _show(change.new, widest)
    name = make_printable(change.property)
    mended = "" if change.below is None else f" {say('(mended)')}"
    return f"{name}: {paint(old, 'red')} → {paint(new, 'green')}{mended}"


def _show(value: object, widest: int | None) -> str:
    if value is None or value == "":
        return say("(empty)")
    text = make_printable(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    )
    return text if widest is None or len(text) <= widest else text[: widest - 1] + "…"


def _color_diff(diff: str) -> str:
    colors = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(
        click.style(line, fg=colors[line[0]]) if line[:1] in colors else line
        for line in diff.split("\n")
    )


def summarize(summary: Summary, words: Mapping[Status, str]) -> str:
    """Return the counts of a run as a sentence."""
    counts = summary.by_status
    properties = _count_properties(summary.properties)
    idle = summary.in_part[Status.FAILED]  # nothing else of these notes was stale
    written = [
        say("{n} {what} ({properties})", n=counts[one], what=say(words[one]), properties=properties)
        for one in (Status.CHANGED, Status.STALE)
        if counts[one]
    ]
    parts = [
        (counts[Status.UNCHANGED] + idle, say("up to date")),
        (counts[Status.SKIPPED], say("skipped")),
        (counts[Status.FAILED] - idle, say("left alone")),
        (counts[Status.CONFLICT], say("in conflict")),
        (summary.seen - sum(counts.values()), say("not governed by any rule")),
    ]
    others = [say("{n} {what}", n=number, what=what) for number, what in parts if number]
    told = ", ".join([*written, *others])
    if not told:
        return count("{n} note seen.", "{n} notes seen.", summary.seen)
    return count("{n} note seen: {told}.", "{n} notes seen: {told}.", summary.seen, told=told)


def _count_properties(number: int) -> str:
    return count("{n} property", "{n} properties", number)
