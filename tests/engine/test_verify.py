"""``vault-sync verify``: what it tries, that it would notice a lost byte, and that it writes nothing."""

from __future__ import annotations

import json
import shutil
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given

from tests.console import ROOT
from tests.note.odd_notes import notes, thorough
from tests.rules.small import NOW
from vault_sync.cli import run
from vault_sync.engine import verify
from vault_sync.engine.verify import (
    VerifiedNote,
    VerifySummary,
    check_round_trip,
    different_value,
    generalize,
    prove_by_other_reader,
    verify_notes,
)
from vault_sync.errors import BrokenPromiseError, NoteError, Problem
from vault_sync.note.edits import Edit, apply_edits, change_value, insert_property
from vault_sync.note.frontmatter import MAX_BLOCK, find_block, read_frontmatter
from vault_sync.note.values import Stored, StoredList, is_same_value
from vault_sync.plan.evaluation import Conditions
from vault_sync.plan.proof import prove_edits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vault_sync.note.frontmatter import Frontmatter

NOTE = (
    b'---\na: 1\nb: "old"\nc: true\nd:\ne: 2024-01-05\nl:\n  - x\n  - y\n---\n# \xea\xb8\x80\r\nend'
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    monkeypatch.setenv("VAULT_SYNC_STATE", str(place))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return place


def read(text: str) -> Frontmatter:
    block = find_block(text)
    assert block
    found = read_frontmatter(text, block)
    assert found
    return found


class TestOtherValues:
    @pytest.mark.parametrize(
        ("value", "other"),
        [
            ("", Stored("vault-sync", "text")),
            ("~", Stored("vault-sync", "text")),
            ('""', Stored("vault-sync", "text")),
            ("true", Stored("false", "checkbox")),
            ("False", Stored("true", "checkbox")),
            ("1", Stored("2", "number")),
            ("-0.5", Stored("0.5", "number")),
            (".nan", Stored("1", "number")),
            ("1e300", Stored("1", "number")),
            ('"true"', Stored("eurt", "text")),
            ("2024-01-05", Stored("2000-02-29", "date")),
            ("2000-02-29", Stored("2001-01-01", "date")),
            ("2024-01-05T10:00", Stored("2000-02-29T12:30:00", "date")),
            ("abc", Stored("cba", "text")),
            ("aba", Stored("aba·", "text")),
            ("[a, 1]", StoredList((Stored("2", "number"), Stored("a·", "text"), *([Stored("vault-sync", "text")])))),
            ("[]", StoredList((Stored("vault-sync", "text"),))),
        ],
    )  # fmt: skip
    def test_each_is_of_the_same_kind(self, value: str, other: object) -> None:
        assert different_value(read(f"---\na: {value}\n---\n").properties["a"].value) == other

    @thorough
    @given(notes())
    def test_it_is_never_the_old_one(self, text: str) -> None:
        try:
            found = read(text)
        except (NoteError, AssertionError):
            return
        for each in found.properties.values():
            assert not is_same_value(each.value, different_value(each.value))


def write_other(edit: Edit, character: str) -> Edit:
    return edit._replace(replacement=character * len(edit.replacement))


class TestOneNote:
    def test_everything_is_tried(self) -> None:
        proof = check_round_trip(NOTE)
        assert (proof.replaced, proof.inserted, proof.refused) == (6, 7, ())

    @pytest.mark.parametrize(
        "harm",
        [
            lambda text, edit: f"x{apply_edits(text, [edit])}",
            lambda text, edit: f"{apply_edits(text, [edit])}x",
            lambda text, edit: apply_edits(text, [write_other(edit, "\x00")]),
            lambda text, edit: apply_edits(text, [write_other(edit, "힣")]),
        ],
    )
    def test_a_splice_that_changes_more_or_something_else_is_found(
        self, monkeypatch: pytest.MonkeyPatch, harm: Callable[[str, Edit], str]
    ) -> None:
        monkeypatch.setattr(verify, "apply_edits", lambda text, edits: harm(text, edits[0]))
        with pytest.raises(BrokenPromiseError, match="outside of its place"):
            check_round_trip(NOTE)

    @thorough
    @given(notes())
    def test_made_up_notes_come_back_or_are_refused(self, text: str) -> None:
        try:
            check_round_trip(text.encode())
        except NoteError:
            return

    @pytest.mark.parametrize(
        "text", ["", "# text\n", "---\n---\n", "\ufeff---\r\na: 1\r\n---\r\n", "---\n- a\n", "---\n\n---"]
    )  # fmt: skip
    def test_odd_beginnings(self, text: str) -> None:
        try:
            check_round_trip(text.encode())
        except NoteError:
            assert text == "---\n- a\n"

    @pytest.mark.parametrize(
        ("data", "words", "line"),
        [
            (b"---\na: 1\na: 2\n---\n", "second time", 3),
            (b"---\na: b: c\n---\n", "needs quotes", 2),
            (b"---\na: 1\n", "never closes", 1),
            (b"---\n- a\n---\n", "not made of", 2),
            (b"---\na: \xff\n---\n", "not UTF-8", 2),
            (b"---\n<<<<<<< a\n=======\n>>>>>>> b\n---\n", "merge conflict", 2),
        ],
    )
    def test_what_is_refused(self, data: bytes, words: str, line: int) -> None:
        with pytest.raises(NoteError, match=words) as caught:
            check_round_trip(data)
        assert caught.value.problem.line == line

    @pytest.mark.parametrize(
        ("value", "words"),
        [(" {x: 1}", "list or object"), (" |\n  x", "block of lines"), (" &x 1", "anchor")],
    )
    def test_what_no_formula_could_own(self, value: str, words: str) -> None:
        proof = check_round_trip(f"---\nk: 1\nodd:{value}\n---\n".encode())
        assert [(problem.property, problem.line) for problem in proof.refused] == [("odd", 3)]
        assert words in proof.refused[0].message
        assert proof.replaced == 1

    def test_into_an_object_in_braces_no_line_goes(self) -> None:
        proof = check_round_trip(b'---\n{"a": 1}\n---\n')
        assert (proof.replaced, proof.inserted) == (0, 0)
        assert {"one object in braces" in problem.message for problem in proof.refused} == {True}

    @pytest.mark.parametrize("end", ["\n", "# comment\n", "\n# comment\n\n"])
    @pytest.mark.parametrize("value", ["\n  x: 1\n  y:\n", "\n  - a\n  -\n"])
    def test_a_line_goes_in_behind_what_ends_in_nothing(self, value: str, end: str) -> None:
        assert check_round_trip(f"---\na: 1\nk:{value}{end}b: 2\n---\n".encode()).inserted == 4
        assert check_round_trip(f"---\nk:{value}{end}---\n".encode()).inserted == 2

    def test_a_full_block_is_not_overfilled(self) -> None:
        proof = check_round_trip(f"---\nk: {'x' * 65_530}\n---\n".encode())
        assert (proof.replaced, proof.inserted) == (1, 0)
        assert "longer than 64 KiB" in proof.refused[0].message

    @pytest.mark.parametrize(("room", "replaced", "inserted"), [(0, 0, 0), (1, 1, 0), (2, 3, 0)])
    def test_as_much_is_tried_as_fits(self, room: int, replaced: int, inserted: int) -> None:
        """A text that is the same when it is turned round grows by one character, others do not."""
        start = "a: aa\nb: bb\nc: "
        value = "x" + "y" * (MAX_BLOCK - len(start) - 2 - room)
        proof = check_round_trip(f"---\n{start}{value}\n---\n".encode())
        assert (proof.replaced, proof.inserted) == (replaced, inserted)
        assert len(proof.refused) == 1  # the one that says so, though it is so of values and lines

    def test_names_of_probes_are_nobody_s(self) -> None:
        names = ("vault-sync probe 1", "vault-sync probe 2", "vault-sync probe 2+")
        lines = "".join(f"{name}: 1\n" for name in names)
        proof = check_round_trip(f"---\n{lines}---\n".encode())
        assert (proof.replaced, proof.inserted, proof.refused) == (3, 4, ())

    @pytest.mark.parametrize("opt_out", [b"vault-sync: false", b"excalidraw-plugin: parsed"])
    def test_who_asks_to_be_left_alone_is(self, opt_out: bytes) -> None:
        proof = check_round_trip(b"---\n" + opt_out + b"\n---\n")
        assert proof.left_alone
        assert not proof.replaced


def eat_a_byte(edit: Edit) -> Edit:
    return Edit(edit.start, edit.end + 1, edit.replacement)


def reach_out(edit: Edit) -> Edit:
    return Edit(0, edit.end, edit.replacement)


def write_nonsense(edit: Edit) -> Edit:
    return edit._replace(replacement=edit.replacement + " x: y: z")


@pytest.mark.parametrize("spoil", [eat_a_byte, reach_out, write_nonsense])
@pytest.mark.parametrize("surgeon", [change_value, insert_property])
def test_a_surgeon_who_slips_is_noticed(
    surgeon: Callable[..., Edit], spoil: Callable[[Edit], Edit], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slip(*arguments: Any) -> Edit:
        return spoil(surgeon(*arguments))

    monkeypatch.setattr(verify, surgeon.__name__, slip)
    with pytest.raises(BrokenPromiseError):
        check_round_trip(NOTE)


@pytest.mark.parametrize(
    ("name", "stand_in"),
    [
        ("prove_edits", lambda note, _edits, _values: note.text + "x"),
        ("apply_edits", lambda text, _edits: text),
        ("apply_edits", lambda text, _edits: text.upper()),
        ("invert_edits", lambda _text, _edits: []),
    ],
)
def test_the_proof_is_not_believed_either(
    name: str, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, name, stand_in)
    with pytest.raises(BrokenPromiseError):
        check_round_trip(NOTE)


def test_the_text_below_is_looked_at_where_no_other_reader_has_a_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "---\na: &x 1\nb: *x\nc: 1\n---\nbody\n"
    check_round_trip(text.encode())
    monkeypatch.setattr(
        verify, "prove_edits", lambda *asked: prove_edits(*asked).replace("body", "BODY")
    )
    with pytest.raises(BrokenPromiseError, match="below the properties has changed"):
        check_round_trip(text.encode())


def take_picture(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples" / "problems", tmp_path / "vault")
    return tmp_path / "vault"


class TestTheCommand:
    def test_nothing_is_written_anywhere(self, vault: Path, state: Path) -> None:
        before = take_picture(vault)
        run(["verify", str(vault)])
        assert take_picture(vault) == before
        assert not state.exists()

    def test_what_it_says(self, vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", str(vault)]) == 4
        said = capsys.readouterr().out
        assert "7 notes looked at: 3 with properties, 0 without, 4 refused" in said
        assert "Every byte came back. Nothing was written." in said
        assert "     1  The property `…` stands here a second time (first in line …)" in said

    def test_verbose_names_notes_and_lines(
        self, vault: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(["verify", "-v", str(vault)])
        said = capsys.readouterr()
        assert (
            "같은 속성이 두 번.md:4: The property `❤1일복습여부` stands here a second time"
            in said.err
        )
        assert "verify -v" not in said.out

    def test_a_vault_without_problems(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", str(ROOT / "examples" / "vault")]) == 0
        assert "refused:" not in capsys.readouterr().out

    def test_properties_that_cannot_be_owned_are_no_reason_to_fail(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / ".obsidian").mkdir()
        (tmp_path / "A.md").write_text("---\nx: {y: 1}\n---\n", "utf-8")
        assert run(["verify", str(tmp_path)]) == 0
        assert "no formula could own" in capsys.readouterr().out

    def test_json(self, vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (vault / "An object.md").write_text("---\nx: {y: 1}\n---\n", "utf-8")
        assert run(["verify", "--format", "json", str(vault)]) == 4
        said = json.loads(capsys.readouterr().out)
        assert said["vault"] == str(vault)
        assert {each["what"] for each in said["refused"]} == {"note", "property", "value"}
        assert [each["line"] for each in said["refused"] if each["path"].startswith("Never")] == [1]
        assert said["summary"]["refused"] == 4
        assert said["summary"]["bugs"] == 0

    def test_a_bug_names_the_note_and_has_its_own_code(
        self, vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(*_: object) -> Edit:
            raise IndexError("oh\x1b[2J\a")

        monkeypatch.setattr(verify, "change_value", fail)
        assert run(["verify", str(vault)]) == 70
        said = capsys.readouterr()
        assert "날짜가 모호한 노트.md: This is a bug of vault-sync, please report it." in said.err
        assert r"oh\x1b[2J\x07" in said.err
        assert "Every byte came back" not in said.out

    def test_korean(
        self, vault: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
        run(["verify", str(vault)])
        assert "모든 바이트가 그대로 돌아왔습니다" in capsys.readouterr().out

    def test_hostile_names_steer_no_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / ".obsidian").mkdir()
        (tmp_path / "a\x1b[2J\nb.md").write_text('---\n"k\\e": {}\nx: y: z\n---\n', "utf-8")
        (tmp_path / "c.md").write_text('---\n"k\\e": {}\n---\n', "utf-8")
        assert run(["verify", "-v", str(tmp_path)]) == 4
        said = capsys.readouterr()
        assert "\x1b" not in said.out + said.err


def test_a_note_that_is_gone_is_refused(tmp_path: Path) -> None:
    (verdict,) = verify_notes(str(tmp_path), ["gone.md"], (), Conditions(NOW, UTC))
    assert verdict.refused


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("---\na: 1\n---\n", "proved"),
        ("text\n", "bare"),
        ("---\nvault-sync: false\n---\n", "left_alone"),
        ("---\na: b: c\n---\n", "refused"),
    ],
)
def test_each_note_counts_once(tmp_path: Path, text: str, count: str) -> None:
    (tmp_path / "a.md").write_text(text, "utf-8")
    summary = VerifySummary()
    for _ in range(2):
        for verdict in verify_notes(str(tmp_path), ["a.md"], (), Conditions(NOW, UTC)):
            summary.add(verdict)
    counts = ("proved", "bare", "left_alone", "refused", "bugs")
    assert [name for name in counts for _ in range(getattr(summary, name))] == [count] * 2
    assert (summary.seen, summary.replaced, summary.inserted) == (
        (2, 2, 4) if count == "proved" else (2, 0, 0)
    )
    assert [*summary.note_reasons.values()] == ([2] if count == "refused" else [])


def test_a_bug_counts_as_nothing_else() -> None:
    summary = VerifySummary()
    summary.add(VerifiedNote("a.md", refused=Problem("x"), bug="oh"))
    assert (summary.seen, summary.bugs, summary.refused) == (1, 1, 0)


def test_reasons_of_properties_are_counted_over_all_notes() -> None:
    summary = VerifySummary()
    for name in ("a", "b"):
        data = f"---\n{name}: {{x: 1}}\nk: 1\n---\n".encode()
        summary.add(VerifiedNote("x.md", check_round_trip(data)))
    assert [*summary.property_reasons.values()] == [2]
    assert (summary.proved, summary.replaced) == (2, 2)


def test_reasons_are_counted_without_names() -> None:
    tally = VerifySummary()
    for name, line in (("a", 2), ("b", 9)):
        message = f"The property `{name}` stands here a second time (first in line {line}); x."
        tally.add(VerifiedNote("x.md", refused=Problem(message, 3, name)))
    assert list(tally.note_reasons.values()) == [2]
    assert generalize(Problem("No `name` here.")) == "No `name` here."


class TestWitness:
    BEFORE: Final = "---\na: 1\nb: [x, 2024-07-07]\nc: yes\n---\n# Body\n---\n"

    @pytest.mark.parametrize("old", ["a: 1", "b: [x, 2024-07-07]", "c: yes"])
    def test_it_sees_what_is_changed_and_what_is_not(self, old: str) -> None:
        name = old[0]
        after = self.BEFORE.replace(old, f"{name}: other")
        prove_by_other_reader(self.BEFORE, after, [name])
        prove_by_other_reader(self.BEFORE, after, [name.upper()])
        with pytest.raises(BrokenPromiseError):
            prove_by_other_reader(self.BEFORE, after, ["x"])

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("# Body", "# body"),
            ("a: 1\n", ""),
            ("a: 1\n", "a: 1\nd: 2\n"),
            ("a: 1", "a: ["),
            ("a: 1\n---\n", ""),
        ],
    )
    def test_it_misses_nothing(self, old: str, new: str) -> None:
        before = (
            self.BEFORE.replace("b: [x, 2024-07-07]\nc: yes\n", "")
            if old.endswith("---\n")
            else self.BEFORE
        )
        with pytest.raises(BrokenPromiseError):
            prove_by_other_reader(before, before.replace(old, new, 1), [])

    @pytest.mark.parametrize("name", ["content", "handler", "metadata"])
    def test_names_that_a_post_has_itself_are_properties_as_well(self, name: str) -> None:
        before = f"---\n{name}: 1\na: 1\n---\n"
        with pytest.raises(BrokenPromiseError):
            prove_by_other_reader(before, before.replace("1", "2"), ["a"])

    @pytest.mark.parametrize(
        "text",
        [
            "no properties\n",
            "---\na: [\n---\n",
            "---\n? [a]\n: b\n---\n",
            "---\na: &x 1\nb: *x\n---\n",
        ],
    )
    def test_it_has_no_say_where_it_does_not_read(self, text: str) -> None:
        prove_by_other_reader(text, text + "more", [])

    def test_verify_asks_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            verify, "prove_edits", lambda *asked: prove_edits(*asked).replace("[x", "[y")
        )
        with pytest.raises(BrokenPromiseError, match="Another reader"):
            check_round_trip(self.BEFORE.encode())
