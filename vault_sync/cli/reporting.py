"""The run behind ``report``: make it, then print it or write it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.studying import open_study
from vault_sync.errors import AskedFileError
from vault_sync.files.export import replace_file
from vault_sync.files.folder import VaultFolder
from vault_sync.study.calendar import choose_steady_language
from vault_sync.study.report import load_report
from vault_sync.study.report_page import render_report_page
from vault_sync.study.report_parts import MARK
from vault_sync.study.report_picture import render_report_picture
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.cli import Options

_HEAD: Final = 1024


def run_report(options: Options, output: Path | None, svg: Path | None, on: str | None) -> int:
    """Make the report, send it where it was asked for, and return the exit code.

    Args:
        options: those before the command.
        output: where the page goes; None for standard output, where no picture was asked for.
        svg: where the picture goes; None for none.
        on: the day to take for the present, as typed; None for the real one.
    """
    study = open_study(options, on)
    with VaultFolder(study.workspace.vault.root) as root:
        report = load_report(study.workspace, root, study.moment, study.tell)
    language = choose_steady_language(study.workspace.config)
    if svg:
        _write(svg, render_report_picture(report, language))
    if output:
        _write(output, render_report_page(report, language))
    if not (svg or output):
        sys.stdout.buffer.write(render_report_page(report, language))
    if options.verbosity >= 0:
        for path in filter(None, (output, svg)):
            shown = make_printable(str(path))
            click.echo(study.language.say("{file} is made.", file=shown), err=True)
    return study.exit_code


def _write(path: Path, data: bytes) -> None:
    """Write a file where there is none, or none but an older report.

    Raises:
        AskedFileError: something else is there, or it cannot be written.
    """
    shown = make_printable(str(path))
    try:
        old = _read_old(path)
        if old is None:
            raise AskedFileError(
                f"{shown} is there already and is no report of vault-sync, so it was left alone."
                " Name another file, or take that one away."
            )
        if old != data:
            replace_file(path, data)
    except OSError as error:
        raise AskedFileError(f"{shown} was not written: {error.strerror or error}.") from error


def _read_old(path: Path) -> bytes | None:
    """Return what is in a file, nothing where there is none; None if it must not be replaced."""
    if not os.path.lexists(path):
        return b""
    if not path.is_file():  # a device, such as /dev/null, would be replaced by a file
        return None
    old = path.read_bytes()
    return old if not old or MARK.encode() in old[:_HEAD] else None
