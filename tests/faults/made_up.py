"""Made-up notes and rules for them, odd in every way that YAML and Obsidian allow, and in some that they do not.

All comes from one generator of random numbers, so that a seed gives the same notes each time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from tests.rules.small import NOW, compiled, rule_source, tell
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.planner import plan_note

if TYPE_CHECKING:
    import random

    from vault_sync.plan.note_plan import NotePlan
    from vault_sync.rules.ruleset import RuleSet

NAMES: Final = (
    *("사이", "학습률", "긴 이름 하나", "café", "b: c", "x#y", 'q"r', "it's", "a,b", "[z]"),
    *("true", "123", "-d", "? q", "k:v", "🛑오늘", "e,f,0", "@x", "%y", "&z", "!w"),
)
TEXTS: Final = (
    *(
        "값",
        "a: b",
        "a:b",
        "12:30",
        "https://x.y/?q=1#z",
        "# x",
        "x #y",
        "x#y",
        "- x",
        "-x",
        "-",
        "? x",
        "?x",
        ":x",
    ),
    *(
        "x:",
        "x?",
        "what? this",
        "[a]",
        "{b}",
        "a, b",
        "'",
        '"',
        "it's",
        'say "so"',
        "\\\\",
        "a\\\\b",
        "&x",
        "*y",
        "!z",
    ),
    *(
        "%a",
        "@b",
        "`c`",
        "|",
        ">",
        ">-",
        "~",
        "null",
        "true",
        "no",
        "030",
        "1e3",
        "0x1F",
        ".inf",
        "2024-01-05",
        "...",
    ),
    *(
        "---",
        "--- x",
        "... y",
        "<<",
        "=",
        " x",
        "x ",
        "\u3000x",
        "x\u3000",
        "\u00a0",
        "x\u00a0",
        "\ufeffx",
        "x\ufeff",
    ),
    *(
        "\u200bx",
        "\t",
        "x\ty",
        "l1\nl2",
        "\n",
        "x\n",
        "\r\n",
        "\x85",
        "\u2028",
        "\u2029",
        "\x00",
        "\x07",
        "\x7f",
    ),
    *(
        "\ufffe",
        "\uffff",
        "\U0001f600",
        "\U0001fffe",
        "e\u0301",
        "\u1100\u1161",
        "가" * 300,
        "x " * 200,
        "[[링크]]",
        "#태그",
    ),
)
OTHERS: Final = (
    *(
        "a + 1",
        "a > 2",
        'date("2024-01-05")',
        'date("2024-01-05 10:20:30")',
        'link("노트")',
        "null",
        '""',
        "[]",
        "[a]",
    ),
    *("[a, a + 1]", "1 / 0", "-0.5", "[null, a]", '[date("2024-01-05 10:20:30"), true]'),
)
TYPES: Final = ("multitext", "text", "number", "checkbox", "date", "datetime", "tags", "aliases")
VALUES: Final = (
    *(
        "",
        "1",
        "old",
        "낡은 값",
        '"q"',
        "'s'",
        '"q\\n2"',
        "'it''s'",
        "~",
        "null",
        "true",
        "2024-01-05",
        "08",
        '""',
        "''",
    ),
    *(
        "x#y",
        "a:b",
        "https://x/#y",
        "[[링크]]",
        "[]",
        "[a, b]",
        "[a,\n  b]",
        "[a, # c\n  b]",
        "[a:b, 12:30]",
        "[x?]",
    ),
    *(
        "{x: 1}",
        "{x: 1,\n  y: 2}",
        '{"x":1}',
        "[\"x\", 'y' ]",
        "&n v",
        "!t v",
        "!!str 5",
        "! v",
        "&m",
        "!t",
        "*al",
    ),
    *(
        "\u3000x\u3000",
        "x\u00a0",
        "\u00a0",
        "a\u200bb",
        "a\ufeffb",
        "\ufeffb",
        '"\\ud83d\\ude00"',
        '"\\u00e9"',
        '"a\tb"',
    ),
    *(
        "first\n  second",
        "first\n\n  third",
        '"a\\\n  b"',
        "'a\n\n  b'",
        '"a\n  b"',
        "a\tb",
        "{{date}}",
        "**b**",
        "<% x %>",
    ),
)
BEHIND: Final = ("", "", "", "", " ", "  ", " # c", "  #c", " #")
ODD_BEHIND: Final = ("\t", "\t# c", "#c", " \ufeff", ": x")
BETWEEN: Final = (
    "\n",
    "\n",
    "\n\n",
    "\n  # c\n",
    " # c0\n",
    "  \n",
    "\n# col0\n",
    "\n   # c\n\n",
    "  # c1\n  # c2\n",
)
HEADERS: Final = (
    "|",
    ">",
    "|-",
    ">-",
    "|+",
    ">+",
    "|2",
    "|2+",
    "|+2",
    ">2-",
    "| # c",
    "|+ # + c",
    ">  ",
    "!t |",
    "|\t",
)
LINES: Final = (
    *(
        "one",
        "two: x",
        "# no comment",
        "",
        "  more",
        "\u3000",
        "\u00a0",
        "끝 ",
        "- x",
        "---x",
        "...",
        "x\u3000",
        "\tt",
        "   ",
    ),
)
ITEMS: Final = (
    *(
        "a",
        "'b'",
        '"c"',
        "",
        "d # c",
        "# e",
        "- f",
        "g\\n          h",
        "|\\n          k",
        ">+\\n          k\n\n",
        "&a x",
        "k: v",
        "[x]",
    ),
    *(
        "1",
        "true",
        "2024-01-01",
        "https://x.y",
        "{a: b}",
        "k:\\n          - l",
        "!t",
        "~",
        "x\u3000",
    ),
)
NESTED: Final = (
    "\n  x: 1\n  y:",
    "\n  x: |\n    t\n",
    "\n  x:\n    - 1\n    # c",
    "\n  x:\n    y:\n      z:",
    "\n  x: &b\n  y: # c\n",
)
FILLERS: Final = (
    "",
    "",
    "# comment",
    "  # indented",
    "    ",
    "#사이: 1",
    "\t",
    "\t# tab",
    "# x\ty",
)
STRANGE: Final = (
    *(
        "... ",
        "...",
        "%YAML 1.2",
        "- stray",
        "stray",
        "\u00a0",
        "? a",
        ": b",
        "<<: *x",
        "!t k: v",
        "&k k2: v",
        "{a: 1}",
    ),
    *("'unclosed", "? [a, b]\n: c", "k\tx: y", "*al : z", "\ufeffm: 1", "k: >\n      \n  x"),
)
SIGNS: Final = (
    *"\t :#-?[]{},&*!|>'\"%@`\\~\n\n", "...", "---", "\\ud83d", "\u3000", "\u00a0", "\ufeff", "<<: ", "!!",
    *("&a ", "*a", "? ", ": ", "  ", "\n  ", "# ", "+", "2", "[a, ", "{a: ", "]", "}", "\n- ", "\r\n", "x"),
    *(" # c\n", "\n# c\n", "\n    ", "? a\n: b\n", "k:\n  ", "b: ", "b:", "b", "{b: }", "{b}", "<<: ", "*a : "),
    *("!t ", "!!str ", "!<x> ", "!x!y ", "!%z", "%YAML 1.2\n", "%TAG ! x\n", "\n...\n", "--- ", "~", "null", "1"),
    *("|\n  t", "|+\n", "|2-\n   t\n", ">-\n  x\n\n", "'b'", '"c"', '"\\u00e9"', '"a\n  b"', "'a\n\n  b'"),
    *("\x85", "\u2028", "\u2029", "\x00", "\x0b", "\x7f", "\u200b", "\ufffe", "\ud83d", "é", "가", "🛑"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A note, the rules for it and the types of its properties."""

    text: str
    rules: RuleSet
    types: dict[str, str]

    def plan(self, text: str | None = None) -> NotePlan:
        """Return the plan of the note, or of another text in its place."""
        conditions = Conditions(NOW, UTC, timedelta(), types=self.types)
        return plan_note(
            self.text if text is None else text, "n.md", [self.rules], conditions, tell
        )


class NoteMaker:
    """Makes cases.

    Args:
        lot: what everything is drawn from.
    """

    def __init__(self, lot: random.Random) -> None:
        self._lot = lot

    def make(self) -> Case:
        """Return the next case."""
        names = self._lot.sample(NAMES, self._lot.randint(1, 4))
        formulas = {name: self._make_formula() for name in names}
        source = rule_source(formulas)._replace(is_adding=self._happens(0.8))
        types = {name: self._lot.choice(TYPES) for name in names if self._happens(0.1)}
        return Case(self._make_text(names), compiled(source), types)

    def make_soup(self) -> str:
        """Return a note of signs in any order."""
        most = self._lot.choice((3, 6, 14))
        signs = "".join(self._lot.choice(SIGNS) for _ in range(self._lot.randint(1, most)))
        start, end = self._lot.choice((("k: ", ""), ("k: [", "]"), ("k: {", "}"), ("k:\n  - ", ""), ("k: |\n", ""), ("k: '", "'"), ('k: "', '"'), ("k:\n  ", ""), ("", "")))  # fmt: skip
        before, behind = self._lot.choice((("a: 1\n", "\nz: 1\n"), ("", "\nz: \n"), ("", "\n")))
        return f"---\n{before}{start}{signs}{end}{behind}---\n"

    def _make_formula(self) -> str:
        if self._happens(0.3):
            return self._lot.choice(OTHERS)
        texts = [_quote(self._lot.choice(TEXTS)) for _ in range(self._lot.randint(1, 3))]
        return texts[0] if self._happens(0.4) else f"[{', '.join(texts)}]"

    def _make_text(self, names: list[str]) -> str:
        items = [f"a: {self._lot.choice(('1', '1', 'x', ''))}"]
        for name in [*(one for one in names if self._happens(0.75)), *self._make_keys()]:
            colon = self._lot.choice((":", ":", ":", " :", "  :"))
            items.append(f"{self._spell(name)}{colon}{self._make_value()}")
        self._lot.shuffle(items)
        for _ in range(self._lot.choice((0, 0, 1, 1, 2))):
            filler = self._lot.choice(FILLERS if self._happens(0.85) else STRANGE)
            items.insert(self._lot.randint(0, len(items)), filler)
        if self._happens(0.06):
            items.append(self._lot.choice(("...", "... # c", "...\n# behind", "...\n\n")))
        lines = "\n".join(items)
        if self._happens(0.06):
            lines = re.sub("^(?=.)", "  ", lines, flags=re.MULTILINE)
        return self._wrap(self._disturb(lines) if self._happens(0.2) else lines)

    def _make_keys(self) -> list[str]:
        return [f"k{number}" for number in range(self._lot.randint(0, 4))]

    def _make_value(self) -> str:
        if self._happens(0.6):
            space = (
                self._lot.choice(("\t", ""))
                if self._happens(0.02)
                else self._lot.choice((" ", "  "))
            )
            return f"{space}{self._lot.choice(VALUES)}{self._make_rest()}"
        make = self._lot.choice((self._make_block, self._make_below, self._make_list))
        return self._lot.choice(NESTED) if self._happens(0.15) else make()

    def _make_block(self) -> str:
        lines = (self._lot.choice(LINES) for _ in range(self._lot.randint(0, 4)))
        body = "".join(f"\n{'  ' if line.strip(' ') else ''}{line}" for line in lines)
        return (
            f" {self._lot.choice(HEADERS)}{body}{self._lot.choice(('', '', chr(10), chr(10) * 2))}"
        )

    def _make_below(self) -> str:
        return f"{self._lot.choice(BETWEEN)}  {self._lot.choice(VALUES)}{self._make_rest()}"

    def _make_rest(self) -> str:
        return self._lot.choice(ODD_BEHIND if self._happens(0.02) else BEHIND)

    def _make_list(self) -> str:
        indent = self._lot.choice(("", "  ", "    "))
        before = self._lot.choice(("", "", "", " # c", f"\n{indent}# c", "\n"))
        dashes = (self._lot.choice(("- ", "-  ", "-   ")) for _ in range(self._lot.randint(1, 3)))
        return before + "".join(f"\n{indent}{dash}{self._lot.choice(ITEMS)}" for dash in dashes)

    def _spell(self, name: str) -> str:
        if self._happens(0.3):
            name = unicodedata.normalize("NFD", name)
        if re.fullmatch(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`](?:[^:#]|:(?=\S))*", name) and self._happens(
            0.6
        ):
            return name
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        double = f'"{escaped}"'
        single = "'" + name.replace("'", "''") + "'"
        spelled = self._lot.choice((double, single))
        return f"? {spelled}\n" if self._happens(0.05) else spelled

    def _disturb(self, lines: str) -> str:
        for _ in range(self._lot.randint(1, 2)):
            place = self._lot.randint(0, len(lines))
            behind = place + self._lot.choice((0, 0, 1, 2))
            lines = lines[:place] + self._lot.choice(SIGNS) + lines[behind:]
        return lines

    def _wrap(self, lines: str) -> str:
        fence = self._lot.choice(("---", "---", "---", "--- ", "---\t"))
        tail = self._lot.choice(
            ("---\n", "---", "---\nbody\n", "---\nbody: x\n---\n", "--- \n\n# 제목\n")
        )
        text = f"{fence}\n{lines}\n{tail}"
        ends = self._lot.choice((("\n",), ("\n",), ("\n",), ("\r\n",), ("\n", "\r\n")))
        text = re.sub("\r?\n", lambda _: self._lot.choice(ends), text)
        return f"{self._lot.choice(('', '', '', chr(0xFEFF)))}{text}"

    def _happens(self, chance: float) -> bool:
        return self._lot.random() < chance


def _quote(text: str) -> str:
    """Return a text as a formula writes it."""
    signs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(signs.get(sign, sign) for sign in text) + '"'
