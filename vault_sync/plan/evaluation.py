"""The formulas of a rule set run on one note. Pure: what is needed of the file is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from vault_sync.errors import EvaluationError, OtherNoteError, Problem
from vault_sync.formula.registry import Clock
from vault_sync.formula.values import Budget, File, OtherNotes, Scope, Tags
from vault_sync.note.values import fit_type, is_empty_node, read_stored, read_value, store
from vault_sync.rules.sources import Mode
from vault_sync.text import NameMap, fold_name, to_nfc

if TYPE_CHECKING:
    from datetime import tzinfo

    from vault_sync.formula import Formula
    from vault_sync.formula.values import Value, VaultView
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.values import Storable
    from vault_sync.rules.ruleset import NamedFormula, RuleSet

_NO_TIME: Final = timedelta()

Facts: TypeAlias = Callable[[str], "Value"]
"""Gives a file's ``size`` in bytes, or its ``mtime`` or ``ctime`` in local time."""


class Daily(Enum):
    """Where values that the day alone changes are a reason to write a note."""

    ALWAYS = "in every note that has them"
    WHILE_DUE = "in notes whose reviews are not finished"
    ELSEWHERE = "on another device"


class Conditions:
    """When and how formulas are run: at one moment, whatever the note. Never changed once made.

    Attributes:
        now: local time in the vault's zone, without tzinfo.
        timezone: the vault's zone.
        day_starts_at: how long after midnight a new day begins.
        locale: the language of names in dates.
        clock: the most of the clock that a refreshed property may read.
        types: Obsidian's types of properties by their names, however those are spelled.
        vault: the other files of the vault; None where they cannot be looked up.
        daily: where values that the day alone changes are a reason to write.
    """

    __slots__ = ("clock", "daily", "day_starts_at", "locale", "now", "timezone", "types", "vault")

    def __init__(  # noqa: PLR0913 - a record; a dataclass loads too much for a hook
        self,
        now: datetime,
        timezone: tzinfo,
        day_starts_at: timedelta = _NO_TIME,
        *,
        locale: str = "en",
        clock: Clock = Clock.INSTANT,
        types: Mapping[str, str] | None = None,
        vault: VaultView | None = None,
        daily: Daily = Daily.ALWAYS,
    ) -> None:
        self.now: Final = now
        self.timezone: Final = timezone
        self.day_starts_at: Final = day_starts_at
        self.locale: Final = locale
        self.clock: Final = clock
        self.types: Final = types if isinstance(types, NameMap) else NameMap(types or {})
        self.vault: Final = vault
        self.daily: Final = daily

    def at(self, now: datetime) -> Conditions:
        """Return the same conditions at another moment."""
        return self._copy(Conditions, now=now)

    def in_language(self, locale: str) -> Conditions:
        """Return the same conditions in another language."""
        return self._copy(type(self), locale=locale)

    def with_vault(self, vault: VaultView) -> Conditions:
        """Return the same conditions with other files to be looked up."""
        return self._copy(type(self), vault=vault)

    def for_whole_day(self) -> DayConditions:
        """Return the conditions of the day that ``now`` belongs to."""
        return self._copy(DayConditions, now=self.ends_of_day()[0])

    def for_edit(self, mtime_ns: int) -> Conditions:  # noqa: ARG002 - see DayConditions
        """Return the conditions for a note that was written at a time: these."""
        return self

    def _copy(
        self,
        kind: type[_Kind],
        *,
        now: datetime | None = None,
        locale: str = "",
        vault: VaultView | None = None,
    ) -> _Kind:
        return kind(
            now or self.now,
            self.timezone,
            self.day_starts_at,
            locale=locale or self.locale,
            clock=self.clock,
            types=self.types,
            vault=vault or self.vault,
            daily=self.daily,
        )

    def ends_of_day(self) -> tuple[datetime, datetime]:
        """Return the first and the last moment of the day that ``now`` belongs to."""
        midnight = datetime.combine((self.now - self.day_starts_at).date(), time.min)
        first = midnight + self.day_starts_at
        return first, first + timedelta(days=1, microseconds=-1)


class DayConditions(Conditions):
    """The conditions of a whole day, in which each note has a ``now()`` of its own.

    Law 5: two machines with replicas of one vault come to the same bytes on the same day. So
    ``now()`` is never the moment at which a program happens to look. For a note that was edited
    today it is the minute of that edit, which sync services carry along as the note's time; for all
    others, and where only the day makes a note stale (see `vault_sync.engine.refresh`), the nominal start
    of the day. ``now`` is that start.
    """

    __slots__ = ()

    def for_edit(self, mtime_ns: int) -> Conditions:
        """Return the conditions for a note that was written at a time.

        Args:
            mtime_ns: the file's time, in nanoseconds since 1970.
        """
        try:
            written = datetime.fromtimestamp(mtime_ns // 10**9, self.timezone)
        except (ValueError, OverflowError, OSError):  # a time that no calendar has
            return self
        minute = written.replace(second=0, tzinfo=None, fold=0)
        first, last = self.ends_of_day()
        return self.at(minute) if first < minute <= last else self


_Kind = TypeVar("_Kind", bound=Conditions)


class Failure(NamedTuple):
    """A formula that has no value for this note, and the formula in which that came up."""

    error: EvaluationError
    origin: NamedFormula


Result: TypeAlias = "Value | Failure"


class FailedError(EvaluationError):
    """A formula reads another one that failed."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure.error))


class NoteValues(Mapping[str, "Value"]):
    """The properties of a note as formulas see them: the new value where one is derived.

    Small and capital letters of names are the same.
    """

    __slots__ = ("_known", "_note")

    def __init__(self, note: Frontmatter) -> None:
        self._note = note
        self._known: dict[str, Result] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self and fold_name(name) not in self._known:
            raise KeyError(name)
        return self.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._note.properties)

    def __len__(self) -> int:
        return len(self._note.properties)

    def __contains__(self, name: object) -> bool:
        return name in self._note.properties

    def get(self, name: str, default: Value = None) -> Value:  # type: ignore[override]  # Value, not object
        """Return a property's value; in a hot path, so without the detour over KeyError."""
        key = fold_name(name)
        value: Result = self._known.get(key)
        if value is None and key not in self._known:
            found = self._note.properties.get(name)
            if found is None:
                return default
            value = read_value(found.value)
            if isinstance(value, list) and key == "tags":
                value = Tags(value)
            self._known[key] = value
        if isinstance(value, Failure):
            raise FailedError(value)
        return value

    def derive(self, name: str, result: Result) -> None:
        """Let formulas see the new value of a derived property from now on."""
        self._known[fold_name(name)] = result


class _OwnFile:
    """What formulas may ask of the file of their note; apart, so that no evaluation refers to itself.

    An evaluation that did would be kept with all of its note until Python looks for such circles.
    """

    __slots__ = ("_facts", "_links", "_note", "_rules_run", "_values")

    def __init__(
        self, note: Frontmatter, values: NoteValues, rules_run: Sequence[RuleSet], facts: Facts
    ) -> None:
        self._note = note
        self._values = values
        self._rules_run = rules_run
        self._facts = facts
        self._links: dict[int, list[Value]] = {}

    def __call__(self, fact: str) -> Value:
        if fact == "properties":
            return self._read_all()
        if fact in {"tags", "links", "embeds"}:
            return self._read_body_fact(fact)
        return self._facts(fact)

    def _read_body_fact(self, fact: str) -> Value:
        from vault_sync.note import markdown  # noqa: PLC0415 - most rules never ask for this

        if fact == "tags":
            return markdown.list_tags(self._note, self._values.get("tags"))
        if fact == "links":
            count = len(self._rules_run)
            if count not in self._links:
                spell = self._note.properties.spell
                owned = {spell(name) for rules in self._rules_run for name in rules.owned}
                self._links[count] = markdown.list_links(self._note, owned)
            return [*self._links[count]]
        return markdown.list_embeds(self._note)

    def _read_all(self) -> dict[str, Value]:
        """Return every property that can be read.

        Raises:
            OtherNoteError: one depends on what another note does not have; it may have it later.
        """
        properties: dict[str, Value] = {}
        for name in self._values:
            try:
                properties[name] = self._values[name]
            except EvaluationError as error:
                if is_of_other_note(error):
                    raise
        return properties


class Evaluation:
    """The formulas of all rule sets on one note, each run at most once.

    What comes of them depends on the note and the conditions alone: nothing is kept for another
    note, and all of them share one budget.

    Args:
        note: the note.
        path: its path in the vault.
        conditions: when and how formulas are run.
        facts: tells its size and times.
        budget: the work that formulas may do; a whole one where None.
        values: its properties as formulas see them, where some of these are known already.
        ran: the rule sets whose formulas have those values.

    Attributes:
        note: its frontmatter.
        values: its properties as formulas see them by now.
    """

    def __init__(  # noqa: PLR0913 - the last three are for evaluations within another one
        self,
        note: Frontmatter,
        path: str,
        conditions: Conditions,
        facts: Facts,
        budget: Budget | None = None,
        *,
        values: NoteValues | None = None,
        ran: Iterable[RuleSet] = (),
    ) -> None:
        self.note = note
        self._path = path
        self._conditions = conditions
        self._facts = facts
        self.values: Final = values or NoteValues(note)
        self._rules_run = [*ran]
        self._results_at: dict[datetime, dict[int, dict[str, Result]]] = {}
        self._scope = Scope(
            now=conditions.now,
            properties=self.values,
            formulas=dict[str, "Value"]().__getitem__,
            file=File(to_nfc(path), _OwnFile(note, self.values, self._rules_run, facts)),
            timezone=conditions.timezone,
            day_starts_at=conditions.day_starts_at,
            locale=conditions.locale,
            budget=budget or Budget(),
            others=OtherNotes(conditions.vault, path) if conditions.vault else None,
        )

    def admits(self, rules: RuleSet) -> bool:
        """Say whether a rule set governs the note.

        Raises:
            EvaluationError: its filter has no answer for this note.
        """
        if rules.admits is None:
            return True
        scope = self._look_from(rules)
        if rules.admits.reads_formulas:
            # What the formulas derive is no value of the note before the filter has admitted it.
            alone = Evaluation(self.note, self._path, self._conditions, self._facts, scope.budget)
            scope = scope._replace(formulas=_Reader(alone.run(rules)))
        return rules.admits.matches(scope)

    def run(self, rules: RuleSet) -> dict[str, Result]:
        """Return the value, or the failure, of every formula of a rule set by name."""
        results: dict[str, Result] = {}
        scope = self._look_from(rules)._replace(formulas=_Reader(results))
        self._rules_run.append(rules)
        for entry in rules.formulas:
            results[entry.name] = result = self._run_one(entry, scope)
            if entry.mode is Mode.DERIVE:
                self.values.derive(entry.name, result)
            elif entry.mode is Mode.FILL and self._is_open(entry.name):
                self.values.derive(entry.name, self.see(entry, result))
        return results

    def see(self, entry: NamedFormula, result: Result) -> Result:
        """Return a property as formulas see it, given what its own one gives.

        One that is filled once is from then on what stands in the note, so it is seen as that at once.
        """
        if entry.mode is not Mode.FILL:
            return result
        stored = self.fit(entry, result)
        return stored if isinstance(stored, Failure) else read_stored(stored)

    def fit(self, entry: NamedFormula, result: Result) -> Storable | Failure | None:
        """Return what a formula gave as its property holds it, in Obsidian's type for its name."""
        if isinstance(result, Failure):
            return result
        try:
            return fit_type(store(result), self._conditions.types.get(entry.name))
        except EvaluationError as error:
            return Failure(error, entry)

    def run_at(self, now: datetime, rules: RuleSet) -> dict[str, Result]:
        """Return what a rule set that was run gives at another time of the same day.

        All rule sets are run once for that, with a budget of their own.
        """
        if now not in self._results_at:
            other = Evaluation(self.note, self._path, self._conditions.at(now), self._facts)
            self._results_at[now] = {id(each): other.run(each) for each in self._rules_run}
        return self._results_at[now][id(rules)]

    def _look_from(self, rules: RuleSet) -> Scope:
        """Return what a rule set sees: other notes only where a formula of it looks at them.

        So what the rule sets come to that do not is known from the note alone.
        """
        if rules.reads_others or self._scope.others is None:
            return self._scope
        return self._scope._replace(others=None)

    def evaluate(self, formula: Formula, formulas: Callable[[str], Value]) -> Value:
        """Return the value of one formula.

        Args:
            formula: the formula.
            formulas: gives the values of others by their names.

        Raises:
            EvaluationError: it has none for this note.
        """
        return formula.evaluate(self._scope._replace(formulas=formulas))

    def is_adding(self, rules: RuleSet, results: dict[str, Result]) -> bool:
        """Say whether missing properties of a rule set are added to this note."""
        if not rules.is_adding or not rules.add_if:
            return rules.is_adding
        try:
            value = rules.add_if.evaluate(
                self._look_from(rules)._replace(formulas=_Reader(results))
            )
        except EvaluationError:  # what failed is reported where it failed
            return False
        return bool(value)

    def locate(self, failure: Failure) -> Problem:
        """Return what failed as a problem, at the line of the property that is to blame."""
        of_other = is_of_other_note(failure.error)
        sources = () if of_other else failure.origin.formula.properties
        lines = {name: line for name in sources if (line := self.note.line_of(name))}
        name = min(lines, key=lines.__getitem__, default=failure.origin.name)
        return Problem(f"{name}: {failure.error}", self.note.line_of(name), name)

    def _is_open(self, name: str) -> bool:
        found = self.note.properties.get(name)
        return found is None or is_empty_node(found.value)

    def _run_one(self, entry: NamedFormula, scope: Scope) -> Result:
        try:
            return entry.formula.evaluate(scope)
        except FailedError as error:
            return error.failure
        except EvaluationError as error:
            return Failure(error, entry)


def is_of_other_note(error: EvaluationError) -> bool:
    """Say whether an error came up in another note."""
    cause = error.failure.error if isinstance(error, FailedError) else error
    return isinstance(cause, OtherNoteError)


class _Reader:
    """``formula.x`` for the formulas of one rule set."""

    __slots__ = ("_results",)

    def __init__(self, results: dict[str, Result]) -> None:
        self._results = results

    def __call__(self, name: str) -> Value:
        result = self._results.get(name)
        if result is None and name not in self._results:  # it is spelled otherwise
            result = NameMap(self._results).get(name)
        if isinstance(result, Failure):
            raise FailedError(result)
        return result
