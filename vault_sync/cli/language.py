"""The language that a command speaks, and lines that are said in it.

Most rooms know no language: what they say is English, and is translated where it is printed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

import click

if TYPE_CHECKING:
    from vault_sync.errors import Problem
    from vault_sync.i18n import Language

_KEY: Final = "vault_sync.language"
_NAME: Final = "vault-sync: "


def use_language(configured: str | None) -> Language:
    """Let the command speak the language of the vault, or the user's where the vault names none.

    Args:
        configured: the ``locale`` of the configuration.
    """
    from vault_sync.i18n import choose_language

    language = choose_language(configured, os.environ)
    context = click.get_current_context(silent=True)
    if context:
        context.find_root().meta[_KEY] = language
    return language


def find_language() -> Language:
    """Return the language that was chosen, else the user's."""
    from vault_sync.i18n import choose_language

    context = click.get_current_context(silent=True)
    found: Language | None = context.find_root().meta.get(_KEY) if context else None
    return found or choose_language(None, os.environ)


def translate(text: str) -> str:
    """Return a text in the language of the command; our name may stand before it."""
    if text.startswith(_NAME):
        return _NAME + find_language().translate(text.removeprefix(_NAME))
    return find_language().translate(text)


def translate_problem(problem: Problem) -> Problem:
    """Return a problem with its sentence in the language of the command."""
    return problem._replace(message=translate(problem.message))


def echo(message: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a line in the language of the command."""
    click.echo(translate(message), err=err, nl=nl)


def say(message: str, **values: object) -> str:
    """Return a message of the catalogue in the language of the command."""
    return find_language().say(message, **values)


def count(one: str, many: str, number: int, **values: object) -> str:
    """Return a message about a number of things in the language of the command."""
    return find_language().count(one, many, number, **values)


def pad(text: str, width: int) -> str:
    """Return a text that fills so many cells of a terminal, and at least one blank behind it."""
    cells = sum(2 if east_asian_width(letter) in {"W", "F"} else 1 for letter in text)
    return text + " " * max(1, width - cells)
