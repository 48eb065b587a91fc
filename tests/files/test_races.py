"""Another program saves at every step of the protocol: none of its saves is ever lost."""

from __future__ import annotations

import errno
import itertools
import multiprocessing
import os
import stat
import sys
import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.files.editors import EDITORS, NEW, OLD, RUN_ID, Vault
from vault_sync.errors import NoteError
from vault_sync.files import displaced, exchange
from vault_sync.files.folder import Folder, name_leftover
from vault_sync.files.outcome import Replacement, WriteContext, WriteStatus, WriteStep
from vault_sync.files.platform import Lease
from vault_sync.files.read import read_note
from vault_sync.files.replace import replace_notes

if TYPE_CHECKING:
    from collections.abc import Callable

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="leases are a thing of Linux")


def no_sleep(_: float) -> None:
    """Let no time pass: the programs played here are done when their save returns."""


class Script:
    """Plays another program: does something the first time a step is reached."""

    def __init__(self, **acts: Callable[[], None]) -> None:
        self.acts = acts
        self.reached: list[WriteStep] = []

    def __call__(self, step: WriteStep, _: str) -> None:
        self.reached.append(step)
        act = self.acts.pop(step.name, None)
        if act:
            act()


@pytest.fixture(params=["exchange", "link", "no leases"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test as on a system with everything, without RENAME_EXCHANGE, without leases."""
    if request.param == "link":
        monkeypatch.setitem(exchange._SWAPS, sys.platform, exchange.swap_by_link)
    if request.param == "no leases":
        monkeypatch.setattr(displaced, "take_lease", lambda _: Lease.UNKNOWN)
    return str(request.param)


@pytest.mark.parametrize("second", EDITORS)
@pytest.mark.parametrize("first", EDITORS)
def test_no_save_is_lost_at_any_two_steps(vault: Vault, first: str, second: str, way: str) -> None:
    for one, two in itertools.product(WriteStep, WriteStep):
        vault.note.write_bytes(OLD)
        saves: list[bytes] = []

        def save(style: str, text: bytes, saves: list[bytes] = saves) -> None:
            EDITORS[style](vault.note, text)
            saves.append(text)

        script = Script(**{two.name: partial(save, second, b"save two\n")})
        script.acts[one.name] = partial(save, first, b"save one\n")
        before = set(vault.rescue.glob("*"))
        outcome = replace_notes(
            vault.root, [vault.replacement()], vault.context(steps=script, sleep=no_sleep)
        )[0]
        place = f"{one.name}, {two.name}: {outcome}"
        assert not vault.leftovers(), place
        if saves:
            # A later save that overwrites an earlier one is the user's own doing.
            assert vault.holds(saves[-1]), place
        if outcome.rescue is None:
            assert set(vault.rescue.glob("*")) == before, place
            assert outcome.status is not WriteStatus.CHANGED or vault.note.read_bytes() != NEW, (
                place
            )
        for copy in vault.rescue.glob("*"):
            copy.unlink()


@pytest.mark.parametrize("style", EDITORS)
@pytest.mark.parametrize("step", [WriteStep.PREPARED, WriteStep.SYNCED, WriteStep.COMPARED])
def test_a_save_before_the_swap_stays_in_the_note(
    vault: Vault, style: str, step: WriteStep, way: str
) -> None:
    if (way, style, step) == ("link", "rename", WriteStep.COMPARED):
        pytest.skip("the window of the fallback lies inside the swap, not before it")
    script = Script(**{step.name: lambda: EDITORS[style](vault.note, b"my words\n")})
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert outcome.status is WriteStatus.CHANGED
    assert vault.note.read_bytes() == OLD + b"my words\n"
    assert (vault.rescued(), vault.leftovers()) == ([], [])
    assert (WriteStep.SWAPPED in script.reached) is (step is WriteStep.COMPARED)


def replace_by_folder(note: Path) -> None:
    note.unlink()
    note.mkdir()


def replace_by_fifo(note: Path) -> None:
    note.unlink()
    os.mkfifo(note)


def replace_by_link(note: Path) -> None:
    note.unlink()
    note.symlink_to("/etc/hostname")


@pytest.mark.parametrize("step", [WriteStep.PREPARED, WriteStep.SYNCED, WriteStep.COMPARED])
@pytest.mark.parametrize(
    ("act", "is_kind"),
    [
        (Path.unlink, lambda note: not os.path.lexists(note)),
        (replace_by_folder, Path.is_dir),
        (replace_by_fifo, lambda note: stat.S_ISFIFO(note.lstat().st_mode)),
        (replace_by_link, Path.is_symlink),
    ],
)
def test_what_took_the_place_of_the_note_stays(
    vault: Vault,
    act: Callable[[Path], None],
    is_kind: Callable[[Path], bool],
    step: WriteStep,
    way: str,
) -> None:
    script = Script(**{step.name: lambda: act(vault.note)})
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert outcome.status is not WriteStatus.WRITTEN
    assert is_kind(vault.note)
    assert (vault.rescued(), vault.leftovers()) == ([], [])


def test_a_note_deleted_after_the_swap_stays_deleted_and_its_last_save_is_kept(
    vault: Vault,
) -> None:
    script = Script(
        COMPARED=lambda: EDITORS["append"](vault.note, b"last\n"), SWAPPED=vault.note.unlink
    )
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert not vault.note.exists()
    assert vault.rescued() == [OLD + b"last\n"]
    assert outcome.rescue
    assert str(outcome.rescue) in (outcome.problem.message if outcome.problem else "")


def test_a_changed_mode_is_a_change(vault: Vault) -> None:
    script = Script(COMPARED=lambda: vault.note.chmod(0o640))
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert outcome.status is WriteStatus.CHANGED
    assert stat.S_IMODE(vault.note.stat().st_mode) == 0o640


def test_a_save_that_is_given_back_and_overwritten_unseen_is_kept(vault: Vault) -> None:
    buffer: list[bytes] = []
    script = Script(
        COMPARED=lambda: EDITORS["append"](vault.note, b"one\n"),
        SWAPPED=lambda: buffer.append(vault.note.read_bytes()),
        GIVEN_BACK=lambda: (vault.note.write_bytes(buffer[0] + b"two\n"), None)[1],
    )
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert vault.note.read_bytes() == NEW + b"two\n"
    assert vault.rescued() == [OLD + b"one\n"]
    assert outcome.rescue is not None


@pytest.mark.parametrize("second", EDITORS)
def test_of_two_saves_the_newer_is_in_the_note_and_the_older_is_kept(
    vault: Vault, second: str, way: str
) -> None:
    script = Script(
        COMPARED=lambda: EDITORS["append"](vault.note, b"older\n"),
        SWAPPED=lambda: EDITORS[second](vault.note, b"newer\n"),
    )
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    assert vault.note.read_bytes().endswith(b"newer\n")
    assert vault.rescued() == [OLD + b"older\n"]
    assert (outcome.status, outcome.rescue is None) == (WriteStatus.CHANGED, False)
    assert not vault.leftovers()


def test_without_leases_late_words_are_found_when_the_time_of_grace_is_over(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(displaced, "take_lease", lambda _: Lease.UNKNOWN)
    slept: list[float] = []
    with vault.note.open("ab", buffering=0) as editor:

        def write(seconds: float) -> None:
            slept.append(seconds)
            if sum(slept) > 0.19:
                editor.write(b"late\n")

        context = vault.context(sleep=write, blind_grace=0.2)
        outcome = replace_notes(vault.root, [vault.replacement()], context)[0]
    assert outcome.status is WriteStatus.CHANGED
    assert b"late" in vault.note.read_bytes()
    assert not vault.leftovers()


def test_without_leases_an_old_text_that_cannot_be_dropped_is_named(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(displaced, "take_lease", lambda _: Lease.UNKNOWN)
    monkeypatch.setattr(Folder, "unlink", refuse)
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(sleep=no_sleep))[0]
    assert (outcome.status, vault.note.read_bytes()) == (WriteStatus.WRITTEN, NEW)
    assert outcome.problem
    assert vault.leftovers()[0] in outcome.problem.message


@LINUX_ONLY
def test_an_old_text_that_is_still_open_waits_for_the_sweep_where_the_note_went_on(
    vault: Vault,
) -> None:
    with vault.note.open("ab"):
        script = Script(VERIFIED=lambda: EDITORS["rename"](vault.note, b"newer\n"))
        context = vault.context(steps=script, sleep=no_sleep)
        outcome = replace_notes(vault.root, [vault.replacement()], context)[0]
    assert (outcome.status, vault.rescued()) == (WriteStatus.WRITTEN, [])
    assert vault.note.read_bytes() == OLD + b"newer\n"
    assert [(vault.folder / name).read_bytes() for name in vault.leftovers()] == [OLD]


@LINUX_ONLY
def test_what_is_written_through_an_old_descriptor_goes_into_the_note(vault: Vault) -> None:
    with vault.note.open("r+b") as editor:

        def write(_: float) -> None:
            editor.seek(0, os.SEEK_END)
            editor.write(b"late words\n")
            editor.flush()

        outcome = replace_notes(vault.root, [vault.replacement()], vault.context(sleep=write))[0]
    assert outcome.status is WriteStatus.CHANGED
    assert b"late words" in vault.note.read_bytes()
    assert (vault.rescued(), vault.leftovers()) == ([], [])


@LINUX_ONLY
@pytest.mark.parametrize("grace", [0.0, 0.2, 5.0])
def test_a_program_that_keeps_an_old_text_open_is_waited_for_as_long_as_was_said(
    vault: Vault, grace: float
) -> None:
    slept: list[float] = []
    place = displaced.NoteLocation(Folder(str(vault.folder)), vault.note.name, "cell.md")
    old = displaced.DisplacedFile(place, vault.note.name, OLD)
    with vault.note.open("ab"):
        context = vault.context(sleep=slept.append, grace=grace)
        results = [*displaced.drop_when_closed([old], context)]
    assert results == [(old, displaced.DropResult(displaced.DropStatus.WRITER))]
    assert sum(slept) == pytest.approx(grace)
    assert vault.note.read_bytes() == OLD


@pytest.mark.parametrize("grace", [0.0, 0.1, 2.0])
def test_where_nothing_tells_of_writers_an_old_text_goes_when_the_time_is_over(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, grace: float
) -> None:
    monkeypatch.setattr(displaced, "take_lease", lambda _: Lease.UNKNOWN)
    slept: list[float] = []
    place = displaced.NoteLocation(Folder(str(vault.folder)), vault.note.name, "cell.md")
    old = displaced.DisplacedFile(place, vault.note.name, OLD)
    context = vault.context(sleep=slept.append, grace=5.0, blind_grace=grace)
    results = [*displaced.drop_when_closed([old], context)]
    assert results == [(old, displaced.DropResult(displaced.DropStatus.GONE))]
    assert sum(slept) == pytest.approx(grace)
    assert not vault.note.exists()


@LINUX_ONLY
@pytest.mark.parametrize(("lease", "grace"), [(Lease.WRITER, 5.0), (Lease.UNKNOWN, 2.0)])
def test_how_long_is_waited_if_nobody_says(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, lease: Lease, grace: float
) -> None:
    monkeypatch.setattr(displaced, "take_lease", lambda _: lease)
    slept: list[float] = []
    place = displaced.NoteLocation(Folder(str(vault.folder)), vault.note.name, "cell.md")
    old = displaced.DisplacedFile(place, vault.note.name, OLD)
    context = WriteContext(RUN_ID, vault.context().rescue_folder, sleep=slept.append)
    assert len([*displaced.drop_when_closed([old], context)]) == 1
    assert sum(slept) == pytest.approx(grace)


def test_a_save_that_was_given_back_is_given_time_to_be_overwritten(vault: Vault) -> None:
    slept: list[float] = []
    place = displaced.NoteLocation(Folder(str(vault.folder)), "cell.md", "cell.md")
    context = vault.context(sleep=slept.append)
    for saved, copies in ((OLD, []), (OLD[:5], []), (None, []), (b"lost", [b"lost"])):
        rescue = displaced.rescue_if_overwritten(place, saved, context)
        assert (rescue is not None, vault.rescued()) == (bool(copies), copies)
    assert slept == [0.2] * 4
    vault.note.unlink()
    assert displaced.rescue_if_overwritten(place, b"lost", context) is None


def test_a_program_that_saves_at_every_turn_is_given_way_to(vault: Vault) -> None:
    saves: list[bytes] = []
    turns: list[WriteStep] = []

    def save_again(step: WriteStep, _: str) -> None:
        if step in (WriteStep.COMPARED, WriteStep.SWAPPED, WriteStep.GIVEN_BACK):
            saves.append(b"save %d\n" % len(saves))
            EDITORS["rename"](vault.note, saves[-1])
            turns.append(step)

    context = vault.context(steps=save_again, sleep=no_sleep)
    outcome = replace_notes(vault.root, [vault.replacement()], context)[0]
    assert outcome.status is WriteStatus.CHANGED
    assert turns.count(WriteStep.GIVEN_BACK) == 8
    assert vault.note.read_bytes() == OLD + saves[-1]
    assert vault.rescued() == [OLD + saves[-2]]
    assert not vault.leftovers()


def test_a_text_that_grows_with_every_copy_of_it_is_left_beside_the_last_one(vault: Vault) -> None:
    name = name_leftover(RUN_ID, "cell.md", "old")
    (vault.folder / name).write_bytes(b"old\n")
    kept = vault.context().rescue_folder

    class GrowingText:
        def keep(self, path: str, data: bytes) -> Path:
            copy = kept.keep(path, data)
            EDITORS["append"](vault.folder / name, b"more\n")
            return copy

    location = displaced.NoteLocation(Folder(str(vault.folder)), "cell.md", "cell.md")
    context = vault.context(rescue_folder=GrowingText(), sleep=no_sleep)
    copy = displaced.keep_rescue_copy(location, name, context)
    assert copy
    assert copy.read_bytes() == b"old\n" + b"more\n" * 7
    assert vault.rescued() == [b"old\n" + b"more\n" * count for count in range(8)]
    assert (vault.folder / name).read_bytes() == b"old\n" + b"more\n" * 8


@LINUX_ONLY
def test_late_words_become_a_rescue_copy_where_the_note_went_on(vault: Vault) -> None:
    with vault.note.open("ab", buffering=0) as editor:
        script = Script(VERIFIED=lambda: EDITORS["rename"](vault.note, b"newer\n"))

        def write(_: float) -> None:
            editor.write(b"late\n")
            editor.close()

        context = vault.context(steps=script, sleep=write)
        outcome = replace_notes(vault.root, [vault.replacement()], context)[0]
    assert vault.note.read_bytes() == OLD + b"newer\n"
    assert vault.rescued() == [OLD + b"late\n"]
    assert outcome.rescue is not None
    assert not vault.leftovers()


@LINUX_ONLY
def test_a_note_kept_open_is_given_back_and_still_written_by_its_program(vault: Vault) -> None:
    with vault.note.open("ab", buffering=0) as editor:
        context = vault.context(sleep=lambda _: None)
        outcome = replace_notes(vault.root, [vault.replacement()], context)[0]
        assert outcome.status is WriteStatus.CHANGED
        assert outcome.problem
        assert "open for writing" in outcome.problem.message
        editor.write(b"much later\n")
    assert vault.note.read_bytes() == OLD + b"much later\n"
    assert not vault.leftovers()


@LINUX_ONLY
def test_a_program_that_opens_the_displaced_file_at_the_last_moment_loses_nothing(
    vault: Vault,
) -> None:
    threads: list[threading.Thread] = []

    def write_late(place: Path) -> None:
        with place.open("ab") as file:
            file.write(b"at the last moment\n")

    def open_late() -> None:
        thread = threading.Thread(target=write_late, args=(vault.folder / vault.leftovers()[0],))
        thread.start()
        threads.append(thread)
        locks = Path("/proc/locks")
        while "BREAKING" not in locks.read_text(encoding="utf-8"):
            threads[0].join(0.001)

    script = Script(LOOKED=open_late)
    outcome = replace_notes(vault.root, [vault.replacement()], vault.context(steps=script))[0]
    threads[0].join()
    assert outcome.status is WriteStatus.WRITTEN
    assert vault.rescued() == [OLD + b"at the last moment\n"]
    assert vault.note.read_bytes() == NEW


def keep_saving(note: str, style: str, number: int, acknowledged: str) -> None:
    """Save as an editor does, and acknowledge each save once it is done."""
    buffer = OLD
    with Path(acknowledged).open("wb", buffering=0) as record:
        for count in range(number):
            text = b"save %d;\n" % count
            if style == "append":
                EDITORS[style](Path(note), text)
            else:
                buffer += text
                EDITORS[style](Path(note), buffer.removeprefix(OLD))
            record.write(text)


@pytest.mark.parametrize("style", EDITORS)
def test_a_racing_editor_loses_no_save(vault: Vault, tmp_path: Path, style: str) -> None:
    acknowledged = tmp_path / "acknowledged"
    arguments = (str(vault.note), style, 400, str(acknowledged))
    editor = multiprocessing.get_context("spawn").Process(target=keep_saving, args=arguments)
    editor.start()
    written = 0
    while editor.is_alive():
        try:
            old = read_note(vault.root, "cell.md")
        except NoteError:
            continue
        new = old.data.replace(b"sum: %d" % (written % 10), b"sum: %d" % ((written + 1) % 10))
        replacement = Replacement("cell.md", old, new if new != old.data else old.data + b" ")
        outcome = replace_notes(vault.root, [replacement], vault.context(grace=5.0))[0]
        written += outcome.status is WriteStatus.WRITTEN
        editor.join(0.001)
    lost = [save for save in acknowledged.read_bytes().splitlines() if not vault.holds(save)]
    assert editor.exitcode == 0
    assert lost == []
    assert not vault.leftovers()


TAKEN_AWAY = [
    ("nobody has it open", OLD, False, None, True),
    ("other bytes than those that are kept", b"other", False, None, False),
    ("a program still writes into it", OLD, True, None, False),
    ("a program writes, and its name is taken", OLD, True, b"newer", False),
]


@LINUX_ONLY
@pytest.mark.parametrize(
    ("data", "is_open", "newer", "is_gone"),
    [case[1:] for case in TAKEN_AWAY],
    ids=[case[0] for case in TAKEN_AWAY],
)
def test_a_file_is_taken_away_only_if_its_bytes_are_kept_and_nobody_writes_it(
    vault: Vault, data: bytes, newer: bytes | None, *, is_open: bool, is_gone: bool
) -> None:
    def come(_: float) -> None:
        if newer is not None:
            vault.note.write_bytes(newer)

    place = displaced.NoteLocation(Folder(str(vault.folder)), "cell.md", "cell.md")
    context = vault.context(sleep=come)
    with vault.note.open("ab") if is_open else nullcontext():
        assert displaced.take_away(place, data, context) is is_gone
    if is_gone:
        assert not vault.note.exists()
    else:
        assert vault.note.read_bytes() == (newer or OLD)
    assert vault.rescued() == ([OLD] if newer else [])
    left = [(vault.folder / name).read_bytes() for name in vault.leftovers()]
    assert left == ([OLD] if newer else [])  # the program has it open: it waits for the next run


def test_what_comes_under_the_name_of_a_file_that_is_taken_away_stays(vault: Vault) -> None:
    script = Script(LOOKED=lambda: (vault.note.write_bytes(b"newer"), None)[1])
    place = displaced.NoteLocation(Folder(str(vault.folder)), "cell.md", "cell.md")
    assert displaced.take_away(place, OLD, vault.context(steps=script, sleep=no_sleep))
    assert vault.note.read_bytes() == b"newer"
    assert (vault.leftovers(), vault.rescued()) == ([], [])
