"""What is kept of a quiet run: how it was called, what it looked at, and what it said.

This is read before anything else of the program is loaded, so it is made of texts and numbers alone.
"""

from __future__ import annotations

import os
import struct
import zlib

TYPE_CHECKING = False  # that of `typing` takes long to load
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAGIC = b"vault-sync: a quiet run, 1\n"
_SIGN = struct.Struct("<qqqQQ")
_ABSENT = _SIGN.pack(0, 0, 0, 0, 0)
_LENGTH = 8
_MANY = 2000  # notes and folders for which a second process is worth its start


class QuietRun:
    """A run that found nothing to do.

    Attributes:
        call: all that makes another call of the same program the same call.
        span: the first and the last second since 1970 at which the run would have come to the same.
        said: what it said.
        root: the vault.
        others: files and folders by their absolute paths, be they there or not.
        places: folders and notes, relative to the vault.
        signs: of each of the others, then of each place, as `sign` gives them.
    """

    __slots__ = ("call", "others", "places", "root", "said", "signs", "span")

    def __init__(  # noqa: PLR0913 - a record
        self,
        *,
        call: str,
        span: tuple[float, float],
        said: str,
        root: str,
        others: Sequence[str],
        places: Sequence[str],
        signs: bytes,
    ) -> None:
        self.call = call
        self.span = span
        self.said = said
        self.root = root
        self.others = others
        self.places = places
        self.signs = signs

    def still_holds(self, call: str, now: float) -> bool:
        """Say whether the same call would come to the same now; nothing but signs is looked at.

        Raises:
            OSError: something is not there any more, or may not be looked at.
        """
        first, last = self.span
        if call != self.call or not first <= now <= last:
            return False
        if len(self.places) < _MANY or not hasattr(os, "fork"):
            return sign_all(self.others, self.root, self.places) == self.signs
        return self._is_same_for_two()

    def _is_same_for_two(self) -> bool:
        """Look at one half of the vault while another process looks at the other.

        A process that has hardly begun is forked in a millisecond, and has no threads to lose.
        """
        middle = len(self.places) // 2
        place = (len(self.others) + middle) * _SIGN.size
        child = os.fork()
        if not child:
            is_same = False
            try:
                is_same = sign_all((), self.root, self.places[middle:]) == self.signs[place:]
            finally:
                os._exit(not is_same)
        try:
            is_same = sign_all(self.others, self.root, self.places[:middle]) == self.signs[:place]
        finally:
            status = os.waitpid(child, 0)[1]
        return is_same and status == 0

    def pack(self) -> bytes:
        """Return the record as the bytes of a file."""
        first, last = self.span
        heads = (self.call, first.hex(), last.hex(), self.said, self.root)
        body = b"".join((*map(_pack_texts, (heads, self.others, self.places)), self.signs))
        return b"".join((_MAGIC, zlib.crc32(body).to_bytes(4, "little"), body))


def unpack(data: bytes) -> QuietRun:
    """Return the record that is in a file.

    Raises:
        ValueError: it is damaged, or no such record.
    """
    start = len(_MAGIC) + 4
    body = memoryview(data)[start:]
    if data[:start] != _MAGIC + zlib.crc32(body).to_bytes(4, "little"):
        raise ValueError("no record of a quiet run")
    (call, first, last, said, root), body = _unpack_texts(body)
    others, body = _unpack_texts(body)
    places, body = _unpack_texts(body)
    span = float.fromhex(first), float.fromhex(last)
    return QuietRun(
        call=call, span=span, said=said, root=root, others=others, places=places, signs=bytes(body)
    )


def sign(path: str) -> bytes:
    """Return what stays the same as long as nobody changes a file or folder; zeros if it is not there.

    Raises:
        OSError: it may not be looked at.
    """
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    return _SIGN.pack(
        facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino, facts.st_dev
    )


def sign_all(others: Sequence[str], root: str, places: Sequence[str]) -> bytes:
    """Return the signs of files and folders anywhere, then those of a vault, which must be there.

    Raises:
        OSError: one of the vault is not there, or one may not be looked at.
    """
    pack = _SIGN.pack
    found = map(os.lstat, [f"{root}/{place}" for place in places])
    # `sign` written out: called for each note of a vault it would take a third longer.
    signs = [
        pack(facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino, facts.st_dev)
        for facts in found
    ]
    return b"".join((*map(sign, others), *signs))


def list_times(signs: bytes) -> Iterator[int]:
    """Yield when each of what was signed was changed last, in nanoseconds since 1970."""
    for modified, changed, *_ in _SIGN.iter_unpack(signs):
        yield max(modified, changed)


def _pack_texts(texts: Sequence[str]) -> bytes:
    data = "\0".join(texts).encode("utf-8", "surrogateescape")
    return len(data).to_bytes(_LENGTH, "little") + data


def _unpack_texts(data: memoryview) -> tuple[list[str], memoryview]:
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    return str(data[_LENGTH:end], "utf-8", "surrogateescape").split("\0"), data[end:]
