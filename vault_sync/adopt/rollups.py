"""Columns that add up what linked notes hold: the rollups of a database, in the shape of Obsidian's Importer."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.adopt.candidates import Candidate, compare_names, join_template
from vault_sync.adopt.formulas import Expr, Setting, run_formulas
from vault_sync.adopt.learn import round_half_up
from vault_sync.adopt.patterns import Content, Number, Template
from vault_sync.adopt.place_formulas import write_format
from vault_sync.adopt.thresholds import THRESHOLDS
from vault_sync.errors import EvaluationError
from vault_sync.formula.conversions import text_number, to_text
from vault_sync.formula.values import Link, Value, VaultView
from vault_sync.note.values import read_value
from vault_sync.plan.evaluation import Failure, Result
from vault_sync.rules.study import load_tick_words
from vault_sync.text import quote_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vault_sync.adopt.table import Column, Table
    from vault_sync.note.yaml_nodes import YamlSequence

    Compare = Callable[[Content, Result], bool]

MAX_RELATIONS: Final = 4
MAX_TARGETS: Final = 16
MAX_LOOKED_AT: Final = 40
MAX_WORDS: Final = 6
MAX_LINKS: Final = 200
_MAX_CANDIDATES: Final = 8
_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - no formula here reads the clock
_WHOLE: Final = 1e-6


class Rollup(NamedTuple):
    """One way to add up what linked notes hold.

    Attributes:
        formula: its text.
        target: the property of the linked notes; empty where only they are counted.
        cost: how complicated it is.
        is_share: it is a part of 1, which may be written as a percentage.
    """

    formula: str
    target: str = ""
    cost: int = 2
    is_share: bool = False


def find_relations(table: Table) -> dict[str, Column]:
    """Return the columns that hold links to other notes, those of most notes first."""
    found = [
        column for column in table.columns.values() if len(column.links) >= THRESHOLDS.least_notes
    ]
    ordered = sorted(found, key=lambda column: -len(column.links))
    return {column.name: column for column in ordered[:MAX_RELATIONS]}


def list_rollups(table: Table, setting: Setting) -> Iterator[tuple[Column, list[Candidate]]]:
    """Yield the columns that may be rollups, with the formulas that may be behind each.

    Args:
        table: the notes.
        setting: the settings of the vault, with its other notes.
    """
    relations = find_relations(table)
    if setting.vault is None or not relations:
        return
    rollups = [one for column in relations.values() for one in _list_all(column, table, setting)]
    rows = sorted(
        {
            row
            for column in relations.values()
            for row, count in column.links.items()
            if count <= MAX_LINKS
        }
    )
    chosen = dict.fromkeys(rows[:: 1 + len(rows) // MAX_LOOKED_AT], _DAY)
    run = dict(run_formulas(table, chosen, [one.formula for one in rollups], setting))
    for column in table.columns.values():
        if column.name not in relations and _is_varied(column):
            listed = _match(column, rollups, run)
            if listed:
                yield column, listed


def _is_varied(column: Column) -> bool:
    """Say whether a column holds enough to tell chance from a rule."""
    values = [*column.texts.values(), *map(_describe_list, column.lists.values())]
    different = len(set(values))
    least = THRESHOLDS.least_notes
    return len(values) >= least and (different > 2 or (different == 2 and len(values) >= 2 * least))


def _describe_list(node: YamlSequence) -> str:
    try:
        return to_text(read_value(node))
    except EvaluationError:
        return ""


# Every rollup that the linked notes allow.


def _list_all(relation: Column, table: Table, setting: Setting) -> Iterator[Rollup]:
    source = f"note[{quote_text(relation.name)}]"
    if relation.nodes:  # a link alone, or nothing, is no list
        source = f"list({source})"
    yield Rollup(f"{source}.length", cost=1)
    for target, values in _read_targets(relation, table, setting.vault).items():
        for formula, is_share in _list_formulas(source, target, values):
            yield Rollup(formula, target, 3 if is_share else 2, is_share)


def _read_targets(
    relation: Column, table: Table, vault: VaultView | None
) -> dict[str, list[Value]]:
    """Return what linked notes hold, by the names of their properties, the most usual first."""
    found: dict[str, list[Value]] = {}
    seen: set[str] = set()
    for row in relation.links:
        for path in _follow(relation, row, table, vault):
            if path not in seen and len(seen) < 10 * MAX_LOOKED_AT:
                seen.add(path)
                for name, value in _read_properties(path, vault).items():
                    found.setdefault(name, []).append(value)
    usual = sorted(found, key=lambda name: -len(found[name]))[:MAX_TARGETS]
    return {name: found[name] for name in usual if name.isprintable()}


def _follow(relation: Column, row: int, table: Table, vault: VaultView | None) -> Iterator[str]:
    node = relation.lists.get(row) or relation.nodes[row]
    value = read_value(node)
    for link in value if isinstance(value, list) else [value]:
        path = (
            vault.find(link.target, table.notes[row].path)
            if vault and isinstance(link, Link)
            else None
        )
        if path:
            yield path


def _read_properties(path: str, vault: VaultView | None) -> dict[str, Value]:
    try:
        found = vault.read_fact(path, "properties") if vault else None
    except EvaluationError:
        return {}
    return found if isinstance(found, dict) else {}


def _list_formulas(source: str, target: str, values: Iterable[Value]) -> Iterator[tuple[str, bool]]:
    """Yield formulas over one property of linked notes, and whether each is a share."""
    known = [value for value in values if value is not None and value != ""]
    own = f"value.asFile().properties[{quote_text(target)}]"
    every = f"{source}.map({own})"
    yield f"{every}.flat().unique().length", False
    kinds = Counter(map(_kind_of, known))
    kind = kinds.most_common(1)[0][0] if kinds else ""
    if kind == "number":
        for name in ("sum", "mean", "median", "min", "max"):
            yield f"{every}.flat().{name}()", name == "mean"
    elif kind == "date":
        dates = f"{every}.filter(value != null).map(date(value)).sort()"
        yield f"{dates}[0]", False
        yield f"{dates}[-1]", False
    else:
        yield f"{every}.flat()", False
        yield f"{every}.flat().unique()", False
        yield f'{every}.flat().join(", ")', False
        yield f'{every}.flat().unique().join(", ")', False
    for question in _list_questions(own, known, kind):
        counted = f"{source}.filter({question}).length"
        yield counted, False
        yield f"if({source}.length == 0, 0, {counted} / {source}.length)", True


def _kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "box"
    if isinstance(value, float):
        return "number"
    if isinstance(value, date):
        return "date"
    return "text" if isinstance(value, str) else "other"


def _list_questions(own: str, values: Iterable[Value], kind: str) -> Iterator[str]:
    """Yield what may be asked of a linked note: is its box ticked, is it in this state, has it a value."""
    if kind == "box":
        yield f"{own} == true"
        yield f"{own} != true"
        return
    words = Counter(value for value in values if isinstance(value, str))
    if kind == "text" and len(words) <= MAX_WORDS:
        for word in sorted(words, key=lambda one: load_tick_words().find(one) is not True):
            yield f"{own} == {quote_text(word)}"
    yield f"!{own}.isEmpty()"


# Which of them give what a column holds.


def _match(
    column: Column, rollups: Iterable[Rollup], run: Mapping[int, list[Result]]
) -> list[Candidate]:
    """Return the rollups that give most of what a column holds, as it is written there."""
    found: list[tuple[int, Candidate]] = []
    for number, rollup in enumerate(rollups):
        values = {row: results[number] for row, results in run.items()}
        for right, expr in _write_alike(column, rollup, values):
            if right >= THRESHOLDS.least_notes:
                likeness = compare_names(column.name, rollup.target)
                found.append((right, Candidate(expr.text, expr.cost, likeness)))
    found.sort(key=lambda pair: (-pair[0], pair[1].cost, -pair[1].likeness))
    unique = {one.formula: one for _, one in found}
    return [*unique.values()][:_MAX_CANDIDATES]


def _write_alike(
    column: Column, rollup: Rollup, values: Mapping[int, Result]
) -> Iterator[tuple[int, Expr]]:
    """Yield how many notes agree, and the formula in the way that the column is written."""
    plain = Expr(rollup.formula, cost=rollup.cost)
    yield _count_same(column, values), plain
    for template in column.templates:
        if len(template.words) == 2:
            yield from _fill(column, template, rollup, values)


def _count_same(column: Column, values: Mapping[int, Result]) -> int:
    """Return how many notes hold a value as it is."""
    lists = {row: _describe_list(node) for row, node in column.lists.items()}
    shown = {**lists, **column.texts}
    return sum(_is_same(shown[row], value) for row, value in values.items() if row in shown)


def _is_same(text: str, value: Result) -> bool:
    if isinstance(value, Failure):
        return False
    if isinstance(value, float):
        return text_number(text) == value
    try:
        return to_text(value) == text
    except EvaluationError:
        return False


def _fill(
    column: Column, template: Template, rollup: Rollup, values: Mapping[int, Result]
) -> Iterator[tuple[int, Expr]]:
    """Yield a rollup as the one number or date in texts that are alike."""
    contents = {row: places[0] for row, places in template.rows.items()}
    expr = Expr(rollup.formula, cost=rollup.cost)
    written = [*_write_numbers(expr, contents.values(), is_share=rollup.is_share)]
    if template.reading.spelling:
        written.append((write_format(expr, template.reading.spelling), _is_same_day))
    for one, is_same in written:
        rows = contents.keys() & values.keys()
        right = sum(is_same(contents[row], values[row]) for row in rows)
        yield right, join_template(template.words, [one], is_quoted=column.is_quoted)


def _is_same_day(content: Content, value: Result) -> bool:
    if not isinstance(content, datetime) or not isinstance(value, date):
        return False
    return content.date() == (value.date() if isinstance(value, datetime) else value)


def _write_numbers(
    expr: Expr, contents: Iterable[Content], *, is_share: bool
) -> Iterator[tuple[Expr, Compare]]:
    """Yield a number as it is rounded in texts, a share also as a percentage."""
    numbers = [one for one in contents if isinstance(one, Number)]
    decimals = max((number.decimals for number in numbers), default=0)
    digits = str(decimals) if decimals else ""
    for factor in (1, 100) if is_share else (1,):
        text = expr.text if factor == 1 else f"({expr.text} * {factor})"
        written = Expr(f"{text}.round({digits})", cost=expr.cost + factor // 100 + 1)
        yield written, partial(_is_same_number, factor, decimals)


def _is_same_number(factor: int, decimals: int, content: Content, value: Result) -> bool:
    if not isinstance(content, Number) or not isinstance(value, float):
        return False
    return abs(round_half_up(value * factor, decimals) - content.value) < _WHOLE
