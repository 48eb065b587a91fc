"""Between YAML scalars and values: what a scalar means, and how a value is written as its type.

Plain scalars resolve by the core schema of YAML 1.2, as in Obsidian: ``yes``, ``030`` and
``12:30`` are texts.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import number_text, to_text
from vault_sync.formula.dates import parse_date
from vault_sync.formula.values import Link
from vault_sync.note.yaml_nodes import Alias, Node, Scalar, YamlSequence
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.values import Value


_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER: Final = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|0o[0-7]+|0x[0-9a-fA-F]+"
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")
_WIKILINK: Final = r"\[\[([^\[\]|]+)(?:\|([^\[\]]*))?\]\]"
_MAX_NUMBER: Final = 400


Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Stored(NamedTuple):
    """A value as frontmatter holds it.

    Attributes:
        text: its scalar text, without quotes.
        kind: ``text``, ``number``, ``checkbox`` or ``date``: Obsidian's property types.
    """

    text: str
    kind: str


class StoredList(NamedTuple):
    """A list as frontmatter holds it; each item is one value."""

    items: tuple[Stored, ...]


Storable: TypeAlias = Stored | StoredList


_STORES: Final[dict[type, Callable[[Any], Stored]]] = {
    bool: lambda value: Stored("true" if value else "false", "checkbox"),
    float: lambda value: Stored(number_text(value), "number"),
    str: lambda value: Stored(value, "text"),
    date: lambda value: Stored(value.isoformat(), "date"),
    datetime: lambda value: Stored(value.isoformat(timespec="seconds"), "date"),
    Link: lambda value: Stored(to_text(value), "text"),
}


def resolve_plain(text: str) -> bool | float | str | None:
    """Return what an unquoted scalar means: nothing, a checkbox, a number or its own text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) <= _MAX_NUMBER and _NUMBER.fullmatch(text):
        return _to_number(text)
    return text


def read_value(node: Node) -> Value:
    """Return the value of a property for formulas.

    A text in the form of an ISO date is a date and a wikilink is a Link, as Obsidian takes them
    (help pages "Properties" and "Bases syntax"), quoted or not.

    Raises:
        EvaluationError: an alias, an anchor or a tag stands in the value.
    """
    if isinstance(node, Alias) or node.is_decorated:
        raise EvaluationError(
            "An anchor, alias or tag (`&`, `*`, `!`) cannot be read in a formula."
        )
    if isinstance(node, Scalar):
        return _read_text(node.text) if node.style else _read_plain(node.text)
    if isinstance(node, YamlSequence):
        return [read_value(item) for item in node.items]
    return {_read_key(key): read_value(value) for key, value in node.pairs}


def read_stored(stored: Storable | None) -> Value:
    """Return what a value that is held in frontmatter means once it is read again."""
    if isinstance(stored, StoredList):
        return [read_stored(item) for item in stored.items]
    if stored is None:
        return None
    return _read_text(stored.text) if stored.kind == "text" else _read_plain(stored.text)


def store(value: Value) -> Storable | None:
    """Return how a formula's value is held in frontmatter; None for nothing, an empty text too.

    Raises:
        EvaluationError: this kind of value cannot be a property.
    """
    if value is None or value == "":
        return None
    if isinstance(value, list):
        return StoredList(tuple(item for item in map(_store_item, value) if item))
    render = _STORES.get(type(value))
    if render is None:
        raise EvaluationError(
            "The formula gives a value that a property cannot hold; end it with a text, number, date, checkbox or a list of those."
        )
    return render(value)


def _store_item(value: Value) -> Stored | None:
    stored = None if isinstance(value, list) and not value else store(value)
    if isinstance(stored, StoredList):
        raise EvaluationError("A property cannot hold a list within a list; use flat().")
    return stored


def to_json(stored: Storable | None) -> Json:
    """Return a stored value as JSON has it."""
    if isinstance(stored, StoredList):
        return [to_json(item) for item in stored.items]
    if stored is None or stored.kind in {"text", "date"}:
        return stored and stored.text
    return _plain_to_json(stored.text)


def node_to_json(node: Node) -> Json:
    """Return a property's value as JSON has it; a date is its text."""
    if isinstance(node, Alias):
        return None
    if isinstance(node, Scalar):
        return node.text if node.style else _plain_to_json(node.text)
    if isinstance(node, YamlSequence):
        return [node_to_json(item) for item in node.items]
    return {_key_text(key): node_to_json(value) for key, value in node.pairs}


def is_date_text(text: str) -> bool:
    """Say whether a text has the form in which Obsidian writes a date, or a date and time."""
    return _DATE.fullmatch(text) is not None


def is_empty_node(node: Node) -> bool:
    """Say whether a property holds nothing: no value, ``null``, ``~`` or an empty text."""
    return isinstance(node, Scalar) and (
        not node.text if node.style else node.text in _CONSTANTS and _CONSTANTS[node.text] is None
    )


def is_same_value(node: Node, stored: Storable | None) -> bool:
    """Say whether a property on disk already means a value: then the user's spelling wins."""
    if stored is None:
        return is_empty_node(node)
    if isinstance(stored, StoredList):
        return _is_same_list(node, stored.items)
    if stored.kind == "text" and is_same_text(node, stored.text):
        return True
    if not isinstance(node, Scalar) or is_empty_node(node):
        return False
    return _MEANS[stored.kind](node, stored.text)


def _is_same_list(node: Node, items: tuple[Stored, ...]) -> bool:
    """Say the same of a list; a single value is a list of one, nothing is an empty one."""
    if isinstance(node, YamlSequence):
        pairs = zip(node.items, items, strict=False)
        return len(node.items) == len(items) and all(is_same_value(*pair) for pair in pairs)
    if not items:
        return is_empty_node(node)
    return len(items) == 1 and is_same_value(node, items[0])


def is_same_text(node: Node, value: str) -> bool:
    """Say whether a property holds a text to the letter: the quick answer to the usual question."""
    return (
        type(node) is Scalar
        and node.text == value
        and (bool(node.style) or value not in _CONSTANTS)
        and value != ""
    )


def _to_number(text: str) -> float | str:
    lowered = text.lower().replace(".inf", "inf").replace(".nan", "nan")
    return float(int(lowered, 0)) if lowered.startswith(("0o", "0x")) else float(lowered)


def _plain_to_json(text: str) -> Json:
    value = resolve_plain(text)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if not isinstance(value, float) or isfinite(value) else text


def _key_text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else "?"


def _read_plain(text: str) -> Value:
    value = resolve_plain(text)
    return _read_text(value) if isinstance(value, str) else value


def _read_text(text: str) -> Value:
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:  # an impossible date stays the text it is; date() will say so
            return text
    if text.startswith("[["):
        link = re.fullmatch(_WIKILINK, text)
        return Link(to_nfc(link[1]), link[2] and to_nfc(link[2])) if link else text
    return text


def _read_key(node: Node) -> str:
    if isinstance(node, Scalar):
        return to_nfc(node.text)
    if isinstance(node, YamlSequence):
        raise EvaluationError("A name that is itself a list cannot be read in a formula.")
    raise EvaluationError(
        "This is no value but two braces, as in a template (`{{date}}`); write the value, or put quotes around it."
    )


def _means_text(node: Scalar, stored: str) -> bool:
    if not node.style and isinstance(number := resolve_plain(node.text), float):
        return number == resolve_plain(stored)  # the user keeps a number, spelled as he likes
    return node.text == stored or to_nfc(node.text) == to_nfc(stored)


def _means_checkbox(node: Scalar, stored: str) -> bool:
    return not node.style and resolve_plain(node.text) is (stored == "true")


def _means_number(node: Scalar, stored: str) -> bool:
    return resolve_plain(node.text) == resolve_plain(stored)


def _means_date(node: Scalar, stored: str) -> bool:
    try:
        found = parse_date(node.text, UTC)
    except EvaluationError:
        return False
    return found == _read_text(stored)  # a day equals no moment


_MEANS: Final = {
    "text": _means_text,
    "checkbox": _means_checkbox,
    "number": _means_number,
    "date": _means_date,
}


# Obsidian's property types: a value is written as the type that the vault gives to its property.
#
# Obsidian keeps one type for each property name of a vault in `types.json` (help page
# "Properties"); a text in a number property, or a quoted `true` in a checkbox, would clash there.


def fit_type(stored: Storable | None, declared: str | None) -> Storable | None:
    """Return a value as its property's type holds it; as it is where the two do not go together.

    Args:
        stored: the value.
        declared: the type in ``types.json``; None if there is none.
    """
    if stored is None or declared is None:
        return stored
    fit = _FITS.get(declared)
    return fit(stored) if fit else stored


def _fit_list(stored: Storable) -> Storable:
    return StoredList((stored,)) if isinstance(stored, Stored) else stored


def _fit_text(stored: Storable) -> Storable:
    return Stored(stored.text, "text") if isinstance(stored, Stored) else stored


def _fit_number(stored: Storable) -> Storable:
    is_number = isinstance(stored, Stored) and isinstance(resolve_plain(stored.text), float)
    return Stored(stored.text, "number") if isinstance(stored, Stored) and is_number else stored


def _fit_checkbox(stored: Storable) -> Storable:
    if isinstance(stored, Stored) and stored.text in {"true", "false"}:
        return Stored(stored.text, "checkbox")
    return stored


def _fit_date(stored: Storable) -> Storable:
    if not isinstance(stored, Stored) or stored.kind != "text":
        return stored
    try:
        return store(parse_date(stored.text, UTC)) or stored
    except EvaluationError:
        return stored


_FITS: Final[dict[str, Callable[[Storable], Storable]]] = {
    "aliases": _fit_list,
    "checkbox": _fit_checkbox,
    "date": _fit_date,
    "datetime": _fit_date,
    "multitext": _fit_list,
    "number": _fit_number,
    "tags": _fit_list,
    "text": _fit_text,
}
