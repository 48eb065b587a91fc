"""What the text of one note tells of its reviews, and the same as JSON for a cache. Pure."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from itertools import chain, starmap
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from vault_sync.errors import EvaluationError, Problem
from vault_sync.formula.conversions import to_number, to_text
from vault_sync.formula.values import Link, Value
from vault_sync.note.frontmatter import find_block, read_block, read_frontmatter, read_wanted
from vault_sync.note.values import Json, read_value
from vault_sync.plan.evaluation import Conditions, Evaluation, Facts, Failure
from vault_sync.plan.governed import OPT_OUTS, LeftAlone, govern, may_name, refuse_second_colon
from vault_sync.rules.sources import Mode
from vault_sync.rules.study import StudyNames, read_study_values
from vault_sync.text import NameMap, fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from vault_sync.formula import Formula
    from vault_sync.note.frontmatter import Block, Frontmatter, Property
    from vault_sync.note.yaml_nodes import Node
    from vault_sync.rules.ruleset import NamedFormula, RuleSet


_LINKS: Final = frozenset({"links", "hasLink"})
_TAGS: Final = "tags"  # what a formula calls `file.tags`
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")


class StudyRules(NamedTuple):
    """A rule set that knows study notes, with what it takes to tell the rate.

    Attributes:
        rules: the rule set.
        names: its study names.
        identifying: the properties of which a note has at least one if it is a study note.
        rate_rules: the same rule set with only those formulas that the rate needs; None where no
            formula owns the rate.
        earlier: all rule sets before this one, where its filter or its rate reads a value of theirs.
    """

    rules: RuleSet
    names: StudyNames
    identifying: frozenset[str]
    rate_rules: RuleSet | None
    earlier: tuple[RuleSet, ...] = ()


class MatchedNote(NamedTuple):
    """A study note, its values as formulas see them, and the rules that are about it."""

    note: Frontmatter
    evaluation: Evaluation
    rules: StudyRules


class FactReader(NamedTuple):
    """Reads study facts.

    Attributes:
        rules: rule sets that know study notes; the first that admits a note tells its facts.
        conditions: the day and the zone.
        wanted: the properties that can matter to what a note tells, their names folded (see
            `nfc.fold_name`); None where that may be any.
    """

    rules: tuple[StudyRules, ...]
    conditions: Conditions
    wanted: frozenset[str] | None = None

    def read(self, text: str, path: str, facts: Facts) -> StudyFacts | None:
        """Return what a note tells, None if it is no study note or wants to be left alone.

        Args:
            text: the whole note.
            path: in the vault, for filters.
            facts: tells size and times of the file where a filter asks for them.

        Raises:
            FrontmatterError: the frontmatter cannot be read.
        """
        found = self._find(text, path, facts, self._read_wanted)
        return found and self.describe(found)

    def find(self, text: str, path: str, facts: Facts) -> MatchedNote | None:
        """Return a study note with the rules that are about it, None for any other; see `read`."""
        return self._find(text, path, facts, read_frontmatter)

    def _find(
        self,
        text: str,
        path: str,
        facts: Facts,
        read: Callable[[str, Block], Frontmatter | None],
    ) -> MatchedNote | None:
        block = find_block(text)
        if not block or not self._may_tell(text[block.start : block.end]):
            return None
        note = read_block(text, block, read)
        rule_sets = [one.rules for one in self.rules]
        refuse_second_colon(note, rule_sets)
        governed = govern(note, path, rule_sets, self.conditions, facts)
        if isinstance(governed, LeftAlone):
            return None
        done = 0
        for rules in self.rules:  # where a filter has no answer, a refresh reports it
            if not any(name in note.properties for name in rules.identifying):
                continue
            for earlier in rules.earlier[done:]:
                if governed.is_admitted(earlier):
                    governed.evaluation.run(earlier)
            done = max(done, len(rules.earlier))
            if governed.is_admitted(rules.rules):
                return MatchedNote(note, governed.evaluation, rules)
        return None

    def describe(self, found: MatchedNote) -> StudyFacts:
        """Return what a note tells that `find` found."""
        note, names = found.note, found.rules.names
        values = {name: _read(one.value) for name, one in _pick(note, names)}
        study = read_study_values(note, names, self.conditions.timezone)
        return StudyFacts(
            subject=_show(values.get(names.subject or "")),
            textbook=_show(values.get(names.textbook or "")),
            page=_show(values.get(names.page or "")),
            first_day=None if study.problems else study.first_day,
            stages=tuple(
                StageFact(stage.days, study.ticked.get(stage.box, False)) for stage in names.stages
            ),
            is_long_term=study.ticked.get(names.long_term or "", False),
            rate=_find_rate(values, found),
            problems=tuple(study.problems.values()),
        )

    def _read_wanted(self, text: str, block: Block) -> Frontmatter | None:
        if self.wanted is None:
            return read_frontmatter(text, block)
        return read_wanted(text, block, self.wanted)

    def _may_tell(self, raw: str) -> bool:
        if "\\" in raw:  # a name may be written with escapes
            return True
        return any(may_name(raw, rules.identifying) for rules in self.rules)


def make_fact_reader(rules: Sequence[RuleSet], conditions: Conditions) -> FactReader:
    """Return a reader for the rule sets that know study notes.

    Args:
        rules: all rule sets of a vault.
        conditions: the day and the zone.
    """
    knowing = tuple(
        _make_study_rules(one, one.study, tuple(rules[:place]))
        for place, one in enumerate(rules)
        if one.study
    )
    return FactReader(knowing, conditions, _find_wanted(knowing))


def _make_study_rules(rules: RuleSet, names: StudyNames, before: tuple[RuleSet, ...]) -> StudyRules:
    found = StudyRules(rules, names, names.identifying, _find_rate_rules(rules, names))
    derived = NameMap.of(name for one in before for name in one.owned)
    reads = any(
        _may_read_any(formula) or any(name in derived for name in formula.properties)
        for formula in _list_asked(found)
    )
    return found._replace(earlier=before) if derived and reads else found


def _list_asked(rules: StudyRules) -> tuple[Formula, ...]:
    """Return the formulas that decide whether a note is a study note, and what it tells."""
    admits = rules.rules.admits
    statements = admits.formulas if admits else ()
    return (*statements, *(entry.formula for entry in _list_run(rules)))


def _find_wanted(knowing: Sequence[StudyRules]) -> frozenset[str] | None:
    """Return all properties that can matter to what a note tells, None where that may be any."""
    wanted = OPT_OUTS | {_TAGS}
    for rules in knowing:
        asked = _list_asked(rules)
        if rules.earlier or any(_may_read_any(formula) for formula in asked):
            return None
        wanted = wanted.union(*(formula.properties for formula in asked))
        wanted |= rules.identifying | {*rules.names.roles.values()}
    return frozenset(map(fold_name, wanted))


def _may_read_any(formula: Formula) -> bool:
    """Return whether a formula may read any property: there are links in properties too."""
    return formula.reads_all_properties or not _LINKS.isdisjoint(formula.file_fields)


def _list_run(rules: StudyRules) -> tuple[NamedFormula, ...]:
    """Return the formulas that are run to find out what a note tells."""
    if rules.rules.admits and rules.rules.admits.reads_formulas:
        return rules.rules.formulas
    return rules.rate_rules.formulas if rules.rate_rules else ()


def _find_rate_rules(rules: RuleSet, names: StudyNames) -> RuleSet | None:
    """Return a rule set with the formula that owns the rate and those that it reads."""
    owner = rules.owned.get(names.rate) if names.rate else None
    if owner is None or owner.mode is not Mode.DERIVE:
        return None
    needed = {owner.name}
    for entry in reversed(rules.formulas):  # each stands behind those it reads
        if entry.name in needed:
            needed |= _list_reads(entry, rules)
    kept = tuple(entry for entry in rules.formulas if entry.name in needed)
    return rules._replace(formulas=kept, owned=NameMap({owner.name: owner}))


def _list_reads(entry: NamedFormula, rules: RuleSet) -> frozenset[str]:
    formula = entry.formula
    if formula.reads_all_properties:
        return frozenset(rules.owned) | formula.formulas
    return formula.formulas | (formula.properties & rules.owned.keys())


def _pick(note: Frontmatter, names: StudyNames) -> Iterator[tuple[str, Property]]:
    wanted = (names.subject, names.textbook, names.page, names.rate)
    for name in wanted:
        found = note.properties.get(name) if name else None
        if name and found:
            yield name, found


def _read(node: Node) -> Value:
    try:
        return read_value(node)
    except EvaluationError:  # an alias or tag: a refresh reports it where it matters
        return None


def _show(value: Value) -> str:
    """Return a value as a line of text: a link shows what it shows in the note."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_show, value)))
    if isinstance(value, Link):
        return value.display or value.target.rpartition("/")[2].removesuffix(".md")
    try:
        return " ".join(to_text(value).split())
    except EvaluationError:  # longer or deeper than a text may be
        return ""


def _find_rate(values: Mapping[str, Value], found: MatchedNote) -> float | None:
    name, rate_rules = found.rules.names.rate, found.rules.rate_rules
    if name is None:
        return None
    if rate_rules is None:
        return _read_rate(values.get(name))
    result = found.evaluation.run(rate_rules)[rate_rules.owned[name].name]
    return None if isinstance(result, Failure) else _read_rate(result)


def _read_rate(value: Value) -> float | None:
    """Return a part of 1 that is written as 0.6, "0.6" or 60%; None for anything else."""
    if isinstance(value, str) and (percent := _PERCENT.fullmatch(value.strip())):
        value = float(percent[1]) / 100
    if not isinstance(value, str | float):
        return None
    try:
        number = to_number(value)
    except EvaluationError:
        return None
    return number if 0 <= number <= 1 else None


# What the text of one note tells of its reviews, and the same as JSON for a cache. Pure.


class StageFact(NamedTuple):
    """A stage of a note: how many days after the first day it is due, and whether it is done."""

    days: int
    is_done: bool


class StudyFacts(NamedTuple):
    """What the text of a note tells, apart from its name and place.

    Attributes:
        subject: as text; empty where there is none.
        textbook: the same.
        page: the same.
        first_day: None where there is none, or where it or a box cannot be read: no review has a day then.
        stages: the earliest first.
        is_long_term: it needs no reviews any more.
        rate: how much is learnt, from 0 to 1; None where nothing tells that.
        problems: why the first day or a box cannot be read.
    """

    subject: str
    textbook: str
    page: str
    first_day: date | None
    stages: tuple[StageFact, ...]
    is_long_term: bool
    rate: float | None
    problems: tuple[Problem, ...] = ()

    def to_payload(self) -> list[Json]:
        """Return the facts as JSON for a cache; short and flat, as there is one for every note."""
        first = self.first_day
        return [
            self.subject,
            self.textbook,
            self.page,
            first.isoformat() if first else None,
            self.is_long_term,
            self.rate,
            [[one.message, one.line, one.property] for one in self.problems],
            *chain.from_iterable(self.stages),
        ]

    @classmethod
    def from_payload(cls, payload: Sequence[Any]) -> Self:
        """Return the facts that `to_payload` made a payload of."""
        subject, textbook, page, first, is_long_term, rate, problems, *stages = payload
        first_day = date.fromisoformat(first) if first else None
        told = tuple(starmap(Problem, problems))
        return cls(subject, textbook, page, first_day, _pair(*stages), is_long_term, rate, told)


@lru_cache
def _pair(*stages: int) -> tuple[StageFact, ...]:
    """Return stages from what `to_payload` wrote of them: there are few kinds, and many notes."""
    return tuple(map(StageFact, stages[::2], map(bool, stages[1::2])))
