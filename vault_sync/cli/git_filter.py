"""``vault-sync git-filter``: let git see a note as unchanged while only its daily values are new."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vault_sync.cli.language import echo
from vault_sync.cli.streams import warn
from vault_sync.cli.translated import TranslatedGroup

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.cli.git_drivers import DriverCommands


@click.group(cls=TranslatedGroup, name="git-filter")
def git_filter_command() -> None:
    """Keep `git status` quiet about values that change every day.

    Git then shows what you edited and nothing else. It is a setting of this clone alone.

    \b
    Examples:
      vault-sync git-filter install      in a repository of notes: from now on
      vault-sync git-filter status       is it there, and would git run it?
      vault-sync git-filter settle       let git look again at the notes
      vault-sync git-filter uninstall    take it out; git shows daily values
    """  # noqa: D301 - \b is a character that click knows


@git_filter_command.command(name="install", short_help="Install the filter, or renew it.")
@click.pass_obj
def install_command(options: Options, /) -> int:
    """Let git ask vault-sync about the notes of this clone.

    Git then takes a note for unchanged while only its daily values differ from what is committed.
    Nothing is committed by this, and clones of others are not affected.

    \b
    Example:
      vault-sync git-filter install
    """  # noqa: D301 - \b is a character that click knows
    return _commands().install(options)


@git_filter_command.command(name="uninstall", short_help="Take the filter out again.")
@click.pass_obj
def uninstall_command(options: Options, /) -> int:
    """Take the filter out again; git then shows every daily value that differs.

    \b
    Example:
      vault-sync git-filter uninstall
    """  # noqa: D301 - \b is a character that click knows
    return _commands().uninstall(options)


@git_filter_command.command(name="status", short_help="Say whether git would run it.")
@click.pass_obj
def status_command(options: Options, /) -> int:
    """Say whether the filter is installed; exit 1 if git would not run it.

    \b
    Example:
      vault-sync git-filter status
    """  # noqa: D301 - \b is a character that click knows
    return _commands().show_status(options)


@git_filter_command.command(name="settle", short_help="Let git look at the notes again.")
@click.pass_obj
def settle_command(options: Options, /) -> int:
    """Let git look again at notes that were not written by vault-sync here, but by a sync service.

    `refresh`, `undo` and the daemon do this by themselves where the filter is installed.

    \b
    Example:
      vault-sync git-filter settle
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.git_drivers import find_clone
    from vault_sync.git.index_refresh import refresh_index

    count = refresh_index(find_clone(options))
    echo(f"Git has looked again at {count} {'note' if count == 1 else 'notes'}.")
    return 0


@git_filter_command.command(name="process", hidden=True)
def process_command() -> int:
    """Answer git, which starts this and talks over stdin and stdout."""
    from vault_sync.git.clean_filter import run_filter

    run_filter(sys.stdin.buffer, sys.stdout.buffer, warn)
    return 0


def _commands() -> DriverCommands:
    from vault_sync.cli.git_drivers import DriverCommands
    from vault_sync.git.index_refresh import forget_all, refresh_index
    from vault_sync.git.install_drivers import FILTER

    return DriverCommands(
        FILTER,
        command="git-filter",
        noun="filter",
        effect="`git status` is quiet about daily values now",
        removal="; `git status` shows notes with new daily values again",
        update=refresh_index,
        forget=forget_all,
    )
