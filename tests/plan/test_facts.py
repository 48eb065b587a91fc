"""What formulas see of their own note, and what of it is a person's."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from tests.rules.small import NOW, compiled, plan, source, tell
from vault_sync.errors import EvaluationError, FrontmatterError, OtherNoteError
from vault_sync.formula.registry import Clock
from vault_sync.note.frontmatter import read_properties
from vault_sync.plan.evaluation import Conditions, is_of_other_note
from vault_sync.plan.explain import mend_text
from vault_sync.plan.person_text import PersonText, find_owned, list_derived, read_person_text
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from vault_sync.rules.ruleset import RuleSet

CONDITIONS: Final = Conditions(NOW, UTC)
LINES: Final = 'a: 1\nto: ["[[Far]]", "[[Near|n]]"]\nTags: [own]\nbad: &x 1\n'


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("file.links.map(value.toString())", ["[[Far|Far]]", "[[Near|n]]", "[[Link|Link]]"]),
        ("file.links.length + file.links.length", 6),
        ("file.tags", ["own", "tagged"]),
        ("file.embeds.length", 0),
        ('note["A"]', 1),
        ('note["none"] == null', True),
        ('file.hasProperty("TO")', True),
        ("file.name", "a"),
    ],
)
def test_what_a_formula_sees_of_its_note(formula: str, value: object) -> None:
    (change,) = plan(LINES, source(x=formula)).changes
    assert change.new == value


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        ("file.properties.keys().length", LINES),  # what cannot be read is left out
        ("note.keys().length", LINES.replace("bad: &x 1\n", "")),
    ],
)
def test_what_a_filter_sees_of_all_properties(count: str, lines: str) -> None:
    assert plan(lines, source(f"{count} == 3", x="1")).changes
    assert not plan(lines, source(f"{count} == 4", x="1")).is_governed


def test_links_that_formulas_write_are_none_that_they_see() -> None:
    made = source(made='["[[Made]]"]')
    found = plan(f'{LINES}made: ["[[Old]]"]\n', made, source(x="file.links.length"))
    assert {one.property: one.new for one in found.changes}["x"] == 3


def test_a_property_whose_formula_fails_is_left_out_of_all() -> None:
    failing = source(a='date("x")')
    found = plan(LINES, failing, source("file.properties.keys().length == 2", x="1"))
    assert [one.property for one in found.problems] == ["a"]
    assert [one.property for one in found.changes] == ["x"]


@pytest.mark.parametrize("spelling", ["other", "OTHER", "Other"])
def test_a_formula_is_read_by_every_spelling_of_its_name(spelling: str) -> None:
    found = plan("a: 1\n", source(helpers={"Other": "a + 1"}, x=f"formula.{spelling}"))
    assert [one.new for one in found.changes] == [2]


@pytest.mark.parametrize(
    ("error", "is_other"), [(OtherNoteError("x"), True), (EvaluationError("x"), False)]
)
def test_an_error_of_another_note_is_known(error: EvaluationError, *, is_other: bool) -> None:
    assert is_of_other_note(error) is is_other


def test_a_line_that_has_no_place_is_a_problem() -> None:
    found = plan('{"a": 1}\n', source(x="a + 1"))
    assert not found.changes
    assert [one.message.partition(" ")[0] for one in found.problems] == ["The"]


RULES: Final = (
    compiled(source("a", double="a * 2", day="today()", kept="1", modes={"kept": Mode.KEEP})),
    compiled(source("a", filled="1", DOUBLE="3", modes={"filled": Mode.FILL})),
    compiled(source("other", elsewhere="1")),
)


def own(lines: str, rules: tuple[RuleSet, ...] = RULES) -> dict[str, Clock]:
    note = read_properties(f"---\n{lines}---\nbody\n")
    assert note
    return dict(find_owned(note, "Notes/a.md", rules, CONDITIONS))


def test_what_a_refresh_would_put_right_is_ours() -> None:
    assert own("a: 1\n") == {"double": Clock.STABLE, "day": Clock.DAILY}
    assert own("a: 1\nother: 1\n").keys() == {"double", "day", "elsewhere"}
    assert own("b: 1\n") == {}
    assert own("a: 1\nvault-sync: false\n") == {}


def test_what_fails_may_be_a_person_s() -> None:
    assert own("a: x\n", (compiled(source(double="date(a)", day="today()")),)).keys() == {"day"}
    by_size = compiled(source("file.size > 1", x="1"))
    assert own("a: 1\n", (by_size,)) == {}  # of a version nobody knows the size


def test_names_of_all_that_is_derived() -> None:
    assert set(list_derived(RULES)) == {"double", "day", "elsewhere"}


@pytest.mark.parametrize(
    ("lines", "left", "is_sure"),
    [
        ("a: 1\ndouble: 2\nday: 2024-10-27\nfilled: 1\n", "a: 1\nfilled: 1\n", True),
        ("b: 1\ndouble: 2\n", "b: 1\ndouble: 2\n", False),
        ("b: 1\n", "b: 1\n", True),
        ("a: 1\ndouble: b: c\n", "a: 1\ndouble: b: c\n", False),
    ],
)
def test_a_note_is_left_with_what_a_person_wrote(lines: str, left: str, *, is_sure: bool) -> None:
    found = read_person_text(f"---\n{lines}---\nbody\n", "Notes/a.md", RULES, CONDITIONS)
    assert found == PersonText(f"---\n{left}---\nbody\n", is_sure)


def test_a_note_without_properties_is_a_person_s() -> None:
    assert read_person_text("body\n", "a.md", RULES, CONDITIONS) == PersonText("body\n")


def ask_nobody(_fact: str) -> NoReturn:
    raise AssertionError


@pytest.mark.parametrize(
    ("lines", "mended"),
    [
        ("a: 1\ndouble: 2\n", "a: 1\ndouble: 2\n"),
        ('a: 1\ndouble: "3\n', "a: 1\ndouble: 2\n"),
        ("a: b: c\n", None),
        ("a: 1\nother: b: c\n", None),
    ],
)
def test_a_note_is_read_as_a_refresh_mends_it(lines: str, mended: str | None) -> None:
    text = f"---\n{lines}---\n"
    rules = [compiled(source("a", double="a * 2"))]
    if mended is None:
        with pytest.raises(FrontmatterError):
            mend_text(text, "Notes/a.md", rules, CONDITIONS, tell)
        return
    found = mend_text(text, "Notes/a.md", rules, CONDITIONS, tell)
    assert found.replace('"', "") == f"---\n{mended}---\n"
    assert (found is text) == (lines == mended)
