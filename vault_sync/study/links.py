"""Links that open things in Obsidian. Pure."""

from __future__ import annotations

from urllib.parse import quote

from vault_sync.nfc import to_nfc


def make_vault_link(vault: str) -> str:
    """Return a link that opens a vault (Obsidian help, "Obsidian URI": values are percent-encoded).

    Args:
        vault: its name in Obsidian.
    """
    return f"obsidian://open?vault={_encode(vault)}"


def make_open_link(vault: str, path: str) -> str:
    """Return a link that opens a note, the same one in whatever form a file system keeps its name.

    Args:
        vault: its name in Obsidian.
        path: of the note, in the vault.
    """
    return f"{make_vault_link(vault)}&file={_encode(to_nfc(path))}"


def _encode(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")
