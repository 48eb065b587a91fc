"""``vault-sync config``: check what the configuration says, and show what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.options import format_option
from vault_sync.cli.streams import print_json
from vault_sync.vault.walking import make_printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_sync.cli import Options
    from vault_sync.cli.effective import EffectiveFormula, EffectiveRules
    from vault_sync.workspace import Workspace

_UNSET: Final = {"timezone": "the computer's", "max-changes": "by the size of the vault"}


@click.group(name="config")
def config_command() -> None:
    """Check the configuration, or show the rules that come of it."""


@config_command.command(name="check")
@click.pass_obj
def check_command(options: Options, /) -> int:
    """Say whether the configuration can be used; if not, name every problem.

    \b
    Example:
      vault-sync config check
    """  # noqa: D301 - \b is a character that click knows
    workspace = _open(options)
    count = sum(len(rules.owned) for rules in workspace.rules)
    message = f"The configuration is fine: {_count(len(workspace.rules), 'rule set')}, {_count(count, 'derived property', 'derived properties')}."
    click.echo(message)
    return 0


@config_command.command(name="show")
@format_option
@click.pass_obj
def show_command(options: Options, /, format_: str) -> int:
    """Show all settings and rules as they count, the defaults and the profile included.

    \b
    Example:
      vault-sync config show
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.effective import describe_rules, describe_settings  # noqa: PLC0415 - for a quick start

    workspace = _open(options)
    settings = describe_settings(workspace.config)
    rules = [describe_rules(rules) for rules in workspace.rules]
    if format_ == "json":
        listed = [
            shown._asdict() | {"formulas": [formula._asdict() for formula in shown.formulas]}
            for shown in rules
        ]
        found = {"vault": workspace.vault.root, "settings": settings, "rules": listed}
        print_json(found, indent=2)
        return 0
    _print_settings(settings)
    for shown in rules:
        _print_rules(shown)
    return 0


def _open(options: Options) -> Workspace:
    from vault_sync.workspace import locate_vault, open_workspace  # noqa: PLC0415 - the same

    return open_workspace(locate_vault((), options.vault), options.config)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _print_settings(settings: Mapping[str, object]) -> None:
    """Print each setting on a line, as it would stand in the configuration."""
    for name, value in settings.items():
        click.echo(f"{name}: {_UNSET.get(name, 'not set') if value is None else _show(value)}")


def _print_rules(rules: EffectiveRules) -> None:
    """Print a rule set: which notes it governs, and its formulas."""
    name = click.style(make_printable(rules.name), bold=True)
    click.echo(f"\n{name}")
    click.echo(f"  notes    {make_printable(rules.filters or 'every note that has properties')}")
    where = f", where {make_printable(rules.add_if)}" if rules.add_if else ""
    click.echo(f"  missing  {rules.missing}{where}")
    for formula in rules.formulas:
        _print_formula(formula)


def _print_formula(formula: EffectiveFormula) -> None:
    name = click.style(make_printable(formula.name), bold=True)
    origin = f", {make_printable(formula.file)}:{formula.line}" if formula.file else ""
    click.echo(f"\n  {name}  {formula.mode}, {formula.clock}{origin}")
    click.echo(f"    formula  {make_printable(formula.formula.strip())}")
    if formula.reads:
        click.echo(f"    reads    {make_printable(', '.join(formula.reads))}")


def _show(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_show(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return make_printable(", ".join(map(str, value))) or "nothing"
    return make_printable(str(value))
