"""``vault-sync eval``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.options import format_option, now_option
from vault_sync.cli.streams import complain, print_json
from vault_sync.errors import EvaluationError, FormulaError, FormulaSyntaxError
from vault_sync.printable import make_printable

if TYPE_CHECKING:
    from vault_sync.cli import Options
    from vault_sync.formula.values import Value

_BEFORE: Final = 50
_BEHIND: Final = 30


@click.command(name="eval")
@click.argument("expression", metavar="EXPR")
@click.argument(
    "note", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@now_option
@click.option("--locale", metavar="LANGUAGE", help="The language of names in dates: en or ko.")
@format_option
@click.pass_obj
def eval_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    expression: str,
    note: Path | None,
    *,
    now: str | None,
    locale: str | None,
    format_: str,
) -> int:
    """Print the value of one formula, for a note or for none.

    EXPR is a formula of Obsidian Bases, or of Notion. With a NOTE it sees the note's properties, the
    derived ones with their new values. Nothing is written.

    \b
    Examples:
      vault-sync eval '(today() - date("2024-07-07")).days'
      vault-sync eval 'dateAdd(prop("start"), 4, "days")' "Notes/Pods.md"
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.evaluating import evaluate  # noqa: PLC0415 - for a quick start

    try:
        _print(evaluate(options, expression, note, now, locale), format_)
    except (FormulaSyntaxError, EvaluationError) as error:
        if format_ == "json":
            print_json({"type": "error", "value": str(error)})
        complain(_tell(expression, error))
        return error.exit_code
    return 0


def _print(value: Value, format_: str) -> None:
    from vault_sync.formula.conversions import kind_of  # noqa: PLC0415 - for a quick start
    from vault_sync.formula.plain import to_plain, to_shown  # noqa: PLC0415 - the same

    if format_ == "json":
        print_json({"type": kind_of(value), "value": to_plain(value)})
    else:
        click.echo("\n".join(map(make_printable, to_shown(value).split("\n"))))


def _tell(expression: str, error: FormulaError) -> str:
    sentence = f"vault-sync: {error}"
    if isinstance(error, FormulaSyntaxError):
        return f"{sentence}\n{point_at(expression, error.column, error.length)}"
    return sentence


def point_at(source: str, column: int, length: int) -> str:
    """Return the line of a formula with a mistake, and a line of carets below the mistake.

    Args:
        source: the formula.
        column: where the mistake is, counted from 1.
        length: how many characters it spans.
    """
    place = column - 1
    line_start = source.rfind("\n", 0, place) + 1
    start = max(line_start, place - _BEFORE)
    shown = source[start : place + length + _BEHIND].partition("\n")[0]
    before = place - start
    carets = "^" * max(1, _width(shown[before : before + length]))
    printable = "".join(one if one.isprintable() or _is_joiner(one) else " " for one in shown)
    return f"  {printable}\n  {' ' * _width(shown[:before])}{carets}"


def _is_joiner(character: str) -> bool:
    return character in "\u200c\u200d"


def _width(text: str) -> int:
    """Return how many cells of a terminal a text fills; letters of Korean and emoji fill two."""
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - for a quick start

    return sum(
        0
        if category(one) in {"Mn", "Me"} or _is_joiner(one)
        else 1 + (east_asian_width(one) in {"W", "F"})
        for one in text
    )
