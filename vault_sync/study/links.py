"""Links that open things in Obsidian. Pure."""

from __future__ import annotations

from urllib.parse import quote

from vault_sync.nfc import to_nfc


def make_open_link(vault: str, path: str) -> str:
    """Return a link that opens a note (Obsidian help, "Obsidian URI": values are percent-encoded).

    Args:
        vault: its name in Obsidian.
        path: of the note, in the vault.
    """
    return f"obsidian://open?vault={_encode(vault)}&file={_encode(to_nfc(path))}"


def _encode(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")
