"""``vault-sync watch``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, vault_argument

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from vault_sync.daemon.loop import CancelCheck
    from vault_sync.vault.workspace import Workspace

_LEVELS: Final = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}


@command("watch", "Refresh notes as they change, until stopped.")
@vault_argument
@click.option(
    "--polling",
    is_flag=True,
    help="Look at all notes every few seconds instead of waiting for the system's events.",
)
@click.option(
    "--quiet-period",
    metavar="SPAN",
    help="How long nobody may have written to a note, as in 5s or 2m; otherwise that of the configuration.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the log is written: for people or for programs.",
)
def watch_command(
    options: Options,
    /,
    vault: Path | None,
    *,
    polling: bool,
    quiet_period: str | None,
    log_format: str,
) -> int:
    """Look after a vault: refresh what becomes stale by edits and by each new day.

    It runs until Ctrl+C. To have it run whenever you are logged in: `vault-sync service install`.

    \b
    Examples:
      vault-sync watch Notes               until Ctrl+C
      vault-sync watch Notes --polling     where the system gives no events
      vault-sync watch --quiet-period 30s  let a note rest longer first
    """  # noqa: D301 - \b is a character that click knows
    # All that is imported here is not needed for `--help`.
    from vault_sync.daemon.loop import Daemon, WatchOptions, stop_on_signals
    from vault_sync.daemon.status import close_log, open_log
    from vault_sync.state.folder import open_state

    asked = WatchOptions(
        config=options.config, quiet=_parse_quiet(quiet_period), is_polling=polling
    )
    workspace = options._replace(vault=vault or options.vault).open_workspace()
    state = open_state(Path(workspace.vault.root))
    log = open_log(state, as_json=log_format == "json")
    log.setLevel(_LEVELS[options.verbosity])
    try:
        daemon = Daemon(
            workspace, asked, log, (_update_calendar, _update_report, _update_git_index)
        )
        if sys.stderr.isatty() and options.verbosity >= 0:
            echo("Press Ctrl-C to stop.", err=True)
        with stop_on_signals(daemon.stop):
            daemon.run()
    finally:
        close_log()
    return 0


def _update_calendar(workspace: Workspace, moment: datetime, check_cancelled: CancelCheck) -> None:
    """Keep the calendar fresh where the configuration names one."""
    if workspace.config.calendar.file:
        from vault_sync.study.calendar import follow

        follow(workspace, moment, check_cancelled)


def _update_report(workspace: Workspace, moment: datetime, check_cancelled: CancelCheck) -> None:
    """Keep the report fresh where the configuration names one."""
    if workspace.config.report.file:
        from vault_sync.study.report_picture import follow

        follow(workspace, moment, check_cancelled)


def _update_git_index(workspace: Workspace, _moment: datetime, _check: CancelCheck) -> None:
    """Let git look again at what was written, where our filter is installed."""
    from vault_sync.cli.refresh import settle_if_tracked

    settle_if_tracked(Path(workspace.vault.root))


def _parse_quiet(text: str | None) -> timedelta | None:
    from vault_sync.rules.config_reader import parse_period

    period = parse_period(text) if text is not None else None
    if text is not None and period is None:
        message = f"{text!r} is no span of up to an hour; write it as 5s or 2m."
        raise click.BadParameter(message, param_hint="--quiet-period")
    return period
