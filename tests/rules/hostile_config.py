"""Configurations and bases that were made to hurt, and what each costs.

``python -m tests.rules.hostile_config`` runs ``refresh --check`` on a small vault with each of them, in a
process of its own whose memory and time of the processor are limited. The exit code, what was said,
the seconds and the megabytes of the whole process come as a line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from vault_sync.cli import run

SECONDS: Final = 20
MEMORY: Final = 512 * 1024 * 1024
CONFIG: Final = ".vault-sync.yaml"
BASE: Final = "Study.base"
NOTE: Final = (
    "---\nn: 3\nt: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\nl: [1, 2, 3, 4, 5, 6, 7, 8]\n---\n"
)
FROM_BASE: Final = "profile: none\nrules:\n  - from-base: Study.base\n"

Files = dict[str, str]


def one(formula: str) -> Files:
    """Return a configuration of one formula."""
    return {CONFIG: f"profile: none\nrules:\n  - formulas:\n      x: {json.dumps(formula)}\n"}


def many(lines: list[str]) -> Files:
    """Return a configuration of lines that are formulas."""
    listed = "".join(f"      {line}\n" for line in lines)
    return {CONFIG: f"profile: none\nrules:\n  - formulas:\n{listed}"}


def based(text: str) -> Files:
    """Return a base, and a configuration that takes everything from it."""
    return {CONFIG: FROM_BASE, BASE: text}


def nest(opening: str, inner: str, closing: str, count: int) -> str:
    return opening * count + inner + closing * count


def bomb(lines: int, width: int) -> str:
    """Return anchors that each hold the one before many times."""
    text = "a0: &a0 [x, x]\n"
    for number in range(1, lines):
        text += f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * width)}]\n"
    return text


def chain(count: int) -> list[str]:
    return ["f0: n", *(f"f{number}: formula.f{number - 1} + 1" for number in range(1, count))]


REFUSED: Final[dict[str, Files]] = {
    "10 MB": {CONFIG: "#" * 10_000_000},
    "10 MB of rules": {CONFIG: "rules:\n" + "  - formulas: {a: b}\n" * 500_000},
    "500 KB of rules": {CONFIG: "rules:\n" + "  - formulas: {a: b}\n" * 22_000},
    "a list of 240,000 patterns": {CONFIG: "ignore: [" + "a," * 240_000 + "1]\nx: 1\n"},
    "500 KB of wrong names": {CONFIG: "".join(f"profil{number}: x\n" for number in range(29_000))},
    "500 KB of one name": {CONFIG: "profile: none\n" * 34_000},
    "500 KB of open brackets": {CONFIG: "rules: " + "[" * 480_000},
    "500 KB of open quotes": {CONFIG: "rules: " + '"\n' * 240_000},
    "500 KB of marks": {CONFIG: "profile: " + "\u0300\u0316" * 200_000},
    "500 KB of names of marks": {CONFIG: "a" + "\u0300\u0316" * 200_000 + ": x"},
    "YAML bomb": {CONFIG: bomb(12, 9) + "rules: *a11\n"},
    "YAML bomb of 500 KB": {CONFIG: bomb(5_500, 9)},
    "merge bomb": {CONFIG: "a: &a {x: 1}\nrules:\n  - <<: [*a, *a, *a]\n"},
    "10,000 formulas": many([f"f{number}: n + {number}" for number in range(10_000)]),
    "chain of 2,000": many(chain(2_000)),
    "circle of 900": many([f"f{number}: formula.f{(number + 1) % 900}" for number in range(900)]),
    "900 circles": many([f"f{number}: formula.f{number}" for number in range(900)]),
    "900 unknown names": many([f"f{number}: formula.g{number}" for number in range(900)]),
    "900 broken formulas": many([f"f{number}: n +" for number in range(900)]),
    "900 unknown functions": many([f"f{number}: substrung{number}(n)" for number in range(900)]),
    "1 MB in one formula": one("1+" * 400_000 + "1"),
    "100 KB of formulas": many([f"f{number}: {'n + ' * 2_000}1" for number in range(15)]),
    "a formula of 300 brackets": one(nest("(", "1", ")", 300)),
    "a formula of 300 calls": one(nest("if(n, ", "1", ")", 300)),
    "a formula of 5,000 signs": one("-" * 5_000 + "1"),
    "filters 200 deep": {
        CONFIG: "rules:\n  - formulas: {a: b}\n    filters: " + nest("{and: [", "n", "]}", 200)
    },
    "a filter of 100,000 statements": {
        CONFIG: "rules:\n  - formulas: {a: b}\n    filters: {or: [" + "n," * 100_000 + "n]}\n"
    },
    "101 rule sets": {
        CONFIG: "profile: none\nrules:\n" + "  - formulas: {a: b}\n    filters: x\n" * 101
    },
    "100 times one base of 100 KB": {
        CONFIG: "profile: none\nrules:\n"
        + "".join(f"  - {{from-base: Study.base, filters: n == {n}}}\n" for n in range(100)),
        BASE: "formulas:\n  a: n\n" + "# filler\n" * 11_000,
    },
    "base of 10 MB": based("#" * 10_000_000),
    "base of 20 MB": based("#" * 20_000_000),
    "base that is a bomb": based(bomb(12, 9) + "formulas: *a11\n"),
    "base of 10,000 formulas": based(
        "formulas:\n" + "".join(f"  f{number}: n\n" for number in range(10_000))
    ),
    "base of 10,000 formulas, one picked": {
        CONFIG: FROM_BASE + "    formulas: [f9999]\n",
        BASE: "formulas:\n" + "".join(f"  {line}\n" for line in chain(10_000)),
    },
    "10,000 unknown picks": {
        CONFIG: FROM_BASE
        + "    formulas: ["
        + ", ".join(f"g{number}" for number in range(10_000))
        + "]\n",
        BASE: "formulas:\n" + "".join(f"  f{number}: n\n" for number in range(900)),
    },
    "base of open brackets": based("formulas: " + "[" * 480_000),
    "base block in a note of fences": {
        CONFIG: "profile: none\nrules:\n  - from-base: Dash.md\n",
        "Dash.md": "```x\n" * 90_000 + "```base " * 10,
    },
    "base block behind blanks": {
        CONFIG: "profile: none\nrules:\n  - from-base: Dash.md\n",
        "Dash.md": "```" + " " * 480_000 + "`",
    },
}
FAILED: Final[dict[str, Files]] = {
    "repeat of repeat": one('"x".repeat(99999).repeat(99999).repeat(99999)'),
    "repeat in a loop": one('l.map(l.map(l.map(l.map(l.map("x".repeat(9999)))))).length'),
    "replace of replace": one('"x".repeat(5000)' + '.replace(/x/g, "xxxxxxxxxx")' * 12),
    "replace by itself": one('"aaaaaaaaaa"' + '.replace(/a/g, "$&$&$&$&$&$&$&$&")' * 20),
    "catastrophic expression": one("/^(a|aa)+$/.matches(t.repeat(1000).replace('!', '') + '!')"),
    "catastrophic expression, split": one("t.repeat(100).split(/(a|aa)+\\1b/)"),
    "nested loops": one("l.map(l.map(l.map(l.map(l.map(l.map(l.map(l.map(1))))))))"),
    "list of lists": one("l" + ".map(l)" + ".map([value, value, value, value].flat())" * 20),
    "reduce to a text": one('l.map(l.map(l.map(l))).flat().flat().reduce(acc + acc + "x", "x")'),
    "number of 9,000 digits": one("9" * 9_000 + " * l"),
    "join of 1 MB": one('"x".repeat(900000).split("").join("xxxxxxxxxxxxxxxxx")'),
    "a filter that explodes": {
        CONFIG: "profile: none\nrules:\n  - formulas: {a: n}\n    filters: 'l.map(l.map(l.map(l.map(l.map(l.map(l))))))'\n"
    },
}
PLANNED: Final[dict[str, Files]] = {
    "expression that explodes elsewhere": one("t.repeat(100).split(/(a|aa)+$/).length"),
    "chain of 900": many(chain(900)),
    "backwards chain of 900": many(chain(900)[::-1]),
    "base, 900 formulas, one picked": {
        CONFIG: FROM_BASE + "    formulas: [f899]\n",
        BASE: "formulas:\n" + "".join(f"  {line}\n" for line in chain(900)),
    },
    "base with 500 KB of views": based(
        "formulas: {a: n}\nviews:\n" + "  - {type: table}\n" * 25_000
    ),
}


def make_vault(vault: Path, files: Files) -> None:
    """Write a vault of one note and some files."""
    vault.mkdir()
    for name, text in {"Note.md": NOTE, **files}.items():
        (vault / name).write_text(text, "utf-8")


def measure(vault: Path) -> dict[str, Any]:
    """Refresh a vault in a child process; return what that came to."""
    said = vault.with_suffix(".said")
    start = time.perf_counter()
    child = os.fork()
    if not child:
        _refresh(vault, said)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    text = said.read_text("utf-8")
    outcome = os.WEXITSTATUS(status) if os.WIFEXITED(status) else f"stopped by {status}"
    return {
        "outcome": outcome,
        "seconds": round(seconds, 3),
        "megabytes": round(usage.ru_maxrss / 1024),
        "said": text[:300],
        "length": len(text),
    }


def _refresh(vault: Path, said: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    writer = os.open(said, os.O_WRONLY | os.O_CREAT)
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    code = run(["-q", "--vault", str(vault), "refresh", "--check"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Measure every case, when the texts of all are on the disk and no longer in memory."""
    with tempfile.TemporaryDirectory() as folder:
        vaults: dict[str, Path] = {}
        for group in (REFUSED, FAILED, PLANNED):
            for name, files in group.items():
                vaults[name] = Path(folder, f"vault{len(vaults)}")
                make_vault(vaults[name], files)
            group.clear()
        for name, vault in vaults.items():
            print(json.dumps({"name": name} | measure(vault)), flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    main()
