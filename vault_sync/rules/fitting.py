"""A profile fitted to the stages and names that a configuration chooses. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.nfc import NameMap, fold_name
from vault_sync.rules.study import Stage, make_names
from vault_sync.rules.templates import Filling
from vault_sync.treereader import shorten, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vault_sync.errors import Problem
    from vault_sync.rules.choices import ChosenStage, StudySettings
    from vault_sync.rules.sources import RuleSource, SourceText
    from vault_sync.rules.study import StudyNames

NO_BOX: Final = "none"
_LONG_TERM: Final = "long-term"


class StageDefaults(NamedTuple):
    """What a profile says of stages.

    Attributes:
        box: the name of a box that the profile itself does not name, with ``{n}`` for the days.
        mark: the mark of a stage that has none in ``marks``.
        marks: marks of stages by their days.
        counted: which of the profile's own stages count in the rate.
        undated: stages that have no date properties.
    """

    box: str
    mark: str
    marks: Mapping[int, str]
    counted: frozenset[int]
    undated: frozenset[int]


class Fit(NamedTuple):
    """What a profile's templates are filled with.

    Attributes:
        own: the profile's own study names.
        names: those that are chosen.
        filling: fills the templates.
        renamed: new names of properties by the profile's own.
        places: where the configuration names a property, by its new name.
    """

    own: StudyNames
    names: StudyNames
    filling: Filling
    renamed: Mapping[str, str]
    places: Mapping[str, SourceText]


def fit_stages(
    own: StudyNames, defaults: StageDefaults, settings: StudySettings, problems: list[Problem]
) -> Fit:
    """Return what a profile's templates are filled with.

    Args:
        own: the profile's own study names.
        defaults: what it says of other stages.
        settings: what is chosen.
        problems: what does not fit is added here.
    """
    roles: NameMap[str] = NameMap(own.roles)
    has_memory = _LONG_TERM in roles and not _lacks_memory(settings)
    renamed: NameMap[str] = NameMap(
        (roles.get(old.text, old.text), new.text)
        for old, new in settings.names
        if not _is_no_box(old, new)
    )
    kept = {
        role: renamed.get(name, name)
        for role, name in own.roles.items()
        if has_memory or role != _LONG_TERM
    }
    names = make_names(kept, _choose_stages(own, defaults, settings.stages))
    counted = _choose_counted(own, names, defaults, settings.counted, problems)
    filling = Filling(
        {**kept, "boxes": str(len(names.boxes))},
        _list_stages(names, defaults, counted),
        repeated="stages",
    )
    boxes = (stage.box for stage in settings.stages or ())
    chosen = (*(new for _, new in settings.names), *(box for box in boxes if box))
    return Fit(own, names, filling, renamed, NameMap((place.text, place) for place in chosen))


def apply_names(
    source: RuleSource, fit: Fit, settings: StudySettings, problems: list[Problem]
) -> RuleSource:
    """Return a profile whose derived properties have the names that are chosen.

    Args:
        source: the profile, its templates filled in.
        fit: what they were filled with.
        settings: what is chosen.
        problems: names that mean nothing, or two things, are added here.
    """
    roles = fit.own.roles
    properties = (*source.sources, *(name for name, _ in source.formulas))
    boxes = {stage.box for stage in fit.names.stages}
    known = NameMap.of({*roles, *roles.values(), *properties} - boxes)
    for old, _ in settings.names:
        if old.text not in known:
            message = f"`{shorten(old.text)}` is no name that this profile uses."
            problems.append(old.problem(message + suggest(old.text, known)))
    renamed = _rename(source, fit.renamed)
    problems += _find_double(renamed, fit, settings)
    return renamed


def _lacks_memory(settings: StudySettings) -> bool:
    return any(_is_no_box(*pair) for pair in settings.names)


def _is_no_box(old: SourceText, new: SourceText) -> bool:
    return old.text == _LONG_TERM and new.text == NO_BOX


def _choose_stages(
    own: StudyNames, defaults: StageDefaults, chosen: tuple[ChosenStage, ...] | None
) -> Iterable[Stage]:
    if chosen is None:
        return own.stages
    boxes = {stage.days: stage.box for stage in own.stages}
    return [
        Stage(
            stage.days,
            stage.box.text
            if stage.box
            else boxes.get(stage.days) or defaults.box.replace("{n}", str(stage.days)),
        )
        for stage in chosen
    ]


def _choose_counted(
    own: StudyNames,
    names: StudyNames,
    defaults: StageDefaults,
    chosen: tuple[ChosenStage, ...] | None,
    problems: list[Problem],
) -> frozenset[int]:
    """Return the stages that count in the rate: the profile's own choice for its own stages."""
    days = frozenset(stage.days for stage in names.stages)
    if chosen is None:
        return defaults.counted if days == {stage.days for stage in own.stages} else days
    for stage in chosen:
        if stage.days not in days:
            listed = ", ".join(map(str, sorted(days)))
            message = f"Day {stage.days} is no stage, so it cannot count; the stages are {listed}."
            problems.append(stage.place.problem(message))
    return frozenset(stage.days for stage in chosen)


def _list_stages(
    names: StudyNames, defaults: StageDefaults, counted: frozenset[int]
) -> dict[str, list[dict[str, str]]]:
    items = {
        stage.days: {
            "n": str(stage.days),
            "box": stage.box,
            "mark": defaults.marks.get(stage.days, defaults.mark),
        }
        for stage in names.stages
    }
    return {
        "stages": list(items.values()),
        "counted": [item for days, item in items.items() if days in counted],
        "dated": [item for days, item in items.items() if days not in defaults.undated],
        _LONG_TERM: [{}] if names.long_term else [],
    }


def _rename(source: RuleSource, renamed: Mapping[str, str]) -> RuleSource:
    return source._replace(
        sources=tuple(renamed.get(name, name) for name in source.sources),
        formulas=tuple((renamed.get(name, name), text) for name, text in source.formulas),
        modes=tuple((renamed.get(name, name), mode) for name, mode in source.modes),
    )


def _find_double(source: RuleSource, fit: Fit, settings: StudySettings) -> Iterator[Problem]:
    """Yield a problem for each name that two properties, or a property and a helper, would have."""
    names = (*source.sources, *(name for name, _ in (*source.formulas, *source.helpers)))
    stages = settings.stages or ()
    for name, count in Counter(map(fold_name, names)).items():
        place = fit.places.get(name) or next((stage.place for stage in stages), None)
        if count > 1 and place:
            message = f"The name `{shorten(name)}` is used by another property of this profile; choose another."
            yield place.problem(message, name)
