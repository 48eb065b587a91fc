"""Which time zone somebody means by what is no name of one: ``KST``, ``UTC+9``, ``서울``, ``Korea Standard Time``.

A zone is named by the IANA database. Nothing here is ever taken for an answer: an abbreviation and a
distance from UTC fit many zones, so the likeliest is only suggested.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from vault_sync.formula.names import find_similar

# What people write, in small letters. Where it means more than one zone, all of these are named.
_WORDS: Final = {
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
    known = tuple(zone for zone, words in _WORDS.items() if not wanted.isdisjoint(words.split()))
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
