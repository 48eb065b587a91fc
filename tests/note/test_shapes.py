"""Shapes that real notes have: beside derived properties, in them, and around the frontmatter.

Each table says what a refresh does with its shapes. The notes are made by `tests.note.oddities`: one
derived property is stale, one is missing, all else must stay as it is to the byte.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.note.oddities import (
    LINE_OF_STALE,
    MISSING,
    PLACES,
    RIGHT,
    STALE,
    STALE_NAME,
    fresh,
    stale,
    unlike,
    with_crlf,
)
from tests.study.oracle import BODY, refresh_text
from vault_sync.errors import FrontmatterError

if TYPE_CHECKING:
    from collections.abc import Callable

# Not ours to judge, and all of it valid YAML: every line stays as it is, wherever it stands.
BESIDE = {
    "empty value": "empty:\n",
    "empty value with a blank behind": "empty: \n",
    "null and tilde": "a: null\nb: ~\n",
    "flow lists, one with a trailing comma": "flow: []\ntags: [a, b,]\n",
    "indented list": "tags:\n  - a\n  - b\n",
    "list at column 0": "tags:\n- a\n- b\n",
    "empty items": "tags:\n  -\n  - x\nmore:\n- \n-\n",
    "list in list": "head:\n  - - meta:\n    - property: og:title\n      content: A > B\n",
    "list of objects": "head:\n  - {a: 1, b: 2}\n  - c: 3\n    d: 4\n",
    "nested objects": "one:\n  two:\n    three:\n      - four: 5\n",
    "JSON over lines": '"json": {"a": [1, {"b": null}],\n  "c": 2}\n',
    "double-quoted fold": 'text: "It was \\u201Cfine\\u201D,\\\n  \\ she said."\n',
    "plain over lines": "note: first words\n  and the rest, no quotes\n",
    "single-quoted look-alikes": "note: 'first\n  # not a comment\n  : not a value'\n",
    "literal block": "note: |\n  one\n\n  two\n",
    "folded block without last line end": "note: >-\n  one\n  two\n",
    "block that keeps its blank lines": "note: |+\n  one\n\n",
    "block with its indentation said": "note: |2\n    deep\n",
    "fence-like line in a block": "note: |\n  one\n  ---\n  two\n",
    "comment below a block": "note: |\n  text\n  # part of it\n # not part of it\n",
    "template placeholder": "created: {{date}}\n",
    "Templater command": "created: <% tp.date.now() %>\n",
    "blank before the colon": "parent : [[home]]\nkey  :  v\n",
    "name that starts with a hyphen": "-api-id: T:Foo.Bar\n",
    "names with colons, an empty name": '"Links:": x\nother:: y\n"": z\n',
    "tags that are comments": "todo:\n  - #todo\ntags: #a #b\n",
    "nested below comment and blank line": "nav:\n# about the menu\n\n  sub: x\n",
    "comment and blank line": "# only a comment\n\n",
    "blank line": "\n",
    "hash glued to a value": 'color: "#a1b2c3"\ntopic: "[[A#B|C]]"\nlang: C#\nurl: https://x/#y\n',
    "emoji": "icon: 📝\n",
    "invisible characters": "note: x\u00a0y\u200bz\ufeffw\u3000\n",
    "bidi controls": "note: \u202eright\u202c\n",
    "numbers in disguise": "uid: 20240529092055170\nv: 1.10\nn: 08\nt: 12:30\nb: yes\n",
    "YAML 1.1 traps": "a: 010\nb: 0o10\nc: 1_000\nd: 1e3\ne: .inf\nf: no\ng: 12:30:45\n",
    "5,000 digits": f"n: {'9' * 5000}\n",
    "dates of all kinds": "a: 2023-02-31\nb: 2024-01-05    # when\nc: 2022-01-01 09:30:00 +0900\n",
    "more dates": "a: 2026-13-45\nb: 0000-01-01\nc: 9999-12-31\nd: 2025-06-02T09:24:36+03:00\n",
    "tab inside quotes, blocks and comments": 'a: "\tb\t"\nc: |\n  \td\te\n# f\tg\n',
    "anchor and alias": "a: &x 1\nb: *x\n",
    "alias of itself": "a: &x [*x]\n",
    "merge key that brings our name": "base: &b {학습률: 1}\n<<: *b\n",
    "tags of YAML": "a: !!binary aGk=\nb: !!python/object/apply:os.system [x]\nc: !own y\n",
    "name that is a list": "? [a, b]\n: value\n",
    "our names inside another property": 'nested:\n  학습률: "0"\n  진행바: x\n',
    "our name inside a list": 'list:\n  - 학습률: "0"\n',
    "our name in a comment": '# 학습률: "0"\n',
    "nesting of 45": f"a: {'[' * 45}{']' * 45}\n",
    "escapes": "a: \"\\xe9\\u00e9\\U0001F600\\/\\_\\N\\L\"\nb: 'it''s'\n",
    "unquoted link": "link: [[Link]]\nup: see [[Link]] too\n",
}
TWINS = {
    "our name with an invisible twin": "학습률\u200b: x\n",
    "case twins": "Title: a\ntitle: b\n",
}
BROKEN_BESIDE = {"explicit name on lines of its own": "? explicit\n: value\n"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("odd", BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_stays(odd: str, place: str) -> None:
    check(stale(odd, place), fresh(odd, place))


@pytest.mark.parametrize("place", PLACES[1:])
@pytest.mark.parametrize("odd", BROKEN_BESIDE.values(), ids=BROKEN_BESIDE)
def test_what_stands_beside_but_not_first_stays(odd: str, place: str) -> None:
    check(stale(odd, place), fresh(odd, place))


@pytest.mark.parametrize("odd", BROKEN_BESIDE.values(), ids=BROKEN_BESIDE)
def test_an_explicit_name_that_comes_first_stays(odd: str) -> None:
    check(stale(odd, "first"), fresh(odd, "first"))


@pytest.mark.parametrize("odd", BESIDE.values(), ids=BESIDE)
def test_a_true_note_with_an_odd_neighbour_is_left_alone(odd: str) -> None:
    note = fresh(odd)
    assert refresh_text(note).text is note


@pytest.mark.parametrize("odd", TWINS.values(), ids=TWINS)
def test_a_note_with_two_spellings_of_one_name_is_refused(odd: str) -> None:
    with pytest.raises(FrontmatterError, match="written in another way"):
        refresh_text(stale(odd))


def check(before: str, after: str) -> None:
    plan = refresh_text(before)
    assert plan.problems == ()
    assert plan.text == after
    assert refresh_text(after).text is after


# The right value in a spelling of the user's own: equal by meaning, so it stays.
MEANS_THE_SAME = {
    "plain": "학습률: 0.6",
    "single-quoted": "학습률: '0.6'",
    "with a comment": '학습률: "0.6" # 60 %',
    "literal block": "학습률: |-\n  0.6",
    "folded": '학습률: "0.\\\n  6"',
    "on the next line": '학습률:\n  "0.6"',
    "explicit name": '? 학습률\n: "0.6"',
}


@pytest.mark.parametrize("line", MEANS_THE_SAME.values(), ids=MEANS_THE_SAME)
def test_the_right_value_keeps_its_spelling(line: str) -> None:
    note = fresh(value=line)
    assert refresh_text(note).text is note


# A stale value of one line or more: all of it goes, and nothing else of its lines.
REPLACED = {
    "comment": ('학습률: "0" # keep', '학습률: "0.6" # keep'),
    "empty comment": ('학습률: "0" #', '학습률: "0.6" #'),
    "comment below": ('학습률: "0"\n\n# below', f'학습률: "0.6"\n{MISSING}\n\n# below'),
    "blank before the colon": ('학습률 : "0"', '학습률 : "0.6"'),
    "blanks around": ('학습률:   "0"   ', '학습률:   "0.6"   '),
    "quoted name": ('"학습률": "0"', '"학습률": "0.6"'),
    "single quotes": ("'학습률': '0'", "'학습률': '0.6'"),
    "escaped name": ('"\\uD559\\uC2B5\\uB960": "0"', '"\\uD559\\uC2B5\\uB960": "0.6"'),
    "plain number": ("학습률: 0", "학습률: 0.6"),
    "number by another name": ("학습률: .inf", "학습률: 0.6"),
    "plain text": ("학습률: 없음", '학습률: "0.6"'),
    "checkbox": ("학습률: true", '학습률: "0.6"'),
    "impossible date": ("학습률: 2024-13-45", '학습률: "0.6"'),
    "5,000 digits": (f"학습률: {'9' * 5000}", '학습률: "0.6"'),
    "Templater command": ("학습률: <% x %>", '학습률: "0.6"'),
    "quoted link": ('학습률: "[[a]]"', '학습률: "0.6"'),
    "plain over lines": ("학습률: zero\n  one\n\n  two # c", '학습률: "0.6" # c'),
    "double-quoted over lines": ('학습률: "zero\n  one"', '학습률: "0.6"'),
    "single-quoted over lines": ("학습률: 'zero\n\n  one'", "학습률: '0.6'"),
    "on the next line": ('학습률:\n  "0"', '학습률:\n  "0.6"'),
    "on the next line behind a comment": ("학습률: # c\n  0", "학습률: # c\n  0.6"),
    "explicit name": ('? 학습률\n: "0"', '? 학습률\n: "0.6"'),
    "nothing": ("학습률:", '학습률: "0.6"'),
    "nothing and a blank": ("학습률: ", '학습률: "0.6"'),
    "nothing and a comment": ("학습률:  # c", '학습률: "0.6"  # c'),
    "a tag that is a comment": ("학습률: #tag", '학습률: "0.6" #tag'),
    "nothing and lines below": ("학습률:\n\n# c", f'학습률: "0.6"\n{MISSING}\n\n# c'),
    "tilde": ("학습률: ~", '학습률: "0.6"'),
    "null and a comment": ("학습률: null # c", '학습률: "0.6" # c'),
    "empty quotes": ("학습률: ''", "학습률: '0.6'"),
}


@pytest.mark.parametrize(("old", "new"), REPLACED.values(), ids=REPLACED)
def test_a_stale_value_is_replaced(old: str, new: str) -> None:
    after = fresh(value=new)
    if MISSING in new:
        after = after.replace(f"{MISSING}\n---", "---")
    check(stale(value=old), after)


# What cannot be replaced safely is that property's problem; the rest of the note goes on.
LEFT_ALONE = {
    "literal block": "학습률: |\n  0",
    "folded block that keeps blank lines": "학습률: >+\n  0\n\n",
    "anchor": '학습률: &a "0"',
    "alias": "학습률: *a",
    "tag": '학습률: !!str "0"',
    "binary": "학습률: !!binary MA==",
    "anchor on the name": '&k 학습률: "0"',
    "flow list": "학습률: [0]",
    "unquoted link": "학습률: [[a]]",
    "placeholder": "학습률: {{x}}",
    "object": "학습률:\n  a: 0",
    "list": "학습률:\n  - 0",
    "list at column 0": "학습률:\n- 0",
    "explicit name with nothing": "? 학습률\n:",
    "explicit name without a colon": "? 학습률",
}


@pytest.mark.parametrize("line", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_an_owned_value_that_cannot_be_replaced_is_named(line: str) -> None:
    plan = refresh_text(stale(value=line))
    assert plan.text == unlike(line)
    assert [(one.line, one.property) for one in plan.problems] == [(LINE_OF_STALE, STALE_NAME)]
    again = refresh_text(plan.text)
    assert again.text is plan.text
    assert again.problems == plan.problems


@pytest.mark.parametrize("block", ["학습률: |\n  0", "학습률: >-\n  0\n  1"])
def test_blank_lines_below_a_block_stay_below_what_is_added(block: str) -> None:
    plan = refresh_text(stale("\n\n", value=block))
    assert plan.text == fresh("\n\n", value=block)
    assert [(one.line, one.property) for one in plan.problems] == [(LINE_OF_STALE, STALE_NAME)]


# Around the frontmatter: line ends, marks, fences and bodies.


def end_lines(text: str, *, head: str, body: str) -> str:
    """Return a note with other line ends in its frontmatter and in its body."""
    place = text.index("\n---\n") + 1
    return text[:place].replace("\n", head) + text[place:].replace("\n", body)


def mix(text: str) -> str:
    """Return a note in which the lines from the stale value on end as on Windows."""
    place = text.index(STALE_NAME)
    return text[:place] + with_crlf(text[place:])


AROUND: dict[str, Callable[[str], str]] = {
    "byte order mark": lambda text: f"\ufeff{text}",
    "byte order mark and CRLF": lambda text: f"\ufeff{with_crlf(text)}",
    "CRLF": with_crlf,
    "CRLF in the frontmatter only": lambda text: end_lines(text, head="\r\n", body="\n"),
    "CRLF in the body only": lambda text: end_lines(text, head="\n", body="\r\n"),
    "mixed inside the frontmatter": mix,
    "no final newline": lambda text: text.removesuffix("\n"),
    "nothing behind the fence": lambda text: text.removesuffix(BODY) + "---",
    "body glued to the fence": lambda text: text.replace(BODY, "---\nbody\n"),
    "blank behind both fences": lambda text: text.replace("---\n", "--- \n"),
    "tab behind both fences": lambda text: text.replace("---\n", "---\t\n"),
    "comment glued to the fence": lambda text: text.replace(BODY, "--- \n<!-- x -->\n"),
    "a rule in the body": lambda text: f"{text}\n---\n\nmore\n",
    "a second block": lambda text: text.replace(BODY, f"---\n---\n{STALE}\n---\n"),
    "frontmatter in a code block": lambda text: f"{text}\n```\n---\n{STALE}\n---\n```\n",
    "lone CR in the body": lambda text: f"{text}one\rtwo\n",
    "controls in the body": lambda text: f"{text}\x1b[31m\x07\x0c\u2028\u0085\n",
    "a line of a million characters": lambda text: text + "가" * 1_000_000,
    "start of the second document": lambda text: text.replace("---\n", "---\n--- # YAML\n", 1),
    "end of the document": lambda text: text.replace(BODY, f"...\n{BODY}"),
    "decomposed names": lambda text: unicodedata.normalize("NFD", text).replace(
        unicodedata.normalize("NFD", MISSING), MISSING
    ),
}


@pytest.mark.parametrize("around", AROUND)
def test_what_is_around_the_frontmatter_stays(around: str) -> None:
    change = AROUND[around]
    assert change(fresh()) != fresh()
    check(change(stale()), change(fresh()))


@pytest.mark.parametrize("odd", BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_stays_with_crlf(odd: str) -> None:
    check(with_crlf(stale(odd, "before")), with_crlf(fresh(odd, "before")))


def test_the_right_line_is_the_one_the_tables_mean() -> None:
    assert stale().split("\n")[LINE_OF_STALE - 1] == STALE
    assert fresh().split("\n")[LINE_OF_STALE - 1] == RIGHT
