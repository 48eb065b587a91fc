"""A vault, a state folder, and programs that save notes the way editors do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_sync.files.export import RescueFolder
from vault_sync.files.folder import VaultFolder
from vault_sync.files.outcome import Replacement, WriteContext
from vault_sync.files.read import read_note

if TYPE_CHECKING:
    from pathlib import Path

RUN_ID = "20241027T140100-3f2a"
OLD = b"---\nseed: 3\nsum: 0\n---\nCells divide.\n"
NEW = b"---\nseed: 3\nsum: 6\n---\nCells divide.\n"


class Vault:
    """A folder of notes, opened, with one note in it."""

    def __init__(self, folder: Path, rescue: Path) -> None:
        self.folder = folder
        self.rescue = rescue
        self.root = VaultFolder(folder)
        self.note = folder / "cell.md"
        self.note.write_bytes(OLD)

    def replacement(self, path: str = "cell.md", new: bytes = NEW) -> Replacement:
        return Replacement(path, read_note(self.root, path), new)

    def context(self, **others: object) -> WriteContext:
        usual = {
            "grace": 0.2,
            "blind_grace": 0.1,
            "rescue_folder": RescueFolder(self.rescue, RUN_ID),
        }
        return WriteContext(RUN_ID, **{**usual, **others})  # type: ignore[arg-type]  # any of its fields

    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.rglob(".vault-sync-*")]

    def rescued(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.rescue.glob("*"))]

    def holds(self, text: bytes) -> bool:
        """Say whether a text can still be found by its user: in the note or in a rescue copy."""
        current = [self.note.read_bytes()] if self.note.is_file() else []
        return any(text in place for place in [*current, *self.rescued()])


def save_by_appending(note: Path, text: bytes) -> None:
    with note.open("ab") as file:
        file.write(text)


def save_in_place(note: Path, text: bytes) -> None:
    with note.open("wb") as file:
        file.write(OLD + text)


def save_by_renaming(note: Path, text: bytes) -> None:
    draft = note.with_name("draft~")
    draft.write_bytes(OLD + text)
    draft.replace(note)


EDITORS = {"append": save_by_appending, "in place": save_in_place, "rename": save_by_renaming}
