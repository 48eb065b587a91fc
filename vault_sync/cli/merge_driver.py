"""``vault-sync merge-driver``: merge notes without conflicts about derived values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.streams import warn
from vault_sync.cli.translated import TranslatedGroup

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.cli.git_drivers import DriverCommands


@click.group(cls=TranslatedGroup, name="merge-driver")
def merge_driver_command() -> None:
    """Let git merge notes without conflicts about derived values.

    They are computed from the merged note. What you wrote is merged as ever. It is a setting of
    this clone alone.

    \b
    Examples:
      vault-sync merge-driver install      in a repository of notes: from now on
      vault-sync merge-driver status       is it there, and would git run it?
      vault-sync merge-driver uninstall    take it out again
    """  # noqa: D301 - \b is a character that click knows


@merge_driver_command.command(name="install", short_help="Install the driver, or renew it.")
@click.pass_obj
def install_command(options: Options, /) -> int:
    """Let git call vault-sync to merge the notes of this clone.

    Derived values are then computed from the merged sources; all else is merged as git does it.
    Nothing is committed by this, and clones of others are not affected.

    \b
    Example:
      vault-sync merge-driver install
    """  # noqa: D301 - \b is a character that click knows
    return _commands().install(options)


@merge_driver_command.command(name="uninstall", short_help="Take the driver out again.")
@click.pass_obj
def uninstall_command(options: Options, /) -> int:
    """Take the merge driver out again; git then merges notes as it does other files.

    \b
    Example:
      vault-sync merge-driver uninstall
    """  # noqa: D301 - \b is a character that click knows
    return _commands().uninstall(options)


@merge_driver_command.command(name="status", short_help="Say whether git would run it.")
@click.pass_obj
def status_command(options: Options, /) -> int:
    """Say whether the merge driver is installed; exit 1 if git would not run it.

    \b
    Example:
      vault-sync merge-driver status
    """  # noqa: D301 - \b is a character that click knows
    return _commands().show_status(options)


@merge_driver_command.command(name="run", hidden=True)
@click.argument("versions", nargs=3, type=click.Path(path_type=Path))
@click.option("--marker-size", type=click.IntRange(1, 1000), default=7, help="Of conflict markers.")
@click.option("--path", required=True, help="The note in the work tree.")
@click.option("--labels", nargs=3, default=("%S", "%X", "%Y"), help="Of base, ours and theirs.")
def run_command(
    versions: tuple[Path, Path, Path], marker_size: int, path: str, labels: tuple[str, str, str]
) -> int:
    """Merge three versions of a note into the second file. Git starts this."""
    from vault_sync.git.merge_driver import Merge, choose_labels, run_merge
    from vault_sync.git.repository import find_repository_of_hook

    chosen = choose_labels(labels, os.environ)
    merge = Merge(*versions, path, marker_size, chosen)
    return run_merge(find_repository_of_hook(), merge, warn)


def _commands() -> DriverCommands:
    from vault_sync.cli.git_drivers import DriverCommands
    from vault_sync.git.install_drivers import MERGE

    return DriverCommands(
        MERGE,
        command="merge-driver",
        noun="merge driver",
        effect="derived values are no conflicts any more",
    )
