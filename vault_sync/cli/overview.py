"""The runs behind ``status``: look at the vault, show it, and look again where that is wanted."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.live import Live

from vault_sync.cli.daemonview import look_at_daemon
from vault_sync.cli.dashboard import DashboardView, to_json
from vault_sync.cli.observing import Observer
from vault_sync.cli.streams import make_utf8, print_text
from vault_sync.cli.studying import open_study
from vault_sync.files.folder import VaultFolder
from vault_sync.printable import render_json
from vault_sync.study.dashboard import make_dashboard
from vault_sync.study.notes import load_study_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vault_sync.cli import Options
    from vault_sync.cli.studying import Study
    from vault_sync.study.notes import StudyNote

_PAUSE: Final = 2.0
_SHARE: Final = 20  # looking may take this part of the time


def show_status(options: Options, on: str | None, format_: str) -> int:
    """Print how things stand, and return the exit code."""
    study = open_study(options, on)
    with VaultFolder(study.workspace.vault.root) as root:
        notes = list(load_study_notes(study.workspace, root, study.moment, study.tell))
    view = _make_view(study, notes)
    if format_ == "json":
        print_text(_render_json(view) + "\n")
    else:
        _print(view)
    return study.exit_code


def keep_showing(
    options: Options, on: str | None, format_: str, pause: Callable[[float], None] = time.sleep
) -> int:
    """Show how things stand until the user has enough, and return the exit code.

    Args:
        options: those before the command.
        on: the day to take for the present, as typed; None for the real one.
        format_: ``text``, or ``json`` for an object in a line whenever something changed.
        pause: waits for some seconds.
    """
    study = open_study(options, on)
    with (
        suppress(KeyboardInterrupt),
        VaultFolder(study.workspace.vault.root) as root,
        _open_screen(format_) as show,
    ):
        observer = Observer(study.workspace, root)
        while True:
            started = time.monotonic()
            study.renew()
            notes = observer.look(study.day, study.moment)
            show(_make_view(study, notes, len(observer.troubled)))
            pause(max(_PAUSE, _SHARE * (time.monotonic() - started)))
    return 0


def _print(view: DashboardView) -> None:
    console = _make_console()
    if console.color_system is None:
        click.echo(_render_text(view, console))
    else:
        console.print(view)


def _make_view(study: Study, notes: Sequence[StudyNote], troubled: int = 0) -> DashboardView:
    board = make_dashboard(notes, study.day)
    daemon = look_at_daemon(study.workspace.vault.root)
    return DashboardView(board, daemon, study.language, troubled)


def _render_json(view: DashboardView) -> str:
    return render_json(to_json(view.board, view.daemon))


def _make_console() -> Console:
    """Return what prints in colours where the user sees and wants them, else without any codes."""
    context = click.get_current_context(silent=True)
    wish = context.color if context else None
    is_colored = sys.stdout.isatty() if wish is None else wish
    return Console(
        file=sys.stdout,
        color_system="auto" if is_colored else None,
        force_terminal=True if wish else None,
        highlight=False,
        soft_wrap=False,
    )


@contextmanager
def _open_screen(format_: str) -> Iterator[Callable[[DashboardView], None]]:
    """Return what shows a view: the whole screen of a terminal, or what changed, one after another."""
    console = _make_console()
    if format_ == "text" and console.is_terminal and not console.is_dumb_terminal:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            yield lambda view: live.update(view.fit(console.height), refresh=True)
    else:
        shown = [""]

        def show(view: DashboardView) -> None:
            text = render(view)
            if text != shown[0]:
                shown[0] = text
                click.echo(text)
                sys.stdout.flush()

        if format_ == "json":
            make_utf8(sys.stdout)
            render = _render_json
        else:
            render = partial(_render_text, console=console)

        yield show


def _render_text(view: DashboardView, console: Console) -> str:
    """Return a view as plain lines, which end where their text does."""
    plain = Console(file=console.file, width=console.width, color_system=None, highlight=False)
    with plain.capture() as captured:
        plain.print(view)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
