"""Readers of unit files that are not our own writers. Nothing else, as a played program starts with it."""

from __future__ import annotations


def read_settings(text: str) -> dict[str, list[str]]:
    """Return the settings of a unit file by name; a backslash at the end joins two lines."""
    settings: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


def read_words(value: str) -> list[str]:
    """Split a line of a unit file as systemd.syntax(7) says, specifiers and variables replaced."""
    words: list[str] = []
    rest = iter(value)
    word, quote = None, ""
    for character in rest:
        if character == "\\":
            word = (word or "") + next(rest)
        elif quote:
            quote, word = ("", word) if character == quote else (quote, (word or "") + character)
        elif character in "'\"":
            quote, word = character, word or ""
        elif character == " ":
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + character
    words += [] if word is None else [word]
    return [word.replace("%%", "%") for word in words]
