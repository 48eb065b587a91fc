"""What `--format json` prints: of every command one object that fits the schema, however a run ends."""

from __future__ import annotations

import json
import os
import re
import shutil
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
from jsonschema import Draft202012Validator

from tests.console import ROOT
from tests.study.reviews import write_note
from vault_sync.cli import cli, run
from vault_sync.cli.streams import JSON_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA: Final = f"output-{JSON_VERSION}.json"
NOTE: Final = "Web/HTTP 상태 코드.md"
COMMANDS: Final = {
    "refresh": ["refresh", "--now", "2024-10-27T14:01"],
    "undo": ["undo", "--diff"],
    "undo_list": ["undo", "--list"],
    "done": ["done", "쿠키와 세션", "--now", "2024-10-27T14:01"],
    "due": ["due", "--on", "2024-10-27", "--upcoming", "9"],
    "status": ["status", "--on", "2024-10-27"],
    "service_status": ["service", "status"],
    "explain": ["explain", NOTE],
    "eval": ["eval", "today()"],
    "config_show": ["config", "show"],
    "adopt": ["adopt"],
    "verify": ["verify"],
    "doctor": ["doctor"],
}
NAMES: Final = {"undo": "refresh"}
"""Commands whose object is that of another."""


@cache
def read_schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (files("vault_sync") / "schemas" / SCHEMA).read_text("utf-8")
    )
    return found


def check(name: str, value: object) -> None:
    """Hold an object against the schema of a command."""
    schema = {**read_schema(), "anyOf": [{"$ref": f"#/$defs/{name}"}]}
    validator = Draft202012Validator(schema)
    problems = [
        f"{error.json_path}: {error.message[:300]}"
        for top in validator.iter_errors(value)
        for error in (top.context or [top])
    ]
    assert not problems


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "vault"
    shutil.copytree(ROOT / "examples/vault", root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return root


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(read_schema())


def list_commands_with_json() -> Iterator[str]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        for below, one in inner.items():
            options = {option for each in one.params for option in each.opts} if one else set()
            if "--format" in options:
                yield f"{name}_{below}".rstrip("_").replace("-", "_")


def test_every_command_that_prints_json_is_held_against_it() -> None:
    assert {*list_commands_with_json(), "undo_list"} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_prints_fits(
    name: str, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "Web" / "나쁨.md").write_text("---\n⭕첫 학습날: [\n---\n", "utf-8")
    write_note(vault, "Web/odd.md", None)
    run(["-q", "refresh", "--now", "2024-10-26T14:01"])
    capsys.readouterr()
    run([*COMMANDS[name], "--format", "json"])
    value = json.loads(capsys.readouterr().out)
    check(NAMES.get(name, name), value)
    assert next(iter(value)) == "version"
    assert "error" not in value


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", ["option", "configuration", "vault"])
def test_an_error_is_an_object_too(  # noqa: PLR0917 - fixtures
    name: str,
    fault: str,
    vault: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [*COMMANDS[name], "--format=json"]
    if fault == "option":
        command.append("--no-such")
    elif fault == "configuration":
        (vault / ".vault-sync.yaml").write_text("locle: ko\ntimezone: Nowhere\n", "utf-8")
    else:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
    code = run(command)
    told = capsys.readouterr()
    value = json.loads(told.out)
    if "error" in value:
        check("error", value)
        assert value["error"]["code"] == code != 0
        assert value["error"]["message"].splitlines()[0][:20] in told.err
        if fault == "configuration":
            places = [(one["file"], one["line"]) for one in value["error"]["problems"]]
            assert places == [(".vault-sync.yaml", 1), (".vault-sync.yaml", 2)]
    else:  # it needs no vault, or the doctor tells of the configuration
        check(NAMES.get(name, name), value)
        assert name in {"eval", "doctor", "service_status", "undo_list"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["refresh", "--max-changes", "1"], 1),
        (["refresh", "no such.md"], 2),
        (["undo", "no-such-run"], 2),
        (["undo"], 2),
        (["done", "no such note"], 2),
        (["explain", "no such.md"], 2),
        (["due", "--on", "yesterday"], 2),
        (["no-such-command"], 2),
    ],
)
def test_a_limit_or_an_error_ends_with_an_object(
    arguments: list[str], code: int, vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--format", "json"]) == code
    value = json.loads(capsys.readouterr().out)
    check("error", value)
    assert value["error"]["code"] == code


def test_what_ends_a_run_in_the_middle_ends_its_object(
    vault: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vault_sync.cli.output import JsonOutput  # noqa: PLC0415 - the one that is patched

    tell = JsonOutput.note_done

    def stop(self: JsonOutput, result: Any) -> None:
        tell(self, result)
        raise KeyboardInterrupt

    monkeypatch.setattr(JsonOutput, "note_done", stop)
    assert run(["refresh", "--check", "--format", "json"]) == 130
    value = json.loads(capsys.readouterr().out)
    check("refresh", value)
    assert (len(value["notes"]), value["error"]["code"]) == (1, 130)


@pytest.mark.skipif(os.name == "nt", reason="names that are no text, as POSIX has them")
@pytest.mark.parametrize("name", ["refresh", "due", "status", "verify", "doctor", "adopt"])
def test_no_half_character_is_printed(
    name: str, vault: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    odd = os.fsencode(vault) + b"/bad\xff.md"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write("---\n⭕첫 학습날: 2024-10-20\n❤1일복습여부: false\n학습률:\n---\n".encode())
    run([*COMMANDS[name], "--format", "json"])
    printed = capfdbinary.readouterr().out.decode("utf-8")
    assert not re.search(r"\\u[dD][89a-fA-F]", printed)
    if name in {"refresh", "due"}:
        assert "bad\ufffd.md" in printed


def test_a_word_has_one_type() -> None:
    """A program that knows a name of one command knows it of all."""
    found: dict[str, set[str]] = {}
    for name, definition in read_schema()["$defs"].items():
        if name in {"run_summary", "undo_list"} or not isinstance(definition, dict):
            continue
        collect(definition, found)
    two_types = {name: kinds for name, kinds in found.items() if len(kinds) > 1}
    assert two_types == {}


def collect(schema: dict[str, Any], found: dict[str, set[str]]) -> None:
    """Note the type of each property of a schema; in a summary a name counts what it names."""
    for name, below in schema.get("properties", {}).items():
        if name != "summary":
            found.setdefault(name, set()).update(name_type(below))
            collect(below, found)
    if isinstance(items := schema.get("items"), dict):
        collect(items, found)


def name_type(schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return name_type(read_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return {kind for one in schema["anyOf"] for kind in name_type(one)}
    kinds = schema.get("type", "string" if "enum" in schema else [])
    return set([kinds] if isinstance(kinds, str) else kinds) - {"null"}


@pytest.mark.parametrize("name", ["refresh", "done", "due", "status", "explain"])
def test_moments_have_one_form(name: str, vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([*COMMANDS[name], "--format", "json"])
    printed = capsys.readouterr().out
    for moment in re.findall(r'"(?:now|since|last_\w+|updated)": "([^"]*)"', printed):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", moment)
