"""``vault-sync service``: the daemon as a service of this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option

if TYPE_CHECKING:
    from vault_sync.cli import Options

# A service can be taken away when its vault is gone already.
_vault_argument = click.argument(
    "vault", required=False, type=click.Path(file_okay=False, path_type=Path)
)


@click.group(name="service")
def service_command() -> None:
    """Keep a vault fresh from each login on: install, start, stop, ask.

    Inside the vault you can leave VAULT out.

    \b
    Examples:
      vault-sync service install Notes     once; it starts at each login from then on
      vault-sync service status Notes      how it is
    """  # noqa: D301 - \b is a character that click knows


@service_command.command(name="install", short_help="Install the service and start it.")
@_vault_argument
@click.option("--polling", is_flag=True, help="Look again and again instead of waiting for events.")
@click.option(
    "--print", "is_shown", is_flag=True, help="Print the service's file, install nothing."
)
@click.pass_obj
def install_command(
    options: Options, /, vault: Path | None, *, polling: bool, is_shown: bool
) -> int:
    """Install the daemon as a service and start it; again after an update or a changed setting.

    \b
    Examples:
      vault-sync service install Notes
      vault-sync service install --print Notes     show what would be installed
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.serving import install, show  # noqa: PLC0415 - for a quick start

    words = ("--polling",) if polling else ()
    return show(options, vault, words) if is_shown else install(options, vault, words)


@service_command.command(name="uninstall")
@_vault_argument
@click.pass_obj
def uninstall_command(options: Options, /, vault: Path | None) -> int:
    """Stop the service and take it away. Journals and rescue copies stay."""
    from vault_sync.cli.serving import uninstall  # noqa: PLC0415 - the same

    return uninstall(options, vault)


@service_command.command(name="start")
@_vault_argument
@click.pass_obj
def start_command(options: Options, /, vault: Path | None) -> int:
    """Start the installed service."""
    from vault_sync.cli.serving import start  # noqa: PLC0415 - the same

    return start(options, vault)


@service_command.command(name="stop")
@_vault_argument
@click.pass_obj
def stop_command(options: Options, /, vault: Path | None) -> int:
    """Stop the service until the next start or login."""
    from vault_sync.cli.serving import stop  # noqa: PLC0415 - the same

    return stop(options, vault)


@service_command.command(name="status", short_help="Say how the daemon is.")
@_vault_argument
@format_option
@click.pass_obj
def status_command(options: Options, /, vault: Path | None, format_: str) -> int:
    """Say how the daemon is, whether it runs as a service or in a terminal.

    \b
    Examples:
      vault-sync service status Notes
      vault-sync service status --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.serving import tell_status  # noqa: PLC0415 - the same

    return tell_status(options, vault, format_)


@service_command.command(name="logs")
@_vault_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl+C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="How many of the last lines.",
)
@click.pass_obj
def logs_command(options: Options, /, vault: Path | None, *, follow: bool, lines: int) -> int:
    """Print the daemon's log."""
    from vault_sync.cli.serving import print_log  # noqa: PLC0415 - the same

    return print_log(options, vault, lines, is_followed=follow)
