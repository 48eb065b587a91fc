"""What a run knows of the notes it is about, from earlier runs and for later ones."""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import vault_sync
from vault_sync.clock import read_wall
from vault_sync.errors import StateError
from vault_sync.files.read import AT_REST, Signature, stat_note
from vault_sync.formula import ast
from vault_sync.formula.registry import Clock
from vault_sync.rules.ruleset import list_formulas
from vault_sync.state.folder import locate_state, open_state
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from vault_sync.formula import Formula
    from vault_sync.index.store import ReadsRow, Row
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


MAX_ROWS: Final = 250_000
_DIGEST_BYTES: Final = 16


class Version(NamedTuple):
    """A version of a note.

    Attributes:
        path: of the note, in the vault.
        signature: verified after the bytes were read.
        digest: of the bytes, see `digest_of`.
    """

    path: str
    signature: Signature
    digest: bytes


class NoteIndex:
    """The rows of one vault while one run lasts.

    Args:
        root: the folder of the vault.
        paths: the notes that the run is about.
        started: the true present in nanoseconds since 1970, before any note was looked at.
        rows: of earlier runs, by the path as the file system has it.
        reads: for circumstances of study fields, the properties that these depend on.
        readings: what formulas read of other notes, likewise by path.
    """

    __slots__ = (
        "_fresh",
        "_fresh_readings",
        "_newest",
        "_paths",
        "_readings",
        "_reads",
        "_root",
        "_rows",
        "_started",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a vault, a run, and the three tables of the file
        self,
        root: str,
        paths: Sequence[str],
        started: int,
        rows: dict[bytes, Row] | None = None,
        reads: Mapping[str, str] | None = None,
        readings: dict[bytes, ReadsRow] | None = None,
    ) -> None:
        self._root = root
        self._paths = paths
        self._started = started
        self._rows = rows or {}
        self._reads = {**(reads or {})}
        self._readings = readings or {}
        self._fresh: set[bytes] = set()
        self._fresh_readings: dict[bytes, ReadsRow] = {}
        self._newest: dict[int, int] = {}  # by device

    def recall(self, path: str, signature: Signature | None) -> Row | None:
        """Return what is known of the version of a note that has this signature.

        The facts count if the row is settled, or if the note is read and has the row's digest.
        """
        key = os.fsencode(path)
        row = self._rows.get(key)
        if row is None or signature is None or row.signature != pack(signature):
            return None
        return row if key in self._fresh or row.is_whole() else None

    def remember(
        self,
        version: Version,
        *,
        verdict: tuple[str, int] | None = None,
        study: tuple[str, str] | None = None,
        links: tuple[str, str] | None = None,
        is_settled: bool = False,
    ) -> None:
        """Keep facts about a version of a note, besides those that are known of it already.

        Args:
            version: of the note.
            verdict: the circumstances, and what a refresh came to.
            study: the circumstances, and the study fields as JSON.
            links: the names of properties that are left out, and the targets of links as JSON.
            is_settled: no later write can have left the signature (rule C); else rules A and B say.
        """
        key = os.fsencode(version.path)
        known = self.recall(version.path, version.signature)
        if known is None or known.digest != version.digest:
            known = self._make_row(version)
        if not known.settled:
            is_settled = is_settled or self._is_settled(known, version.signature)
        row = known._replace(settled=int(is_settled or known.settled))
        if verdict:
            row = row._replace(under=verdict[0], verdict=verdict[1])
        if study:
            row = row._replace(study_under=study[0], study=study[1])
        if links:
            row = row._replace(links_under=links[0], links=links[1])
        is_new = key not in self._rows
        if not (is_new and len(self._rows) >= MAX_ROWS) and (row != known or is_new):
            self._rows[key] = row
            self._fresh.add(key)

    def _make_row(self, version: Version) -> Row:
        from vault_sync.index.store import Row  # noqa: PLC0415 - SQLite takes long to load

        return Row(os.fsencode(version.path), pack(version.signature), version.digest)

    def _is_settled(self, row: Row, signature: Signature) -> bool:
        """Say whether no later write can have left this signature, by the rules of the package."""
        if row.seen and self._started - row.seen > AT_REST:
            return True
        latest = max(signature.mtime_ns, signature.ctime_ns)
        disk = self._newest.get(signature.device, 0)
        return latest < min(self._started, disk) - AT_REST

    def measure_clocks(self) -> None:
        """See what time each disk believes it is, at the least. To be called before a note is read."""
        if self._newest:
            return
        found = (stat_note(self._root, path) for path in self._paths)
        for signature in filter(None, found):
            newest = self._newest.get(signature.device, 0)
            self._newest[signature.device] = max(newest, signature.ctime_ns)

    def reads(self, under: str) -> str | None:
        """Return the properties on which study fields depend, None where that is not known."""
        return self._reads.get(under)

    def keep_reads(self, under: str, properties: str) -> None:
        """Keep on which properties study fields depend, as JSON."""
        self._reads[under] = properties

    @property
    def paths(self) -> Sequence[str]:
        """The notes that the run is about."""
        return self._paths

    def is_at_rest(self, signature: Signature) -> bool:
        """Say whether a file was last changed well before the run."""
        return max(signature.mtime_ns, signature.ctime_ns) < self._started - AT_REST

    def recall_reading(self, path: str, digest: bytes, under: str) -> ReadsRow | None:
        """Return what the formulas of a version of a note read of others, None if not known."""
        key = os.fsencode(path)
        found = self._readings.get(key)
        if found is None or (found.digest, found.under) != (digest, under):
            return None
        return found if key in self._fresh_readings or found.is_whole() else None

    def keep_reading(self, reading: ReadsRow) -> None:
        """Keep what the formulas of a version of a note read of others."""
        self._readings[reading.path] = self._fresh_readings[reading.path] = reading

    def save(self, file: Path) -> None:
        """Keep what is new for later runs."""
        if not self._fresh and not self._fresh_readings:
            return
        from vault_sync.index.store import save_rows  # noqa: PLC0415 - SQLite takes long to load

        now = int(read_wall() * 1e9)  # no signature was seen later than now
        fresh = [self._rows[key] for key in self._fresh]
        rows = [row._replace(seen=min(row.seen or now, now)) for row in fresh]
        readings = self._fresh_readings.values()
        save_rows(file, rows, self._list_gone(), self._reads, readings)

    def _list_gone(self) -> Iterator[bytes]:
        """Yield notes of which rows are left over, where these are many."""
        if len(self._rows) <= 2 * len(self._paths):
            return
        for key in self._rows:
            if stat_note(self._root, os.fsdecode(key)) is None:
                yield key


@contextmanager
def open_index(root: str, paths: Sequence[str], started: int) -> Iterator[NoteIndex]:
    """Give what earlier runs found out about notes, and keep it with what is added for later ones.

    Args:
        root: the real path of the vault.
        paths: the notes that the run is about.
        started: see `NoteIndex`.
    """
    try:
        from vault_sync.index.store import NAME, load_rows  # noqa: PLC0415 - SQLite takes long to load
    except ImportError:  # a Python without SQLite
        yield NoteIndex(root, paths, started)
        return
    vault = Path(root)
    found = load_rows(locate_state(vault).path / NAME)
    index = NoteIndex(root, paths, started, *found)
    try:
        yield index
    finally:
        with suppress(StateError):  # the next run has to read the notes again, which is all
            index.save(open_state(vault).path / NAME)


def recall_settled(root: str, paths: Sequence[str]) -> dict[str, tuple[bytes, bytes]]:
    """Return of notes the signature, as `pack` gives it, and the digest of the version that bears it.

    Of a note that may have been written without another signature there is none.

    Args:
        root: the real path of the vault.
        paths: of the notes.
    """
    try:
        from vault_sync.index.store import NAME, load_settled  # noqa: PLC0415 - SQLite takes long to load
    except ImportError:  # a Python without SQLite
        return {}
    rows = load_settled(locate_state(Path(root)).path / NAME, [*map(os.fsencode, paths)])
    return {os.fsdecode(row.path): (row.signature, row.digest) for row in rows}


def digest_of(data: bytes) -> bytes:
    """Return what tells the bytes of one version of a note from those of another."""
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()


def pack(signature: Signature) -> bytes:
    """Return a signature as it stands in a row; the device has another number after a restart."""
    return marshal.dumps(signature[:4], 0)  # the quickest there is


# The circumstances under which notes are looked at: all that decides what comes of them, but the notes.

_PACKAGES: Final = ("site-packages", "dist-packages")
_DEPENDENCIES: Final = ("ruamel", "regex-", "tzdata-")
_FILE_FACTS: Final = frozenset({"size", "mtime", "ctime"})


def make_cache_key(
    rules: Sequence[RuleSet],
    conditions: Conditions,
    *,
    reads_day: bool = True,
    left_alone: str = "",
) -> str:
    """Return a key that is another one where a note could come out otherwise.

    Args:
        rules: the rule sets.
        conditions: the day, the zone and the clocks that count.
        reads_day: whether what is found out may be another thing on another day.
        left_alone: names the notes that are left alone, where it may matter to others.
    """
    facts = [
        program_key(),
        *(rule_set.source for rule_set in rules),
        conditions.ends_of_day()[0] if reads_day else None,
        conditions.timezone,
        _sign_zone(conditions.timezone),
        conditions.day_starts_at,
        conditions.locale,
        conditions.clock,
        conditions.daily,
        sorted(conditions.types.items()),
        left_alone,
    ]
    data = "\0".join(map(repr, facts)).encode("utf-8", "replace")
    return sha256(data).hexdigest()[:32]


@cache
def program_key() -> str:
    """Return what is another text where the program, Python, or a package that reads notes is.

    The version alone is not enough: a working copy is changed, an installation is damaged.
    """
    packages = (name for folder in sys.path for name in _list_names(folder))
    dependencies = sorted({name for name in packages if name.startswith(_DEPENDENCIES)})
    files = sorted(_sign_modules(Path(vault_sync.__file__).parent))
    return repr((vault_sync.__version__, sys.version, dependencies, files))


def _list_names(folder: str) -> list[str]:
    """Return what is installed in a folder of packages; their versions are part of the names."""
    if not folder.endswith(_PACKAGES):
        return []
    try:
        return [name.lower() for name in os.listdir(folder)]  # noqa: PTH208 - names are enough
    except OSError:
        return []


def _sign_modules(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = [*os.scandir(folder)]
    except OSError:  # such as in a zip file, which changes as a whole
        return
    for entry in entries:
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _sign_modules(entry.path)
        else:
            facts = entry.stat()
            yield entry.path, facts.st_mtime_ns, facts.st_size


def _sign_zone(zone: tzinfo) -> tuple[int, int] | None:
    """Return what is another thing once the rules of a zone are, as far as a file tells them."""
    name = getattr(zone, "key", None)
    if name is None:  # an offset has no rules
        return None
    from zoneinfo import TZPATH  # noqa: PLC0415 - a zone of that kind has loaded it

    for folder in TZPATH:
        try:
            facts = os.stat(f"{folder}/{name}")  # noqa: PTH116 - a str is at hand
        except (OSError, ValueError):
            continue
        return facts.st_mtime_ns, facts.st_size
    return None


def reads_file_facts(rules: Iterable[RuleSet]) -> bool:
    """Say whether the size or the times of a file may matter: then our own write is a reason, too."""
    return any(formula.file_fields & _FILE_FACTS for one in rules for formula in list_formulas(one))


# Whether rules come to the same verdict on a note all day long, whatever the time of the day.


def is_stable_all_day(rule_sets: Sequence[RuleSet]) -> bool:
    """Say whether a note with nothing to write has nothing to be written all day.

    That is so for rules which read ``today()`` at most. A value that reads ``now()`` is no reason
    to write until its day is over (`vault_sync.plan.planner`), but that is certain only of one
    that is ``now()`` written out, which no filter and no other formula looks at.
    """
    entries = [entry for rules in rule_sets for entry in rules.formulas]
    instants = NameMap((entry.name, entry) for entry in entries if entry.clock is Clock.INSTANT)
    if not all(_is_now_in_text(entry.formula.tree) for entry in instants.values()):
        return False
    return not any(
        _reads(formula, instants) for rules in rule_sets for formula in _list_conditions(rules)
    )


def _is_now_in_text(node: ast.Node) -> bool:
    match node:
        case ast.Literal():
            return True
        case ast.Call(name="now", arguments=()):
            return True
        case ast.MethodCall(name="format"):
            parts = (node.receiver, *node.arguments)
            return all(_is_now_in_text(part) for part in parts)
        case ast.Chain():
            return set(node.operators) == {"+"} and all(map(_is_now_in_text, node.operands))
    return False


def _list_conditions(rules: RuleSet) -> Iterator[Formula]:
    """Yield what decides whether and where the values of a rule set are written, and stable values."""
    yield from rules.admits.formulas if rules.admits else ()
    yield from (rules.add_if,) if rules.add_if else ()
    yield from (entry.formula for entry in rules.formulas if entry.clock is not Clock.INSTANT)


def _reads(formula: Formula, instants: NameMap[NamedFormula]) -> bool:
    if formula.clock is Clock.INSTANT or (formula.reads_all_properties and instants):
        return True
    return any(name in instants for name in formula.formulas | formula.properties)
