"""``vault-sync status``: look at the vault, show it, and look again where that is wanted."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.due import ReviewSession, open_review_session
from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, format_option, on_option
from vault_sync.cli.streams import JSON_VERSION, has_reader, make_utf8, print_text
from vault_sync.files.folder import VaultFolder
from vault_sync.study.notes import StudyNote, load_study_notes
from vault_sync.text import render_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from rich.console import Console

    from vault_sync.cli.dashboard import DashboardView
    from vault_sync.errors import Problem
    from vault_sync.files.read import Signature
    from vault_sync.vault.workspace import Workspace


@command("status")
@click.option("--watch", is_flag=True, help="Keep it on the screen and up to date; Ctrl-C ends it.")
@on_option
@format_option
def status_command(options: Options, /, *, watch: bool, on: str | None, format_: str) -> int:
    """Show how your study stands.

    The reviews of the next two weeks as a bar chart, the progress of each subject, the notes that
    wait for longest, and how the daemon is. Nothing is written.

    \b
    Examples:
      vault-sync status
      vault-sync status --watch
      vault-sync status --format json
    """  # noqa: D301 - \b is a character that click knows
    if watch:
        return keep_showing(options, on, format_)
    session = open_review_session(options, on)
    notes = session.load_notes()
    view = _make_view(session, notes, session.problems if format_ == "json" else ())
    if format_ == "json":
        print_text(_render_json(view) + "\n")
    else:
        _print(view)
    return session.finish("status")


_PAUSE: Final = 2.0
_SHARE: Final = 20  # looking may take this part of the time


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
    session = open_review_session(options, on)
    with (
        suppress(KeyboardInterrupt),
        VaultFolder(session.workspace.vault.root) as root,
        _open_screen(format_) as show,
    ):
        observer = Observer(session.workspace, root)
        while True:
            started = time.monotonic()
            session.renew()
            notes = observer.look(session.day, session.moment)
            show(_make_view(session, notes, observer.problems))
            if not has_reader():
                break
            pause(max(_PAUSE, _SHARE * (time.monotonic() - started)))
    return 0


def _print(view: DashboardView) -> None:
    console = _make_console()
    if console.color_system is None:
        echo(_render_text(view, console))
    else:
        console.print(view)


def _make_view(
    session: ReviewSession, notes: Sequence[StudyNote], problems: Sequence[tuple[str, Problem]] = ()
) -> DashboardView:
    from vault_sync.cli.dashboard import DashboardView, read_daemon_view
    from vault_sync.study.reviews import make_dashboard

    board = make_dashboard(notes, session.day)
    workspace = session.workspace
    daemon = read_daemon_view(workspace.vault.root, workspace.config.daily_values)
    return DashboardView(board, daemon, session.language, problems)


def _render_json(view: DashboardView) -> str:
    from vault_sync.cli.dashboard import to_json

    return render_json({"version": JSON_VERSION, **to_json(view)})


def _make_console() -> Console:
    """Return what prints in colours where the user sees and wants them, else without any codes."""
    from rich.console import Console

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
    from rich.live import Live

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
                echo(text)
                sys.stdout.flush()

        render = _render_json if format_ == "json" else partial(_render_text, console=console)
        if format_ == "json":
            make_utf8(sys.stdout)
        yield show


def _render_text(view: DashboardView, console: Console) -> str:
    """Return a view as plain lines, which end where their text does."""
    from rich.console import Console

    plain = Console(file=console.file, width=console.width, color_system=None, highlight=False)
    with plain.capture() as captured:
        plain.print(view)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


# Study notes kept at hand: they are read again when a look at the vault tells a change.


@dataclass(slots=True)
class Observer:
    """Has the study notes of a vault at hand, and reads them again when some note has changed.

    Attributes:
        workspace: the vault.
        root: its folder, opened.
        problems: what could not be read the last time, behind its path.
    """

    workspace: Workspace
    root: VaultFolder
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    _seen: tuple[date, Mapping[str, Signature]] | None = None
    _notes: list[StudyNote] = field(default_factory=list)

    def look(self, day: date, moment: datetime) -> list[StudyNote]:
        """Return the study notes as they are now.

        Args:
            day: the present day; a new one is a reason to read again.
            moment: the present.
        """
        from vault_sync.daemon.scan import scan_notes

        seen = (day, scan_notes(self.workspace.vault).signatures)
        if seen != self._seen:
            # Looked at before reading: what is written meanwhile is seen the next time.
            problems: list[tuple[str, Problem]] = []

            def take(path: str, problem: Problem) -> None:
                problems.append((path, problem))

            self._notes = list(load_study_notes(self.workspace, self.root, moment, take))
            self.problems = problems
            self._seen = seen
        return self._notes
