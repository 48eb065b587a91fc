"""The report as a file in the vault, kept there by the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.files.export import keep_file
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language
from vault_sync.study.charts import MARK
from vault_sync.study.report_data import load_report
from vault_sync.study.report_page import render_report_page
from vault_sync.study.report_picture import render_report_picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from vault_sync.errors import Problem
    from vault_sync.vault.workspace import Workspace

SIGN: Final = f'="{MARK}"'
"""By which a report is known again: an attribute, as a note may well hold the words."""
_PICTURE: Final = ".svg"


def follow(workspace: Workspace, moment: datetime, check_cancelled: Callable[[], None]) -> None:
    """Bring the report that the configuration names up to date; the daemon calls this.

    Args:
        workspace: the vault.
        moment: the present.
        check_cancelled: is called before each note; what it raises ends the work.

    Raises:
        KeptFileError: it cannot be kept where the configuration wants it.
    """
    file = workspace.config.report.file
    if file:
        render = render_report_picture if file.lower().endswith(_PICTURE) else render_report_page
        with VaultFolder(workspace.vault.root) as root:
            report = load_report(workspace, root, moment, _leave_to_refresh, check_cancelled)
            keep_file(root, file, render(report, Language(workspace.config.language)), SIGN)


def _leave_to_refresh(path: str, problem: Problem) -> None:
    """Say nothing: the refresh that the daemon did before has told of the same notes."""
