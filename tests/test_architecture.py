"""The house: which room may know which, and what the pure ones may not do."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import vault_sync

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(vault_sync.__file__).parent
MODULES: Final = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")
}
# From the ground up: a room may import from those before it, and from itself.
FLOORS: Final = (
    {"__init__", "clock", "errors", "i18n", "programs", "text"},
    {"formula"},
    {"note"},
    {"rules"},
    {"plan"},
    {"files", "index", "state", "vault"},
    {"engine"},
    {"study"},
    {"adopt", "daemon", "doctor", "git", "service", "setup"},
    {"__main__", "cli"},
)
PURE: Final = {"errors", "text", "formula", "note", "rules", "plan"}
IMPURE_MODULES: Final = {
    "click", "io", "logging", "multiprocessing", "os", "pathlib", "platformdirs", "random",
    "shutil", "socket", "subprocess", "tempfile", "threading", "watchdog",
}  # fmt: skip
CLOCKS: Final = {"now", "today", "utcnow", "time", "time_ns", "localtime"}


def room_of(module: str) -> str:
    return module.partition(".")[0]


def floor_of(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room_of(module) in rooms)


@cache
def list_imports(module: str) -> tuple[str, ...]:
    """Return what a module imports, wherever in it that stands."""
    found: list[str] = []
    for node in walk(module):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))
    return tuple(found)


def list_own_imports(module: str) -> set[str]:
    names = {name.removeprefix("vault_sync.") for name in list_imports(module)}
    return {name for name in names if name in MODULES}


def test_no_class_has_the_name_of_another() -> None:
    counts = Counter(
        node.name
        for module in MODULES
        for node in walk(module)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down_only(module: str) -> None:
    above = {name for name in list_own_imports(module) if floor_of(name) > floor_of(module)}
    assert not above


def test_no_module_needs_itself() -> None:
    graph = {module: list_own_imports(module) - {module} for module in MODULES}
    while ground := {module for module, needs in graph.items() if not needs & graph.keys()}:
        graph = {module: needs for module, needs in graph.items() if module not in ground}
    assert set(graph) <= {"cli.__init__", "cli.completion"}  # completion shows the whole group


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) in PURE])
def test_the_pure_core_touches_nothing(module: str) -> None:
    tops = {name.partition(".")[0] for name in list_imports(module)}
    allowed = {"random"} if module.startswith("formula.functions") else set()
    assert not tops & (IMPURE_MODULES - allowed)
    assert not any(is_call_of(node, {"open", "print", "input"}) for node in walk(module))


@pytest.mark.parametrize("module", [module for module in MODULES if module != "clock"])
def test_only_one_place_reads_the_clock(module: str) -> None:
    clocks = {
        ast.unparse(node.func)
        for node in walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and ast.unparse(node.func.value) in {"datetime", "date", "time", "datetime.datetime"}
    }
    assert not clocks


def test_pyyaml_is_loaded_by_the_other_reader_of_verify_alone() -> None:
    users = {module for module in MODULES if "yaml" in set(list_imports(module))}
    assert users == {"engine.verify"}


def test_only_files_and_state_write() -> None:
    writers = {
        room_of(module)
        for module in MODULES
        for node in walk(module)
        if isinstance(node, ast.Attribute)
        and node.attr in {"write_text", "write_bytes", "replace_notes", "O_CREAT", "unlink"}
    }
    assert writers <= {"files", "state", "index"}


def walk(module: str) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(MODULES[module].read_text("utf-8")))


def is_call_of(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


NOTE: Final = ROOT.parent / "examples/expected/Algorithms/Sorting.md"
REFRESH: Final = (
    "from vault_sync.cli import run; "
    "run(['-q', 'refresh', '--check', '--no-cache', '--now', '2024-10-27T14:01', 'Note.md'])"
)  # of one true note, in a vault where none reads another

UNCHANGED: Final = (
    "from vault_sync.index.notes import is_stable_all_day; "
    "from vault_sync.rules.config import load_profile; from vault_sync.rules.ruleset import compile_rules; "
    "is_stable_all_day([compile_rules(load_profile('study-ko'), [])])"
)  # before many notes of which none has changed


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import vault_sync.plan.planner", {"click", "watchdog", "regex", "frontmatter", "yaml"}),
        ("import vault_sync.cli", {"ruamel", "regex", "vault_sync.plan", "vault_sync.formula"}),
        (
            UNCHANGED,
            {"socket", "zoneinfo", "dataclasses", "vault_sync.formula.lexer"},
        ),
        (
            "import vault_sync.git.hook",  # what a hook loads for one true note
            {"click", "ctypes", "hashlib", "sqlite3", "platform", "platformdirs", "regex", "ruamel"}
            | {
                "vault_sync.rules.config_reader",
                "vault_sync.rules.base_files",
                "vault_sync.rules.profile_reader",
            }
            | {"vault_sync.files.replace", "vault_sync.state.journal"}
            | {"dataclasses", "inspect", "vault_sync.formula.lexer", "vault_sync.formula.parser"},
        ),
        (
            REFRESH,
            {"frontmatter", "yaml", "regex", "ruamel", "pathspec", "rich", "watchdog", "icalendar"}
            | {"sqlite3", "vault_sync.index.notes"}
            | {"logging", "zoneinfo", "decimal", "random", "html", "ctypes", "hashlib"}
            | {
                "vault_sync.rules.config_reader",
                "vault_sync.rules.profile_reader",
                "vault_sync.files.replace",
                "vault_sync.state.journal",
            }
            | {"vault_sync.formula.lexer", "vault_sync.formula.parser"},
        ),
    ],
)
def test_what_is_not_loaded_for_nothing(tmp_path: Path, statement: str, unwanted: set[str]) -> None:
    (tmp_path / ".obsidian").mkdir()
    shutil.copy(NOTE, tmp_path / "Note.md")
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=tmp_path, text=True, check=True
    )
    assert not unwanted & set(done.stdout.split())
