"""Collects all facts about a vault, once, also where its configuration cannot be used."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.clock import read_clock
from vault_sync.daemon.events import find_eventless_mount
from vault_sync.daemon.pauses import find_unfinished_git_operation
from vault_sync.doctor.collect_notes import NoteScan
from vault_sync.doctor.facts import (
    Facts,
    FolderFacts,
    GitFacts,
    Occurrences,
    StateFacts,
    SystemFacts,
    find_markers,
    find_services,
)
from vault_sync.engine.conflict_copies import CopyComparer
from vault_sync.engine.refresh import look_around
from vault_sync.errors import GitError, Problem, RepositoryNotFoundError, ServiceError
from vault_sync.files.exchange import can_swap
from vault_sync.files.folder import VaultFolder, is_leftover_name
from vault_sync.files.platform import KEEPS_BIRTH
from vault_sync.git.install_hook import HooksFolder, find_hooks_folder, inspect_hook
from vault_sync.git.repository import find_repository
from vault_sync.index.history import open_histories
from vault_sync.rules.config_reader import find_zone, suggest_zones
from vault_sync.rules.ignore_patterns import compile_patterns
from vault_sync.rules.schema_reader import MAX_PROBLEMS
from vault_sync.rules.study import Tick
from vault_sync.service.control import find_interpreter, find_manager, find_status
from vault_sync.service.manager import ServiceState, describe_service
from vault_sync.state.folder import BASE_VARIABLE, StateFolder, list_rescues, locate_state
from vault_sync.state.journal import Journal, RunSummary
from vault_sync.text import NameMap, find_twins
from vault_sync.vault.ignore import (
    is_conflict_copy,
    is_note_name,
    make_folder_check,
    make_note_check,
)
from vault_sync.vault.obsidian import CONFIG_NAME, load_config, load_plugins, load_property_types
from vault_sync.vault.rulesets import load_rules
from vault_sync.vault.vault import Vault, find_work_tree, load_vault, select_notes
from vault_sync.vault.walk import NOT_HERE, Skipped, is_folder
from vault_sync.vault.workspace import Workspace, find_device_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.vault.ignore import IgnoreCheck


@dataclass(frozen=True, slots=True)
class OpenedVault:
    """A vault opened as far as it can be.

    Attributes:
        workspace: the vault; without rules where they cannot be used.
        config_problems: what is wrong with the configuration, as sentences with their places.
    """

    workspace: Workspace
    config_problems: tuple[str, ...]


def open_for_checks(root: Path, config_file: Path | None) -> OpenedVault:
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
    return OpenedVault(workspace, tuple(dict.fromkeys(told)))


def collect_facts(opened: OpenedVault, root: VaultFolder) -> Facts:
    """Look at a vault and at the computer it lies on, and return what was seen.

    Args:
        opened: the vault.
        root: its folder, opened.
    """
    workspace = opened.workspace
    vault, rules = workspace.vault, workspace.rules
    of_day = workspace.conditions(workspace.moment(None))
    conditions = look_around(of_day, rules, vault, root)
    # What Obsidian's settings say wrong is told apart from what the walk could not enter.
    selection = select_notes(vault._replace(problems=()), ())
    folders = FolderScan(vault)
    folders.add_skipped(selection.skipped)
    found = folders.look()
    histories = open_histories(Path(root.path), rules)
    comparer = CopyComparer(root, rules, conditions, histories)
    system = read_system_facts(root, workspace.config.timezone)
    plugins = load_plugins(vault.root, vault.config_folders)
    return Facts(
        notes=NoteScan(root, rules, conditions).look(selection.notes),
        folders=found,
        state=read_state_facts(root.path, locate_state(Path(root.path)), system.now),
        system=system,
        git=read_git_facts(root.path),
        config_problems=opened.config_problems,
        settings_problems=tuple(f"{path}: {reason}" for path, reason, _ in vault.problems),
        twins=tuple(f"{path} {form}" for path, form in find_twins(selection.notes).items()),
        types=workspace.types,
        boxes=list_boxes(rules),
        plugins=plugins,
        services=find_services(root.path, find_markers(root.path), plugins),
        daily=workspace.config.daily_values,
        device=find_device_name(),
        copies=tuple(comparer.compare(path) for path in found.copies),
    )


def list_boxes(rules: Sequence[RuleSet]) -> NameMap[None]:
    """Return the properties that rule sets take for checkboxes."""
    studies = [each.study for each in rules if each.study and each.study.tick is Tick.TRUE]
    stages = {stage.box for study in studies for stage in study.stages}
    return NameMap.of(stages | {study.long_term for study in studies if study.long_term})


# Walks through all folders of a vault for what the list of notes leaves out.

_MAX_COPIES: Final = 10_000
_STUB: Final = (".", ".md.icloud")
_NESTED: Final = "it lies in a vault of its own"


@dataclass(slots=True)
class FolderScan:
    """A walk through the folders of a vault. No link is followed.

    Attributes:
        vault: the vault.
        facts: what was seen so far.
    """

    vault: Vault
    facts: FolderFacts = field(default_factory=FolderFacts)

    def look(self) -> FolderFacts:
        """Walk and return what was seen."""
        check_folder = make_folder_check(self.vault.rules)
        check_note = make_note_check(self.vault.rules, lambda _sentence: None)
        pending: list[tuple[str, str | None]] = [("", None)]
        while pending:
            folder, reason = pending.pop()
            self.facts.folders += 1
            for entry in _list_entries(f"{self.vault.root}/{folder}"):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if _is_folder(entry):
                    is_vault = os.path.lexists(f"{self.vault.root}/{path}/{CONFIG_NAME}")
                    own = _NESTED if is_vault else None
                    pending.append((path, reason or check_folder(path) or own))
                else:
                    self._take(entry.name, path, reason, check_note)
        return self.facts

    def add_skipped(self, skipped: list[Skipped]) -> FolderFacts:
        """Take what the list of notes could not enter."""
        for entry in skipped:
            if entry.is_unread:
                self.facts.not_read.append((entry.path, Problem(entry.reason)))
            if entry.reason == NOT_HERE:  # these are found, and told, apart
                continue
            place = entry.path or "(vault)"
            self.facts.unreadable.add(f"{place}: {entry.reason}")
        return self.facts

    def _take(self, name: str, path: str, reason: str | None, check_note: IgnoreCheck) -> None:
        """Take a file; what lies in a hidden folder is nobody's note."""
        is_hidden = path.startswith(".") or "/." in path
        if is_leftover_name(name) and reason is None:
            self.facts.leftovers.add(path)
        elif name.startswith(_STUB[0]) and name.endswith(_STUB[1]) and reason is None:
            self.facts.stubs.add(path)
        elif is_note_name(name) and not is_hidden:
            self._take_note(name, path, reason or check_note(path))

    def _take_note(self, name: str, path: str, reason: str | None) -> None:
        if reason:
            self.facts.excluded.setdefault(reason, Occurrences()).add(path)
        elif is_conflict_copy(name) and len(self.facts.copies) < _MAX_COPIES:
            self.facts.copies.append(path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return is_folder(entry)
    except OSError:
        return False


def _list_entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what lies in a folder, by name; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except OSError:
        return


# Looks at the state folder, the daemon, git and the computer. Makes nothing that stays, starts nothing
# of the vault's.

_PROBED: Final = "any.md"

_WATCH_LIMIT: Final = Path("/proc/sys/fs/inotify/max_user_watches")
_OTHERS: Final = 0o077
_ZONE_RULE: Final = re.compile(r"([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)([+-]?)([0-9]{1,2})")


def read_state_facts(root: str, state: StateFolder, now: datetime) -> StateFacts:
    """Return how the state folder and the daemon of a vault are.

    Args:
        root: the real path of the vault.
        state: where its state folder is or would be.
        now: the present.
    """
    service_state = _ask_service(root, state)
    try:
        fault = _find_fault(root, state)
        if not fault and state.path.is_dir():
            return _look_inside(root, state, service_state, now)
    except OSError as error:
        fault = f"The state folder {state.path} cannot be looked at ({error.strerror})."
    return StateFacts(path=str(state.path), fault=fault, is_installed=service_state.is_installed)


def _look_inside(
    root: str, state: StateFolder, service_state: ServiceState, now: datetime
) -> StateFacts:
    status = find_status(root, state, "", service_state, now)
    runs = Journal(state).runs()
    return StateFacts(
        path=str(state.path),
        is_there=True,
        is_open=os.name == "posix" and bool(state.path.stat().st_mode & _OTHERS),
        damaged=sum(not run.started for run in runs),
        rescues=len(list_rescues(state.rescue)),
        rescue_folder=status.rescue_folder,
        daemon=status.state,
        reason=status.reason,
        holder_host=status.holder.host if status.holder else "",
        is_installed=service_state.is_installed,
        last_run=_find_last(runs),
    )


def _ask_service(root: str, state: StateFolder) -> ServiceState:
    """Return what the service manager says of the vault's service; nothing where it cannot."""
    command = (find_interpreter(), "-P", "-m", "vault_sync", "watch")
    try:
        unit = describe_service(Path(root), state, command, os.environ)
        return find_manager(state).ask(unit)
    except ServiceError:
        return ServiceState(is_installed=False)


def _find_fault(root: str, state: StateFolder) -> str:
    """Return why the state folder cannot be used, as `open_state` would find, but making nothing."""
    if state.path.resolve().is_relative_to(root):
        return (
            f"The state folder {state.path} lies inside the vault, where it would be synced;"
            f" set {BASE_VARIABLE} to a folder outside."
        )
    folders = (state.path, state.journal, state.rescue)
    above = next(folder for folder in state.path.parents if folder.exists())
    there = [folder for folder in folders if folder.exists()] or [above]
    shut = [folder for folder in there if not os.access(folder, os.W_OK | os.X_OK)]
    return f"The folder {shut[0]} cannot be written; make it writable." if shut else ""


def _find_last(runs: Iterable[RunSummary]) -> datetime | None:
    """Return when the latest run began."""
    moments = []
    for run in runs:
        try:
            moments.append(datetime.fromisoformat(run.started).astimezone())
        except ValueError:
            continue
    return max(moments, default=None)


def read_git_facts(root: str) -> GitFacts | None:
    """Return what there is of our hook in the repository around a vault; None where there is none."""
    try:
        repository = find_repository(Path(root))
        folder = find_hooks_folder(repository)
    except RepositoryNotFoundError:
        return None
    except GitError as error:
        # Without a repository a missing git is no fault.
        return GitFacts(fault=str(error)) if find_work_tree(Path(root)) else None
    state = inspect_hook(folder)
    usual = inspect_hook(HooksFolder(repository.common_dir / "hooks"))
    script = state.script or usual.script
    return GitFacts(
        is_installed=state.script is not None,
        is_skipped=state.script is None and usual.script is not None,
        is_broken=script is not None and not os.access(script.python, os.X_OK),
        unfinished=find_unfinished_git_operation(Path(root)) or "",
        hooks_folder=str(folder.path),
        origin=folder.origin,
    )


def read_system_facts(root: VaultFolder, zone: tzinfo | None) -> SystemFacts:
    """Return what matters of this computer.

    Args:
        root: the vault; its disk is tried.
        zone: of the vault; None where none is configured.
    """
    here = read_clock(None)
    offset = here.utcoffset() or timedelta()
    vault_offset = here.astimezone(zone).utcoffset() if zone else None
    variable = os.environ.get("TZ", "")
    is_strange = hasattr(time, "tzset") and not is_plain_zone(variable)
    return SystemFacts(
        host=socket.gethostname(),
        now=here,
        offset=offset,
        vault_offset=vault_offset,
        has_turned_zone=str(zone).startswith("Etc/") and vault_offset == -offset != timedelta(),
        zone_variable=variable if is_strange else "",
        likely_zones=suggest_zones(variable) if is_strange else (),
        max_watches=_read_watch_limit(),
        silence=find_eventless_mount(root.path),
        can_swap=can_swap(root.locate(_PROBED)[0]),
        keeps_birth=KEEPS_BIRTH,
    )


def is_plain_zone(variable: str) -> bool:
    """Say whether the variable TZ is empty, a zone, or a rule that means what it looks like (tzset(3)).

    What is none of these counts as UTC, and so does the name in ``UTC+9``, which is nine hours *behind* it.
    """
    name = variable.removeprefix(":")
    rule = _ZONE_RULE.match(name)
    if rule:
        return rule[1].upper() not in {"UTC", "GMT"} or rule[2] == "-" or not int(rule[3])
    return not name or os.path.isfile(name) or find_zone(name) is not None  # noqa: PTH113 - a str is at hand


def _read_watch_limit() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        return int(_WATCH_LIMIT.read_text("ascii"))
    except (OSError, ValueError):
        return None
