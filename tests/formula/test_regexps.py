"""Regular expressions: JavaScript's meaning, and an end to every search."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.functions.text import matches, replace, split
from vault_sync.formula.regex_programs import find, load_program
from vault_sync.formula.values import MAX_LENGTH, Budget, Regexp

if TYPE_CHECKING:
    from vault_sync.formula.values import Value

ALL: Final = 2**53

# Pattern, flags, text, and what RegExp.prototype.exec finds of it in Node.js: start, end, groups.
RECORDED: Final = json.loads(Path(__file__).with_name("javascript_regexps.json").read_text("utf-8"))

# Pattern, flags, text, and whether JavaScript's RegExp.prototype.test says so.
MATCHES: Final = [
    (r"^\d{4}$", "", "2024", True),
    (r"^\d$", "", "٣", False),
    (r"\w", "", "가", False),
    (r"^\ud800\udc00$", "", "\U00010000", True),
    (r"^\udbff\udfff$", "", "\U0010ffff", True),
    (r"^\ud83c\udf31$", "", "🌱", True),
    (r"\u0041\udc00", "", "A", False),
    (r"\W", "i", "k", False),
    (r"[\W]", "i", "k", False),
    (r"\s", "", "\u3000", True),
    (r"\s", "", "\x1f", False),
    (r"[^\S]", "", "\ufeff", True),
    (r"\b가", "", "a가", True),
    (r"a$", "", "a\n", False),
    (r"a$", "m", "a\nb", True),
    (r"^b", "m", "a\rb", True),
    (r"^b", "", "a\nb", False),
    (r"a.b", "", "a\u2028b", False),
    (r"a.b", "s", "a\nb", True),
    (r"a.b", "", "a🌱b", True),
    (r"É", "i", "é", True),
    (r"a\.b", "i", "A.B", True),
    (r"a\.b", "i", "A!B", False),
    (r"[]", "", "a", False),
    (r"a[^]b", "", "a\nb", True),
    (r"a{,2}", "", "a{,2}", True),
    (r"{e}", "", "{e}", True),
    (r"a{e<=1}", "", "ab", False),
    (r"[[a]", "", "[", True),
    (r"[+--]", "", ",", True),
    (r"[\w-z]", "", "-", True),
    (r"[a&&b]", "", "&", True),
    (r"(?<=\$\d*)5", "", "$125", True),
    (r"(?<!a+)b", "", "aab", False),
    (r"(?<year>\d+)-\k<year>", "", "20-20", True),
    (r"(?:(a)|b)\1c", "", "bc", True),
    (r"\u0041\x42\cJ\t\0", "", "AB\n\t\0", True),
    (r"\ud83c\udf31", "", "🌱", True),
    (r"^\u{1f331}$", "u", "🌱", True),
    (r"^\p{Script=Hangul}+$", "u", "한글", True),
    (r"\p{L}", "", "한", False),
    (r"b", "y", "ab", False),
    (r"a\/b", "", "a/b", True),
    (r"a\-b", "", "a-b", True),
    (r"\m", "", "m", True),
    (r"[\b]", "", "\b", True),
    (r"[\b]", "", "b", False),
    # Letters that are the same where case does not matter, and those that are not.
    *((r"^(.)\1$", "i", pair, True) for pair in ("aA", "Aa", "éÉ", "σς", "µμ", "ǆǅ", "ßß", "가가")),
    *((r"^(.)\1$", "i", pair, False) for pair in ("ab", "k\u212a", "sſ", "ßẞ", "ıI", "가나")),
    (r"^(.)\1$", "", "aA", False),
    (r"(?<=\1(ab))c", "i", "ABabc", True),
    ("(" * 50 + "a" + ")" * 50, "", "a", True),
    ("", "", "", True),
]

# Pattern, flags, text, replacement and the result.
REPLACEMENTS: Final = [
    (":", "", "a:b:c", "-", "a-b:c"),
    (":", "g", "a:b:c", "-", "a-b-c"),
    (r"(\w+) (\w+)", "", "John Smith", "$2, $1", "Smith, John"),
    (r"(?<y>\d+)/(?<m>\d+)", "", "2024/07", "$<m>-$<y>$<none>", "07-2024"),
    (r"(?<y>\d+)/(?<m>\d+)", "", "2024/07", "$2.$1", "07.2024"),
    ("b", "", "abc", "[$&|$`|$'|$$]", "a[b|a|c|$]c"),
    ("b", "", "abc", "$1$<x>$", "a$1$<x>$c"),
    ("(b)", "", "abc", "$10$01$0", "ab0b$0c"),
    ("(x)?b", "", "abc", "<$1>", "a<>c"),
    ("x*", "g", "abc", "-", "-a-b-c-"),
    ("a*", "g", "baac", "-", "-b--c-"),
    ("^", "gm", "a\nb", "> ", "> a\n> b"),
    ("a", "gy", "aaba", "-", "--ba"),
    ("a", "y", "ba", "-", "ba"),
    ("a", "g", "", "-", ""),
]

# Pattern, text, limit and the parts.
SPLITS: Final[list[tuple[str, str, int, list[Value]]]] = [
    (",", "a,b,c", ALL, ["a", "b", "c"]),
    (",", "a,b,c", 2, ["a", "b"]),
    (",", "a,b", 0, []),
    (r"\s*,\s*", "a , b,c", ALL, ["a", "b", "c"]),
    (r"(,)|;", "a,b;c", ALL, ["a", ",", "b", None, "c"]),
    ("", "한글", ALL, ["한", "글"]),
    ("x*", "axb", ALL, ["a", "b"]),
    (",", "", ALL, [""]),
    ("x*", "", ALL, []),
    ("b$", "ab", ALL, ["a", ""]),
    ("$", "ab", ALL, ["ab"]),
]

# What is no regular expression, and a word of the sentence that says so.
REFUSED: Final = [
    ("(", "", r'"\(" without its "\)"'),
    (")", "", r'"\)" without its "\("'),
    ("[a", "", r'"\[" without its "\]", near character 2'),
    ("*a", "", "nothing to repeat"),
    ("a++", "", "nothing to repeat"),
    ("a**", "", "nothing to repeat"),
    ("a{2}{3}", "", "nothing to repeat"),
    ("a{3,2}", "", "wrong order"),
    ("[b-a]", "", "wrong order, near character 5"),
    ("a\\", "", "ends in a backslash"),
    ("(?>a)", "", "none in JavaScript does, near character 3"),
    ("(?P<n>a)", "", "none in JavaScript"),
    ("(?i)a", "", "none in JavaScript"),
    ("(?R)", "", "none in JavaScript"),
    (r"(a)\2", "", "refers to group 2"),
    (r"(?<n>a)\k<m>", "", "group name"),
    (r"(?<n>a)(?<n>b)", "", "two groups"),
    (r"\p{NoSuchThing}", "u", "cannot be used"),
    (r"\p", "u", "without its name"),
    (r"\q", "u", "no meaning with the flag u"),
    (r"\u{110000}", "u", r"beyond U\+10FFFF"),
    ("a", "gg", "not flags"),
    ("a", "v", "not flags"),
    ("a{100000}", "", "repeats more"),
    ("a{5001}", "", "repeats more"),
    ("(?:(?:a{100}){100}){100}", "", "repeats more"),
    ("(?:ab){300}" * 10, "", "repeats more"),
    *((f"({way}" * 40 + "a" + ")" * 40 + "{1000}", "", "repeats more") for way in ("?:", "?=")),
    ("(" * 60 + ")" * 60, "", "deeper"),
    ("a" * 2001, "", "at most 2000"),
]

# Each takes years on the text below where branches are taken more than once, and whether it matches.
HOSTILE: Final = [
    (r"(a+)+$", False),
    (r"(a|a)+$", False),
    (r"(?:a|aa)+$", False),
    (r"(.*)*x", False),
    (r"(?:(?:a?)*)*b", False),
    (r".*.*.*.*.*x", False),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", False),
    (r"(x?x?x?x?a)*a*a*a*$", True),
    (r"(?=(a+)+b)", False),
    (r"(?<=b(a+)+)!", False),
    (r"a?" * 60 + r"a{60}", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), MATCHES)
def test_matches_as_javascript_does(pattern: str, flags: str, text: str, *, expected: bool) -> None:
    assert matches(Regexp(pattern, flags), text, Budget()) is expected


@pytest.mark.parametrize(("pattern", "flags", "text", "replacement", "expected"), REPLACEMENTS)
def test_replaces_as_javascript_does(
    pattern: str, flags: str, text: str, replacement: str, expected: str
) -> None:
    assert replace(Regexp(pattern, flags), text, replacement, Budget()) == expected


@pytest.mark.parametrize(("pattern", "text", "limit", "expected"), SPLITS)
def test_splits_as_javascript_does(
    pattern: str, text: str, limit: int, expected: list[Value]
) -> None:
    assert split(Regexp(pattern), text, limit, Budget()) == expected


@pytest.mark.parametrize(("pattern", "flags", "sentence"), REFUSED)
def test_refuses_what_is_no_pattern(pattern: str, flags: str, sentence: str) -> None:
    with pytest.raises(EvaluationError, match=sentence):
        matches(Regexp(pattern, flags), "a", Budget())


@pytest.mark.parametrize(("pattern", "expected"), HOSTILE)
def test_a_hostile_pattern_is_answered(pattern: str, *, expected: bool) -> None:
    assert matches(Regexp(pattern), "a" * 100 + "!", Budget()) is expected


@pytest.mark.parametrize(
    ("part", "most"),
    [
        ("a", 5000),
        ("(?:a)", 624),
        ("(a)", 624),
        ("(?=a)", 499),
        ("(?<!a)", 499),
        ("(?:ab)", 555),
        ("(?:a|b)", 499),
        ("(?:(a))", 454),
        ("(?:a{3})", 416),
        ("(?:a*)", 294),
        ("(?:(?:a){3})", 161),
    ],
)
def test_how_often_a_part_may_be_repeated_depends_on_its_size(part: str, most: int) -> None:
    load_program(f"{part}{{{most}}}", "", Budget())
    with pytest.raises(EvaluationError, match="repeats more"):
        load_program(f"{part}{{{most + 1}}}", "", Budget())


def test_a_character_may_be_repeated_five_thousand_times() -> None:
    assert matches(Regexp("^a{5000}$"), "a" * 5_000, Budget())


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), RECORDED)
def test_finds_what_javascript_finds(
    pattern: str, flags: str, text: str, expected: list[object] | None
) -> None:
    budget = Budget()
    found = find(load_program(pattern, flags, budget), text, 0, budget)
    assert (found and [found.start, found.end, [*found.groups]]) == expected


@pytest.mark.parametrize("pattern", [r"^(a*)(a*)\1$", r"(?=.*x)", r"(a+)+$", "[ab]{3}c"])
def test_a_search_is_paid_for_by_its_steps(pattern: str) -> None:
    def steps_of(length: int) -> int:
        budget = Budget(10**9)
        matches(Regexp(pattern), "a" * length + "!", budget)
        return 10**9 - budget.steps

    steps = steps_of(12)
    assert steps_of(12) == steps < steps_of(24)
    matches(Regexp(pattern), "a" * 12 + "!", Budget(steps))
    with pytest.raises(LimitError):
        matches(Regexp(pattern), "a" * 12 + "!", Budget(steps - 1))


@pytest.mark.parametrize(
    ("pattern", "text", "least", "most"),
    [
        ("a", "a", 1, 10),
        ("a{2000}$", "a" * 2000, 1, 10),
        # What no match begins with is passed over quickly, but not for nothing.
        ("b", "a" * 1_000 + "b", 15, 60),
        ("b", "a" * 100_000 + "b", 1_500, 6_000),
        ("[ab]{2000}$", "a" * 2_000, 10, 40),
        ("(?<=[ab]{2000})$", "a" * 2_000, 15_000, 60_000),
        # The more groups there are to remember, the more each step costs.
        ("^" + "(a)" * 10, "a" * 10, 15, 60),
        ("^" + "(a)" * 100, "a" * 100, 700, 2_700),
        ("^(?:" + "(a)" * 100 + "|b)+$", "a" * 100, 700, 2_700),
        (r"^(a{1000})\1$", "a" * 2_000, 20, 80),
        (r"(?<=^\1(a{1000}))$", "a" * 2_000, 25_000, 100_000),
        ("a*$", "a" * 1_000, 250, 1_000),
        ("^(?:a?)*$", "a" * 500, 750, 3_000),
    ],
)
def test_a_search_costs_what_it_takes(pattern: str, text: str, least: int, most: int) -> None:
    budget = Budget(10**9)
    matches(Regexp(pattern), text, budget)
    before = budget.steps
    assert matches(Regexp(pattern), text, budget)
    assert least <= before - budget.steps <= most


def test_a_search_without_end_is_refused() -> None:
    budget = Budget()
    with pytest.raises(LimitError, match="do more work than they may"):
        matches(Regexp(r"^(a|a)*\1b"), "a" * 40 + "!", budget)
    with pytest.raises(LimitError):
        matches(Regexp("a"), "a", budget)


def test_a_pattern_is_paid_for_once_by_each_note() -> None:
    def steps_of(budget: Budget) -> int:
        before = budget.steps
        matches(Regexp(r"^\d{4}-\w+$"), "2024-x", budget)
        return before - budget.steps

    budget = Budget()
    first = steps_of(budget)
    assert steps_of(budget) < first == steps_of(Budget())


def test_a_result_that_grows_too_long_is_refused() -> None:
    text = "a" * (MAX_LENGTH * 2 // 3)
    with pytest.raises(LimitError, match="grows beyond"):
        replace(Regexp("^a"), text, "$'$'", Budget())


@pytest.mark.parametrize("replacement", ["b" * 1_000, "$`$'"])
def test_many_replacements_are_refused(replacement: str) -> None:
    with pytest.raises(LimitError):
        replace(Regexp("a", "g"), "a" * 10_000, replacement, Budget())


def test_each_piece_of_a_replacement_is_paid_for() -> None:
    def cost_of(pieces: int) -> int:
        budget = Budget()
        replace(Regexp("a", "g"), "a" * 100, "b$&" * pieces, budget)
        return Budget().steps - budget.steps

    assert cost_of(10) >= cost_of(1) + 100 * 18


@pytest.mark.parametrize(("pattern", "pieces"), [(",", 1), ("(,)", 2), ("((,))", 3)])
def test_each_piece_of_a_text_that_is_split_is_paid_for(pattern: str, pieces: int) -> None:
    def cost_of(limit: int) -> int:
        budget = Budget()
        before = budget.steps
        found = split(Regexp(pattern), "a," * 100, limit, budget)
        assert len(found) == limit
        return before - budget.steps

    def cost_of_finding(rounds: int) -> int:
        budget = Budget()
        program = load_program(pattern, "", budget)
        before = budget.steps
        for number in range(rounds):
            find(program, "a," * 100, 2 * number, budget)
        return before - budget.steps

    ten, twenty = (cost_of(rounds * pieces) for rounds in (10, 20))
    assert twenty - ten == cost_of_finding(20) - cost_of_finding(10) + 10 * pieces


def test_many_matches_are_paid_for() -> None:
    budget = Budget(steps=600)
    with pytest.raises(LimitError):
        replace(Regexp("a", "g"), "a" * 101, "b", budget)


def test_the_engine_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, vault_sync.formula; sys.exit('regex' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


PIECES: Final = st.sampled_from([*r"()[]{}?*+|^$.\-,:=!<>ab1가", "(?", r"\k<", r"\p{L}", "{1,2}"])


@given(
    pattern=st.lists(PIECES, max_size=12).map("".join),
    flags=st.sets(st.sampled_from("dgimsuy")).map("".join),
    text=st.text(alphabet="ab1가\n()", max_size=12),
)
def test_any_pattern_is_run_or_refused(pattern: str, flags: str, text: str) -> None:
    budget = Budget()
    try:
        assert isinstance(replace(Regexp(pattern, flags), text, "$1$&", budget), str)
        assert split(Regexp(pattern, flags), text, ALL, budget) is not None
    except EvaluationError:
        return


@given(text=st.text(), other=st.text())
def test_an_escaped_text_finds_itself(text: str, other: str) -> None:
    escaped = "".join(f"\\{char}" if char in r"\^$.*+?()[]{}|/" else char for char in text)
    if len(escaped) <= 2_000:
        assert matches(Regexp(escaped), other + text + other, Budget())
