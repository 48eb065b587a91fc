"""The run behind ``init``: look at the vault, tell, ask, write two files, offer the rest."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vault_sync.cli.asking import create_asked_file
from vault_sync.cli.surveys import tell_survey, watch_progress
from vault_sync.config import NO_PROFILE, STUDY_PROFILE, Config
from vault_sync.files.folder import VaultFolder
from vault_sync.language import choose_language
from vault_sync.planning import RefreshPlanner
from vault_sync.selection import select_notes
from vault_sync.setup.configuring import render_configuration
from vault_sync.setup.dashboard import render_dashboard
from vault_sync.setup.guessing import guess_timezone
from vault_sync.setup.surveying import Survey, survey_notes
from vault_sync.vault.rulesets import load_rules
from vault_sync.vault.settings import CONFIG_NAME
from vault_sync.vault.vault import find_vault
from vault_sync.vault.walking import make_printable
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_sync.cli import Options
    from vault_sync.language import Language
    from vault_sync.rules.ruleset import RuleSet
    from vault_sync.rules.study import StudyNames
    from vault_sync.workspace import Workspace

BASE_NAME: Final = "복습.base"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRequest:
    """What the user asked of ``init``, option by option."""

    vault: Path | None
    profile: str | None
    is_sure: bool
    is_dry: bool
    with_base: bool
    with_hook: bool
    with_service: bool


def run_init(options: Options, request: InitRequest) -> int:
    """Set a vault up and return the exit code."""
    root = (request.vault or locate_vault((), options.vault)).absolute()
    workspace = open_workspace(root, options.config)
    language = choose_language(workspace.config.locale, os.environ)
    setup = _Setup(root, workspace, language, request)
    setup.tell_place()
    rules = setup.find_rules()
    survey = setup.survey(rules)
    tell_survey(survey, rules, language)
    setup.write_configuration(survey)
    study = next((one.study for one in rules if one.study), None)
    if study and survey.governed and request.with_base:
        setup.write_base(study)
    code = setup.offer_more(options)
    click.echo(language.say("Next: {command}", command=setup.command("refresh --diff")))
    return code


@dataclass(frozen=True, slots=True)
class _Setup:
    """One vault being set up."""

    root: Path
    workspace: Workspace
    language: Language
    request: InitRequest

    def tell_place(self) -> None:
        """Say which folder is meant, and whether it lies within another vault."""
        shown = make_printable(str(self.root))
        click.echo(self.language.say("The vault {folder}", folder=shown))
        outer = find_vault(self.root.parent)
        if outer and not self._is_configured and find_vault(self.root) != self.root:
            told = self.language.say(
                "It lies within the vault {outer}. With a configuration it becomes a vault of its own.",
                outer=make_printable(str(outer)),
            )
            click.echo(told, err=True)

    @property
    def _is_configured(self) -> bool:
        return os.path.lexists(self.root / CONFIG_NAME)

    def find_rules(self) -> Sequence[RuleSet]:
        """Return the rule sets of the vault, or those it would have."""
        if self._is_configured or self.request.profile is None:
            return self.workspace.rules
        return load_rules(Config(profile=self.request.profile), str(self.root), [])

    def survey(self, rules: Sequence[RuleSet]) -> Survey:
        """Return what a first refresh would do."""
        conditions = self.workspace.conditions(self.workspace.moment(None))
        paths = select_notes(self.workspace.vault, ()).notes
        with VaultFolder(self.workspace.vault.root) as folder:
            return survey_notes(RefreshPlanner(folder, rules, conditions), watch_progress(paths))

    def write_configuration(self, survey: Survey) -> None:
        """Write the commented configuration where there is none and the user wants it."""
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
        click.echo(told)
        self._write(CONFIG_NAME, render_configuration(profile, zone, locale))

    def write_base(self, study: StudyNames) -> None:
        """Write the base where there is none and the user wants it."""
        if os.path.lexists(self.root / BASE_NAME):
            self._tell_existing(BASE_NAME)
            return
        told = self.language.say(
            "{file}: your reviews as a base in Obsidian (due today, this week, by subject, all notes)",
            file=BASE_NAME,
        )
        click.echo(told)
        self._write(BASE_NAME, render_dashboard(study, self.language))

    def offer_more(self, options: Options) -> int:
        """Install hook and service where they were asked for; else say how that is done."""
        code = 0
        if self.request.with_hook and not self.request.is_dry:
            code = max(code, _install_hook(options, self.root))
        elif find_repository_above(self.root):
            told = self.language.say("Refresh what you commit to git:")
            click.echo(f"{told} {self.command('hook install')}")
        if self.request.with_service and not self.request.is_dry:
            code = max(code, _install_service(options, self.root))
        else:
            told = self.language.say("Keep the vault fresh by itself:")
            click.echo(f"{told} {self.command('service install')}")
        return code

    def command(self, words: str) -> str:
        """Return a command for this vault as it can be typed where the user is."""
        if find_vault(Path.cwd()) == self.root:
            return f"vault-sync {words}"
        here = Path.cwd()
        is_below = self.root.is_relative_to(here) and self.root != here
        shown = str(self.root.relative_to(here)) if is_below else str(self.root)
        return f"vault-sync --vault {shlex.quote(make_printable(shown))} {words}"

    def _tell_existing(self, name: str) -> None:
        told = self.language.say("{file} is there already, so it stays as it is.", file=name)
        click.echo(told)

    def _write(self, name: str, text: str) -> None:
        if self.request.is_dry:
            click.echo(self.language.say("{file} would be written.", file=name))
        elif self._is_wanted(name):
            create_asked_file(self.root / name, text, str(self.root), self.language)
            click.echo(self.language.say("{file} is written.", file=name))
        else:
            click.echo(self.language.say("{file} is not written.", file=name))

    def _is_wanted(self, name: str) -> bool:
        if self.request.is_sure:
            return True
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            told = self.language.say("Nobody can be asked here; --yes writes it.")
            click.echo(told, err=True)
            return False
        return click.confirm(self.language.say("Write {file}?", file=name), default=True)


def find_repository_above(folder: Path) -> bool:
    """Say whether a folder lies in a git repository, by the look of it."""
    return any(os.path.lexists(one / ".git") for one in (folder, *folder.parents))


def _install_hook(options: Options, root: Path) -> int:

    from vault_sync.cli.hooking import install  # noqa: PLC0415 - the same

    return install(options._replace(vault=root), is_stable=False, is_strict=False)


def _install_service(options: Options, root: Path) -> int:
    from vault_sync.cli.serving import install  # noqa: PLC0415 - only where it is asked for

    return install(options, root, ())
