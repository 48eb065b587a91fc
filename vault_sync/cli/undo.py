"""``vault-sync undo``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="undo", short_help="Put the old values of a run back.")
@click.argument("run", required=False)
@click.option("--list", "is_list", is_flag=True, help="List the runs that can be undone.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would be put back as a diff.")
@format_option
@click.pass_obj
def undo_command(
    options: Options, /, run: str | None, format_: str, *, is_list: bool, diff: bool
) -> int:
    """Put back the old values of a run, where they were not changed since.

    RUN is one that --list shows; without it, the newest that was not undone yet.

    \b
    Examples:
      vault-sync undo --diff       show what would be put back
      vault-sync undo              do it
      vault-sync undo --list       list the runs
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.undoing import list_runs, run_undo  # noqa: PLC0415 - for a quick start

    if is_list:
        return list_runs(options)
    return run_undo(options, run, format_, sys.stdout, is_diff=diff)
