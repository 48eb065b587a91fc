"""The configuration: its defaults, its settings, and each problem with its place."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import ConfigError, Problem
from vault_sync.rules.config import (
    MAX_CHARACTERS,
    Config,
    DailyValues,
    OwnRules,
    find_path_fault,
)
from vault_sync.rules.config_reader import describe_zone_fault, parse_config, suggest_zones
from vault_sync.rules.sources import Connective, FilterGroup, Mode, RuleSource, SourceText
from vault_sync.vault.obsidian import CONFIG_NAME, load_config

if TYPE_CHECKING:
    from pathlib import Path


def parse(text: str) -> Config:
    problems: list[Problem] = []
    config = parse_config(text, problems)
    if problems:
        raise ConfigError(CONFIG_NAME, problems)
    return config


def load(root: str, path: str | None = None) -> Config:
    problems: list[Problem] = []
    config = load_config(root, problems, path)
    if problems:
        raise ConfigError(CONFIG_NAME, problems)
    return config


@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "---\n", "{}", "~\n", "rules:\nignore:\n"]
)
def test_nothing_written_means_the_defaults(text: str) -> None:
    assert parse(text) == Config()


def test_all_settings() -> None:
    config = parse(
        "profile: none\nstudy-ko: {review-status: fill, missing: skip}\ntimezone: Asia/Seoul\n"
        'day-starts-at: "04:00"\nlocale: en\nignore: ["Archive/**", "!Archive/keep.md"]\n'
        "quiet-period: 2m\n"
    )
    assert str(config.timezone) == "Asia/Seoul"
    assert config == Config(
        profile="none",
        review_status=Mode.FILL,
        is_adding=False,
        timezone=config.timezone,
        day_starts_at=time(4),
        locale="en",
        ignore=("Archive/**", "!Archive/keep.md"),
        quiet_period=timedelta(minutes=2),
    )


@pytest.mark.parametrize(
    ("text", "period"),
    [("5s", 5), ("500ms", 0.5), ("0.5s", 0.5), ("2 m", 120), ("1h", 3600), ("0s", 0)],
)
def test_quiet_period(text: str, period: float) -> None:
    config = parse(f"quiet-period: {text}")
    assert config.quiet_period == timedelta(seconds=period)


@pytest.mark.parametrize("text", ["4:00", "04:00", "'04:00'", "0:00", "12:00"])
def test_day_start(text: str) -> None:
    config = parse(f"day-starts-at: {text}")
    assert config.day_starts_at == time(int(text.strip("'").split(":")[0]))


def test_rules_keep_sources_with_their_places() -> None:
    text = (
        "rules:\n"
        "  - name: deadlines\n"
        "    filters: 'start'\n"
        "    missing: skip\n"
        "    formulas:\n"
        '      마감: start + "2w"\n'
        "      left: |\n"
        "        (마감 - today()).days\n"
        "  - from-base: Study.base\n"
    )
    rules = RuleSource(
        name="deadlines",
        filters=SourceText("start", 3, 14),
        formulas=(
            ("마감", SourceText('start + "2w"', 6, 11)),
            ("left", SourceText("(마감 - today()).days\n", 7, 13)),
        ),
        is_adding=False,
    )
    base = RuleSource(name="rule set 2", filters=None, formulas=())
    assert parse(text).rules == (
        OwnRules(rules=rules),
        OwnRules(rules=base, from_base=SourceText("Study.base", 9, 16)),
    )


def test_filters_are_a_tree() -> None:
    text = (
        "rules:\n- formulas: {a: b}\n  filters:\n    or:\n      - x\n      - and: [y]\n"
        "      - not:\n          - z\n"
    )
    (own,) = parse(text).rules
    assert own.rules.filters == FilterGroup(
        Connective.OR,
        (
            SourceText("x", 5, 9),
            FilterGroup(Connective.AND, (SourceText("y", 6, 15),)),
            FilterGroup(Connective.NOT, (SourceText("z", 8, 13),)),
        ),
    )


@pytest.mark.parametrize(
    "path",
    [
        *(
            "복습.ics",
            "Study/복습.ics",
            "A.ICS",
            "a.b/c d.ics",
            "console.ics",
            "com.ics",
            "lpt10.ics",
        ),
        f"{'a' * 196}.ics",
    ],
)
def test_a_path_that_the_calendar_may_have(path: str) -> None:
    assert find_path_fault(path) is None


@pytest.mark.parametrize(
    ("path", "part"),
    [
        *(("복습.txt", "does not end with .ics"), ("ics", "does not end with .ics")),
        *((f"a{mark}b.ics", "no file name") for mark in '\\:*?"<>|\n\u202e'),
        (f"{'a' * 197}.ics", "too long"),
        *((path, "inside the vault") for path in ("/a.ics", "a//b.ics", "../a.ics", "./a.ics")),
        *((path, "inside the vault") for path in (".a.ics", ".git/a.ics", "a/.b/c.ics", ".ics")),
        *((path, "inside the vault") for path in ("a /b.ics", "a./b.ics")),
        *(
            (path, "inside the vault")
            for path in ("con.ics", "NUL/a.ics", "a/Com1.ics", "lpt³.x.ics")
        ),
    ],
)
def test_a_path_that_the_calendar_may_not_have(path: str, part: str) -> None:
    fault = find_path_fault(path)
    assert fault is not None
    assert part in fault


RULE = "rules: [{formulas: {a: b}, %s}]"


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("profil: none", 1, 1, "Did you mean `profile`?"),
        ("x: 1\n", 1, 1, "`x` is no setting of the configuration."),
        ("# c\nprofile: study", 2, 10, "Did you mean `study-ko`?"),
        ("profile: study-ko\nprofile: none", 2, 1, "line 1 has it too"),
        ("profile:", 1, 9, "is empty"),
        ("profile: [none]", 1, 10, "must be a text"),
        ("just a text", 1, 1, "must be names with values"),
        ("- a list", 1, 1, "must be names with values"),
        ("study-ko: {review-status: derived}", 1, 27, "Did you mean `derive`?"),
        ("study-ko: {mising: add}", 1, 12, "Did you mean `missing`?"),
        ("study-ko: {missing: yes}", 1, 21, "must be add or skip"),
        ("study-ko: keep", 1, 11, "must be names with values"),
        ("timezone: Asia/Soul", 1, 11, "Did you mean `Asia/Seoul`?"),
        ("timezone: localtime", 1, 11, "leave the line out"),
        ("timezone: Factory", 1, 11, "is not a time zone"),
        ("timezone: right/Asia/Seoul", 1, 11, "is not a time zone"),
        ("timezone: ../../etc/localtime", 1, 11, "is not a time zone"),
        ("timezone: /etc/localtime", 1, 11, "is not a time zone"),
        ("timezone: America", 1, 11, "is not a time zone"),
        ("day-starts-at: 25:00", 1, 16, "from 00:00 to 12:00"),
        ("day-starts-at: 12:01", 1, 16, "from 00:00 to 12:00"),
        ("day-starts-at: 4", 1, 16, "from 00:00 to 12:00"),
        ("locale: kr", 1, 9, "must be en or ko"),
        ("quiet-period: 5", 1, 15, "as in 5s or 2m"),
        ("quiet-period: 2h", 1, 15, "up to an hour"),
        ("quiet-period: -5s", 1, 15, "as in 5s or 2m"),
        ("ignore: Archive", 1, 9, "must be a list"),
        ("ignore: ['ok', '!']", 1, 16, "not a pattern"),
        ("ignore: ['[z-a]']", 1, 10, "not a pattern"),
        ("ignore: ['**/a/**/b/**/c']", 1, 10, "several patterns"),
        ("ignore: ['# x']", 1, 10, "matches nothing"),
        (f"ignore: ['{'a' * 1_001}']", 1, 10, "may have 1000 characters"),
        (f"ignore: [{'a, ' * 1_000}b]", 1, 10 + 3 * 1_000, "may have 1000 patterns"),
        ("rules:\n" + 101 * "  - formulas: {a: b}\n", 102, 5, "may be 100 rule sets"),
        ("calendar: {vault: 'a\tb'}", 1, 19, "as Obsidian shows it"),
        (f"calendar: {{vault: {'a' * 101}}}", 1, 19, "as Obsidian shows it"),
        ("calendar: {alarm: [20:00]}", 1, 19, "must be"),
        *(
            (f"ignore: ['{pattern}']", 1, 10, "paths begin in the vault")
            for pattern in (
                "./Archive/",
                "!./Archive",
                "../Archive",
                "~/Notes",
                "C:/Notes",
                r"C:\Notes",
            )
        ),
        ("ignore: [“Archive/**”]", 1, 10, "type straight quotes"),
        (r"ignore: ['Archive\Old']", 1, 10, "write `/` between folders"),
        (r"ignore: ['보관함\지난 학기\**']", 1, 10, "write `/` between folders"),
        ("ignore:\n  - a\n  -\n", 3, 4, "is empty"),
        ("rules: a", 1, 8, "must be a list"),
        ("rules: [a]", 1, 9, "must be names with values"),
        ("rules: [{name: a}]", 1, 9, "no formulas"),
        ("rules: [{formula: {a: b}}]", 1, 10, "Did you mean `formulas`?"),
        ("rules: [{formulas: {a: }}]", 1, 24, "formula of `a` is empty"),
        ("rules: [{formulas: {a: [b]}}]", 1, 24, "put quotes around it"),
        ("rules: [{formulas: {가: b, 가: c}}]", 1, 27, "twice"),
        ("rules: [{formulas: {가: b, '\u1100\u1161': c}}]", 1, 27, "twice"),
        (RULE % "filters: {and: [x], or: [y]}", 1, 37, "has one of and, or, not"),
        (RULE % "filters: {und: [x]}", 1, 38, "Did you mean `and`?"),
        (RULE % "filters: {and: x}", 1, 43, "must be a list"),
        (RULE % "filters: {not: [{or: 1}]}", 1, 49, "must be a list"),
        (RULE % "missing: ad", 1, 37, "Did you mean `add`?"),
        ("profile: &a none", 1, 10, "tag, anchor or alias"),
        ("profile: !!python/name:os.system x", 1, 10, "tag, anchor or alias"),
        ("x: &a 1\nprofile: *a\n", 2, 10, "tag, anchor or alias"),
        ("? [a]\n: b", 1, 3, "A name is expected"),
        ("profile: 'none", 1, 10, "never closed"),
        ("a: b: c", 1, 5, "needs quotes"),
        ("profile: none\n---\nprofile: none", 2, 1, "second YAML document"),
        ("rules: " + "[" * 200, 1, 57, "deep"),
    ],
)
def test_problem_with_its_place(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    found = caught.value.problems
    assert (line, column) in [(p.line, p.column) for p in found if part in p.message], found


def test_a_pattern_may_be_long() -> None:
    assert parse(f"ignore: ['{'a' * 1_000}']").ignore == ("a" * 1_000,)


def test_all_problems_come_at_once_in_the_order_of_lines() -> None:
    text = "rules: 1\nlocale: xx\nprofil: none\nquiet-period: x\n"
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3, 4]
    assert str(caught.value).startswith(".vault-sync.yaml:1:8: `rules` must be a list")


@pytest.mark.parametrize("text", ["rules: [a]", "rules: [{formula: {a: b}}]", "rules: [*a]"])
def test_one_mistake_is_one_problem(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert len(caught.value.problems) == 1


def test_what_may_be_meant_is_looked_for_ten_times() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("".join(f"profile{number}: none\n" for number in range(15)))
    said = [problem.message for problem in caught.value.problems]
    assert ["Did you mean `profile`?" in one for one in said] == [True] * 10 + [False] * 5


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("due", DailyValues(is_for_due=True)),
        ("all", DailyValues()),
        ("[laptop, desk]", DailyValues(devices=("laptop", "desk"))),
    ],
)
def test_which_device_writes_daily_values(written: str, found: DailyValues) -> None:
    assert parse(f"daily-values: {written}").daily_values == found


def test_endless_problems_end() -> None:
    text = "".join(f"unknown{number}: 1\n" for number in range(20_000))
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert len(caught.value.problems) == 50


def test_too_large_a_file_is_not_parsed() -> None:
    with pytest.raises(ConfigError, match="500000 characters"):
        parse("#" * (MAX_CHARACTERS + 1))


def test_messages_hold_no_control_characters() -> None:
    text = 'profile: "a\\e[31mb"\n"\\e[2J": 1\nlocale: "{0.__class__} %s"\n'
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert all(problem.message.isprintable() for problem in caught.value.problems)
    assert "{0.__class__} %s" in str(caught.value)


@given(st.text(alphabet="profile:studyk- {}[]&*!|>\n'\"#~,12hm", max_size=60))
def test_any_text_is_settings_or_a_config_error(text: str) -> None:
    try:
        parse(text)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - most texts are wrong, some are right


def test_load_config(tmp_path: Path) -> None:
    assert load(str(tmp_path)) == Config()
    (tmp_path / CONFIG_NAME).write_bytes(b"\xef\xbb\xbfprofile: none\r\n")
    assert load(str(tmp_path)).profile == "none"
    other = tmp_path / "other.yaml"
    other.write_text("locale: ko", "utf-8")
    assert load(str(tmp_path), str(other)).locale == "ko"


@pytest.mark.parametrize(
    ("data", "line", "part"),
    [
        (b"locale: ko\n\xff", 2, "not UTF-8"),
        (b"#" * 1_000_001, None, "larger than 1 MB"),
        (b"profile: x", 1, "must be study-ko or none"),
    ],
)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, data: bytes, line: int | None, part: str
) -> None:
    (tmp_path / CONFIG_NAME).write_bytes(data)
    with pytest.raises(ConfigError, match=part) as caught:
        load(str(tmp_path))
    assert caught.value.problems[0].line == line


def test_a_named_configuration_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(str(tmp_path), str(tmp_path / "absent.yaml"))


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(str(tmp_path))


# What people write for a zone, and the zones that may be meant.
_ZONES = {
    "Asia/Seoul": "KST kst UTC+9 GMT+9 UTC+09:00 GMT+0900 +09:00 +9 9 Seoul seoul asia/seoul Asia/Pusan Etc/KST KST-9 KST+9"
    " 서울 한국 대한민국 韓国 ＵＴＣ＋９ Korea/Seoul",
    "Asia/Tokyo": "JST JST-9 Tokyo Toyko 도쿄 일본 東京",
    "America/Los_Angeles": "PST PDT PT UTC-8 UTC−8 Los_Angeles",
    "America/New_York": "EDT UTC-5 EST5 new_york",
    "Asia/Kolkata": "IST UTC+5:30 UTC+5.5",
    "UTC": "utc UTC+0 GMT+00:00 Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "written"), [(zone, one) for zone, words in _ZONES.items() for one in words.split()]
)
def test_the_zone_that_is_meant(zone: str, written: str) -> None:
    assert suggest_zones(written) == (zone,)


@pytest.mark.parametrize(
    ("written", "zones"),
    [
        ("Korea Standard Time", ("Asia/Seoul",)),
        ("(UTC+09:00) Seoul", ("Asia/Seoul",)),
        ("New York", ("America/New_York",)),
        ("CST", ("Asia/Shanghai", "America/Chicago")),
        ("XST", ()),
        ("UTC+99", ()),
        ("Etc/GMT+25", ()),
        ("", ()),
        ("x" * 10_000, ()),
    ],
)
def test_which_zones_may_be_meant(written: str, zones: tuple[str, ...]) -> None:
    assert suggest_zones(written) == zones


def test_both_zones_are_named() -> None:
    said = describe_zone_fault("CST")
    assert said.endswith("Did you mean `Asia/Shanghai` or `America/Chicago`?")
