"""``vault-sync init``: look at the vault, tell, ask, write two files, offer the rest."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from vault_sync.cli.language import command, echo, translate
from vault_sync.cli.options import Options, dry_run_option, spell_program, vault_argument
from vault_sync.cli.output import print_unread
from vault_sync.cli.streams import create_asked_file
from vault_sync.errors import NoteError
from vault_sync.files.folder import VaultFolder
from vault_sync.i18n import Language, choose_language
from vault_sync.rules.config import NO_PROFILE, STUDY_PROFILE, Config
from vault_sync.text import make_printable
from vault_sync.vault.obsidian import CONFIG_NAME, load_plugins
from vault_sync.vault.vault import Selection, find_vault, find_work_tree, select_notes
from vault_sync.vault.workspace import Workspace, find_device_name, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.rules.study import StudyNames
    from vault_sync.setup.survey import Survey


@command("init", "Set a vault up: look at it, write a configuration and a base.")
@vault_argument
@click.option(
    "-y", "--yes", is_flag=True, help="Ask nothing: write the configuration and the base."
)
@click.option(
    "--profile",
    type=click.Choice(["study-ko", "none"]),
    help="The built-in rules.  [default: study-ko where the vault has study notes]",
)
@click.option("--no-base", is_flag=True, help="Do not write the base with your reviews.")
@click.option("--hook", is_flag=True, help="Install the git hook, too.")
@click.option("--service", is_flag=True, help="Install the service, too.")
@dry_run_option
def init_command(options: Options, /, **chosen: Any) -> int:
    """Preview the first refresh of a VAULT and create a starter configuration.

    That is a commented .vault-sync.yaml and, for study notes, 복습.base: a base for Obsidian that
    shows your reviews. You are asked before each; nothing that exists is overwritten, and no note
    is touched. Where nobody can be asked, nothing is written without --yes.

    \b
    Examples:
      vault-sync init Notes
      vault-sync init Notes --dry-run
      vault-sync init Notes --yes --service
    """  # noqa: D301 - \b is a character that click knows
    request = InitRequest(**chosen)
    here = Path.cwd()
    root = (request.vault or options.vault or find_vault(here) or here).absolute()
    workspace = open_workspace(root, options.config)
    language = choose_language(workspace.config.locale, os.environ)
    setup = _Setup(root, workspace, language, request)
    setup.tell_place()
    survey = setup.survey()
    tell_survey(survey, setup.rules, setup.study, language)
    setup.tell_raw_export(survey)
    setup.write_configuration(survey)
    if survey.governed and not request.no_base:
        setup.write_base()
    code = setup.offer_more(options, is_of_use=bool(survey.governed))
    following = "refresh --diff" if survey.governed else "adopt"
    echo(language.say("Next: {command}", command=setup.command(following)))
    unread = print_unread(setup.selection.skipped, "refresh --check", language)
    return max(code, unread, NoteError.exit_code if survey.problems else 0)


BASE_NAME: Final = "복습.base"


class InitRequest(NamedTuple):
    """What the user asked of ``init``, option by option."""

    vault: Path | None
    yes: bool
    profile: str | None
    no_base: bool
    hook: bool
    service: bool
    dry_run: bool


@dataclass(frozen=True)
class _Setup:
    """One vault being set up."""

    root: Path
    workspace: Workspace
    language: Language
    request: InitRequest

    @cached_property
    def selection(self) -> Selection:
        """The notes of the vault."""
        return select_notes(self.workspace.vault, ())

    def tell_place(self) -> None:
        """Say which folder is meant, and whether it lies within another vault."""
        echo(self.language.say("The vault {folder}", folder=make_printable(str(self.root))))
        outer = find_vault(self.root.parent)
        if outer and not self._is_configured and find_vault(self.root) != self.root:
            told = self.language.say(
                "It lies within the vault {outer}. With a configuration it becomes a vault of its own.",
                outer=make_printable(str(outer)),
            )
            echo(told, err=True)

    @property
    def _is_configured(self) -> bool:
        return os.path.lexists(self.root / CONFIG_NAME)

    @cached_property
    def rules(self) -> Sequence[RuleSet]:
        """The rule sets of the vault, or those it would have."""
        from vault_sync.vault.rulesets import load_rules

        if self._is_configured or self.request.profile is None:
            return self.workspace.rules
        return load_rules(Config(profile=self.request.profile), str(self.root), [])

    @property
    def study(self) -> StudyNames | None:
        """What the rules call the properties of study notes; None where there are no such rules."""
        return next((one.study for one in self.rules if one.study), None)

    def survey(self) -> Survey:
        """Return what a first refresh would do."""
        from vault_sync.engine.refresh import RefreshPlanner, look_around
        from vault_sync.setup.survey import survey_notes

        of_day = self.workspace.conditions(self.workspace.moment(None))
        notes = self.selection.notes
        with VaultFolder(self.workspace.vault.root) as folder:
            conditions = look_around(of_day, self.rules, self.workspace.vault, folder)
            planner = RefreshPlanner(folder, self.rules, conditions)
            return survey_notes(planner, watch_progress(notes))

    def tell_raw_export(self, survey: Survey) -> None:
        """Say where notes came out of Notion and were not imported, and how they are."""
        from vault_sync.adopt.table import find_raw_export

        if survey.governed * 2 > survey.notes:
            return
        with VaultFolder(self.workspace.vault.root) as folder:
            export = find_raw_export(folder, self.selection.notes)
        if export:
            echo(export.describe(self.language))

    def write_configuration(self, survey: Survey) -> None:
        """Write the commented configuration where there is none and the user wants it."""
        from vault_sync.setup.survey import (
            SCHEMA_NAME,
            guess_timezone,
            read_schema,
            render_configuration,
        )

        if self._is_configured:
            self._tell_existing(CONFIG_NAME)
            return
        profile = self.request.profile or (STUDY_PROFILE if survey.governed else NO_PROFILE)
        zone = guess_timezone()
        locale = self.language.locale
        told = self.language.say(
            "{file}: profile {profile}, time zone {zone}, language {locale}",
            file=CONFIG_NAME,
            profile=profile,
            zone=zone or self.language.say("the computer's"),
            locale=locale,
        )
        echo(told)
        device = self._propose_device()
        rules = self._offer_subject_pages() if survey.governed else ()
        text = render_configuration(profile, zone, locale, device, rules)
        if self._write(CONFIG_NAME, text) and not os.path.lexists(self.root / SCHEMA_NAME):
            self._write(SCHEMA_NAME, read_schema(), is_asking=False)

    def _propose_device(self) -> str | None:
        """Return this device as the one that writes daily values, where a sync service carries the vault."""
        from vault_sync.doctor.facts import find_markers, find_services

        vault = self.workspace.vault
        plugins = load_plugins(vault.root, vault.config_folders)
        services = find_services(vault.root, find_markers(vault.root), plugins)
        if not services:
            return None
        device = find_device_name()
        told = self.language.say(
            "{services} seems to carry this vault, so one device is to write the values of each new day: `daily-values: [{device}]`. Name the device that runs most, or `all`.",
            services=", ".join(services),
            device=device,
        )
        echo(told)
        return device

    def _offer_subject_pages(self) -> Sequence[str]:
        """Say where notes link to pages of their subjects, and return rules for these."""
        from vault_sync.setup.survey import find_subject_pages, render_subject_rules

        study = self.study
        with VaultFolder(self.workspace.vault.root) as folder:
            pages = study and find_subject_pages(folder, self.selection.notes, study)
        if not study or not pages:
            return ()
        told = self.language.count(
            "Your notes link to the page of {n} subject. Rules that let it tell how its notes stand are in the configuration, as comments.",
            "Your notes link to the pages of {n} subjects. Rules that let these tell how their notes stand are in the configuration, as comments.",
            len(pages.paths),
        )
        echo(told)
        comment = self.language.say(
            "Below `rules:`: what the page of each subject tells of its notes."
        )
        return (f" {comment}", "rules:", *render_subject_rules(pages, study, self.language))

    def write_base(self) -> None:
        """Write the base where notes are studied, there is none and the user wants it."""
        from vault_sync.setup.base_file import BaseScope, render_dashboard

        rules = next((one for one in self.rules if one.study), None)
        if rules is None or rules.study is None:
            return
        if os.path.lexists(self.root / BASE_NAME):
            self._tell_existing(BASE_NAME)
            return
        told = self.language.say(
            "{file}: your reviews as a base in Obsidian (due today, this week, by subject, all notes)",
            file=BASE_NAME,
        )
        echo(told)
        workspace = self.workspace
        scope = BaseScope(
            rules.source.filters, workspace.vault.rules, workspace.config.day_starts_at
        )
        self._write(BASE_NAME, render_dashboard(rules.study, self.language, scope))

    def offer_more(self, options: Options, *, is_of_use: bool) -> int:
        """Install hook and service where they were asked for; else say how that is done.

        Args:
            options: those before the command.
            is_of_use: there is a note that they would refresh.
        """
        from vault_sync.cli.hook import install as install_hook
        from vault_sync.cli.service import install as install_service

        code = 0
        if self.request.hook and not self.request.dry_run:
            at_root = options._replace(vault=self.root)
            code = install_hook(at_root, is_stable=False, is_strict=False)
        elif is_of_use and find_work_tree(self.root):
            told = self.language.say("Refresh what you commit to git:")
            echo(f"{told} {self.command('hook install')}")
        if self.request.service and not self.request.dry_run:
            code = max(code, install_service(options, self.root, ()))
        elif is_of_use:
            told = self.language.say("Keep the vault up to date automatically:")
            echo(f"{told} {self.command('service install')}")
        return code

    def command(self, words: str) -> str:
        """Return a command for this vault as it can be typed where the user is."""
        return f"{spell_program(self.root)} {words}"

    def _tell_existing(self, name: str) -> None:
        told = self.language.say("{file} is there already, so it stays as it is.", file=name)
        echo(told)

    def _write(self, name: str, text: str, *, is_asking: bool = True) -> bool:
        """Write a file if the user wants it, and say whether it was written."""
        if self.request.dry_run:
            echo(self.language.say("{file} would be written.", file=name))
        elif not is_asking or self._is_wanted(name):
            create_asked_file(self.root / name, text, str(self.root), self.language)
            echo(self.language.say("{file} is written.", file=name))
            return True
        else:
            echo(self.language.say("{file} is not written.", file=name))
        return False

    def _is_wanted(self, name: str) -> bool:
        if self.request.yes:
            return True
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            told = self.language.say("Nobody can be asked here; --yes writes it.")
            echo(told, err=True)
            return False
        return click.confirm(self.language.say("Write {file}?", file=name), default=True)


# What a look at a vault found, told to a person.

_SHOWN: Final = 8
_LONG: Final = 500
_DIFF_LINES: Final = 24


def watch_progress(paths: Sequence[str]) -> Iterator[str]:
    """Yield paths of notes, with a progress bar where they are many and somebody watches."""
    if len(paths) < _LONG or not sys.stderr.isatty():
        yield from paths
        return
    with click.progressbar(
        paths, label=translate("Going through the notes"), file=sys.stderr
    ) as watched:
        yield from watched


def tell_survey(
    survey: Survey, rules: Sequence[RuleSet], study: StudyNames | None, language: Language
) -> None:
    """Print what a first refresh would do."""
    names = ", ".join(make_printable(one.name) for one in rules)
    echo(language.count("{n} note", "{n} notes", survey.notes))
    if not survey.governed:
        _tell_nothing(names, study, language)
        return
    told = language.count(
        "{n} of them is governed by {rules}.",
        "{n} of them are governed by {rules}.",
        survey.governed,
        rules=names,
    )
    echo(told)
    if survey.problems:
        told = language.count(
            "{n} note has problems and would be left alone, as a whole or in part; `vault-sync refresh --check` lists them:",
            "{n} notes have problems and would be left alone, as a whole or in part; `vault-sync refresh --check` lists them:",
            survey.problems,
        )
        echo(told)
        for path, problem in survey.first_problems:
            echo(f"  {make_printable(problem.located(path))}")
        rest = survey.problems - len({path for path, _ in survey.first_problems})
        if rest > 0:
            echo("  " + language.count("and {n} more", "and {n} more", rest))
    _tell_changes(survey, language)


def _tell_nothing(names: str, study: StudyNames | None, language: Language) -> None:
    if names:
        echo(language.say("No note here matches {rules}.", rules=names))
    if study:
        told = language.say(
            "Study notes are known by one of these properties: {names}.",
            names=", ".join((study.first_day, *study.boxes)),
        )
        echo(told)
    echo(
        language.say(
            "For other notes, write formulas of your own below `rules:`, or let `vault-sync adopt` propose some from values that stand still."
        )
    )


def _tell_changes(survey: Survey, language: Language) -> None:
    if not survey.stale:
        echo(language.say("All of them are up to date."))
        return
    total = survey.properties.total()
    told = language.count(
        "A first refresh would write {n} note ({properties} properties):",
        "A first refresh would write {n} notes ({properties} properties):",
        survey.stale,
        properties=total,
    )
    echo(told)
    for name, count in survey.properties.most_common(_SHOWN):
        echo(f"  {count:>6}  {make_printable(name)}")
    rest = len(survey.properties) - _SHOWN
    if rest > 0:
        echo("          " + language.count("and {n} more", "and {n} more", rest))
    echo(language.say("For example:"))
    lines = survey.example.splitlines()
    for line in lines[:_DIFF_LINES]:
        echo(f"  {make_printable(line)}")
    if len(lines) > _DIFF_LINES:
        echo("  …")
