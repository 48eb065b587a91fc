"""Many devices with vault-sync lose no more lines, and keep no more conflict copies, than without it."""

from __future__ import annotations

import os
from typing import Final

import pytest

from tests.faults.devices import live_with, merge_parts
from tests.faults.report import Tally
from tests.faults.sync_models import MAKERS

SEEDS: Final = 10_000 if os.environ.get("VAULT_SYNC_LONG") else 8


@pytest.mark.timeout(24 * 3600 if os.environ.get("VAULT_SYNC_LONG") else 120)
@pytest.mark.parametrize("is_one", [True, False], ids=["one device for the day", "all devices"])
@pytest.mark.parametrize("name", MAKERS)
def test_many_devices(name: str, *, is_one: bool) -> None:
    tally = Tally(name)
    part = live_with(name, range(SEEDS), is_one=is_one)
    assert not part[0].reason
    merge_parts(name, [part], tally)
    assert not tally.wrong, tally.broken
    assert part[1]["writes"]
