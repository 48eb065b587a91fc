"""Many devices with vault-sync lose no more lines, and keep no more conflict copies, than without it."""

from __future__ import annotations

import os
import random
from importlib import import_module
from typing import Any, Final

import pytest

from tests.faults.devices import live_with, merge_parts, plan
from tests.faults.report import Tally
from tests.faults.sync_models import MAKERS, find_near
from tests.study.oracle import Study

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


def test_what_is_found_near_a_place_is_what_the_library_finds() -> None:
    differ: Any = import_module("diff_match_patch").diff_match_patch()
    lot = random.Random(1)  # noqa: S311 - no secret depends on it
    texts = [
        (plan(Study().note(), day) or "") + "".join(f"- line {n}\n" for n in range(day))
        for day in range(0, 40, 4)
    ]
    for _ in range(400):
        text, other = lot.choice(texts), lot.choice(texts)
        length = lot.randrange(1, 33)
        place = lot.randrange(len(other) - length)
        pattern = other[place : place + length]
        if lot.random() < 0.3:
            pattern = pattern[: length // 2] + lot.choice("xyz1") + pattern[length // 2 + 1 :]
        loc = min(len(text), max(0, place + lot.randrange(-600, 600)))
        assert find_near(differ, text, pattern, loc) == differ.match_bitap(text, pattern, loc)
