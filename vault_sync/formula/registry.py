"""The table of functions. Adding a function is writing it under one ``@function`` line.

The docstring of each function is its page in the reference.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from vault_sync.formula.values import Duration, File, Link, Regexp, Tags, Value

if TYPE_CHECKING:
    from collections.abc import Callable


Call = TypeVar("Call", bound="Callable[..., Any]")


class Clock(IntEnum):
    """How often a formula's value can change while the note does not; the larger one wins."""

    STABLE = 0
    DAILY = 1
    INSTANT = 2


KINDS: Final[dict[str, tuple[type, ...]]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "number": (float,),
    "string": (str,),
    "date": (date, datetime),
    "duration": (Duration,),
    "list": (list, Tags),
    "object": (dict,),
    "link": (Link,),
    "file": (File,),
    "regexp": (Regexp,),
}


class Function(NamedTuple):
    """One function or field of the language.

    Attributes:
        name: as it is written in a formula.
        kind: the kind of value it is called on, ``any`` for all, None for a global function.
        call: ``call(scope, *arguments)``, or ``call(scope, receiver, *arguments)`` for a method.
        least: how few arguments it takes.
        most: how many arguments it takes, or None for any number.
        clock: DAILY or INSTANT for what reads the clock.
        is_lazy: arguments come as ``Callable[[Scope], Value]``, to be run when wanted.
        is_field: written without parentheses, as in ``date.year``.
    """

    name: str
    kind: str | None
    call: Callable[..., Value]
    least: int
    most: int | None
    clock: Clock
    is_lazy: bool
    is_field: bool


GLOBALS: Final[dict[str, Function]] = {}
METHODS: Final[dict[str, dict[type, Function]]] = {}
FIELDS: Final[dict[str, dict[type, Function]]] = {}


def function(  # noqa: PLR0913 - one keyword for each fact of a Function
    name: str,
    *,
    on: str | None = None,
    least: int = 0,
    most: int | None = 0,
    clock: Clock = Clock.STABLE,
    is_lazy: bool = False,
    is_field: bool = False,
) -> Callable[[Call], Call]:
    """Enter a function into the table; a method on ``any`` gives way to one on a kind of its own.

    Args:
        name: as it is written in a formula.
        on: one of KINDS, ``any``, or None for a global function.
        least: the fewest arguments.
        most: the most arguments, None for any number.
        clock: what it reads of the clock.
        is_lazy: whether the arguments come unevaluated.
        is_field: whether it is written without parentheses.
    """

    def enter(call: Call) -> Call:
        entry = Function(name, on, call, least, most, clock, is_lazy, is_field)
        if on is None:
            GLOBALS[name] = entry
            return call
        table = (FIELDS if is_field else METHODS).setdefault(name, {})
        for kind in KINDS if on == "any" else (on,):
            for python_type in KINDS[kind]:
                if on != "any" or python_type not in table or table[python_type].kind == "any":
                    table[python_type] = entry
        return call

    return enter


def advise_arity(name: str, least: int, most: int | None, given: int) -> str | None:
    """Return the sentence about a wrong number of arguments, or None if it is right."""
    if least <= given and (most is None or given <= most):
        return None
    if most is None:
        wanted = f"at least {least}"
    elif least == most:
        wanted = str(least)
    else:
        wanted = f"{least} {'or' if most == least + 1 else 'to'} {most}"
    noun = "argument" if wanted in {"1", "at least 1"} else "arguments"
    return f"{name}() takes {wanted} {noun}, not {given}."
