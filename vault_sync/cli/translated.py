"""Commands whose help is said in the user's language."""

from __future__ import annotations

import os
from copy import copy
from inspect import cleandoc
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.borrowed import translate_click
from vault_sync.language import SOURCE_LANGUAGE, choose_language, mark_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.language import Language

_EXAMPLES: Final = mark_message("Examples:")
_AS_IT_IS: Final = "\b"  # click's mark of a paragraph that is not wrapped: our examples
# Click counts letters; those of Korean are two cells wide.
_WIDE_LETTERS: Final = 52


class TranslatedCommand(click.Command):
    """A command with a translated help; its options and examples are those of every language."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; what click says of them is in the language of the environment."""
        translate_click()
        return click.Command.parse_args(self, ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help in the language of the environment."""
        language = choose_language(None, os.environ)
        if language.locale != SOURCE_LANGUAGE:
            formatter.width = min(formatter.width, _WIDE_LETTERS)
        click.Command.format_help(_translate(self, language), ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line for the list of commands."""
        translated = _translate(self, choose_language(None, os.environ))
        return click.Command.get_short_help_str(translated, limit)

    def list_messages(self) -> Iterator[str]:
        """Yield what there is to translate."""
        for text in (self.short_help, *_split(self.help or "")):
            if text and not text.startswith(_AS_IT_IS):
                yield _join(text)
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.help:
                yield parameter.help


def _translate(command: TranslatedCommand, language: Language) -> TranslatedCommand:
    translated = copy(command)
    translated.help = "\n\n".join(_say(text, language) for text in _split(command.help or ""))
    translated.short_help = command.short_help and language.say(command.short_help)
    translated.params = [_translate_option(parameter, language) for parameter in command.params]
    return translated


def _translate_option(parameter: click.Parameter, language: Language) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    translated = copy(parameter)
    translated.help = language.say(parameter.help)
    return translated


def _say(paragraph: str, language: Language) -> str:
    if paragraph.startswith(_AS_IT_IS):
        return paragraph.replace(_EXAMPLES, language.say(_EXAMPLES), 1)
    return language.say(_join(paragraph))


def _split(text: str) -> list[str]:
    return [part for part in cleandoc(text).split("\n\n") if part.strip()]


def _join(paragraph: str) -> str:
    return " ".join(paragraph.split())
