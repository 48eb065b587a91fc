"""Every group of faults in its short form; and that each check can find something."""

from __future__ import annotations

import itertools
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.daemon.real_daemon import state_in
from tests.daemon.scenario import Scenario
from tests.faults import bench as benches
from tests.faults import devices, fuzz, targets
from tests.faults.bench import KILLED, NEW, OLD, Bench, open_bench
from tests.faults.calls import harm
from tests.faults.damage import list_damages, make_crash
from tests.faults.edits import find_harm
from tests.faults.groups import GROUPS, run_group
from tests.faults.journaling import FOLDER, Naming, Step, Syncing, Writing, list_crashes
from tests.faults.made_up import Case
from tests.faults.namespaces import work_in_namespace
from tests.faults.parsers import compare_parsers
from tests.faults.power import WAYS, put_disk, read_tree, record_steps
from tests.faults.report import CannotRunError, Effort, Tally, render_json, render_table
from tests.faults.sync_models import Replica, Version, make_merging, sync_with_copies
from tests.faults.tracing import Call, need_strace, parse_trace
from tests.faults.watch import SCENARIOS, play
from tests.rules.small import compiled, source
from vault_sync.note import yaml_parser

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faults are made as on Linux")


@pytest.mark.parametrize("name", [name for name in GROUPS if name != "watch"])
def test_nothing_is_broken_by(name: str, tmp_path: Path) -> None:
    tally = run_group(name, tmp_path.resolve(), Effort.SHORT)
    if tally.reason:
        pytest.skip(tally.reason)
    assert tally.broken == []
    assert tally.faults > 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_broken_before_a_daemon_by(name: str, tmp_path: Path) -> None:
    """Play the scenarios of the group `watch` one by one, as each takes some seconds."""
    tally = Tally(name)
    with state_in(tmp_path / "state"):
        play(SCENARIOS[name], Scenario(tmp_path.resolve() / name, Effort.SHORT), tally)
    assert tally.broken == []
    if not tally.faults:
        pytest.skip(tally.facts[0])


def need_tracer() -> None:
    try:
        need_strace()
    except CannotRunError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("note.md", OLD["note.md"][:-5], "torn"),
        ("note.md", b"", "lost"),
        ("picture.png", b"", "lost"),
        ("fresh.md", NEW["fresh.md"] + b"\n", "torn"),
    ],
)
def test_the_oracles_find_harm(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    with open_bench(tmp_path / "bench") as bench:
        (bench.vault / name).write_bytes(data)
        tally = Tally("harm")
        bench.examine(tally, "harm", KILLED)
    assert getattr(tally, kind) > 0
    assert not tally.is_clean


def test_the_oracles_find_a_lie_and_a_leftover(tmp_path: Path) -> None:
    with open_bench(tmp_path / "bench") as bench:
        tally = Tally("lies")
        bench.examine(tally, "it says 0 and did nothing", 0)
        left = bench.vault / ".vault-sync-20241027T140100-3f2a-0123abcd-1.part"
        left.write_bytes(b"x")
        bench.recover(tally, "a leftover of a run that nobody knows")
    assert (tally.wrong, tally.left) == (1, 1)


def test_an_injected_error_is_met(tmp_path: Path) -> None:
    need_tracer()
    with open_bench(tmp_path / "bench") as bench:
        code = harm(bench, Call("fsync", 1, "", 0), "error=EIO")
        assert code == 3
        assert "Input/output error" in bench.words()


def test_a_failure_in_a_namespace_does_not_pass_for_a_machine_that_cannot(tmp_path: Path) -> None:
    try:
        with pytest.raises(RuntimeError, match="No module named"):
            work_in_namespace(tmp_path, "true", "tests.faults.nowhere", [])
    except CannotRunError as error:
        pytest.skip(str(error))


def cut_power_at_every_step(bench: Bench, steps: Sequence[Step]) -> set[str]:
    """Return the kinds of harm among the disks that a power cut may leave."""
    bench.lay()
    start = read_tree(bench)
    found = Tally("")
    for number, disk in itertools.islice(list_crashes(start, steps, "ordered", 3), 60):
        put_disk(bench, disk)
        bench._look_for_harm(found, str(number), OLD)
    return {case.partition(":")[0] for case in found.broken}


def test_without_syncs_the_model_finds_torn_notes(tmp_path: Path) -> None:
    need_tracer()
    with open_bench(tmp_path / "bench") as bench:
        bench.lay()
        steps = record_steps(bench, read_tree(bench), WAYS["exchange"])
        careless = [step for step in steps if not isinstance(step, Syncing)]
        assert cut_power_at_every_step(bench, steps) == set()
        assert "torn" in cut_power_at_every_step(bench, careless)


A, B = Naming((("/a", 7),)), Naming((("/b", 8),))


@pytest.mark.parametrize(
    ("steps", "ordered", "worst"),
    [
        ([A, B], {"", "a", "ab"}, {"", "a", "b", "ab"}),
        ([A, Syncing(FOLDER, ""), B], {"", "a", "ab"}, {"", "a", "ab"}),
        ([A, Syncing(FOLDER, "/else"), B], {"", "a", "ab"}, {"", "a", "b", "ab"}),
    ],
)
def test_names_that_may_be_on_the_disk(
    steps: list[Step], ordered: set[str], worst: set[str]
) -> None:
    for model, expected in (("ordered", ordered), ("worst case", worst)):
        disks = {disk for _, disk in list_crashes({}, steps, model, 100)}
        names = {"".join(path[1:] for path, _ in disk.files) for disk in disks}
        assert names | {""} == expected, model


def test_bytes_that_may_be_on_the_disk() -> None:
    steps: list[Step] = [Writing(0, b"new!"), Syncing(0), Writing(0, b"tail")]
    disks = list_crashes({"/a": b"old"}, steps, "ordered", 100)
    found = {number: {dict(disk.files)["/a"] for _, disk in [(0, disk)]} for number, disk in disks}
    assert found[0] <= {b"old", b"oldne", b"old\0\0\0\0", b"oldnew!"}
    every = {
        dict(disk.files)["/a"] for _, disk in list_crashes({"/a": b"old"}, steps, "ordered", 9)
    }
    assert every == {
        b"old", b"oldne", b"old\0\0\0\0", b"oldnew!",
        b"oldnew!ta", b"oldnew!\0\0\0\0", b"oldnew!tail",
    }  # fmt: skip


NOTE = "---\na: 1\nx: # why\n  old # when\nb:\n- c # d\n...\n---\n"


@pytest.mark.parametrize(
    "harmed",
    [
        NOTE.replace(" # why", "").replace("old", "2"),
        NOTE.replace("old # when", "2"),
        NOTE.replace("old", "2").replace("- c", "-  c"),
        NOTE.replace("old", "2").replace("...\n", ""),
        NOTE.replace("old", "2").replace("a: 1", "a: 1 "),
        NOTE.replace("old", "3"),
        NOTE.replace("old", "2").replace("a: 1", "a: 3"),
        NOTE.replace("old", "2").replace("c #", "e #"),
    ],
)
def test_the_oracle_of_edits_finds_harm(harmed: str) -> None:
    case = Case(NOTE, compiled(source(x="a + 1")), {})
    plan = case.plan()
    assert plan.text == NOTE.replace("old", "2")
    assert list(find_harm(case, plan)) == []
    assert list(find_harm(case, plan._replace(text=harmed))) != []


def test_the_oracle_of_edits_knows_what_is_new() -> None:
    case = Case("---\na: 1\nx:  old\n---\n", compiled(source(x="[a]", y="null", z="2")), {})
    plan = case.plan()
    assert plan.text == "---\na: 1\nx:\n  - 1\nz: 2\n---\n"
    assert list(find_harm(case, plan)) == []


def test_parsers_that_differ_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("_ruamel_yaml") is None:
        pytest.skip("ruamel.yaml.clib is not installed")
    monkeypatch.setattr(yaml_parser, "refuse_disputed", lambda *_: None)
    assert compare_parsers(tmp_path, Effort.SHORT).wrong > 0


def test_a_trace_is_read() -> None:
    spell = "".join(f"\\x{byte:02x}" for byte in b"the run begins")
    trace = f"""\
10 read(0, "\\x2e", 1) = 1
10 access("{spell}", F_OK) = -1 ENOENT (No such file)
10 write(3, "\\x2e", 1) = 1
10 fsync(5<\\x2f\\x61>) = 0
10 read(4, "", 1) = 0
"""
    calls = parse_trace(trace)
    assert [str(call) for call in calls] == ["write 1", "fsync 1", "read 2"]


def test_a_damaged_journal_is_really_damaged(tmp_path: Path) -> None:
    with open_bench(tmp_path / "bench") as bench:
        journal = make_crash(bench)
        whole = journal.read_bytes()
        damages = dict(list_damages(bench, len(whole), Effort.SHORT))
        damages["truncated to 0 bytes"](journal)
        assert journal.read_bytes() == b""
        damages["deleted"](make_crash(bench))
        assert not list(bench.state.glob("*/journal/*"))


def test_a_refresh_that_takes_words_away_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = devices.plan

    def harm_body(text: str, day: int, daily: object = None) -> str | None:
        new = real(text, day)
        return new and new.rpartition("- line")[0] if "- line" in text else new

    monkeypatch.setattr(devices, "plan", harm_body)
    world = devices.live(sync_with_copies, 1, is_refreshing=True)
    assert any("what the user wrote" in harm for harm in world.harm)


def make_versions() -> tuple[Replica, Version]:
    base = Version("one\ntwo\nthree\n", 0, frozenset({0}))
    mine = Version("one!\ntwo\nthree\n", 2, frozenset({0, 1}))
    theirs = Version("one\ntwo\nthree!\n", 1, frozenset({0, 2}))
    return Replica(mine, base), theirs


def test_the_models_of_services() -> None:
    replica, theirs = make_versions()
    assert sync_with_copies(replica, theirs, 3).text == "one!\ntwo\nthree\n"
    assert [copy.text for copy in replica.copies] == ["one\ntwo\nthree!\n"]
    try:
        merge = make_merging()
    except CannotRunError as error:
        pytest.skip(str(error))
    replica, theirs = make_versions()
    assert merge(replica, theirs, 3).text == "one!\ntwo\nthree!\n"


@pytest.mark.parametrize("target", targets.TARGETS)
def test_a_target_finds_what_it_looks_for(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(targets, "make_inputs", lambda *_: [b"x"])
    name = {"surgeon": "refresh_text", "formula": "compile_formula", "config": "parse_config"}
    monkeypatch.setattr(targets, name[target], fail)
    tally = targets.fuzz_all(Path(), Effort.SHORT)
    assert tally.wrong > 0


def test_the_report() -> None:
    fine = Tally("fine", faults=1200, seconds=2.4, facts=["a fact"])
    bad = Tally("bad", faults=1)
    bad.accuse("lost", "a case", 7)
    away = Tally("away", reason="there is no disk")
    table = render_table([fine, bad, away])
    assert "| fine | 1,200 | 0 | 0 | 0 | 0 | 0 | 2 |" in table
    assert "| bad | 1 | 0 | 7 |" in table
    assert "not run: there is no disk" in table
    assert table.endswith("- fine: a fact\n- BROKEN, bad: lost: a case")
    said = json.loads(render_json([fine, bad], Effort.SHORT, "2024-10-27"))
    assert [group["lost"] for group in said["groups"]] == [0, 7]
    assert (fine.is_clean, bad.is_clean, said["form"]) == (True, False, "short")


def test_the_bench_is_what_it_says() -> None:
    assert {name for name in OLD if OLD[name] != NEW[name]} == set(benches.STALE)


def test_the_fuzzer_knows_every_target() -> None:
    assert set(fuzz.NAMES) == set(targets.TARGETS)
