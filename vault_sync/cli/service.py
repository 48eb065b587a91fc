"""``vault-sync service``: the daemon as a service of this computer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.language import TranslatedGroup, command, count, echo, pad, say, translate
from vault_sync.cli.options import Options, SpelledPath, format_option
from vault_sync.cli.streams import has_reader, print_json
from vault_sync.clock import read_clock
from vault_sync.errors import ServiceError, VaultNotFoundError
from vault_sync.i18n import mark_message
from vault_sync.programs import require_lasting_python
from vault_sync.state.folder import Holder, locate_state, open_state
from vault_sync.text import make_lines_printable, make_printable
from vault_sync.vault.workspace import check_vault, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.service.control import ServiceController, ServiceStatus


# A service can be taken away when its vault is gone already.
_vault_argument = click.argument(
    "vault", required=False, type=SpelledPath(exists=False, file_okay=False)
)


@click.group(cls=TranslatedGroup, name="service")
def service_command() -> None:
    """Keep a vault fresh from each login on: install, start, stop, ask.

    Inside the vault you can leave VAULT out.

    \b
    Examples:
      vault-sync service install Notes     once; it starts at each login
      vault-sync service status Notes      how it is
    """  # noqa: D301 - \b is a character that click knows


@command("install", "Install the service and start it.", group=service_command)
@_vault_argument
@click.option("--polling", is_flag=True, help="Look again and again instead of waiting for events.")
@click.option(
    "--print", "is_shown", is_flag=True, help="Print the service's file, install nothing."
)
def install_command(
    options: Options, /, vault: Path | None, *, polling: bool, is_shown: bool
) -> int:
    """Install the daemon as a service and start it; again after an update or a changed setting.

    \b
    Examples:
      vault-sync service install Notes
      vault-sync service install --print Notes     show what would be installed
    """  # noqa: D301 - \b is a character that click knows
    words = ("--polling",) if polling else ()
    return show(options, vault, words) if is_shown else install(options, vault, words)


@command("uninstall", group=service_command)
@_vault_argument
def uninstall_command(options: Options, /, vault: Path | None) -> int:
    """Stop the service and take it away. Journals and rescue copies stay."""
    service = open_service(options, vault)
    if service.uninstall():
        echo(f"The service of {_show_vault(service)} is gone. Its journals stay.")
    else:
        echo(f"There is no service for {_show_vault(service)}.")
    return 0


@command("start", group=service_command)
@_vault_argument
def start_command(options: Options, /, vault: Path | None) -> int:
    """Start the installed service."""
    service = open_service(options, vault)
    service.start()
    return _print_started(service)


@command("stop", group=service_command)
@_vault_argument
def stop_command(options: Options, /, vault: Path | None) -> int:
    """Stop the service until the next start or login."""
    service = open_service(options, vault)
    service.stop()
    holder = service.await_end()
    if holder:
        echo(f"The service is stopped; the daemon in process {holder.pid} is not its own.")
    else:
        echo("Stopped. It starts again at the next login, or with `vault-sync service start`.")
    return 0


@command("status", "Say how the daemon is.", group=service_command)
@_vault_argument
@format_option
def status_command(options: Options, /, vault: Path | None, format_: str) -> int:
    """Say how the daemon is, whether it runs as a service or in a terminal.

    \b
    Examples:
      vault-sync service status Notes
      vault-sync service status --format json Notes
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.service.control import find_status

    service = open_service(options, vault)
    state = service.manager.ask(service.unit)
    status = find_status(
        str(service.unit.vault), service.state, service.manager.title, state, read_clock(None)
    )
    if format_ == "json":
        print_json(status.as_json(), indent=2)
        return 0
    for name, words in describe_status(status):
        click.echo(f"{pad(name, 11)}{make_printable(words)}")
    if status.holder is None and not state.is_installed:
        echo(_find_next_step(service))
    return 0


@command("logs", group=service_command)
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
def logs_command(options: Options, /, vault: Path | None, *, follow: bool, lines: int) -> int:
    """Print the daemon's log."""
    from vault_sync.service.control import follow_log, read_last_lines
    from vault_sync.state.health import find_log

    log = find_log(locate_state(_locate(options, vault)))
    coming = follow_log(log) if follow else ()
    last = read_last_lines(log, lines)
    if not last and not follow and not log.exists():
        echo(
            "There is no log: no daemon has looked after this vault yet; `vault-sync watch` starts one.",
            err=True,
        )
    for line in last:
        echo(make_printable(line))
    try:
        for text in coming:
            echo(make_lines_printable(text), nl=False)
            if not has_reader():
                break
    except KeyboardInterrupt:
        echo(err=True)
    return 0


def show(options: Options, vault: Path | None, words: tuple[str, ...]) -> int:
    """Print the file of the service that would be installed."""
    service = open_service(options, vault, words)
    data = service.manager.render(service.unit)
    echo(data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"))
    return 0


def install(options: Options, vault: Path | None, words: tuple[str, ...]) -> int:
    """Install the service, start it, and wait until its daemon is there."""
    require_lasting_python()
    service = open_service(options, vault, words)
    # A broken configuration is told here and now.
    open_workspace(service.unit.vault, options.config)
    service.manager.require()
    open_state(service.unit.vault)
    before = service.find_daemon()
    if not service.install():
        echo(f"The service of {_show_vault(service)} is installed already, and running.")
        return 0
    echo(f"Installed {make_printable(str(service.file))}.")
    if before and service.find_daemon() == before:
        echo(f"A daemon in process {before.pid} looks after the vault; the service waits.")
        return 0
    return _print_started(service)


def _find_next_step(service: ServiceController) -> str:
    """Return how a daemon comes to run where none does and no service is installed."""
    try:
        service.manager.require()
    except ServiceError as error:  # such as in a container
        return str(error)
    return "`vault-sync service install` has it run from each login on, `vault-sync watch` until Ctrl-C."


def open_service(
    options: Options, vault: Path | None, words: tuple[str, ...] = ()
) -> ServiceController:
    """Return the service of a vault, whether it is installed or not.

    Args:
        options: those before the command.
        vault: the folder that the user named, if he did.
        words: options of ``vault-sync watch``.
    """
    from vault_sync.service.control import ServiceController, find_interpreter, find_manager
    from vault_sync.service.manager import describe_service

    root = _locate(options, vault)
    state = locate_state(root)
    config = ("--config", str(options.config.resolve())) if options.config else ()
    command = (find_interpreter(), "-P", "-m", "vault_sync", *config, "watch", *words)
    return ServiceController(
        describe_service(root, state, command, os.environ), find_manager(state), state
    )


_STATES: Final = {
    "starting": mark_message("starting"),
    "scanning": mark_message("scanning"),
    "watching": mark_message("watching"),
    "polling": mark_message("polling"),
    "degraded": mark_message("degraded"),
    "paused": mark_message("paused"),
    "stopped": mark_message("stopped"),
    "unknown": mark_message("unknown"),
}


def describe_status(status: ServiceStatus) -> list[tuple[str, str]]:
    """Return the lines of a status: what each is about, and what is to be said."""
    known = say("installed") if status.service.is_installed else say("not installed")
    reason = f" – {translate(status.reason)}" if status.reason else ""
    lines = [
        (say("vault"), status.vault),
        (say("daemon"), f"{say(_STATES.get(status.state, status.state))}{reason}"),
        *([(say("since"), _describe_holder(status.holder))] if status.holder else []),
        (say("service"), status.service.words or known),
    ]
    health = status.health
    if health:
        seen = count("{n} note", "{n} notes", health.notes)
        failed = count("{n} note with problems", "{n} notes with problems", health.failed)
        lines += [
            (say("new day"), _show_moment(health.last_tick)),
            (say("last scan"), f"{_show_moment(health.last_scan)}, {seen}"),
            (say("refreshed"), count("{n} note", "{n} notes", health.refreshed)),
            (say("left alone"), failed),
            (say("conflicts"), str(health.conflicts)),
        ]
    place = say(" in {folder}", folder=status.rescue_folder) if status.rescue_copies else ""
    lines.append((say("rescued"), f"{status.rescue_copies}{place}"))
    return lines


def _describe_holder(holder: Holder) -> str:
    return say(
        "{since} (process {process} on {host})",
        since=_show_moment(holder.since),
        process=holder.pid,
        host=holder.host,
    )


def _show_moment(moment: str) -> str:
    return moment[:16].replace("T", " ") or say("never")


def _print_started(service: ServiceController) -> int:
    holder = service.await_daemon()
    if holder:
        echo(f"Started: process {holder.pid} looks after {_show_vault(service)}.")
        return 0
    echo(
        "The service was started, but no daemon has come up yet; `vault-sync service logs`"
        " and `vault-sync service status` say more.",
        err=True,
    )
    return 4


def _show_vault(service: ServiceController) -> str:
    return make_printable(str(service.unit.vault))


def _locate(options: Options, vault: Path | None) -> Path:
    """Return the vault that is meant, which need not be there any more.

    Raises:
        VaultNotFoundError: there is none, and none is named.
    """
    root = (vault or options.vault or options.locate_vault()).resolve()
    if locate_state(root).path.exists():  # it was one once
        return root
    if not root.is_dir():
        raise VaultNotFoundError(f"There is no folder {make_printable(str(root))}.")
    return check_vault(root)
