"""``vault-sync done``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_sync.cli.options import format_option, now_option
from vault_sync.cli.translated import TranslatedCommand

if TYPE_CHECKING:
    from vault_sync.cli import Options


@click.command(name="done", cls=TranslatedCommand, short_help="Tick the review that you have done.")
@click.argument("notes", nargs=-1, required=True, metavar="NOTE...")
@click.option(
    "--stage",
    type=click.IntRange(1),
    metavar="N",
    help="The review of day N, whether it is due or not. Otherwise the earliest that is due.",
)
@click.option(
    "--undo", is_flag=True, help="Take a tick back: that of --stage, or of the latest stage done."
)
@now_option
@format_option
@click.pass_obj
def done_command(  # noqa: PLR0913 - one parameter for each option
    options: Options,
    /,
    *,
    notes: tuple[str, ...],
    stage: int | None,
    undo: bool,
    now: str | None,
    format_: str,
) -> int:
    """Tick the review of a note that is due, and refresh the note.

    NOTE is a name as in a link of Obsidian, or a path: `Pods`, `Kubernetes/Pods`, `"[[Pods]]"`,
    `Kubernetes/Pods.md`. This is the only command that writes a property of yours: the box of the
    review. `vault-sync undo` takes back what it wrote.

    \b
    Examples:
      vault-sync done Pods Services
      vault-sync done Pods --stage 14
      vault-sync done Pods --undo
    """  # noqa: D301 - \b is a character that click knows
    from vault_sync.cli.ticks import DoneRequest, run_done  # noqa: PLC0415 - for a quick start

    request = DoneRequest(notes=notes, stage=stage, undo=undo, now=now, format_=format_)
    return run_done(options, request)
