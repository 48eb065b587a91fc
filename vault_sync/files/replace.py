"""The write protocol: notes are replaced so that no byte of another program is ever lost.

For each note: write the new text to a file of its own in the same folder, like the note in
everything else, and make it survive a power cut; read the note again; swap the two; look at what
was displaced. If that is not what was read, the user saved in between: it goes back at once. If it
is, it is dropped as soon as nobody can be writing it. Killed between any two calls, the note is the
old one or the new one, and `recover_leftovers` tidies up.
"""

from __future__ import annotations

import errno
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from vault_sync.errors import NoteChangedError, NoteError, Problem
from vault_sync.files.displaced import (
    DisplacedFile,
    DropResult,
    DropStatus,
    FileVersion,
    drop_when_closed,
    give_back,
    keep_rescue_copy,
    read_version,
    rescue_if_overwritten,
    try_drop,
)
from vault_sync.files.exchange import swap
from vault_sync.files.folder import DISPLACED, name_leftover
from vault_sync.files.outcome import (
    CHANGED_MEANWHILE,
    KEPT_OPEN,
    Outcome,
    Replacement,
    WriteContext,
    WriteStatus,
    WriteStep,
    describe_rescue,
    explain,
    explain_displaced,
)
from vault_sync.files.prepare import (
    PendingSync,
    Prepared,
    SyncPool,
    no_idle_work,
    open_sync_pool,
    prepare_text,
    sync_texts,
)
from vault_sync.files.read import read_stable, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.files.folder import Folder, VaultFolder
    from vault_sync.files.prepare import IdleWork
    from vault_sync.files.read import Signature


_NOTES_AT_ONCE = 48  # two batches hold a file open for each; macOS allows a process 256 of them
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})


class _Swapped(NamedTuple):
    """A note that is new; what it was lies aside and was what had been read."""

    number: int
    displaced: DisplacedFile
    ours: FileVersion


def replace_notes(
    root: VaultFolder,
    replacements: Sequence[Replacement],
    context: WriteContext,
    idle_work: IdleWork = no_idle_work,
) -> list[Outcome]:
    """Replace notes by new texts.

    Every note is tried, until the run is asked to stop; then those in hand are brought to their end.
    Nothing is raised for the sake of one note.

    Args:
        root: the vault.
        replacements: the new texts; those of one folder are best next to each other.
        context: the circumstances of the run.
        idle_work: is called again and again while the disk is waited for, until it says False; it
            must not write notes.

    Returns:
        One outcome for each replacement, in their order.
    """
    outcomes: dict[int, Outcome] = {}
    open_ends: list[_Swapped] = []
    numbered = list(enumerate(replacements))
    under_way: deque[_Batch] = deque()
    with open_sync_pool(min(context.jobs, len(replacements)), idle_work) as pool:
        try:
            for start in range(0, len(numbered), _NOTES_AT_ONCE):
                if context.is_stopped():
                    break
                under_way.append(_Batch(root, context, pool, outcomes))
                under_way[-1].prepare(numbered[start : start + _NOTES_AT_ONCE])
                if len(under_way) > 1:
                    open_ends += under_way[0].complete()
                    under_way.popleft()
            open_ends += under_way[0].complete() if under_way else []
        except BaseException:
            for batch in under_way:
                batch.abandon()
            raise
    _await_writers(open_ends, context, outcomes)
    return [
        outcomes.get(number) or Outcome(one.path, WriteStatus.STOPPED) for number, one in numbered
    ]


class _Batch:
    """So many notes as may be open at once. While one batch is synced, the next is written."""

    __slots__ = ("context", "outcomes", "pool", "prepared", "root", "swapped", "syncs")

    def __init__(
        self, root: VaultFolder, context: WriteContext, pool: SyncPool, outcomes: dict[int, Outcome]
    ) -> None:
        self.root = root
        self.context = context
        self.pool = pool
        self.outcomes = outcomes
        self.prepared: list[Prepared] = []
        self.swapped: list[_Swapped] = []
        self.syncs: list[PendingSync[dict[int, OSError]]] = []

    def prepare(self, numbered: Sequence[tuple[int, Replacement]]) -> None:
        """Write the new texts to files of their own, and let their syncs begin."""
        self.prepared.extend(self._prepare_all(numbered))
        at_once = min(self.context.jobs, len(self.prepared))
        slices = (self.prepared[start :: self.context.jobs] for start in range(at_once))
        self.syncs.extend(self.pool.start(partial(sync_texts, some)) for some in slices)

    def complete(self) -> list[_Swapped]:
        """Replace the notes, and return those whose old text may still be open somewhere."""
        for note in self._await_syncs():
            self.swapped.extend(self._swap_in(note))
        self._sync_folders(self.swapped)
        return [note for note in self.swapped if not self._drop(note)]

    def abandon(self) -> None:
        """Tidy up before the run ends early; the next run's recovery does what takes time."""
        self.pool.wait(self.syncs)  # a file must not be closed while another thread syncs it
        for note in self.prepared:
            note.file.close()
            note.location.folder.discard(note.part)
        for left in self.swapped:
            try_drop(left.displaced, self.context)

    def _prepare_all(self, numbered: Sequence[tuple[int, Replacement]]) -> Iterator[Prepared]:
        for number, replacement in numbered:
            try:
                yield prepare_text(self.root, number, replacement, self.context)
            except (OSError, NoteError) as error:
                self.outcomes[number] = explain(replacement.path, error)

    def _await_syncs(self) -> Iterator[Prepared]:
        """Yield the notes whose new texts are safe."""
        failures: dict[int, OSError] = {}
        for failed in self.pool.finish(self.syncs):
            failures.update(failed)
        for note in self.prepared:
            error = failures.get(note.number)
            if error is None:
                self.context.steps(WriteStep.SYNCED, note.location.path)
                yield note
            else:
                note.location.folder.discard(note.part)
                self.outcomes[note.number] = explain(note.location.path, error)

    def _swap_in(self, note: Prepared) -> Iterator[_Swapped]:
        """Swap a note for its new text; yield it if what was displaced is what had been read."""
        try:
            _check_unchanged(note)
            self.context.steps(WriteStep.COMPARED, note.location.path)
            displaced = name_leftover(self.context.run_id, note.location.path, DISPLACED)
            swap(note.location.folder, note.part, note.location.name, displaced)
        except (OSError, NoteError) as error:
            note.location.folder.discard(note.part)
            self.outcomes[note.number] = explain(note.location.path, error)
            return
        self.context.steps(WriteStep.SWAPPED, note.location.path)
        swapped = _Swapped(
            note.number,
            DisplacedFile(note.location, displaced, note.replacement.old.data),
            note.ours,
        )
        seen = _read_version_or_none(note.location.folder, displaced)
        if seen and seen.data == swapped.displaced.expected and seen.owner == note.owner:
            self.context.steps(WriteStep.VERIFIED, note.location.path)
            yield swapped
        else:
            self._undo(swapped)

    def _sync_folders(self, swapped: Sequence[_Swapped]) -> None:
        """Make the swaps survive a power cut, or take them back; one sync for each folder."""
        folders = {
            id(note.displaced.location.folder): note.displaced.location.folder for note in swapped
        }
        errors = self.pool.run([partial(_sync_folder, folder) for folder in folders.values()])
        for folder, error in zip(folders.values(), errors, strict=True):
            if error and error.errno not in _NO_FOLDER_SYNC:
                self._take_back(folder, swapped, error)

    def _take_back(self, folder: Folder, swapped: Sequence[_Swapped], error: OSError) -> None:
        for note in swapped:
            if note.displaced.location.folder is folder:
                self._undo(note)
                self.outcomes[note.number] = explain(note.displaced.location.path, error)

    def _drop(self, note: _Swapped) -> bool:
        """Drop the old text of a note; False where a program may still be writing it."""
        if note.number in self.outcomes:
            return True
        self.context.steps(WriteStep.FOLDER_SYNCED, note.displaced.location.path)
        dropped = try_drop(note.displaced, self.context)
        if dropped.status in (DropStatus.WRITER, DropStatus.BLIND):
            return False
        self.outcomes[note.number] = _conclude(note, dropped, self.context)
        return True

    def _undo(self, note: _Swapped) -> None:
        self.outcomes[note.number] = _give_back(note, CHANGED_MEANWHILE, self.context)


def _sync_folder(folder: Folder) -> OSError | None:
    """Sync a folder and return what went wrong."""
    try:
        folder.sync()
    except OSError as error:
        return error
    return None


def _check_unchanged(note: Prepared) -> None:
    """Raise NoteChangedError unless the note still is what had been read, byte for byte."""
    try:
        data, facts = read_stable(note.location.folder, note.location.name)
    except NoteError as error:
        raise NoteChangedError(CHANGED_MEANWHILE) from error
    old = note.replacement.old
    if data != old.data or sign(facts) != old.signature:
        raise NoteChangedError(CHANGED_MEANWHILE)


def _await_writers(
    notes: Sequence[_Swapped], context: WriteContext, outcomes: dict[int, Outcome]
) -> None:
    """Wait for programs that have old texts open; conclude each note as soon as possible."""
    by_name = {note.displaced.name: note for note in notes}
    for displaced, dropped in drop_when_closed([note.displaced for note in notes], context):
        note = by_name[displaced.name]
        outcomes[note.number] = _conclude(note, dropped, context)


def _conclude(note: _Swapped, dropped: DropResult, context: WriteContext) -> Outcome:
    """Decide about a note whose old text was dropped, has changed, or is still open."""
    path = note.displaced.location.path
    if dropped.error is not None:
        return explain_displaced(path, note.displaced.name, dropped.error)
    if dropped.status is DropStatus.GONE:
        signature = None if dropped.rescue else _sign_ours(note)
        return Outcome(
            path, WriteStatus.WRITTEN, describe_rescue(dropped.rescue), dropped.rescue, signature
        )
    # As long as nobody has touched our new text, the other program's version is the newest: it gets
    # its place back, and what that program still writes goes into the note.
    current = _read_version_or_none(note.displaced.location.folder, note.displaced.location.name)
    if current and current.is_same(note.ours):
        problem = KEPT_OPEN if dropped.status is DropStatus.WRITER else CHANGED_MEANWHILE
        return _give_back(note, problem, context)
    if dropped.status is DropStatus.WRITER:
        return Outcome(path, WriteStatus.WRITTEN)
    try:
        rescue = keep_rescue_copy(note.displaced.location, note.displaced.name, context)
    except OSError as error:
        return explain_displaced(note.displaced.location.path, note.displaced.name, error)
    return Outcome(path, WriteStatus.WRITTEN, describe_rescue(rescue), rescue)


def _give_back(note: _Swapped, problem: Problem, context: WriteContext) -> Outcome:
    location = note.displaced.location
    try:
        saved = read_version(location.folder, note.displaced.name).data
        rescue = give_back(location, note.displaced.name, note.ours, context)
        if rescue is None and saved != note.displaced.expected:
            rescue = rescue_if_overwritten(location, saved, context)
    except OSError as error:
        return explain_displaced(note.displaced.location.path, note.displaced.name, error)
    return Outcome(
        note.displaced.location.path,
        WriteStatus.CHANGED,
        describe_rescue(rescue) or problem,
        rescue,
    )


def _sign_ours(note: _Swapped) -> Signature | None:
    """Return the signature of our file if it still bears the name of the note."""
    location = note.displaced.location
    try:
        signature = sign(location.folder.inspect(location.name))
    except OSError:
        return None
    is_ours = (signature.device, signature.inode) == note.ours.identity
    return signature if is_ours and signature.size == len(note.ours.data or b"") else None


def _read_version_or_none(folder: Folder, name: str) -> FileVersion | None:
    try:
        return read_version(folder, name)
    except OSError:
        return None
