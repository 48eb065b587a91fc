"""``vault-sync explain``: how each derived property of a note comes about."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.completion import complete_notes, complete_properties
from vault_sync.cli.done import find_file, find_path
from vault_sync.cli.language import CLOCKS, command, count, echo, pad, say, translate
from vault_sync.cli.options import Options, format_option, now_option
from vault_sync.cli.output import describe_problem
from vault_sync.cli.streams import print_json
from vault_sync.engine.refresh import RefreshPlanner, find_conditions, open_planner
from vault_sync.files.folder import VaultFolder
from vault_sync.files.read import FileFacts, NoteBytes, decode_note, read_note
from vault_sync.i18n import Language, choose_language, mark_message
from vault_sync.plan.explain import ExplainedNote, Explanation, explain_note, mend_text
from vault_sync.text import fold_name, make_printable
from vault_sync.vault.workspace import Workspace, describe_daily, find_device_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from frontmatter import Post

    from vault_sync.rules.config import DailyValues


_SHOWN = 20
_STATES: Final = {  # the color and the word for people
    "true": ("green", mark_message("up to date")),
    "stale": ("red", mark_message("stale")),
    "missing": ("yellow", mark_message("to be added")),
    "absent": ("white", mark_message("absent")),
    "kept": ("white", mark_message("kept")),
    "later": ("white", mark_message("later")),
    "failed": ("red", mark_message("failed")),
}


@command("explain", "Show why a note's derived properties are what they are.")
@click.argument("note", shell_complete=complete_notes)
@click.argument("name", metavar="[PROPERTY]", required=False, shell_complete=complete_properties)
@now_option
@format_option
def explain_command(
    options: Options, /, note: str, name: str | None, now: str | None, format_: str
) -> int:
    """Show for each derived property of a note its formula, its inputs and its value.

    NOTE is a path, or a name as in a link of Obsidian. With a PROPERTY, only that one is shown.

    \b
    Examples:
      vault-sync explain "Notes/Pods.md"
      vault-sync explain "세포 호흡" 학습률
    """  # noqa: D301 - \b is a character that click knows
    path, post, explained, values = run_explain(options, find_named_note(options, note), now)
    if name is not None:
        explained = explained._replace(properties=(_pick(explained, name),))
    daily = _describe_later(values, explained)
    if format_ == "json":
        print_json(
            {
                "path": path,
                "left_alone": explained.left_alone,
                "problems": [*map(describe_problem, explained.problems)],
                "waits": daily,
                "properties": [*map(_describe, explained.properties)],
            },
            indent=2,
        )
        return 0
    echo(f"{_embolden(path)}  ({count('{n} property', '{n} properties', len(post.metadata))})")
    for sentence in _list_sentences(explained):
        echo(sentence)
    if daily:
        echo(make_printable(daily))
    for explanation in explained.properties:
        _print(explanation)
    return 0


def _describe(explanation: Explanation) -> dict[str, object]:
    """Return what is explained of a property as JSON has it."""
    told = explanation._asdict()
    return {"property": told.pop("property"), "rule_set": told.pop("rules"), **told}


def _pick(explained: ExplainedNote, name: str) -> Explanation:
    """Return what there is to say of one property.

    Raises:
        click.UsageError: no rule set that governs the note calculates it.
    """
    from difflib import get_close_matches

    found = {fold_name(one.property): one for one in explained.properties}
    if fold_name(name) in found:
        return found[fold_name(name)]
    language = choose_language(None, os.environ)
    message = language.say("No rule set calculates {name} in this note.", name=repr(name))
    near = get_close_matches(fold_name(name), found, n=3, cutoff=0.4)
    if near:
        names = ", ".join(make_printable(found[one].property) for one in near)
        message += " " + language.say("It calculates these, for example: {names}.", names=names)
    raise click.UsageError(message)


def find_named_note(options: Options, name: str) -> Path:
    """Return the note that a path, or a name as in a link, means.

    Raises:
        NoteNotFoundError: no note is called so.
        AmbiguousNoteError: more than one is.
    """
    from vault_sync.vault.links import NoteLookup
    from vault_sync.vault.vault import list_notes, load_vault

    path = find_path(name)
    if path:
        return path
    vault = load_vault(options.locate_vault())
    return Path(vault.root, NoteLookup(list_notes(vault)).resolve(name))


def _describe_later(values: DailyValues, explained: ExplainedNote) -> str:
    """Return why a value of today waits, where the configuration says so; empty else."""
    is_waiting = any(one.state == "later" for one in explained.properties)
    return describe_daily(values, find_device_name(), Language()) if is_waiting else ""


def _list_sentences(explained: ExplainedNote) -> Iterator[str]:
    """Yield what there is to say of the note as a whole."""
    if explained.left_alone:
        yield f"It is left alone: {explained.left_alone}."
    elif not explained.properties and not explained.problems:
        yield "No rule set governs this note; `vault-sync config show` lists the rules and their filters."
    yield from (make_printable(translate(one.message)) for one in explained.problems)


def _print(explanation: Explanation) -> None:
    def show(value: object) -> str:
        if value is None:
            return say("(empty)")
        return make_printable(json.dumps(value, ensure_ascii=False))

    color, word = _STATES[explanation.state]
    state, clock = click.style(say(word), fg=color), say(CLOCKS[explanation.clock])
    name = _embolden(explanation.property)
    owner = say("by {rules}", rules=make_printable(explanation.rules))
    click.echo(f"\n{name}  {state}, {clock}, {owner}")
    _print_line(say("formula"), make_printable(explanation.formula))
    for source, value in explanation.inputs.items():
        _print_line(say("reads"), f"{make_printable(source)} = {show(value)}")
    if explanation.notes:
        _print_line(say("notes"), _list_notes(explanation.notes))
    _print_line(say("on disk"), show(explanation.on_disk))
    problem = explanation.problem and translate(make_printable(explanation.problem))
    _print_line(say("value"), problem or show(explanation.value))


def _embolden(name: str) -> str:
    return click.style(make_printable(name), bold=True)


def _print_line(label: str, text: str) -> None:
    click.echo(f"  {pad(label, 9)}{text}")


def _list_notes(paths: Sequence[str]) -> str:
    more = say(", and {n} more", n=len(paths) - _SHOWN) if len(paths) > _SHOWN else ""
    return make_printable(", ".join(paths[:_SHOWN])) + more


def run_explain(
    options: Options, note: Path, now: str | None
) -> tuple[str, Post, ExplainedNote, DailyValues]:
    """Return a note's path in the vault, the note for reading, what a refresh makes of it, and a setting."""
    from vault_sync.cli.refresh import choose_conditions, read_moment
    from vault_sync.note.post import read_post

    workspace = options.open_workspace((note,))
    found = read_named_note(workspace, note)
    text = decode_note(found.data)
    of_day = choose_conditions(workspace, read_moment(workspace, now), now)
    with VaultFolder(workspace.vault.root) as root:
        planner = open_planner(root, workspace.rules, of_day, workspace.vault)
        of_day = planner.conditions
        conditions = find_conditions(text, found, workspace.rules, of_day, root.path)
        facts = FileFacts(found.signature, conditions, f"{root.path}/{found.path}")
        note_as_seen = (text, found.path, workspace.rules, conditions, facts)
        explained = explain_note(*note_as_seen)
        post = read_post(mend_text(*note_as_seen))
        explained = explained._replace(
            properties=tuple(_name_notes(one, found.path, planner) for one in explained.properties)
        )
    return found.path, post, explained, workspace.config.daily_values


def _name_notes(one: Explanation, path: str, planner: RefreshPlanner) -> Explanation:
    """Return an explanation with the notes that were read for the value."""
    if planner.notes is None:
        return one
    from vault_sync.engine.recorded_notes import list_read

    return one._replace(notes=tuple(list_read(planner.notes.view, path, one.property)))


def read_named_note(workspace: Workspace, note: Path) -> NoteBytes:
    """Return a note that the user named, as it is on the disk.

    Raises:
        NoteError: it is one that is left alone, or it cannot be read.
    """
    path = find_file(workspace, note)
    with VaultFolder(workspace.vault.root) as root:
        return read_note(root, path)
