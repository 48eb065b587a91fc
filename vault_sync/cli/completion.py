"""``vault-sync completion``: the shell's completion script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem, get_completion_class

from vault_sync.cli.language import command, echo
from vault_sync.cli.options import Options
from vault_sync.errors import VaultSyncError
from vault_sync.text import to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# Shells split what they are given at blanks, which names of notes have.
_QUOTED: Final = {
    "bash": (("COMPREPLY+=($value)", 'COMPREPLY+=("${value// /\\\\ }")'),),
    "powershell": (
        (
            "$value, $value, 'ParameterValue', $tip)",
            "$(if ($value -match '\\s') { \"'\" + $value.Replace(\"'\", \"''\") + \"'\" } else { $value }), $value, 'ParameterValue', $tip)",
        ),
    ),
}


@command("completion", "Print a shell completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def completion_command(_options: Options, /, shell: str) -> int:
    """Print the completion script of a shell.

    It completes commands, options, the notes that are due behind `done`, and notes and properties
    behind `explain`.

    \b
    Examples:
      vault-sync completion bash >> ~/.bashrc
      vault-sync completion zsh >> ~/.zshrc
      vault-sync completion fish > ~/.config/fish/completions/vault-sync.fish
      vault-sync completion powershell >> $PROFILE
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli import cli

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"There is no completion for {shell} in this version of click.")
    script = maker(cli, {}, "vault-sync", "_VAULT_SYNC_COMPLETE").source()
    for plain, quoted in _QUOTED.get(shell, ()):
        script = script.replace(plain, quoted)
    echo(script)
    return 0


# What a shell offers for notes and properties, read from the vault that is meant.


def complete_due_notes(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Return the notes that are due, by their names."""
    return _offer(incomplete, _list_due_notes, ctx)


def complete_notes(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Return the notes of the vault by their names, and let the shell add files."""
    found = _offer(incomplete, _list_notes, ctx)
    return [*found, CompletionItem(incomplete, type="file")]


def complete_properties(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Return the properties that some rule set of the vault calculates."""
    return _offer(incomplete, _list_properties, ctx)


def _offer(incomplete: str, list_names: Any, ctx: click.Context) -> list[CompletionItem[Any]]:
    """Return the names that begin as what was typed; none where the vault cannot be read."""
    begun = to_nfc(incomplete).casefold()
    try:
        names = sorted({name for name in list_names(_find_options(ctx)) if name.isprintable()})
    except (VaultSyncError, OSError):
        return []
    return [CompletionItem(name) for name in names if to_nfc(name).casefold().startswith(begun)]


def _find_options(ctx: click.Context) -> Options:
    """Return the options that were typed so far: completion runs no command, so it is told none."""
    before, behind = ctx.find_root().params, ctx.params
    vault: Path | None = behind.get("common_vault") or before.get("vault")
    config: Path | None = behind.get("common_config") or before.get("config")
    return Options(vault, config, 0)


def _list_due_notes(options: Options) -> Iterator[str]:
    from vault_sync.cli.due import open_review_session
    from vault_sync.study.reviews import list_reviews

    session = open_review_session(options, None)
    for review in list_reviews(session.load_notes(), session.day, 0):
        yield _name(review.note.path)


def _list_notes(options: Options) -> Iterator[str]:
    from vault_sync.vault.vault import list_notes, load_vault

    return map(_name, list_notes(load_vault(options.locate_vault())))


def _list_properties(options: Options) -> Iterator[str]:
    for rules in options.open_workspace().rules:
        yield from rules.owned


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")
