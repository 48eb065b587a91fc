"""Profiles: the built-in rule sets. Each is a data file, packed as it is without any settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import vault_sync
from vault_sync.rules.choices import StudySettings
from vault_sync.rules.packing import unpack_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.errors import Problem
    from vault_sync.rules.sources import Mode, RuleSource, SourceText


def load_profile(
    name: str, settings: StudySettings | None = None, problems: list[Problem] | None = None
) -> RuleSource:
    """Return a built-in rule set, fitted to the stages and names that are chosen.

    Args:
        name: one that the configuration allows.
        settings: the stages and names that are chosen; None for the profile's own.
        problems: what does not fit is added here.

    Raises:
        ConfigError: the data file is damaged.
    """
    if settings is None or settings == StudySettings():
        return unpack_source(_read_packed(name).decode())
    from vault_sync.rules.profilereader import fit_profile  # noqa: PLC0415 - for a quick start

    return fit_profile(name, settings, [] if problems is None else problems)


def _read_packed(name: str) -> bytes:
    """Return a data file of ours, from wherever the program is loaded; `pkgutil` loads much for that."""
    path = f"{vault_sync.__path__[0]}/profiles/{name}.json"
    data: bytes = vault_sync.__loader__.get_data(path)  # type: ignore[union-attr]  # every loader of a file has it (PEP 302)
    return data


def customize(
    source: RuleSource,
    *,
    modes: Mapping[str, Mode],
    is_adding: bool,
    overrides: Mapping[str, SourceText],
) -> RuleSource:
    """Return a profile with the user's settings.

    Args:
        source: the profile.
        modes: what to do with properties that the profile leaves to the user.
        is_adding: whether missing properties are added.
        overrides: formulas and helpers in the place of the profile's own of the same names.
    """
    return source._replace(
        modes=tuple({**dict(source.modes), **modes}.items()),
        is_adding=is_adding and source.is_adding,
        formulas=tuple((name, overrides.get(name, text)) for name, text in source.formulas),
        helpers=tuple((name, overrides.get(name, text)) for name, text in source.helpers),
    )
