"""Sentences of click, and of rooms that know no language, said in the user's.

click asks gettext for its words, so it is shown our catalogue. Errors from below come in English;
those whose text never varies are looked up in the catalogue as they are told.
"""

from __future__ import annotations

import gettext
import os
from importlib.resources import files
from typing import Final

from vault_sync.language import DOMAIN, SOURCE_LANGUAGE, choose_language, mark_count, mark_message

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
ERRORS_FROM_BELOW: Final = (
    mark_message(
        "There is no vault here or above: no folder with .vault-sync.yaml or .obsidian."
        " Name the folder of your vault."
    ),
    mark_message("There is no run to undo; `vault-sync undo --list` shows what there was."),
)


def translate_click() -> None:
    """Let click speak the language of the environment in what it does from now on."""
    language = choose_language(None, os.environ)
    gettext.bindtextdomain(DOMAIN, str(files("vault_sync") / "locales"))
    is_translated = language.locale != SOURCE_LANGUAGE
    gettext.textdomain(DOMAIN if is_translated else _DOMAIN_OF_NOBODY)


def explain_error(error: Exception) -> str:
    """Return what an error says: in the language of the environment where its text never varies."""
    return choose_language(None, os.environ).look_up(str(error))
