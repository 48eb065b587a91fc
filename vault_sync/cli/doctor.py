"""``vault-sync doctor``: look, mend what may be mended, and tell."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vault_sync.cli.options import SpelledPath, format_option
from vault_sync.cli.translated import TranslatedCommand
from vault_sync.doctor.facts import Level
from vault_sync.errors import NoteError, StateError
from vault_sync.i18n import mark_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.cli import Options
    from vault_sync.doctor.checks import NamedResult
    from vault_sync.doctor.collect import OpenedVault
    from vault_sync.doctor.conflict_copies import Moved
    from vault_sync.doctor.facts import CheckResult, Facts
    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language


@click.command(name="doctor", cls=TranslatedCommand)
@click.argument("vault", required=False, type=SpelledPath(file_okay=False))
@click.option(
    "--fix",
    is_flag=True,
    help="Move conflict copies that differ in nothing but derived values to the rescue folder.",
)
@format_option
@click.pass_obj
def doctor_command(options: Options, /, *, vault: Path | None, fix: bool, format_: str) -> int:
    """Check the vault for problems and suggest fixes.

    One line for each thing: what it is, where, and what to do about it. No note is ever written; with
    --fix, needless conflict copies leave the vault, but are not deleted.

    \b
    Examples:
      vault-sync doctor Notes
      vault-sync doctor --fix Notes
      vault-sync doctor --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    return run_doctor(options, vault, format_, is_fixing=fix)


_COLORS: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "red"}
_WORDS: Final = {
    Level.OK: mark_message("ok"),
    Level.WARNING: mark_message("warning"),
    Level.ERROR: mark_message("error"),
}
_WIDTH: Final = 8


def run_doctor(options: Options, vault: Path | None, format_: str, *, is_fixing: bool) -> int:
    """Look at a vault, print what was found and return the exit code.

    Args:
        options: those before the command.
        vault: the folder that the user named, if he did.
        format_: ``text`` or ``json``.
        is_fixing: move needless conflict copies away.
    """
    from vault_sync.cli.streams import print_json
    from vault_sync.doctor.checks import run_checks
    from vault_sync.doctor.collect import collect_facts, open_for_checks
    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import choose_language
    from vault_sync.vault.workspace import locate_vault

    named = (vault,) if vault else ()
    opened = open_for_checks(locate_vault(named, options.vault), options.config)
    language = choose_language(opened.workspace.config.locale, os.environ)
    with VaultFolder(opened.workspace.vault.root) as root:
        facts = collect_facts(opened, root)
        moved = _mend(opened, root, facts) if is_fixing else []
    gone = {each.path for each in moved}
    copies = tuple(copy for copy in facts.copies if copy.path not in gone)
    diagnoses = [*run_checks(replace(facts, copies=copies), language)]
    report = _Report(opened.workspace.vault.root, diagnoses, moved)
    if format_ == "json":
        print_json(report.as_json(), indent=2)
    else:
        report.print(language, options.verbosity)
    is_found = any(each.finding.level is not Level.OK for each in diagnoses)
    return NoteError.exit_code if is_found else 0


def _mend(opened: OpenedVault, root: VaultFolder, facts: Facts) -> list[Moved]:
    """Move needless conflict copies to the rescue folder.

    Raises:
        StateError: there can be no rescue folder.
    """
    from vault_sync.doctor.conflict_copies import CopyComparer, move_needless
    from vault_sync.doctor.facts import CopyRelation
    from vault_sync.state.folder import open_state

    needless = [copy for copy in facts.copies if copy.relation is CopyRelation.NEEDLESS]
    if not needless:
        return []
    workspace = opened.workspace
    now = facts.system.now
    comparer = CopyComparer(root, workspace.rules, workspace.conditions(workspace.moment(None)))
    try:
        return [*move_needless(needless, comparer, open_state(Path(root.path)), now)]
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
    """

    vault: str
    diagnoses: Sequence[NamedResult]
    moved: Sequence[Moved]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        levels = Counter(each.finding.level for each in self.diagnoses)
        return {
            "vault": self.vault,
            "findings": [
                {
                    "check": check,
                    "level": finding.level.value,
                    "message": finding.message,
                    "advice": finding.advice,
                    "places": finding.places,
                    "count": finding.count,
                }
                for check, finding in self.diagnoses
            ],
            "moved": [{"path": each.path, "rescue": str(each.rescue)} for each in self.moved],
            "summary": {level.value: levels[level] for level in Level},
        }

    def print(self, language: Language, verbosity: int) -> None:
        """Print a line for each finding, and their counts on stderr; if quiet, only what is not well.

        Args:
            language: to speak.
            verbosity: below 0 for quiet.
        """
        from rich.cells import cell_len

        from vault_sync.cli.output import find_painter
        from vault_sync.vault.walk import make_printable

        paint = find_painter()
        for path, rescue in self.moved:
            said = language.say("Moved {path} to {rescue}.", path=path, rescue=rescue)
            click.echo(make_printable(said))
        for _, finding in self.diagnoses:
            if verbosity < 0 and finding.level is Level.OK:
                continue
            word = language.say(_WORDS[finding.level])
            blanks = " " * max(1, _WIDTH - cell_len(word))
            click.echo(
                paint(word, _COLORS[finding.level]) + blanks + render_finding(finding, language)
            )
        if verbosity >= 0:
            self._print_counts(language)

    def _print_counts(self, language: Language) -> None:
        levels = Counter(each.finding.level for each in self.diagnoses)
        click.echo(
            language.say(
                "Errors: {errors}, warnings: {warnings}, fine: {fine}.",
                errors=levels[Level.ERROR],
                warnings=levels[Level.WARNING],
                fine=levels[Level.OK],
            ),
            err=True,
        )


def render_finding(finding: CheckResult, language: Language) -> str:
    """Return a finding as one line that a terminal can print, whatever the vault holds."""
    from vault_sync.doctor.facts import MAX_PLACES
    from vault_sync.vault.walk import make_printable

    parts = [finding.message]
    if finding.places:
        rest = finding.count - MAX_PLACES
        shown = [*finding.places[:MAX_PLACES]]
        shown += [language.say("and {count} more", count=rest)] if rest > 0 else []
        parts.append(f"({', '.join(shown)})")
    parts += [finding.advice] if finding.advice else []
    return make_printable(" ".join(parts))
