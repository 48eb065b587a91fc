"""A base for Obsidian that shows reviews live: due today, this week, by subject, all notes. Pure.

Only what the Obsidian help names is used (pages "Bases syntax", "Functions" and "Views"), so its
formulas are spelled otherwise than ours here and there: days are counted by `number()`, as the
help gives the difference of dates in milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.note.edits import render_key
from vault_sync.rules.ticks import load_tick_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.i18n import Language
    from vault_sync.rules.study import StudyNames

_DAY: Final = 86_400_000
_WEEK: Final = "7d"


def render_dashboard(study: StudyNames, language: Language) -> str:
    """Return the text of a `.base`.

    Args:
        study: which properties tell the reviews of a note.
        language: of the names of views and columns.
    """
    lines = [
        *_render_filters(study),
        *_render_formulas(study, language),
        *_render_columns(language),
        *_render_views(study, language),
    ]
    return "\n".join(lines) + "\n"


def _render_filters(study: StudyNames) -> Iterator[str]:
    yield "filters:"
    yield "  or:"
    for name in dict.fromkeys((study.first_day, *study.boxes)):
        yield f"    - {_quote(f'file.hasProperty({_text(name)})')}"


def _render_formulas(study: StudyNames, language: Language) -> Iterator[str]:
    yield "formulas:"
    for name, formula in _list_formulas(study, language):
        yield f"  {name}: {_quote(formula)}"


def _list_formulas(study: StudyNames, language: Language) -> Iterator[tuple[str, str]]:
    first = _note(study.first_day)
    ticks = ", ".join(f"formula.done_{stage.days}" for stage in study.stages)
    for one in study.stages:
        yield f"done_{one.days}", _write_is_ticked(one.box)
    if study.long_term:
        yield "is_remembered", _write_is_ticked(study.long_term)
    stage, due = _text(language.say("done")), ""
    for one in reversed(study.stages):
        days = language.count("day {n}", "day {n}", one.days)
        stage = f"if(!formula.done_{one.days}, {_text(days)}, {stage})"
        tail = f", {due}" if due else ""
        due = f'if(!formula.done_{one.days}, {first}.date() + "{one.days}d"{tail})'
    if study.long_term:
        stage = f"if(formula.is_remembered, {_text(language.say('remembered'))}, {stage})"
        due = f"if(!formula.is_remembered, {due})"
    yield "next_stage", stage
    yield "next_review", f"if({first}, {due})"
    yield "is_due", "if(formula.next_review, formula.next_review <= today(), false)"
    soon = f'formula.next_review <= today() + "{_WEEK}"'
    yield "is_soon", f"if(formula.next_review, {soon}, false)"
    days = f"((number(today()) - number({{}})) / {_DAY}).round()"
    yield "days_over", f"if(formula.is_due, {days.format('formula.next_review')})"
    yield "days", f"if({first}, {days.format(f'{first}.date()')})"
    yield "progress", f"([{ticks}].filter(value).length * 100 / {len(study.stages)}).round()"


def _write_is_ticked(box: str) -> str:
    """Return a formula that says whether a box holds a word that means ticked, or a date."""
    words = ", ".join(_text(word) for word in load_tick_words().ticked)
    text = f"{_note(box)}.toString()"
    is_word = f"[{words}].contains({text}.trim().lower())"
    return f"if({_note(box)}, {is_word} || /[0-9]{{4}}/.matches({text}), false)"


def _render_columns(language: Language) -> Iterator[str]:
    names = {
        "next_stage": language.say("next review"),
        "next_review": language.say("on"),
        "is_due": language.say("due"),
        "is_soon": language.say("due within a week"),
        "days_over": language.say("days overdue"),
        "days": language.say("days since the first"),
        "progress": language.say("reviews done (%)"),
    }
    yield "properties:"
    for name, shown in names.items():
        yield f"  formula.{name}:"
        yield f"    displayName: {_quote(shown)}"


def _render_views(study: StudyNames, language: Language) -> Iterator[str]:
    places = [f"note.{name}" for name in (study.subject, study.textbook, study.page) if name]
    facts = ["formula.next_stage", "formula.next_review"]
    over, progress = "formula.days_over", "formula.progress"
    subject = f"note.{study.subject}" if study.subject else None
    rate = [f"note.{study.rate}"] if study.rate else []
    yield "views:"
    yield from _view(language.say("Due today"), [*places, *facts, over, progress], "formula.is_due")
    yield from _sort("formula.next_review")
    yield from _view(language.say("This week"), [*places, *facts, progress], "formula.is_soon")
    yield from _sort("formula.next_review")
    yield from _view(language.say("By subject"), [*facts, progress, *rate, "formula.days"])
    if subject:
        yield "    groupBy:"
        yield f"      property: {render_key(subject)}"
        yield "      direction: ASC"
    yield "    summaries:"
    yield f"      {progress}: Average"
    everything = [*places, f"note.{study.first_day}", "formula.days", *facts, progress, *rate]
    yield from _view(language.say("All notes"), everything)
    yield from _sort("file.name")


def _view(name: str, columns: list[str], condition: str | None = None) -> Iterator[str]:
    yield "  - type: table"
    yield f"    name: {_quote(name)}"
    if condition:
        yield "    filters:"
        yield "      and:"
        yield f"        - {condition}"
    yield "    order:"
    for column in ("file.name", *columns):
        yield f"      - {render_key(column)}"


def _sort(column: str) -> Iterator[str]:
    yield "    sort:"
    yield f"      - property: {column}"
    yield "        direction: ASC"


def _note(name: str) -> str:
    return f"note[{_text(name)}]"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
