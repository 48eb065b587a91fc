"""Errors of the system as sentences that say what happened to the note and what to do."""

from __future__ import annotations

import errno


class UnswappableError(OSError):
    """The disk can neither exchange nor link files: no note on it can be replaced so that no save is lost."""


_READ = {
    errno.ENOENT: "{it} is not there any more.",
    errno.ELOOP: "{it} is a symbolic link; name the file it leads to.",
    errno.ENOTDIR: "{it} leads over a symbolic link or a file, where a folder should be.",
    errno.EACCES: "{it} may not be read; check its permissions.",
    errno.EPERM: "{it} may not be read; check its permissions.",
    errno.ENXIO: "{it} is not a regular file.",
    errno.EIO: "{it} cannot be read: the disk reports an error; check the disk and your backup.",
    errno.EMFILE: "{it} cannot be read: too many files are open; raise the limit (ulimit -n).",
    errno.ENAMETOOLONG: "{it} has a name that is too long for the system.",
}

_AS_IT_WAS = "the note is as it was."
UNSWAPPABLE = (
    f"This disk can neither exchange nor link files, so a save of yours could get lost; {_AS_IT_WAS}"
    " Keep the vault on another disk (not exFAT, not the shared storage of a phone)."
)
_WRITE = {
    errno.ENOSPC: f"There is no space left on the disk; {_AS_IT_WAS}",
    errno.EDQUOT: f"Your disk quota is used up; {_AS_IT_WAS}",
    errno.EROFS: f"The disk is read-only; {_AS_IT_WAS}",
    errno.EACCES: f"The folder may not be written; {_AS_IT_WAS} Check its permissions.",
    errno.EPERM: f"The note may not be replaced; {_AS_IT_WAS} Check its attributes.",
    errno.EIO: f"The disk reports an error; {_AS_IT_WAS} Check the disk and your backup.",
    errno.EMFILE: f"Too many files are open; {_AS_IT_WAS} Raise the limit (ulimit -n).",
    errno.ENAMETOOLONG: f"The path is too long for the system; {_AS_IT_WAS}",
}


def explain_read(error: OSError, it: str = "The note") -> str:
    """Return the sentence for an error that kept something from being read.

    Args:
        error: what the system said.
        it: the words for the thing, at the start of a sentence.
    """
    known = _READ.get(error.errno or 0)
    return known.format(it=it) if known else f"{it} cannot be read: {describe(error)}."


def explain_write(error: OSError) -> str:
    """Return the sentence for an error that kept a note from being written."""
    if isinstance(error, UnswappableError):
        return UNSWAPPABLE
    known = _WRITE.get(error.errno or 0)
    return known or f"The note could not be written ({describe(error)}); {_AS_IT_WAS}"


def describe(error: OSError) -> str:
    """Return the system's own words for an error."""
    return error.strerror or str(error) or type(error).__name__
