"""systemd reads back exactly the vault that is meant, and finds nothing to complain about."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.service.unitfiles import read_settings, read_words
from tests.service.units import ENVIRONMENT, NAMES, Script, make_unit
from vault_sync.errors import ServiceError
from vault_sync.service.manager import ProgramResult, ServiceState, run_program
from vault_sync.service.systems import Systemd, quote_word

NONE = Path("/nowhere")
_SHOWN = "LoadState=loaded\nActiveState={}\nSubState={}\nResult={}\nUnitFileState=enabled"


def render(vault: str | Path, program: str = sys.executable) -> str:
    return Systemd(Script(), NONE).render(make_unit(vault, program)).decode()


@pytest.mark.parametrize("name", NAMES)
def test_the_command_is_read_back(name: str) -> None:
    settings = read_settings(render(f"/home/you/{name}", "/opt/my $python%/bin/python"))
    (line,) = settings["ExecStart"]
    program, *arguments = read_words(line)
    assert program == "/opt/my $python%/bin/python"
    # In arguments, not in the program, systemd replaces variables; $$ is a dollar sign.
    assert [word.replace("$$", "$") for word in arguments] == [
        *("-m", "vault_sync", "watch"),
        f"/home/you/{name}",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_adds_a_setting_or_takes_one(name: str) -> None:
    settings = read_settings(render(f"/home/you/{name}"))
    assert settings.keys() == read_settings(render("/v")).keys()
    assert settings["StartLimitIntervalSec"] == ["0"]
    (description,) = settings["Description"]
    assert description.replace("%%", "%") == f"vault-sync for “/home/you/{name}”"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_any_word_is_read_back(word: str) -> None:
    assert read_words(quote_word(word)) == [word]


def test_the_environment_is_read_back() -> None:
    lines = read_settings(render("/v"))["Environment"]
    assert [read_words(line)[0] for line in lines] == [f"{k}={v}" for k, v in ENVIRONMENT.items()]


needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed"
)


def verify(folder: Path, text: str) -> tuple[int, str]:
    """Return what systemd itself thinks of a unit file."""
    place = folder / "vault-sync-0123456789abcdef.service"
    place.write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(place)]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode()


@needs_systemd
@pytest.mark.parametrize("name", NAMES[:8])
def test_systemd_finds_nothing_to_complain_about(name: str, tmp_path: Path) -> None:
    assert verify(tmp_path, render(tmp_path / name)) == (0, "")


@needs_systemd
def test_systemd_does_complain_about_a_unit_that_is_wrong(tmp_path: Path) -> None:
    _, said = verify(tmp_path, render(tmp_path).replace("Nice=5", "Nicer=5"))
    assert "Nicer" in said


def test_nothing_hides_the_vault_or_the_state_folder() -> None:
    settings = read_settings(render("/home/you/notes"))
    hiding = {"ProtectHome", "ProtectSystem", "ReadWritePaths", "PrivateTmp", "PrivateUsers"}
    assert not hiding & settings.keys()
    assert settings["NoNewPrivileges"] == ["yes"]


def test_it_is_started_again_after_a_failure_and_only_then() -> None:
    settings = read_settings(render("/v"))
    assert settings["Restart"] == ["on-failure"]
    assert settings["RestartSec"] == ["30"]
    assert settings["StartLimitIntervalSec"] == ["0"]


def test_loading_and_unloading() -> None:
    script = Script()
    manager, unit = Systemd(script, NONE), make_unit("/v")
    name = f"{unit.name}.service"
    manager.load(unit)
    manager.unload(unit)
    manager.tidy(unit)
    assert script.commands == [
        "daemon-reload",
        f"enable {name}",
        f"restart {name}",
        f"disable --now {name}",
        "daemon-reload",
        f"reset-failed {name}",
    ]
    assert manager.find_file(unit) == NONE / "systemd/user" / name


@pytest.mark.parametrize(
    ("said", "service_state"),
    [
        ("LoadState=not-found\nActiveState=inactive", ServiceState(is_installed=False)),
        ("Failed to connect to bus", ServiceState(is_installed=False)),
        (
            _SHOWN.format("active", "running", "success"),
            ServiceState(is_installed=True, words="active (running), enabled"),
        ),
        (
            _SHOWN.format("activating", "auto-restart", "exit-code"),
            ServiceState(is_installed=True, words="activating (auto-restart), enabled, exit-code"),
        ),
    ],
)
def test_how_it_stands(said: str, service_state: ServiceState) -> None:
    assert Systemd(Script(show=ProgramResult(0, said)), NONE).ask(make_unit("/v")) == service_state


def test_without_a_manager_the_terminal_is_named() -> None:
    script = Script(show_environment=ProgramResult(1, "Failed to connect to bus"))
    with pytest.raises(ServiceError, match="vault-sync watch") as caught:
        Systemd(script, NONE).require()
    assert caught.value.exit_code == 3


def test_its_own_words_are_repeated_where_it_refuses() -> None:
    script = Script(enable=ProgramResult(1, "Unit file is masked."))
    with pytest.raises(
        ServiceError, match=r"systemctl --user enable .* failed: Unit file is masked"
    ):
        Systemd(script, NONE).load(make_unit("/v"))


def test_a_program_that_is_not_there_is_an_outcome() -> None:
    assert run_program("no-such-program-anywhere").code == 127
    assert run_program(sys.executable, "-c", "print('한글'); raise SystemExit(3)") == ProgramResult(
        3, "한글"
    )
