"""``vault-sync report``: the report as a page or a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, file_option, on_option
from vault_sync.cli.streams import print_bytes, replace_asked_file
from vault_sync.i18n import Language
from vault_sync.text import make_printable

_PRINTED: Final = Path("-")


@command("report")
@file_option(
    "-o",
    "--output",
    help_="Write the page into this file; - prints it. On a terminal it goes to report.html by itself.",
)
@file_option("--svg", help_="Write a picture that can be embedded in a note.")
@on_option
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
    from vault_sync.cli.due import open_review_session
    from vault_sync.files.folder import VaultFolder
    from vault_sync.study.report_page import load_report, render_report_page
    from vault_sync.study.report_picture import SIGN, render_report_picture

    if not (output or svg) and sys.stdout.isatty():
        output = Path("report.html")  # nobody reads HTML on a terminal
    if output and output == svg:
        raise click.UsageError("The page and the picture need a file each.")
    session = open_review_session(options, on)
    with VaultFolder(session.workspace.vault.root) as root:
        report = load_report(session.workspace, root, session.moment, session.tell)
    language = Language(session.workspace.config.language)
    vault = session.workspace.vault.root
    if svg:
        picture = render_report_picture(report, language)
        replace_asked_file(svg, picture, SIGN, vault, session.language)
    if output and output != _PRINTED:
        page = render_report_page(report, language)
        replace_asked_file(output, page, SIGN, vault, session.language)
    if output == _PRINTED or not (svg or output):
        print_bytes(render_report_page(report, language))
    if options.verbosity >= 0:
        for path in (one for one in (output, svg) if one and one != _PRINTED):
            shown = make_printable(str(path))
            echo(session.language.say("Wrote {file}.", file=shown), err=True)
        if lack := session.find_lack(report.board.total.notes):
            echo(lack, err=True)
    return session.finish("report")
