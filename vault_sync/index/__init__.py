"""The index: what is known of each note, in one SQLite file for each vault. A cache, never a truth.

A row is a set of facts about one version of a note: whether it was up to date, what it says to
somebody who studies. It is found by the note's path and counts for one `Signature` only. The facts
belong to the *bytes* that were read, known by their digest; the signature only spares the reading.
So there are two kinds of rows.

*Settled*: no write can have left this signature after the reading, so the signature alone is
enough. A file system's clock ticks (every 2 s on FAT, each second on some network drives, some
milliseconds elsewhere), and a write in the tick of the one before it leaves no trace (git calls such
a file "racily clean"). A row is settled where one of these is certain:

A. Both times of the note are older, by `AT_REST`, than our clock *and* than the newest change that
   any note of the same disk showed before the note was read. The second says what time the disk
   itself believes it is, at the least: the clock of a network drive may be behind ours.
B. The same signature was seen in an earlier run, `AT_REST` before this one began. Whatever the
   disk believes, its clock has moved on since, so a later write has later times.
C. We wrote the note, and at the end of the run, `AT_REST` later, read it again and found our bytes
   under the signature of the very file that we exchanged in.

*Unsettled*: the note is read, but where its bytes have the known digest it is not planned again. So
a note that was written a moment ago, by us or by others, costs one reading in the next run, and then
(by B) none.

Which time of last write we give to a note does not matter. A time of the past would make every other
program's write show itself, but for one that puts that very time back, as `rsync --inplace -t` or
`touch -r` do, in the tick of our exchange: so neither that time nor the time of the change (which on
some disks is no finer) is proof enough, and only a later reading is.

What this does not see: a write through a memory mapping that the system has not told the file's
times of yet (``docs/explanation/how-we-write.md``); on Windows, which tells no time of change, a
write of the same length whose time was put back; a clock that is set back so that it hits the tick
of an earlier save again.
"""

from typing import Final

# What a refresh came to, as a row of the index has it.

NOT_OURS: Final = 0
UP_TO_DATE: Final = 1
READS_OTHERS: Final = 2
"""Added to either: it holds as long as what was read of other notes is the same."""


def is_alone(verdict: int) -> bool:
    """Say whether a verdict depends on no other note."""
    return not verdict & READS_OTHERS
