"""Gathers all facts about a vault, once, also where its configuration cannot be used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vault_sync.doctor.copies import Judge
from vault_sync.doctor.facts import Facts
from vault_sync.doctor.folders import FolderSurvey
from vault_sync.doctor.machine import look_at_git, look_at_state, look_at_system
from vault_sync.doctor.notes import Survey
from vault_sync.doctor.services import find_markers, find_services
from vault_sync.nfc import NameMap
from vault_sync.rules.study import Tick
from vault_sync.selection import select_notes
from vault_sync.state.folder import locate_state
from vault_sync.treereader import MAX_PROBLEMS
from vault_sync.vault.patterns import compile_patterns
from vault_sync.vault.rulesets import load_rules
from vault_sync.vault.settings import CONFIG_NAME, load_config, load_plugins, load_property_types
from vault_sync.vault.vault import load_vault
from vault_sync.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.errors import Problem
    from vault_sync.files.folder import VaultFolder
    from vault_sync.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Patient:
    """A vault opened as far as it can be.

    Attributes:
        workspace: the vault; without rules where they cannot be used.
        config_problems: what is wrong with the configuration, as sentences with their places.
    """

    workspace: Workspace
    config_problems: tuple[str, ...]


def open_patient(root: Path, config_file: Path | None) -> Patient:
    """Open a vault, whatever its configuration is like.

    Args:
        root: its folder.
        config_file: a configuration to use instead of its own.

    Raises:
        VaultNotFoundError: the folder cannot be read.
    """
    path = os.fspath(config_file) if config_file else None
    problems: list[Problem] = []
    config = load_config(os.fspath(root), problems, path)
    rules = load_rules(config, os.fspath(root), problems)
    vault = load_vault(root, compile_patterns(config.ignore))
    types = load_property_types(vault.root, vault.config_folders)
    workspace = Workspace(vault, config, () if problems else tuple(rules), types)
    told = [problem.located(path or CONFIG_NAME) for problem in problems[:MAX_PROBLEMS]]
    return Patient(workspace, tuple(dict.fromkeys(told)))


def gather_facts(patient: Patient, root: VaultFolder) -> Facts:
    """Look at a vault and at the computer it lies on, and return what was seen.

    Args:
        patient: the vault.
        root: its folder, opened.
    """
    workspace = patient.workspace
    vault, rules = workspace.vault, workspace.rules
    conditions = workspace.conditions(workspace.moment(None))
    # What Obsidian's settings say wrong is told apart from what the walk could not enter.
    selection = select_notes(vault._replace(problems=()), ())
    folders = FolderSurvey(vault)
    folders.add_skipped(selection.skipped)
    found = folders.look()
    judge = Judge(root, rules, conditions)
    system = look_at_system(root.path, workspace.config.timezone)
    plugins = load_plugins(vault.root, vault.config_folders)
    return Facts(
        notes=Survey(root, rules, conditions).look(selection.notes),
        folders=found,
        state=look_at_state(root.path, locate_state(Path(root.path)), system.now),
        system=system,
        git=look_at_git(root.path),
        config_problems=patient.config_problems,
        settings_problems=tuple(f"{path}: {reason}" for path, reason in vault.problems),
        types=workspace.types,
        boxes=list_boxes(rules),
        plugins=plugins,
        services=find_services(root.path, find_markers(root.path), plugins),
        copies=tuple(judge.judge(path) for path in found.copies),
    )


def list_boxes(rules: Sequence[RuleSet]) -> NameMap[None]:
    """Return the properties that rule sets take for checkboxes."""
    studies = [each.study for each in rules if each.study and each.study.tick is Tick.TRUE]
    stages = {stage.box for study in studies for stage in study.stages}
    return NameMap.of(stages | {study.long_term for study in studies if study.long_term})
