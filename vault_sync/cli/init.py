"""``vault-sync init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(
    name="init",
    cls=TranslatedCommand,
    short_help="Set a vault up: look at it, write a configuration and a base.",
)
@click.argument(
    "vault", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
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
@click.option("--dry-run", is_flag=True, help="Only look and say; write nothing.")
@click.pass_obj
def init_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    *,
    vault: Path | None,
    yes: bool,
    profile: str | None,
    no_base: bool,
    hook: bool,
    service: bool,
    dry_run: bool,
) -> int:
    """Look at a VAULT, say what a first refresh would change, and write what a start needs.

    That is a commented .vault-sync.yaml and, for study notes, 복습.base: a base for Obsidian that
    shows your reviews. You are asked before each; nothing that exists is overwritten, and no note
    is touched. Where nobody can be asked, nothing is written without --yes.

    \b
    Examples:
      vault-sync init Notes
      vault-sync init Notes --dry-run
      vault-sync init Notes --yes --service
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.initializing import InitRequest, run_init  # noqa: PLC0415 - for a quick start

    wishes = InitRequest(
        vault=vault,
        profile=profile,
        is_sure=yes,
        is_dry=dry_run,
        with_base=not no_base,
        with_hook=hook,
        with_service=service,
    )
    return run_init(options, wishes)
