"""Which vault a note of a repository belongs to, and which of its properties are derived."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from vault_sync.errors import EvaluationError, FrontmatterError, VaultSyncError
from vault_sync.formula.registry import Clock
from vault_sync.note.frontmatter import Frontmatter, Property, read_properties
from vault_sync.note.yaml_nodes import Scalar
from vault_sync.plan.person_text import find_owned
from vault_sync.text import make_printable
from vault_sync.vault.vault import Vault, find_vault, why_ignored
from vault_sync.vault.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class OwnedVault:
    """A vault and what its rules own today.

    Attributes:
        vault: where its notes are.
        ownership: of all derived properties.
        daily_ownership: of those that read the clock.
    """

    vault: Vault
    ownership: Ownership
    daily_ownership: Ownership


@dataclass(slots=True)
class Vaults:
    """Finds the vault of each file of a work tree.

    Attributes:
        top: the root of the work tree.
        warn: is called with a sentence why a vault cannot be used, once for each.
    """

    top: Path
    warn: Callable[[str], None]
    _roots: dict[str, Path | None] = field(default_factory=dict)
    _opened: dict[Path, OwnedVault | None] = field(default_factory=dict)

    def find(self, path: str) -> tuple[OwnedVault, str] | None:
        """Return the vault of a note and the note's path in it, None if it is in none or ignored.

        Args:
            path: from the root of the work tree, with ``/``.
        """
        folder = path.rpartition("/")[0]
        if folder not in self._roots:
            self._roots[folder] = find_vault(self.top / folder)
        root = self._roots[folder]
        opened = self._open(root) if root else None
        if root is None or opened is None:
            return None
        inside = (self.top / path).relative_to(root).as_posix()
        return None if why_ignored(opened.vault, inside) else (opened, inside)

    def _open(self, root: Path) -> OwnedVault | None:
        if root not in self._opened:
            self._opened[root] = self._load(root)
        return self._opened[root]

    def _load(self, root: Path) -> OwnedVault | None:
        try:
            workspace = open_workspace(root, None)
        except VaultSyncError as error:
            shown = make_printable(str(root))
            self.warn(f"{shown} cannot be read as a vault: {error}")
            return None
        conditions = workspace.conditions(workspace.moment(None))
        gc.freeze()  # what the rules are made of need not be looked through for each note
        ownership = Ownership(workspace.rules, conditions)
        return OwnedVault(
            workspace.vault, ownership, Ownership(keep_daily_rules(workspace.rules), conditions)
        )


# Which properties of a note are derived, so that git need not hold a person to their values.


@dataclass(frozen=True, slots=True)
class Ownership:
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
        there may be a person's; but for one that reads other notes, which are not at hand here. Nor
        is one that is only filled in where it is empty.

        Args:
            note: the frontmatter.
            path: of the note in the vault, for filters.
        """
        return find_owned(note, path, self.rules, self.conditions)


def keep_daily_rules(rules: Sequence[RuleSet]) -> Sequence[RuleSet]:
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


def refuse_file_facts(_fact: str) -> NoReturn:
    """Give no facts of a file, as a version in git has none.

    Raises:
        EvaluationError: always.
    """
    raise EvaluationError("Git does not tell the size and the times of a note.")
