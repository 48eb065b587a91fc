"""The settings of a vault and of its calendar: what a configuration file says, else the defaults. Pure."""

from __future__ import annotations

import re
from datetime import time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.rules.sources import Mode, RuleSource, SourceText, StudySettings
from vault_sync.text import shorten, to_nfc

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault_sync.note.yaml_nodes import Node
    from vault_sync.rules.schema_reader import SchemaReader


# The calendar of reviews and the report. The configuration may be a stranger's, so a file can only
# be a calendar, or a page or picture of ours, inside the vault.

MAX_DAYS: Final = 730
NO_ALARM: Final = "none"
ENDING: Final = ".ics"
REPORT_ENDINGS: Final = (".svg", ".html")
_MAX_PATH: Final = 200
_MAX_NAME: Final = 100
CALENDAR_SETTINGS: Final = ("file", "per", "alarm", "days", "vault")
REPORT_SETTINGS: Final = ("file",)
_TIME: Final = "([01]?[0-9]|2[0-3]):([0-5][0-9])"
_DAYS: Final = "[0-9]{1,9}"
# What Windows refuses or takes for another place ("Naming Files, Paths, and Namespaces").
_FORBIDDEN: Final = frozenset('\\:*?"<>|')
_DEVICE: Final = r"(?i:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?"


class Per(StrEnum):
    """What an event stands for: all reviews of a day, or one stage of one note."""

    DAY = "day"
    NOTE = "note"


class CalendarSettings(NamedTuple):
    """How the calendar of reviews is made.

    Attributes:
        file: where the daemon keeps it, a path inside the vault; None for nowhere.
        per: what an event stands for.
        alarm: the time of day at which events ring; None for never.
        days: how many days ahead it looks.
        vault: the name of the vault in links to Obsidian; None for that of its folder.
    """

    file: str | None = None
    per: Per = Per.DAY
    alarm: time | None = time(20)
    days: int = 60
    vault: str | None = None


class ReportSettings(NamedTuple):
    """Where the report is kept.

    Attributes:
        file: where the daemon keeps it, a path inside the vault that ends with ``.svg`` for the
            picture or ``.html`` for the page; None for nowhere.
    """

    file: str | None = None


def parse_alarm(text: str) -> time | None:
    """Return a time of day such as ``20:00``; None for ``none``.

    Raises:
        ValueError: it is neither.
    """
    if text == NO_ALARM:
        return None
    match = re.fullmatch(_TIME, text)
    if not match:
        raise ValueError(f"{text!r} is no time of day; write it as 20:00, or none for no alarm.")
    return time(int(match[1]), int(match[2]))


def find_path_fault(path: str, endings: tuple[str, ...] = (ENDING,)) -> str | None:
    """Return why a path cannot be that of a file of ours in the vault, None if it can.

    Args:
        path: in the vault.
        endings: one of which it has to have.
    """
    if not path.lower().endswith(endings):
        return f"it does not end with {' or '.join(endings)}"
    if len(path) > _MAX_PATH or not path.isprintable() or _FORBIDDEN & set(path):
        return "it is too long, or has a character that no file name should have"
    for part in path.split("/"):
        if not part or part[0] == "." or part[-1] in " ." or re.fullmatch(_DEVICE, part):
            return "it must be a path inside the vault, without hidden folders"
    return None


def read_calendar(reader: SchemaReader, node: Node) -> CalendarSettings:
    """Return the settings below ``calendar``, the default for each that cannot be used."""
    nodes = reader.read_known(node, "`calendar`", CALENDAR_SETTINGS)
    default = CalendarSettings()
    per = reader.read_choice(nodes["per"], "`per`", tuple(Per)) if "per" in nodes else None
    return CalendarSettings(
        file=_read_path(reader, nodes["file"]) if "file" in nodes else None,
        per=Per(per or default.per),
        alarm=_read_alarm(reader, nodes["alarm"]) if "alarm" in nodes else default.alarm,
        days=_read_days(reader, nodes["days"]) if "days" in nodes else default.days,
        vault=_read_vault(reader, nodes["vault"]) if "vault" in nodes else None,
    )


def _read_path(reader: SchemaReader, node: Node) -> str | None:
    text = reader.read_text(node, "`file`")
    fault = find_path_fault(text) if text is not None else None
    if text is None or fault is None:
        return to_nfc(text) if text else None
    message = f"`{shorten(text)}` cannot be the calendar: {fault}. Write it as 복습.ics."
    reader.complain(node, message)
    return None


def read_report(reader: SchemaReader, node: Node) -> ReportSettings:
    """Return the settings below ``report``, the default for each that cannot be used."""
    nodes = reader.read_known(node, "`report`", REPORT_SETTINGS)
    if "file" not in nodes:
        return ReportSettings()
    text = reader.read_text(nodes["file"], "`file`")
    fault = find_path_fault(text, REPORT_ENDINGS) if text is not None else None
    if text is None or fault is None:
        return ReportSettings(to_nfc(text) if text else None)
    message = f"`{shorten(text)}` cannot be the report: {fault}. Write it as 복습.svg."
    reader.complain(nodes["file"], message)
    return ReportSettings()


def _read_alarm(reader: SchemaReader, node: Node) -> time | None:
    text = reader.read_text(node, "`alarm`")
    if text is None:
        return None
    try:
        return parse_alarm(text)
    except ValueError:
        message = f"`alarm` must be a time such as 20:00, or {NO_ALARM}, not `{shorten(text)}`."
        reader.complain(node, message)
        return None


def _read_days(reader: SchemaReader, node: Node) -> int:
    text = reader.read_text(node, "`days`")
    days = int(text) if text and re.fullmatch(_DAYS, text) else 0
    if text is not None and not 1 <= days <= MAX_DAYS:
        message = f"`days` must be a number from 1 to {MAX_DAYS}, not `{shorten(text)}`."
        reader.complain(node, message)
    return days


def _read_vault(reader: SchemaReader, node: Node) -> str | None:
    name = reader.read_text(node, "`vault`")
    if name is None or (name.isprintable() and len(name) <= _MAX_NAME):
        return name and to_nfc(name)
    reader.complain(node, "`vault` must be the name of the vault as Obsidian shows it.")
    return None


MAX_CHARACTERS: Final = 500_000
NO_PROFILE: Final = "none"
STUDY_PROFILE: Final = "study-ko"


class OwnRules(NamedTuple):
    """An entry of ``rules``.

    Attributes:
        rules: what is written out here.
        from_base: the base of the vault from which filters and formulas are taken besides.
        picks: the formulas of the base that are derived; None for all.
    """

    rules: RuleSource
    from_base: SourceText | None = None
    picks: tuple[SourceText, ...] | None = None


class CopyPolicy(StrEnum):
    """What the daemon does with conflict copies of which it is clear what becomes of them."""

    MERGE = "merge"
    LEAVE = "leave"


class DailyValues(NamedTuple):
    """Where values that the day alone changes are a reason to write a note.

    Attributes:
        is_for_due: only in notes whose reviews are not finished.
        devices: only on devices of these names; None for all.
    """

    is_for_due: bool = False
    devices: tuple[str, ...] | None = None


EVERYWHERE: Final = DailyValues()


class Config(NamedTuple):
    """The settings of a vault; without a configuration file these defaults.

    Attributes:
        profile: the built-in rule set, or `NO_PROFILE`.
        review_status: what the study profile does with the property that names the next review.
        is_adding: whether the study profile adds properties that a note does not have.
        study: the stages and names of the study profile.
        overrides: formulas in the place of the profile's own of the same names.
        timezone: None for the machine's.
        day_starts_at: when a new day begins: before it, it is still yesterday.
        locale: as it is written; `language` is what counts.
        ignore: patterns of gitignore syntax, each of them usable.
        quiet_period: how long nobody may have written to a note before the daemon does.
        max_changes: how many notes the daemon may write in a minute but for the day's sake; None
            for what suits the size of the vault.
        daily_values: where values that the day alone changes are a reason to write a note.
        conflict_copies: what the daemon does with conflict copies of sync services.
        calendar: how the calendar of reviews is made, and where the daemon keeps it.
        report: where the daemon keeps the report.
        rules: the user's own rule sets.
    """

    profile: str = STUDY_PROFILE
    review_status: Mode = Mode.KEEP
    is_adding: bool = True
    study: StudySettings = StudySettings()
    overrides: tuple[tuple[str, SourceText], ...] = ()
    timezone: ZoneInfo | None = None
    day_starts_at: time = time(0)
    locale: str | None = None
    ignore: tuple[str, ...] = ()
    quiet_period: timedelta = timedelta(seconds=5)
    max_changes: int | None = None
    daily_values: DailyValues = EVERYWHERE
    conflict_copies: CopyPolicy = CopyPolicy.MERGE
    calendar: CalendarSettings = CalendarSettings()
    report: ReportSettings = ReportSettings()
    rules: tuple[OwnRules, ...] = ()

    @property
    def language(self) -> str:
        """The language of the vault: of names in dates, and of what is synced, on every machine."""
        return self.locale or ("ko" if self.profile == STUDY_PROFILE else "en")
