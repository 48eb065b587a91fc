"""Ask whether a package's own tests hold it: ``python -m benchmarks.mutation note plan``.

Cosmic Ray (``pip install 'cosmic-ray>=8.7' coverage``) changes one place of the package at a time, in a copy
of the repository, and the tests of the package of the same name run against it: first those that run the
changed line, then those that run anything of its module. A change that they do not notice is named: a test
is missing, or the code is not needed. Annotations are left out, for nothing evaluates them.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest
    from coverage import Coverage, CoverageData

ROOT: Final = Path(__file__).parents[1]
_NOISE: Final = (
    "core/VariableReplacer", "core/VariableInserter", "core/RemoveDecorator",
    # `is` is asked of None and of members of enums: `==` comes to the same, and they have no order.
    *(f"core/ReplaceComparisonOperator_Is_{other}" for other in ("Eq", "Lt", "LtE", "Gt", "GtE")),
    *(f"core/ReplaceComparisonOperator_IsNot_{other}" for other in ("NotEq", "Lt", "LtE", "Gt", "GtE")),
)  # fmt: skip
# Time is limited as that of the processor; Hypothesis is loaded before pytest, which would mark it.
_OPTIONS: Final = (
    *("-q", "-x", "-p", "no:cacheprovider", "--timeout", "0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
_COVERAGE: Final = ".what-tests-run"
_SECONDS: Final = ".what-tests-take"
_FAILED: Final = ".what-failed"
_OUTPUT: Final = ".what-was-said"


class Span(NamedTuple):
    """A piece of a module, in lines from 1 and columns from 0."""

    start: tuple[int, int]
    end: tuple[int, int]

    def holds(self, place: tuple[int, int]) -> bool:
        """Say whether a place lies in it."""
        return self.start <= place < self.end


def find_unevaluated(source: str) -> list[Span]:
    """Return the pieces of a module that change nothing: annotations, and imports for them alone.

    Nor do the stars of a signature, which Cosmic Ray takes for products, how much a cache may hold, and
    that nobody may change a dataclass.
    """
    tree = ast.parse(source)
    stars = [star for node in ast.walk(tree) for star in _list_stars(node, source)]
    return [*stars, *(_span_of(node) for node in _list_unevaluated(tree))]


def _span_of(node: ast.expr | ast.stmt) -> Span:
    return Span((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))


def _list_stars(node: ast.AST, source: str) -> Iterator[Span]:
    if not isinstance(node, ast.FunctionDef):
        return
    lines = source.splitlines()
    for number in range(node.lineno, node.body[0].lineno):
        for star in re.finditer(r"(?<![\w)] )\*+(?=[\w,])", lines[number - 1]):
            yield Span((number, star.start()), (number, star.end()))


def _list_unevaluated(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield node
        elif isinstance(node, ast.keyword) and node.arg in {"maxsize", "frozen", "slots"}:
            yield node.value


class Mutation(NamedTuple):
    """One change of one place: an operator of Cosmic Ray at its so many-eth place in a module."""

    module: Path
    operator: str
    occurrence: int
    place: tuple[int, int]


def list_mutations(module: Path) -> Iterator[Mutation]:
    """Yield the changes of a module that mean something."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path  # noqa: PLC0415 - needed by nobody else
    from cosmic_ray.plugins import get_operator, operator_names  # noqa: PLC0415

    nodes = list(ast_nodes(get_ast_from_path(module)))
    spans = find_unevaluated(module.read_text("utf-8"))
    for name in operator_names():
        operator = get_operator(name)
        if name.startswith(_NOISE) or operator.arguments():
            continue
        positions = operator().mutation_positions
        places = [start for node in nodes for start, _ in positions(node)]
        for occurrence, place in enumerate(places):
            if not any(span.holds(place) for span in spans):
                yield Mutation(module, name, occurrence, place)


def is_program(mutation: Mutation) -> bool:
    """Say whether the changed module is Python still; if not, no test is needed to see it."""
    from cosmic_ray.mutating import mutate_code  # noqa: PLC0415 - needed by nobody else
    from cosmic_ray.plugins import get_operator  # noqa: PLC0415

    source = mutation.module.read_text("utf-8")
    try:
        ast.parse(mutate_code(source, get_operator(mutation.operator)(), mutation.occurrence))
    except SyntaxError:
        return False
    return True


class Ledger:
    """A plugin of pytest that writes down what each test runs and takes, and which one failed."""

    def __init__(self, coverage: Coverage | None = None) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Count what is run from now on to this test."""
        if self.coverage:
            self.coverage.switch_context(_name_of(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took and whether it failed."""
        self.seconds[_name_of(report.nodeid)] += report.duration
        if report.failed:
            Path(_FAILED).write_text(_name_of(report.nodeid), "utf-8")

    def pytest_sessionfinish(self) -> None:
        """Keep the times, if those of all tests were asked for."""
        if self.coverage:
            Path(_SECONDS).write_text(json.dumps(self.seconds), "utf-8")


def _name_of(nodeid: str) -> str:
    """Return the function of a test, whatever the case."""
    return nodeid.partition("[")[0]


class Tests:
    """The tests of a package: what each runs and takes, and which found a change last."""

    def __init__(self, folder: Path, package: str, limit: int) -> None:
        """Run all of them once in a copy of the repository.

        Args:
            folder: the copy.
            package: a folder of ``vault_sync`` and of ``tests``.
            limit: seconds of CPU after which tests count as failed, if not three times what they took.

        Raises:
            ValueError: they fail before anything is changed.
        """
        from coverage import CoverageData  # noqa: PLC0415 - needed by nobody else

        self.folder, self.limit = folder, limit
        if not _pass(folder, 3600, [f"tests/{package}"], f"vault_sync/{package}"):
            said = (folder / _OUTPUT).read_text("utf-8")
            raise ValueError(f"The tests of {package} fail before anything is changed.\n{said}")
        self._ran: CoverageData = CoverageData(str(folder / _COVERAGE))
        self._ran.read()
        self._seconds: dict[str, float] = json.loads((folder / _SECONDS).read_text("utf-8"))
        self._finders: list[str] = []

    def notice(self, mutation: Mutation) -> bool:
        """Say whether the tests fail with a change."""
        from cosmic_ray.mutating import use_mutation  # noqa: PLC0415
        from cosmic_ray.plugins import get_operator  # noqa: PLC0415

        near, far = self._choose(mutation)
        operator = get_operator(mutation.operator)()
        with use_mutation(mutation.module, operator, mutation.occurrence):
            noticed = any(
                not _pass(self.folder, self._seconds_for(names), names)
                for names in (near, far)
                if names
            )
        failed = self.folder / _FAILED
        if noticed and failed.exists():
            self._finders.append(failed.read_text("utf-8"))
            failed.unlink()
        return noticed

    def _choose(self, mutation: Mutation) -> tuple[list[str], list[str]]:
        """Return the tests that run the line of a change, and the others that run its module.

        What is run when a module is loaded may change any test: those that run the module come first.
        """
        lines = self._ran.contexts_by_lineno(str(mutation.module))
        near = {name for name in lines.get(mutation.place[0], ()) if name}
        module = {name for names in lines.values() for name in names if name}
        if near:
            return sorted(near, key=self._rank), sorted(module - near, key=self._rank)
        return sorted(module, key=self._rank), sorted(self._seconds.keys() - module, key=self._rank)

    def _seconds_for(self, names: Sequence[str]) -> int:
        """Return how long tests may take: a change that never ends need not be waited for."""
        return min(self.limit, 10 + 3 * round(sum(map(self._seconds.__getitem__, names))))

    def _rank(self, name: str) -> tuple[int, float]:
        return -self._finders.count(name), self._seconds[name]


def _pass(folder: Path, limit: int, names: Sequence[str], measured: str | None = None) -> bool:
    """Say whether tests pass, in a process of their own, which finds pytest and the like loaded."""
    child = get_context("fork").Process(target=_run_tests, args=(folder, limit, names, measured))
    child.start()
    child.join()
    return child.exitcode == 0


def _run_tests(folder: Path, limit: int, names: Sequence[str], measured: str | None) -> None:
    from coverage import Coverage  # noqa: PLC0415
    from pytest import main as run  # noqa: PLC0415, PT013

    os.chdir(folder)
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    sys.dont_write_bytecode = measured is None
    output = os.open(_OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    coverage = Coverage(_COVERAGE, source=[measured]) if measured else None
    if coverage:
        coverage.start()
    code = run([*_OPTIONS, *names], plugins=[Ledger(coverage)])
    if coverage:
        coverage.stop()
        coverage.save()
    os._exit(code)


def try_package(package: str, sample: int, seed: int, limit: int) -> Iterator[tuple[str, bool]]:
    """Yield the changes of a package that are tried, and whether its tests notice them.

    Args:
        package: a folder of ``vault_sync``, whose tests lie in the folder of that name in ``tests``.
        sample: so many of all possible changes are tried.
        seed: chooses which.
        limit: seconds of CPU after which tests count as failed, if not three times what they took.
    """
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        _copy_repository(folder)
        modules = sorted((folder / "vault_sync" / package).rglob("*.py"))
        mutations = [mutation for module in modules for mutation in list_mutations(module)]
        tests = Tests(folder, package, limit)
        for mutation in islice(filter(is_program, _shuffle(mutations, seed)), sample):
            yield _describe(mutation, folder), tests.notice(mutation)


def _shuffle(mutations: list[Mutation], seed: int) -> list[Mutation]:
    return random.Random(seed).sample(mutations, len(mutations))


def _copy_repository(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _describe(mutation: Mutation, folder: Path) -> str:
    module, (line, column) = mutation.module, mutation.place
    text = module.read_text("utf-8").splitlines()[line - 1].strip()
    name = mutation.operator.removeprefix("core/")
    return f"{module.relative_to(folder)}:{line}:{column} {name} | {text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; the exit code is 1 where the tests of a package notice less than 90 %."""
    import hypothesis  # noqa: F401, PLC0415 - loaded once for all the tests to come

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--sample", type=int, default=60, help="changes tried for each package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=100, help="seconds of CPU for the tests")
    chosen = parser.parse_args(arguments)
    is_held = True
    for package in chosen.packages:
        tried = killed = 0
        for change, is_noticed in try_package(package, chosen.sample, chosen.seed, chosen.limit):
            tried, killed = tried + 1, killed + is_noticed
            if not is_noticed:
                print(f"  {change}", flush=True)
        print(f"{package}: {killed} of {tried} changes noticed ({killed / max(tried, 1):.0%})")
        is_held &= killed >= 0.9 * tried
    return int(not is_held)


if __name__ == "__main__":
    sys.exit(main())
