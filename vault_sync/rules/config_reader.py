"""The configuration, ``.vault-sync.yaml``: text in, frozen settings and all its problems out. Pure.

It may come with a stranger's vault, so it is data only: no value becomes a command, an address or
the name of a file that is written.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final

from vault_sync.errors import Problem
from vault_sync.formula.locales import LOCALES
from vault_sync.note.yaml_nodes import Sequence
from vault_sync.rules.config import (
    MAX_CHARACTERS,
    NO_PROFILE,
    STUDY_PROFILE,
    CalendarSettings,
    Config,
    ConflictCopies,
    DailyValues,
    OwnRules,
    read_calendar,
    read_report,
)
from vault_sync.rules.schema_reader import SchemaReader, shorten
from vault_sync.rules.sources import Mode, RuleSource, SourceText
from vault_sync.rules.stages import read_study, read_study_settings
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault_sync.note.yaml_nodes import Node

MAX_RULE_SETS: Final = 100
MAX_PATTERNS: Final = 1_000
MAX_QUIET: Final = timedelta(hours=1)
LATEST_DAY_START: Final = time(12)

SETTINGS: Final = (
    "profile",
    STUDY_PROFILE,
    "timezone",
    "day-starts-at",
    "locale",
    "ignore",
    "quiet-period",
    "max-changes",
    "daily-values",
    "conflict-copies",
    "calendar",
    "report",
    "rules",
)
STUDY_SETTINGS: Final = ("stages", "counted", "names", "review-status", "missing", "formulas")
RULE_SETTINGS: Final = ("name", "filters", "missing", "study", "formulas", "from-base")
_MISSING: Final = ("add", "skip")
ALL_DAILY: Final = "all"
DUE_DAILY: Final = "due"
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(?:/[A-Za-z0-9+_-]+){0,2}")
# Files beside the zones: what the computer is set to, and zones that count leap seconds.
_NO_ZONES: Final = ("localtime", "posixrules", "Factory", "posix/", "right/")
_PERIOD: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(ms|s|m|h)", re.ASCII)
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


def parse_config(text: str, problems: list[Problem]) -> Config:
    """Return the settings in a configuration file, the default for each that cannot be used.

    Args:
        text: of the file.
        problems: what cannot be used is added here.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"A configuration may have {MAX_CHARACTERS} characters; this one has more."
        problems.append(Problem(message))
        return Config()
    reader = _ConfigReader(problems)
    root = reader.read_root(text)
    return reader.read_config(root) if root else Config()


def parse_period(text: str) -> timedelta | None:
    """Return a span of up to an hour that is written as ``500ms``, ``5s``, ``2m`` or ``1h``, or None."""
    match = _PERIOD.fullmatch(text)
    period = float(match[1]) * _UNITS[match[2]] if match else None
    return period if period is not None and period <= MAX_QUIET else None


def find_zone(name: str) -> ZoneInfo | None:
    """Return the zone of a name of the IANA database, None for any other text."""
    # zoneinfo takes a name for a path below its folder, so nothing else may get there.
    if not _ZONE.fullmatch(name) or name.startswith(_NO_ZONES):
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - for a quick start: most vaults name no zone

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


class _ConfigReader(SchemaReader):
    """Knows the settings. Each ``read_`` gives the default for what cannot be used."""

    __slots__ = ()

    def read_config(self, root: Node) -> Config:
        nodes = self.read_known(root, "the configuration", SETTINGS)
        default = Config()
        study = self._read_study(nodes.get(STUDY_PROFILE))
        overrides = study.get("formulas")
        zone, start = nodes.get("timezone"), nodes.get("day-starts-at")
        quiet, own = nodes.get("quiet-period"), nodes.get("rules")
        most = nodes.get("max-changes")
        return Config(
            profile=self._choose(nodes, "profile", (STUDY_PROFILE, NO_PROFILE)) or default.profile,
            review_status=Mode(self._choose(study, "review-status", tuple(Mode)) or Mode.KEEP),
            is_adding=self._choose(study, "missing", _MISSING) != "skip",
            study=read_study_settings(self, study),
            overrides=self.read_formulas(overrides, "`formulas`") if overrides else (),
            timezone=self._read_zone(zone) if zone else None,
            day_starts_at=self._read_day_start(start) if start else default.day_starts_at,
            locale=self._choose(nodes, "locale", tuple(LOCALES)),
            ignore=self._read_patterns(nodes["ignore"]) if "ignore" in nodes else (),
            quiet_period=self._read_period(quiet) if quiet else default.quiet_period,
            max_changes=self._read_count(most) if most else None,
            daily_values=self._read_daily(nodes.get("daily-values")),
            conflict_copies=ConflictCopies(
                self._choose(nodes, "conflict-copies", tuple(ConflictCopies))
                or default.conflict_copies
            ),
            calendar=self._read_calendar(nodes.get("calendar")),
            report=read_report(self, nodes["report"]) if "report" in nodes else default.report,
            rules=self._read_rules(own) if own else (),
        )

    def _choose(self, nodes: dict[str, Node], name: str, choices: tuple[str, ...]) -> str | None:
        return self.read_choice(nodes[name], f"`{name}`", choices) if name in nodes else None

    def _read_study(self, node: Node | None) -> dict[str, Node]:
        return self.read_known(node, f"`{STUDY_PROFILE}`", STUDY_SETTINGS) if node else {}

    def _read_calendar(self, node: Node | None) -> CalendarSettings:
        return read_calendar(self, node) if node else CalendarSettings()

    def _read_zone(self, node: Node) -> ZoneInfo | None:
        name = self.read_text(node, "`timezone`")
        if name is None:
            return None
        zone = find_zone(name)
        if zone:
            return zone
        from vault_sync.rules.zone_names import describe_zone_fault  # noqa: PLC0415 - see find_zone

        self.complain(node, describe_zone_fault(shorten(name)))
        return None

    def _read_day_start(self, node: Node) -> time:
        text = self.read_text(node, "`day-starts-at`")
        match = _TIME.fullmatch(text or "")
        start = time(int(match[1]), int(match[2])) if match else None
        if start is not None and start <= LATEST_DAY_START:
            return start
        if text is not None:
            message = f"`day-starts-at` must be a time from 00:00 to 12:00, not `{shorten(text)}`."
            self.complain(node, message)
        return time(0)

    def _read_period(self, node: Node) -> timedelta:
        text = self.read_text(node, "`quiet-period`")
        period = parse_period(text or "")
        if period is not None:
            return period
        if text is not None:
            message = (
                f"`quiet-period` must be up to an hour, as in 5s or 2m, not `{shorten(text)}`."
            )
            self.complain(node, message)
        return timedelta(0)

    def _read_count(self, node: Node) -> int | None:
        text = self.read_text(node, "`max-changes`")
        if text is not None and not _COUNT.fullmatch(text):
            message = f"`max-changes` must be a number of notes, not `{shorten(text)}`."
            self.complain(node, message)
            return None
        return None if text is None else int(text)

    def _read_daily(self, node: Node | None) -> DailyValues:
        if isinstance(node, Sequence):
            names = [self.read_text(item, "a device in `daily-values`") for item in node.items]
            devices = tuple(to_nfc(name) for name in names if name)
            if not devices and all(names):
                message = (
                    "`daily-values` must name a device, or be all or due; it is an empty list."
                )
                self.complain(node, message)
            return DailyValues(devices=devices or None)
        word = self.read_text(node, "`daily-values`") if node else None
        if node and word not in {None, ALL_DAILY, DUE_DAILY}:
            message = f"`daily-values` must be all, due or a list of devices, as [laptop], not `{shorten(str(word))}`."
            self.complain(node, message, word, (ALL_DAILY, DUE_DAILY))
        return DailyValues(is_for_due=word == DUE_DAILY)

    def _read_patterns(self, node: Node) -> tuple[str, ...]:
        from vault_sync.rules.ignore_patterns import find_pattern_fault  # noqa: PLC0415 - as above

        patterns: list[str] = []
        items = self.read_items(node, "`ignore`")
        if len(items) > MAX_PATTERNS:
            message = f"`ignore` may have {MAX_PATTERNS} patterns; there are {len(items)}."
            self.complain(items[MAX_PATTERNS], message)
        for item in items[:MAX_PATTERNS]:
            text = self.read_text(item, "a pattern of `ignore`")
            fault = find_pattern_fault(text) if text is not None else None
            if fault:
                self.complain(item, fault)
            elif text is not None:
                patterns.append(text)
        return tuple(patterns)

    def _read_rules(self, node: Node) -> tuple[OwnRules, ...]:
        items = self.read_items(node, "`rules`")
        if len(items) > MAX_RULE_SETS:
            message = f"There may be {MAX_RULE_SETS} rule sets; there are {len(items)}."
            self.complain(items[MAX_RULE_SETS], message)
        read = (
            self._read_rule_set(item, count) for count, item in enumerate(items[:MAX_RULE_SETS], 1)
        )
        return tuple(own for own in read if own)

    def _read_rule_set(self, node: Node, count: int) -> OwnRules | None:
        """Return a rule set; None for a broken one, of which nothing more can be said."""
        before = len(self.problems)
        nodes = self.read_known(node, "a rule set", RULE_SETTINGS)
        name = self.read_text(nodes["name"], "the name of a rule set") if "name" in nodes else None
        filters, base = nodes.get("filters"), nodes.get("from-base")
        own = nodes.get("formulas")
        picks = self._read_picks(own, base) if isinstance(own, Sequence) else None
        formulas = self.read_formulas(own, "`formulas`") if own and picks is None else ()
        rules = RuleSource(
            name=shorten(name or f"rule set {count}"),
            filters=self.read_filter(filters) if filters else None,
            formulas=formulas,
            is_adding=self._choose(nodes, "missing", _MISSING) != "skip",
            study=read_study(self, nodes["study"]) if "study" in nodes else None,
        )
        source = self.read_source(base, "`from-base`") if base else None
        is_idle = not rules.study and not formulas
        if is_idle and not (source if picks is None else picks):
            self._complain_once(node, before)
        if len(self.problems) > before:
            return None
        return OwnRules(rules=rules, from_base=source, picks=picks)

    def _complain_once(self, node: Node, before: int) -> None:
        if len(self.problems) == before:
            self.complain(node, "This rule set has no formulas; add `formulas` or `from-base`.")

    def _read_picks(self, node: Sequence, base: Node | None) -> tuple[SourceText, ...]:
        """Return the names of formulas of the base, in NFC."""
        items = self.read_items(node, "`formulas`")
        if not base:
            message = "A list of names picks from a base; add `from-base` or write `name: formula`."
            self.complain(node, message)
        found = (self.read_source(item, "the name of a formula") for item in items)
        return tuple(pick._replace(text=to_nfc(pick.text)) for pick in found if pick)
