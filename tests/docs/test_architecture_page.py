"""The page about the architecture tells of the code as it is."""

from __future__ import annotations

import re
from typing import Final

import pytest

from docs.make_architecture import (
    PAGE,
    PICTURE,
    ROOT,
    draw_architecture,
    find_floors,
    leave_out_implied,
    read_imports,
    read_path,
)

TEXT: Final = PAGE.read_text("utf-8")
STEPS: Final = read_path(TEXT)


def test_the_picture_is_up_to_date() -> None:
    assert PICTURE.read_bytes() == draw_architecture(), "run `python -m docs.make_architecture`"


def test_a_package_stands_above_all_that_it_imports() -> None:
    imports = read_imports()
    floors = find_floors(imports)
    assert all(floors[name] > floors[other] for name, needs in imports.items() for other in needs)


def test_a_circle_is_told() -> None:
    with pytest.raises(ValueError, match="circle"):
        find_floors({"a": {"b"}, "b": {"a"}, "c": set()})


def test_what_follows_from_other_imports_is_not_drawn() -> None:
    imports = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert leave_out_implied(imports) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_the_reading_path_is_there_and_takes_an_evening() -> None:
    lengths = [len((ROOT / f"{step}.py").read_text("utf-8").splitlines()) for step in STEPS]
    assert len(lengths) >= 10
    assert 2_000 < sum(lengths) < 3_800


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:\w+/)+\w+)(?:\.py)?`", TEXT))
    assert {name for name in named if not any(ROOT.glob(f"{name}*"))} <= {
        f"vault_sync/{step}" for step in STEPS
    }
