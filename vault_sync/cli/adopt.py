"""``vault-sync adopt``: sample the notes, infer, show the proposal or write it to a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options, SpelledPath
from vault_sync.cli.output import list_unread, print_skipped, print_unread
from vault_sync.cli.streams import JSON_VERSION, complain, create_asked_file, print_text
from vault_sync.i18n import Language, choose_language
from vault_sync.text import make_printable, render_json
from vault_sync.vault.walk import Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vault_sync.adopt.infer import Proposal
    from vault_sync.adopt.table import Sample
    from vault_sync.errors import Problem
    from vault_sync.rules.ruleset import RuleSet


@command("adopt", "Work out formulas from values frozen at export.")
@click.argument("folder", required=False, type=SpelledPath(file_okay=False))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "yaml"]),
    help="For people, for programs, or as a configuration.  [default: text, with -o yaml]",
)
@click.option(
    "-o",
    "--output",
    type=SpelledPath(exists=False),
    metavar="FILE",
    help="Write it to a file that does not exist yet.",
)
@click.option(
    "--copies",
    is_flag=True,
    help="Propose formulas for properties that hold the same as another one, too.",
)
def adopt_command(
    options: Options,
    /,
    folder: Path | None,
    *,
    format_: str | None,
    output: Path | None,
    copies: bool,
) -> int:
    """Infer formulas from the values of a vault, or of a FOLDER in it, and propose rules.

    For notes that came out of Notion or another database: their calculated properties stand still at
    the day of the export. Dates and days from a date, texts around them, flags, rates and bars of
    checkboxes, and texts that follow from these are found, whatever the properties are called.
    Each formula is tried on the notes: you see how many agree, and which do not. Notes are not
    written.

    \b
    Examples:
      vault-sync adopt Notes
      vault-sync adopt Notes/Study -o Notes/.vault-sync.yaml
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.adopt.formulas import Setting
    from vault_sync.adopt.infer import propose_rules
    from vault_sync.adopt.table import build_table, find_raw_export, sample_notes
    from vault_sync.engine.linked_notes import LinkedNotes
    from vault_sync.engine.vault_files import DiskNotes
    from vault_sync.files.folder import VaultFolder
    from vault_sync.vault.obsidian import CONFIG_NAME
    from vault_sync.vault.vault import select_notes

    paths = (folder,) if folder else ()
    workspace = options.open_workspace(paths)
    language = choose_language(workspace.config.locale, os.environ)
    moment = workspace.moment(None)
    conditions = workspace.conditions(moment)
    with VaultFolder(workspace.vault.root) as root:
        selection = select_notes(workspace.vault, paths)
        sample = sample_notes(root, selection.notes)
        source = DiskNotes(workspace.vault, root)
        others = LinkedNotes(source, (), workspace.conditions_at(moment))
        setting = Setting(conditions.timezone, conditions.locale, others)
        proposal = propose_rules(build_table(sample.notes), setting)
        skipped = [*selection.skipped, *(_skip(*one) for one in sample.unreadable)]
        is_ours = len(sample.notes) * 2 > sample.read
        export = None if is_ours else find_raw_export(root, selection.notes)
    if copies:
        proposal = proposal.with_copies()
    print_skipped(skipped, options.verbosity)
    format_ = format_ or ("yaml" if output else "text")
    text = _render(proposal, sample, format_, language, skipped)
    if output and text:
        create_asked_file(output, f"{text}\n", workspace.vault.root, language)
        echo(language.say("Written to {file}.", file=make_printable(str(output))), err=True)
    elif text:
        print_text(f"{text}\n")
    if options.verbosity >= 0:
        if export:
            complain(export.describe(language))
        is_saved = output is not None and output.name == CONFIG_NAME
        if proposal.derived or not export:
            complain(_advise(proposal, workspace.rules, language, is_saved=is_saved))
    return print_unread(skipped, "adopt", language)


def _skip(path: str, problem: Problem) -> Skipped:
    """Return a note that could not be read as what was left out."""
    return Skipped(make_printable(path), problem.message, is_unread=True)


def _render(
    proposal: Proposal, sample: Sample, format_: str, language: Language, skipped: Sequence[Skipped]
) -> str:
    from vault_sync.adopt.configuration import render_rules
    from vault_sync.adopt.output import describe_proposal, render_proposal

    if format_ == "json":
        found = describe_proposal(proposal, sample, language)
        not_read = list_unread(skipped)
        return render_json({"version": JSON_VERSION, **found, "not_read": not_read}, indent=2)
    if format_ == "yaml":
        return render_rules(proposal, language).rstrip("\n")
    return "\n".join(render_proposal(proposal, sample, language))


def _advise(
    proposal: Proposal, rules: Sequence[RuleSet], language: Language, *, is_saved: bool
) -> str:
    from vault_sync.adopt.configuration import render_rules

    if not render_rules(proposal, language):
        return language.say(
            "Nothing is proposed. Write formulas of your own below `rules:` in .vault-sync.yaml."
        )
    names = {column.name for column in proposal.derived}
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
