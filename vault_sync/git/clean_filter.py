"""The clean filter: git sees a note as committed where only daily values differ.

Git asks for each note whose file changed (gitattributes(5), "filter"). The note is held against the
blob that the *index* has for its path, since that is what `git status` and `git add` compare with:
where only daily values differ, git gets the blob's own; everything else it gets as it is. It also gets
a note as it is while an edit of it is staged, so that what will be committed can be made true.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from vault_sync.errors import BrokenPromiseError, GitError, NoteError
from vault_sync.files.read import decode_note
from vault_sync.formula.registry import Clock
from vault_sync.git.index import MAX_BLOB_BYTES, BlobReader
from vault_sync.git.ownership import Vaults, is_on_one_line, read_note_text
from vault_sync.git.repository import Repository, find_repository_of_hook, isolate, read_settings
from vault_sync.note.yaml_nodes import Scalar, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_sync.note.frontmatter import Frontmatter, Property


ENDING: Final = ".md"
ASK_GIT_AFTER: Final = 32
"""How many notes may be just as committed before git is asked about all of them at once."""
_LIST_CHANGED: Final = (
    "status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all",
)  # fmt: skip
_LIST_EDITS: Final = (
    "diff", "--cached", "--name-only", "-z", "--find-renames=100%", "--diff-filter=AMT", "--no-relative",
    "--no-ext-diff", "--ita-invisible-in-index", "--ignore-submodules=all",
)  # fmt: skip
"""A note that was only moved is none of these."""
_NAME: Final = 3
"""Where the path stands behind `XY ` (git-status(1), "Porcelain Format Version 1")."""


class NothingToFilterError(Exception):
    """No note of the work tree needs the filter, now or later in this run of git."""


@contextmanager
def _nothing_if_git_fails() -> Iterator[None]:
    try:
        yield
    except GitError:
        raise NothingToFilterError from None


@dataclass(slots=True)
class CleanFilter:
    """Answers one run of git.

    Attributes:
        repository: in which git runs.
        blobs: reads what the index has.
        open_vaults: gives the vaults of the work tree; called when the first note differs.
    """

    repository: Repository
    blobs: BlobReader
    open_vaults: Callable[[], Vaults]
    _vaults: Vaults | None = None
    _unchanged: int = 0
    _changed: frozenset[str] | None = None
    _edits: frozenset[str] | None = None

    def clean(self, path: str, content: bytes) -> bytes:
        """Return what git is to store or compare for a file.

        Args:
            path: from the root of the work tree, with ``/``.
            content: the file in the work tree.

        Raises:
            NothingToFilterError: neither this file nor any other needs to be asked about.
        """
        if not path.endswith(ENDING) or self._is_known_unchanged(path):
            return content
        staged = self._read(f":0:{path}")
        if staged is None:
            return content
        if staged in {content, content.replace(b"\r\n", b"\n")}:
            self._count_unchanged()
            return content
        if self._is_edit(path, staged):
            return content
        return self._restore(path, content, staged)

    def _read(self, name: str) -> bytes | None:
        with _nothing_if_git_fails():
            return self.blobs.read(name)

    def _is_edit(self, path: str, staged: bytes) -> bool:
        """Say whether another version of a note is staged than was committed.

        Git is asked for all of them at once, the first time. A run of git that makes commits, such
        as a rebase, may have committed some of them since, so these are looked at again.
        """
        if self._edits is None:
            with _nothing_if_git_fails():
                said = self.repository.run(*_LIST_EDITS)
            self._edits = frozenset(os.fsdecode(said).split("\0"))
        return path in self._edits and self._read(f"HEAD:{path}") != staged

    def _is_known_unchanged(self, path: str) -> bool:
        return self._changed is not None and path not in self._changed

    def _count_unchanged(self) -> None:
        """Ask git itself, once, which notes differ at all, if it seems that few do.

        Each question of git takes two changes of process, however quick the answer is. After
        files were merely touched (`touch`, a copied folder), thousands of questions are spared.
        """
        self._unchanged += 1
        if self._unchanged != ASK_GIT_AFTER:
            return
        with suppress(GitError):
            with isolate(self.repository, read_settings(self.repository)) as isolated:
                said = os.fsdecode(isolated.run(*_LIST_CHANGED)).split("\0")
            names = (line[_NAME:] for line in said if line[1:2].strip())
            self._changed = frozenset(name for name in names if name.endswith(ENDING))
            if not self._changed:
                raise NothingToFilterError

    def _restore(self, path: str, content: bytes, committed: bytes) -> bytes:

        if self._vaults is None:
            self._vaults = self.open_vaults()
        found = self._vaults.find(path)
        if found is None:
            return content
        vault, inside = found
        try:
            texts = decode_note(content), decode_note(committed)
            find_owned = partial(vault.daily_ownership.find_owned, path=inside)
            restored = restore_committed(*texts, find_owned)
        except (NoteError, BrokenPromiseError):
            return content
        return content if restored is None else restored.encode()


# The heart of the clean filter: is a note still the committed one but for its daily values? Pure.
#
# The committed text is given for a note only where every line is the same, but for lines of derived
# properties that read the clock, and these differ in nothing but the value. So no change of a
# person can hide behind it.


def restore_committed(
    working: str, committed: str, find_owned: Callable[[Frontmatter], Mapping[str, Clock]]
) -> str | None:
    """Return a note with its daily values as they were committed, if nothing else has changed.

    Args:
        working: the note in the work tree.
        committed: the note as git last had it.
        find_owned: returns the derived properties of a note, and what they read of the clock.

    Returns:
        None where anything else differs. The line ends are those of the work tree: git converts
        them behind its filters (gitattributes(5), "text" and "filter").
    """
    if "\r\n" in working and "\r\n" not in committed:
        lf = restore_committed(working.replace("\r\n", "\n"), committed, find_owned)
        return (
            lf and lf.replace("\n", "\r\n")
            if working.count("\n") == working.count("\r\n")
            else None
        )
    lines, old = working.split("\n"), committed.split("\n")
    if len(lines) != len(old):
        return None
    differing = {place: old[place] for place, line in enumerate(lines) if line != old[place]}
    note = read_note_text(working)
    if note is None or not _are_daily(note, differing, find_owned):
        return None
    return committed


def _are_daily(
    note: Frontmatter,
    differing: Mapping[int, str],
    find_owned: Callable[[Frontmatter], Mapping[str, Clock]],
) -> bool:
    """Say whether all lines that differ are of daily properties, with other values in them.

    Args:
        note: the note in the work tree.
        differing: the committed lines by their places in the file, counted from 0.
        find_owned: as for `restore_committed`; asked last, as it takes longest.
    """
    by_line = {found.key.line + 1: found for found in note.properties.values()}
    found = [(by_line.get(place), line) for place, line in differing.items()]
    pairs = [(there, line) for there, line in found if there and _holds(note, there, line)]
    if len(pairs) < len(found):
        return False
    owned = find_owned(note)
    return all(owned.get(there.name, Clock.STABLE) > Clock.STABLE for there, _ in pairs)


def _holds(note: Frontmatter, found: Property, line: str) -> bool:
    """Say whether a line is that of a property with another value in the same style.

    Another style of quotes is a person's doing: a refresh keeps it.
    """
    if not isinstance(found.value, Scalar) or not is_on_one_line(note, found):
        return False
    start, place = note.block.start + found.key.start, note.block.start + found.value.start
    before = note.text[start:place]
    behind = note.text[note.block.start + found.value.end : note.text.index("\n", place)]
    if not line.startswith(before) or not line.endswith(behind) or note.indent:
        return False
    pairs = read_lines(f"{line[: len(line) - len(behind)]}\n")
    if pairs is None or len(pairs) != 1:
        return False
    value = pairs[0][1]
    span = (len(before), len(line) - len(behind))  # nothing of a person's is taken for the value
    return (value.start, value.end, value.style) == (*span, found.value.style)


# Pkt-lines: how git talks with a filter that stays open.
#
# Source: gitprotocol-common(5), "pkt-line Format"; gitattributes(5), "Long Running Filter Process".

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


# The conversation of git with its clean filter, from the first packet to the end of the pipe.
#
# Source: gitattributes(5), "Long Running Filter Process". Whatever goes wrong here, git takes the
# file as it is: the filter is not `required`.

_SUCCESS: Final = render_texts(b"status=success")
_ERROR: Final = render_texts(b"status=error")
_ABORT: Final = render_texts(b"status=abort")


def run_filter(requests: BinaryIO, replies: BinaryIO, warn: Callable[[str], None]) -> None:
    """Answer git until it closes the pipe.

    Args:
        requests: what git asks.
        replies: where the answers go.
        warn: is called with a sentence why a vault cannot be used.

    Raises:
        GitError: it is not git that asks, or another version of the conversation.
    """
    repository = find_repository_of_hook()
    with BlobReader(repository) as blobs:
        clean = CleanFilter(repository, blobs, lambda: _open_vaults(repository, warn))
        serve(requests, replies, clean.clean, warn)


def serve(
    requests: BinaryIO,
    replies: BinaryIO,
    clean: Callable[[str, bytes], bytes],
    warn: Callable[[str], None],
) -> None:
    """Answer what git asks, with `clean` as the filter; a bug in it is reported with its traceback.

    Raises:
        GitError: it is not git that asks, or another version of the conversation.
    """
    try:
        _shake_hands(requests, replies)
        while True:
            replies.write(_answer(requests, clean, warn))
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
    requests: BinaryIO, clean: Callable[[str, bytes], bytes], warn: Callable[[str], None]
) -> bytes:
    asked = {
        name: value for name, _, value in (line.partition(b"=") for line in read_texts(requests))
    }
    content = _read_content(requests)
    if content is None or asked.get(b"command") != b"clean":
        return _ERROR
    path = os.fsdecode(asked[b"pathname"])
    try:
        cleaned = clean(path, content)
    except NothingToFilterError:
        return _ABORT
    except Exception:  # noqa: BLE001 - a bug of ours is no reason for git to end in the middle of its work
        warn(_describe_bug(path))
        return _ERROR
    return _SUCCESS + render_data(cleaned) + render_texts()


def _describe_bug(path: str) -> str:
    import traceback  # noqa: PLC0415 - wanted here only

    from vault_sync.text import make_printable  # noqa: PLC0415 - the same

    lines = traceback.format_exc().splitlines()
    said = f"{path}: this is a bug, please report it; git takes the note as it is."
    return "\n  ".join(map(make_printable, (said, *lines)))


def _read_content(requests: BinaryIO) -> bytes | None:
    """Return the content of a file, None if it is larger than any note; it is read in any case."""
    pieces: list[bytes] = []
    size = 0
    for piece in read_packets(requests):
        size += len(piece)
        if size <= MAX_BLOB_BYTES:
            pieces.append(piece)
    return b"".join(pieces) if size <= MAX_BLOB_BYTES else None


def _open_vaults(repository: Repository, warn: Callable[[str], None]) -> Vaults:
    from vault_sync.git.ownership import Vaults  # noqa: PLC0415 - for a quick start

    return Vaults(repository.top, warn)
