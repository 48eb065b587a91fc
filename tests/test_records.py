"""Our named tuples are those of `typing`, in all that a program can do with them."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import pytest

from vault_sync import records

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class Ours(records.NamedTuple):
    """A record."""

    path: str
    size: int = 0
    tags: tuple[Unknown, ...] = ()  # type: ignore[name-defined]  # noqa: F821 - a type is not looked up

    @property
    def double(self) -> int:
        return 2 * self.size

    @classmethod
    def empty(cls) -> Ours:
        return cls("")


class Theirs(typing.NamedTuple):
    """A record."""

    path: str
    size: int = 0
    tags: tuple[Unknown, ...] = ()  # type: ignore[name-defined]  # noqa: F821 - the same

    @property
    def double(self) -> int:
        return 2 * self.size

    @classmethod
    def empty(cls) -> Theirs:
        return cls("")


class Box(records.NamedTuple, Generic[_T]):
    content: _T


class Nothing(records.NamedTuple):
    pass


DEEDS: Final[dict[str, Callable[[Any], object]]] = {
    "by position": lambda kind: kind("a", 1, ("x",)),
    "by name": lambda kind: kind(tags=("x",), path="a"),
    "with defaults": lambda kind: kind("a"),
    "without what it needs": lambda kind: kind(size=1),
    "with too much": lambda kind: kind("a", 1, (), None),
    "with an unknown name": lambda kind: kind("a", colour=1),
    "with one name twice": lambda kind: kind("a", path="b"),
    "make": lambda kind: kind._make(["a", 1, ()]),
    "make of too few": lambda kind: kind._make(["a"]),
    "replace": lambda kind: kind("a")._replace(size=3),
    "replace the unknown": lambda kind: kind("a")._replace(colour=3),
    "as a mapping": lambda kind: kind("a", 1)._asdict(),
    "equal to a tuple": lambda kind: kind("a", 1, ()) == ("a", 1, ()),
    "hash": lambda kind: hash(kind("a", 1)) == hash(("a", 1, ())),
    "in order": lambda kind: sorted([kind("b"), kind("a", 2), kind("a")]),
    "unpacked": lambda kind: [*kind("a", 1)],
    "by index": lambda kind: kind("a", 1)[1],
    "by attribute": lambda kind: (kind("a").path, kind("a", 4).double),
    "set": lambda kind: setattr(kind("a"), "path", "b"),
    "another attribute": lambda kind: setattr(kind("a"), "colour", 1),
    "of the class": lambda kind: kind.empty(),
    "fields": lambda kind: (kind._fields, kind.__match_args__, kind.__doc__, kind.__slots__),
    "matched": lambda kind: match(kind("a", 5)),
    "copied": lambda kind: (copy.copy(kind("a", 1)), copy.deepcopy(kind("a", 1))),
}


def match(record: object) -> object:
    match record:
        case Ours(path, size=5) | Theirs(path, size=5):
            return path
    return None


def observe(deed: Callable[[Any], object], kind: type) -> str:
    try:
        return repr(deed(kind)).replace("Theirs", "Ours")
    except (AttributeError, TypeError, ValueError) as error:
        return type(error).__name__


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_they_do_what_those_of_typing_do(deed: Callable[[Any], object]) -> None:
    assert observe(deed, Ours) == observe(deed, Theirs)


def test_they_outlive_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(Ours("a", 1))) == Ours("a", 1)  # noqa: S301 - our own
    assert type(pickle.loads(pickle.dumps(Ours("a", 1)))) is Ours  # noqa: S301 - the same


def test_they_take_no_more_room_than_a_tuple_does() -> None:
    assert not hasattr(Ours("a"), "__dict__")


def test_they_may_be_of_any_type() -> None:
    assert Box[int](1) == Box(1)
    assert repr(Box(content="a")) == "Box(content='a')"


def test_they_may_be_empty() -> None:
    assert Nothing() == ()
