"""Bases of a vault: where they may lie, what is said of those that cannot be used, and clashes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.rules.test_base import BASE
from tests.vault.vaults import posix_only
from vault_sync.errors import ConfigError
from vault_sync.rules.config import MAX_CHARACTERS
from vault_sync.text import MAX_SUGGESTIONS
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTE = "---\npages: 200\npage: 50\n---\n"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = tmp_path / "vault"
    (root / ".obsidian").mkdir(parents=True)
    (root / "Bases").mkdir()
    (root / "Bases/책.base").write_text(BASE, "utf-8")
    return root


def configure(vault: Path, *lines: str) -> None:
    text = "profile: none\nrules:\n  - " + "\n    ".join(lines) + "\n"
    (vault / ".vault-sync.yaml").write_text(text, "utf-8")


def complain(vault: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        open_workspace(vault, None)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    "path", ["Bases/책.base", "Bases/\u110e\u1162\u11a8.base", "./Bases//책.base"]
)
def test_a_base_of_the_vault(vault: Path, path: str) -> None:
    configure(vault, f"from-base: {path}")
    (rules,) = open_workspace(vault, None).rules
    assert list(rules.owned) == ["left", "share", "label"]


def test_a_base_whose_name_came_from_macos(vault: Path) -> None:
    (vault / "Bases/책.base").rename(vault / "Bases/\u110e\u1162\u11a8.base")
    configure(vault, "from-base: Bases/책.base", "formulas: [left]")
    (rules,) = open_workspace(vault, None).rules
    assert list(rules.owned) == ["left"]


def test_a_block_in_a_note(vault: Path) -> None:
    (vault / "Dash.md").write_text(f"# Mine\n\n```base\n{BASE}```\n", "utf-8")
    configure(vault, "from-base: Dash.md", "formulas: [label]")
    (rules,) = open_workspace(vault, None).rules
    assert list(rules.owned) == ["label"]


def test_what_is_not_picked_may_be_broken(vault: Path) -> None:
    (vault / "B.base").write_text("formulas: {a: n + 1, b: n +, c: file.mtime, d: this.x}", "utf-8")
    configure(vault, "from-base: B.base", "formulas: [a]")
    assert list(open_workspace(vault, None).rules[0].owned) == ["a"]
    configure(vault, "from-base: B.base")
    lines = complain(vault)
    assert lines[0].startswith(".vault-sync.yaml:3:16: Not every formula of this base")
    assert [line.split(": ")[0] for line in lines if line.startswith("B.base")] == [
        "B.base:1:25",
        "B.base:1:33",
        "B.base:1:48",
    ]


def test_problems_of_several_files_each_have_their_path(vault: Path) -> None:
    (vault / "A.base").write_text("formulas:\n  a: n +\n", "utf-8")
    (vault / "Dash.md").write_text("x\n```base\nformulas: [a]\n```\n", "utf-8")
    configure(
        vault,
        "formulas: {x: n +}",
        "missing: nothing\n  - from-base: A.base\n    formulas: [a]\n  - from-base: Dash.md",
    )
    places = [line.split(": ")[0] for line in complain(vault) if line[0] != " "]
    assert places == [".vault-sync.yaml:4:14", "A.base:2:6", "Dash.md:3:11"]


@pytest.mark.parametrize("unknown", [MAX_SUGGESTIONS - 1, MAX_SUGGESTIONS, MAX_SUGGESTIONS + 2])
def test_of_many_unknown_formulas_the_first_are_told_with_what_is_meant(
    vault: Path, unknown: int
) -> None:
    names = [f"left{number}" for number in range(unknown)]
    configure(vault, "from-base: Bases/책.base", f"formulas: [left, {', '.join(names)}]")
    lines = [line for line in complain(vault) if "The base has no formula `left" in line]
    assert len(lines) == unknown
    suggested = ["`left`" in line.partition(f"`left{at}`")[2] for at, line in enumerate(lines)]
    assert suggested == [number < MAX_SUGGESTIONS for number in range(unknown)]


def make_absent(_: Path) -> str:
    return "Bases/none.base"


def make_outside(vault: Path) -> str:
    (vault.parent / "out.base").write_text(BASE, "utf-8")
    return "../out.base"


def make_absolute(vault: Path) -> str:
    return str(vault / "Bases/책.base")


def make_round_about(_: Path) -> str:
    return "Bases/../Bases/책.base"


def make_link_out(vault: Path) -> str:
    (vault.parent / "out.base").write_text(BASE, "utf-8")
    (vault / "in.base").symlink_to(vault.parent / "out.base")
    return "in.base"


def make_folder_link_out(vault: Path) -> str:
    make_outside(vault)
    (vault / "linked").symlink_to(vault.parent)
    return "linked/out.base"


def make_pipe(vault: Path) -> str:
    os.mkfifo(vault / "pipe.base")
    return "pipe.base"


def make_folder(vault: Path) -> str:
    (vault / "folder.base").mkdir()
    return "folder.base"


def make_large(vault: Path) -> str:
    (vault / "large.base").write_text("#" * (MAX_CHARACTERS + 1), "utf-8")
    return "large.base"


def make_other_encoding(vault: Path) -> str:
    (vault / "old.base").write_bytes("formulas: {가: b}".encode("cp949"))
    return "old.base"


def make_blockless(vault: Path) -> str:
    (vault / "Note.md").write_text(NOTE, "utf-8")
    return "Note.md"


def make_other_kind(vault: Path) -> str:
    (vault / "passwd").write_text(BASE, "utf-8")
    return "passwd"


def make_empty(vault: Path) -> str:
    (vault / "empty.base").write_text("views: []", "utf-8")
    return "empty.base"


@posix_only
@pytest.mark.parametrize(
    ("make", "part"),
    [
        (make_absent, "no such file in this vault"),
        (make_outside, "no such file in this vault"),
        (make_absolute, "no such file in this vault"),
        (make_round_about, "no such file in this vault"),
        (make_link_out, "no such file in this vault"),
        (make_folder_link_out, "no such file in this vault"),
        (make_pipe, "not a regular file"),
        (make_folder, "not a regular file"),
        (make_large, "may have 500000 bytes"),
        (make_other_encoding, "not UTF-8"),
        (make_blockless, "no ```base block"),
        (make_other_kind, "Name a .base file"),
        (make_empty, "no formulas"),
    ],
)
def test_a_base_that_cannot_be_used(vault: Path, make: Callable[[Path], str], part: str) -> None:
    path = make(vault)
    configure(vault, f"from-base: '{path}'")
    (line,) = complain(vault)
    assert line.startswith(".vault-sync.yaml:3:16: ")
    assert part in line


@posix_only
def test_a_link_that_stays_inside_is_followed(vault: Path) -> None:
    (vault / "in.base").symlink_to(vault / "Bases/책.base")
    configure(vault, "from-base: in.base")
    assert open_workspace(vault, None).rules


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (["formulas: [a]"], "add `from-base`"),
        (["from-base: Bases/책.base", "formulas: []"], "no formulas"),
        (["from-base: Bases/책.base", "formulas: [lable]"], "Did you mean `label`?"),
        (["from-base: Bases/책.base", "formulas: [[a]]"], "must be a text"),
        (["from-base: [a]"], "must be a text"),
    ],
)
def test_wrong_ways_to_name_a_base(vault: Path, lines: list[str], part: str) -> None:
    configure(vault, *lines)
    (line,) = complain(vault)
    assert part in line


class TestClashes:
    def complain(self, vault: Path, *filters: str) -> list[str]:
        rules = "".join(f"  - formulas: {{x: n}}\n{line}" for line in filters)
        (vault / ".vault-sync.yaml").write_text(f"profile: none\nrules:\n{rules}", "utf-8")
        return complain(vault)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("", ""),
            ("", "    filters: a\n"),
            ("    filters: a\n", ""),
            ("    filters: a\n", "    filters: ' a '\n"),
            (
                "    filters: {and: [a, b]}\n",
                "    filters:\n      and:\n        - a\n        - b\n",
            ),
        ],
    )
    def test_two_owners_of_one_property(self, vault: Path, first: str, second: str) -> None:
        (line,) = self.complain(vault, first, second)
        place = 4 + bool(first)
        assert line.startswith(f".vault-sync.yaml:{place}:19: Two rule sets own `x`")

    @pytest.mark.parametrize(
        ("first", "second"), [("a", "b"), ("{and: [a, b]}", "{or: [a, b]}"), ("a", "{and: [a]}")]
    )
    def test_other_filters_may_admit_other_notes(
        self, vault: Path, first: str, second: str
    ) -> None:
        rules = "".join(f"  - {{formulas: {{x: n}}, filters: {one}}}\n" for one in (first, second))
        (vault / ".vault-sync.yaml").write_text(f"profile: none\nrules:\n{rules}", "utf-8")
        assert len(open_workspace(vault, None).rules) == 2

    def test_the_profile_owns_its_properties(self, vault: Path) -> None:
        text = "rules:\n  - formulas: {학습률: n}\n"
        (vault / ".vault-sync.yaml").write_text(text, "utf-8")
        (line,) = complain(vault)
        assert "`study-ko` and `rule set 1`" in line
