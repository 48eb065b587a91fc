"""Any bytes at all, as notes, formulas and configurations.

A target raises where a promise is broken; what it may refuse it refuses with an error of the house. Here
the bytes are made by cutting and joining what the repository has of such texts; `tests.faults.fuzz` lets
atheris find them.
"""

from __future__ import annotations

import random
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.report import Tally
from tests.formula.scopes import make_scope
from tests.note.oddities import stale
from tests.rules.hostile_config import CONFIG, FAILED, PLANNED
from tests.study.oracle import Study, refresh_text
from vault_sync.errors import EvaluationError, FormulaSyntaxError, FrontmatterError
from vault_sync.formula.compiler import compile_formula
from vault_sync.rules.config_reader import parse_config
from vault_sync.vault.rulesets import load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.report import Effort
    from vault_sync.errors import Problem

_ROOT: Final = Path(__file__).parent.parent.parent
LONGEST: Final = 4096
_FENCED: Final = re.compile(r"```(?:yaml|js|formula)?\n(.*?)```", re.DOTALL)
_CLOSING: Final = re.compile(
    r"\n---[ \t]*\r?(?=\n|\Z)"
)  # a text may begin a line with three dashes
_QUOTED: Final = re.compile(r"`([^`\n]{3,120})`")


class BrokenError(AssertionError):
    """A promise was broken."""


def try_surgeon(data: bytes) -> None:
    """Plan any text as a note: refused, or edited so that all else stays and nothing is left to do."""
    text = data.decode("utf-8", "ignore")
    try:
        plan = refresh_text(text)
    except FrontmatterError as error:
        if not error.problem.message.endswith("."):
            raise BrokenError("a refusal that is no sentence") from error
        return
    if plan.text is text:
        return
    changed = {change.property for change in plan.changes}
    if not changed:
        raise BrokenError("a new text without a change")
    if refresh_text(plan.text).text is not plan.text:
        raise BrokenError("a second refresh would write again")
    kept = _CLOSING.split(text, maxsplit=1)[-1]
    if not plan.text.endswith(kept[-200:]):
        raise BrokenError("the end of the note changed")


def try_formula(data: bytes) -> None:
    """Compile and run any text as a formula: refused, without a value, or with one."""
    try:
        formula = compile_formula(data.decode("utf-8", "ignore"))
    except FormulaSyntaxError as error:
        if error.column < 1 or error.length < 1:
            raise BrokenError("a mistake without a place") from error
        return
    if formula.formulas or formula.file_fields - {"name", "path", "folder", "ext", "size"}:
        return  # this scope has no others; a rule set is refused that asks for them
    try:
        formula.evaluate(make_scope({"x": 1.0, "name": "fern", "list": [1.0, "a", None]}))
    except EvaluationError:
        return


def try_config(data: bytes) -> None:
    """Read and compile any text as a configuration: every fault is told with a line of the file."""
    text = data.decode("utf-8", "ignore")
    problems: list[Problem] = []
    load_rules(parse_config(text, problems), _empty_vault(), problems)
    lines = len(text.splitlines()) + 2
    for problem in problems:
        if problem.file is None and problem.line is not None and not 1 <= problem.line <= lines:
            raise BrokenError(f"a line that is not there: {problem}")


@cache
def _empty_vault() -> str:
    return tempfile.mkdtemp()


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "surgeon": try_surgeon,
    "formula": try_formula,
    "config": try_config,
}


def list_seeds(target: str) -> list[bytes]:
    """Return what the repository itself has of such texts."""
    makers = {"surgeon": _list_notes, "formula": _list_formulas, "config": _list_configs}
    return [text.encode() for text in makers[target]() if len(text) <= LONGEST]


def _list_notes() -> Iterator[str]:
    yield Study().note()
    yield Study(None).sources_only()
    for odd in (
        "a: |\n  x\n",
        "b: [1,\n 2]\n",
        "? c\n: d\n",
        "e: &x 1\nf: *x\n",
        "# g\n",
        "h: 'i'\r\n",
    ):
        yield stale(odd)
        yield stale(odd, "middle")
    for path in (_ROOT / "examples").rglob("*.md"):
        yield path.read_text("utf-8")


def _list_formulas() -> Iterator[str]:
    for page in ("functions.md", "profile.md", "configuration.md"):
        text = (_ROOT / "docs/reference" / page).read_text("utf-8")
        yield from _QUOTED.findall(text)


def _list_configs() -> Iterator[str]:
    for files in (*FAILED.values(), *PLANNED.values()):
        yield files[CONFIG]
    for page in (_ROOT / "docs").rglob("*.md"):
        yield from _FENCED.findall(page.read_text("utf-8"))


def make_inputs(target: str, number: int) -> Iterator[bytes]:
    """Yield the seeds, then texts cut and joined from them by a lot that is the same each time."""
    seeds = list_seeds(target)
    lot = random.Random(target)  # noqa: S311 - no secret depends on it
    yield from seeds[:number]
    for _ in range(number - len(seeds)):
        data = bytearray(lot.choice(seeds))
        for _ in range(lot.randrange(1, 5)):
            start = lot.randrange(len(data) + 1)
            end = min(len(data), start + lot.choice((0, 1, 2, 8, 40)))
            other = lot.choice(seeds)
            place = lot.randrange(len(other) + 1)
            data[start:end] = lot.choice(
                (b"", lot.randbytes(1), b'"', b"\n", b": ", other[place : place + 20])
            )
        yield bytes(data[:LONGEST])


def fuzz_all(_place: Path, effort: Effort) -> Tally:
    """Give each target many inputs, without the help of atheris."""
    tally = Tally("fuzzing (texts cut and joined)")
    for target, attempt in TARGETS.items():
        tried = 0
        for data in make_inputs(target, effort.pick(250, 15_000)):
            tried += 1
            try:
                attempt(data)
            except Exception as error:  # noqa: BLE001 - whatever comes through is a finding
                tally.accuse("wrong", f"{target}: {error!r} by {data!r}")
        tally.faults += tried
        tally.facts.append(f"{target}: {tried:,} inputs, {len(list_seeds(target))} seeds")
    return tally
