"""``vault-sync doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option
from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="doctor", cls=TranslatedCommand)
@click.argument(
    "vault", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--fix",
    is_flag=True,
    help="Move conflict copies that differ in nothing but derived values to the rescue folder.",
)
@format_option
@click.pass_obj
def doctor_command(options: Options, /, *, vault: Path | None, fix: bool, format_: str) -> int:
    """Look for what keeps a vault from being well, and say what to do.

    One line for each thing: what it is, where, and what to do about it. No note is ever written; with
    --fix, needless conflict copies leave the vault, but are not deleted.

    \b
    Examples:
      vault-sync doctor Notes
      vault-sync doctor --fix Notes
      vault-sync doctor --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.doctoring import run_doctor  # noqa: PLC0415 - for a quick start

    return run_doctor(options, vault, format_, is_fixing=fix)
