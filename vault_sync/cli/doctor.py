"""``vault-sync doctor``: look, mend what may be mended, and tell."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vault_sync.cli.language import command, echo, translate
from vault_sync.cli.options import Options, format_option, vault_argument
from vault_sync.cli.output import describe_unread, find_painter
from vault_sync.cli.streams import print_json
from vault_sync.doctor.facts import MAX_PLACES, CheckResult, Facts, Level
from vault_sync.errors import NoteError, Problem, StateError
from vault_sync.i18n import Language, choose_language, mark_message
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.doctor.checks import NamedResult
    from vault_sync.doctor.collect import OpenedVault
    from vault_sync.engine.conflict_copies import Copy, SettledCopy
    from vault_sync.files.folder import VaultFolder


@command("doctor")
@vault_argument
@click.option(
    "--fix", is_flag=True, help="Settle conflict copies where nothing you wrote can be lost."
)
@format_option
def doctor_command(options: Options, /, *, vault: Path | None, fix: bool, format_: str) -> int:
    """Check the vault for problems and suggest fixes.

    One line for each thing: what it is, where, and what to do about it. No note is written without --fix.
    With it, a conflict copy leaves the vault for the rescue folder if its note holds all that you wrote in
    it, and a note takes the text of a copy that holds all that you wrote in the note. `undo` brings both back.

    \b
    Examples:
      vault-sync doctor Notes
      vault-sync doctor --fix Notes
      vault-sync doctor --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.doctor.checks import run_checks
    from vault_sync.doctor.collect import collect_facts, open_for_checks
    from vault_sync.files.folder import VaultFolder

    root_of_vault = options.locate_vault((vault,) if vault else ())
    opened = open_for_checks(root_of_vault, options.config)
    language = choose_language(opened.workspace.config.locale, os.environ)
    with VaultFolder(opened.workspace.vault.root) as root:
        facts = collect_facts(opened, root)
        moved = _mend(opened, root, facts) if fix else []
    gone = {each.path for each in moved}
    copies = tuple(copy for copy in facts.copies if copy.path not in gone)
    diagnoses = [*run_checks(replace(facts, copies=copies), language)]
    not_read = (*facts.folders.not_read, *facts.notes.not_read)
    is_foreign = not (facts.notes.named or not_read)
    report = _Report(
        opened.workspace.vault.root, diagnoses, moved, copies, not_read, is_foreign=is_foreign
    )
    if format_ == "json":
        print_json(report.as_json(), indent=2)
    else:
        report.print(language, options.verbosity)
    is_found = any(each.finding.level is not Level.OK for each in diagnoses)
    return NoteError.exit_code if is_found else 0


_COLORS: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "red"}
_WORDS: Final = {
    Level.OK: mark_message("ok"),
    Level.WARNING: mark_message("warning"),
    Level.ERROR: mark_message("error"),
}
_ORDER: Final = (Level.ERROR, Level.WARNING, Level.OK)
_WIDTH: Final = 8
_NARROWEST: Final = 20


def _mend(opened: OpenedVault, root: VaultFolder, facts: Facts) -> list[SettledCopy]:
    """Settle conflict copies where nothing can be lost.

    Raises:
        StateError: there can be no rescue folder.
    """
    from vault_sync.engine.conflict_copies import CopyComparer, settle_copies
    from vault_sync.engine.refresh import look_around
    from vault_sync.index.history import open_histories

    workspace = opened.workspace
    histories = open_histories(Path(root.path), workspace.rules)
    of_day = workspace.conditions(workspace.moment(None))
    conditions = look_around(of_day, workspace.rules, workspace.vault, root)
    comparer = CopyComparer(root, workspace.rules, conditions, histories)
    paths = [copy.path for copy in facts.copies]
    try:
        return [*settle_copies(paths, comparer, facts.system.now, command="doctor")]
    except OSError as error:
        raise StateError(
            f"A conflict copy could not be moved to the rescue folder ({error.strerror}); it is where it was."
        ) from error


@dataclass(frozen=True, slots=True)
class _Report:
    """What the doctor says.

    Attributes:
        vault: the folder.
        diagnoses: in their order.
        moved: conflict copies that are in the rescue folder now.
        copies: those that are still there.
        not_read: what could not be read, behind its path.
        is_foreign: no note has a property that some rule names.
    """

    vault: str
    diagnoses: Sequence[NamedResult]
    moved: Sequence[SettledCopy]
    copies: Sequence[Copy]
    not_read: Sequence[tuple[str, Problem]]
    is_foreign: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        levels = Counter(each.finding.level for each in self.diagnoses)
        return {
            "vault": self.vault,
            "findings": [
                {
                    "check": check,
                    **asdict(finding),
                    "message": translate(finding.message),
                    "advice": translate(finding.advice),
                }
                for check, finding in self.diagnoses
            ],
            "moved": [
                {
                    "path": each.path,
                    "rescue": str(each.rescue),
                    "note": each.note,
                    "taken": each.is_taken,
                }
                for each in self.moved
            ],
            "copies": [
                {
                    "path": each.path,
                    "note": each.original,
                    "relation": each.relation.name.lower(),
                    "diff": each.diff,
                }
                for each in self.copies
            ],
            "not_read": [describe_unread(path, problem) for path, problem in self.not_read],
            "summary": {level.value: levels[level] for level in Level},
        }

    def print(self, language: Language, verbosity: int) -> None:
        """Print a line for each problem, the worst first, and their counts on stderr.

        Args:
            language: to speak.
            verbosity: above 0 to list the checks that passed, too; below 0 for no counts.
        """
        from rich.cells import cell_len

        from vault_sync.cli.due import NO_STUDY_NOTES

        paint = find_painter()
        for path, rescue, note, is_taken in self.moved:
            if is_taken:
                said = language.say("{note} has taken the text of {path}.", note=note, path=path)
                echo(make_printable(said))
            said = language.say("Moved {path} to {rescue}.", path=path, rescue=rescue)
            echo(make_printable(said))
        for _, finding in sorted(self.diagnoses, key=lambda each: _ORDER.index(each.finding.level)):
            if verbosity <= 0 and finding.level is Level.OK:
                continue
            word = language.say(_WORDS[finding.level])
            blanks = " " * max(1, _WIDTH - cell_len(word))
            said = _fold(render_finding(finding, language))
            echo(paint(word, _COLORS[finding.level]) + blanks + said)
        self._print_differences(language)
        if verbosity >= 0:
            self._print_counts(language)
            if self.is_foreign:
                echo(language.say(NO_STUDY_NOTES), err=True)

    def _print_differences(self, language: Language) -> None:
        """Print how conflict copies differ from their notes, without the lines that are ours."""
        for copy in [each for each in self.copies if each.diff][:MAX_PLACES]:
            said = language.say("What you wrote differs in {path}:", path=copy.path)
            echo(make_printable(said))
            for line in copy.diff.split("\n")[2:-1]:
                echo(f"    {make_printable(line)}")

    def _print_counts(self, language: Language) -> None:
        levels = Counter(each.finding.level for each in self.diagnoses)
        echo(
            language.say(
                "Errors: {errors}, warnings: {warnings}, checks passed: {fine} (`vault-sync -v doctor` lists them).",
                errors=levels[Level.ERROR],
                warnings=levels[Level.WARNING],
                fine=levels[Level.OK],
            ),
            err=True,
        )


def _fold(text: str) -> str:
    """Return a line in as many as a terminal needs, below each other; elsewhere as it is."""
    if not sys.stdout.isatty():
        return text
    from rich.console import Console
    from rich.text import Text

    width = max(_NARROWEST, shutil.get_terminal_size().columns - _WIDTH)
    lines = Text(text).wrap(Console(width=width), width)
    return f"\n{' ' * _WIDTH}".join(line.plain.rstrip() for line in lines)


def render_finding(finding: CheckResult, language: Language) -> str:
    """Return a finding as one line that a terminal can print, whatever the vault holds."""
    parts = [language.translate(finding.message)]
    if finding.places:
        rest = finding.count - MAX_PLACES
        shown = [*finding.places[:MAX_PLACES]]
        shown += [language.say("and {count} more", count=rest)] if rest > 0 else []
        parts.append(f"({', '.join(shown)})")
    parts += [language.translate(finding.advice)] if finding.advice else []
    return make_printable(" ".join(parts))
