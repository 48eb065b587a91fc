"""What the commands about reviews share: the vault, the day, the language, and problems told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from vault_sync.cli.language import use_language
from vault_sync.cli.output import print_problem
from vault_sync.errors import NoteError
from vault_sync.study.notes import find_day
from vault_sync.vault.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.errors import Problem
    from vault_sync.i18n import Language
    from vault_sync.vault.workspace import Workspace


@dataclass(slots=True)
class Study:
    """A vault opened to look at its reviews.

    Attributes:
        workspace: the vault.
        moment: what is taken for the present.
        language: to speak with the user.
        typed: the moment that the user named in place of the present; None for none.
        exit_code: 0, or that of notes with problems once one was told.
    """

    workspace: Workspace
    moment: datetime
    language: Language
    typed: str | None = None
    exit_code: int = 0

    @property
    def day(self) -> date:
        """The day that counts."""
        return find_day(self.workspace, self.moment)

    def renew(self) -> None:
        """Take the present for the present again, unless the user named a day."""
        self.moment = self.workspace.moment(self.typed)

    def tell(self, path: str, problem: Problem) -> None:
        """Print why a note could not be looked at."""
        print_problem(path, problem)
        self.exit_code = NoteError.exit_code


def open_study(options: Options, on: str | None) -> Study:
    """Open the vault that the user means.

    Args:
        options: those before the command.
        on: the day to take for the present, as typed; None for the real one.

    Raises:
        click.BadParameter: what was typed is no day.
    """
    workspace = open_workspace(locate_vault((), options.vault), options.config)
    language = use_language(workspace.config.locale)
    typed = _check_day(on, workspace, language) if on else None
    return Study(workspace, workspace.moment(typed), language, typed)


def _check_day(on: str, workspace: Workspace, language: Language) -> str:
    """Return a day that the user typed, as `Workspace.moment` takes it."""
    try:
        start = date.fromisoformat(on).isoformat()
        workspace.moment(start)  # the first day of all has no name in some zones
    except (ValueError, OverflowError):
        message = language.say("{day} is no day; write it as 2024-10-27.", day=repr(on))
        raise click.BadParameter(message, param_hint="--on") from None
    return start
