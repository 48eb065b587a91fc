"""The language: which one is chosen, and what its catalogue promises."""

from __future__ import annotations

import ast
import json
import re
import string
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import vault_sync
from docs.make_catalogue import (
    TRANSLATIONS,
    collect_messages,
    find_file,
    list_messages,
    list_sentences,
    list_untranslated,
    read_catalogue,
    render_mo,
    render_po,
    update_catalogue,
)
from vault_sync.cli import cli, run
from vault_sync.cli.language import ERRORS_FROM_BELOW
from vault_sync.formula import compile_formula
from vault_sync.i18n import LANGUAGES, Language, choose_language
from vault_sync.plan.explain import try_formula
from vault_sync.study.calendar import make_calendar
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Which of two a particle is depends on how the word before it ends, and nobody knows how a value does.
_PARTICLE = re.compile(
    r"\}[`”\"']?(?:을|를|은|는|이|가|과|와|으로|로|이라는|라는)(?![가-힣])|\([을를은는이가과와으]\)"
)


@pytest.mark.parametrize(
    ("configured", "environment", "chosen"),
    [
        (None, {}, "en"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "POSIX", "LANGUAGE": "ko"}, "en"),
        (None, {"LANGUAGE": "ko"}, "en"),
        (None, {"LANG": "ko_KR.UTF-8"}, "ko"),
        (None, {"LANG": "ko"}, "ko"),
        (None, {"LANG": "ko_KR.eucKR@strict"}, "ko"),
        (None, {"LANG": "ko-KR"}, "ko"),
        (None, {"LANG": "kok_IN"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "../ko"}, "en"),
        (None, {"LANG": "ko_KR", "LC_MESSAGES": "en_GB"}, "en"),
        (None, {"LANG": "en_GB", "LC_MESSAGES": "ko_KR"}, "ko"),
        (None, {"LANG": "ko_KR", "LC_MESSAGES": "ko_KR", "LC_ALL": "en_US"}, "en"),
        (None, {"LANG": "ko_KR", "LC_ALL": ""}, "ko"),
        (None, {"LANG": "ko_KR", "LC_ALL": "C"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "LANGUAGE": "ko:en"}, "ko"),
        (None, {"LANG": "ko_KR.UTF-8", "LANGUAGE": "de:en"}, "en"),
        (None, {"LANG": "ko_KR.UTF-8", "LANGUAGE": "de:fr"}, "ko"),
        ("ko", {"LANG": "en_US.UTF-8", "LANGUAGE": "en"}, "ko"),
        ("en", {"LANG": "ko_KR.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_one_that_was_asked_for(
    configured: str | None, environment: Mapping[str, str], chosen: str
) -> None:
    assert choose_language(configured, environment).locale == chosen


def test_windows_names_its_languages_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault_sync.i18n._find_language_of_windows", lambda: "Korean_Korea.949")
    assert choose_language(None, {}).locale == "ko"
    assert choose_language(None, {"LANG": "en_US"}).locale == "en"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_message_that_no_catalogue_knows_is_said_as_it_is(locale: str) -> None:
    language = Language(locale)
    assert language.say("{x} is not in any catalogue.", x="{y}") == "{y} is not in any catalogue."
    assert language.count("{n} odd {x}", "{n} odd {x}s", 1, x="cup") == "1 odd cup"


def test_english_counts() -> None:
    language = Language("en")
    said = [language.count("{n} odd cup", "{n} odd cups", number) for number in (0, 1, 2)]
    assert said == ["0 odd cups", "1 odd cup", "2 odd cups"]


@pytest.mark.parametrize("name", ["due", "done", "status", "calendar", "report", "init", "adopt"])
def test_the_help_of_study_commands_is_translated(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    helps = {}
    for locale in ("C.UTF-8", "ko_KR.UTF-8", "C.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        assert run([name, "--help"]) == 0
        helps[locale] = capsys.readouterr().out
    english, korean = helps["C.UTF-8"], helps["ko_KR.UTF-8"]
    assert not re.search(r"[가-힣]{2}(?! 코드|\.base)", english.partition("Examples")[0])
    assert len(re.findall("[가-힣]+", korean)) > 20
    before_help = korean.partition("-h, --help")[0]  # click keeps that line from the first call
    assert not re.search(r"\b(?:Usage|Options|Examples)\b", before_help)
    options = re.findall(r"^ +(-.*?)  ", english, re.MULTILINE)
    assert options
    assert options == re.findall(r"^ +(-.*?)  ", korean, re.MULTILINE)
    examples = re.findall("^    vault-sync.*", english, re.MULTILINE)
    assert len(examples) > 1
    assert examples == re.findall("^    vault-sync.*", korean, re.MULTILINE)


@pytest.fixture
def small_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = tmp_path / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    (vault / "a.md").write_text("---\n⭕첫 학습날: 2024-10-01\n---\n", "utf-8")
    (vault / "b.md").write_text("text\n", "utf-8")
    monkeypatch.chdir(vault)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["due", "--bei"], 2, "오류: "),
        (
            ["due", "nowhere"],
            2,
            "다른 볼트를 쓰려면 `vault-sync due --vault nowhere` 형식으로 적어 주세요.",
        ),
        (["due", "--on", "gestern"], 2, "날짜가 아닙니다. 2024-10-27처럼 적으세요."),
        (["due", "--format", "xml"], 2, "쓸 수 있는 값: 'text', 'json', 'csv'"),
        (["calendar", "--alarm", "99"], 2, "시각이 아닙니다. 20:00처럼 적으세요."),
        (["done", "no such"], 2, "이름이 `no such`인 노트는 없습니다."),
        (["done", "a", "--stage", "3"], 4, "a.md: 3일차는 이 노트의 복습 단계가 아닙니다."),
        (["done", "b"], 4, "b.md: 학습 노트가 아니거나, 그대로 두라고 적힌 노트입니다."),
        (["calendar", "-o", "a.md"], 2, "a.md: 이 명령으로 만들지 않은 파일이 이미 있어서"),
    ],
)
@pytest.mark.usefixtures("small_vault")
def test_what_is_wrong_is_said_in_korean(
    arguments: list[str],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert run(arguments) == code
    assert told in capsys.readouterr().err
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert run(arguments) == code
    english = capsys.readouterr().err
    assert english
    assert not re.search("[가-힣]{2}", english)


def test_a_missing_vault_is_told_in_korean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert run(["due"]) == 2
    assert capsys.readouterr().err.startswith("vault-sync: 여기와 상위 폴더에 볼트가 없습니다")


def test_errors_from_below_are_spelled_as_they_are_raised() -> None:
    raised = {
        node.value
        for file in Path(vault_sync.__file__).parent.rglob("*.py")
        if file.name != "borrowed.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert set(ERRORS_FROM_BELOW) <= raised


def test_messages_are_found_wherever_they_are_said() -> None:
    source = """
language.say("one {a}", a=1)
print(self.language.say(
    "two "
    "halves"))
mark_message("three")
mark_count("{n} mug", "{n} mugs")
language.count("{n} cup", "{n} cups", number)
text.count("four")
data.count(b"five")
text.count("six", 0, 7)
language.say(a_variable)
"""
    found = ["one {a}", "two halves", "three", ("{n} mug", "{n} mugs")]
    found.append(("{n} cup", "{n} cups"))
    assert list(list_messages(source)) == found


KOREAN = Language("ko")


def list_commands_and_groups() -> Iterator[str]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        yield name
        inner = command.commands if isinstance(command, click.Group) else {}
        yield from (f"{name} {below}" for below, one in inner.items() if not one.hidden)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("There is no such file.", "그런 파일이 없습니다."),
        ("`x` is no setting of the configuration.", "`x`: 설정에 없는 항목입니다."),
        ("`a {0} b` is no setting of `calendar`.", "`a {0} b`: `calendar`에 없는 항목입니다."),
        (
            "`x` is no setting of a rule set. Did you mean `y`?",
            "`x`: 규칙 묶음에 없는 항목입니다. 혹시 `y`인가요?",
        ),
        ("a merge is going on (begun 5 minutes ago)", "병합이 진행 중입니다 (5분 전에 시작)"),
        ("less than a minute", "1분 미만"),
        ("1 hour", "1시간"),
        ("5 minutes of mine", "5 minutes of mine"),
        ("This is a note of mine", "This is a note of mine"),
        ("", ""),
        ("There is no such file.\nmine", "그런 파일이 없습니다.\nmine"),
    ],
)
def test_a_sentence_that_was_written_out_is_translated_with_its_values(
    sentence: str, said: str
) -> None:
    assert KOREAN.translate(sentence) == said
    assert Language("en").translate(sentence) == sentence


def test_what_a_stranger_wrote_takes_no_time_to_look_at() -> None:
    started = time.process_time()
    for text in ("`" * 4000, "a " * 2000, "{0}" * 1300, "There is no " * 300, "x" * 1_000_000):
        KOREAN.translate(text)
    assert time.process_time() - started < 5


def test_sentences_are_found_wherever_they_are_written() -> None:
    source = '''
"""A docstring is for programmers."""
def f(x):
    "So is this one here."
    raise Error(f"The file {x!r} is not {x.y} here.")
log.info("Refreshed %s notes in %s.", a, b)
say("This is said elsewhere and counted there.")
name = "one"
pattern = "`x: y` and `z`"
unit = "[Unit]\\nType=exec of it"
'''
    assert list(list_sentences(source)) == [
        "The file {0} is not {1} here.",
        "Refreshed {0} notes in {1}.",
    ]


_ENGLISH = re.compile(r"(?<![\w`/.:{\"'-])[A-Za-z][a-z]+(?: [a-z]+){2,}(?![\w`/.])")


@pytest.mark.parametrize(
    "command",
    [
        ["refresh", "--check", "--now", "2024-10-27"],
        ["refresh", "--now", "2024-10-27"],
        ["-v", "refresh", "--check", "--now", "2024-10-28"],
        ["undo", "--list"],
        ["undo", "--diff"],
        ["undo", "nothing"],
        ["explain", "--now", "2024-10-28", "a.md"],
        ["explain", "--now", "2024-10-28", "odd.md"],
        ["explain", "bad.md"],
        ["undo", "--dry-run"],
        ["done", "a.md", "--dry-run"],
        ["init", "--dry-run"],
        ["eval", "1 +"],
        ["eval", "nothing()"],
        ["due"],
        ["status"],
        ["config", "check"],
        ["config", "show"],
        ["service", "status"],
        ["hook", "status"],
        ["hook", "install", "--strict", "--stable"],
        ["git-filter", "status"],
        ["git-filter", "install"],
        ["merge-driver", "status"],
        ["verify"],
        ["doctor"],
        ["-v", "doctor"],
        ["adopt"],
        ["calendar", "--push", "http://example.org"],
        ["refresh", "nowhere.md"],
        ["nothing"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("small_vault")
def test_no_line_mixes_two_languages(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Korean hears no English: neither a whole line nor a piece of one, nor a single word."""
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    subprocess.run(["git", "init", "-q"], check=True)
    Path("bad.md").write_text("---\n⭕첫 학습날: [\n---\n", "utf-8")
    Path("tab.md").write_text("---\n⭕첫 학습날: 2024-10-01\n\tx: 1\n---\n", "utf-8")
    Path("odd.md").write_text("---\n⭕첫 학습날: soon\n학습률:\n---\n", "utf-8")
    Path(".obsidian/types.json").write_text('{"types": {"⭕첫 학습날": "datetime"}}', "utf-8")
    if command[0] == "undo":
        run(["-q", "refresh", "--now", "2024-10-26"])
        capsys.readouterr()
    run(command)
    told = capsys.readouterr()
    for line in (told.out + told.err).splitlines():
        if line[:1] not in {"+", "-", " ", "@"} or "  " not in line[:2]:
            bare = re.sub(r"`[^`]*`|\"[^\"]*\"|'[^']*'", "", line)
            assert not _ENGLISH.search(bare), line
        if not _OF_FORMULAS.match(line) and not (command[0] == "config" and ": " in line):
            assert set(list_words(line)) - {*command, *NAMES} == set(), line


def list_forms(text: str | Iterable[str] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


# What stands in a line and is no word for people: code, what was typed, options, paths, values of properties.
_CODE = re.compile(
    r"`[^`]*`|\"[^\"]*\"|'[^']*'|\S*[/.=(]\S*|(?<!\S)--?\w[\w-]*|\{\w*\}|vault-sync(?: [a-z-]+)*|[A-Z_]{2,}"
)
_OF_FORMULAS = re.compile(
    r"^[+@-]| ⭕|^ +(?:수식|읽는 값|없으면|노트|\w+) {2}|^ {2,}\S+: |^\d{8}T\d{6}-"
)


def list_words(line: str) -> list[str]:
    """Return the words of English in a line that are nothing but words."""
    return re.findall(r"(?<![\w-])[A-Za-z][a-z]+(?![\w-])", _CODE.sub(" ", line))


NAMES = frozenset({"Ctrl", "Importer", "Notion", "git", "ko"})


@pytest.mark.usefixtures("small_vault")
def test_notes_that_follow_are_told_in_korean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    rule = (
        "rules: [{filters: 'file.name == \"b\"', formulas: {n: 'file(\"a\").properties.학습률'}}]\n"
    )
    Path(".vault-sync.yaml").write_text(rule, "utf-8")
    Path("b.md").write_text("---\nn: 9\n---\n", "utf-8")
    for command in (["refresh", "--dry-run", "a.md"], ["done", "a", "--stage", "4"]):
        assert run(command) == 0
        said = "".join(capsys.readouterr())
        assert "b.md" in said
        words = [word for line in said.splitlines() for word in list_words(line)]
        assert {*words} <= NAMES, said


@pytest.mark.parametrize("name", ["", *list_commands_and_groups()])
def test_the_help_of_every_command_is_translated(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert run([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out.partition("사용 예:")
    for line in (shown[0] + shown[2].partition("\n\n")[2]).splitlines():
        if "--help" not in line:  # click keeps that line from the first call
            assert not _ENGLISH.search(re.sub(r"`[^`]*`", "", line)), line


@pytest.mark.parametrize("language", TRANSLATIONS)
class TestACatalogue:
    def test_it_is_of_the_messages_in_the_code(self, language: str) -> None:
        made = update_catalogue(read_catalogue(language), collect_messages())
        assert find_file(language, "po").read_bytes() == render_po(made)
        assert find_file(language, "mo").read_bytes() == render_mo(made)

    def test_nothing_is_left_in_english(self, language: str) -> None:
        assert not list_untranslated(read_catalogue(language))

    def test_what_stands_in_a_message_stands_in_its_translation(self, language: str) -> None:
        for message in read_catalogue(language):
            for translated in list_forms(message.string if message.id else ""):
                assert list_places(translated) in map(list_places, list_forms(message.id)), (
                    translated
                )

    def test_no_particle_depends_on_how_a_value_ends(self, language: str) -> None:
        for message in read_catalogue(language):
            for translated in list_forms(message.string if message.id else ""):
                assert not _PARTICLE.search(translated)


def list_places(text: str) -> Counter[str | None]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{}\n", "일요일"),
        ("profile: none\n", "Sunday"),
        ("locale: en\n", "Sunday"),
        ("locale: ko\nprofile: none\n", "일요일"),
    ],
)
def test_formulas_the_calendar_and_config_show_speak_one_language(
    text: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".vault-sync.yaml").write_text(text, "utf-8")
    workspace = open_workspace(tmp_path, None)
    moment = workspace.moment("2024-07-07T12:00")
    weekday = try_formula(compile_formula('now().format("dddd")'), workspace.conditions(moment))
    calendar = make_calendar(workspace, moment, workspace.config.calendar, ())
    assert run(["--vault", str(tmp_path), "config", "show", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]["locale"]
    assert (weekday, calendar.name, shown) == (
        word,
        "복습" if word == "일요일" else "Reviews",
        "ko" if word == "일요일" else "en",
    )
