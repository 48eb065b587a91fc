"""What ``daily-values`` means on this device, in a sentence and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.text import make_printable
from vault_sync.vault.device import is_this_device

if TYPE_CHECKING:
    from vault_sync.i18n import Language
    from vault_sync.rules.config import DailyValues


def describe_daily(values: DailyValues, device: str, language: Language) -> str:
    """Return which notes get the values of a new day here; empty where all do.

    Args:
        values: the setting.
        device: the name of this device.
        language: to say it in.
    """
    if values.is_for_due:
        return language.say(
            "Only notes whose reviews are not finished are written for a new day (`daily-values: due`)."
        )
    if values.devices is None:
        return ""
    if any(is_this_device(name, device) for name in values.devices):
        return language.say(
            "This device, {device}, writes the values of each new day (`daily-values`).",
            device=device,
        )
    return language.say(
        "The values of each new day are written by {devices}; this device, {device}, writes them only into notes that it has another reason to write (`daily-values`).",
        devices=make_printable(", ".join(values.devices)),
        device=device,
    )


def list_daily(values: DailyValues) -> object:
    """Return the setting as a configuration would have it."""
    if values.devices is not None:
        return [*values.devices]
    return "due" if values.is_for_due else "all"
