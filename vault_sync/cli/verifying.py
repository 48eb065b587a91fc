"""The run behind ``verify``: all notes on trial, counted and told."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from vault_sync.cli.output import make_bar, print_problem, print_skipped
from vault_sync.cli.streams import make_utf8
from vault_sync.errors import BrokenPromiseError, NoteError, Problem
from vault_sync.language import choose_language
from vault_sync.printable import make_printable, render_json
from vault_sync.proof.verifying import Tally, Verdict, verify_notes
from vault_sync.selection import select_notes
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.cli import Options
    from vault_sync.language import Language

_BUG: Final = "This is a bug of vault-sync, please report it. The note is as it was:"
_STEP: Final = 50


def run_verify(options: Options, vault: Path | None, format_: str, *, is_verbose: bool) -> int:
    """Put all notes of a vault on trial and return the exit code.

    Args:
        options: those before the command.
        vault: the folder that the user named, if he did.
        format_: ``text`` or ``json``.
        is_verbose: name each refused note.
    """
    named = (vault,) if vault else ()
    workspace = open_workspace(locate_vault(named, options.vault), options.config)
    language = choose_language(workspace.config.locale, os.environ)
    selection = select_notes(workspace.vault, named)
    output: _Output
    if format_ == "json":
        output = _JsonOutput(workspace.vault.root)
    else:
        print_skipped(selection.skipped, options.verbosity)
        watched = len(selection.notes) if options.verbosity >= 0 else 0
        output = _TextOutput(language, watched, is_verbose=is_verbose)
    tally = Tally()
    for verdict in verify_notes(workspace.vault.root, selection.notes):
        tally.add(verdict)
        output.note_done(verdict)
    output.finish(tally)
    if tally.bugs:
        return BrokenPromiseError.exit_code
    return NoteError.exit_code if tally.refused else 0


class _Output(Protocol):
    """Shows what came of the trial."""

    def note_done(self, verdict: Verdict) -> None:
        """Take one note."""

    def finish(self, tally: Tally) -> None:
        """Show the counts."""


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

    def note_done(self, verdict: Verdict) -> None:
        """Name what must be named at once, and move the bar on."""
        for problem in _list_problems(verdict) if self._is_verbose else ():
            self._clear_bar()
            print_problem(verdict.path, problem)
        if verdict.bug:
            self._clear_bar()
            print_problem(verdict.path, Problem(f"{_BUG} {verdict.bug}"))
            for line in verdict.trace.splitlines():
                click.echo(f"  {make_printable(line)}", err=True)
        self._seen += 1
        if self._bar and self._seen % _STEP == 0:
            self._bar.update(_STEP)

    def finish(self, tally: Tally) -> None:
        """Print the counts, and what was refused by reason."""
        if self._bar:
            self._bar.update(self._seen % _STEP)
            self._bar.render_finish()
        for line in describe_tally(tally, self._language, is_verbose=self._is_verbose):
            click.echo(line)

    def _clear_bar(self) -> None:
        if self._bar:
            click.echo("\r\033[K", nl=False, err=True)


def describe_tally(tally: Tally, language: Language, *, is_verbose: bool) -> Iterator[str]:
    """Yield the lines that tell how it went."""
    yield language.say(
        "{notes} looked at: {proved} with properties, {bare} without, {refused} refused, {left_alone} left alone as it asks.",
        notes=language.count("{n} note", "{n} notes", tally.seen),
        proved=tally.proved,
        bare=tally.bare,
        refused=tally.refused,
        left_alone=tally.left_alone,
    )
    yield language.say(
        "{properties} replaced and put back, {lines} added and taken out.",
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
    if not is_verbose and (tally.note_reasons or tally.property_reasons):
        yield language.say("`vault-sync verify -v` names each note and line.")


def _list_reasons(reasons: Counter[str]) -> Iterator[str]:
    for sentence, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:6}  {make_printable(sentence)}"


@dataclass(slots=True)
class _JsonOutput:
    """For programs: one object, written note by note."""

    vault: str
    _separator: str = field(default="\n", init=False)

    def __post_init__(self) -> None:
        self._write(render_json({"vault": self.vault})[:-1] + ', "refused": [')

    def note_done(self, verdict: Verdict) -> None:
        """Write what was refused of a note."""
        problems = [*_list_problems(verdict)]
        if verdict.bug:
            problems.append(Problem("\n".join(filter(None, (verdict.bug, verdict.trace)))))
        for problem in problems:
            said = _describe_problem(verdict, problem)
            self._write(self._separator + render_json(said))
            self._separator = ",\n"

    def finish(self, tally: Tally) -> None:
        """Write the counts and end the object."""
        counts = {
            "notes": tally.seen,
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
        self._write('\n], "summary": ' + render_json(counts) + "}\n")

    def _write(self, text: str) -> None:
        make_utf8(sys.stdout).write(text)


def _list_problems(verdict: Verdict) -> tuple[Problem, ...]:
    if verdict.refused:
        return (verdict.refused,)
    return verdict.proof.refused if verdict.proof else ()


def _describe_problem(verdict: Verdict, problem: Problem) -> dict[str, Any]:
    what = "bug" if verdict.bug else "note" if verdict.refused else "property"
    return {
        "path": verdict.path,
        "what": what,
        "line": problem.line,
        "property": problem.property,
        "message": problem.message,
    }
