"""``vault-sync verify``: all notes on trial, counted and told."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import command, echo, translate
from vault_sync.cli.options import Options, format_option, vault_argument
from vault_sync.cli.output import (
    describe_problem,
    describe_unread,
    list_unread,
    make_bar,
    print_problem,
    print_skipped,
    print_unread,
)
from vault_sync.cli.streams import ListedObject
from vault_sync.errors import BrokenPromiseError, NoteError, Problem
from vault_sync.i18n import Language, choose_language
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.engine.verify import VerifiedNote, VerifySummary


@command("verify")
@vault_argument
@click.option("-v", "--verbose", is_flag=True, help="Name each refused note, with the line.")
@format_option
def verify_command(options: Options, /, *, vault: Path | None, verbose: bool, format_: str) -> int:
    """Prove on your own notes that nothing else is ever changed.

    In memory, each property of each note is given another value and put back, and new lines are
    added and taken out again. All bytes must come back, and none outside of the value may have
    changed. Nothing is written, neither in the vault nor elsewhere.

    \b
    Examples:
      vault-sync verify Notes
      vault-sync verify -v Notes
      vault-sync verify --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.due import NO_STUDY_NOTES, ReviewSession
    from vault_sync.engine.verify import VerifySummary, verify_notes
    from vault_sync.vault.vault import select_notes

    is_verbose = verbose or options.verbosity > 0
    named = (vault,) if vault else ()
    workspace = options.open_workspace(named)
    language = choose_language(workspace.config.locale, os.environ)
    selection = select_notes(workspace.vault, named)
    output: _JsonOutput | _TextOutput
    if format_ == "json":
        output = _JsonOutput(workspace.vault.root, list_unread(selection.skipped))
    else:
        print_skipped(selection.skipped, int(is_verbose))
        watched = len(selection.notes) if options.verbosity >= 0 else 0
        output = _TextOutput(language, watched, is_verbose=is_verbose)
    tally = VerifySummary()
    refused: set[str] = set()
    of_day = workspace.conditions_at(workspace.moment(None))
    for verdict in verify_notes(workspace.vault.root, selection.notes, workspace.rules, of_day):
        tally.add(verdict)
        output.note_done(verdict)
        if verdict.refused:
            refused.add(verdict.path)
    missed_too = refused | {entry.path for entry in selection.skipped}
    # First days and boxes of study notes that cannot be read.
    session = ReviewSession(workspace, workspace.moment(None), language)
    studied = session.load_notes()
    unread = [one for one in session.problems if one[0] not in missed_too]
    for path, problem in unread:
        output.value_unread(path, problem)
    output.finish(tally)
    is_foreign = not tally.proved or all(rules.study for rules in workspace.rules)
    if format_ != "json" and is_foreign and not (studied or refused):
        echo(language.say(NO_STUDY_NOTES), err=True)
    missed = print_unread(selection.skipped, "verify", language)
    if tally.bugs:
        return BrokenPromiseError.exit_code
    return NoteError.exit_code if tally.refused or unread else missed


_BUG: Final = "This is a bug of vault-sync, please report it. The note is as it was:"
_STEP: Final = 50


class _TextOutput:
    """For people: the counts on stdout, notes on stderr.

    Args:
        language: to speak.
        total: how many notes there are, for the progress bar; 0 for none.
        is_verbose: name each refused note.
    """

    def __init__(self, language: Language, total: int, *, is_verbose: bool) -> None:
        self._language = language
        self._is_verbose = is_verbose
        self._bar = make_bar(total)
        self._seen = 0
        self._unread: Counter[str] = Counter()

    def note_done(self, verdict: VerifiedNote) -> None:
        """Name what must be named at once, and move the bar on."""
        for problem in _list_problems(verdict) if self._is_verbose else ():
            self._clear_bar()
            print_problem(verdict.path, problem)
        if verdict.bug:
            self._clear_bar()
            print_problem(verdict.path, Problem(f"{_BUG} {verdict.bug}"))
            for line in verdict.trace.splitlines():
                echo(f"  {make_printable(line)}", err=True)
        self._seen += 1
        if self._bar and self._seen % _STEP == 0:
            self._bar.update(_STEP)

    def value_unread(self, path: str, problem: Problem) -> None:
        """Name a value that a refresh cannot read."""
        self._unread[problem.message] += 1
        if self._is_verbose:
            self._clear_bar()
            print_problem(path, problem)

    def finish(self, tally: VerifySummary) -> None:
        """Print the counts, and what was refused by reason."""
        if self._bar:
            self._bar.update(self._seen % _STEP)
            self._bar.render_finish()
        told = describe_tally(tally, self._language, self._unread, is_verbose=self._is_verbose)
        for line in told:
            echo(line)

    def _clear_bar(self) -> None:
        if self._bar:
            echo("\r\033[K", nl=False, err=True)


def describe_tally(
    tally: VerifySummary, language: Language, unread: Counter[str], *, is_verbose: bool
) -> Iterator[str]:
    """Yield the lines that tell how it went.

    Args:
        tally: the counts.
        language: to speak.
        unread: how often each value of a study note is one that a refresh cannot read.
        is_verbose: notes and lines were named.
    """
    yield language.say(
        "{notes} looked at: {proved} with properties, {bare} without, {refused} refused, {left_alone} left alone as it asks.",
        notes=language.count("{n} note", "{n} notes", tally.seen),
        proved=tally.proved,
        bare=tally.bare,
        refused=tally.refused,
        left_alone=tally.left_alone,
    )
    yield language.say(
        "{properties} changed and restored, {lines} added and removed.",
        properties=language.count("{n} property", "{n} properties", tally.replaced),
        lines=language.count("{n} line", "{n} lines", tally.inserted),
    )
    if tally.bugs:
        yield language.count(
            "In {n} note this did not work: a bug. Please report it.",
            "In {n} notes this did not work: a bug. Please report it.",
            tally.bugs,
        )
    else:
        yield language.say("Every byte came back. Nothing was written.")
    if tally.note_reasons:
        yield language.say("Notes that a refresh would leave alone:")
        yield from _list_reasons(tally.note_reasons)
    if tally.property_reasons:
        yield language.say("Properties that no formula could own as they are, which is no harm:")
        yield from _list_reasons(tally.property_reasons)
    if unread:
        yield language.say("Values that a refresh cannot read:")
        yield from _list_reasons(unread)
    if not is_verbose and (tally.note_reasons or tally.property_reasons or unread):
        yield language.say("`vault-sync verify -v` names each note and line.")


def _list_reasons(reasons: Counter[str]) -> Iterator[str]:
    for sentence, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:6}  {make_printable(translate(sentence))}"


class _JsonOutput:
    """For programs: one object, written note by note.

    Args:
        vault: the folder.
        not_read: what the walk could not read; notes are added.
    """

    def __init__(self, vault: str, not_read: list[dict[str, object]]) -> None:
        self._not_read = not_read
        self._refused = ListedObject(sys.stdout, {"vault": vault}, "refused")

    def note_done(self, verdict: VerifiedNote) -> None:
        """Write what was refused of a note."""
        problems = [*_list_problems(verdict)]
        if verdict.bug:
            problems.append(Problem("\n".join(filter(None, (verdict.bug, verdict.trace)))))
        what = "bug" if verdict.bug else "note" if verdict.refused else "property"
        for problem in problems:
            self._write_problem(verdict.path, what, problem)
        if verdict.refused:
            self._not_read.append(describe_unread(verdict.path, verdict.refused))

    def value_unread(self, path: str, problem: Problem) -> None:
        """Write a value that a refresh cannot read."""
        self._write_problem(path, "value", problem)

    def _write_problem(self, path: str, what: str, problem: Problem) -> None:
        self._refused.add({"path": path, "what": what, **describe_problem(problem)})

    def finish(self, tally: VerifySummary) -> None:
        """Write the counts and end the object."""
        counts = {
            "seen": tally.seen,
            "proved": tally.proved,
            "without_properties": tally.bare,
            "left_alone": tally.left_alone,
            "refused": tally.refused,
            "bugs": tally.bugs,
            "properties_replaced": tally.replaced,
            "lines_inserted": tally.inserted,
            "note_reasons": dict(tally.note_reasons),
            "property_reasons": dict(tally.property_reasons),
        }
        self._refused.end({"not_read": self._not_read, "summary": counts})


def _list_problems(verdict: VerifiedNote) -> tuple[Problem, ...]:
    if verdict.refused:
        return (verdict.refused,)
    return verdict.proof.refused if verdict.proof else ()
