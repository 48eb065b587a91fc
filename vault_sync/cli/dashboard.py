"""How a dashboard looks: in a terminal of any width, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from vault_sync.cli.due import NO_STUDY_NOTES, describe_review
from vault_sync.cli.output import describe_unread
from vault_sync.errors import Problem, StateError
from vault_sync.formula.dates import LOCALES
from vault_sync.i18n import Language, mark_message
from vault_sync.rules.config import EVERYWHERE, DailyValues
from vault_sync.state.folder import Holder, find_daemon, open_state
from vault_sync.state.health import Health, describe_daemon, read_health
from vault_sync.study.notes import name_notes
from vault_sync.study.reviews import MOST_NEGLECTED, TWO_WEEKS, Dashboard, DayLoad, Progress
from vault_sync.text import make_printable
from vault_sync.vault.workspace import describe_daily, find_device_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date


NARROW: Final = 60
_WIDEST_BAR: Final = 40
_RATE_BAR: Final = 10
_HEADINGS: Final = (mark_message("rate"), mark_message("notes"), mark_message("to review"))


class PartSizes(NamedTuple):
    """How much of each part of a dashboard is shown.

    Attributes:
        days: of the chart.
        subjects: those with most to do.
        neglected: the reviews that wait for longest.
    """

    days: int
    subjects: int
    neglected: int


_SIZES: Final = (
    PartSizes(days=TWO_WEEKS, subjects=12, neglected=MOST_NEGLECTED),
    PartSizes(days=TWO_WEEKS, subjects=5, neglected=3),
    PartSizes(days=TWO_WEEKS // 2, subjects=5, neglected=3),
    PartSizes(days=TWO_WEEKS // 2, subjects=3, neglected=1),
)


@dataclass(frozen=True, slots=True)
class DashboardView:
    """A dashboard as something that rich can print.

    Attributes:
        board: how things stand.
        daemon: how the daemon is.
        language: to say it in.
        problems: what could not be read, behind its path, where that is not told apart.
        height: how many lines there are, so that less of each part is shown where they are few;
            None for as many as it takes.
    """

    board: Dashboard
    daemon: DaemonView
    language: Language
    problems: Sequence[tuple[str, Problem]] = ()
    height: int | None = None

    def fit(self, height: int) -> DashboardView:
        """Return the same dashboard for a screen of some lines."""
        return replace(self, height=height)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as the terminal is."""
        width = options.max_width
        marks = ("█", "▒", "·") if console.encoding.startswith("utf") else ("#", "=", ".")
        for sizes in _SIZES:
            group = self._draw(width, marks, sizes)
            if self.height is None or len(console.render_lines(group, options)) <= self.height:
                break
        yield group

    def _draw(self, width: int, marks: tuple[str, str, str], sizes: PartSizes) -> Group:
        if not self.board.total.notes:
            lack = self.language.say(NO_STUDY_NOTES)
            told = [] if self.problems else [Text(lack)]
            return Group(Text(self._title, "bold"), *told, *self._draw_end())
        return Group(
            *self._draw_head(width),
            Text(),
            self._draw_days(width, marks, self.board.days[: sizes.days]),
            Text(),
            *self._draw_subjects(width, marks, sizes.subjects),
            *self._draw_neglected(sizes.neglected),
            *self._draw_end(),
        )

    @property
    def _title(self) -> str:
        return f"{self.language.say('Reviews')} · {self._name_day(self.board.on)}"

    def _draw_head(self, width: int) -> Iterable[Text]:
        """Yield the title and the counts; where a line ends, a count does."""
        total = self.board.total
        parts = [
            self.language.count("{n} note", "{n} notes", total.notes),
            self.language.say("{n} to review now", n=total.due),
            self.language.say("{n} overdue", n=total.overdue),
            self.language.say("{done} of {all} reviews done", done=total.done, all=total.reviews),
            self.language.say("{n} remembered for good", n=total.remembered),
        ]
        yield Text(self._title, "bold")
        line = parts[0]
        for part in parts[1:]:
            if cell_len(f"{line} · {part}") > width:
                yield Text(line)
                line = part
            else:
                line = f"{line} · {part}"
        yield Text(line)

    def _draw_days(self, width: int, marks: tuple[str, str, str], days: Sequence[DayLoad]) -> Table:
        """Return the bar chart of days: what is overdue first, in a mark of its own."""
        table = _make_table()
        names = [self._name_day(load.day) for load in days]
        names[0] = self.language.say("today")
        taken = max(map(cell_len, names)) + len(str(self._most())) + 2
        widest = max(1, min(_WIDEST_BAR, width - taken - 2))
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        for name, load in zip(names, days, strict=True):
            bar = self._draw_load(load, widest, marks)
            table.add_row(name, str(load.total) if load.total else marks[2], bar)
        return table

    def _most(self) -> int:
        return max(load.total for load in self.board.days)

    def _draw_load(self, load: DayLoad, widest: int, marks: tuple[str, str, str]) -> Text:
        cell = max(1.0, self._most() / widest)  # reviews that one character stands for
        overdue = ceil(load.overdue / cell)
        due = max(0, ceil(load.total / cell) - overdue)
        return Text.assemble((marks[1] * overdue, "red"), (marks[0] * due, "green"))

    def _draw_subjects(
        self, width: int, marks: tuple[str, str, str], most: int
    ) -> Iterable[Table | Text]:
        shown = self.board.subjects[:most]
        bar = _RATE_BAR if width >= NARROW else _RATE_BAR // 2
        headings = [self.language.say(name) for name in _HEADINGS]
        # The names give way, not the numbers.
        left = width - bar - 2 - sum(cell_len(heading) + 1 for heading in headings)
        table = _make_table(show_header=True)
        table.add_column(
            self.language.say("subject"), no_wrap=True, overflow="ellipsis", max_width=max(1, left)
        )
        table.add_column(no_wrap=True)
        for heading in headings:
            table.add_column(heading, justify="right", no_wrap=True)
        for progress in shown:
            table.add_row(*self._draw_progress(progress, bar, marks))
        yield table
        rest = len(self.board.subjects) - len(shown)
        if rest:
            yield Text(self.language.count("and {n} more subject", "and {n} more subjects", rest))
        yield Text()

    def _draw_progress(
        self, progress: Progress, width: int, marks: tuple[str, str, str]
    ) -> list[Text | str]:
        name = make_printable(progress.name) or self.language.say("(no subject)")
        full = round((progress.rate or 0) * width)
        bar = Text.assemble((marks[0] * full, "green"), marks[2] * (width - full))
        rate = "–" if progress.rate is None else f"{progress.rate:.0%}"
        due = str(progress.due) if progress.due else marks[2]
        return [Text(name), bar, rate, str(progress.notes), due]

    def _draw_neglected(self, most: int) -> Iterable[Table | Text]:
        if not self.board.neglected:
            return
        yield Text(self.language.say("Waiting for longest"), style="bold")
        table = _make_table()
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        names = name_notes(review.note for review in self.board.neglected)
        for review in self.board.neglected[:most]:
            late = review.days_overdue(self.board.on)
            days = self.language.count("{n} day", "{n} days", late)
            stage = self.language.say("day {stage}", stage=review.stage)
            title = make_printable(names[review.note.path])
            table.add_row(Text(days, "red"), Text(f"{title} ({stage})"))
        yield table
        yield Text()

    def _draw_end(self) -> Iterable[Text]:
        if self.problems:
            said = self.language.count(
                "{n} note cannot be read; `vault-sync -v due` says why.",
                "{n} notes cannot be read; `vault-sync -v due` says why.",
                len({path for path, _ in self.problems}),
            )
            yield Text(said, "yellow")
        yield Text(self.daemon.describe(self.language))

    def _name_day(self, day: date) -> str:
        weekday = LOCALES[self.language.locale].short_weekdays[day.isoweekday() % 7]
        return f"{day:%m-%d} {weekday}"


def to_json(view: DashboardView) -> dict[str, Any]:
    """Return a dashboard as plain values."""
    board = view.board
    return {
        "on": board.on.isoformat(),
        "total": _progress_to_json(board.total),
        "days": [
            {"day": load.day.isoformat(), "to_review": load.total, "overdue": load.overdue}
            for load in board.days
        ],
        "subjects": [
            {"subject": progress.name, **_progress_to_json(progress)} for progress in board.subjects
        ],
        "neglected": [describe_review(review, board.on) for review in board.neglected],
        "daemon": view.daemon.to_json(),
        "daily_values": _daily_to_json(view.daemon.daily),
        "not_read": [describe_unread(path, problem) for path, problem in view.problems],
    }


def _daily_to_json(values: DailyValues) -> dict[str, object]:
    mode = "devices" if values.devices is not None else "due" if values.is_for_due else "all"
    return {"mode": mode, "devices": [*(values.devices or ())]}


def _progress_to_json(progress: Progress) -> dict[str, Any]:
    return {
        "study_notes": progress.notes,
        "rate": progress.rate,
        "reviews_done": progress.done,
        "reviews_planned": progress.reviews,
        "to_review": progress.due,
        "overdue": progress.overdue,
        "remembered": progress.remembered,
    }


def _make_table(*, show_header: bool = False) -> Table:
    return Table(
        box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_header=show_header
    )


# How the daemon of a vault is, in a line.

_STARTING: Final = "starting"
_STATES: Final = {
    _STARTING: mark_message("starting"),
    "scanning": mark_message("looking at all notes"),
    "watching": mark_message("watching"),
    "polling": mark_message("watching by looking again and again"),
    "degraded": mark_message("watching, but not everything"),
    "paused": mark_message("paused"),
    "stopped": mark_message("stopping"),
}


@dataclass(frozen=True, slots=True)
class DaemonView:
    """How a daemon is.

    Attributes:
        holder: who it is; None where none runs.
        health: what it said last; None where it said nothing.
        daily: where values that the day alone changes are written.
        device: the name of this device; empty where nobody asks.
    """

    holder: Holder | None
    health: Health | None
    daily: DailyValues = EVERYWHERE
    device: str = ""

    def describe(self, language: Language) -> str:
        """Return a line about it, and one about what it does each day where that is not the usual."""
        daily = describe_daily(self.daily, self.device, language)
        return "\n".join(filter(None, (self._describe(language), daily)))

    def _describe(self, language: Language) -> str:
        if self.holder is None:
            return language.say("The daemon is not running; `vault-sync watch` starts it.")
        health = self.health
        state = language.say(_STATES[health.state if health else _STARTING])
        parts = [language.say("Daemon: {state}", state=state)]
        if health is None:
            return parts[0]
        reason = make_printable(health.reason or health.paused_by)
        parts += [f"({reason})"] if reason else []
        since = language.say("since {moment}", moment=health.started[:16].replace("T", " "))
        told = [" ".join(parts), make_printable(since)]
        told.append(language.count("{n} note refreshed", "{n} notes refreshed", health.refreshed))
        if health.conflicts:
            told.append(language.count("{n} conflict", "{n} conflicts", health.conflicts))
        if health.rescues:
            told.append(language.count("{n} rescue copy", "{n} rescue copies", health.rescues))
        return ", ".join(told)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        health = self.health
        state = health.state if health else _STARTING
        reason = (health.reason or health.paused_by) if health else ""
        said = ("stopped", "") if self.holder is None else (state, reason)
        return describe_daemon(self.holder, health, *said)


def read_daemon_view(vault: str, daily: DailyValues = EVERYWHERE) -> DaemonView:
    """Return how the daemon of a vault is.

    Args:
        vault: the folder.
        daily: where values that the day alone changes are written.
    """
    device = "" if daily.devices is None else find_device_name()
    try:
        state = open_state(Path(vault))
    except StateError:  # where there can be no lock, there is no daemon
        return DaemonView(None, None, daily, device)
    holder = find_daemon(state)
    health = read_health(state) if holder else None
    is_his = holder and health and health.pid == holder.pid
    return DaemonView(holder, health if is_his else None, daily, device)
