"""``vault-sync explain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option, now_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.cli import Options
    from vault_sync.plan.explain import ExplainedNote, Explanation

_COLORS = {
    "true": "green",
    "stale": "red",
    "missing": "yellow",
    "absent": "white",
    "kept": "white",
    "later": "white",
    "failed": "red",
}


@click.command(name="explain", short_help="Show why a note's derived properties are what they are.")
@click.argument("note", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@now_option
@format_option
@click.pass_obj
def explain_command(options: Options, /, note: Path, now: str | None, format_: str) -> int:
    """Show for each derived property of a note its formula, its inputs and its value.

    \b
    Example:
      vault-sync explain "Notes/Pods.md"
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.reading import run_explain  # noqa: PLC0415 - for a quick start

    path, post, explained = run_explain(options, note, now)
    if format_ == "json":
        found: dict[str, object] = {
            "path": path,
            "left_alone": explained.left_alone,
            "problems": [problem.message for problem in explained.problems],
            "properties": [explanation._asdict() for explanation in explained.properties],
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    click.echo(click.style(path, bold=True) + f"  ({len(post.metadata)} properties)")
    for sentence in _list_sentences(explained):
        click.echo(sentence)
    for explanation in explained.properties:
        _print(explanation)
    return 0


def _list_sentences(explained: ExplainedNote) -> Iterator[str]:
    """Yield what there is to say of the note as a whole."""
    from vault_sync.vault.walking import make_printable  # noqa: PLC0415 - for a quick start

    if explained.left_alone:
        yield f"It is left alone: {explained.left_alone}."
    elif not explained.properties and not explained.problems:
        yield "No rule set governs this note."
    yield from (make_printable(problem.message) for problem in explained.problems)


def _print(explanation: Explanation) -> None:
    from vault_sync.vault.walking import make_printable  # noqa: PLC0415 - for a quick start

    def show(value: object) -> str:
        return make_printable(json.dumps(value, ensure_ascii=False))

    state = click.style(explanation.state, fg=_COLORS[explanation.state])
    name = click.style(make_printable(explanation.property), bold=True)
    click.echo(f"\n{name}  {state}, {explanation.clock}, by {explanation.rules}")
    click.echo(f"  formula  {make_printable(explanation.formula)}")
    for source, value in explanation.inputs.items():
        click.echo(f"  reads    {make_printable(source)} = {show(value)}")
    click.echo(f"  on disk  {show(explanation.on_disk)}")
    click.echo(f"  value    {explanation.problem or show(explanation.value)}")
