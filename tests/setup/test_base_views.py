"""The base that `init` writes, run by our own engine over odd notes: it says what `due` says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.setup.test_init import to_data
from vault_sync.cli import run
from vault_sync.errors import FrontmatterError
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import decode_note
from vault_sync.formula.values import Link
from vault_sync.note.frontmatter import parse_yaml, read_properties
from vault_sync.plan.evaluation import Conditions, Evaluation, Failure
from vault_sync.rules.base_files import parse_base
from vault_sync.rules.ruleset import compile_rules
from vault_sync.rules.sources import SourceText
from vault_sync.study.notes import load_study_notes
from vault_sync.study.reviews import find_next_review, list_reviews
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.workspace import Workspace

TODAY: Final = date(2024, 10, 27)
BASE: Final = "복습.base"
ROLES: Final = (
    "⭕첫 학습날",
    "❤1일복습여부",
    "🧡4일복습여부",
    "💛7일복습여부",
    "💚14일복습여부",
    "🧠장기기억",
)
WEEKDAYS: Final = "월화수목금토일"


def spell_days(day: date) -> list[str]:
    """Return a day in the spellings that the profile reads, and in some that it refuses."""
    month, weekday = f"{day:%B}", WEEKDAYS[day.weekday()]
    korean = f"{day.year}년 {day.month}월 {day.day}일"
    return [
        f"{day}", f'"{day}"', f"{day}T23:30", f'"{day} 23:30:15.250"', f"{day}T23:30+09:00",
        f"{day}T16:30Z", f"{day}T20:00:00-05:00", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}",
        f"{day.year}. {day.month}. {day.day}.", f"{day.year}/{day.month}/{day.day}",
        f'"{day.year}-{day.month}-{day.day}"', korean, f'"@{korean}"', f"{korean} {weekday}요일",
        f"{korean} ({weekday})", f"{korean}({weekday})", f"{korean} 오후 2:01", f"{korean} {weekday}요일 오전 9:05",
        f"{day.year}年{day.month}月{day.day}日", f"{month} {day.day}, {day.year}",
        f"{month[:3]}. {day.day}, {day.year}", f'"@{month[:3].lower()} {day.day},{day.year} 2:01 PM"',
        f'"{day:%Y%m%d}"', f'"{day:%Y%m%d}2330"', f"'  {day}  '",
        # Refused, each for a reason of its own.
        f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{korean} {WEEKDAYS[(day.weekday() + 3) % 7]}요일",
        f"{day} 25:01", f"{korean} → {korean}", f"{day}.", "2024-02-30", "Invalid date", "soon", f"[{day}]",
        "true", "false", "0", "7", f"{korean} 오후 13:01", f"{day}T23:30+99:00", "- [x]",
    ]  # fmt: skip


def spell_boxes(day: date) -> list[str]:
    words = [
        "true",
        "false",
        '"true"',
        '"false"',
        "Yes",
        "no",
        "예",
        "아니요",
        "완료",
        "x",
        "[x]",
        "[ ]",
    ]
    marks = [
        "1",
        "0",
        '"1"',
        "✅",
        "✅\ufe0f",
        "☑",
        "✔\ufe0f",
        "⬜",
        "",
        '""',
        '"  "',
        "TRUE",
        "False",
    ]
    return [*words, *marks, *spell_days(day), "maybe", "2", "☐", "on", "~", "null"]


def draw_note(random: Random) -> str:
    first = TODAY - timedelta(days=random.choice([-3, 0, 1, 2, 4, 6, 7, 8, 14, 30, 400]))
    days, boxes = spell_days(first), spell_boxes(first)
    values = [random.choice(days[:26] if random.random() < 0.7 else ["", *days])]
    usual = ["true", "false", "false"]
    values += [random.choice(usual if random.random() < 0.7 else boxes) for _ in ROLES[1:]]
    rows = [*zip(ROLES, values, strict=True)]
    lines = [f"{name}: {value}" for name, value in rows if random.random() < 0.93]
    lines += ["⭕과목: 웹"] * (random.random() < 0.5)
    odd = [
        "vault-sync: [a]",
        "vault-sync:",
        "vault-sync: maybe",
        "vault-sync: on",
        "vault-sync: false",
        "vault-sync: No",
        "Vault-Sync: true",
        "vault-sync: 0",
        "vault-sync: off",
    ]
    lines += [random.choice(odd)] * (random.random() < 0.2)
    lines += ["excalidraw-plugin: parsed"] * (random.random() < 0.02)
    random.shuffle(lines)
    return "---\n" + "".join(f"{line}\n" for line in lines) + "---\ntext\n"


PLACES: Final = (
    "{}.md", "웹/{}.md", "Archive/{}.md", "Archive/keep {}.md", "Web/Archive/{}.md", "Templates/{}.md",
    "Old/{}.md", "{} draft.md", "{} (conflicted copy 2024-10-20).md", "{}.sync-conflict-20241020-101010-ABCDEFG.md",
    "{}.excalidraw.md", "(1) {}.md", "templates of {}/{}.md",
)  # fmt: skip
CONFIG: Final = (
    'timezone: Asia/Seoul\nignore: ["/Archive/*", "!/Archive/keep*", "* draft.md", "[Oo]ld/"]\n'
)


def make_vault(root: Path, config: str, count: int, seed: int) -> Workspace:
    random = Random(seed)  # noqa: S311 - notes for tests
    (root / ".obsidian").mkdir(parents=True)
    (root / ".obsidian/templates.json").write_text('{"folder": "Templates"}', "utf-8")
    (root / ".obsidian/app.json").write_text(
        '{"userIgnoreFilters": ["Web/Arch", "/\\\\(1\\\\)/"]}', "utf-8"
    )
    (root / ".vault-sync.yaml").write_text(config, "utf-8")
    for number in range(count):
        place = random.choice(PLACES) if random.random() < 0.3 else PLACES[0]
        path = root / place.replace("{}", f"{number:03}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw_note(random), "utf-8")
    assert run(["-q", "init", "--yes", str(root)]) in {0, 4}
    return open_workspace(root, None)


def read_views(text: str) -> dict[str, list[str]]:
    """Return the statements of each view's filter."""
    base: Any = to_data(parse_yaml(text))
    return {view["name"]: view.get("filters", {}).get("and", []) for view in base["views"]}


def compile_views(root: Path) -> RuleSet:
    """Return the base as a rule set that has a formula `view NAME` for each view."""
    problems: list[Problem] = []
    text = (root / BASE).read_text("utf-8")
    source = parse_base(text, BASE, "base", problems)
    views = tuple(
        (f"view {name}", SourceText(" && ".join(statements) or "true", 1, 1))
        for name, statements in read_views(text).items()
    )
    rules = compile_rules(source._replace(helpers=views), problems)
    assert not problems
    assert rules
    return rules


def run_base(workspace: Workspace, moment: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what the base shows of each note that its filters admit; a failure is nothing."""
    rules = compile_views(Path(workspace.vault.root))
    zone = workspace.config.timezone
    assert zone
    # Obsidian knows no `day-starts-at`: its day begins at midnight.
    conditions = Conditions(moment.replace(tzinfo=None), zone)
    for path in sorted(Path(workspace.vault.root).rglob("*.md")):
        try:
            note = read_properties(decode_note(path.read_bytes()))
        except FrontmatterError:  # nothing has properties there
            continue
        assert note
        name = path.relative_to(workspace.vault.root).as_posix()
        evaluation = Evaluation(note, name, conditions, lambda _fact: Link(""))
        if evaluation.admits(rules):
            found = evaluation.run(rules)
            yield (
                name,
                {key: None if isinstance(one, Failure) else one for key, one in found.items()},
            )


@pytest.mark.parametrize(
    ("settings", "moment"),
    [
        ("", "2024-10-27T14:01"),
        ('day-starts-at: "04:30"\n', "2024-10-28T04:29"),
        ('day-starts-at: "04:30"\n', "2024-10-27T04:30"),
        ("study-ko: {stages: [1, 4, 7, 14], names: {long-term: none}}\n", "2024-10-27T00:00"),
    ],
)
def test_the_views_say_what_due_says(tmp_path: Path, settings: str, moment: str) -> None:
    workspace = make_vault(tmp_path / "v", CONFIG + settings, 250, len(settings + moment))
    now = workspace.moment(moment)
    shown = dict(run_base(workspace, now))
    with VaultFolder(workspace.vault.root) as root:
        notes = list(load_study_notes(workspace, root, now, lambda _path, _problem: None))
    assert sorted(shown) == sorted(note.path for note in notes)
    names = list(read_views((tmp_path / "v" / BASE).read_text("utf-8")))
    for name, days in (names[0], 0), (names[1], 7):
        due = {review.note.path for review in list_reviews(notes, TODAY, days)}
        assert {path for path, found in shown.items() if found[f"view {name}"]} == due
        assert 30 < len(due) < len(notes) - 30
    for name in names[2:]:
        assert all(found[f"view {name}"] for found in shown.values())
    for note in notes:
        review, found = find_next_review(note), shown[note.path]
        assert (found["next_review"] or None) == (review and review.due), note.path
        late = review.days_overdue(TODAY) if review else -1
        assert found["days_over"] == (late if late >= 0 else None)
        if review:
            assert str(review.stage) in found["next_stage"]
            assert found["days"] == (TODAY - note.first_day).days if note.first_day else False
