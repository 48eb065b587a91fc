"""The pictures of the documentation: they show what the program prints today."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from docs.before_after import NAMES_BEFORE
from docs.make_pictures import PICTURES, draw_pictures
from docs.terminal_picture import draw_terminal
from tests.console import ROOT, list_pages

if TYPE_CHECKING:
    from pathlib import Path


def read(data: bytes) -> ET.Element:
    return ET.fromstring(data.decode("utf-8"))  # noqa: S314 - our own


def test_they_are_up_to_date(tmp_path: Path) -> None:
    drawn = dict(draw_pictures(tmp_path))
    names = {file.name for file in PICTURES.glob("*.svg")}
    assert names == {*drawn, *NAMES_BEFORE}  # those of history are drawn where git has it
    stale = [name for name, data in drawn.items() if (PICTURES / name).read_bytes() != data]
    assert not stale, "run python -m docs.make_pictures"


def test_they_are_small_and_shown() -> None:
    pages = "".join(page.read_text("utf-8") for page in list_pages())
    for file in PICTURES.iterdir():
        assert file.stat().st_size < 150_000
        assert f"pictures/{file.name})" in pages, file.relative_to(ROOT)


def test_words_stand_in_their_cells() -> None:
    picture = read(draw_terminal(["a  가나 bc", "\x1b[1;31m가\x1b[0mx", ""]))
    runs = [
        (one.text, one.get("class"), float(one.get("x", "")), float(one.get("textLength", "")))
        for one in picture.iter()
        if one.tag.endswith("}text")
    ]
    edge, cell = runs[0][2:]
    assert runs == [
        ("a", None, edge, cell),
        ("가나", None, pytest.approx(edge + 3 * cell), 4 * cell),
        ("bc", None, pytest.approx(edge + 8 * cell), 2 * cell),
        ("가", "bold red", edge, 2 * cell),
        ("x", None, pytest.approx(edge + 2 * cell), cell),
    ]


def test_they_load_nothing() -> None:
    for file in PICTURES.glob("*.svg"):
        text = file.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"url\(|@import|https?:|href", text)
