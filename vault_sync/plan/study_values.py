"""What a note tells of its reviews: its first day, and which boxes are ticked. Pure.

All commands read these values here, so one that cannot be read is named in the same sentence by all.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import EvaluationError, Problem
from vault_sync.formula.conversions import kind_of, parse_date, to_text
from vault_sync.note.values import read_value
from vault_sync.rules.ticks import load_tick_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from vault_sync.formula.values import Value
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.rules.study import StudyNames

_SHOWN: Final = 60


class StudyValues(NamedTuple):
    """The source properties of a study note that its reviews depend on.

    Attributes:
        first_day: None where there is none, or none that can be read.
        ticked: whether a box is ticked, by its name; without those that are missing or unknown.
        problems: why a value cannot be read, by the name of the property.
    """

    first_day: date | None
    ticked: Mapping[str, bool]
    problems: Mapping[str, Problem]


def read_study_values(note: Frontmatter, names: StudyNames, timezone: tzinfo) -> StudyValues:
    """Return the first day and the boxes of a note.

    Args:
        note: its frontmatter.
        names: which properties tell them.
        timezone: for dates with an offset.
    """
    first_day: date | None = None
    ticked: dict[str, bool] = {}
    problems: dict[str, Problem] = {}
    for name in (names.first_day, *names.boxes):
        entry = note.properties.get(name)
        if entry is None:
            continue
        try:
            value = read_value(entry.value)
            if name == names.first_day:
                first_day = _read_day(value, timezone)
            else:
                ticked[name] = read_tick(value, timezone)
        except EvaluationError as error:
            problems[name] = Problem(f"{name}: {error}", note.line_of(name), name)
    return StudyValues(first_day, ticked, problems)


def is_finished(note: Frontmatter, names: StudyNames, timezone: tzinfo) -> bool:
    """Say whether a note needs no review any more: all of its boxes are ticked, or that of the long term."""
    ticked = read_study_values(note, names, timezone).ticked
    if names.long_term and ticked.get(names.long_term):
        return True
    return bool(names.stages) and all(ticked.get(stage.box) for stage in names.stages)


def read_tick(value: Value, timezone: tzinfo) -> bool:
    """Return whether the value of a box means ticked; see `vault_sync.rules.ticks`.

    Raises:
        EvaluationError: it means neither ticked nor not ticked.
    """
    if value is True or value is False:
        return value
    text = to_text(value)
    known = load_tick_words().find(text)
    if known is not None:
        return known
    try:
        return _read_day(value, timezone) is not None
    except EvaluationError:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        message = f'"{shown}" is neither ticked nor unticked. Write true or false.'
        raise EvaluationError(message) from None


def _read_day(value: Value, timezone: tzinfo) -> date | None:
    """Return the day of a date, None for an empty value; as `date()` reads it in a formula."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        value = parse_date(value, timezone)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise EvaluationError(
        f"This is a {kind_of(value)}, not a date. Write it as 2024-07-07, without any brackets."
    )
