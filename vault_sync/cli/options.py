"""Options that more than one command has, so that they are the same everywhere."""

from __future__ import annotations

import click

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
