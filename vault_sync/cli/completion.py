"""``vault-sync completion``: the shell's completion script."""

from __future__ import annotations

from typing import Final

import click

from vault_sync.cli.language import echo
from vault_sync.cli.translated import TranslatedCommand

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


@click.command(
    cls=TranslatedCommand, name="completion", short_help="Print a shell completion script."
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def completion_command(shell: str) -> None:
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
    from click.shell_completion import get_completion_class

    from vault_sync.cli import cli

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"There is no completion for {shell} in this version of click.")
    script = maker(cli, {}, "vault-sync", "_VAULT_SYNC_COMPLETE").source()
    for plain, quoted in _QUOTED.get(shell, ()):
        script = script.replace(plain, quoted)
    echo(script)
