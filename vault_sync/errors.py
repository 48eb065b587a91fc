"""Every error of the house: a sentence a student understands, and the exit code it ends with.

Nothing of vault-sync is imported here. The codes are those of the command-line reference.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(NamedTuple):
    """One thing that could not be done, and where.

    Attributes:
        message: a whole sentence: what is wrong and what to do about it.
        line: the line of the file, counted from 1, or None where the whole file is meant.
        property: the property it is about, or None.
        column: the column of the line, counted from 1, or None.
        file: the file it is in, where that is not the one being spoken of; None where it is.
    """

    message: str
    line: int | None = None
    property: str | None = None
    column: int | None = None
    file: str | None = None

    def located(self, path: str) -> str:
        """Return the sentence behind ``path:line:column``, as compilers write it."""
        place = [
            self.file or path,
            *(str(part) for part in (self.line, self.column) if part is not None),
        ]
        return f"{':'.join(place)}: {self.message}"


class VaultSyncError(Exception):
    """Base of all errors that vault-sync raises on purpose."""

    exit_code: ClassVar[int] = 70


class VaultNotFoundError(VaultSyncError):
    """No vault was named and none could be found, or what was named is none.

    Attributes:
        folder: that was named but is no vault, as it may be shown; None where it is not about one.
    """

    exit_code = 2

    def __init__(self, message: str, folder: str | None = None) -> None:
        self.folder = folder
        super().__init__(message)


class ConfigError(VaultSyncError):
    """The configuration, or a file it names, cannot be used. Carries every problem found."""

    exit_code = 3

    def __init__(self, path: str, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(dict.fromkeys(problems), key=_place))
        super().__init__("\n".join(problem.located(path) for problem in self.problems))


def _place(problem: Problem) -> tuple[str, int, int]:
    return problem.file or "", problem.line or 0, problem.column or 0


class FormulaError(VaultSyncError):
    """Base of what can be wrong with a formula."""

    exit_code = 3


class FormulaSyntaxError(FormulaError):
    """The text of a formula is not an expression of the Bases language.

    Attributes:
        column: where in the formula, counted from 1.
        length: how many characters the mistake spans, at least 1.
    """

    def __init__(self, message: str, column: int, length: int = 1) -> None:
        self.message = message
        self.column = column
        self.length = length
        super().__init__(message)


class EvaluationError(FormulaError):
    """A formula has no value for this note. The note's other properties go on."""

    exit_code = 4


class OtherNoteError(EvaluationError):
    """Another note does not have what a formula reads of it; the message names that note."""


class LimitError(EvaluationError):
    """A formula asked for more steps, text or time than any honest formula needs."""


class NoteError(VaultSyncError):
    """A note is left alone. Carries the problem that says why."""

    exit_code = 4

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class NoteTooLargeError(NoteError):
    """A file is larger than any note; carries its start, which tells whether it is one of ours."""

    def __init__(self, problem: Problem, start: bytes) -> None:
        self.start = start
        super().__init__(problem)


class FrontmatterError(NoteError):
    """The frontmatter of a note is not one that can be changed safely."""


class UnprovedError(FrontmatterError):
    """It cannot be shown that an edit touches nothing else on this note, so it is not made.

    Attributes:
        reason: what would come of it, as the end of a sentence.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(Problem(f"Nothing was changed, as {reason}."))


class NoteChangedError(NoteError):
    """Another program kept writing the note while it was being refreshed."""

    exit_code = 5


class NoteNotFoundError(VaultSyncError):
    """No note of the vault has the name that the user typed.

    Attributes:
        asked: what was typed.
        near: paths of notes whose names are like it.
    """

    exit_code = 2

    def __init__(self, asked: str, near: tuple[str, ...]) -> None:
        self.asked = asked
        self.near = near
        super().__init__(f"There is no note {asked!r} in this vault.")


class AmbiguousNoteError(VaultSyncError):
    """More than one note has the name that the user typed.

    Attributes:
        asked: what was typed.
        paths: of those notes.
    """

    exit_code = 2

    def __init__(self, asked: str, paths: tuple[str, ...]) -> None:
        self.asked = asked
        self.paths = paths
        super().__init__(f"More than one note is called {asked!r}; write the path of one.")


class RunNotFoundError(VaultSyncError):
    """There is no run to undo, or none of that name."""

    exit_code = 2


class DaemonRunningError(VaultSyncError):
    """Another process already looks after this vault; says which."""

    exit_code = 2


class ServiceError(VaultSyncError):
    """The service cannot be installed, started, stopped or asked about."""

    exit_code = 3


class PassingPythonError(VaultSyncError):
    """This Python will be deleted, so nothing that is to last may name it."""

    exit_code = 2


class TooManyChangesError(VaultSyncError):
    """More notes are stale than the user allowed to be written, so none was."""

    exit_code = 1


class BrokenPromiseError(VaultSyncError):
    """A planned edit would break a law of the house: a bug, so nothing is written."""

    exit_code = 70


class StateError(VaultSyncError):
    """The state folder, where journals and rescue copies are kept, cannot be used."""

    exit_code = 3


class GitError(VaultSyncError):
    """Git is missing, failed or refused. Says what git said.

    Attributes:
        code: what git exited with; None where it was not run.
    """

    exit_code = 3

    def __init__(self, message: str, code: int | None = None) -> None:
        self.code = code
        super().__init__(message)


class RepositoryNotFoundError(GitError):
    """A folder lies in no git repository with a work tree."""

    exit_code = 2


class CalendarError(VaultSyncError):
    """The calendar of reviews cannot be pushed where the user wants it."""

    exit_code = 3


class KeptFileError(VaultSyncError):
    """A file of ours cannot be kept where the configuration wants it."""

    exit_code = 3


class AskedFileError(VaultSyncError):
    """A file that the user asked for is there already, or cannot be written."""

    exit_code = 2


# Errors of the system as sentences that say what happened to the note and what to do.


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
