"""Notes on the disk: read, replaced, never harmed. The only package that writes a user's note."""

from vault_sync.files.desk import Desk, Step, Steps
from vault_sync.files.folder import VaultFolder, resolve_inside
from vault_sync.files.outcome import Outcome, Replacement, Status
from vault_sync.files.reading import NoteBytes, Signature, read_note
from vault_sync.files.replacing import replace_notes
from vault_sync.files.rescue import RescueShelf
from vault_sync.files.sweep import Sweeping, Swept, is_leftover_name, sweep_leftovers

__all__ = [
    "Desk",
    "NoteBytes",
    "Outcome",
    "Replacement",
    "RescueShelf",
    "Signature",
    "Status",
    "Step",
    "Steps",
    "Sweeping",
    "Swept",
    "VaultFolder",
    "is_leftover_name",
    "read_note",
    "replace_notes",
    "resolve_inside",
    "sweep_leftovers",
]
