"""Named tuples that are quick to define.

`typing.NamedTuple` compiles the type of every field, and a constructor for every class. A program
that looks at one note defines eighty of them; that took it longer than all that it does besides.
Here a class takes an eighth of the time. To a type checker, and to whoever uses one, it is the same.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]  # the quickest there is
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - for others


class _Definer(type):
    """Makes the class of a record of the fields that stand in its body with their types."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Definer:
        fields = tuple(body.get("__annotations__", ()))
        defaults = tuple(body[field] for field in fields if field in body)
        code = _write_constructor(len(fields)).replace(co_varnames=("_cls", *fields))
        body |= {field: _tuplegetter(place, None) for place, field in enumerate(fields)}
        body |= {"__slots__": (), "__match_args__": fields, "_fields": fields}
        body["__new__"] = FunctionType(code, _GLOBALS, "__new__", defaults)
        return super().__new__(cls, name, bases, body)


_GLOBALS: dict[str, Any] = {"_new": tuple.__new__}


@cache
def _write_constructor(count: int) -> CodeType:
    """Return the code of a constructor with so many arguments, whatever these are called."""
    names = "".join(f"_{place}, " for place in range(count))
    made: FunctionType = eval(f"lambda _cls, {names}: _new(_cls, ({names}))", _GLOBALS)  # noqa: S307 - see above
    return made.__code__


class _Record(tuple[Any, ...], metaclass=_Definer):
    """What all named tuples can do."""

    _fields: tuple[str, ...]

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(cls, made)
        return made

    def _replace(self, /, **changes: Any) -> Self:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(type(self), changes)
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        fields = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={one!r}' for name, one in fields)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


if not TYPE_CHECKING:
    NamedTuple = _Record
