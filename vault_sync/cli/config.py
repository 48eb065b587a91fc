"""``vault-sync config``: check what the configuration says, and show what comes of it."""

from __future__ import annotations

import re
from datetime import time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from vault_sync.cli.language import (
    CLOCKS,
    TranslatedGroup,
    command,
    count,
    echo,
    pad,
    say,
    translate,
)
from vault_sync.cli.options import Options, format_option
from vault_sync.cli.streams import print_json
from vault_sync.i18n import mark_message
from vault_sync.rules.config import NO_ALARM, NO_PROFILE, CalendarSettings, Config, ReportSettings
from vault_sync.rules.sources import Connective, FilterSource, SourceText, StudySettings
from vault_sync.text import make_printable, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_sync.rules.ruleset import NamedFormula, RuleSet


_MODES: Final = {
    "derive": mark_message("derive"),
    "fill": mark_message("fill"),
    "keep": mark_message("keep"),
    "helper": mark_message("helper"),
}
_MISSING: Final = {"add": mark_message("add"), "skip": mark_message("skip")}
_UNSET: Final = {"timezone": "the computer's", "max-changes": "by the size of the vault"}


@click.group(cls=TranslatedGroup, name="config")
def config_command() -> None:
    """Validate the configuration or show the effective rules."""


@command("check", "Say whether the configuration can be used.", group=config_command)
def check_command(options: Options, /) -> int:
    """Say whether the configuration can be used; if not, name every problem.

    \b
    Example:
      vault-sync config check
    """  # noqa: D301 - \b is a character that click knows
    workspace = options.open_workspace()
    owned = sum(len(rules.owned) for rules in workspace.rules)
    message = say(
        "The configuration is fine: {rules}, {properties}.",
        rules=count("{n} rule set", "{n} rule sets", len(workspace.rules)),
        properties=count("{n} derived property", "{n} derived properties", owned),
    )
    echo(message)
    reaching = [name for rules in workspace.rules for name in _list_reaching(rules)]
    if reaching:
        echo(make_printable(f"These read other notes: {', '.join(reaching)}."))
    return 0


def _list_reaching(rules: RuleSet) -> Iterator[str]:
    """Yield what of a rule set may read other notes, by its names."""
    if rules.admits and any(formula.reads_others for formula in rules.admits.formulas):
        yield f"the filter of `{rules.name}`"
    yield from (f"`{entry.name}`" for entry in rules.formulas if entry.formula.reads_others)


@command("show", "Show all settings and rules as they count.", group=config_command)
@format_option
def show_command(options: Options, /, format_: str) -> int:
    """Show all settings and rules as they count, the defaults and the profile included.

    \b
    Example:
      vault-sync config show
    """  # noqa: D301 - \b is a character that click knows
    workspace = options.open_workspace()
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


def _print_settings(settings: Mapping[str, object]) -> None:
    """Print each setting on a line, as it would stand in the configuration."""
    for name, value in settings.items():
        unset = translate(_UNSET.get(name, "not set"))
        click.echo(f"{name}: {unset if value is None else _show(value)}")


def _print_rules(rules: EffectiveRules) -> None:
    """Print a rule set: which notes it governs, and its formulas."""
    name = click.style(make_printable(rules.name), bold=True)
    echo(f"\n{name}")
    admitted = (
        make_printable(rules.filters) if rules.filters else say("every note that has properties")
    )
    click.echo(f"  {pad(say('notes'), 9)}{admitted}")
    where = say(", where {formula}", formula=make_printable(rules.add_if)) if rules.add_if else ""
    click.echo(f"  {pad(say('missing'), 9)}{say(_MISSING[rules.missing])}{where}")
    for formula in rules.formulas:
        _print_formula(formula)


def _print_formula(formula: EffectiveFormula) -> None:
    name = click.style(make_printable(formula.name), bold=True)
    origin = f", {make_printable(formula.file)}:{formula.line}" if formula.file else ""
    mode, clock = say(_MODES[formula.mode]), say(CLOCKS[formula.clock])
    click.echo(f"\n  {name}  {mode}, {clock}{origin}")
    click.echo(f"    {pad(say('formula'), 9)}{make_printable(formula.formula.strip())}")
    if formula.reads_others:
        click.echo(f"    {say('looks at other notes')}")
    if formula.reads:
        click.echo(f"    {pad(say('reads'), 9)}{make_printable(', '.join(formula.reads))}")


def _show(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_show(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return make_printable(", ".join(map(str, value))) or say("nothing")
    return make_printable(str(value))


# What a configuration comes to: every setting and rule that counts, ready to be shown. Pure.

_DESCRIBED_ELSEWHERE: Final = frozenset(
    {"profile", "review_status", "is_adding", "study", "overrides", "rules"}
)
"""Fields of the configuration that stand below the profile's name, or among the rule sets."""
_PLAIN: Final = re.compile(r"!?[\w.]+(\([^()]*\))?")


class EffectiveFormula(NamedTuple):
    """A formula of a rule set.

    Attributes:
        name: of the property or helper.
        mode: ``derive``, ``fill``, ``keep``, or ``helper`` where no note ever holds the value.
        clock: ``stable``, ``daily`` or ``instant``, through the formulas it reads as well.
        formula: its text.
        reads: properties as ``note.x``, formulas as ``formula.x``, facts of the file as ``file.x``,
            properties of other notes as ``other.x``.
        reads_others: it may look at other notes.
        file: the base or profile it comes from; None for the configuration.
        line: where it stands there.
    """

    name: str
    mode: str
    clock: str
    formula: str
    reads: tuple[str, ...]
    reads_others: bool
    file: str | None
    line: int


class EffectiveRules(NamedTuple):
    """A rule set.

    Attributes:
        name: its name.
        filters: as one expression; None for every note that has properties.
        missing: ``add`` or ``skip``.
        add_if: missing properties are added only where this holds; None for everywhere.
        formulas: in the order of the rule set, the helpers first.
    """

    name: str
    filters: str | None
    missing: str
    add_if: str | None
    formulas: tuple[EffectiveFormula, ...]


def describe_settings(config: Config) -> dict[str, object]:
    """Return every setting by name, as it counts; None for what is decided elsewhere."""
    from vault_sync.vault.workspace import list_daily

    settings: dict[str, object] = {"profile": config.profile}
    if config.profile != NO_PROFILE:
        settings[config.profile] = {
            "review-status": config.review_status.value,
            "missing": "add" if config.is_adding else "skip",
            **_describe_study(config.study),
        }
    counts = config._replace(locale=config.language)._asdict()
    settings |= {
        name.replace("_", "-"): _describe_value(value)
        for name, value in counts.items()
        if name not in _DESCRIBED_ELSEWHERE
    }
    settings["daily-values"] = list_daily(config.daily_values)
    return settings


def _describe_value(value: object) -> object:
    """Return the value of a setting as a configuration would have it."""
    if isinstance(value, CalendarSettings):
        alarm = NO_ALARM if value.alarm is None else value.alarm
        chosen = value._asdict() | {"alarm": alarm}
        return {name: _describe_value(one) for name, one in chosen.items() if one is not None}
    if isinstance(value, ReportSettings):
        value = value._asdict() if value.file else None
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return [_describe_value(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, bool | int | str | dict) else str(value)


def _describe_study(study: StudySettings) -> dict[str, object]:
    """Return the stages and names that are chosen; what is not is the profile's own."""
    chosen: dict[str, object] = {}
    if study.stages is not None:
        boxes = {str(stage.days): stage.box.text for stage in study.stages if stage.box}
        chosen["stages"] = boxes or [stage.days for stage in study.stages]
    if study.counted is not None:
        chosen["counted"] = [stage.days for stage in study.counted]
    if study.names:
        chosen["names"] = {old.text: new.text for old, new in study.names}
    return chosen


def describe_rules(rules: RuleSet) -> EffectiveRules:
    """Return a rule set as it counts."""
    source = rules.source
    texts = {to_nfc(name): text for name, text in (*source.helpers, *source.formulas)}
    derived = frozenset(to_nfc(name) for name, _ in source.formulas)
    entries = {entry.name: entry for entry in rules.formulas}
    return EffectiveRules(
        rules.name,
        render_filter(source.filters) if source.filters else None,
        "add" if rules.is_adding else "skip",
        source.add_if.text if source.add_if else None,
        tuple(
            _describe(entries[name], text, is_helper=name not in derived)
            for name, text in texts.items()
        ),
    )


def _describe(entry: NamedFormula, text: SourceText, *, is_helper: bool) -> EffectiveFormula:
    formula = entry.formula
    reads = (
        *(f"note.{name}" for name in sorted(formula.properties)),
        *(["note.*"] if formula.reads_all_properties else []),
        *(f"formula.{name}" for name in sorted(formula.formulas)),
        *(f"file.{name}" for name in sorted(formula.file_fields)),
        *(f"other.{name}" for name in sorted(formula.other_properties or ())),
        *(["other.*"] if formula.other_properties is None else []),
    )
    return EffectiveFormula(
        entry.name,
        "helper" if is_helper else entry.mode.value,
        entry.clock.name.lower(),
        text.text,
        reads,
        formula.reads_others,
        text.file,
        text.line,
    )


def render_filter(source: FilterSource) -> str:
    """Return a filter as one expression, as it would be written in one line."""
    if isinstance(source, SourceText):
        return source.text.strip()
    parts = [_enclose(part, len(source.filters)) for part in source.filters]
    if source.connective is Connective.AND:
        return " && ".join(parts) or "true"
    joined = " || ".join(parts) or "false"
    return joined if source.connective is Connective.OR else f"!({joined})"


def _enclose(part: FilterSource, count: int) -> str:
    text = render_filter(part)
    return text if count == 1 or _PLAIN.fullmatch(text) else f"({text})"
