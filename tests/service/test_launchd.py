"""launchd, played by scripts: the property list is a real one, and a slow farewell is waited for."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from tests.service.units import ENVIRONMENT, NAMES, Script, make_unit
from vault_sync.errors import ServiceError
from vault_sync.service.manager import ProgramResult, ServiceState
from vault_sync.service.systems import Launchd

HOME = Path("/home/you")
BUSY = ProgramResult(5, "Bootstrap failed: 5: Input/output error")


def make_manager(script: Script, slept: list[float] | None = None) -> Launchd:
    return Launchd(script, HOME, 501, sleep=(slept if slept is not None else []).append)


@pytest.mark.parametrize("name", NAMES)
def test_the_property_list_says_what_is_meant(name: str) -> None:
    unit = make_unit(f"/home/you/{name}")
    told = plistlib.loads(make_manager(Script()).render(unit))
    assert told == {
        "Label": unit.name,
        "ProgramArguments": ["/usr/bin/python3", "-m", "vault_sync", "watch", f"/home/you/{name}"],
        "EnvironmentVariables": ENVIRONMENT,
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ExitTimeOut": 20,
        "ProcessType": "Background",
    }


def test_a_load_waits_until_the_old_agent_has_gone() -> None:
    script = Script(
        bootstrap=[BUSY, BUSY, ProgramResult(0, "")], bootout=ProgramResult(3, "No such process")
    )
    slept: list[float] = []
    manager, unit = make_manager(script, slept), make_unit("/v")
    manager.load(unit)
    place = f"/home/you/Library/LaunchAgents/{unit.name}.plist"
    assert script.commands == [
        f"bootout gui/501/{unit.name}",
        f"enable gui/501/{unit.name}",
        *[f"bootstrap gui/501 {place}"] * 3,
    ]
    assert len(slept) == 2


def test_a_load_that_never_works_is_told() -> None:
    with pytest.raises(ServiceError, match="Input/output error"):
        make_manager(Script(bootstrap=BUSY)).load(make_unit("/v"))


def test_what_is_not_loaded_need_not_be_unloaded() -> None:
    script = Script(print=ProgramResult(113, "Could not find service"))
    manager, unit = make_manager(script), make_unit("/v")
    manager.unload(unit)
    assert script.commands == [f"print gui/501/{unit.name}"]
    manager.start(unit)
    assert script.commands[-1].startswith("bootstrap")


def test_a_stopped_agent_is_asked_and_a_resting_one_kicked() -> None:
    script = Script(print=ProgramResult(0, "x = {\n\tstate = not running\n"))
    manager, unit = make_manager(script), make_unit("/v")
    manager.stop(unit)
    manager.start(unit)
    manager.unload(unit)
    target = f"gui/501/{unit.name}"
    assert [line for line in script.commands if not line.startswith("print")] == [
        f"kill SIGTERM {target}",
        f"kickstart {target}",
        f"bootout {target}",
    ]


@pytest.mark.parametrize(
    ("outcome", "service_state"),
    [
        (ProgramResult(113, "Could not find service"), ServiceState(is_installed=False)),
        (
            ProgramResult(0, "gui/501/x = {\n\tstate = running\n\tspawn = {\n\t\tstate = odd\n"),
            ServiceState(is_installed=True, words="running"),
        ),
        (ProgramResult(0, ""), ServiceState(is_installed=True)),
    ],
)
def test_how_it_stands(outcome: ProgramResult, service_state: ServiceState) -> None:
    assert make_manager(Script(print=outcome)).ask(make_unit("/v")) == service_state


def test_without_a_session_the_terminal_is_named() -> None:
    with pytest.raises(ServiceError, match="vault-sync watch"):
        make_manager(Script(print=ProgramResult(125, "Domain does not exist"))).require()
