"""The one gate between the text of a note and the formulas: which notes they see, and as what. Pure.

Whoever runs formulas on a note comes through here, so that what `refresh` leaves alone is left alone
by all, and what one of them says of a note is true for the others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import EvaluationError, Problem
from vault_sync.note.frontmatter import FIRST_LINE, find_block, read_block, read_frontmatter, refuse
from vault_sync.note.yaml_nodes import Scalar
from vault_sync.plan.evaluation import Conditions, Evaluation, Facts, Failure, Result
from vault_sync.rules.study import read_study_values
from vault_sync.text import OTHER_COLONS, fold_name, fold_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.note.frontmatter import Frontmatter, Read
    from vault_sync.note.values import Storable
    from vault_sync.note.yaml_nodes import Node
    from vault_sync.rules.ruleset import NamedFormula, RuleSet

OPT_OUT: Final = "vault-sync"
_OPT_OUT_NAMES: Final = (OPT_OUT, f"{OPT_OUT}:", f"{OPT_OUT} :")  # and as Dataview writes fields
_START: Final = 100_000
_ALLOWED: Final = frozenset({"", "~", "null", "on"})
_DRAWING: Final = "excalidraw-plugin"
OPT_OUTS: Final = frozenset({OPT_OUT, _DRAWING})
"""The properties that `find_opt_out` looks at."""


class LeftAlone(NamedTuple):
    """A note that formulas do not see.

    Attributes:
        reason: why, where the note itself asks for it; empty where no rule is about it.
    """

    reason: str = ""


class Ruling(NamedTuple):
    """What one rule set makes of a note that it admits.

    Attributes:
        rules: the rule set.
        results: the value, or the failure, of each of its formulas by name.
        is_adding: missing properties are added to this note.
    """

    rules: RuleSet
    results: Mapping[str, Result]
    is_adding: bool


class GovernedNote:
    """A note that formulas may see, and the rule sets that are asked about it.

    Args:
        note: its frontmatter.
        path: in the vault, for filters.
        rules: the rule sets, in the order in which they see each other's values.
        conditions: the day, the zone and the types of properties.
        facts: tells the note's size and times where a filter asks for them.

    Attributes:
        note: its frontmatter.
        conditions: the day, the zone and the types of properties.
        evaluation: runs formulas on the note.
        problems: the filters that had no answer, once `list_rulings` has come past them.
        unread: why a first day or a box cannot be read, by the name of the property, likewise.
    """

    def __init__(
        self,
        note: Frontmatter,
        path: str,
        rules: Sequence[RuleSet],
        conditions: Conditions,
        facts: Facts,
    ) -> None:
        self.note: Final = note
        self.conditions: Final = conditions
        self.evaluation: Final = Evaluation(note, path, conditions, facts)
        self.problems: Final[list[Problem]] = []
        self.unread: Final[dict[str, Problem]] = {}
        self._rules: Final = rules

    def list_rulings(self) -> Iterator[Ruling]:
        """Yield what each rule set that admits the note makes of it, in their order."""
        for rules in self._rules:
            if self.is_admitted(rules):
                self.check_study_values(rules)
                results = self.evaluation.run(rules)
                yield Ruling(rules, results, self.evaluation.is_adding(rules, results))

    def is_admitted(self, rules: RuleSet) -> bool:
        """Say whether a rule set governs the note; a filter without an answer becomes a problem."""
        try:
            return self.evaluation.admits(rules)
        except EvaluationError as error:
            message = f"The filter of `{rules.name}` cannot be answered for this note: {error}"
            self.problems.append(Problem(message))
            return False

    def check_study_values(self, rules: RuleSet) -> None:
        """Find the first day and the boxes that cannot be read, whether a formula needs them or not."""
        if rules.study:
            self.unread.update(
                read_study_values(self.note, rules.study, self.conditions.timezone).problems
            )

    def locate(self, failure: Failure) -> Problem:
        """Return what failed as a problem; where a source value is to blame, the one of that value."""
        problem = self.evaluation.locate(failure)
        return self.unread.get(problem.property or "", problem)

    def fit(self, entry: NamedFormula, result: Result) -> Storable | Failure | None:
        """Return what a formula gave as its property holds it, in Obsidian's type for its name."""
        return self.evaluation.fit(entry, result)


def open_note(  # noqa: PLR0913 - all that decides what becomes of a note
    text: str,
    path: str,
    rules: Sequence[RuleSet],
    conditions: Conditions,
    facts: Facts,
    *,
    read: Read = read_frontmatter,
) -> GovernedNote | LeftAlone:
    """Return a note as formulas see it, or why they do not.

    Args:
        text: the whole note.
        path: its path in the vault, for filters.
        rules: the rule sets, in the order in which they see each other's values.
        conditions: the day, the zone and the types of properties.
        facts: tells the note's size and times where a filter asks for them.
        read: reads the frontmatter.

    Raises:
        FrontmatterError: the note cannot be understood, be it one that the rules are about or not
            (see `is_named`).
    """
    block = find_block(text)
    if not block or not _may_be_governed(text[block.start : block.end], rules):
        return LeftAlone()
    note = read_block(text, block, read)
    refuse_second_colon(note, rules)
    return govern(note, path, rules, conditions, facts)


def refuse_second_colon(note: Frontmatter, rules: Sequence[RuleSet]) -> None:
    """Refuse a note with ``name:: value``, as Dataview writes fields in the body, for a name the rules are about.

    To YAML the first colon belongs to the name, so a box that is ticked in this way would count as empty.

    Raises:
        FrontmatterError: there is one.
    """
    for name, found in note.properties.items():
        if name.endswith(":") and not find_opt_out(note):
            known = {fold_name(one) for rule_set in rules for one in rule_set.names}
            if fold_name(name) not in known and fold_name(name.rstrip(": ")) in known:
                line = found.key.line + FIRST_LINE
                raise refuse("Two colons stand behind this name; one belongs there.", line)


def govern(
    note: Frontmatter, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> GovernedNote | LeftAlone:
    """Return a note that was read by `read_properties` as formulas see it, or why they do not; see `open_note`."""
    reason = find_opt_out(note)
    return LeftAlone(reason) if reason else GovernedNote(note, path, rules, conditions, facts)


def find_opt_out(note: Frontmatter) -> str:
    """Return why a note asks to be left alone, empty if it does not."""
    found = next((one for name in _OPT_OUT_NAMES if (one := note.properties.get(name))), None)
    if found and not _is_allowed(found.value):
        return f"`{OPT_OUT}: false` asks to leave it alone"
    return "it is an Excalidraw drawing" if _DRAWING in note.properties else ""


def _is_allowed(value: Node) -> bool:
    """Say whether the value of the opt-out lets a note be written: by a word for yes, or as there is none.

    What is neither yes nor no is taken for no: somebody has asked for something, and not for more.
    """
    if not isinstance(value, Scalar):
        return True
    from vault_sync.rules.study import load_tick_words  # noqa: PLC0415 - for a quick start: few notes ask

    word = value.text.strip().lower()
    return word in _ALLOWED or load_tick_words().find(word) is True


def is_named(text: str, rules: Sequence[RuleSet]) -> bool:
    """Say whether the start of a note that cannot be read names a property the rules are about."""
    start = fold_text(text[:_START])
    return any(match_names(rule_set.names).search(start) for rule_set in rules)


@lru_cache(maxsize=64)
def match_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern for a line that begins as a property of one of these names does."""
    any_name = "|".join(map(re.escape, sorted(map(fold_name, names))))
    return re.compile(
        rf"""^[- {{"']*(?:{any_name}) *["']? *[:{OTHER_COLONS}]""" if names else "(?!)",
        re.MULTILINE,
    )


def _may_be_governed(raw: str, rules: Sequence[RuleSet]) -> bool:
    """Rule most notes out without parsing them: a filter may need names that they do not have."""
    if "\\" in raw:  # a name may be written with escapes
        return True
    for rule_set in rules:
        needs = rule_set.admits.needs if rule_set.admits else None
        if needs is None or may_name(raw, needs):
            return True
    return False


def may_name(raw: str, names: frozenset[str]) -> bool:
    """Say whether a frontmatter without escapes may have a property of one of these names."""
    if any(name in raw for name in names):  # mostly they are spelled as the rules spell them
        return True
    folded = fold_text(raw)
    return any(name in folded for name in _fold_all(names))


@lru_cache(maxsize=64)
def _fold_all(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(map(fold_name, names))
