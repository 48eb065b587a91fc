"""The commented configuration that a vault begins with."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

_EXAMPLE_ZONE: Final = "Asia/Seoul"
_EXAMPLE_LOCALE: Final = "ko"


def render_configuration(profile: str, timezone: str | None, locale: str | None) -> str:
    """Return the text of a `.vault-sync.yaml` with every setting in it, most of them as comments.

    Args:
        profile: the built-in rule set, or ``none``.
        timezone: the name of the vault's zone; None leaves the computer's.
        locale: the language; None leaves the default.
    """
    template = (files("vault_sync") / "setup" / "configuration.yaml").read_text("utf-8")
    lines = {
        "{profile}": f"profile: {profile}",
        "{timezone}": _render("timezone", timezone, _EXAMPLE_ZONE),
        "{locale}": _render("locale", locale, _EXAMPLE_LOCALE),
    }
    return "".join(f"{lines.get(line, line)}\n" for line in template.removesuffix("\n").split("\n"))


def _render(name: str, value: str | None, example: str) -> str:
    return f"{name}: {value}" if value else f"#{name}: {example}"
