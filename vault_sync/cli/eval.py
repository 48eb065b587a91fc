"""``vault-sync eval``: one formula tried on a note, or on none."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.completion import complete_notes
from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, format_option, now_option
from vault_sync.cli.streams import complain, print_json
from vault_sync.errors import EvaluationError, FormulaError, FormulaSyntaxError
from vault_sync.plan.evaluation import Conditions
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from vault_sync.formula.values import Value


_BEFORE: Final = 50
_BEHIND: Final = 30


@command("eval")
@click.argument("expression", metavar="EXPR")
@click.argument("note", required=False, shell_complete=complete_notes)
@now_option
@click.option("--locale", metavar="LANGUAGE", help="The language of names in dates: en or ko.")
@format_option
def eval_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    expression: str,
    note: str | None,
    *,
    now: str | None,
    locale: str | None,
    format_: str,
) -> int:
    """Print the value of one formula, for a note or for none.

    EXPR is a formula of Obsidian Bases, or of Notion. With a NOTE, a path or a name as in a link, it
    sees the note's properties, the derived ones with their new values. Nothing is written.

    \b
    Examples:
      vault-sync eval '(today() - date("2024-07-07")).days'
      vault-sync eval 'dateAdd(prop("start"), 4, "days")' "Notes/Pods.md"
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.explain import find_named_note

    path = find_named_note(options, note) if note else None
    try:
        _print(evaluate(options, expression, path, now, locale), format_)
    except (FormulaSyntaxError, EvaluationError) as error:
        if format_ == "json":
            print_json({"type": "error", "value": str(error)})
        complain(_describe_error(expression, error))
        return error.exit_code
    return 0


def _print(value: Value, format_: str) -> None:
    from vault_sync.formula.conversions import kind_of, to_plain, to_shown

    if format_ == "json":
        print_json({"type": kind_of(value), "value": to_plain(value)})
    else:
        echo("\n".join(map(make_printable, to_shown(value).split("\n"))))


def _describe_error(expression: str, error: FormulaError) -> str:
    sentence = f"vault-sync: {error}"
    if isinstance(error, FormulaSyntaxError):
        return f"{sentence}\n{point_at(expression, error.column, error.length)}"
    return sentence


def point_at(source: str, column: int, length: int) -> str:
    """Return the line of a formula with a mistake, and a line of carets below the mistake.

    Args:
        source: the formula.
        column: where the mistake is, counted from 1.
        length: how many characters it spans.
    """
    place = column - 1
    line_start = source.rfind("\n", 0, place) + 1
    start = max(line_start, place - _BEFORE)
    shown = source[start : place + length + _BEHIND].partition("\n")[0]
    before = place - start
    carets = "^" * max(1, _width(shown[before : before + length]))
    printable = "".join(one if one.isprintable() or _is_joiner(one) else " " for one in shown)
    return f"  {printable}\n  {' ' * _width(shown[:before])}{carets}"


def _is_joiner(character: str) -> bool:
    return character in "\u200c\u200d"


def _width(text: str) -> int:
    """Return how many cells of a terminal a text fills; letters of Korean and emoji fill two."""
    from unicodedata import category, east_asian_width

    return sum(
        0
        if category(one) in {"Mn", "Me"} or _is_joiner(one)
        else 1 + (east_asian_width(one) in {"W", "F"})
        for one in text
    )


def evaluate(
    options: Options, expression: str, note: Path | None, now: str | None, locale: str | None
) -> Value:
    """Return the value of a formula.

    Args:
        options: those before the command.
        expression: the formula.
        note: the note it is tried on; None for no properties at all.
        now: the moment that the user typed, or None for the present.
        locale: the language of names in dates, or None for the vault's.

    Raises:
        FormulaSyntaxError: the expression is no formula.
        EvaluationError: it has no value.
        NoteError: the note is left alone, or cannot be read.
        ConfigError: the configuration of the vault cannot be used.
    """
    from vault_sync.cli.explain import read_named_note
    from vault_sync.cli.refresh import choose_conditions, read_moment
    from vault_sync.engine.linked_notes import LinkedNotes
    from vault_sync.engine.refresh import find_conditions
    from vault_sync.engine.vault_files import DiskNotes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.files.read import FileFacts, decode_note
    from vault_sync.formula import compile_formula
    from vault_sync.note.post import read_post
    from vault_sync.plan.explain import Note, mend_text, try_formula, try_formula_on

    formula = compile_formula(expression)
    if note is None:
        return try_formula(formula, _speak(_conditions_without_note(options, now), locale))
    workspace = options.open_workspace((note,))
    found = read_named_note(workspace, note)
    text = decode_note(found.data)
    of_day = _speak(choose_conditions(workspace, read_moment(workspace, now), now), locale)
    with VaultFolder(workspace.vault.root) as root:
        source = DiskNotes(workspace.vault, root)
        of_day = of_day.with_vault(LinkedNotes(source, workspace.rules, of_day))
        conditions = find_conditions(text, found, workspace.rules, of_day, root.path)
        facts = FileFacts(found.signature, conditions, f"{root.path}/{found.path}")
        text = mend_text(text, found.path, workspace.rules, conditions, facts)
        tried_on = Note(read_post(text), found.path, facts)
        return try_formula_on(tried_on, formula, workspace.rules, conditions)


def _speak(conditions: Conditions, locale: str | None) -> Conditions:
    return conditions.in_language(locale) if locale else conditions


def _conditions_without_note(options: Options, now: str | None) -> Conditions:
    """Return the conditions of the vault around the working folder; the machine's without one."""
    from vault_sync.cli.refresh import read_moment
    from vault_sync.vault.vault import find_vault
    from vault_sync.vault.workspace import open_workspace

    root = options.vault or find_vault(Path.cwd()) or (Path.cwd() if options.config else None)
    workspace = open_workspace(root, options.config) if root else None
    moment = read_moment(workspace, now)
    if workspace:
        return workspace.conditions_at(moment)
    return Conditions(now=moment.replace(tzinfo=None), timezone=moment.tzinfo or UTC)
