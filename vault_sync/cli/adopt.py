"""``vault-sync adopt``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(
    name="adopt", cls=TranslatedCommand, short_help="Infer rules from values that stand still."
)
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "yaml"]),
    help="For people, for programs, or as a configuration.  [default: text, with -o yaml]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it to a file that does not exist yet.",
)
@click.pass_obj
def adopt_command(
    options: Options, /, folder: Path | None, *, format_: str | None, output: Path | None
) -> int:
    """Infer formulas from the values of a vault, or of a FOLDER in it, and propose rules.

    For notes that came out of Notion or another database: their calculated properties stand still at
    the day of the export. Dates and days from a date, texts around them, flags, rates and bars of
    checkboxes, and texts that follow from these are found, whatever the properties are called.
    Each formula is tried on the notes: you see how many agree, and which do not. Notes are not
    written.

    \b
    Examples:
      vault-sync adopt Notes
      vault-sync adopt Notes/Study -o Notes/.vault-sync.yaml
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.adopting import run_adopt  # noqa: PLC0415 - for a quick start

    return run_adopt(options, folder, format_ or ("yaml" if output else "text"), output)
