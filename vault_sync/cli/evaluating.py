"""The run behind ``eval``: find the note, or none, and try the formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.cli.reading import read_named_note
from vault_sync.cli.runs import choose_conditions, parse_typed_moment, read_moment
from vault_sync.clock import read_clock
from vault_sync.formula import compile_formula
from vault_sync.linkednotes import LinkedNotes
from vault_sync.note.decoding import decode_note
from vault_sync.plan.evaluation import Conditions
from vault_sync.planning import FileFacts, find_conditions
from vault_sync.trial import Note, try_formula, try_formula_on
from vault_sync.vault.vault import find_vault
from vault_sync.workspace import Workspace, locate_vault, open_workspace

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.formula.values import Value


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
    formula = compile_formula(expression)
    if note is None:
        return try_formula(formula, _speak(_conditions_without_note(options, now), locale))
    workspace = open_workspace(locate_vault((note,), options.vault), options.config)
    found = read_named_note(workspace, note)
    text = decode_note(found.data)
    of_day = _speak(choose_conditions(workspace, read_moment(workspace, now), now), locale)
    of_day = of_day.with_vault(LinkedNotes(workspace.vault.root, of_day))
    conditions = find_conditions(text, found, workspace.rules, of_day)
    tried_on = Note(text, found.path, FileFacts(found.signature, conditions))
    return try_formula_on(tried_on, formula, workspace.rules, conditions)


def _speak(conditions: Conditions, locale: str | None) -> Conditions:
    return conditions.in_language(locale) if locale else conditions


def _conditions_without_note(options: Options, now: str | None) -> Conditions:
    """Return the conditions of the vault around the working folder; the machine's without one."""
    workspace = _find_workspace(options)
    if workspace:
        return workspace.conditions_at(read_moment(workspace, now))
    moment = parse_typed_moment(now, None) if now else read_clock(None)
    zone = moment.tzinfo
    if zone is None:
        raise ValueError("a moment needs a zone")
    return Conditions(now=moment.replace(tzinfo=None), timezone=zone)


def _find_workspace(options: Options) -> Workspace | None:
    root = options.vault or find_vault(Path.cwd())
    if root is None and options.config:
        root = Path.cwd()
    return open_workspace(root, options.config) if root else None
