"""Options that more than one command has, so that they are the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path

import click


class SpelledPath(click.Path):
    """A path, be it typed in the Unicode form that its names have on the disk or in the other.

    macOS keeps Korean names as loose letters (NFD), keyboards type syllables (NFC).
    """

    def __init__(
        self, *, exists: bool = True, file_okay: bool = True, dir_okay: bool = True
    ) -> None:
        super().__init__(exists=exists, file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path as it is on the disk."""
        from vault_sync.vault.vault import spell_as_on_disk

        is_there = not value or os.path.lexists(value)
        return super().convert(value if is_there else spell_as_on_disk(Path(value)), param, ctx)


format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format: for people or programs.",
)
now_option = click.option(
    "--now", metavar="MOMENT", help="Pretend it is this time, such as 2024-10-27T14:01."
)
