"""The settings of a vault: what a configuration file says, the defaults for the rest. Pure."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.rules.calendar import CalendarSettings
from vault_sync.rules.choices import StudySettings
from vault_sync.rules.sources import Mode, RuleSource, SourceText

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MAX_CHARACTERS: Final = 500_000
NO_PROFILE: Final = "none"
STUDY_PROFILE: Final = "study-ko"


class OwnRules(NamedTuple):
    """An entry of ``rules``.

    Attributes:
        rules: what is written out here.
        from_base: the base of the vault from which filters and formulas are taken besides.
        picks: the formulas of the base that are derived; None for all.
    """

    rules: RuleSource
    from_base: SourceText | None = None
    picks: tuple[SourceText, ...] | None = None


class Config(NamedTuple):
    """The settings of a vault; without a configuration file these defaults.

    Attributes:
        profile: the built-in rule set, or `NO_PROFILE`.
        review_status: what the study profile does with the property that names the next review.
        is_adding: whether the study profile adds properties that a note does not have.
        study: the stages and names of the study profile.
        overrides: formulas in the place of the profile's own of the same names.
        timezone: None for the machine's.
        day_starts_at: when a new day begins: before it, it is still yesterday.
        locale: as it is written; `language` is what counts.
        ignore: patterns of gitignore syntax, each of them usable.
        quiet_period: how long nobody may have written to a note before the daemon does.
        max_changes: how many notes the daemon may write in a minute but for the day's sake; None
            for what suits the size of the vault.
        calendar: how the calendar of reviews is made, and where the daemon keeps it.
        rules: the user's own rule sets.
    """

    profile: str = STUDY_PROFILE
    review_status: Mode = Mode.KEEP
    is_adding: bool = True
    study: StudySettings = StudySettings()
    overrides: tuple[tuple[str, SourceText], ...] = ()
    timezone: ZoneInfo | None = None
    day_starts_at: time = time(0)
    locale: str | None = None
    ignore: tuple[str, ...] = ()
    quiet_period: timedelta = timedelta(seconds=5)
    max_changes: int | None = None
    calendar: CalendarSettings = CalendarSettings()
    rules: tuple[OwnRules, ...] = ()

    @property
    def language(self) -> str:
        """The language of the vault: of names in dates, and of what is synced, on every machine."""
        return self.locale or ("ko" if self.profile == STUDY_PROFILE else "en")
