"""``vault-sync completion``: the shell's completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(name="completion", short_help="Print a shell completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      vault-sync completion bash >> ~/.bashrc
      vault-sync completion zsh >> ~/.zshrc
      vault-sync completion fish > ~/.config/fish/completions/vault-sync.fish
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli import cli

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(maker(cli, {}, "vault-sync", "_VAULT_SYNC_COMPLETE").source())
