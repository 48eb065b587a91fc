"""One description of the service, from which each system's own file is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import category

from vault_sync.errors import ServiceError
from vault_sync.state.base import BASE_VARIABLE
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vault_sync.state.folder import StateFolder

RESTART_SECONDS: Final = 30
"""How long after a failure the service is started again; it may wait for a disk or a fixed setting."""

STOP_SECONDS: Final = 20
"""How long the service may take to stop; it takes two at most, unless a disk is slow."""

_KEPT_VARIABLES: Final = (
    "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_TIME", "TZ", "XDG_STATE_HOME", BASE_VARIABLE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """A daemon for one vault, as a service.

    Attributes:
        name: of the service, one for each vault: ASCII letters, digits and hyphens.
        vault: the folder to watch, absolute and real.
        command: the program with its arguments; the first is an absolute path.
        environment: the variables that the daemon needs beside those that the system gives it.
    """

    name: str
    vault: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def description(self) -> str:
        """What a list of services shows."""
        return f"vault-sync for {self.vault}"


def name_service(state: StateFolder) -> str:
    """Return the name of a vault's service, which is the same wherever the vault is called from."""
    return f"vault-sync-{state.path.name}"


def describe_service(
    vault: Path,
    state: StateFolder,
    watch_command: tuple[str, ...],
    environment: Mapping[str, str],
) -> ServiceUnit:
    """Return the service that looks after a vault.

    Args:
        vault: its folder.
        state: its state folder.
        watch_command: the interpreter, and what it shall run, without the vault.
        environment: of the user's shell; the language, the zone and the state folder are kept from it.

    Raises:
        ServiceError: a path holds what no service file can.
    """
    real = vault.resolve()
    kept = {name: environment[name] for name in _KEPT_VARIABLES if environment.get(name)}
    unit = ServiceUnit(
        name=name_service(state),
        vault=real,
        command=(*watch_command, str(real)),
        environment={"PYTHONUTF8": "1", **kept},
    )
    for text in (*unit.command, *unit.environment.values()):
        _refuse_odd(text)
    return unit


def _refuse_odd(text: str) -> None:
    """Refuse what XML has no way to write: control characters, bytes that are no text, U+FFFE, U+FFFF."""
    if any(category(one) in {"Cc", "Cs"} or one in "\ufffe\uffff" for one in text):
        raise ServiceError(
            f"{make_printable(text)} has characters that no service file can hold;"
            " rename the folder, or run `vault-sync watch` in a terminal."
        )
