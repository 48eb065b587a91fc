"""What a refresh would do to one note: from its text, the rules and the day to edits. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import (
    BrokenPromiseError,
    FrontmatterError,
    Problem,
)
from vault_sync.formula.names import fold_name
from vault_sync.nfc import to_nfc
from vault_sync.note.conflicts import find_conflict_marker
from vault_sync.note.frontmatter import (
    Block,
    Frontmatter,
    find_block,
    parse_frontmatter,
    read_frontmatter,
)
from vault_sync.note.yamltree import Scalar
from vault_sync.plan.comparison import Comparison
from vault_sync.plan.evaluation import Conditions, Evaluation, Facts
from vault_sync.plan.noteplan import NotePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.rules.ruleset import RuleSet

OPT_OUT: Final = "vault-sync"
_START: Final = 100_000
_DRAWING: Final = "excalidraw-plugin"
OPT_OUTS: Final = frozenset({OPT_OUT, _DRAWING})
"""The properties that `find_opt_out` looks at."""


def plan_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> NotePlan:
    """Return what refresh would do to a note.

    Args:
        text: the whole note.
        path: its path in the vault, for filters.
        rules: the rule sets, in the order in which they see each other's values.
        conditions: the day, the zone and the clocks that count.
        facts: tells the note's size and times where a filter asks for them.

    Raises:
        FrontmatterError: a note that the rules are about cannot be read.
        BrokenPromiseError: an edit would break a law.
    """
    try:
        block = find_block(text)
        if not block or not _may_be_governed(text, block, rules):
            return NotePlan(text)
        refuse_conflict(text)
        return _plan_block(text, block, _Task(path, rules, conditions, facts))
    except FrontmatterError:
        if is_named(text, rules):
            raise
        return NotePlan(text)


class _Task(NamedTuple):
    """All that a note is planned by."""

    path: str
    rules: Sequence[RuleSet]
    conditions: Conditions
    facts: Facts


def _plan_block(text: str, block: Block, task: _Task) -> NotePlan:
    try:
        return _plan_properties(read_frontmatter(text, block), text, task)
    except BrokenPromiseError:
        # Was a plain line not so plain? If ruamel.yaml agrees with it, this raises again.
        return _plan_properties(parse_frontmatter(text, block), text, task)


def _plan_properties(note: Frontmatter | None, text: str, task: _Task) -> NotePlan:
    if note is None:
        return _plan_without_properties(text, task.rules)
    reason = find_opt_out(note)
    if reason:
        return NotePlan(text, skipped=reason)
    evaluation = Evaluation(note, task.path, task.conditions, task.facts)
    comparison = Comparison(note, evaluation, task.conditions)
    for rule_set in task.rules:
        comparison.plan_rules(rule_set)
    return comparison.finish()


def is_named(text: str, rules: Sequence[RuleSet]) -> bool:
    """Say whether the start of a note that cannot be read names a property the rules are about."""
    start = to_nfc(text[:_START])
    return any(_match_names(rule_set.names).search(start) for rule_set in rules)


@lru_cache(maxsize=64)
def _match_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern for a line that begins as a property of one of these names does."""
    anyone = "|".join(map(re.escape, sorted(names)))
    return re.compile(
        rf"""^[- \t{{"']*(?:{anyone})["']?[ \t]*:""" if names else "(?!)", re.MULTILINE
    )


def _may_be_governed(text: str, block: Block, rules: Sequence[RuleSet]) -> bool:
    """Rule most notes out without parsing them: a filter may need names that they do not have."""
    raw = text[block.start : block.end]
    if "\\" in raw:  # a name may be written with escapes
        return True
    raw = to_nfc(raw).casefold()
    for rule_set in rules:
        needs = rule_set.admits.needs if rule_set.admits else None
        if needs is None or any(fold_name(name) in raw for name in needs):
            return True
    return False


def refuse_conflict(text: str) -> None:
    """Refuse a note in which a merge was not finished.

    Raises:
        FrontmatterError: with the line of the first marker.
    """
    line = find_conflict_marker(text)
    if line:
        message = "A merge conflict (`<<<<<<<`) is not resolved here; decide it and refresh again."
        raise FrontmatterError(Problem(message, line))


def _plan_without_properties(text: str, rules: Sequence[RuleSet]) -> NotePlan:
    if not is_named(text, rules):
        return NotePlan(text)
    message = "The frontmatter is not made of `name: value` lines, so it is left alone."
    raise FrontmatterError(Problem(message, 2))


def find_opt_out(note: Frontmatter) -> str:
    """Return why a note asks to be left alone, empty if it does not."""
    found = note.properties.get(OPT_OUT)
    if found and isinstance(found.value, Scalar) and found.value.text.lower() == "false":
        return f"`{OPT_OUT}: false` asks to leave it alone"
    return "it is an Excalidraw drawing" if _DRAWING in note.properties else ""
