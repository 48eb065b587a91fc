"""Which file a link means: the rules of Obsidian, on paths alone."""

from __future__ import annotations

import unicodedata
from typing import Final

import pytest

from vault_sync.vault.links import LinkedFiles, digest_paths, list_name_keys

PATHS: Final = (
    "Index.md",
    "Alps.md",
    "Trips/Alps.md",
    "Trips/2024/Alps.md",
    "Trips/2024/Lake.md",
    "Trips/2024/Map.png",
    "Trips/Food/Menu.md",
    "Home/Food/Menu.md",
    "Home/Food/Bread v1.2.md",
    "Home/Menu.pdf",
    "Home/Menu.md",
    unicodedata.normalize("NFD", "한국/서울.md"),
    "Île d’Yeu/Plan.md",
    "no ending",
)
NFD_SEOUL: Final = PATHS[-3]
LAKE: Final = "Trips/2024/Lake.md"
FILES: Final = LinkedFiles(PATHS)


@pytest.mark.parametrize(
    ("target", "source", "path"),
    [
        # A name that one file has, wherever that lies.
        ("Lake", "Index.md", LAKE),
        ("lake", "Index.md", LAKE),
        ("LAKE.MD", "Index.md", LAKE),
        ("Lake#The shore", "Index.md", LAKE),
        ("Lake#^block", "Index.md", LAKE),
        (" Lake ", "Index.md", LAKE),
        ("Map.png", "Index.md", "Trips/2024/Map.png"),
        ("Map", "Index.md", None),
        ("Bread v1.2", "Index.md", "Home/Food/Bread v1.2.md"),
        ("Menu.pdf", "Index.md", "Home/Menu.pdf"),
        ("Nothing", "Index.md", None),
        ("no ending", "Index.md", None),
        # However Unicode spells it.
        ("서울", "Index.md", NFD_SEOUL),
        (unicodedata.normalize("NFD", "한국/서울"), "Index.md", NFD_SEOUL),
        ("île d’yeu/plan", "Index.md", "Île d’Yeu/Plan.md"),
        # The note itself.
        ("", LAKE, LAKE),
        ("#The shore", LAKE, LAKE),
        # A path is exact first, then the end of one.
        ("Alps", LAKE, "Alps.md"),
        ("Trips/Alps", LAKE, "Trips/Alps.md"),
        ("trips/alps.md", LAKE, "Trips/Alps.md"),
        ("2024/Alps", "Index.md", "Trips/2024/Alps.md"),
        ("2024/Lake", "Index.md", LAKE),
        ("2023/Lake", "Index.md", None),
        ("/Alps", LAKE, "Alps.md"),
        ("/2024/Alps", LAKE, None),
        # Relative to the note.
        ("./Alps", LAKE, "Trips/2024/Alps.md"),
        ("../Alps", LAKE, "Trips/Alps.md"),
        ("../../Alps", LAKE, "Alps.md"),
        ("./../Alps.md", LAKE, "Trips/Alps.md"),
        ("../../../Alps", LAKE, "Alps.md"),
        ("../Lake", "Trips/2024/x/y.md", LAKE),
        ("../Nothing", LAKE, None),
        # Of several, one below the folder of the note, then the shortest path, then by name.
        ("Menu", "Trips/Plan.md", "Trips/Food/Menu.md"),
        ("Menu", "Index.md", "Home/Menu.md"),
        ("Food/Menu", "Trips/Plan.md", "Trips/Food/Menu.md"),
        ("Food/Menu", "Alone/Plan.md", "Home/Food/Menu.md"),
    ],
)
def test_a_link_means(target: str, source: str, path: str | None) -> None:
    assert FILES.find(target, source) == path


def test_the_order_of_the_list_decides_nothing() -> None:
    backwards = LinkedFiles(reversed(PATHS))
    for target in ("Menu", "Alps", "Food/Menu", "2024/Alps", "서울"):
        for source in ("Index.md", "Trips/Plan.md", "Home/Plan.md"):
            assert backwards.find(target, source) == FILES.find(target, source)


def test_files_that_differ_in_case_alone_are_told_apart_by_their_order() -> None:
    for paths in (("a/Note.md", "a/note.md"), ("a/note.md", "a/Note.md")):
        assert LinkedFiles(paths).find("note", "b.md") == "a/Note.md"


@pytest.mark.parametrize(
    ("target", "keys"),
    [
        ("Lake", ("lake", "lake.md")),
        ("../Trips/Lake#The shore", ("lake", "lake.md")),
        ("Map.png", ("map.png", "map.png.md")),
        ("#The shore", ()),
    ],
)
def test_what_may_change_the_meaning_of_a_link_is_known_by_name(
    target: str, keys: tuple[str, ...]
) -> None:
    assert list_name_keys(target) == keys


def test_files_are_named_alike_whatever_came_and_went() -> None:
    files = LinkedFiles(["a.md", "S/b.md"])
    before = files.digest()
    assert before == digest_paths(["S/b.md", "a.md"])
    files.add("c.md")
    assert files.digest() == LinkedFiles(["c.md", "a.md", "S/b.md"]).digest() != before
    files.remove("c.md")
    assert files.digest() == before
