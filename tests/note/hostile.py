"""Notes that were made to hurt, and what each costs: ``python -m tests.note.hostile libyaml|pure``.

Each note is planned in a process of its own, whose memory and time of the processor are limited.
What became of it, these seconds and the megabytes of the whole process come as a line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from tests.note.oddities import STALE_NAME, stale
from tests.note.yaml_readers import PARSER
from tests.study.oracle import refresh_text
from vault_sync.errors import FrontmatterError

JUST_BELOW: Final = 62_000
SHORTER: Final = 16_000  # for the parser in Python, which takes some twenty times as long
IS_LONG: Final = bool(os.environ.get("VAULT_SYNC_LONG"))
SECONDS: Final = 10
MEMORY: Final = 512 * 1024 * 1024
MARKS: Final = "\u0300\u0316"  # each pair is in the wrong order, so it must be sorted

Make = Callable[[int], str]


def fill(unit: str, size: int) -> str:
    return unit * (size // len(unit.encode()))


def count_up(line: str, size: int) -> str:
    """Return the line with 0, 1, 2, ... in it, as often as there is room."""
    return "".join(line.format(number) for number in range(size // (len(line) + 4)))


def between(start: str, unit: str, end: str = "") -> Make:
    return lambda size: stale(f"{start}{fill(unit, size)}{end}\n", "middle")


def numbered(line: str, start: str = "", end: str = "\n") -> Make:
    return lambda size: stale(f"{start}{count_up(line, size)}{end}", "middle")


def bomb(value: str, first: str) -> Make:
    """Return what makes anchors that each hold the one before nine times."""

    def make(size: int) -> str:
        lines = [f"a0: &a0 {first}"]
        for number in range(1, size // 95):
            before = ", ".join([f"*a{number - 1}"] * 9)
            lines.append(f"a{number}: &a{number} {value.format(before)}")
        return stale("\n".join(lines) + "\n", "middle")

    return make


def in_place_of(old: str, start: str, unit: str, end: str = "") -> Make:
    return lambda size: stale().replace(old, f"{start}{fill(unit, size)}{end}", 1)


def in_body(unit: str, odd: str = "") -> Make:
    return lambda size: f"{stale(odd)}{fill(unit, size)}\n"


def steps(size: int) -> str:
    deep = int((2 * size) ** 0.5) - 3
    return stale("".join(f"{' ' * level}a:\n" for level in range(deep)), "middle")


PLANNED: Final[dict[str, Make]] = {
    "flow list": between("a: [", "a,", "]"),
    "flow list of pairs": between("a: [", "a: b,", "]"),
    "flow object": numbered("a{}: b,", "a: {", "}\n"),
    "list": between("a:\n", "- b\n"),
    "empty items": between("a:\n", "-\n"),
    "10,000 names": numbered("{}:\n"),
    "explicit names": numbered("? k{}\n: b\n"),
    "one long value": between("a: ", "x"),
    "many words": between("a: ", "x "),
    "many lines": between("a:\n", " x\n"),
    "many blank lines": between("a: x\n", "\n", " y"),
    "many colons": between("a: ", "x:", "x"),
    "double-quoted escapes": between('a: "', "\\u00e9", '"'),
    "double-quoted lines": between('a: "', "x\n ", '"'),
    "single-quoted quotes": between("a: '", "''", "'"),
    "literal block": between("a: |\n", "  x\n"),
    "folded block": between("a: >\n", "  x\n   y\n"),
    "anchors": numbered("k{0}: &a{0} x\n"),
    "one anchor many times": numbered("k{}: &a x\n"),
    "aliases": between("a: &a x\nb: [", "*a,", "]"),
    "alias bomb": bomb("[{}]", "[x, x]"),
    "merge bomb": bomb("{{<<: [{}]}}", "{x: 1}"),
    "tags": between("a: [", "!t a,", "]"),
    "comments": between("", "#\n"),
    "blank lines": between("", "\n"),
    "5,000 digits and more": between("a: ", "9"),
    "first day of digits": in_place_of("2024-07-07", "", "9"),
    "first day of years": in_place_of("2024-07-07", "", "2024-"),
    "first day of blanks": in_place_of("2024-07-07", '"2024', " ", '"'),
    "first day of a list": in_place_of("2024-07-07", "[", "1,", "]"),
    "box of objects": in_place_of("여부: true", "여부: [", "{a: b},", "]"),
    "stale value of a list": in_place_of(f'{STALE_NAME}: "0"', f"{STALE_NAME}: [", "x,", "]"),
    "stale value of words": in_place_of(f'{STALE_NAME}: "0"', f"{STALE_NAME}: ", "x ", "x"),
    "fences in the body": in_body("--- x\n"),
    "conflict marks in the body": in_body("<<<<<<< a\n"),
}
REFUSED: Final[dict[str, Make]] = {
    "open brackets": between("a: ", "["),
    "open braces": between("a: ", "{"),
    "open objects": between("a: ", "{a: "),
    "dashes": between("a:\n", "- "),
    "question marks": between("", "? "),
    "steps": steps,
    "the same name": between("", "a: \n"),
    "explicit twins": between("", "? a\n: b\n"),
    "quote never closed": between('a: "', "x "),
    "quotes never closed": between("", 'a: "\n'),
    "single quote never closed": between("a: '", "''"),
    "no colon": between("", "a "),
    "no colon on any line": between("", "a\n"),
    "backslashes": between("", "\\"),
    "JSON lines": between("", '{"a": "b"}\n'),
    "ends of documents": between("", "...\n"),
    "directives": between("", "%TAG ! x\n"),
}
MARKED: Final[dict[str, tuple[Make, Make]]] = {
    "in a value": (between("a: x", MARKS), between("a: x", "xx")),
    "in the first day": (
        in_place_of("2024-07-07", "x", MARKS),
        in_place_of("2024-07-07", "x", "xx"),
    ),
    "behind broken frontmatter": (in_body(MARKS, "a: [\n"), in_body("xx", "a: [\n")),
}


def plan(text: str) -> str:
    """Return in one word what becomes of a note."""
    try:
        return "planned" if refresh_text(text).text is not text else "left"
    except FrontmatterError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - a table of what goes wrong is wanted
        return repr(error)


def measure(text: str) -> dict[str, Any]:
    """Plan a note in a child process; return the outcome, the seconds and the megabytes."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        start = time.process_time()
        outcome = plan(text)
        os.write(writer, json.dumps([outcome, time.process_time() - start]).encode())
        os._exit(0)
    os.close(writer)
    _, status, usage = os.wait4(child, 0)
    said = os.read(reader, 4096) or json.dumps([f"stopped by {status}", SECONDS]).encode()
    os.close(reader)
    outcome, seconds = json.loads(said)
    return {"outcome": outcome, "seconds": seconds, "megabytes": usage.ru_maxrss / 1024}


def list_cases(parser: str) -> Iterable[tuple[str, str]]:
    """Yield the notes with their names. What is over the limit never comes to the parser."""
    large = JUST_BELOW if IS_LONG or parser == "libyaml" else SHORTER
    # What libyaml refuses, the parser in Python has to read as well, to say why.
    notes = PLANNED | REFUSED if IS_LONG or parser == "libyaml" else PLANNED
    for name, make in notes.items():
        yield f"{name}, large", make(large)
        if parser == "libyaml":
            yield f"{name}, 1 MB", make(1_000_000)
    for name, (marks, letters) in MARKED.items():
        yield f"marks {name}", marks(JUST_BELOW)
        yield f"letters {name}", letters(JUST_BELOW)


def main(parser: str) -> None:
    """Measure every note with one of the two parsers."""
    if parser == "pure":
        PARSER.CParser = None
    for name, text in list_cases(parser):
        print(json.dumps({"name": name} | measure(text)), flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    main(sys.argv[1])
