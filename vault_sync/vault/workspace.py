"""A vault opened for work: its configuration read, its rules compiled, its zone and day known."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vault_sync.clock import day_of, parse_moment, read_clock
from vault_sync.errors import ConfigError, VaultNotFoundError
from vault_sync.formula.registry import Clock
from vault_sync.plan.evaluation import Conditions, Daily
from vault_sync.rules.config import EVERYWHERE
from vault_sync.text import fold_name, make_printable, to_nfc
from vault_sync.vault.obsidian import (
    CONFIG_NAME,
    find_misnamed_configs,
    load_config,
    load_property_types,
)
from vault_sync.vault.rulesets import load_rules
from vault_sync.vault.vault import Vault, find_vault, is_vault, load_vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.errors import Problem
    from vault_sync.i18n import Language
    from vault_sync.plan.evaluation import DayConditions
    from vault_sync.rules.config import Config, DailyValues
    from vault_sync.rules.ignore_patterns import IgnorePatterns
    from vault_sync.rules.ruleset import RuleSet


USUAL_VAULT: Final = "VAULT_SYNC_VAULT"
"""The variable that names the vault to use where the working folder lies in none."""


class Workspace(NamedTuple):
    """A vault with all that its notes are refreshed by.

    Attributes:
        vault: where the notes are.
        config: the settings.
        rules: the rule sets, compiled.
        types: Obsidian's types of properties by their names.
    """

    vault: Vault
    config: Config
    rules: tuple[RuleSet, ...]
    types: Mapping[str, str]

    def moment(self, typed: str | None) -> datetime:
        """Return the moment to refresh for: the present one, or one that the user typed.

        A day alone is its first moment as the vault counts days, see ``day-starts-at``.

        Raises:
            ValueError: what was typed is no moment.
        """
        zone = self.config.timezone
        return parse_moment(self._begin_day(typed), zone) if typed else read_clock(zone)

    def _begin_day(self, typed: str) -> str:
        try:
            day = date.fromisoformat(typed)
        except ValueError:  # it has a time, or is no moment at all
            return typed
        return datetime.combine(day, self.config.day_starts_at).isoformat()

    def day(self, moment: datetime) -> date:
        """Return the day that a moment belongs to."""
        return day_of(moment, self.config.day_starts_at)

    def conditions(self, moment: datetime, clock: Clock = Clock.INSTANT) -> DayConditions:
        """Return the conditions under which formulas run on the day of a moment."""
        return self.conditions_at(moment, clock).for_whole_day()

    def conditions_at(self, moment: datetime, clock: Clock = Clock.INSTANT) -> Conditions:
        """Return the conditions under which formulas run at one fixed moment, for every note."""
        start = self.config.day_starts_at
        zone = self.config.timezone or moment.tzinfo
        if zone is None:
            raise ValueError("a moment needs a zone")
        return Conditions(
            now=moment.replace(tzinfo=None),
            timezone=zone,
            day_starts_at=timedelta(hours=start.hour, minutes=start.minute),
            locale=self.config.language,
            clock=clock,
            types=self.types,
            daily=self._choose_daily(),
        )

    def _choose_daily(self) -> Daily:
        values = self.config.daily_values
        if values == EVERYWHERE:
            return Daily.ALWAYS

        return choose_daily(values)


def locate_vault(paths: Sequence[Path], named: Path | None) -> Path:
    """Return the folder of the vault that paths lie in.

    Args:
        paths: notes and folders that the user named; none means the working folder and, where that
            lies in no vault, the one that the environment names.
        named: the vault, where the user named it.

    Raises:
        VaultNotFoundError: there is none, or the paths lie in more than one.
    """
    if named:
        return check_vault(named)
    roots = {find_vault(path) for path in paths or (Path.cwd(),)}
    root = roots.pop()
    if root is None and not paths:
        root = _find_usual_vault()
    if roots:
        raise VaultNotFoundError(
            "These paths lie in more than one vault; refresh one vault at a time."
        )
    if root is None and paths and not roots:
        return check_vault(paths[0] if paths[0].is_dir() else paths[0].absolute().parent)
    return root or _find_misnamed(Path.cwd())


def _find_misnamed(start: Path) -> Path:
    """Return the nearest folder upward in which somebody has made a configuration under another name.

    Raises:
        VaultNotFoundError: there is none.
    """
    for folder in (start, *start.parents):
        if find_misnamed_configs(os.fspath(folder)):
            return folder
    raise VaultNotFoundError(
        "There is no vault here or above: no folder with .vault-sync.yaml or .obsidian. Go into your vault or name it with `--vault`; `vault-sync init FOLDER` makes a folder one."
    )


NO_VAULT: Final = (
    "{folder} is no vault: it has neither .obsidian nor .vault-sync.yaml."
    " Name the folder that you open in Obsidian; `vault-sync init FOLDER` makes another one a vault."
)


def check_vault(folder: Path) -> Path:
    """Return a folder that was named if it is a vault.

    Raises:
        VaultNotFoundError: it is none.
    """
    if is_vault(folder) or find_misnamed_configs(os.fspath(folder)):
        return folder
    shown = make_printable(str(folder))
    raise VaultNotFoundError(NO_VAULT.format(folder=shown), shown)


def open_workspace(root: Path, config_file: Path | None) -> Workspace:
    """Open a vault.

    Args:
        root: its folder.
        config_file: a configuration to use instead of its own.

    Raises:
        ConfigError: the configuration cannot be used; carries every problem.
        VaultNotFoundError: the folder cannot be read.
    """
    path = os.fspath(config_file) if config_file else None
    problems: list[Problem] = []
    config = load_config(os.fspath(root), problems, path)
    rules = load_rules(config, os.fspath(root), problems)
    if problems:
        from vault_sync.rules.schema_reader import MAX_PROBLEMS  # noqa: PLC0415 - for a quick start

        raise ConfigError(path or CONFIG_NAME, problems[:MAX_PROBLEMS])
    vault = load_vault(root, _compile_ignored(config))
    return Workspace(vault, config, rules, load_property_types(vault.root, vault.config_folders))


def _compile_ignored(config: Config) -> IgnorePatterns | None:
    if not config.ignore:
        return None
    from vault_sync.rules.ignore_patterns import compile_patterns  # noqa: PLC0415 - for a quick start

    return compile_patterns(config.ignore)


def _find_usual_vault() -> Path | None:
    """Return the vault that the environment names by its folder, or as Obsidian does; None for none.

    Raises:
        VaultNotFoundError: what it names is no vault, or not one alone.
    """
    named = os.environ.get(USUAL_VAULT)
    if not named:
        return None
    if not os.path.isdir(named):  # noqa: PTH112 - it never raises
        found = find_known_vaults(named, list_known_vaults(os.environ))
        if len(found) == 1:
            return found[0]
    else:
        return check_vault(Path(named))
    raise VaultNotFoundError(f"{USUAL_VAULT} names no vault: {make_printable(named)}.")


# The name of this device, by which ``daily-values`` tells devices apart.

NAME_FILE: Final = "device"
_LONGEST: Final = 100


def find_device_name() -> str:
    """Return the name of this device.

    It is the first line of the file ``device`` in the folder of all state folders, for a computer
    whose own name changes; without that file, the computer's name up to its first dot.
    """
    from vault_sync.state.folder import find_base  # noqa: PLC0415 - few vaults ask

    with suppress(OSError, ValueError):
        text = Path(find_base(), NAME_FILE).read_text("utf-8-sig")[:_LONGEST]
        name = make_printable(to_nfc(text.partition("\n")[0].strip()))
        if name:
            return name
    import socket  # noqa: PLC0415 - few vaults ask

    return make_printable(to_nfc(socket.gethostname().partition(".")[0]))


def is_this_device(name: str, device: str) -> bool:
    """Say whether a name in the configuration is that of this device, whatever its letter case."""
    given = to_nfc(name.strip()).casefold()
    return given == device.casefold() or given.partition(".")[0] == device.casefold()


def choose_daily(values: DailyValues) -> Daily:
    """Return where this device writes values that the day alone changes."""
    if values.devices is not None:
        device = find_device_name()
        is_one = any(is_this_device(name, device) for name in values.devices)
        return Daily.ALWAYS if is_one else Daily.ELSEWHERE
    return Daily.WHILE_DUE if values.is_for_due else Daily.ALWAYS


# What ``daily-values`` means on this device, in a sentence and as plain values.


def describe_daily(values: DailyValues, device: str, language: Language) -> str:
    """Return which notes get the values of a new day here; empty where all do.

    Args:
        values: the setting.
        device: the name of this device.
        language: to say it in.
    """
    if values.is_for_due:
        return language.say(
            "Only notes whose reviews are not finished are written for a new day (`daily-values: due`)."
        )
    if values.devices is None:
        return ""
    if any(is_this_device(name, device) for name in values.devices):
        return language.say(
            "This device, {device}, writes the values of each new day (`daily-values`).",
            device=device,
        )
    return language.say(
        "The values of each new day are written by {devices}; this device, {device}, writes them only into notes that it has another reason to write (`daily-values`).",
        devices=make_printable(", ".join(values.devices)),
        device=device,
    )


def list_daily(values: DailyValues) -> object:
    """Return the setting as a configuration would have it."""
    if values.devices is not None:
        return [*values.devices]
    return "due" if values.is_for_due else "all"


# The vaults that Obsidian itself knows on this computer, by their names.

_LIST: Final = "obsidian.json"
_LARGEST: Final = 1024 * 1024


def list_known_vaults(environment: Mapping[str, str], platform: str = sys.platform) -> list[Path]:
    """Return the folders of the vaults that Obsidian has opened, each once, if they are still there.

    Args:
        environment: the variables of the process.
        platform: as `sys.platform` names it.
    """
    folders = (
        folder for place in _list_places(environment, platform) for folder in _read(place / _LIST)
    )
    return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]  # noqa: PTH112 - never raises


def find_known_vaults(name: str, vaults: list[Path]) -> list[Path]:
    """Return the vaults of a name: the name of a vault is that of its folder."""
    return [vault for vault in vaults if fold_name(vault.name) == fold_name(name)]


def _list_places(environment: Mapping[str, str], platform: str) -> Iterator[Path]:
    """Yield the folders in which Obsidian may keep its list (Obsidian help, "Configuration folder")."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or ".")
    if platform == "win32":
        yield Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "obsidian"
    elif platform == "darwin":
        yield home / "Library" / "Application Support" / "obsidian"
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "obsidian"
        yield home / ".var" / "app" / "md.obsidian.Obsidian" / "config" / "obsidian"
        yield home / "snap" / "obsidian" / "current" / ".config" / "obsidian"


def _read(file: Path) -> Iterator[Path]:
    """Yield the folders that a list of vaults names; none where it is not one."""
    try:
        with file.open("rb") as stream:
            data: Any = json.loads(stream.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return
    vaults = data.get("vaults") if isinstance(data, dict) else None
    for vault in vaults.values() if isinstance(vaults, dict) else ():
        path = vault.get("path") if isinstance(vault, dict) else None
        if isinstance(path, str) and "\0" not in path and Path(path).is_absolute():
            yield Path(path)
