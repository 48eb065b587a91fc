"""The same made-up notes with libyaml and without it: what is written, and what is refused, must be the same."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.faults.made_up import Case, NoteMaker
from tests.faults.report import CannotRunError, Tally
from tests.note.yaml_readers import PARSER
from tests.rules.small import compiled, source
from vault_sync.errors import BrokenPromiseError, FrontmatterError, Problem
from vault_sync.note.frontmatter import find_block
from vault_sync.note.yaml_nodes import YamlError, YamlMapping
from vault_sync.plan import proof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.report import Effort

_EMPTY: Final = compiled(source(x='"new"', is_adding=True))


def compare_parsers(_place: Path, effort: Effort) -> Tally:
    """Read and plan many made-up notes with each parser: nodes, plans and refusals with their places."""
    if PARSER.CParser is None:
        raise CannotRunError("ruamel.yaml.clib is not installed")
    tally = Tally("parsers (made-up notes, with libyaml and without)")
    maker = NoteMaker(random.Random("parsers"))  # noqa: S311 - no secret depends on it
    read = parsed = 0
    for _ in range(effort.pick(250, 30_000)):
        for case in (maker.make(), Case(maker.make_soup(), _EMPTY, {})):
            tally.faults += 1
            with_libyaml = find_outcome(case)
            with without_libyaml():
                pure = find_outcome(case)
            read += not isinstance(with_libyaml[1], Problem)
            parsed += isinstance(with_libyaml[0], YamlMapping)
            if with_libyaml != pure:
                tally.accuse("wrong", f"{case.text!r}: {with_libyaml!r}, without libyaml {pure!r}")
    tally.facts.append(f"{read:,} notes read by both")
    if parsed < tally.faults // 4:
        tally.accuse("wrong", f"all but {parsed} texts were refused, so nothing was compared")
    return tally


def find_outcome(case: Case) -> tuple[object, object]:
    """Return what is read, and what a refresh would do or why it refuses the note."""
    proof._recall_line.cache_clear()  # it keeps what the other parser has read
    try:
        plan = case.plan()
    except BrokenPromiseError as error:
        return find_nodes(case.text), str(error)
    except FrontmatterError as error:
        return find_nodes(case.text), error.problem
    return find_nodes(case.text), (plan.text, plan.changes, plan.problems)


def find_nodes(text: str) -> object:
    """Return what the parser makes of a frontmatter, or what it says, and where."""
    try:
        block = find_block(text)
        return PARSER.parse(text[block.start : block.end]) if block else None
    except FrontmatterError as error:
        return error.problem
    except YamlError as error:
        return error.message, error.line, error.column


@contextmanager
def without_libyaml() -> Iterator[None]:
    """Let the parser in Python read everything for a while."""
    parser = PARSER.CParser
    PARSER.CParser = None
    try:
        yield
    finally:
        PARSER.CParser = parser
