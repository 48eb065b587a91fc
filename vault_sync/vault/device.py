"""The name of this device, by which ``daily-values`` tells devices apart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.plan.evaluation import Daily
from vault_sync.state.folder import find_base
from vault_sync.text import make_printable, to_nfc

if TYPE_CHECKING:
    from vault_sync.rules.config import DailyValues

NAME_FILE: Final = "device"
_LONGEST: Final = 100


def find_device_name() -> str:
    """Return the name of this device.

    It is the first line of the file ``device`` in the folder of all state folders, for a computer
    whose own name changes; without that file, the computer's name up to its first dot.
    """
    with suppress(OSError, ValueError):
        text = Path(find_base(), NAME_FILE).read_text("utf-8-sig")[:_LONGEST]
        name = make_printable(to_nfc(text.partition("\n")[0].strip()))
        if name:
            return name
    import socket  # noqa: PLC0415 - few vaults ask

    return make_printable(to_nfc(socket.gethostname().partition(".")[0]))


def is_this_device(name: str, device: str) -> bool:
    """Say whether a name in the configuration is that of this device, whatever its letter case."""
    given = to_nfc(name.strip()).casefold()
    return given == device.casefold() or given.partition(".")[0] == device.casefold()


def choose_daily(values: DailyValues) -> Daily:
    """Return where this device writes values that the day alone changes."""
    if values.devices is not None:
        device = find_device_name()
        is_one = any(is_this_device(name, device) for name in values.devices)
        return Daily.ALWAYS if is_one else Daily.ELSEWHERE
    return Daily.WHILE_DUE if values.is_for_due else Daily.ALWAYS
