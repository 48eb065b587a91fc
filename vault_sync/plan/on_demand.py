"""Values that need one another, each computed once, when it is first asked for. Pure.

This is the scheduler that restarts of "Build Systems à la Carte" (Mokhov, Mitchell and Peyton Jones,
2018, §4.1.2): what needs a value that is not there yet is given up, and begun anew once it is. So a
chain over 10,000 notes takes no more of Python's stack than one over a few. As giving up costs what
was done so far, a few levels are computed within each other first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from vault_sync.errors import EvaluationError, OtherNoteError
from vault_sync.note.values import is_empty_node, read_stored, read_value
from vault_sync.plan.evaluation import Evaluation, Failure, NoteValues
from vault_sync.plan.governed import GovernedNote
from vault_sync.rules.sources import Mode
from vault_sync.text import NameMap, fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from vault_sync.formula import Formula
    from vault_sync.formula.values import Value, VaultView
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.plan.evaluation import Conditions, Facts, Result
    from vault_sync.plan.governed import Ruling
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


Compute: TypeAlias = "Callable[[], Any]"

_INLINE: Final = 3
"""So many computations go on within each other before one is given up."""


class _GivenUpError(Exception):
    """A computation needs values that have to be there first: the last of these, for those before."""

    def __init__(self, key: Hashable, compute: Compute) -> None:
        self.waiting = [(key, compute)]


class _Failed(NamedTuple):
    """Stands for a value that there is none of."""

    error: EvaluationError


class OnDemand:
    """The values that were computed, and those that are being computed.

    Args:
        describe_circle: returns the sentence for values that need each other, given their keys in
            order, each needing the next and the last one the first.
    """

    __slots__ = ("_active", "_depth", "_describe_circle", "_known")

    def __init__(self, describe_circle: Callable[[list[Any]], str]) -> None:
        self._describe_circle = describe_circle
        self._known: dict[Hashable, Any] = {}
        self._active: dict[Hashable, None] = {}
        self._depth = 0

    def find(self, key: Hashable, compute: Compute) -> Any:
        """Return a value, computed now if that was never asked for.

        Args:
            key: what the value is known by.
            compute: computes it; it may ask for other values here, and may be begun more than once.

        Raises:
            EvaluationError: there is none; OtherNoteError where it needs itself.
        """
        if key not in self._known:
            if key in self._active:
                raise self._refuse(key)
            if not self._depth:
                self._settle(key, compute)
            elif self._depth >= _INLINE:
                raise _GivenUpError(key, compute)
            else:
                self._compute_within(key, compute)
        value = self._known[key]
        if isinstance(value, _Failed):
            raise value.error.with_traceback(None)
        return value

    def forget(self) -> None:
        """Have every value computed anew when it is asked for."""
        self._known.clear()

    def _refuse(self, key: Hashable) -> OtherNoteError:
        active = [*self._active]
        return OtherNoteError(self._describe_circle(active[active.index(key) :]))

    def _compute_within(self, key: Hashable, compute: Compute) -> None:
        self._active[key] = None
        try:
            self._compute(key, compute)
        except _GivenUpError as error:
            error.waiting.insert(0, (key, compute))
            raise
        finally:
            del self._active[key]

    def _compute(self, key: Hashable, compute: Compute) -> None:
        self._depth += 1
        try:
            self._known[key] = compute()
        except EvaluationError as error:
            self._known[key] = _Failed(error)
        finally:
            self._depth -= 1

    def _settle(self, key: Hashable, compute: Compute) -> None:
        """Compute a value and all that it needs, each on top of a stack of our own."""
        stack = [(key, compute)]
        self._active[key] = None
        try:
            while stack:
                try:
                    self._compute(*stack[-1])
                except _GivenUpError as error:
                    stack += error.waiting
                    self._active.update((waiting, None) for waiting, _ in error.waiting)
                else:
                    del self._active[stack.pop()[0]]
        finally:
            self._active.clear()


# The properties of a note as they will stand in it once it is refreshed, one at a time. Pure.
#
# A refresh of a note computes all of its formulas. Whoever reads one property of another note wants no
# more than that one: properties of two notes may read each other as long as none needs itself.

_FILTER: Final = "the filter of "
_CONDITION: Final = "the condition of "
_SHOWN: Final = 8


class Wanted(NamedTuple):
    """What is computed on demand.

    Attributes:
        path: of the note.
        place: of the rule set among all; None for a property, whoever owns it.
        name: of the property or formula, or what else of the rule set it is.
    """

    path: str
    place: int | None
    name: str


def describe_circle(needed: Sequence[Wanted]) -> str:
    """Return the sentence for what needs itself; the same wherever the circle was entered."""
    derived = [wanted for wanted in needed if wanted.place is not None] or needed
    shown = [f"{wanted.path.removesuffix('.md')} > {wanted.name}" for wanted in derived]
    first = shown.index(min(shown))
    circle = [*shown[first:], *shown[:first], shown[first]]
    if len(circle) > _SHOWN:
        circle[_SHOWN // 2 : -_SHOWN // 2] = ["…"]
    return f"These properties need each other, so none has a value: {' -> '.join(circle)}."


class LazyNote:
    """A note of which single properties are asked for.

    Args:
        note: its frontmatter.
        path: in the vault.
        rules: the rule sets; none for a note that is left alone.
        alone: so many of them, the first ones, read no other note, so that they are run at once.
        conditions: the day and the zone, and the vault that formulas look into.
        facts: tells the note's size and times.
        demand: computes what reads other notes.
    """

    def __init__(  # noqa: PLR0913 - all that decides what the properties are
        self,
        note: Frontmatter,
        path: str,
        *,
        rules: Sequence[RuleSet],
        alone: int,
        conditions: Conditions,
        facts: Facts,
        demand: OnDemand,
    ) -> None:
        self.note: Final = note
        self._path = path
        self._rules = rules
        self._alone = alone
        self._conditions = conditions
        self._facts = facts
        self._demand = demand
        self._governed = GovernedNote(note, path, rules[:alone], conditions, facts)
        self._rulings: dict[int, Ruling] | None = None

    def look_into(self, vault: VaultView, demand: OnDemand) -> LazyNote:
        """Return the same note, of which nothing is computed yet, with another look at the others."""
        return LazyNote(
            self.note,
            self._path,
            rules=self._rules,
            alone=self._alone,
            conditions=self._conditions.with_vault(vault),
            facts=self._facts,
            demand=demand,
        )

    def find(self, name: str) -> Value:
        """Return a property as a refresh leaves it.

        Raises:
            KeyError: the note will have none of this name.
            EvaluationError: it cannot be told.
        """
        for place, rules in enumerate(self._rules):
            entry = rules.owned.get(name)
            if entry is not None and self._is_admitted(place):
                return self._find_derived(place, entry)
        return read_value(self.note.properties[name].value)

    def list_names(self) -> Iterator[str]:
        """Yield the names of all properties that the note may have after a refresh."""
        names = NameMap.of(self.note.properties)
        names.update((name, None) for rules in self._rules for name in rules.owned)
        yield from names

    def _find_derived(self, place: int, entry: NamedFormula) -> Value:
        found = self.note.properties.get(entry.name)
        if found and entry.mode is Mode.FILL and not is_empty_node(found.value):
            return read_value(found.value)
        if found is None and not self._is_adding(place):
            raise KeyError(entry.name)
        stored = self._governed.fit(entry, self._run(place, entry))
        if isinstance(stored, Failure):
            raise stored.error
        if found is None and stored is None:
            raise KeyError(entry.name)
        return read_stored(stored)

    def _is_admitted(self, place: int) -> bool:
        rules = self._rules[place]
        if place < self._alone:
            return place in self._run_alone()
        if rules.admits is None:
            return True
        return bool(self._ask(place, _FILTER + rules.name, partial(self._admit, place)))

    def _admit(self, place: int) -> bool:
        return self._open(place - 1).admits(self._rules[place])

    def _is_adding(self, place: int) -> bool:
        rules = self._rules[place]
        if place < self._alone:
            return self._run_alone()[place].is_adding
        if not rules.is_adding or not rules.add_if:
            return rules.is_adding
        compute = partial(self._evaluate, place, rules.add_if)
        return bool(self._ask(place, _CONDITION + rules.name, compute))

    def _run(self, place: int, entry: NamedFormula) -> Result:
        """Return what a formula gives."""
        if place < self._alone:
            return self._run_alone()[place].results[entry.name]
        value: Value = self._ask(place, entry.name, partial(self._evaluate, place, entry.formula))
        return value

    def _ask(self, place: int, name: str, compute: Callable[[], Value]) -> Any:
        return self._demand.find(Wanted(self._path, place, name), compute)

    def _evaluate(self, place: int, formula: Formula) -> Value:
        """Evaluate a formula. It has a budget of its own: it is not known what ran before it."""
        return self._open(place).evaluate(formula, partial(self._find_formula, place))

    def _open(self, place: int) -> Evaluation:
        """Return an evaluation that sees what the rule sets up to a place derive."""
        ran = [self._rules[each] for each in range(place + 1) if self._is_admitted(each)]
        base = self._governed.evaluation.values
        values = _LazyValues(self.note, base, partial(self._find_local, place))
        return Evaluation(
            self.note, self._path, self._conditions, self._facts, values=values, ran=ran
        )

    def _find_formula(self, place: int, name: str) -> Value:
        wanted = fold_name(name)
        entries = self._rules[place].formulas
        entry = next(entry for entry in entries if fold_name(entry.name) == wanted)
        return cast("Value", self._run(place, entry))

    def _find_local(self, place: int, name: str) -> Value:
        """Return a property that the last rule set up to a place derives which reads other notes.

        Raises:
            KeyError: none of these does.
        """
        for each in range(place, self._alone - 1, -1):
            entry = self._rules[each].owned.get(name)
            if entry is None or not self._is_derived(entry):
                continue
            if each == place or self._is_admitted(each):
                seen = self._governed.evaluation.see(entry, self._run(each, entry))
                if isinstance(seen, Failure):
                    raise seen.error
                return seen
        raise KeyError(name)

    def _is_derived(self, entry: NamedFormula) -> bool:
        found = self.note.properties.get(entry.name)
        return entry.mode is Mode.DERIVE or found is None or is_empty_node(found.value)

    def _run_alone(self) -> Mapping[int, Ruling]:
        """Return what the rule sets that read no other note make of this one, by their places."""
        if self._rulings is None:
            places = {id(rules): place for place, rules in enumerate(self._rules)}
            found = self._governed.list_rulings()
            self._rulings = {places[id(ruling.rules)]: ruling for ruling in found}
        return self._rulings


class _LazyValues(NoteValues):
    """The properties of a note as formulas see them, some of them computed when they are read."""

    __slots__ = ("_base", "_find")

    def __init__(self, note: Frontmatter, base: NoteValues, find: Callable[[str], Value]) -> None:
        super().__init__(note)
        self._base = base
        self._find = find

    def __getitem__(self, name: str) -> Value:
        try:
            return self._find(name)
        except KeyError:
            return self._base[name]

    def get(self, name: str, default: Value = None) -> Value:  # type: ignore[override]  # Value, not object
        """Return a property's value."""
        try:
            return self._find(name)
        except KeyError:
            return self._base.get(name, default)
