"""``vault-sync report``: the report as a page or a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import TranslatedCommand, echo
from vault_sync.cli.options import SpelledPath

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="report", cls=TranslatedCommand)
@click.option(
    "-o",
    "--output",
    type=SpelledPath(exists=False, dir_okay=False),
    metavar="FILE",
    help="Write the page into this file; - prints it. On a terminal it goes to report.html by itself.",
)
@click.option(
    "--svg",
    type=SpelledPath(exists=False, dir_okay=False),
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
    return run_report(options, output, svg, on)


_PRINTED: Final = Path("-")


def run_report(options: Options, output: Path | None, svg: Path | None, on: str | None) -> int:
    """Make the report, send it where it was asked for, and return the exit code.

    Args:
        options: those before the command.
        output: where the page goes; None for standard output, where no picture was asked for.
        svg: where the picture goes; None for none.
        on: the day to take for the present, as typed; None for the real one.
    """
    from vault_sync.cli.output_file import replace_asked_file
    from vault_sync.cli.review_session import open_study
    from vault_sync.cli.streams import print_bytes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language
    from vault_sync.study.report_data import load_report
    from vault_sync.study.report_page import render_report_page
    from vault_sync.study.report_picture import SIGN, render_report_picture
    from vault_sync.text import make_printable

    if not (output or svg) and sys.stdout.isatty():
        output = Path("report.html")  # nobody reads HTML on a terminal
    if output and output == svg:
        raise click.UsageError("The page and the picture need a file each.")
    study = open_study(options, on)
    with VaultFolder(study.workspace.vault.root) as root:
        report = load_report(study.workspace, root, study.moment, study.tell)
    language = Language(study.workspace.config.language)
    vault = study.workspace.vault.root
    if svg:
        picture = render_report_picture(report, language)
        replace_asked_file(svg, picture, SIGN, vault, study.language)
    if output and output != _PRINTED:
        page = render_report_page(report, language)
        replace_asked_file(output, page, SIGN, vault, study.language)
    if output == _PRINTED or not (svg or output):
        print_bytes(render_report_page(report, language))
    if options.verbosity >= 0:
        for path in (one for one in (output, svg) if one and one != _PRINTED):
            shown = make_printable(str(path))
            echo(study.language.say("Wrote {file}.", file=shown), err=True)
        if lack := study.find_lack(report.board.total.notes):
            echo(lack, err=True)
    return study.finish("report")
