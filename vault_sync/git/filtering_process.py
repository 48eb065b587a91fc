"""The conversation of git with its clean filter, from the first packet to the end of the pipe.

Source: gitattributes(5), "Long Running Filter Process". Whatever goes wrong here, git takes the file
as it is: the filter is not `required`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.git.filtering import CleanFilter, NothingToFilterError
from vault_sync.git.objects import MAX_BLOB_BYTES, BlobReader
from vault_sync.git.pktlines import read_packets, read_texts, render_data, render_texts
from vault_sync.git.repository import find_repository_of_hook

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from vault_sync.git.filtering_vaults import Vaults
    from vault_sync.git.repository import Repository

_SUCCESS: Final = render_texts(b"status=success")
_ERROR: Final = render_texts(b"status=error")
_ABORT: Final = render_texts(b"status=abort")


def run_filter(requests: BinaryIO, replies: BinaryIO, complain: Callable[[str], None]) -> None:
    """Answer git until it closes the pipe.

    Args:
        requests: what git asks.
        replies: where the answers go.
        complain: is told why a vault cannot be used.

    Raises:
        GitError: it is not git that asks, or another version of the conversation.
    """
    repository = find_repository_of_hook()
    with BlobReader(repository) as blobs:
        clean = CleanFilter(repository, blobs, lambda: _open_vaults(repository, complain))
        serve(requests, replies, clean.clean, complain)


def serve(
    requests: BinaryIO,
    replies: BinaryIO,
    clean: Callable[[str, bytes], bytes],
    complain: Callable[[str], None],
) -> None:
    """Answer what git asks, with `clean` as the filter; a bug in it is told with its traceback.

    Raises:
        GitError: it is not git that asks, or another version of the conversation.
    """
    try:
        _shake_hands(requests, replies)
        while True:
            replies.write(_answer(requests, clean, complain))
            replies.flush()
    except (EOFError, BrokenPipeError):
        return


def _shake_hands(requests: BinaryIO, replies: BinaryIO) -> None:
    said = read_texts(requests)
    if said[:1] != [b"git-filter-client"] or b"version=2" not in said:
        raise GitError(
            "This command is for git, which starts it; see `vault-sync git-filter --help`."
        )
    replies.write(render_texts(b"git-filter-server", b"version=2"))
    replies.flush()
    if b"capability=clean" not in read_texts(requests):
        raise GitError("This git does not ask for clean filters.")
    replies.write(render_texts(b"capability=clean"))
    replies.flush()


def _answer(
    requests: BinaryIO, clean: Callable[[str, bytes], bytes], complain: Callable[[str], None]
) -> bytes:
    asked = dict(_split(line) for line in read_texts(requests))
    content = _read_content(requests)
    if content is None or asked.get(b"command") != b"clean":
        return _ERROR
    path = os.fsdecode(asked[b"pathname"])
    try:
        cleaned = clean(path, content)
    except NothingToFilterError:
        return _ABORT
    except Exception:  # noqa: BLE001 - a bug of ours is no reason for git to end in the middle of its work
        complain(_describe_bug(path))
        return _ERROR
    return _SUCCESS + render_data(cleaned) + render_texts()


def _describe_bug(path: str) -> str:
    import traceback  # noqa: PLC0415 - wanted here only

    from vault_sync.vault.walking import make_printable  # noqa: PLC0415 - the same

    lines = traceback.format_exc().splitlines()
    said = f"{path}: this is a bug, please report it; git takes the note as it is."
    return "\n  ".join(map(make_printable, (said, *lines)))


def _split(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b"=")
    return name, value


def _read_content(requests: BinaryIO) -> bytes | None:
    """Return the content of a file, None if it is larger than any note; it is read in any case."""
    pieces: list[bytes] = []
    size = 0
    for piece in read_packets(requests):
        size += len(piece)
        if size <= MAX_BLOB_BYTES:
            pieces.append(piece)
    return b"".join(pieces) if size <= MAX_BLOB_BYTES else None


def _open_vaults(repository: Repository, complain: Callable[[str], None]) -> Vaults:
    from vault_sync.git.filtering_vaults import Vaults  # noqa: PLC0415 - for a quick start

    return Vaults(repository.top, complain)
