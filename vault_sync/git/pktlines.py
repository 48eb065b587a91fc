"""Pkt-lines: how git talks with a filter that stays open.

Source: gitprotocol-common(5), "pkt-line Format"; gitattributes(5), "Long Running Filter Process".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAX_DATA: Final = 65_516
_HEAD: Final = 4
_FLUSH: Final = b"0000"


def read_packets(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the data of the packets up to the next flush packet.

    Raises:
        EOFError: the stream ends instead.
        GitError: what comes is no packet.
    """
    while True:
        head = stream.read(_HEAD)
        if head == _FLUSH:
            return
        if len(head) < _HEAD:
            raise EOFError
        size = _parse_size(head) - _HEAD
        data = stream.read(size)
        if len(data) < size:
            raise EOFError
        yield data


def read_texts(stream: BinaryIO) -> list[bytes]:
    """Return the packets up to the next flush packet as lines without their ends.

    Raises:
        EOFError: the stream ends instead.
        GitError: what comes is no packet.
    """
    return [data.removesuffix(b"\n") for data in read_packets(stream)]


def render_texts(*lines: bytes) -> bytes:
    """Return lines as packets, and a flush packet behind them."""
    return b"".join(_render(line + b"\n") for line in lines) + _FLUSH


def render_data(data: bytes) -> bytes:
    """Return data as packets of the largest size, and a flush packet behind them."""
    places = range(0, len(data), MAX_DATA)
    return b"".join(_render(data[place : place + MAX_DATA]) for place in places) + _FLUSH


def _render(data: bytes) -> bytes:
    return b"%04x%b" % (len(data) + _HEAD, data)


def _parse_size(head: bytes) -> int:
    try:
        size = int(head, 16)
    except ValueError:
        size = 0
    if not _HEAD <= size <= MAX_DATA + _HEAD:
        raise GitError("What came over the pipe is not what git says to a filter.")
    return size
