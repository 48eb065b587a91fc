"""How much evidence is enough: every threshold that `adopt` decides by, in one place.

None of them is a law of nature. They are chosen by hand, so that what is proposed for the exports of
the tests is right and that nothing is proposed where chance would do as well; each says what it trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares are parts of 1; the others are counts.

    Attributes:
        least_notes: fewer notes prove nothing: with four, two constants fit almost any column.
        clear: a rule that holds for so many notes is a rule; one in ten may be edited by hand.
        near: below it a formula is not even shown as a near miss: it fails more often than it fits.
        same: so many values must be equal before a column counts as holding one of them only.
        dates_varied: different days that a date needs before others can be counted from it.
        least_open: a date that nearly never lacks is planned, not written down when something was done.
        few_days: most days that one export may span: an export takes an evening, not a week.
        share_of_few: the same as a share, where there are fewer than fifty notes.
        spread: first days for each day of export, before counts of days may tell that day.
        main_days: share of the notes that the days of the export must cover; the others were edited.
        readings: ways to read a column that are tried; the first ones explain most of its texts.
        least_examples: values that an exception needs; one alone is an accident.
        least_share: a count that explains fewer notes is no start for decisions, which add the rest.
        least_fit: the same for weights of boxes, which fit by chance more easily.
        rows_per_box: notes for each unknown weight, or the weights are not determined.
        trimmed: share of the notes that weights are fitted to again, without the worst outliers.
        counting: a weight below this part of the largest one belongs to a box that does not count.
        rounds: how often outliers are left out and weights are fitted again; later rounds change nothing.
        pure: share of the notes of a branch that must have its value; the others were edited by hand.
        least_rows: notes of a branch; a branch for one note only repeats that note.
        least_decided: share of all notes that decisions must explain.
        margin: a rule must save this many times the bits that it takes to say (minimum description length).
        reserve: bits that it must save besides, for the choice among candidates that were tried.
        spans: distances between dates that conditions ask for; every further one invites chance.
        together: share of notes in which two properties stand together if they are of one kind of note.
        least_stages: boxes that make reviews; one box is a checkbox like any other.
        least_rates: different shares that a rate must take; two are a flag.
        alike: boxes that are ticked in so many of the same notes are tried in each other's place.
        template: share of the texts of a column that one template must match.
        least_bar: symbols in a row that make a bar; two are an emoji written twice.
    """

    least_notes: int = 5
    clear: float = 0.9
    near: float = 0.5
    same: float = 0.9
    dates_varied: int = 3
    least_open: float = 0.05
    few_days: int = 3
    share_of_few: float = 0.2
    spread: int = 3
    main_days: float = 0.9
    readings: int = 3
    least_examples: int = 2
    least_share: float = 0.6
    least_fit: float = 0.7
    rows_per_box: int = 2
    trimmed: float = 0.85
    counting: float = 0.2
    rounds: int = 3
    pure: float = 0.95
    least_rows: int = 2
    least_decided: float = 0.8
    margin: float = 1.1
    reserve: float = 4
    spans: int = 6
    together: float = 0.5
    least_stages: int = 2
    least_rates: int = 3
    alike: float = 0.8
    template: float = 0.5
    least_bar: int = 3


THRESHOLDS: Final = Thresholds()
