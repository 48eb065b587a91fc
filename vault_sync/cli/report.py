"""``vault-sync report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="report", cls=TranslatedCommand)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the page into a file instead of printing it.",
)
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a picture that can be embedded in a note.",
)
@click.option("--on", metavar="DATE", help="The day to take for today, such as 2024-10-27.")
@click.pass_obj
def report_command(
    options: Options, /, *, output: Path | None, svg: Path | None, on: str | None
) -> int:
    """Make a page and a picture of how your study stands.

    The reviews of the next 30 days, what waits for longest, the progress of each subject and the
    last 52 weeks. The page is one HTML file that loads nothing; its links open the notes in
    Obsidian. The same notes on the same day give the same file.

    \b
    Examples:
      vault-sync report -o report.html
      vault-sync report --svg 복습.svg      then write ![[복습.svg]] into a note
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.reporting import run_report  # noqa: PLC0415 - for a quick start

    return run_report(options, output, svg, on)
