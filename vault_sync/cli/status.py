"""``vault-sync status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option
from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="status", cls=TranslatedCommand)
@click.option("--watch", is_flag=True, help="Keep it on the screen and up to date; Ctrl-C ends it.")
@click.option("--on", metavar="DATE", help="The day to take for today, such as 2024-10-27.")
@format_option
@click.pass_obj
def status_command(options: Options, /, *, watch: bool, on: str | None, format_: str) -> int:
    """Show how your study stands.

    The reviews of the next two weeks as a bar chart, the progress of each subject, the notes that
    wait for longest, and how the daemon is. Nothing is written.

    \b
    Examples:
      vault-sync status
      vault-sync status --watch
      vault-sync status --format json
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.overview import keep_showing, show_status  # noqa: PLC0415 - for a quick start

    run = keep_showing if watch else show_status
    return run(options, on, format_)
