"""Notes as python-frontmatter's ``Post``, for readers: library users and commands that only show.

python-frontmatter brings the interface; our handler brings the one YAML of this house, so that
``030`` stays text here as everywhere. Nothing is ever written through it: its ``dumps`` refuses.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import frontmatter
from frontmatter.default_handlers import BaseHandler

from vault_sync.errors import EvaluationError, VaultSyncError
from vault_sync.note.frontmatter import find_block, read_properties
from vault_sync.note.values import node_to_json, read_value

if TYPE_CHECKING:
    from vault_sync.note.frontmatter import Frontmatter
    from vault_sync.note.yaml_nodes import Node


class NoteHandler(BaseHandler):
    """Finds and reads frontmatter as the rest of vault-sync does."""

    FM_BOUNDARY = re.compile(r"^---[ \t]*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "---"

    def detect(self, text: str) -> bool:
        """Say whether a text starts with frontmatter."""
        return find_block(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        """Return the frontmatter with its opening fence, and the body.

        Raises:
            FrontmatterError: it opens and never closes.
        """
        block = find_block(text)
        if block is None:
            return "", text
        return text[: block.end], text[block.end :].partition("\n")[2]

    def load(self, fm: str) -> dict[str, Any]:
        """Return the properties of what `split` cut off."""
        note = read_properties(f"{fm}---")
        return _read_all(note) if note else {}

    def export(self, metadata: dict[str, object], **kwargs: object) -> str:  # noqa: ARG002 - refused
        """Refuse: a note that was parsed and dumped is not the same note any more.

        Raises:
            VaultSyncError: always.
        """
        raise VaultSyncError("vault-sync never writes a note out from what was parsed.")


class NotePost(frontmatter.Post):
    """A note for reading: ``post["property"]``, ``post.metadata`` and ``post.content``.

    Attributes:
        note: its properties with their places and spelling; None without frontmatter.
    """

    def __init__(self, text: str, note: Frontmatter | None) -> None:
        """Show a note; see `read_post`."""
        body = text[note.block.end :].partition("\n")[2] if note else text
        super().__init__(body.replace("\r\n", "\n").strip(), NoteHandler())
        self.note = note
        self.metadata.update(_read_all(note) if note else {})


def read_post(text: str) -> NotePost:
    """Return a note as a Post.

    Dates are ``date`` or ``datetime``, whole numbers ``int``, links the text with its brackets;
    names are in NFC. Not by ``frontmatter.loads``: that takes a note that begins with a blank line
    for one with frontmatter, and fails where a property is called ``content`` or ``handler``.

    Raises:
        FrontmatterError: the frontmatter cannot be read.
    """
    return NotePost(text, read_properties(text))


def _read_all(note: Frontmatter) -> dict[str, object]:
    return {name: _read(found.value) for name, found in note.properties.items()}


def _read(node: Node) -> object:
    """Return a value for Python: a date as one, all else as JSON has it."""
    try:
        value = read_value(node)
    except EvaluationError:
        return node_to_json(node)
    return value if isinstance(value, date) else node_to_json(node)
