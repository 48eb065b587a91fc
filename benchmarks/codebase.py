"""Describe the code itself: its size, and the files that one note passes: ``python -m benchmarks.codebase``.

The figures describe; nothing judges by them.
"""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tokenize
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = "vault_sync"
NOTE: Final = "---\n⭕첫 학습날: 2024-07-07\n❤1일복습여부: true\n🛑오늘: old\n---\n본문\n"

_TRACE: Final = """
import sys
import threading
before = set(sys.modules)
from vault_sync.__main__ import main
entered = {}
def see(frame, event, argument):
    if event == "call" and frame.f_code.co_name != "<module>":
        name = frame.f_code.co_filename
        if "vault_sync" in name:
            entered.setdefault(name, set()).add(frame.f_code.co_qualname)
threading.setprofile(see)
sys.setprofile(see)
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
finally:
    sys.setprofile(None)
    for name in sorted(entered):
        print(name, len(entered[name]), sep="\\t", file=sys.stderr)
    sys.exit(code)
"""


class Size(NamedTuple):
    """How much there is of a package or of all.

    Attributes:
        files: Python files.
        lines: lines of text in them.
        code: lines that hold code: no blank ones, no comments, no docstrings.
        functions: functions and methods.
        classes: classes.
    """

    files: int = 0
    lines: int = 0
    code: int = 0
    functions: int = 0
    classes: int = 0

    def plus(self, other: Size) -> Size:
        """Return the sum of both."""
        return Size(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def measure_file(path: Path) -> Size:
    """Return the size of one Python file."""
    text = path.read_text("utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    functions = sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in nodes)
    classes = sum(isinstance(node, ast.ClassDef) for node in nodes)
    code = _find_code_lines(text) - set(_find_docstring_lines(nodes))
    return Size(1, text.count("\n"), len(code), functions, classes)


def measure_packages(root: Path) -> dict[str, Size]:
    """Return the size of each package below the root, and of the modules beside them as ``.``."""
    found: defaultdict[str, Size] = defaultdict(Size)
    for path in sorted((root / PACKAGE).rglob("*.py")):
        package = path.relative_to(root / PACKAGE).parts[0] if path.parent.name != PACKAGE else "."
        found[package] = found[package].plus(measure_file(path))
    return dict(found)


def find_passed_files(root: Path) -> list[tuple[str, int]]:
    """Return the files whose functions run while one stale note is refreshed, and how many do.

    What runs at import is left out.
    """
    with TemporaryDirectory() as folder:
        vault = Path(folder, "vault")
        (vault / ".obsidian").mkdir(parents=True)
        (vault / "note.md").write_text(NOTE, "utf-8")
        environment = os.environ | {"XDG_STATE_HOME": folder, "PYTHONPATH": str(root)}
        run = subprocess.run(
            [sys.executable, "-P", "-c", _TRACE, "refresh", str(vault)],
            capture_output=True,
            check=True,
            encoding="utf-8",
            env=environment,
            cwd=root,
        )
    rows = (line.rpartition("\t") for line in run.stderr.splitlines() if "\t" in line)
    return [(str(Path(name).relative_to(root)), int(count)) for name, _, count in rows]


def _find_code_lines(text: str) -> set[int]:
    left_out = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
    return {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in left_out
        for line in range(token.start[0], token.end[0] + 1)
    }


def _find_docstring_lines(nodes: Iterable[ast.AST]) -> Iterator[int]:
    for node in nodes:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _print_row(name: str, size: Size) -> None:
    print(f"{name:<12}" + "".join(f"{figure:>10,}" for figure in size))


def main() -> None:
    """Print the tables."""
    sizes = measure_packages(ROOT)
    print(f"{'package':<12}" + "".join(f"{name:>10}" for name in Size._fields))
    for name, size in sorted(sizes.items(), key=lambda item: -item[1].code):
        _print_row(name, size)
    total = Size()
    for size in sizes.values():
        total = total.plus(size)
    _print_row("all", total)
    tests = Size()
    for test in (ROOT / "tests").rglob("*.py"):
        tests = tests.plus(measure_file(test))
    _print_row("tests", tests)
    passed = find_passed_files(ROOT)
    print(f"\nOne stale note passes {len(passed)} files.")
    if "-v" in sys.argv[1:]:
        for path, count in passed:
            print(f"  {count:>4} functions of {path}")


if __name__ == "__main__":
    main()
