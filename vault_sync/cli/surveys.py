"""What a look at a vault found, told to a person."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.language import Language
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.setup.surveying import Survey

_SHOWN: Final = 8
_LONG: Final = 500
_DIFF_LINES: Final = 24


def watch_progress(paths: Sequence[str]) -> Iterator[str]:
    """Yield paths of notes, with a progress bar where they are many and somebody watches."""
    if len(paths) < _LONG or not sys.stderr.isatty():
        yield from paths
        return
    with click.progressbar(paths, label="Notes", file=sys.stderr) as watched:
        yield from watched


def tell_survey(survey: Survey, rules: Sequence[RuleSet], language: Language) -> None:
    """Print what a first refresh would do."""
    names = ", ".join(make_printable(one.name) for one in rules)
    click.echo(language.count("{n} note", "{n} notes", survey.notes))
    if not survey.governed:
        _tell_nothing(names, language)
        return
    told = language.count(
        "{n} of them is governed by {rules}.",
        "{n} of them are governed by {rules}.",
        survey.governed,
        rules=names,
    )
    click.echo(told)
    if survey.problems:
        told = language.count(
            "{n} has something that would be left alone; `vault-sync refresh --check` names it.",
            "{n} have something that would be left alone; `vault-sync refresh --check` names it.",
            survey.problems,
        )
        click.echo(told)
    _tell_changes(survey, language)


def _tell_nothing(names: str, language: Language) -> None:
    if names:
        click.echo(language.say("No note here is one that {rules} is about.", rules=names))
    click.echo(
        language.say(
            "For other notes, write formulas of your own below `rules:`, or let `vault-sync adopt` propose some from values that stand still."
        )
    )


def _tell_changes(survey: Survey, language: Language) -> None:
    if not survey.stale:
        click.echo(language.say("All of them are up to date."))
        return
    total = survey.properties.total()
    told = language.count(
        "A first refresh would write {n} note ({properties} properties):",
        "A first refresh would write {n} notes ({properties} properties):",
        survey.stale,
        properties=total,
    )
    click.echo(told)
    for name, count in survey.properties.most_common(_SHOWN):
        click.echo(f"  {count:>6}  {make_printable(name)}")
    rest = len(survey.properties) - _SHOWN
    if rest > 0:
        click.echo("          " + language.count("and {n} more", "and {n} more", rest))
    click.echo(language.say("For example:"))
    lines = survey.example.splitlines()
    for line in lines[:_DIFF_LINES]:
        click.echo(f"  {make_printable(line)}")
    if len(lines) > _DIFF_LINES:
        click.echo("  …")
