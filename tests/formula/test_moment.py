"""Dates as text, against what Moment.js 2.31 writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.moment import (
    MAX_PATTERN,
    calendar_distance,
    render_moment,
    render_relative,
)

if TYPE_CHECKING:
    from datetime import tzinfo

SEOUL: Final = ZoneInfo("Asia/Seoul")
AFTERNOON: Final = datetime.fromisoformat("2024-10-27T14:01:05.078")
NEW_YEAR: Final = datetime.fromisoformat("2021-01-03T00:00:00")
OLD_YEAR: Final = datetime.fromisoformat("2024-12-31T12:00:00")

# Each line was printed by Moment.js itself: pattern, en and ko.
TOKENS: Final = [
    ("M", "10", "10"),
    ("Mo", "10th", "10월"),
    ("MM", "10", "10"),
    ("MMM", "Oct", "10월"),
    ("MMMM", "October", "10월"),
    ("Q", "4", "4"),
    ("Qo", "4th", "4"),
    ("D", "27", "27"),
    ("Do", "27th", "27일"),
    ("DD", "27", "27"),
    ("DDD", "301", "301"),
    ("DDDo", "301st", "301일"),
    ("DDDD", "301", "301"),
    ("d", "0", "0"),
    ("do", "0th", "0일"),
    ("dd", "Su", "일"),
    ("ddd", "Sun", "일"),
    ("dddd", "Sunday", "일요일"),
    ("e", "0", "0"),
    ("E", "7", "7"),
    ("w", "44", "44"),
    ("wo", "44th", "44주"),
    ("ww", "44", "44"),
    ("W", "43", "43"),
    ("Wo", "43rd", "43주"),
    ("WW", "43", "43"),
    ("YY", "24", "24"),
    ("YYYY", "2024", "2024"),
    ("YYYYY", "02024", "02024"),
    ("YYYYYY", "+002024", "+002024"),
    ("Y", "2024", "2024"),
    ("y", "2024", "2024"),
    ("yo", "2024th", "2024"),
    ("yyyy", "2024", "2024"),
    ("gg", "24", "24"),
    ("gggg", "2024", "2024"),
    ("ggggg", "02024", "02024"),
    ("GG", "24", "24"),
    ("GGGG", "2024", "2024"),
    ("GGGGG", "02024", "02024"),
    ("N", "AD", "AD"),
    ("NNNN", "Anno Domini", "Anno Domini"),
    ("NNNNN", "AD", "AD"),
    ("A", "PM", "오후"),
    ("a", "pm", "오후"),
    ("H", "14", "14"),
    ("HH", "14", "14"),
    ("h", "2", "2"),
    ("hh", "02", "02"),
    ("k", "14", "14"),
    ("kk", "14", "14"),
    ("m", "1", "1"),
    ("mm", "01", "01"),
    ("s", "5", "5"),
    ("ss", "05", "05"),
    ("S", "0", "0"),
    ("SS", "07", "07"),
    ("SSS", "078", "078"),
    ("SSSS", "0780", "0780"),
    ("SSSSSS", "078000", "078000"),
    ("z", "", ""),
    ("zz", "", ""),
    ("Z", "+09:00", "+09:00"),
    ("ZZ", "+0900", "+0900"),
    ("X", "1730005265", "1730005265"),
    ("x", "1730005265078", "1730005265078"),
    ("LT", "2:01 PM", "오후 2:01"),
    ("LTS", "2:01:05 PM", "오후 2:01:05"),
    ("L", "10/27/2024", "2024.10.27."),
    ("LL", "October 27, 2024", "2024년 10월 27일"),
    ("LLL", "October 27, 2024 2:01 PM", "2024년 10월 27일 오후 2:01"),
    ("LLLL", "Sunday, October 27, 2024 2:01 PM", "2024년 10월 27일 일요일 오후 2:01"),
    ("l", "10/27/2024", "2024.10.27."),
    ("ll", "Oct 27, 2024", "2024년 10월 27일"),
    ("lll", "Oct 27, 2024 2:01 PM", "2024년 10월 27일 오후 2:01"),
    ("llll", "Sun, Oct 27, 2024 2:01 PM", "2024년 10월 27일 일요일 오후 2:01"),
    ("Hmm", "1401", "1401"),
    ("hmmss", "20105", "20105"),
    ("eHHmm", "01401", "01401"),
    ("YYYY/MM/DD", "2024/10/27", "2024/10/27"),
    ("[Week] w", "Week 44", "Week 44"),
    ("YYYY[년] M[월]", "2024년 10월", "2024년 10월"),
    ("\\D[D]D", "DD27", "DD27"),
    ("100%", "100%", "100%"),
    ("[@]YYYY년 M월 D일 A h:mm", "@2024년 10월 27일 PM 2:01", "@2024년 10월 27일 오후 2:01"),
    ("w| W|", "w| W|", "w| W|"),
]

SUNDAY_3_JANUARY: Final = [
    ("w", "2", "2"),
    ("W", "53", "53"),
    ("gggg", "2021", "2021"),
    ("GGGG", "2020", "2020"),
    ("DDDD", "003", "003"),
    ("h", "12", "12"),
    ("k", "24", "24"),
    ("A", "AM", "오전"),
    ("e", "0", "0"),
    ("E", "7", "7"),
    ("wo", "2nd", "2주"),
]

TUESDAY_31_DECEMBER: Final = [
    ("w", "1", "1"),
    ("W", "1", "1"),
    ("gg", "25", "25"),
    ("gggg", "2025", "2025"),
    ("GG", "25", "25"),
    ("GGGG", "2025", "2025"),
    ("DDDD", "366", "366"),
    ("h", "12", "12"),
    ("k", "12", "12"),
]

# Seconds, the sentence in English for so long ago, and in Korean for so long ahead.
DISTANCES: Final = [
    (0, "a few seconds ago", "몇 초 전"),
    (1, "a few seconds ago", "몇 초 후"),
    (44, "a few seconds ago", "몇 초 후"),
    (45, "a minute ago", "1분 후"),
    (89, "a minute ago", "1분 후"),
    (90, "2 minutes ago", "2분 후"),
    (2640, "44 minutes ago", "44분 후"),
    (2700, "an hour ago", "한 시간 후"),
    (5340, "an hour ago", "한 시간 후"),
    (5400, "2 hours ago", "2시간 후"),
    (75600, "21 hours ago", "21시간 후"),
    (79200, "a day ago", "하루 후"),
    (126000, "a day ago", "하루 후"),
    (129600, "2 days ago", "2일 후"),
    (259200, "3 days ago", "3일 후"),
    (2160000, "25 days ago", "25일 후"),
    (2246400, "a month ago", "한 달 후"),
    (3888000, "a month ago", "한 달 후"),
    (3974400, "2 months ago", "한 달 후"),
    (8640000, "3 months ago", "3달 후"),
    (27561600, "10 months ago", "10달 후"),
    (27648000, "10 months ago", "일 년 후"),
    (31536000, "a year ago", "일 년 후"),
    (47260800, "a year ago", "2년 후"),
    (47347200, "a year ago", "2년 후"),
    (345600000, "11 years ago", "11년 후"),
]


@pytest.mark.parametrize(("pattern", "english", "korean"), TOKENS)
def test_token(pattern: str, english: str, korean: str) -> None:
    assert render_moment(AFTERNOON, pattern, "en", SEOUL) == english
    assert render_moment(AFTERNOON, pattern, "ko", SEOUL) == korean


@pytest.mark.parametrize(
    "ordinal",
    [
        *("1st", "2nd", "3rd", "4th", "9th", "10th", "11th", "12th", "13th", "14th", "20th"),
        *("21st", "22nd", "23rd", "24th", "30th", "31st", "99th", "100th", "101st", "102nd"),
        *("103rd", "111th", "112th", "113th", "114th", "121st", "210th", "211th", "212th"),
        *("213th", "222nd", "301st", "311th", "312th", "313th", "333rd", "365th"),
    ],
)
def test_ordinal(ordinal: str) -> None:
    day = date(2023, 1, 1) + timedelta(days=int(ordinal[:-2]) - 1)
    assert render_moment(day, "DDDo", "en", SEOUL) == ordinal
    assert render_moment(day, "DDDo", "ko", SEOUL) == f"{ordinal[:-2]}일"


@pytest.mark.parametrize(("pattern", "english", "korean"), SUNDAY_3_JANUARY)
def test_token_after_the_turn_of_a_year(pattern: str, english: str, korean: str) -> None:
    assert render_moment(NEW_YEAR, pattern, "en", SEOUL) == english
    assert render_moment(NEW_YEAR, pattern, "ko", SEOUL) == korean


@pytest.mark.parametrize(("pattern", "english", "korean"), TUESDAY_31_DECEMBER)
def test_token_before_the_turn_of_a_year(pattern: str, english: str, korean: str) -> None:
    assert render_moment(OLD_YEAR, pattern, "en", SEOUL) == english
    assert render_moment(OLD_YEAR, pattern, "ko", SEOUL) == korean


@pytest.mark.parametrize(("seconds", "ago", "ahead"), DISTANCES)
def test_distance_from_now(seconds: int, ago: str, ahead: str) -> None:
    now = datetime.fromisoformat("2024-10-27T14:01:00")
    assert render_relative(now - timedelta(seconds=seconds), now, "en") == ago
    assert render_relative(now + timedelta(seconds=seconds), now, "ko") == ahead


@pytest.mark.parametrize(
    ("earlier", "later", "months", "days"),
    [
        ("2024-07-07", "2024-07-07", 0, 0.0),
        ("2024-07-07", "2024-08-06", 0, 30.0),
        ("2024-07-07", "2024-08-07", 1, 0.0),
        ("2024-07-07", "2024-10-27T12:00", 3, 20.5),
        ("2023-12-15", "2024-01-14", 0, 30.0),
        ("2023-12-15", "2024-01-15", 1, 0.0),
        ("2023-02-15", "2024-01-15", 11, 0.0),
        ("2019-12-31", "2024-01-01", 48, 1.0),
        ("1999-12-31T12:00", "2000-01-01", 0, 0.5),
        ("2024-01-31", "2024-02-29", 1, 0.0),
        ("2024-02-29", "2025-02-28", 12, 0.0),
        ("2024-05-31", "2024-07-01", 1, 1.0),
    ],
)
def test_a_distance_by_the_calendar(earlier: str, later: str, months: int, days: float) -> None:
    moments = datetime.fromisoformat(earlier), datetime.fromisoformat(later)
    assert calendar_distance(*moments) == (months, days)


@pytest.mark.parametrize(
    ("hour", "shown"), [(0, "AM am 12"), (11, "AM am 11"), (12, "PM pm 12"), (23, "PM pm 11")]
)
def test_noon_begins_the_afternoon(hour: int, shown: str) -> None:
    assert render_moment(AFTERNOON.replace(hour=hour), "A a h", "en", SEOUL) == shown


def test_a_date_without_a_time_is_its_midnight() -> None:
    assert render_moment(date(2024, 7, 7), "YYYY/MM/DD A h:mm", "ko", SEOUL) == (
        "2024/07/07 오전 12:00"
    )
    assert render_relative(date(2024, 10, 24), AFTERNOON, "en") == "4 days ago"


def test_an_empty_pattern_is_iso_8601() -> None:
    assert render_moment(AFTERNOON, "", "en", SEOUL) == "2024-10-27T14:01:05+09:00"


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        (UTC, "+00:00"),
        (ZoneInfo("America/St_Johns"), "-02:30"),
        (ZoneInfo("Asia/Kathmandu"), "+05:45"),
    ],
)
def test_offset_of_the_zone(zone: tzinfo, offset: str) -> None:
    assert render_moment(AFTERNOON, "Z", "en", zone) == offset
    assert render_moment(AFTERNOON, "ZZ", "en", zone) == offset.replace(":", "")


def test_the_ends_of_time_can_be_written() -> None:
    everything = " ".join(pattern for pattern, _, _ in TOKENS)
    for year in (1, 9999):
        moment = datetime.combine(date(year, 12, 31), AFTERNOON.time())
        assert render_moment(moment, everything, "ko", SEOUL)


def test_an_unknown_locale_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(EvaluationError, match=r'no locale "fr".*"en" and "ko"'):
        render_moment(AFTERNOON, "LL", "fr", SEOUL)
    with pytest.raises(EvaluationError, match='no locale "fr"'):
        render_relative(AFTERNOON, AFTERNOON, "fr")


def test_a_long_pattern_is_refused() -> None:
    with pytest.raises(LimitError):
        render_moment(AFTERNOON, "Y" * (MAX_PATTERN + 1), "en", SEOUL)


@given(pattern=st.text(max_size=30), moment=st.datetimes(), locale=st.sampled_from(["en", "ko"]))
def test_any_pattern_is_written(pattern: str, moment: datetime, locale: str) -> None:
    assert isinstance(render_moment(moment, pattern, locale, SEOUL), str)


@given(text=st.text(alphabet=st.characters(exclude_characters="[]\n\r\u2028\u2029")))
def test_text_in_brackets_stays(text: str) -> None:
    assert render_moment(AFTERNOON, f"[{text}]D", "en", SEOUL) == f"{text}27"


@given(moment=st.datetimes(), now=st.datetimes(), locale=st.sampled_from(["en", "ko"]))
def test_any_distance_can_be_said(moment: datetime, now: datetime, locale: str) -> None:
    sentence = render_relative(moment, now, locale)
    assert "%" not in sentence
    assert ("ago" in sentence or "전" in sentence) == (moment <= now)
