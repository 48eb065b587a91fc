"""What a refresh would do to one note: from its text, the rules and the day to edits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.errors import BrokenPromiseError, FrontmatterError
from vault_sync.note.frontmatter import parse_frontmatter
from vault_sync.plan.comparison import Comparison
from vault_sync.plan.governed import LeftAlone, is_named, open_note
from vault_sync.plan.noteplan import NotePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.plan.evaluation import Conditions, Facts
    from vault_sync.rules.ruleset import RuleSet


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
        compared = compare_note(text, path, rules, conditions, facts)
    except FrontmatterError:
        if is_named(text, rules):
            raise
        return NotePlan(text)
    return (
        NotePlan(text, skipped=compared.reason)
        if isinstance(compared, LeftAlone)
        else compared.plan
    )


def compare_note(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions, facts: Facts
) -> Comparison | LeftAlone:
    """Return a note held against what its formulas say, or why it is left alone; see `plan_note`.

    Raises:
        FrontmatterError: the note cannot be read, be it one that the rules are about or not.
        BrokenPromiseError: an edit would break a law.
    """
    note = open_note(text, path, rules, conditions, facts)
    try:
        return note if isinstance(note, LeftAlone) else Comparison(note)
    except BrokenPromiseError:
        # Was a plain line not so plain? If ruamel.yaml agrees with it, this raises again.
        note = open_note(text, path, rules, conditions, facts, read=parse_frontmatter)
        return note if isinstance(note, LeftAlone) else Comparison(note)
