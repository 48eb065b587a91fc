"""Setting a vault up: what is looked at, what is written, and what never is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.console import EXAMPLES, ROOT
from tests.warm import find_program
from vault_sync.formula.values import Link
from vault_sync.i18n import Language
from vault_sync.note.frontmatter import find_block, parse_yaml, read_frontmatter
from vault_sync.note.values import resolve_plain
from vault_sync.note.yaml_nodes import Scalar, YamlMapping, YamlSequence
from vault_sync.plan.evaluation import Conditions, Evaluation
from vault_sync.rules import config_reader as configuration
from vault_sync.rules.base_files import parse_base
from vault_sync.rules.config import Config
from vault_sync.rules.config_reader import parse_config
from vault_sync.rules.ruleset import compile_rules
from vault_sync.rules.study import Stage, StudyNames
from vault_sync.setup.base_file import render_dashboard
from vault_sync.setup.survey import SCHEMA_NAME, render_configuration
from vault_sync.vault.rulesets import load_rules

if TYPE_CHECKING:
    from pathlib import Path

    from vault_sync.errors import Problem
    from vault_sync.note.yaml_nodes import Node
    from vault_sync.rules.ruleset import RuleSet

STUDY: Final = "---\n⭕첫 학습날: 2024-07-07\n❤1일복습여부: true\n---\n"
OTHER: Final = "---\nmood: good\n---\n"
CONFIG: Final = ".vault-sync.yaml"
BASE: Final = "복습.base"
GUESS: Final = "from vault_sync.setup.survey import guess_timezone; print(guess_timezone())"


def init(vault: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*find_program(), "init", str(vault), *words],
        env=make_environment(vault, **environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def make_environment(vault: Path, **environment: str) -> dict[str, str]:
    own = {"VAULT_SYNC_STATE": f"{vault}-state", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **own, "TZ": "Asia/Seoul", "NO_COLOR": "1", **environment}


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / "note.md").write_text(STUDY, "utf-8")
    (folder / "day.md").write_text(OTHER, "utf-8")
    return folder


def read_all(vault: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in vault.iterdir()}


class TestWhatIsLeftAlone:
    @pytest.mark.parametrize("words", [["--dry-run"], ["--dry-run", "--yes"], []])
    def test_nothing_is_written_unless_it_is_wanted(self, vault: Path, words: list[str]) -> None:
        before = read_all(vault)
        done = init(vault, *words)
        assert done.returncode == 0
        assert read_all(vault) == before

    def test_a_dry_run_installs_nothing_either(self, vault: Path) -> None:
        subprocess.run(["git", "init", "-q", str(vault)], check=True)
        assert init(vault, "--dry-run", "--yes", "--hook").returncode == 0
        assert not (vault / ".git/hooks/pre-commit").exists()

    def test_no_note_is_touched(self, vault: Path) -> None:
        before = read_all(vault)
        assert init(vault, "--yes").returncode == 0
        after = read_all(vault)
        assert {name: after[name] for name in before} == before
        assert after.keys() - before.keys() == {CONFIG, BASE, SCHEMA_NAME}

    def test_files_that_exist_stay_as_they_are(self, vault: Path) -> None:
        (vault / CONFIG).write_text("locale: ko\n", "utf-8")
        (vault / BASE).write_text("mine\n", "utf-8")
        before = read_all(vault)
        done = init(vault, "--yes")
        assert done.returncode == 0
        assert read_all(vault) == before

    @pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
    def test_no_link_is_written_through(self, vault: Path, tmp_path: Path) -> None:
        (vault / CONFIG).symlink_to(tmp_path / "elsewhere")
        (vault / BASE).symlink_to(tmp_path / "elsewhere")
        init(vault, "--yes")
        assert not (tmp_path / "elsewhere").exists()

    def test_a_broken_configuration_is_named_and_nothing_is_written(self, vault: Path) -> None:
        (vault / CONFIG).write_text("profil: study-ko\n", "utf-8")
        done = init(vault, "--yes")
        assert done.returncode == 3
        assert f"{CONFIG}:1:1" in done.stderr
        assert not (vault / BASE).exists()


class TestWhatIsWritten:
    def test_a_configuration_that_changes_nothing_but_what_it_says(self, vault: Path) -> None:
        init(vault, "--yes")
        problems: list[Problem] = []
        config = parse_config((vault / CONFIG).read_text("utf-8"), problems)
        assert not problems
        assert str(config.timezone) == "Asia/Seoul"
        assert config == Config(timezone=config.timezone, locale="en")

    def test_without_study_notes_there_is_no_profile_and_no_base(self, vault: Path) -> None:
        (vault / "note.md").unlink()
        done = init(vault, "--yes")
        assert (vault / CONFIG).read_text("utf-8").count("\nprofile: none\n") == 1
        assert not (vault / BASE).exists()
        assert "No note here matches study-ko." in done.stdout
        assert "vault-sync adopt" in done.stdout

    @pytest.mark.parametrize(
        ("words", "files"),
        [
            (["--no-base"], {CONFIG}),
            (["--profile", "none"], {CONFIG}),
            (["--profile", "study-ko"], {CONFIG, BASE}),
        ],
    )
    def test_options_choose(self, vault: Path, words: list[str], files: set[str]) -> None:
        before = read_all(vault).keys()
        assert init(vault, "--yes", *words).returncode == 0
        assert read_all(vault).keys() - before - {SCHEMA_NAME} == files

    def test_the_base_can_be_persisted_by_ourselves(self, vault: Path) -> None:
        init(vault, "--yes")
        text = (vault / BASE).read_text("utf-8")
        assert f"from-base: {BASE}" not in text
        problems: list[Problem] = []
        rules = f"profile: none\nrules: [{{name: b, from-base: {BASE}}}]\n"
        assert load_rules(parse_config(rules, problems), str(vault), problems)
        assert not problems

    def test_the_hook_is_installed_where_it_is_asked_for(self, vault: Path) -> None:
        subprocess.run(["git", "init", "-q", str(vault)], check=True)
        done = init(vault, "--yes", "--hook")
        assert done.returncode == 0, done.stderr
        assert (vault / ".git/hooks/pre-commit").exists()

    def test_what_is_said(self, vault: Path) -> None:
        done = init(vault, "--yes")
        assert "2 notes" in done.stdout
        assert "1 of them is governed by study-ko." in done.stdout
        assert "A first refresh would write 1 note (23 properties):" in done.stdout
        assert "+첫학습날text: 2024/07/07" in done.stdout or "…" in done.stdout
        assert done.stdout.rstrip().endswith("refresh --diff")

    def test_korean_is_spoken_where_it_is_the_language(self, vault: Path) -> None:
        init(vault, "--yes", LC_ALL="ko_KR.UTF-8")
        assert "\nlocale: ko\n" in (vault / CONFIG).read_text("utf-8")
        assert "오늘 복습" in (vault / BASE).read_text("utf-8")

    def test_names_that_could_play_with_a_terminal_are_made_harmless(self, tmp_path: Path) -> None:
        # With a bell in them: escapes alone are taken out by click, where no terminal is.
        folder = tmp_path / "vault\x1b[31m\a"
        folder.mkdir()
        (folder / "a\x1b[2J\ab.md").write_text(STUDY, "utf-8")
        done = init(folder, "--yes")
        assert r"vault\x1b[31m\x07" in done.stdout
        assert not {"\x1b", "\a"} & {*done.stdout, *done.stderr}


@pytest.mark.parametrize(
    ("typed", "files"),
    [(b"y\ny\n", {CONFIG, BASE}), (b"n\ny\n", {BASE}), (b"\nn\n", {CONFIG}), (b"n\nn\n", set())],
)
def test_on_a_terminal_the_user_is_asked(vault: Path, typed: bytes, files: set[str]) -> None:
    pty = pytest.importorskip("pty", reason="there is no pseudo-terminal")
    before = read_all(vault).keys()
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "vault_sync", "init", str(vault)]
    environment = make_environment(vault)
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        os.write(master, typed)
        while read_terminal(master):
            pass
        assert process.wait(30) == 0
    os.close(master)
    assert read_all(vault).keys() - before - {SCHEMA_NAME} == files


def read_terminal(master: int) -> bytes:
    try:
        return os.read(master, 4096)
    except OSError:  # the last process that wrote to it has ended
        return b""


class TestTheConfiguration:
    def test_it_names_every_setting(self) -> None:
        text = render_configuration("study-ko", None, None)
        for setting in (*configuration.SETTINGS, *configuration.STUDY_SETTINGS):
            assert re.search(rf"(?:^#?\s*|[{{ ]){setting}:", text, re.MULTILINE), setting

    def test_each_setting_can_be_used_by_deleting_one_mark(self) -> None:
        lines = render_configuration("study-ko", "Asia/Seoul", "ko").split("\n")
        offered = [number for number, line in enumerate(lines) if re.match(r"#(?! )", line)]
        assert len(offered) > 7
        for number in offered:
            problems: list[Problem] = []
            used = [*lines[:number], lines[number][1:], *lines[number + 1 :]]
            load_rules(parse_config("\n".join(used), problems), str(EXAMPLES / "vault"), problems)
            assert not problems, lines[number]

    def test_every_comment_that_is_a_setting_can_be_used(self) -> None:
        text = render_configuration("study-ko", "Asia/Seoul", "ko")
        used = re.sub(r"^#(?=\S|  )", "", text, flags=re.MULTILINE)
        problems: list[Problem] = []
        config = parse_config(used, problems)
        assert not problems
        assert load_rules(config, str(EXAMPLES / "vault"), problems)
        assert not problems
        assert config.rules
        assert config.calendar.file

    @pytest.mark.parametrize(
        ("variable", "zone"),
        [
            ("Asia/Tokyo", "Asia/Tokyo"),
            (":Asia/Tokyo", "Asia/Tokyo"),
            ("Etc/UTC", "None"),
            ("UTC", "None"),
            ("UTC0", "None"),
            ("../../etc/passwd", "None"),
            ("Mars/Olympus", "None"),
        ],
    )
    def test_the_time_zone_is_guessed(self, tmp_path: Path, variable: str, zone: str) -> None:
        run = subprocess.run(
            [sys.executable, "-c", GUESS],
            env=make_environment(tmp_path, TZ=variable),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        assert run.stdout.strip() == zone


KOREAN = StudyNames(
    first_day="⭕첫 학습날",
    stages=(Stage(1, "❤1일복습여부"), Stage(4, "🧡4일복습여부"), Stage(14, 'odd "name", [x]')),
    subject="⭕과목",
    rate="학습률",
    long_term="🧠장기기억",
)
PLAIN = StudyNames(first_day="start", stages=(Stage(2, "two"), Stage(30, "thirty")))
TODAY: Final = date(2024, 10, 27)


def compile_base(study: StudyNames, locale: str) -> RuleSet:
    problems: list[Problem] = []
    source = parse_base(render_dashboard(study, Language(locale)), BASE, "base", problems)
    rules = compile_rules(source, problems)
    assert not problems
    assert rules
    return rules


def run_base(rules: RuleSet, lines: str) -> dict[str, object]:
    text = f"---\n{lines}---\n"
    block = find_block(text)
    assert block
    note = read_frontmatter(text, block)
    assert note
    now = datetime(2024, 10, 27, 14, 1)  # noqa: DTZ001 - civil time
    evaluation = Evaluation(note, "a.md", Conditions(now, UTC), lambda _fact: Link(""))
    assert evaluation.admits(rules)
    return dict(evaluation.run(rules))


@pytest.mark.parametrize("study", [KOREAN, PLAIN], ids=["korean", "plain"])
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_the_base_is_one(study: StudyNames, locale: str) -> None:
    rules = compile_base(study, locale)
    root = parse_yaml(render_dashboard(study, Language(locale)))
    base = to_data(root)
    assert isinstance(base, dict)
    assert set(base) == {"filters", "formulas", "properties", "views"}
    formulas = {f"formula.{name}" for name in base["formulas"]}
    assert set(base["properties"]) <= formulas
    known = formulas | {"file.name"} | {f"note.{name}" for name in list_names(study)}
    assert len(base["views"]) == 4
    for view in base["views"]:
        assert set(view) <= {"type", "name", "filters", "order", "sort", "groupBy", "summaries"}
        assert set(view["order"]) <= known
        assert {entry["property"] for entry in view.get("sort", [])} <= known
        assert set(view.get("summaries", {})) <= known
    assert not any("this" in formula.formula.source for formula in rules.formulas)


def list_names(study: StudyNames) -> list[str]:
    names = (study.subject, study.textbook, study.page, study.rate, study.first_day)
    return [name for name in names if name]


def to_data(node: Node | None) -> object:
    if isinstance(node, YamlMapping):
        return {str(to_data(key)): to_data(value) for key, value in node.pairs}
    if isinstance(node, YamlSequence):
        return [to_data(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text if node.style else resolve_plain(node.text)


@pytest.mark.parametrize(
    ("ago", "boxes", "stage", "due_in"),
    [
        (0, [], "day 1", 1),
        (1, [], "day 1", 0),
        (3, [], "day 1", -2),
        (3, [0], "day 4", 1),
        (20, [0, 1], "day 14", -6),
        (20, [0, 1, 2], "done", None),
        (20, [3], "remembered", None),
        (20, [1], "day 1", -19),
    ],
)
def test_the_base_says_what_is_due(
    ago: int, boxes: list[int], stage: str, due_in: int | None
) -> None:
    rules = compile_base(KOREAN, "en")
    names = ["❤1일복습여부", "🧡4일복습여부", '"odd \\"name\\", [x]"', "🧠장기기억"]
    ticks = "".join(f"{name}: {str(n in boxes).lower()}\n" for n, name in enumerate(names))
    found = run_base(rules, f"⭕첫 학습날: {TODAY - timedelta(days=ago)}\n{ticks}")
    assert found["next_stage"] == stage
    expected = None if due_in is None else TODAY + timedelta(days=due_in)
    assert found["next_review"] == expected
    assert found["is_due"] is (due_in is not None and due_in <= 0)
    assert found["is_soon"] is (due_in is not None and due_in <= 7)
    assert found["days_over"] == (-due_in if due_in is not None and due_in <= 0 else None)
    assert found["days"] == ago


@pytest.mark.parametrize("box", ["", "2024-10-02", "true"])
def test_a_box_may_hold_the_day(box: str) -> None:
    found = run_base(compile_base(PLAIN, "en"), f"start: 2024-10-01\ntwo: {box}\nthirty:\n")
    assert found["next_stage"] == ("day 30" if box else "day 2")
    assert found["progress"] == (50 if box else 0)


def test_a_note_without_a_day_has_nothing_due() -> None:
    found = run_base(compile_base(PLAIN, "en"), "start:\ntwo: false\n")
    assert found["next_review"] is None
    assert found["is_due"] is False
    assert found["days"] is None
