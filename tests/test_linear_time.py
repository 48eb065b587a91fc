"""One long line of a note may take its share of time, and not the square of it.

A note may come from a stranger, and plugins write ten thousand numbers on a line. So each compiled pattern of
the package, with the methods that are called on it, and each reader is given long lines of whatever is known
to hold up such searches, in two lengths.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import time
from contextlib import suppress
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
import regex

import vault_sync
from tests.note.yaml_readers import PARSER
from tests.rules.small import NOW, plan, source
from tests.study.oracle import study_rules
from vault_sync.engine.report import render_diff
from vault_sync.errors import VaultSyncError
from vault_sync.files.read import decode_note
from vault_sync.formula.conversions import text_number
from vault_sync.formula.dates import parse_date, parse_duration
from vault_sync.formula.moment import render_moment
from vault_sync.formula.regex_syntax import read_pattern
from vault_sync.note import markdown, values, yaml_nodes
from vault_sync.note.edits import render_in_brackets, render_new
from vault_sync.note.frontmatter import find_block, parse_yaml
from vault_sync.note.values import Stored
from vault_sync.note.yaml_nodes import YamlError
from vault_sync.plan.governed import is_named
from vault_sync.text import find_conflict_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Pattern = re.Pattern[str] | regex.Pattern[str]

SHORT: Final = 1_200
SHORTER: Final = 900  # for a pattern alone, which is quick enough to show it
LONGER: Final = 4
STEEP: Final = 8.0  # four times the length takes four times as long, or 16 times where it squares
NOTHING: Final = 0.002  # seconds of the processor, too few to be compared
UNITS: Final = (
    *" \ta1-#:'\"[{(`$<\\가\n=|.,+~%!&*>@_^/?\u0301\u3000🟩",
    *("a ", "1.", "a:", "a\n", " \n", "[[", "]]", "![", "](", "a: ", ", ", "-0.123456, ", "'' "),
    *(
        "2024-01-01",
        "2024년 1월",
        "~$",
        "? ",
        "- ",
        "# ",
        '\\"',
        "\\ ",
        "[a]",
        "{a: ",
        "%%",
        "<!--",
    ),
    *(
        "(conflicted copy ",
        "a.",
        "../",
        "**/",
        "[!",
        "'a'",
        '"a" ',
        "1d",
        "& ",
        "`a",
        "\u0301\u0316",
    ),
)
ENDS: Final = ("", "\x01", "\n")


def make_lines(size: int, ends: Iterable[str]) -> Iterator[str]:
    for unit in UNITS:
        for end in ends:
            yield unit * (size // len(unit)) + end


def take(work: Callable[[str], object], text: str) -> float:
    """Return how many seconds of the processor a text takes."""
    begun = time.process_time()
    with suppress(VaultSyncError, YamlError):
        work(text)
    return time.process_time() - begun


def find_slow(work: Callable[[str], object], wrap: str = "", size: int = SHORT) -> list[str]:
    """Return the starts of the lines whose time grows faster than they do."""
    slow = []
    ends = ("",) if wrap else ENDS
    for texts in zip(make_lines(size, ends), make_lines(LONGER * size, ends), strict=True):
        short, long = (wrap.replace("{}", text) if wrap else text for text in texts)
        if is_steep(work, short, long):
            slow.append(repr(short[:12] + short[-2:]))
    return slow


def is_steep(work: Callable[[str], object], less: str, more: str) -> bool:
    most = take(work, more)
    if most < NOTHING:
        return False
    for _ in range(3):
        least = min(take(work, less), take(work, less))  # another process may have had its turn
        if most < STEEP * max(least, NOTHING / 8):
            return False
        most = min(most, take(work, more))
    return most > STEEP * NOTHING / 8


# Each compiled pattern, with the methods that its module calls on it.


def list_modules() -> Iterator[Any]:
    for module in pkgutil.walk_packages(vault_sync.__path__, "vault_sync."):
        with suppress(ImportError):  # of another system
            yield importlib.import_module(module.name)


def list_patterns() -> Iterator[tuple[str, Pattern]]:
    for module in list_modules():
        for name, value in vars(module).items():
            for pattern in find_patterns(value):
                yield f"{module.__name__}.{name}", pattern
        for name, _ in list_uses(module):
            yield f"{module.__name__}.{name}", re.compile(vars(module)[name])


def list_uses(module: Any) -> Iterator[tuple[str, str]]:
    """Yield the constants that a module hands to `re` to be compiled with their first use, and to which method."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Name(id=name), *_],
            ) if method in METHODS and isinstance(vars(module).get(name), str):
                yield name, method


def find_patterns(value: object) -> list[Pattern]:
    """Return a pattern, or those in a table."""
    if isinstance(value, re.Pattern | regex.Pattern):
        return [value]
    inner = [*value.values()] if isinstance(value, dict) else value
    items = inner if isinstance(inner, list | tuple) else ()
    return [one for item in items for one in find_patterns(item)]


def list_methods(name: str) -> set[str]:
    """Return what is called on a pattern by its name; every method if it is handed around."""
    place, _, variable = name.rpartition(".")
    module = importlib.import_module(place)
    tree = ast.parse(inspect.getsource(module))
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == variable
    }
    called |= {method for constant, method in list_uses(module) if constant == variable}
    return called & set(METHODS) or set(METHODS)


METHODS: Final[dict[str, Callable[[Pattern, str], object]]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "findall": lambda pattern, text: pattern.findall(text),
    "finditer": lambda pattern, text: list(pattern.finditer(text)),
    "split": lambda pattern, text: pattern.split(text),
    "sub": lambda pattern, text: pattern.sub(lambda found: found[0], text),
}


def yaml_error(text: str) -> YamlError | None:
    try:
        parse_yaml(text)
    except YamlError as error:
        return error
    return None


# These are given no long text: what counts its characters first is tried in their place.
LIMITED: Final[dict[str, Callable[[str], object]]] = {
    "vault_sync.formula.dates._PART": parse_duration,
    "vault_sync.formula.conversions._JS_NUMBER": text_number,
    "vault_sync.formula.regex_syntax._GROUP_START": lambda text: read_pattern(text, ""),
    "vault_sync.formula.moment._TOKENS": lambda text: render_moment(NOW, text, "ko", UTC),
}
EXPLAINED: Final = {
    "vault_sync.note.yaml_parser._HABITS": "x: 'y' {}\n: :",
    "vault_sync.note.yaml_parser._NAMELESS": "{}\nx: : y",
}
"""Blocks that are refused, with a place for the line on which such a pattern is tried."""
PATTERNS: Final = dict(list_patterns())


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - LIMITED.keys() - EXPLAINED.keys()))
def test_a_pattern_takes_the_time_of_the_length(name: str) -> None:
    for method in list_methods(name):
        assert find_slow(partial(METHODS[method], PATTERNS[name]), size=SHORTER) == [], method


@pytest.mark.parametrize("name", LIMITED)
def test_a_pattern_with_a_limit_is_kept_from_long_texts(name: str) -> None:
    assert name in PATTERNS
    assert find_slow(LIMITED[name]) == []


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_fault_of_yaml_is_explained_in_the_time_of_the_length(name: str) -> None:
    assert name in PATTERNS
    assert find_slow(yaml_error, EXPLAINED[name]) == []


def test_a_steep_pattern_is_seen() -> None:
    work = partial(METHODS["search"], re.compile(r"a+$"))
    assert "'aaaaaaaaaaaaa\\x01'" in find_slow(work, size=SHORTER)


# What reads a note, or a value of one.

RULES: Final = source("start", x='["new"]', y="start", z="missing")


def plan_lines(text: str) -> object:
    return plan(f"start: 1\nx: old\n{text}\n", RULES)


BLOCKS: Final[dict[str, Callable[[str], object]]] = {
    "plain lines": yaml_nodes.read_lines,
    "wanted lines": lambda text: yaml_nodes.read_wanted_lines(text, {"start"}),
    "the fences": lambda text: find_block(f"---\n{text}"),
    "names in a broken note": lambda text: is_named(text, [study_rules()]),
    "plan of lists": plan_lines,
}
TEXTS: Final[dict[str, Callable[[str], object]]] = {
    "conflict markers": lambda text: find_conflict_marker(f"<<<<<<< \n{text}"),
    "decoding": lambda text: decode_note(text.encode() + b"\xff"),
    "dates": lambda text: parse_date(text, None),
    "tags": markdown.find_tags,
    "links": markdown.find_links,
    "embeds": markdown.find_embeds,
    "plain value": values.resolve_plain,
    "rendering": lambda text: render_new(Stored(text, "text")),
    "rendering in brackets": lambda text: render_in_brackets(Stored(text, "text")),
    "diff": lambda text: render_diff("n.md", text, f"{text}x"),
}
WRAPS: Final = ("{}", "k: {}\n", 'k: "{}"\n', "k: '{}'\n", "k: [{}]\n", "k: |\n  {}\nl: 1\n")


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_reader_of_frontmatter_takes_the_time_of_the_length(name: str, wrap: str) -> None:
    assert find_slow(BLOCKS[name], wrap) == []


@pytest.mark.parametrize("wrap", WRAPS)
def test_the_parser_in_python_takes_the_time_of_the_length(
    wrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PARSER, "CParser", None)
    # It looks for a colon up to 1024 characters ahead, and up to there for each bracket anew.
    assert find_slow(PARSER.parse, wrap, 1_200) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_reader_of_texts_takes_the_time_of_the_length(name: str) -> None:
    assert find_slow(TEXTS[name]) == []
