"""What a configuration chooses of a profile: its stages, those that count, and its names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vault_sync.rules.sources import SourceText


class ChosenStage(NamedTuple):
    """A stage that a configuration names.

    Attributes:
        days: how many days after the first day.
        box: the property, where one is named.
        place: where the stage stands.
    """

    days: int
    box: SourceText | None
    place: SourceText


class StudySettings(NamedTuple):
    """What a configuration says of a profile's stages; what it leaves out is the profile's own.

    Attributes:
        stages: the stages; None for the profile's.
        counted: the stages that count in the rate; None for the profile's choice.
        names: other names for the profile's properties: what is renamed, and its new name.
    """

    stages: tuple[ChosenStage, ...] | None = None
    counted: tuple[ChosenStage, ...] | None = None
    names: tuple[tuple[SourceText, SourceText], ...] = ()
