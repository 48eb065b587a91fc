"""``vault-sync verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option
from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="verify", cls=TranslatedCommand)
@click.argument(
    "vault", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("-v", "--verbose", is_flag=True, help="Name each refused note, with the line.")
@format_option
@click.pass_obj
def verify_command(options: Options, /, *, vault: Path | None, verbose: bool, format_: str) -> int:
    """Prove on your own notes that nothing else is ever changed.

    In memory, each property of each note is given another value and put back, and new lines are
    added and taken out again. All bytes must come back, and none outside of the value may have
    changed. Nothing is written, neither in the vault nor elsewhere.

    \b
    Examples:
      vault-sync verify Notes
      vault-sync verify -v Notes
      vault-sync verify --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.verifying import run_verify  # noqa: PLC0415 - for a quick start

    return run_verify(options, vault, format_, is_verbose=verbose or options.verbosity > 0)
