"""Programs are started from where they are installed, never from the folder one works in."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tests.vault.vaults import posix_only
from vault_sync import programs
from vault_sync.cli import run
from vault_sync.errors import PassingPythonError
from vault_sync.programs import find_program, make_path, require_lasting_python
from vault_sync.service.manager import ProgramResult, run_program

pytestmark = posix_only


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder whose `systemctl` says that it was started."""
    vault, bin_ = tmp_path / "vault", tmp_path / "bin"
    for folder, said in ((vault, "the vault's"), (bin_, "installed")):
        folder.mkdir()
        program = folder / "systemctl"
        program.write_text(f"#!/bin/sh\necho {said!r}; command -v helper\n")
        program.chmod(0o755)
    monkeypatch.chdir(vault)
    return vault


@pytest.mark.parametrize("path", [".", "", ":", ".:..", "../vault", "/nowhere:", "../vault/"])
def test_what_lies_in_the_vault_is_not_started(
    vault: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (vault / "helper").write_text("#!/bin/sh\n")
    (vault / "helper").chmod(0o755)
    monkeypatch.setenv("PATH", path)
    assert run_program("systemctl", "show") == ProgramResult(127, "there is no program systemctl")
    monkeypatch.setenv("PATH", f"{path}:{vault.parent / 'bin'}:")
    assert run_program("systemctl", "show") == ProgramResult(127, "installed")


def test_a_path_names_whole_folders_only() -> None:
    assert make_path({"PATH": "/a::b:.:/c"}) == "/a:/c"
    assert make_path({"PATH": "."}) == os.devnull


def test_a_program_may_be_named_by_its_path(tmp_path: Path) -> None:
    assert find_program(sys.executable) == sys.executable
    assert find_program(str(tmp_path)) is None


@pytest.mark.usefixtures("vault")
def test_a_program_that_cannot_be_run_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "systemctl"
    program.write_bytes(b"\0\0\0\0")
    monkeypatch.setenv("PATH", str(program.parent))
    assert run_program("systemctl").said == f"{program} cannot be run (Exec format error)"


CACHED: Final = [
    "home/.cache/uv/archive-v0/Xy1",
    "home/.cache/uv/environments-v2/vault-sync-1",
    "elsewhere/uv-cache/archive-v0/Xy1",
    "home/.cache/pipx/8a1c",
    "home/.local/pipx/.cache/8a1c",
    "home/Library/Caches/pipx/8a1c",
    "AppData/Local/pipx/Cache/8a1c",
    "home/.cache/pre-commit/repo1/py_env-python3",
    # Without uv's mark, and where variables put caches.
    "me/.cache/uv/builds-v0/.tmpA1",
    "me/Library/Caches/uv/archive-v0/Xy1",
    "xdg/uv/environments-v2/notes-1a2b",
    "uv-cache-dir/archive-v0/Xy1/",
    "uv-cache-dir/builds-v0/.tmpA1",
    "opt/pipx-home/.cache/8a1c2b3d4e5f607",
    "pre-commit-home/repoab12cd/py_env-python3.12",
    "home/.cache/prek/hooks/python-1",
    "project/.nox/tests-3-12",
    "project/.tox/py312",
    r"C:\Users\me\AppData\Local\uv\cache\archive-v0\Xy1",
    r"C:\Users\me\AppData\Local\pipx\pipx\Cache\8a1c2b3d4e5f607",
    r"C:\Users\me\pipx\.cache\8a1c2b3d4e5f607",
    r"D:\caches\uv\environments-v2\notes-1a2b",
]
LASTING: Final = [
    "home/.local/share/uv/tools/obsidian-vault-sync",
    "home/.local/share/pipx/venvs/obsidian-vault-sync",
    "home/pipx/venvs/obsidian-vault-sync",
    "home/.venvs/vault-sync",
    "clone/.venv",
    "home/.cache/pypoetry/virtualenvs/notes-py3.12",
    "home/.local/share/hatch/env/virtual/notes/1a2b/notes",
    "home/cache/8a1c",
    "home/uv/work/.cache/pypoetry/virtualenvs/notes-py3.12",  # of a user who is called so
    "home/archive-v0",
    "home/uv/notes",
    "tmp/pytest-1/venv",
    r"C:\Users\me\AppData\Roaming\uv\tools\obsidian-vault-sync",
    r"C:\Users\me\pipx\venvs\obsidian-vault-sync",
    "usr",
]


def make_prefix(folder: Path, place: str) -> Path:
    """Make an environment's folder, with the marks that uv leaves in its cache and in environments."""
    prefix = folder / place
    prefix.mkdir(parents=True)
    (prefix / "CACHEDIR.TAG").touch()
    for name in ("home/.cache/uv", "elsewhere/uv-cache"):
        if place.startswith(name):
            (folder / name / "CACHEDIR.TAG").touch()
    return prefix


@pytest.mark.parametrize("place", CACHED)
def test_an_environment_in_a_cache_is_not_written_down(tmp_path: Path, place: str) -> None:
    with pytest.raises(PassingPythonError, match="pipx install obsidian-vault-sync"):
        require_lasting_python(str(make_prefix(tmp_path, place)))


@pytest.mark.parametrize("place", LASTING)
def test_an_environment_that_stays_is_written_down(tmp_path: Path, place: str) -> None:
    require_lasting_python(str(make_prefix(tmp_path, place)))


@pytest.mark.parametrize(
    "command",
    [
        ("service", "install"),
        ("hook", "install"),
        ("git-filter", "install"),
        ("merge-driver", "install"),
    ],
    ids=" ".join,
)
def test_what_installs_refuses_before_it_writes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    vault = tmp_path / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(vault)
    subprocess.run(["git", "init", "-q"], check=True)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(programs, "is_cached", lambda _prefix: True)
    assert run([*command]) == 2
    assert "runs from a cache" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_what_windows_says_is_read_in_the_code_page_of_its_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault_sync.service.manager.CONSOLE_ENCODING", "cp949")
    for encoding in ("cp949", "utf-8"):  # the second one after `chcp 65001`
        said = tmp_path / encoding
        said.write_bytes('"작업","실행 중"'.encode(encoding))
        code = f"import sys; sys.stdout.buffer.write(open({str(said)!r}, 'rb').read())"
        assert run_program(sys.executable, "-c", code) == ProgramResult(0, '"작업","실행 중"')


# The parser in C is wanted only where it need not be compiled: see its wheels on the package index.
_MACHINES = [
    ("linux", "x86_64", "CPython", "3.11", True),
    ("linux", "aarch64", "CPython", "3.14", True),
    ("linux", "armv7l", "CPython", "3.12", False),
    ("linux", "riscv64", "CPython", "3.12", False),
    ("linux", "x86_64", "PyPy", "3.11", False),
    ("linux", "x86_64", "CPython", "3.15", False),
    ("darwin", "arm64", "CPython", "3.13", True),
    ("win32", "AMD64", "CPython", "3.13", True),
    ("win32", "ARM64", "CPython", "3.13", False),
    ("android", "aarch64", "CPython", "3.13", False),
    ("freebsd14", "amd64", "CPython", "3.11", False),
]


@pytest.mark.parametrize(("system", "machine", "python", "version", "is_wanted"), _MACHINES)
def test_libyaml_is_wanted_where_it_has_wheels(
    system: str, machine: str, python: str, version: str, *, is_wanted: bool
) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    wanted = map(Requirement, project["project"]["dependencies"])
    (marker,) = (one.marker for one in wanted if one.name == "ruamel.yaml.clib")
    assert marker is not None
    environment = {
        "sys_platform": system,
        "platform_machine": machine,
        "platform_python_implementation": python,
        "python_version": version,
    }
    assert marker.evaluate(environment) is is_wanted
