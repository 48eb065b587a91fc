"""The run behind ``report``: make it, then print it or write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.asking import replace_asked_file
from vault_sync.cli.streams import print_bytes
from vault_sync.cli.studying import open_study
from vault_sync.files.folder import VaultFolder
from vault_sync.language import Language
from vault_sync.study.report import load_report
from vault_sync.study.report_page import render_report_page
from vault_sync.study.report_parts import MARK
from vault_sync.study.report_picture import render_report_picture
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.cli import Options

_SIGN: Final = f'="{MARK}"'  # an attribute; a note may well hold the words


def run_report(options: Options, output: Path | None, svg: Path | None, on: str | None) -> int:
    """Make the report, send it where it was asked for, and return the exit code.

    Args:
        options: those before the command.
        output: where the page goes; None for standard output, where no picture was asked for.
        svg: where the picture goes; None for none.
        on: the day to take for the present, as typed; None for the real one.
    """
    if output and output == svg:
        raise click.UsageError("The page and the picture need a file each.")
    study = open_study(options, on)
    with VaultFolder(study.workspace.vault.root) as root:
        report = load_report(study.workspace, root, study.moment, study.tell)
    language = Language(study.workspace.config.language)
    vault = study.workspace.vault.root
    if svg:
        picture = render_report_picture(report, language)
        replace_asked_file(svg, picture, _SIGN, vault, study.language)
    if output:
        page = render_report_page(report, language)
        replace_asked_file(output, page, _SIGN, vault, study.language)
    if not (svg or output):
        print_bytes(render_report_page(report, language))
    if options.verbosity >= 0:
        for path in filter(None, (output, svg)):
            shown = make_printable(str(path))
            click.echo(study.language.say("{file} is made.", file=shown), err=True)
    return study.exit_code
