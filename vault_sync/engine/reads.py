"""What the formulas of a note read of other notes, and whether it is still the same.

This is a *verifying trace* ("Build Systems à la Carte", §4.2.2): what was asked, with digests of the
answers. As long as the same questions have the same answers, so has the note.
"""

from __future__ import annotations

import json
import zlib
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from vault_sync.errors import EvaluationError
from vault_sync.vault.links import list_name_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vault_sync.formula.values import VaultView

_DIGEST_BYTES: Final = 8
_LEVEL: Final = 1
PROPERTY: Final = "."
"""Stands before the name of a property among what was read of a note."""
UNKNOWN: Final = object()
"""What `read_back` returns for a value of which there is a digest only."""
ABSENT: Final = object()
"""What `read_back` returns where there is no property of the name."""
_ABSENT: Final = "-"
_PLAIN: Final = "="
_DATE: Final = "@"
_LONGEST: Final = 24
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


class Reads:
    """What was read.

    Attributes:
        files: names the files that there were when links were looked up.
        names: what each link meant: the file's path, or None, by the link's target and source.
        values: by the path of a note, its facts by their names, and its properties by their names
            behind a dot, each as `write_down` gives it.
        backlinks: the digest of the list, by the path of the file that was asked about.
        versions: of the notes in `values`, the digests of the bytes that say the same.
    """

    __slots__ = ("backlinks", "files", "names", "values", "versions")

    def __init__(self) -> None:
        self.files = ""
        self.names: dict[tuple[str, str], str | None] = {}
        self.values: dict[str, dict[str, str]] = {}
        self.backlinks: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.names or self.values or self.backlinks)

    def may_concern(self, paths: Iterable[str], keys: frozenset[str]) -> bool:
        """Say whether something was read that a change of files can change.

        Args:
            paths: of the files.
            keys: by which links find those of them that may be new or gone.
        """
        if self.backlinks or any(path in self.values for path in paths):
            return True
        return bool(keys) and any(
            not keys.isdisjoint(list_name_keys(target)) for target, _ in self.names
        )

    def is_current(self, view: VaultView, files: str, is_same: Callable[[str, str], bool]) -> bool:
        """Say whether all that was read is still the same.

        Args:
            view: the vault by now.
            files: names the files that there are by now; where they are the same, each link
                means what it meant.
            is_same: says of a note, by its path and the digest of its bytes, that all in it is.
        """
        return (
            (
                self.files == files
                or all(view.find(*link) == path for link, path in self.names.items())
            )
            and all(
                digest_value(view.list_backlinks(path)) == known
                for path, known in self.backlinks.items()
            )
            and all(
                is_same(path, self.versions.get(path, ""))
                or all(_look(view, path, name) == known for name, known in values.items())
                for path, values in self.values.items()
            )
        )

    def dump(self) -> bytes:
        """Return the same as bytes, for the index."""
        names = [[*link, path] for link, path in self.names.items()]
        content = (self.files, names, self.values, self.backlinks, self.versions)
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)

    @staticmethod
    def load(data: bytes) -> Reads:
        """Return what `dump` gave the bytes of."""
        reads = Reads()
        reads.files, names, *rest = json.loads(
            zlib.decompress(data).decode("utf-8", "surrogatepass")
        )
        reads.names = {(target, source): path for target, source, path in names}
        reads.values, reads.backlinks, reads.versions = rest
        return reads


def digest_value(value: Any) -> str:
    """Return what tells a value from others."""
    data = repr(value).encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def write_down(value: Any) -> str:
    """Return a value, if it is a short and simple one, or else what tells it from others."""
    kind = type(value)
    if value is None or kind is bool or (kind is float and isfinite(value)):
        return _PLAIN + _ENCODE(value)
    if kind is str and len(value) <= _LONGEST:
        return _PLAIN + _ENCODE(value)
    return _DATE + value.isoformat() if kind is date else digest_value(value)


@lru_cache(maxsize=1024)  # most values stand in many notes
def read_back(written: str) -> object:
    """Return the value that `write_down` or `write_error` was given, `UNKNOWN`, or `ABSENT`."""
    if written.startswith(_PLAIN):
        return json.loads(written[1:])
    if written.startswith(_DATE):
        return date.fromisoformat(written[1:])
    return ABSENT if written == _ABSENT else UNKNOWN


def write_error(error: Exception) -> str:
    """Return what tells the error that there is in the place of a value from others."""
    return (
        _ABSENT if isinstance(error, KeyError) else digest_value((type(error).__name__, str(error)))
    )


def _look(view: VaultView, path: str, name: str) -> str:
    try:
        if name.startswith(PROPERTY):
            return write_down(view.find_property(path, name[1:]))
        return write_down(view.read_fact(path, name))
    except (EvaluationError, KeyError) as error:
        return write_error(error)
