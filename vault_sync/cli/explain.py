"""``vault-sync explain``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option, now_option
from vault_sync.cli.streams import print_json
from vault_sync.printable import make_printable

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
        print_json(
            {
                "path": path,
                "left_alone": explained.left_alone,
                "problems": [problem.message for problem in explained.problems],
                "properties": [explanation._asdict() for explanation in explained.properties],
            },
            indent=2,
        )
        return 0
    shown = click.style(make_printable(path), bold=True)
    click.echo(f"{shown}  ({len(post.metadata)} properties)")
    for sentence in _list_sentences(explained):
        click.echo(sentence)
    for explanation in explained.properties:
        _print(explanation)
    return 0


def _list_sentences(explained: ExplainedNote) -> Iterator[str]:
    """Yield what there is to say of the note as a whole."""
    if explained.left_alone:
        yield f"It is left alone: {explained.left_alone}."
    elif not explained.properties and not explained.problems:
        yield "No rule set governs this note."
    yield from (make_printable(problem.message) for problem in explained.problems)


def _print(explanation: Explanation) -> None:
    def show(value: object) -> str:
        return make_printable(json.dumps(value, ensure_ascii=False))

    state = click.style(explanation.state, fg=_COLORS[explanation.state])
    name = click.style(make_printable(explanation.property), bold=True)
    rules = make_printable(explanation.rules)
    click.echo(f"\n{name}  {state}, {explanation.clock}, by {rules}")
    click.echo(f"  formula  {make_printable(explanation.formula)}")
    for source, value in explanation.inputs.items():
        click.echo(f"  reads    {make_printable(source)} = {show(value)}")
    click.echo(f"  on disk  {show(explanation.on_disk)}")
    problem = explanation.problem and make_printable(explanation.problem)
    click.echo(f"  value    {problem or show(explanation.value)}")
