"""A formula that reads a derived property of another note gets its new value."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.linked_vaults import NOW, messages, plan_all, values, write, write_vault
from vault_sync.engine.refresh import Stale

if TYPE_CHECKING:
    from pathlib import Path

TASK: Final = "{name: tasks, filters: Hours, formulas: {double: Hours * 2}}"
PAGE: Final = "{name: pages, filters: Tasks, formulas: {sum: 'Tasks.map(value.asFile().properties.double).sum()'}}"
TOP: Final = "{name: tops, filters: page, formulas: {all: 'page.asFile().properties.sum + 1'}}"
NOTES: Final = {
    "a.md": '---\nTasks: ["[[t1]]", "[[t2]]"]\n---\n',
    "t1.md": "---\nHours: 1\ndouble: 100\n---\n",
    "t2.md": "---\nHours: 2\n---\n",
    "z.md": '---\npage: "[[a]]"\n---\n',
}


@pytest.mark.parametrize("rules", [*itertools.permutations((TASK, PAGE, TOP))])
@pytest.mark.parametrize("order", [sorted(NOTES), sorted(NOTES, reverse=True), ["z.md", "a.md"]])
def test_whatever_the_order(tmp_path: Path, rules: tuple[str, ...], order: list[str]) -> None:
    write_vault(tmp_path, NOTES, *rules)
    found = plan_all(tmp_path, order)
    assert values(found["a.md"]) == {"sum": 6}
    assert values(found["z.md"]) == {"all": 7}


@pytest.mark.parametrize(
    ("task", "total"),
    [
        ("---\nHours: 1\ndouble: 100\nvault-sync: false\n---\n", 100 + 4),
        ("---\ndouble: 9\n---\n", 9 + 4),  # no rule is about it
        ("no properties\n", 4),
        ('---\nHours: 1\ndouble: "2"\n---\n', 2 + 4),
    ],
)
def test_what_stands_where_nothing_is_derived(tmp_path: Path, task: str, total: int) -> None:
    write_vault(tmp_path, {**NOTES, "t1.md": task}, TASK, PAGE)
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": total}


def test_a_note_that_rules_leave_alone(tmp_path: Path) -> None:
    write_vault(tmp_path, NOTES, TASK, PAGE)
    with (tmp_path / ".vault-sync.yaml").open("a") as config:
        config.write("\nignore: [t1.md]")
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": 104}


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("---\na: b: c\n---\n", "t1.md cannot be read: "),
        ("---\nHours: x\n---\n", "`double` of t1.md has no value: "),
        ("---\nHours: 1\ndouble: 3\n<<<<<<< HEAD\n---\n", "t1.md cannot be read: "),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path: Path, task: str, reason: str) -> None:
    write_vault(tmp_path, {**NOTES, "t1.md": task}, TASK, PAGE)
    (message,) = messages(plan_all(tmp_path, ["a.md"])["a.md"])
    assert message.startswith(f"sum: {reason}")


def test_a_broken_line_that_a_refresh_mends_has_its_new_value(tmp_path: Path) -> None:
    write_vault(tmp_path, {**NOTES, "t1.md": '---\nHours: 1\ndouble: "3\n---\n'}, TASK, PAGE)
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": 6}


CIRCLE: Final = "{name: ring, filters: to, formulas: {x: 'to.asFile().properties.y', y: 'to.asFile().properties.x', size: '1'}}"
RING: Final = "These properties need each other, so none has a value: {}."


@pytest.mark.parametrize("order", [*itertools.permutations(("A.md", "B.md", "C.md", "D.md"))])
def test_circles_are_shown_and_the_rest_goes_on(tmp_path: Path, order: tuple[str, ...]) -> None:
    notes = {"A.md": "B", "B.md": "A", "C.md": "A", "D.md": "E"}
    texts = {path: f'---\nto: "[[{to}]]"\n---\n' for path, to in notes.items()}
    write_vault(tmp_path, {**texts, "E.md": "---\nx: 3\n---\n"}, CIRCLE)
    found = plan_all(tmp_path, order)
    by_x = RING.format("A > x -> B > y -> A > x")
    by_y = RING.format("A > y -> B > x -> A > y")
    assert messages(found["A.md"]) == [f"x: {by_x}", f"y: {by_y}"]
    assert messages(found["B.md"]) == [f"x: {by_y}", f"y: {by_x}"]
    assert messages(found["C.md"]) == [f"x: {by_y}", f"y: {by_x}"]
    assert values(found["D.md"]) == {"y": 3, "size": 1}
    assert all(values(found[path])["size"] == 1 for path in ["A.md", "B.md", "C.md"])


def test_a_circle_that_no_value_needs_is_none(tmp_path: Path) -> None:
    rule = "{name: r, filters: to, formulas: {x: 'if(done, 0, formula.y)', y: 'to.asFile().properties.x'}}"
    notes = {
        "A.md": '---\nto: "[[B]]"\ndone: true\n---\n',
        "B.md": '---\nto: "[[A]]"\n---\n',
    }
    write_vault(tmp_path, notes, rule)
    for order in (["A.md", "B.md"], ["B.md", "A.md"]):
        found = plan_all(tmp_path, order)
        assert values(found["A.md"]) == {"x": 0, "y": 0}
        assert values(found["B.md"]) == {"x": 0, "y": 0}


def test_a_note_that_needs_itself(tmp_path: Path) -> None:
    rule = "{name: r, filters: to, formulas: {x: 'to.asFile().properties.x'}}"
    write_vault(tmp_path, {"A.md": '---\nto: "[[A]]"\n---\n'}, rule)
    expected = ["x: " + RING.format("A > x -> A > x")]
    assert messages(plan_all(tmp_path, ["A.md"])["A.md"]) == expected


def test_a_filter_that_needs_what_it_admits(tmp_path: Path) -> None:
    rule = "{name: r, filters: 'to.asFile().properties.x > 1', formulas: {x: '2'}}"
    notes = {"A.md": '---\nto: "[[B]]"\n---\n', "B.md": '---\nto: "[[A]]"\n---\n'}
    write_vault(tmp_path, notes, rule)
    found = plan_all(tmp_path, notes)
    circle = "A > the filter of r -> B > the filter of r -> A > the filter of r"
    assert all(circle in message for path in notes for message in messages(found[path]))
    assert all(messages(found[path]) for path in notes)


def test_a_long_chain(tmp_path: Path) -> None:
    rule = "{name: r, filters: 'file.hasProperty(\"next\")', formulas: {n: 'if(next, 1 + next.asFile().properties.n, 1)'}}"
    texts = {f"{at}.md": f'---\nnext: "[[{at + 1}]]"\n---\n' for at in range(2000)}
    write_vault(tmp_path, {**texts, "2000.md": "---\nnext:\n---\n"}, rule)
    found = plan_all(tmp_path, ["0.md", "1000.md", "2000.md"])
    assert [values(one)["n"] for one in found.values()] == [2001, 1001, 1]


def test_a_long_circle(tmp_path: Path) -> None:
    rule = "{name: r, filters: next, formulas: {n: '1 + next.asFile().properties.n'}}"
    texts = {f"{at:03}.md": f'---\nnext: "[[{(at + 1) % 500:03}]]"\n---\n' for at in range(500)}
    write_vault(tmp_path, texts, rule)
    for path in ("000.md", "250.md"):
        (message,) = messages(plan_all(tmp_path, [path])[path])
        assert "000 > n -> 001 > n" in message
        assert "… -> " in message
        assert len(message) < 300


def test_a_page_of_pages_reads_each_once(tmp_path: Path) -> None:
    rules = (
        "{name: low, filters: Hours, formulas: {a: 'Hours + to.asFile().properties.zero'}}",
        "{name: mid, filters: low, formulas: {b: 'low.map(value.asFile().properties.a).sum()'}}",
        "{name: top, filters: mid, formulas: {c: 'mid.map(value.asFile().properties.b).sum()'}}",
        "{name: peak, filters: top, formulas: {d: 'top.map(value.asFile().properties.c).sum()'}}",
    )
    lows = "".join(f'  - "[[low{at}]]"\n' for at in range(40))
    notes = {f"low{at}.md": f'---\nHours: {at}\nto: "[[base]]"\n---\n' for at in range(40)}
    notes |= {"base.md": "---\nzero: 0\n---\n", "mid.md": f"---\nlow:\n{lows}---\n"}
    notes |= {
        "top.md": '---\nmid: ["[[mid]]", "[[mid]]"]\n---\n',
        "peak.md": '---\ntop: ["[[top]]"]\n---\n',
    }
    write_vault(tmp_path, notes, *rules)
    assert values(plan_all(tmp_path, ["peak.md"])["peak.md"]) == {"d": 1560}


@pytest.mark.parametrize("fact", ["backlinks.length", "links.length"])
def test_links_that_formulas_write_do_not_count(tmp_path: Path, fact: str) -> None:
    rules = (
        "{name: r, filters: 'file.hasProperty(\"is\")', formulas: {made: 'file.backlinks'}}",
        f"{{name: s, filters: 'see', formulas: {{n: 'see.asFile().{fact}'}}}}",
    )
    notes = {
        "A.md": '---\nis: page\nmade: ["[[B]]", "[[C]]"]\n---\n',
        "B.md": '---\nsee: "[[A]]"\n---\n',
        "C.md": '---\nsee: "[[B]]"\n---\n',
    }
    write_vault(tmp_path, notes, *rules)
    found = plan_all(tmp_path, notes)
    assert values(found["A.md"]) == {"made": ["[[B]]"]}
    assert values(found["B.md"]) == {"n": 1 if fact.startswith("back") else 0}
    assert values(found["C.md"]) == {"n": 1}


def test_now_of_another_note_is_the_start_of_its_day(tmp_path: Path) -> None:
    rules = (
        "{name: r, filters: is, formulas: {at: 'now()'}}",
        "{name: s, filters: see, formulas: {read: 'see.asFile().properties.at'}}",
    )
    notes = {"A.md": "---\nis: x\n---\n", "B.md": '---\nsee: "[[A]]"\n---\n'}
    write_vault(tmp_path, notes, *rules)
    found = plan_all(tmp_path, ["B.md"], NOW + timedelta(hours=1))["B.md"]
    assert values(found) == {"read": "2024-10-27T00:00:00"}
    assert isinstance(found, Stale)
    assert found.plan.changes[0].clock.name == "DAILY"


def test_a_name_that_a_new_file_takes_over(tmp_path: Path) -> None:
    write_vault(tmp_path, {"a.md": '---\nTasks: ["[[t]]"]\n---\n'}, TASK, PAGE)
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": 0}
    write(tmp_path, {"Deep/t.md": "---\nHours: 4\n---\n"})
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": 8}
    write(tmp_path, {"t.md": "---\nHours: 5\n---\n"})
    assert values(plan_all(tmp_path, ["a.md"])["a.md"]) == {"sum": 10}


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "out", "out/secret"])
def test_nothing_outside_of_the_vault_is_seen(tmp_path: Path, target: str) -> None:
    outside = tmp_path / "outside"
    write(outside, {"secret.md": "---\nHours: 1\n---\n", "out.md": "---\nHours: 1\n---\n"})
    root = write_vault(tmp_path / "vault", {"a.md": f'---\nTasks: ["[[{target}]]"]\n---\n'}, PAGE)
    (root / "out.md").symlink_to(outside / "out.md")
    (root / "out").symlink_to(outside)
    found = plan_all(root, ["a.md"])["a.md"]
    assert values(found) == {"sum": 0}


def test_huge_lists_of_backlinks_end_in_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vault_sync.engine.linked_notes import LinkedNotes  # noqa: PLC0415

    many = [f"{at}.md" for at in range(100_000)]
    monkeypatch.setattr(LinkedNotes, "list_backlinks", lambda _view, _path: many)
    rule = "{name: r, filters: 'file.hasProperty(\"is\")', formulas: {n: 'file.backlinks.length'}}"
    write_vault(tmp_path, {"a.md": "---\nis: x\n---\n"}, rule)
    (message,) = messages(plan_all(tmp_path, ["a.md"])["a.md"])
    assert message == "n: The formula does more work than a formula may; make it simpler."


def test_a_dozen_rollups_over_a_thousand_notes(tmp_path: Path) -> None:
    per_note = 'value.asFile().properties["Hours"]'
    formulas = {f"sum{at}": f"Tasks.map({per_note}).flat().sum() + {at}" for at in range(6)}
    formulas |= {
        f"n{at}": f"Tasks.filter({per_note} > {at}).map({per_note} * 2).sum()" for at in range(6)
    }
    listed = ", ".join(f"{name}: '{text}'" for name, text in formulas.items())
    links = ", ".join(f'"[[{at}]]"' for at in range(1000))
    notes = {f"{at}.md": f"---\nHours: {at % 4}\n---\n" for at in range(1000)}
    write_vault(
        tmp_path,
        {"page.md": f"---\nTasks: [{links}]\n---\n", **notes},
        f"{{name: r, filters: Tasks, formulas: {{{listed}}}}}",
    )
    found = plan_all(tmp_path, ["page.md"])["page.md"]
    assert values(found) == {
        **{f"sum{at}": 1500 + at for at in range(6)},
        "n0": 3000,
        "n1": 2500,
        "n2": 1500,
        "n3": 0,
        "n4": 0,
        "n5": 0,
    }


@pytest.mark.parametrize(("notes", "is_too_much"), [(5, False), (48, True)])
def test_many_rules_that_read_each_other(tmp_path: Path, notes: int, is_too_much: bool) -> None:  # noqa: FBT001 - a table's column
    last = 99
    formulas = {
        f"x{at}": f"to.map(value.asFile().properties.x{at + 1}).sum()" for at in range(last)
    }
    listed = ", ".join(f"{name}: '{text}'" for name, text in (formulas | {f"x{last}": "1"}).items())
    links = ", ".join(f'"[[{at}]]"' for at in range(notes))
    texts = {f"{at}.md": f"---\nto: [{links}]\n---\n" for at in range(notes)}
    write_vault(tmp_path, texts, f"{{name: r, filters: to, formulas: {{{listed}}}}}")
    for path in ["0.md"] if is_too_much else ["0.md", f"{notes - 1}.md"]:
        found = plan_all(tmp_path, [path])[path]
        assert is_too_much or values(found)["x97"] == notes**2
        said = "The formula does more work than a formula may; make it simpler."
        assert any(said in message for message in messages(found)) is is_too_much


STUDY: Final = """\
study-ko: {{review-status: fill, missing: {missing}}}
timezone: UTC
rules:
  - name: pages
    filters: see
    formulas:
      next: 'see.map(value.asFile().properties["복습"]).join("/")'
      lists: 'see.filter(value.asFile().properties["복습"].isType("list")).length'
"""
FILLED: Final = {
    "a page.md": '---\nsee: ["[[empty]]", "[[chosen]]", "[[missing]]"]\nnext: old\n---\n',
    "chosen.md": "---\n⭕첫 학습날: 2024-10-20\n❤1일복습여부: true\n복습: 추가 복습\n---\n",
    "empty.md": "---\n⭕첫 학습날: 2024-10-20\n❤1일복습여부: true\n복습:\n---\n",
    "missing.md": "---\n⭕첫 학습날: 2024-10-20\n---\n",
    "z page.md": '---\nsee: ["[[empty]]", "[[chosen]]", "[[missing]]"]\n---\n',
}


@pytest.mark.parametrize(
    ("missing", "kind", "lines"),
    [
        ("add", "text", "next: 4일 복습/추가 복습/1일 복습\nlists: 0\n"),
        ("skip", "text", "next: 4일 복습/추가 복습/\nlists: 0\n"),
        ("add", "multitext", "next: 4일 복습/추가 복습/1일 복습\nlists: 2\n"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_what_is_filled_in_elsewhere_is_read_as_that_note_will_hold_it(
    tmp_path: Path, missing: str, kind: str, lines: str, order: int
) -> None:
    write(tmp_path, {".vault-sync.yaml": STUDY.format(missing=missing), **FILLED})
    write(tmp_path, {".obsidian/types.json": f'{{"types": {{"복습": "{kind}"}}}}'})
    for path, found in plan_all(tmp_path, sorted(FILLED)[::order]).items():
        if isinstance(found, Stale):
            write(tmp_path, {path: found.plan.text})
    texts = {path: (tmp_path / path).read_text("utf-8") for path in FILLED}
    assert all(lines in texts[path] for path in ("a page.md", "z page.md"))
    assert "복습: 추가 복습\n" in texts["chosen.md"]
    assert not any(isinstance(one, Stale) for one in plan_all(tmp_path, FILLED).values())
