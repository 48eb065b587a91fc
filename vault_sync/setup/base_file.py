"""A base for Obsidian that shows reviews live: due today, this week, by subject, all notes. Pure.

It says what the commands say: it reads first days and boxes as the profile does and leaves out the
notes that the commands leave out. Only what the Obsidian help names is used (pages "Bases syntax",
"Functions" and "Views"), so its formulas are spelled otherwise than ours here and there: days are
counted by `number()`, as the help gives the difference of dates in milliseconds, and dates in other
spellings are brought into ISO 8601 first, as nothing says that `date()` of Obsidian reads them.
"""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.note.edits import render_key
from vault_sync.rules.sources import FilterGroup, FilterSource, SourceText
from vault_sync.rules.study import StudyNames, load_tick_words
from vault_sync.text import quote_text, quote_yaml
from vault_sync.vault.ignore import IgnoreRules, list_name_expressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vault_sync.i18n import Language
    from vault_sync.rules.ignore_patterns import IgnorePatterns

_DAY: Final = 86_400_000
_WEEK: Final = "7d"


class BaseScope(NamedTuple):
    """What decides, besides the properties of a note, whether it is shown and what day it is.

    Attributes:
        filters: of the rule set that the reviews belong to; None where it has none of its own.
        ignore: which notes the vault leaves alone.
        day_starts_at: when a new day begins.
    """

    filters: FilterSource | None = None
    ignore: IgnoreRules = IgnoreRules()
    day_starts_at: time = time()

    @property
    def today(self) -> str:
        """The formula of the present day, which begins when the vault's days begin."""
        start = self.day_starts_at
        parts = [f'"{start.hour}h"' * bool(start.hour), f'"{start.minute}m"' * bool(start.minute)]
        later = "".join(f" - {part}" for part in parts if part)
        return f"(now(){later}).date()" if later else "today()"


def render_dashboard(study: StudyNames, language: Language, scope: BaseScope = BaseScope()) -> str:  # noqa: B008 - it never changes
    """Return the text of a `.base`.

    Args:
        study: which properties tell the reviews of a note.
        language: of the names of views and columns.
        scope: which notes there are, and when a day begins.
    """
    lines = [
        *_render_filters(study, scope),
        *_render_formulas(study, language, scope),
        *_render_columns(language),
        *_render_views(study, language),
    ]
    return "\n".join(lines) + "\n"


def _render_filters(study: StudyNames, scope: BaseScope) -> Iterator[str]:
    names = dict.fromkeys((study.first_day, *study.boxes))
    is_study = [f"    - {quote_yaml(f'file.hasProperty({quote_text(name)})')}" for name in names]
    own = [*_render_filter(scope.filters)]
    yield "filters:"
    yield "  and:"
    for line in ("- or:", *is_study, *(own if own != ["- or:", *is_study] else ())):
        yield f"    {line}"
    for statement in _list_left_alone(scope.ignore):
        yield f"    - {quote_yaml(statement)}"


def _render_filter(source: FilterSource | None) -> Iterator[str]:
    """Yield the items of a list that holds the filter of a rule set."""
    if isinstance(source, SourceText):
        yield f"- {quote_yaml(' '.join(source.text.split()))}"
    elif isinstance(source, FilterGroup):
        yield f"- {source.connective.value}:"
        for part in source.filters:
            yield from (f"    {line}" for line in _render_filter(part))


# Which notes are left alone, as statements of a filter.


def _list_left_alone(ignore: IgnoreRules) -> list[str]:
    return [
        _write_consent(),
        '!file.hasProperty("excalidraw-plugin")',
        *(f"!/{_slashed(one)}/i.matches(file.path)" for one in list_name_expressions()),
        *(f"!file.inFolder({quote_text(folder)})" for folder in ignore.templates.folders),
        *(f"file.path.lower() != {quote_text(f'{path}.md')}" for path in ignore.templates.notes),
        *(f"file.basename.lower() != {quote_text(name)}" for name in ignore.templates.names),
        *(
            f"!file.path.lower().startsWith({quote_text(start)})"
            for start in ignore.excluded_starts
        ),
        *(f"!/{_slashed(one)}/i.matches(file.path)" for one in ignore.excluded_regexps),
        *(_write_patterns(ignore.patterns) if ignore.patterns else ()),
    ]


def _write_consent() -> str:
    """Return what asks whether a note lets itself be written; see `vault_sync.plan.governed.find_opt_out`."""
    value = _note("vault-sync")
    words = ", ".join(map(quote_text, ("", "~", "null", "on", *load_tick_words().ticked)))
    is_word = f"[{words}].contains({value}.toString().trim().lower())"
    return f'if({value} == null, true, {value}.isType("list") || {value}.isType("object") || {is_word})'


def _write_patterns(patterns: IgnorePatterns) -> Iterator[str]:
    """Yield what asks the `ignore` list: of all patterns that match, the last one decides."""
    text = "true"
    for pattern in patterns.spec.patterns:
        if pattern.regex is not None:
            shown = str(not pattern.include).lower()
            expression = _slashed(_write_for_javascript(pattern.regex.pattern))
            text = f"if(/{expression}/.matches(file.path), {shown}, {text})"
    if text != "true":
        yield text


def _write_for_javascript(expression: str) -> str:
    """Return a regular expression of Python without what only Python knows."""
    return re.sub(r"\(\?P<\w+>", "(?:", expression).replace("(?>", "(?:")


def _slashed(expression: str) -> str:
    """Return a regular expression as it stands between slashes."""
    return re.sub(r"(?<!\\)/", r"\/", expression)


# First days and boxes, in every spelling that the profile reads.

_MONTHS: Final = (
    *("jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?"),
    *("aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?"),
)
_CLOCK: Final = r"(?::[0-5]\d(?:\.\d{1,9})?)?"
_ISO: Final = (
    (r"^@\s*", "", ""),
    (r"^(\d{4})[년年]\s*(\d{1,2})[월月]\s*(\d{1,2})[일日]", "", "$1-$2-$3"),
    (r"^(\d{4})\.\s+(\d{1,2})\.\s+(\d{1,2})\.?", "", "$1-$2-$3"),
    (r"^(\d{4})\.(\d{1,2})\.(\d{1,2})", "", "$1-$2-$3"),
    (r"^(\d{4})\/(\d{1,2})\/(\d{1,2})", "", "$1-$2-$3"),
)
_ENGLISH: Final = tuple(
    (rf"^{name}\.?\s+(\d{{1,2}}),\s*(\d{{4}})", "i", f"$2-{number}-$1")
    for number, name in enumerate(_MONTHS, 1)
)
_PADDED: Final = (
    (r"^(\d{4})-(\d)(?!\d)", "", "$1-0$2"),
    (r"^(\d{4}-\d\d)-(\d)(?!\d)", "", "$1-0$2"),
)
_WEEKDAY: Final = r"^\d{4}-\d\d-\d\d\s*\(?([월화수목금토일])(?:요일)?\)?(?!\S)"
# A time of the day makes no other day of it, unless it has an offset.
_UNTIMED: Final = (
    (rf"^(\d{{4}}-\d\d-\d\d)\s+(?:오전|오후)\s*(?:1[0-2]|0?[1-9]):[0-5]\d{_CLOCK}$", "", "$1"),
    (rf"^(\d{{4}}-\d\d-\d\d)(?:t|\s+)(?:1[0-2]|0?[1-9]):[0-5]\d{_CLOCK}\s*[ap]m$", "i", "$1"),
    (rf"^(\d{{4}}-\d\d-\d\d)(?:t|\s+)(?:[01]?\d|2[0-3]):[0-5]\d{_CLOCK}$", "i", "$1"),
)


def _replace(text: str, replacements: Iterable[tuple[str, str, str]]) -> str:
    """Return a formula in which a text is changed by regular expressions, one after the other."""
    for expression, flags, new in replacements:
        text += f".replace(/{expression}/{flags}, {quote_text(new)})"
    return text


def _list_dates(name: str) -> Iterator[tuple[str, str]]:
    """Yield the formulas that read the first day."""
    value = _note(name)
    spelled = _replace(f"{value}.toString().trim()", (*_ISO, *_ENGLISH, *_PADDED))
    # What is not there is asked for nothing: no page of the help says that it has functions.
    yield "first_text", f'if({value}, if({value}.isType("string"), {spelled}, ""), "")'
    letter = _replace("formula.first_text", ((f"{_WEEKDAY}.*$", "", "$1"),))
    yield "first_weekday", f'if({letter}.length == 1, {letter}, "")'
    # A weekday that is not that of the date stays where it is, so the date cannot be read.
    days = '["월", "화", "수", "목", "금", "토", "일"]'
    own = f'{days}[number(date(formula.first_text.slice(0, 10)).format("E")) - 1]'
    cut = _replace(
        "formula.first_text",
        ((_WEEKDAY.replace(r"^\d{4}-\d\d-\d\d", r"^(\d{4}-\d\d-\d\d)"), "", "$1"),),
    )
    text = f"if(formula.first_weekday && formula.first_weekday == {own}, {cut}, formula.first_text)"
    read = f'if({value}.isType("string"), {_replace(f"({text}).trim()", _UNTIMED)}, {value})'
    yield (
        "first_day",
        f'if({value}, if({value}.toString().trim() == "", "", date({read}).date()), "")',
    )


def _write_done(name: str) -> str:
    """Return the formula of a box: 1 where it is ticked, 0 where it is not, no value for unknown words."""
    words = load_tick_words()
    unticked, ticked = (", ".join(map(quote_text, one)) for one in (words.unticked, words.ticked))
    value = _note(name)
    mark = f"{value}.toString().trim().lower()"
    spelled = _replace(f"{value}.trim()", (*_ISO, *_PADDED))
    is_date = f'date(if({value}.isType("string"), {spelled}, {value}))'
    known = f"if([{ticked}].contains({mark}), 1, if({is_date}, 1, 0))"
    return f"if({value}, if([{unticked}].contains({mark}), 0, {known}), 0)"


def _render_formulas(study: StudyNames, language: Language, scope: BaseScope) -> Iterator[str]:
    yield "formulas:"
    for name, formula in _list_formulas(study, language, scope):
        yield f"  {name}: {quote_yaml(formula)}"


def _list_formulas(
    study: StudyNames, language: Language, scope: BaseScope
) -> Iterator[tuple[str, str]]:
    yield from _list_dates(study.first_day)
    for one in study.stages:
        yield f"done_{one.days}", _write_done(one.box)
    if study.long_term:
        yield "done_for_good", _write_done(study.long_term)
    stage, due = quote_text(language.say("done")), ""
    for one in reversed(study.stages):
        days = language.count("day {n}", "day {n}", one.days)
        is_open = f"formula.done_{one.days} == 0"
        stage = f"if({is_open}, {quote_text(days)}, {stage})"
        tail = f", {due}" if due else ""
        due = f'if({is_open}, formula.first_day + "{one.days}d"{tail})'
    done = " + ".join(f"formula.done_{one.days}" for one in study.stages)
    # Where one box is unknown, nothing is said of the note, as by the commands.
    known = f"({done}) >= 0"
    if study.long_term:
        stage = f"if(formula.done_for_good, {quote_text(language.say('remembered'))}, {stage})"
        due = f"if(formula.done_for_good == 0, {due})"
        known = f"({done} + formula.done_for_good) >= 0"
    yield "next_stage", f"if({known}, {stage})"
    yield "next_review", f"if({known} && formula.first_day, {due})"
    today = scope.today
    yield "is_due", f"if(formula.next_review, formula.next_review <= {today}, false)"
    soon = f'formula.next_review <= {today} + "{_WEEK}"'
    yield "is_soon", f"if(formula.next_review, {soon}, false)"
    days = f"((number({today}) - number({{}})) / {_DAY}).round()"
    yield "days_over", f"if(formula.is_due, {days.format('formula.next_review')})"
    yield "days", f"if(formula.first_day, {days.format('formula.first_day')})"
    yield "progress", f"(({done}) * 100 / {len(study.stages)}).round()"


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
        yield f"    displayName: {quote_yaml(shown)}"


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
    yield f"    name: {quote_yaml(name)}"
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
    return f"note[{quote_text(name)}]"
