"""The run behind ``adopt``: sample the notes, infer, show the proposal or write it to a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from vault_sync.adopt.proposing import propose_rules
from vault_sync.adopt.rendering import render_rules
from vault_sync.adopt.sampling import sample_notes
from vault_sync.adopt.table import build_table
from vault_sync.adopt.telling import describe_proposal, tell_proposal
from vault_sync.adopt.trying import Setting
from vault_sync.cli.asking import create_asked_file
from vault_sync.cli.streams import complain, print_text
from vault_sync.files.folder import VaultFolder
from vault_sync.language import choose_language
from vault_sync.printable import render_json
from vault_sync.selection import select_notes
from vault_sync.vault.settings import CONFIG_NAME
from vault_sync.vault.walking import make_printable
from vault_sync.workspace import locate_vault, open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vault_sync.adopt.proposing import Proposal
    from vault_sync.adopt.sampling import Sample
    from vault_sync.cli import Options
    from vault_sync.language import Language
    from vault_sync.rules.ruleset import RuleSet


def run_adopt(options: Options, folder: Path | None, format_: str, output: Path | None) -> int:
    """Show what rules are behind the values of a vault, and return the exit code."""
    paths = (folder,) if folder else ()
    workspace = open_workspace(locate_vault(paths, options.vault), options.config)
    language = choose_language(workspace.config.locale, os.environ)
    moment = workspace.moment(None)
    conditions = workspace.conditions(moment)
    with VaultFolder(workspace.vault.root) as root:
        sample = sample_notes(root, select_notes(workspace.vault, paths).notes)
    setting = Setting(conditions.timezone, conditions.locale)
    proposal = propose_rules(build_table(sample.notes), setting)
    text = _render(proposal, sample, format_, language)
    if output and text:
        create_asked_file(output, f"{text}\n", workspace.vault.root, language)
        click.echo(language.say("Written to {file}.", file=make_printable(str(output))), err=True)
    elif text:
        print_text(f"{text}\n")
    if options.verbosity >= 0:
        is_saved = output is not None and output.name == CONFIG_NAME
        complain(_advise(proposal, workspace.rules, language, is_saved=is_saved))
    return 0


def _render(proposal: Proposal, sample: Sample, format_: str, language: Language) -> str:
    if format_ == "json":
        found = describe_proposal(proposal, sample, language)
        return render_json(found, indent=2)
    if format_ == "yaml":
        return render_rules(proposal, language).rstrip("\n")
    return "\n".join(tell_proposal(proposal, sample, language))


def _advise(
    proposal: Proposal, rules: Sequence[RuleSet], language: Language, *, is_saved: bool
) -> str:
    if not render_rules(proposal, language):
        return language.say(
            "Nothing is proposed. Write formulas of your own below `rules:` in .vault-sync.yaml."
        )
    names = {finding.name for finding in proposal.derived}
    for owner in rules:
        if names and names <= owner.owned.keys():
            return language.say(
                "The rule set {name} calculates all of these already, so you need no other rules.",
                name=owner.name,
            )
    if is_saved:
        return language.say("Next: {command}", command="vault-sync refresh --diff")
    return language.say(
        "Save the rules as .vault-sync.yaml in the vault (`-o FILE` writes them), then look at `vault-sync refresh --diff`."
    )
