"""The Task Scheduler, played by scripts: the task is XML of its schema, its words those of the vault."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree as ET

import pytest

from tests.service.units import Script
from vault_sync.errors import ServiceError
from vault_sync.service.manager import ProgramResult, ServiceState, ServiceUnit
from vault_sync.service.systems import NAMESPACE, TaskScheduler

# Microsoft, "Task Scheduler Schema Elements": each element that is used, and where it may stand.
_SCHEMA = {
    "Task": {"RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"},
    "RegistrationInfo": {"Description"},
    "Triggers": {"LogonTrigger"},
    "LogonTrigger": {"Enabled", "UserId"},
    "Principals": {"Principal"},
    "Principal": {"UserId", "LogonType", "RunLevel"},
    "Settings": {
        "MultipleInstancesPolicy",
        "DisallowStartIfOnBatteries",
        "StopIfGoingOnBatteries",
        "StartWhenAvailable",
        "ExecutionTimeLimit",
        "Priority",
        "RestartOnFailure",
    },
    "RestartOnFailure": {"Interval", "Count"},
    "Actions": {"Exec"},
    "Exec": {"Command", "Arguments"},
}
PYTHON = r"C:\Users\you\venv\Scripts\pythonw.exe"
USER = r"DESK\you"


def make_task(vault: str) -> ServiceUnit:
    command = (PYTHON, "-m", "vault_sync", "watch", vault)
    return ServiceUnit("vault-sync-0123", Path(PureWindowsPath(vault)), command, {})


def make_manager(script: Script) -> TaskScheduler:
    return TaskScheduler(script, Path("state"), USER)


def render(vault: str) -> ET.Element:
    return ET.fromstring(make_manager(Script()).render(make_task(vault)).decode("utf-16"))  # noqa: S314 - our own


def find(task: ET.Element, path: str) -> str | None:
    return task.findtext("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))


def test_every_element_is_one_of_the_schema_and_in_its_place() -> None:
    task = render(r"C:\Notes")
    for element in task.iter():
        names = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
        allowed = _SCHEMA.get(element.tag.removeprefix(f"{{{NAMESPACE}}}"), set())
        assert set(names) <= allowed
        assert len(names) == len(set(names))
    assert (task.tag, task.get("version")) == (f"{{{NAMESPACE}}}Task", "1.2")


@pytest.mark.parametrize(
    ("vault", "arguments"),
    [
        (r"C:\Notes", r"-m vault_sync watch C:\Notes"),
        ("C:\\공부 노트\\", '-m vault_sync watch "C:\\공부 노트\\\\"'),
        (r"C:\a & <b> 100%", r'-m vault_sync watch "C:\a & <b> 100%"'),
        (r"\\server\it's 😀", r'''-m vault_sync watch "\\server\it's 😀"'''),
    ],
)
def test_the_words_are_those_that_windows_takes_apart_again(vault: str, arguments: str) -> None:
    task = render(vault)
    assert find(task, "Actions/Exec/Command") == PYTHON
    assert find(task, "Actions/Exec/Arguments") == arguments


@pytest.mark.parametrize("vault", [r"C:\%TEMP% x", r"C:\$(Arg0)"])
def test_what_windows_would_replace_is_refused(vault: str) -> None:
    with pytest.raises(ServiceError, match="Rename the folder"):
        render(vault)


def test_it_runs_as_the_user_for_ever_on_batteries_too() -> None:
    task = render(r"C:\Notes")
    assert find(task, "Triggers/LogonTrigger/UserId") == USER
    assert find(task, "Principals/Principal/RunLevel") == "LeastPrivilege"
    assert find(task, "Settings/ExecutionTimeLimit") == "PT0S"
    assert find(task, "Settings/StopIfGoingOnBatteries") == "false"
    assert find(task, "Settings/RestartOnFailure/Interval") == "PT1M"


def test_loading_and_unloading() -> None:
    script = Script(
        End=ProgramResult(1, "not running"), Query=ProgramResult(0, '"\\x","N/A","Ready"')
    )
    manager, task = make_manager(script), make_task(r"C:\Notes")
    manager.load(task)
    manager.unload(task)
    assert script.commands == [
        f"/End /TN {task.name}",
        f"/Create /TN {task.name} /XML {manager.find_file(task)} /F",
        f"/Run /TN {task.name}",
        f"/Query /TN {task.name} /FO CSV /NH",
        f"/End /TN {task.name}",
        f"/Delete /TN {task.name} /F",
    ]


@pytest.mark.parametrize(
    ("outcome", "service_state"),
    [
        (
            ProgramResult(1, "ERROR: The system cannot find the file"),
            ServiceState(is_installed=False),
        ),
        (
            ProgramResult(0, '"\\x","N/A","실행 중"'),
            ServiceState(is_installed=True, words="실행 중"),
        ),
    ],
)
def test_how_it_stands(outcome: ProgramResult, service_state: ServiceState) -> None:
    assert make_manager(Script(Query=outcome)).ask(make_task(r"C:\Notes")) == service_state


def test_what_is_not_there_need_not_be_deleted() -> None:
    script = Script(Query=ProgramResult(1, "no such task"))
    make_manager(script).unload(make_task(r"C:\Notes"))
    assert len(script.commands) == 1
