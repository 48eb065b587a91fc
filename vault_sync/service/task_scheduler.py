"""Windows: a task that starts when the user logs on (Microsoft, "Task Scheduler Schema").

Written after Microsoft's documents and tested with scripts that play schtasks; this project has not
run it on Windows.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from subprocess import list2cmdline
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from vault_sync.errors import ServiceError
from vault_sync.service.manager import WITHOUT, Runner, ServiceState, run_or_fail

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.service.manager import ServiceUnit

NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_CTL: Final = "schtasks"
_REPLACED: Final = re.compile(r"%[^%]+%|\$\(")
_PRINCIPAL: Final = "User"
_SETTINGS: Final = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT0S",
    "Priority": "7",
}
_RESTART: Final = {"Interval": "PT1M", "Count": "255"}


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """The Task Scheduler.

    Attributes:
        run: runs its program.
        folder: where the file of a task is kept; the scheduler has a copy of its own.
        user: the user's account, domain, backslash, name.
    """

    run: Runner
    folder: Path
    user: str
    title: str = "Task Scheduler"

    def require(self) -> None:
        """Make sure that the scheduler answers."""
        if self.run(_CTL, "/Query", "/FO", "CSV", "/NH").code:
            raise ServiceError(f"The Task Scheduler does not answer. {WITHOUT}")

    def find_file(self, unit: ServiceUnit) -> Path:
        """Return where the file of a task lies."""
        return self.folder / f"{unit.name}.xml"

    def render(self, unit: ServiceUnit) -> bytes:
        """Return the task as XML in UTF-16, as schtasks wants it.

        Raises:
            ServiceError: the scheduler would replace something in a path.
        """
        program, *arguments = unit.command
        for word in unit.command:
            if _REPLACED.search(word):
                raise ServiceError(
                    f"The Task Scheduler would read {word} as a variable. Rename the folder. {WITHOUT}"
                )
        task = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
        _add(ET.SubElement(task, "RegistrationInfo"), {"Description": unit.description})
        trigger = ET.SubElement(ET.SubElement(task, "Triggers"), "LogonTrigger")
        _add(trigger, {"Enabled": "true", "UserId": self.user})
        principals = ET.SubElement(task, "Principals")
        principal = ET.SubElement(principals, "Principal", {"id": _PRINCIPAL})
        _add(
            principal,
            {
                "UserId": self.user,
                "LogonType": "InteractiveToken",
                "RunLevel": "LeastPrivilege",
            },
        )
        settings = ET.SubElement(task, "Settings")
        _add(settings, _SETTINGS)
        _add(ET.SubElement(settings, "RestartOnFailure"), _RESTART)
        actions = ET.SubElement(task, "Actions", {"Context": _PRINCIPAL})
        _add(
            ET.SubElement(actions, "Exec"),
            {"Command": program, "Arguments": list2cmdline(arguments)},
        )
        ET.indent(task)
        text = ET.tostring(task, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-16"?>\n{text}\n'.encode("utf-16")

    def load(self, unit: ServiceUnit) -> None:
        """Load the file and run the task now; one that runs with older settings is ended."""
        file = str(self.find_file(unit))
        self.run(_CTL, "/End", "/TN", unit.name)
        run_or_fail(self.run, _CTL, "/Create", "/TN", unit.name, "/XML", file, "/F")
        self.start(unit)

    def unload(self, unit: ServiceUnit) -> None:
        """End the task and delete it; one that is not there is deleted already."""
        if self.ask(unit).is_installed:
            self.run(_CTL, "/End", "/TN", unit.name)
            run_or_fail(self.run, _CTL, "/Delete", "/TN", unit.name, "/F")

    def tidy(self, unit: ServiceUnit) -> None:
        """Do nothing: the scheduler keeps nothing of a deleted task."""

    def start(self, unit: ServiceUnit) -> None:
        """Run the task."""
        run_or_fail(self.run, _CTL, "/Run", "/TN", unit.name)

    def stop(self, unit: ServiceUnit) -> None:
        """End the task. Windows ends it where it stands, which every note survives."""
        run_or_fail(self.run, _CTL, "/End", "/TN", unit.name)

    def ask(self, unit: ServiceUnit) -> ServiceState:
        """Return what a query says, in the language of the system."""
        outcome = self.run(_CTL, "/Query", "/TN", unit.name, "/FO", "CSV", "/NH")
        if outcome.code:
            return ServiceState(is_installed=False)
        rows = [row for row in csv.reader(outcome.said.splitlines()) if row]
        return ServiceState(is_installed=True, words=rows[0][-1] if rows else "")


def _add(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
