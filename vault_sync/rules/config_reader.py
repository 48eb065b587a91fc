"""The configuration, ``.vault-sync.yaml``: text in, frozen settings and all its problems out. Pure.

It may come with a stranger's vault, so it is data only: no value becomes a command, an address or
the name of a file that is written.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from vault_sync.errors import Problem
from vault_sync.formula.dates import LOCALES
from vault_sync.note.yaml_nodes import Node, YamlSequence
from vault_sync.rules.config import (
    MAX_CHARACTERS,
    NO_PROFILE,
    STUDY_PROFILE,
    Config,
    CopyPolicy,
    DailyValues,
    OwnRules,
    read_calendar,
    read_report,
)
from vault_sync.rules.schema_reader import SchemaReader, read_study, read_study_settings
from vault_sync.rules.sources import Mode, RuleSource, SourceText
from vault_sync.text import find_similar, shorten, to_nfc

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


MAX_RULE_SETS: Final = 100
MAX_PATTERNS: Final = 1_000
MAX_QUIET: Final = timedelta(hours=1)
LATEST_DAY_START: Final = time(12)

SETTINGS: Final = (
    *("profile", STUDY_PROFILE, "timezone", "day-starts-at", "locale", "ignore", "quiet-period"),
    *("max-changes", "daily-values", "conflict-copies", "calendar", "report", "rules"),
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
_NO_PERIOD: Final = "`quiet-period` must be up to an hour, as in 5s or 2m, not `{0}`."
_NO_DAY_START: Final = "`day-starts-at` must be a time from 00:00 to 12:00, not `{0}`."
_NO_COUNT: Final = "`max-changes` must be a number of notes, not `{0}`."
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


def _parse_day_start(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    start = time(int(match[1]), int(match[2])) if match else None
    return start if start is not None and start <= LATEST_DAY_START else None


def _parse_count(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None


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
        profile = nodes.get(STUDY_PROFILE)
        study = self.read_known(profile, f"`{STUDY_PROFILE}`", STUDY_SETTINGS) if profile else {}
        overrides = study.get("formulas")
        quiet = self.parse(nodes, "quiet-period", parse_period, _NO_PERIOD)
        return Config(
            profile=self.choose(nodes, "profile", (STUDY_PROFILE, NO_PROFILE)) or default.profile,
            review_status=Mode(self.choose(study, "review-status", tuple(Mode)) or Mode.KEEP),
            is_adding=self.choose(study, "missing", _MISSING) != "skip",
            study=read_study_settings(self, study),
            overrides=self.read_formulas(overrides, "`formulas`") if overrides else (),
            timezone=self._read_zone(nodes["timezone"]) if "timezone" in nodes else None,
            day_starts_at=self.parse(nodes, "day-starts-at", _parse_day_start, _NO_DAY_START)
            or default.day_starts_at,
            locale=self.choose(nodes, "locale", tuple(LOCALES)),
            ignore=self._read_patterns(nodes["ignore"]) if "ignore" in nodes else (),
            quiet_period=default.quiet_period if quiet is None else quiet,
            max_changes=self.parse(nodes, "max-changes", _parse_count, _NO_COUNT),
            daily_values=self._read_daily(nodes.get("daily-values")),
            conflict_copies=CopyPolicy(
                self.choose(nodes, "conflict-copies", tuple(CopyPolicy)) or default.conflict_copies
            ),
            calendar=(
                read_calendar(self, nodes["calendar"]) if "calendar" in nodes else default.calendar
            ),
            report=read_report(self, nodes["report"]) if "report" in nodes else default.report,
            rules=self._read_rules(nodes["rules"]) if "rules" in nodes else (),
        )

    def _read_zone(self, node: Node) -> ZoneInfo | None:
        name = self.read_text(node, "`timezone`")
        zone = None if name is None else find_zone(name)
        if name is not None and zone is None:
            self.complain(node, describe_zone_fault(shorten(name)))
        return zone

    def _read_daily(self, node: Node | None) -> DailyValues:
        if isinstance(node, YamlSequence):
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
        picks = self._read_picks(own, base) if isinstance(own, YamlSequence) else None
        formulas = self.read_formulas(own, "`formulas`") if own and picks is None else ()
        rules = RuleSource(
            name=shorten(name or f"rule set {count}"),
            filters=self.read_filter(filters) if filters else None,
            formulas=formulas,
            is_adding=self.choose(nodes, "missing", _MISSING) != "skip",
            study=read_study(self, nodes["study"]) if "study" in nodes else None,
        )
        source = self.read_source(base, "`from-base`") if base else None
        is_idle = not rules.study and not formulas and not (source if picks is None else picks)
        if is_idle and len(self.problems) == before:
            self.complain(node, "This rule set has no formulas; add `formulas` or `from-base`.")
        if len(self.problems) > before:
            return None
        return OwnRules(rules=rules, from_base=source, picks=picks)

    def _read_picks(self, node: YamlSequence, base: Node | None) -> tuple[SourceText, ...]:
        """Return the names of formulas of the base, in NFC."""
        items = self.read_items(node, "`formulas`")
        if not base:
            message = "A list of names picks from a base; add `from-base` or write `name: formula`."
            self.complain(node, message)
        found = (self.read_source(item, "the name of a formula") for item in items)
        return tuple(pick._replace(text=to_nfc(pick.text)) for pick in found if pick)


# Which time zone somebody means by what is no name of one: ``KST``, ``UTC+9``, ``서울``, ``Korea Standard Time``.
#
# A zone is named by the IANA database. Nothing here is ever taken for an answer: an abbreviation and a
# distance from UTC fit many zones, so the likeliest is only suggested.

# What people write, in small letters. Where it means more than one zone, all of these are named.
_ZONE_WORDS: Final = {
    "Asia/Seoul": "kst kr kor korea seoul busan pusan southkorea republicofkorea asia/kst asia/korea etc/kst 한국 대한민국 서울 부산 한국시간 한국표준시 韓国 ソウル 韩国 首尔",
    "Asia/Tokyo": "jst jp jpn osaka asia/jst 일본 도쿄 동경 오사카 일본시간 日本 東京 日本時間",
    "Asia/Shanghai": "cst cn china beijing asia/beijing 중국 베이징 북경 상하이 中国 北京 上海",
    "America/Chicago": "cst cdt ct 시카고",
    "America/New_York": "et est edt 뉴욕 미국동부",
    "America/Denver": "mt mdt 덴버",
    "America/Los_Angeles": "pt pst pdt la sf seattle sanfrancisco 로스앤젤레스 시애틀 샌프란시스코 미국서부",
    "America/Anchorage": "akst akdt",
    "America/Toronto": "토론토 캐나다",
    "America/Vancouver": "밴쿠버 캐나다",
    "America/Sao_Paulo": "brt brazil 브라질 상파울루",
    "Asia/Taipei": "tw taiwan 대만 타이베이 台灣 台北",
    "Asia/Hong_Kong": "hkt hk 홍콩 香港",
    "Asia/Singapore": "sgt sg 싱가포르",
    "Asia/Manila": "pht philippines 필리핀 마닐라",
    "Asia/Ho_Chi_Minh": "ict vietnam hanoi 베트남 하노이 호치민",
    "Asia/Bangkok": "ict thailand 태국 방콕",
    "Asia/Jakarta": "wib indonesia 인도네시아 자카르타",
    "Asia/Kuala_Lumpur": "myt malaysia 말레이시아",
    "Asia/Kolkata": "ist india delhi mumbai 인도",
    "Asia/Dubai": "gst uae 두바이",
    "Europe/London": "bst uk england britain 영국 런던",
    "Europe/Berlin": "cest germany 독일 베를린",
    "Europe/Paris": "france 프랑스 파리",
    "Europe/Madrid": "spain 스페인",
    "Europe/Rome": "italy 이탈리아 로마",
    "Europe/Helsinki": "eest finland",
    "Europe/Moscow": "msk russia 러시아 모스크바",
    "Europe/Istanbul": "trt turkiye",
    "Australia/Sydney": "aest aedt 호주 시드니",
    "Australia/Perth": "awst",
    "Pacific/Auckland": "nzst nzdt newzealand 뉴질랜드",
    "Africa/Johannesburg": "sast",
    "UTC": "z gmt+0 utc+0 utc-0 utc0",
}  # fmt: skip
_HOURS: Final = {
    "+09:00": "Asia/Seoul", "+08:00": "Asia/Shanghai", "+07:00": "Asia/Bangkok", "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu", "+05:00": "Asia/Karachi", "+04:00": "Asia/Dubai", "+03:30": "Asia/Tehran",
    "+03:00": "Europe/Moscow", "+02:00": "Europe/Athens", "+01:00": "Europe/Berlin", "+00:00": "UTC",
    "-00:00": "UTC", "+09:30": "Australia/Adelaide", "+10:00": "Australia/Sydney", "+12:00": "Pacific/Auckland",
    "-03:00": "America/Sao_Paulo", "-04:00": "America/Halifax", "-05:00": "America/New_York", "-06:00": "America/Chicago",
    "-07:00": "America/Denver", "-08:00": "America/Los_Angeles", "-09:00": "America/Anchorage", "-10:00": "Pacific/Honolulu",
}  # fmt: skip
# `UTC+9`, `GMT+09:00`, `(UTC+09:00) Seoul`, `+0900`, `9`, `UTC+9.5`
_OFFSET: Final = re.compile(r"\(?(?:utc|gmt|z)?([+-]?)([0-9]{1,2})(?::?([0-9]{2})|(\.5))?(?:\).*)?")
_POSIX: Final = re.compile(r"(?!utc|gmt)([a-z]{2,4})[+-]?[0-9]{1,2}(?:[a-z]{3,4})?")  # `KST-9`
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
_OWN: Final = frozenset(
    {"local", "localtime", "system", "auto", "automatic", "default", "자동", "시스템", "로컬"}
)
_LEAST: Final = 5  # letters of a name in which a slip can be told from another abbreviation


def suggest_zones(text: str) -> tuple[str, ...]:
    """Return the zones that a text may mean, none where it is like none.

    Args:
        text: what stands in the place of a zone's name.
    """
    word = _DASHES.sub("-", normalize("NFKC", text)).strip().lower()
    squeezed = re.sub(r"[\s._]+", "", word)
    posix = _POSIX.fullmatch(squeezed)
    wanted = {squeezed, squeezed.rpartition("/")[2], posix[1] if posix else squeezed}
    known = tuple(
        zone for zone, words in _ZONE_WORDS.items() if not wanted.isdisjoint(words.split())
    )
    return known or _find_windows(word) or _find_offset(word) or _find_named(word)


def describe_zone_fault(text: str) -> str:
    """Return the sentences for a text that is no time zone: that it is none, and what may have been meant."""
    if text.strip().lower() in _OWN:
        return f"`{text}` is not a time zone; leave the line out for the computer's own."
    told = f"`{text}` is not a time zone; they are written as Asia/Seoul."
    meant = " or ".join(f"`{zone}`" for zone in suggest_zones(text))
    return f"{told} Did you mean {meant}?" if meant else told


def _find_windows(word: str) -> tuple[str, ...]:
    """Return the zone that Windows has another name for."""
    if not word.endswith(" time"):
        return ()
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - for a quick start: few need it

    return tuple(zone for name, zone in win_tz.items() if name.lower() == word)


def _find_offset(word: str) -> tuple[str, ...]:
    found = _OFFSET.fullmatch(re.sub(r"\s", "", word).removeprefix("etc/"))
    if not found:
        return ()
    offset = f"{found[1] or '+'}{int(found[2]):02}:{found[3] or ('30' if found[4] else '00')}"
    return (_HOURS[offset],) if offset in _HOURS else ()


def _find_named(word: str) -> tuple[str, ...]:
    """Return the zone whose name, or whose town, it is or is most like."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - for a quick start

    names = {name.lower(): name for name in sorted(available_timezones())}
    towns = {name.rpartition("/")[2]: name for name in names if "/" in name}
    word = re.sub(r"[\s.]+", "_", word)
    for known in (word, towns.get(word.rpartition("/")[2], "")):
        if known in names:
            return (names[known],)
    if len(word) < _LEAST or any(letter.isdigit() for letter in word):
        return ()
    near = find_similar(word, names) or towns.get(find_similar(word, towns), "")
    return (names[near],) if near else ()
