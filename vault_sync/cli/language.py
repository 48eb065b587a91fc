"""The language that a command speaks, and lines that are said in it.

Most rooms know no language: what they say is English, and is translated where it is printed.
"""

from __future__ import annotations

import gettext
import os
from copy import copy
from inspect import cleandoc
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

import click

from vault_sync.errors import AmbiguousNoteError, ConfigError, NoteNotFoundError, VaultNotFoundError
from vault_sync.i18n import DOMAIN, SOURCE_LANGUAGE, choose_language, mark_count, mark_message
from vault_sync.text import make_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_sync.errors import Problem
    from vault_sync.i18n import Language


CLOCKS: Final = {
    "stable": mark_message("stable"),
    "daily": mark_message("daily"),
    "instant": mark_message("instant"),
}
"""What a formula reads of the clock, as people are told it."""

_KEY: Final = "vault_sync.language"
_NAME: Final = "vault-sync: "


def use_language(configured: str | None) -> Language:
    """Let the command speak the language of the vault, or the user's where the vault names none.

    Args:
        configured: the ``locale`` of the configuration.
    """
    language = choose_language(configured, os.environ)
    context = click.get_current_context(silent=True)
    if context:
        context.find_root().meta[_KEY] = language
    return language


def find_language() -> Language:
    """Return the language that was chosen, else the user's."""
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


# Commands whose help is said in the user's language.

_EXAMPLES: Final = mark_message("Examples:")
_AS_IT_IS: Final = "\b"  # click's mark of a paragraph that is not wrapped: our examples
# Click counts letters where those of Korean are two cells wide, so each is given a second one that
# is taken out when all lines are made.
_SECOND_CELL: Final = "\0"


class TranslatedCommand(click.Command):
    """A command with a translated help; its options and examples are those of every language."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; what click says of them is in the language of the environment."""
        translate_click()
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help in the language of the environment."""
        language = choose_language(None, os.environ)
        click.Command.format_help(_translate(self, language), ctx, formatter)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, in lines as wide as the terminal or 80 cells."""
        return click.Command.get_help(self, ctx).replace(_SECOND_CELL, "")

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line for the list of commands."""
        translated = _translate(self, choose_language(None, os.environ))
        return click.Command.get_short_help_str(translated, limit).replace(_SECOND_CELL, "")

    def list_messages(self) -> Iterator[str]:
        """Yield what there is to translate."""
        for text in (self.short_help, *_split(self.help or ""), self.epilog):
            if text and not text.startswith(_AS_IT_IS):
                yield _join(text)
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.help:
                yield parameter.help


class TranslatedGroup(TranslatedCommand, click.Group):
    """Commands below one name, all with a translated help."""

    command_class = TranslatedCommand


def command(
    name: str, short_help: str | None = None, *, group: click.Group | None = None
) -> Callable[[Callable[..., int]], click.Command]:
    """Return what makes a function a command that is given the options of the program first.

    Args:
        name: of the command.
        short_help: its line in the list of commands; None for the start of its help.
        group: the command that it stands behind; None for one of its own.
    """

    def make(function: Callable[..., int]) -> click.Command:
        decorate = click.command(name, cls=TranslatedCommand, short_help=short_help)
        made = decorate(click.pass_obj(function))
        if group:
            group.add_command(made)
        return made

    return make


def _translate(command: TranslatedCommand, language: Language) -> TranslatedCommand:
    translated = copy(command)
    translated.epilog = command.epilog and _widen(language.say(command.epilog))
    translated.help = "\n\n".join(_say(text, language) for text in _split(command.help or ""))
    translated.short_help = command.short_help and _widen(language.say(command.short_help))
    translated.params = [_translate_option(parameter, language) for parameter in command.params]
    return translated


def _translate_option(parameter: click.Parameter, language: Language) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    translated = copy(parameter)
    translated.help = _widen(language.say(parameter.help))
    return translated


def _say(paragraph: str, language: Language) -> str:
    if paragraph.startswith(_AS_IT_IS):
        return paragraph.replace(_EXAMPLES, language.say(_EXAMPLES), 1)
    return _widen(language.say(_join(paragraph)))


def _widen(text: str) -> str:
    """Return a text in which each letter that fills two cells counts as two."""
    return "".join(
        letter + _SECOND_CELL if east_asian_width(letter) in {"W", "F"} else letter
        for letter in text
    )


def _split(text: str) -> list[str]:
    return [part for part in cleandoc(text).split("\n\n") if part.strip()]


def _join(paragraph: str) -> str:
    return " ".join(paragraph.split())


# Sentences of click, and of rooms that know no language, said in the user's.
#
# click asks gettext for its words, so it is shown our catalogue. Errors from below come in English;
# those whose text never varies are looked up in the catalogue as they are told.

_DOMAIN_OF_NOBODY: Final = "messages"  # what gettext begins with; click has no catalogue of its own

# What users of our commands can meet, in the spelling of each version of click that we allow.
WORDS_OF_CLICK: Final = (
    mark_message("Usage:"),
    mark_message("Options"),
    mark_message("Show this message and exit."),
    mark_message("default: {default}"),
    mark_message("Try '{command} {option}' for help."),
    mark_message("Error: {message}"),
    mark_message("No such option {name!r}."),
    mark_message("No such option: {name}"),
    mark_message("Option {name!r} does not take a value."),
    mark_message("Missing argument"),
    mark_message("Choose from:\n\t{choices}"),
    mark_message("path"),
    mark_message("Invalid value for {param_hint}: {message}"),
    mark_message("{value!r} is not a valid {number_type}."),
    mark_message("{value} is not in the range {range}."),
    mark_message("{name} {filename!r} does not exist."),
    mark_message("{name} {filename!r} is a file."),
    mark_message("{name} {filename!r} is a directory."),
    mark_message("Error: invalid input"),
    *mark_count("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    *mark_count(
        "Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"
    ),
    *mark_count(
        "Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."
    ),
    *mark_count("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
_NO_VAULT: Final = mark_message(
    "{folder} is no vault: it has neither .obsidian nor .vault-sync.yaml."
    " Name the folder that you open in Obsidian; `vault-sync init FOLDER` makes another one a vault."
)
ERRORS_FROM_BELOW: Final = (
    _NO_VAULT,
    mark_message(
        "There is no vault here or above: no folder with .vault-sync.yaml or .obsidian."
        " Go into your vault or name it with `--vault`; `vault-sync init FOLDER` makes a folder one."
    ),
    mark_message(
        "This vault-sync runs from a cache, as `uvx`, `pipx run`, tox and nox make one, and will be deleted some day."
        " Install it first: `pipx install obsidian-vault-sync` or `uv tool install obsidian-vault-sync`;"
        " then run this command again."
    ),
    mark_message("There is no run to undo; `vault-sync undo --list` shows what there was."),
)


def translate_click() -> None:
    """Let click speak the language of the environment in what it does from now on."""
    if choose_language(None, os.environ).locale == SOURCE_LANGUAGE:
        gettext.textdomain(_DOMAIN_OF_NOBODY)
        return
    from importlib.resources import files

    gettext.bindtextdomain(DOMAIN, str(files("vault_sync") / "locales"))
    gettext.textdomain(DOMAIN)


def explain_error(error: Exception) -> str:
    """Return what an error says in the language of the command."""
    if isinstance(error, ConfigError):
        problems = map(translate_problem, error.problems)
        return "\n".join(problem.located(error.path) for problem in problems)
    language = find_language()
    if isinstance(error, VaultNotFoundError) and error.folder:
        return language.say(_NO_VAULT, folder=error.folder)
    if isinstance(error, NoteNotFoundError | AmbiguousNoteError):
        return explain_name(error, language)
    return translate(str(error))


def explain_name(error: NoteNotFoundError | AmbiguousNoteError, language: Language) -> str:
    """Return what to do about a name, in the user's language."""
    asked = make_printable(error.asked)
    if isinstance(error, AmbiguousNoteError):
        head = language.say(
            "More than one note is called `{name}`; write the path of one:", name=asked
        )
        return "\n  ".join((head, *map(make_printable, error.paths)))
    head = language.say("There is no note `{name}` in this vault.", name=asked)
    if not error.near:
        return head
    return "\n  ".join(
        (f"{head} {language.say('Did you mean:')}", *map(make_printable, error.near))
    )
