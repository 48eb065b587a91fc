"""Which properties of a note are derived, so that git need not hold a person to their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from vault_sync.errors import EvaluationError, FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.nfc import NameMap
from vault_sync.note.yamltree import Scalar
from vault_sync.plan.evaluation import Conditions, Failure
from vault_sync.plan.governed import LeftAlone, govern, read_properties
from vault_sync.rules.sources import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.note.frontmatter import Frontmatter, Property
    from vault_sync.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Owner:
    """The rule sets of a vault, asked for what they own.

    Attributes:
        rules: the rule sets.
        conditions: the day and the zone, for filters and formulas that ask.
    """

    rules: Sequence[RuleSet]
    conditions: Conditions

    def find_owned(self, note: Frontmatter, path: str) -> dict[str, Clock]:
        """Return the derived properties that a refresh would put right in a note, and their clocks.

        A property whose formula fails is not among them: a refresh leaves it alone, so what stands
        there may be a person's. Nor is one that is only filled in where it is empty.

        Args:
            note: the frontmatter.
            path: of the note in the vault, for filters.
        """
        owned: NameMap[Clock] = NameMap()
        governed = govern(note, path, self.rules, self.conditions, tell_nothing)
        if isinstance(governed, LeftAlone):
            return owned
        for ruling in governed.list_rulings():
            for entry in ruling.rules.owned.values():
                stored = governed.fit(entry, ruling.results[entry.name])
                if entry.mode is Mode.DERIVE and not isinstance(stored, Failure):
                    owned.setdefault(entry.name, entry.clock)
        return owned


def keep_daily(rules: Sequence[RuleSet]) -> Sequence[RuleSet]:
    """Return rule sets that own only what reads the clock, with no formulas but those it needs.

    Where rule sets see each other's values, or a filter those of formulas, they stay as they are.
    """
    if len(rules) != 1 or (rules[0].admits and rules[0].admits.reads_formulas):
        return rules
    (whole,) = rules
    owned = {name: entry for name, entry in whole.owned.items() if entry.clock > Clock.STABLE}
    wanted = set(owned)
    for entry in reversed(whole.formulas):  # each stands behind those that it reads
        if entry.name in wanted:
            if entry.formula.reads_all_properties:
                return rules
            wanted |= entry.formula.formulas | entry.formula.properties
    formulas = tuple(entry for entry in whole.formulas if entry.name in wanted)
    return (whole._replace(formulas=formulas, owned=owned),)


def read_note_text(text: str) -> Frontmatter | None:
    """Return the frontmatter of a note, None if it has none that a refresh would touch."""
    try:
        return read_properties(text)
    except FrontmatterError:
        return None


def is_on_one_line(note: Frontmatter, found: Property) -> bool:
    """Say whether a property is one plain `name: value` line whose value can be exchanged."""
    value = found.value
    if not isinstance(value, Scalar) or value.is_decorated or value.style in {"|", ">"}:
        return False
    start = note.block.start
    return "\n" not in note.text[start + found.key.start : start + value.end]


def tell_nothing(_fact: str) -> NoReturn:
    """Stand in for the facts of a file where there is no file.

    Raises:
        EvaluationError: always.
    """
    raise EvaluationError("Git does not tell the size and the times of a note.")
