"""What may be shown of a strange text: nothing that steers a terminal, and JSON that no one has to fear. Pure."""

from __future__ import annotations

from typing import Final
from unicodedata import category

# Control and format characters, halves of characters, separators of lines and paragraphs. The two
# joiners are format characters as well; without them many an emoji falls apart, and they steer nothing.
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"


def is_steering(character: str) -> bool:
    """Say whether a character could steer what shows it: a terminal, an editor, a log."""
    if character.isprintable():
        return False
    return category(character) in _STEERING and character not in _JOINERS


def make_printable(text: str) -> str:
    r"""Return a text as one line that can be printed: what would steer a terminal is written as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(ascii(one)[1:-1] if is_steering(one) else one for one in text)


def make_lines_printable(text: str) -> str:
    """Return a text whose lines and tabs stay and whose every line can be printed."""
    return "\n".join("\t".join(map(make_printable, line.split("\t"))) for line in text.split("\n"))


def render_json(value: object, indent: int | None = None) -> str:
    r"""Return JSON in which letters stay and what would steer a terminal is written as ``\u001b``.

    Args:
        value: what `json.dumps` takes.
        indent: blanks for each level; None for all on one line.
    """
    import json  # noqa: PLC0415 - for a quick start: most who import this module show names only

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isprintable():
        return text
    # A line end in a string is written as an escape by now: what is left of them is the layout.
    return "".join(
        json.dumps(one)[1:-1] if is_steering(one) and one != "\n" else one for one in text
    )


def quote_name(name: str) -> str:
    r"""Return a file name as git writes it in a diff: in quotes, with escapes, if it has to be.

    Source: git documentation, ``core.quotePath``; letters of other languages are left as they are.

    Args:
        name: as Python decodes it from the disk.
    """
    if not any(one in '"\\' or is_steering(one) for one in name):
        return name
    return f'"{"".join(map(_quote_character, name))}"'


def _quote_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if not is_steering(character):
        return character
    is_byte = "\udc80" <= character <= "\udcff"
    data = character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in data)
