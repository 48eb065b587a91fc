"""The JSON schema of `.vault-sync.yaml`: it takes what the reader takes, and refuses what it refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.console import ROOT, list_pages, read_blocks
from vault_sync.rules.config import CALENDAR_SETTINGS, REPORT_SETTINGS
from vault_sync.rules.config_reader import (
    RULE_SETTINGS,
    SETTINGS,
    STUDY_SETTINGS,
    parse_config,
)
from vault_sync.rules.schema_reader import STUDY
from vault_sync.setup.survey import SCHEMA_NAME, read_schema, render_configuration

if TYPE_CHECKING:
    from vault_sync.errors import Problem

SCHEMA: Final[dict[str, Any]] = json.loads(read_schema())
VALIDATOR: Final = Draft202012Validator(SCHEMA)


def is_taken_by_the_schema(text: str) -> bool:
    return bool(VALIDATOR.is_valid({} if load(text) is None else load(text)))


class Loader(yaml.SafeLoader):
    """Sees what an editor sees, in YAML 1.2: `yes`, `12:00` and dates are texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # the stub knows no class variable


for kind, form, starts in (
    ("null", "^(?:|~|null)$", ["", "~", "n"]),
    ("bool", "^(?:true|false)$", ["t", "f"]),
    ("int", "^[-+]?[0-9]+$", list("-+0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(form), starts)


def load(text: str) -> Any:
    """Return what an editor sees."""
    return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader


def is_taken_by_the_reader(text: str) -> bool:
    problems: list[Problem] = []
    parse_config(text, problems)
    return not problems


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ((), SETTINGS),
        (("study-ko",), STUDY_SETTINGS),
        (("calendar",), CALENDAR_SETTINGS),
        (("report",), REPORT_SETTINGS),
        (("rules", "items"), RULE_SETTINGS),
        (("rules", "items", "study"), STUDY),
    ],
)
def test_it_has_the_settings_of_the_reader(
    path: tuple[str, ...], settings: tuple[str, ...]
) -> None:
    below = SCHEMA
    for name in path:
        below = below["items"] if name == "items" else below["properties"][name]
    assert set(below["properties"]) == set(settings)


GOOD: Final = [
    "",
    "profile: none",
    "profile: study-ko\nstudy-ko: {stages: [1, 4, 7, 14], counted: [1], missing: skip, review-status: fill}",
    "study-ko: {stages: {1: a, 3: b}, names: {subject: 과목, 진행바: bar}, formulas: {학습률: 'a + 1', x: 3}}",
    "study-ko:",
    "timezone: Asia/Seoul",
    'day-starts-at: "04:00"',
    "day-starts-at: 12:00",
    "locale: ko",
    "ignore: ['Archive/**', '*.draft.md']",
    "ignore:",
    "quiet-period: 500ms",
    "quiet-period: 1.5 m",
    "max-changes: 0",
    "daily-values: due",
    "daily-values: [laptop]",
    "conflict-copies: leave",
    "calendar: {file: a/복습.ics, per: note, alarm: none, days: 730, vault: 공부}",
    'calendar: {alarm: "7:05"}',
    "calendar:",
    "report: {file: 복습.svg}",
    "report: {file: a.HTML}",
    "rules: [{formulas: {a: 'b + 1'}}]",
    "rules: [{name: x, filters: {and: [a, {not: [b]}]}, missing: add, formulas: {a: b}}]",
    "rules: [{from-base: Books.base, formulas: [a]}]",
    "rules: [{from-base: Books.base}]",
    "rules: [{study: {first-day: a, stages: {1: b}, tick: date, subject: c}}]",
    "rules:",
]
BAD: Final = [
    "profil: none",
    "profile: study",
    "study-ko: {stages: [0]}",
    "study-ko: {stages: [3651]}",
    "study-ko: {stages: []}",
    "study-ko: {stages: many}",
    "study-ko: {review-status: always}",
    "study-ko: {missing: never}",
    "study-ko: {colour: red}",
    "timezone: 'Asia Seoul'",
    'day-starts-at: "13:00"',
    "locale: de",
    "ignore: Archive",
    "ignore: ['']",
    "quiet-period: soon",
    "max-changes: few",
    "daily-values: some",
    "daily-values: []",
    "conflict-copies: delete",
    "max-changes: -1",
    "calendar: 복습.ics",
    "calendar: {file: 복습.md}",
    "calendar: {per: week}",
    "calendar: {alarm: 8pm}",
    "calendar: {days: 0}",
    "calendar: {push: x}",
    "report: {file: 복습.md}",
    "report: {size: 3}",
    "rules: {a: b}",
    "rules: [{name: x}]",
    "rules: [{formulas: {a: b}, colour: red}]",
    "rules: [{filters: {and: [a], or: [b]}, formulas: {a: b}}]",
    "rules: [{filters: {xor: [a]}, formulas: {a: b}}]",
    "rules: [{study: {stages: {1: b}}}]",
    "rules: [{study: {first-day: a, stages: [1]}}]",
    "rules: [{study: {first-day: a, stages: {1: b}, tick: maybe}}]",
    "[profile]",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_takes_is_taken(text: str) -> None:
    assert is_taken_by_the_reader(text)
    assert is_taken_by_the_schema(text)


@pytest.mark.parametrize("text", BAD)
def test_what_the_reader_refuses_is_refused(text: str) -> None:
    assert not is_taken_by_the_reader(text)
    assert not is_taken_by_the_schema(text)


def list_shown() -> list[str]:
    return [
        block.text
        for page in list_pages()
        for block in read_blocks(page)
        if block.language == "yaml" and is_taken_by_the_reader(block.text)
    ]


def test_what_the_documentation_shows_is_taken() -> None:
    shown = list_shown()
    assert len(shown) > 10
    assert [text for text in shown if not is_taken_by_the_schema(text)] == []


def test_a_new_configuration_names_it() -> None:
    text = render_configuration("study-ko", "Asia/Seoul", "ko")
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA_NAME}\n")
    assert is_taken_by_the_schema(text)
    assert (ROOT / "vault_sync/schemas/configuration.json").read_text("utf-8") == read_schema()
