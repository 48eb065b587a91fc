"""A vault as formulas see it, and what they read of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from vault_sync.engine.reads import PROPERTY, Reads, digest_value, write_down, write_error
from vault_sync.errors import EvaluationError
from vault_sync.plan.on_demand import OnDemand, describe_circle

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.engine.linked_notes import LinkedNotes
    from vault_sync.formula.values import Value


class RecordedNotes:
    """A `VaultView` that writes down what it is asked.

    Attributes:
        view: gives the answers.
        reads: what was asked since `begin`.
        before: gives what was read for a note before, on this day and under these rules.
    """

    __slots__ = ("_names", "_path", "before", "reads", "view")

    def __init__(self, view: LinkedNotes) -> None:
        self.view: Final = view
        self.reads = Reads()
        self.before: Callable[[str], Reads | None] = lambda _path: None
        self._path = ""
        self._names: dict[tuple[str, str], str | None] = {}

    def begin(self, path: str) -> None:
        """Write down anew: another note is looked at."""
        self.reads = Reads()
        self._path = path
        self.view.use_earlier(self.before(path))

    def find(self, target: str, source: str) -> str | None:
        """Return the path of the file that a link means, None where there is none."""
        asked, names = (target, source), self.reads.names
        if asked in names:
            return names[asked]
        if not names:
            self.reads.files = self.view.files.name_files()
            before = self.before(self._path)
            self._names = before.names if before and before.files == self.reads.files else {}
        path = names[asked] = (
            self._names[asked] if asked in self._names else self.view.find(target, source)
        )
        return path

    def read_fact(self, path: str, fact: str) -> Value:
        """Return a fact of a file; see `VaultView`."""
        values = self.reads.values.setdefault(path, {})
        try:
            value = self.view.read_fact(path, fact)
        except EvaluationError as error:
            values[fact] = write_error(error)
            raise
        finally:
            self.reads.versions[path] = self.view.find_version(path)
        values[fact] = write_down(value)
        return value

    def find_property(self, path: str, name: str) -> Value:
        """Return one property of a note; see `VaultView`."""
        values = self.reads.values.setdefault(path, {})
        answer = self.view.answers.get((path, name))
        try:
            answer = answer or self.view.ask(path, name)
        except EvaluationError as error:
            values[PROPERTY + name] = write_error(error)
            self.reads.versions[path] = self.view.find_version(path)
            raise
        values[PROPERTY + name] = answer.written
        self.reads.versions[path] = answer.version
        if not answer.is_there:
            raise KeyError(name)
        return answer.value

    def list_backlinks(self, path: str) -> list[str]:
        """Return the paths of the notes that link to a file; see `VaultView`."""
        found = self.view.list_backlinks(path)
        self.reads.backlinks[path] = digest_value(found)
        return found


def list_read(view: LinkedNotes, path: str, name: str) -> list[str]:
    """Return the paths of the files that a derived property of a note is made of, sorted."""
    recorded = RecordedNotes(view)
    note = view.open(path)
    with suppress(KeyError, EvaluationError):
        note.look_into(recorded, OnDemand(describe_circle)).find(name)
    reads = recorded.reads
    found = {*reads.values, *(linked for linked in reads.names.values() if linked)}
    return sorted(found.union(*map(view.list_backlinks, reads.backlinks)))
