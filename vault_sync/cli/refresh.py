"""``vault-sync refresh``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault_sync.cli.options import format_option, now_option

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="refresh", short_help="Bring derived properties up to date.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a note is stale.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change as a diff.")
@click.option("--stable", is_flag=True, help="Only formulas that read no clock.")
@now_option
@format_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="How many notes are brought to the disk at the same time; 1 for one by one.",
)
@click.option(
    "--max-changes",
    type=click.IntRange(0),
    metavar="N",
    help="Write nothing at all if more than N notes are stale.",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Read every note, even if it has not changed since it was true.",
)
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 if a note was written.")
@click.pass_obj
def refresh_command(options: Options, /, paths: tuple[Path, ...], **chosen: Any) -> int:
    """Bring the derived properties of notes up to date, and change nothing else.

    PATHS are notes, folders or a vault; without any, the vault around the working folder.

    \b
    Examples:
      vault-sync refresh --diff Notes      show what would change, write nothing
      vault-sync refresh Notes             do it
      vault-sync refresh --check Notes     for scripts: exit with 1 if a note is stale
      vault-sync undo                      put the old values back
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.runs import run_refresh  # noqa: PLC0415 - for a quick start
    from vault_sync.cli.session import RefreshRequest  # noqa: PLC0415 - the same

    return run_refresh(options, RefreshRequest(paths=paths, **chosen), sys.stdout)
