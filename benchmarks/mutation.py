"""Ask whether a package's own tests hold it: ``python -m benchmarks.mutation note plan``.

Cosmic Ray (``pip install 'cosmic-ray>=8.7'``) changes one place of the package at a time, in a copy of
the repository, and the tests of the package of the same name run against it. A change that they do not
notice is named: a test is missing, or the code is not needed. Annotations are left out, for nothing
evaluates them, and so are the limits of what is remembered or kept, whose exact number is nobody's promise.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cosmic_ray.work_db import WorkDB
    from cosmic_ray.work_item import MutationSpec

ROOT: Final = Path(__file__).parents[1]
_CONFIG: Final = """\
[cosmic-ray]
module-path = "vault_sync/{package}"
timeout = {timeout}
excluded-modules = []
test-command = "{python} -m pytest -q -x -p no:cacheprovider tests/{package}"

[cosmic-ray.distributor]
name = "local"
"""
_NOISE: Final = (
    "core/VariableReplacer", "core/VariableInserter", "core/RemoveDecorator",
    # `is` is asked of None and of members of enums: `==` comes to the same, and they have no order.
    *(f"core/ReplaceComparisonOperator_Is_{other}" for other in ("Eq", "Lt", "LtE", "Gt", "GtE")),
    *(f"core/ReplaceComparisonOperator_IsNot_{other}" for other in ("NotEq", "Lt", "LtE", "Gt", "GtE")),
)  # fmt: skip


class Span(NamedTuple):
    """A piece of a module, in lines from 1 and columns from 0."""

    start: tuple[int, int]
    end: tuple[int, int]

    def holds(self, place: tuple[int, int]) -> bool:
        """Say whether a place lies in it."""
        return self.start <= place < self.end


def find_unevaluated(source: str) -> list[Span]:
    """Return the pieces of a module that change nothing: annotations, and imports for them alone."""
    return [
        Span((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in _list_unevaluated(ast.parse(source))
    ]


def _list_unevaluated(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield node


def try_package(package: str, sample: int, seed: int, timeout: float) -> tuple[int, list[str]]:
    """Return how many changes of a package were tried, and those that its tests did not notice.

    Args:
        package: a folder of ``vault_sync``, whose tests lie in the folder of that name in ``tests``.
        sample: so many of all possible changes are tried.
        seed: chooses which.
        timeout: seconds after which the tests count as failed.
    """
    from cosmic_ray.work_db import WorkDB, use_db  # noqa: PLC0415 - needed by nobody else

    with TemporaryDirectory() as folder:
        copy, session = Path(folder, "copy"), str(Path(folder, "session.sqlite"))
        _copy_repository(copy)
        config = copy / "mutation.toml"
        text = _CONFIG.format(package=package, timeout=timeout, python=sys.executable)
        config.write_text(text, "utf-8")
        _run(copy, "init", str(config), session)
        with use_db(session, WorkDB.Mode.open) as database:
            _choose(database, copy, sample, seed)
        _run(copy, "baseline", str(config))
        _run(copy, "exec", str(config), session)
        with use_db(session, WorkDB.Mode.open) as database:
            return _judge(database, copy)


def _copy_repository(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _run(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "cosmic_ray.cli", *arguments], cwd=folder, check=True)


def _choose(database: WorkDB, copy: Path, sample: int, seed: int) -> None:
    """Leave a sample of the changes to be tried, one at most for each place and kind."""
    from cosmic_ray.work_item import WorkerOutcome, WorkResult  # noqa: PLC0415 - needed here alone

    items = sorted(database.work_items, key=lambda item: str(item.mutations[0]))
    wanted = [item.job_id for item in items if _is_wanted(item.mutations[0], copy)]
    chosen = set(random.Random(seed).sample(wanted, min(sample, len(wanted))))
    rest = [item.job_id for item in items if item.job_id not in chosen]
    database.set_multiple_results(rest, WorkResult(WorkerOutcome.SKIPPED))


def _is_wanted(mutation: MutationSpec, copy: Path) -> bool:
    if mutation.operator_name.startswith(_NOISE):
        return False
    source = (copy / mutation.module_path).read_text("utf-8")
    return not any(span.holds(mutation.start_pos) for span in find_unevaluated(source))


def _judge(database: WorkDB, copy: Path) -> tuple[int, list[str]]:
    from cosmic_ray.work_item import TestOutcome  # noqa: PLC0415 - needed here alone

    tried = [pair for pair in database.completed_work_items if pair[1].test_outcome is not None]
    survivors = [item for item, result in tried if result.test_outcome is TestOutcome.SURVIVED]
    return len(tried), sorted(_describe(item.mutations[0], copy) for item in survivors)


def _describe(mutation: MutationSpec, copy: Path) -> str:
    line = (copy / mutation.module_path).read_text("utf-8").splitlines()[mutation.start_pos[0] - 1]
    name = mutation.operator_name.removeprefix("core/")
    return f"{mutation.module_path}:{mutation.start_pos[0]} {name} | {line.strip()}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; the exit code is 1 where the tests of a package notice less than 90 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--sample", type=int, default=60, help="changes tried for each package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for the tests")
    chosen = parser.parse_args(arguments)
    is_held = True
    for package in chosen.packages:
        tried, survivors = try_package(package, chosen.sample, chosen.seed, chosen.timeout)
        killed = tried - len(survivors)
        print(f"{package}: {killed} of {tried} changes noticed ({killed / max(tried, 1):.0%})")
        print("".join(f"  {survivor}\n" for survivor in survivors), end="", flush=True)
        is_held &= killed >= 0.9 * tried
    return int(not is_held)


if __name__ == "__main__":
    sys.exit(main())
