"""The settings of a vault and of its calendar, and the profile that they choose. Pure.

The settings are what a configuration file says, else the defaults.
"""

from __future__ import annotations

import json
import re
from datetime import time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import vault_sync
from vault_sync.formula import ast
from vault_sync.rules.sources import (
    Connective,
    FilterGroup,
    FilterSource,
    Mode,
    RuleSource,
    SourceText,
    StudySettings,
)
from vault_sync.rules.study import Stage, StudyNames, Tick
from vault_sync.text import shorten, to_nfc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from vault_sync.errors import Problem
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
_NO_CALENDAR: Final = "`{0}` cannot be the calendar: {1}. Write it as 복습.ics."
_NO_REPORT: Final = "`{0}` cannot be the report: {1}. Write it as 복습.svg."
_NO_DAYS: Final = "`days` must be a number from 1 to 730, not `{0}`."  # MAX_DAYS
_NO_VAULT: Final = "`vault` must be the name of the vault as Obsidian shows it."
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
    return CalendarSettings(
        file=_read_path(reader, nodes, (ENDING,), _NO_CALENDAR),
        per=Per(reader.choose(nodes, "per", tuple(Per)) or default.per),
        alarm=_read_alarm(reader, nodes["alarm"]) if "alarm" in nodes else default.alarm,
        days=reader.parse(nodes, "days", _parse_days, _NO_DAYS) or default.days,
        vault=reader.parse(nodes, "vault", _parse_vault, _NO_VAULT),
    )


def read_report(reader: SchemaReader, node: Node) -> ReportSettings:
    """Return the settings below ``report``, the default for each that cannot be used."""
    nodes = reader.read_known(node, "`report`", REPORT_SETTINGS)
    return ReportSettings(_read_path(reader, nodes, REPORT_ENDINGS, _NO_REPORT))


def _read_path(
    reader: SchemaReader, nodes: dict[str, Node], endings: tuple[str, ...], message: str
) -> str | None:
    text = reader.read_text(nodes["file"], "`file`") if "file" in nodes else None
    fault = None if text is None else find_path_fault(text, endings)
    if fault:
        reader.complain(nodes["file"], message.format(shorten(text or ""), fault))
    return to_nfc(text) if text and not fault else None


def _read_alarm(reader: SchemaReader, node: Node) -> time | None:
    text = reader.read_text(node, "`alarm`")
    try:
        return None if text is None else parse_alarm(text)
    except ValueError:
        message = (
            f"`alarm` must be a time such as 20:00, or {NO_ALARM}, not `{shorten(str(text))}`."
        )
        reader.complain(node, message)
        return None


def _parse_days(text: str) -> int | None:
    days = int(text) if re.fullmatch(_DAYS, text) else 0
    return days if 1 <= days <= MAX_DAYS else None


def _parse_vault(name: str) -> str | None:
    return to_nfc(name) if name.isprintable() and len(name) <= _MAX_NAME else None


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


# Profiles: the built-in rule sets, packed as JSON so that nothing is parsed at each start.


def load_profile(
    name: str, settings: StudySettings | None = None, problems: list[Problem] | None = None
) -> RuleSource:
    """Return a built-in rule set, fitted to the stages and names that are chosen.

    Args:
        name: one that the configuration allows.
        settings: the stages and names that are chosen; None for the profile's own.
        problems: what does not fit is added here.

    Raises:
        ConfigError: the data file is damaged.
    """
    if settings is None or settings == StudySettings():
        return unpack_source(_read_packed(name).decode())
    from vault_sync.rules.profile_reader import read_profile  # noqa: PLC0415 - for a quick start

    return read_profile(name, settings, [] if problems is None else problems)


def _read_packed(name: str) -> bytes:
    """Return a data file of ours, from wherever the program is loaded; `pkgutil` loads much for that."""
    path = f"{vault_sync.__path__[0]}/profiles/{name}.json"
    data: bytes = vault_sync.__loader__.get_data(path)  # type: ignore[union-attr]  # every loader of a file has it (PEP 302)
    return data


def customize(
    source: RuleSource,
    *,
    modes: Mapping[str, Mode],
    is_adding: bool,
    overrides: Mapping[str, SourceText],
) -> RuleSource:
    """Return a profile with the user's settings.

    Args:
        source: the profile.
        modes: what to do with properties that the profile leaves to the user.
        is_adding: whether missing properties are added.
        overrides: formulas and helpers in the place of the profile's own of the same names.
    """
    return source._replace(
        modes=tuple({**dict(source.modes), **modes}.items()),
        is_adding=is_adding and source.is_adding,
        formulas=tuple((name, overrides.get(name, text)) for name, text in source.formulas),
        helpers=tuple((name, overrides.get(name, text)) for name, text in source.helpers),
    )


# A profile packed as JSON, as it is without settings: nothing of it has to be read or fitted again.
#
# `python -m docs.make_profiles` has packed it, and packs it again after a change; a test compares the two.


def unpack_source(text: str) -> RuleSource:
    """Return the rule set of a packed profile."""
    packed: dict[str, Any] = json.loads(text)
    filters, add_if, study = packed["filters"], packed["add_if"], packed["study"]
    return RuleSource(
        name=packed["name"],
        filters=_unpack_filter(filters) if filters else None,
        formulas=_unpack_formulas(packed["formulas"]),
        helpers=_unpack_formulas(packed["helpers"]),
        sources=tuple(packed["sources"]),
        modes=tuple((name, Mode(mode)) for name, mode in packed["modes"]),
        is_adding=packed["is_adding"],
        add_if=_unpack_text(*add_if) if add_if else None,
        study=_unpack_study(**study) if study else None,
    )


def _unpack_text(text: str, line: int, column: int, file: str | None, tree: Any) -> SourceText:
    return SourceText(text, line, column, file, _unpack_tree(tree))


def _unpack_filter(packed: Any) -> FilterSource:
    if isinstance(packed, dict):
        ((connective, parts),) = packed.items()
        return FilterGroup(Connective(connective), tuple(map(_unpack_filter, parts)))
    return _unpack_text(*packed)


def _unpack_formulas(packed: list[Any]) -> tuple[tuple[str, SourceText], ...]:
    return tuple((name, _unpack_text(*source)) for name, source in packed)


def _unpack_study(stages: list[Any], tick: str, **names: Any) -> StudyNames:
    return StudyNames(stages=tuple(Stage(*one) for one in stages), tick=Tick(tick), **names)


# Trees of formulas as JSON has them, so that what is shipped need not be parsed at each start.
#
# A node is a list: the number of its kind, then its fields; a tuple is a list behind -1.

TREE_KINDS: Final[tuple[type[Any], ...]] = get_args(ast.Node)
TUPLE: Final = -1


def _unpack_tree(packed: Any) -> Any:
    if type(packed) is not list:
        return packed
    kind, *parts = packed
    found = map(_unpack_tree, parts)
    return tuple(found) if kind == TUPLE else TREE_KINDS[kind]._make(found)
