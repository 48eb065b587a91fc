"""What the commands about reviews share: the vault, the day, the language, and problems told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import echo, use_language
from vault_sync.cli.output import describe_unread, print_problem
from vault_sync.errors import NoteError, Problem
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language, mark_message
from vault_sync.study.notes import StudyNote, load_study_notes

if TYPE_CHECKING:
    from vault_sync.cli.options import Options
    from vault_sync.vault.workspace import Workspace

NO_STUDY_NOTES: Final = mark_message(
    "There are no study notes in this vault; `vault-sync init` says what vault-sync looks for."
)


@dataclass(slots=True)
class ReviewSession:
    """A vault opened to look at its reviews.

    Attributes:
        workspace: the vault.
        moment: what is taken for the present.
        language: to speak with the user.
        typed: the moment that the user named in place of the present; None for none.
        verbosity: each problem is named if it is above 0.
        problems: what is wrong with a note, or keeps it or a folder from being read, behind its path.
    """

    workspace: Workspace
    moment: datetime
    language: Language
    typed: str | None = None
    verbosity: int = 0
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The day that counts."""
        return self.workspace.day(self.moment)

    def renew(self) -> None:
        """Take the present for the present again, unless the user named a day."""
        self.moment = self.workspace.moment(self.typed)

    def tell(self, path: str, problem: Problem) -> None:
        """Remember that a note or folder could not be looked at; name it if that is wanted."""
        self.problems.append((path, problem))
        if self.verbosity > 0:
            print_problem(path, problem)

    def load_notes(self) -> list[StudyNote]:
        """Return the study notes of the vault; what is wrong with one is told."""
        with VaultFolder(self.workspace.vault.root) as root:
            return list(load_study_notes(self.workspace, root, self.moment, self.tell))

    def find_lack(self, notes: int) -> str | None:
        """Return what the vault lacks, so that nothing can ever be due, and what to do; None where it lacks nothing.

        Args:
            notes: how many study notes were found.
        """
        if not any(rules.study for rules in self.workspace.rules):
            return self.language.say(
                "No rule set of this vault has stages; use the profile study-ko or add `study` to a rule set."
            )
        if not notes and not self.problems:
            return self.language.say(NO_STUDY_NOTES)
        return None

    def describe_unread(self) -> list[dict[str, object]]:
        """Return as JSON what could not be read; `finish` counts it for people."""
        return [describe_unread(path, problem) for path, problem in self.problems]

    def finish(self, command: str) -> int:
        """Say, as the last line, how much may be missing, and return the exit code.

        Args:
            command: that was run; with ``-v`` it names each problem.
        """
        if not self.problems:
            return 0
        said = self.language.count(
            "{n} note or folder could not be read fully; `vault-sync -v {command}` says why.",
            "{n} notes or folders could not be read fully; `vault-sync -v {command}` says why.",
            len({path for path, _ in self.problems}),
            command=command,
        )
        echo(click.style(said, fg="yellow"), err=True)
        return NoteError.exit_code


def open_review_session(options: Options, on: str | None) -> ReviewSession:
    """Open the vault that the user means.

    Args:
        options: those before the command.
        on: the day to take for the present, as typed; None for the real one.

    Raises:
        click.BadParameter: what was typed is no day.
    """
    workspace = options.open_workspace()
    language = use_language(workspace.config.locale)
    typed = _check_day(on, workspace, language) if on else None
    return ReviewSession(workspace, workspace.moment(typed), language, typed, options.verbosity)


def _check_day(on: str, workspace: Workspace, language: Language) -> str:
    """Return a day that the user typed, as `Workspace.moment` takes it."""
    try:
        start = date.fromisoformat(on).isoformat()
        workspace.moment(start)  # the first day of all has no name in some zones
    except (ValueError, OverflowError):
        message = language.say("{day} is no day; write it as 2024-10-27.", day=repr(on))
        raise click.BadParameter(message, param_hint="--on") from None
    return start
