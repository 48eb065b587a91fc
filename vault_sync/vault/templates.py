"""Which notes and folders are templates: what Obsidian and its plugins are told to make new notes from.

Plugins keep their settings each in its own way, so what counts is the name of a setting: one that
speaks of templates and whose value is the path of a note there is, or of a folder of them. So it is with
Periodic Notes (``template``, ``templatePath``), QuickAdd (``templatePath``, ``templateFolderPath``), Templater
(``templates_folder``, and ``template`` for a folder) and others.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_VALUES: Final = 100_000
_LONGEST: Final = 1_000
_ENDING: Final = ".md"
_WORD: Final = "template"
# Names of settings in small letters, without anything between.
_FOLDERS: Final = frozenset(
    f"{word}{what}"
    for word in ("template", "templates")
    for what in ("folder", "folders", "folderpath", "directory", "dir", "folderlocation")
)
_NO_LETTERS: Final = re.compile("[^a-z]")
_LINK: Final = re.compile(r"!?\[\[([^\[\]|#^]+)(?:[#^|][^\[\]]*)?\]\]")

CORE_SETTINGS: Final = (
    ("templates.json", "folder", True),
    ("daily-notes.json", "template", False),
    ("zk-prefixer.json", "template", False),
)
"""Settings of Obsidian itself: the file, the setting, and whether it is a folder's path."""


class Templates(NamedTuple):
    """What is a template.

    Attributes:
        folders: their paths in NFC, each with the settings file that names it.
        notes: their paths as `fold_note` has them, likewise.
        names: notes that are named without a folder, wherever they lie, likewise.
    """

    folders: dict[str, str]
    notes: dict[str, str]
    names: dict[str, str]

    def take_core(self, root: str, file: str, value: object, *, is_folder: bool) -> None:
        """Take a setting of Obsidian itself.

        Args:
            root: the vault.
            file: of the settings.
            value: of the setting.
            is_folder: it is the path of a folder.
        """
        if not isinstance(value, str) or not (path := clean_folder(value)):
            return
        if is_folder:
            self.folders[path] = file
        elif "/" in path or _is_note(root, path):
            self.notes[fold_note(path)] = file
        else:  # Obsidian looks a template up as it does a link
            self.names[fold_note(path)] = file

    def take_plugin(self, root: str, file: str, settings: object) -> None:
        """Take what the settings of a plugin name as templates that are there."""
        for name, value in _list_texts(settings):
            path = clean_folder(_LINK.sub(r"\1", value)) if len(value) <= _LONGEST else ""
            if not path or ".." in path.split("/"):
                continue
            if name in _FOLDERS:
                if os.path.isdir(f"{root}/{path}"):  # noqa: PTH112 - a str is at hand
                    self.folders.setdefault(path, file)
            elif _is_note(root, path):
                self.notes.setdefault(fold_note(path), file)


def fold_note(path: str) -> str:
    """Return the path of a note as templates are looked for: NFC, small letters, without ``.md``."""
    return normalize("NFC", path).lower().removesuffix(_ENDING)


def clean_folder(value: str) -> str:
    """Return a folder's path as we write them; empty for the vault itself, which is no template."""
    parts = normalize("NFC", value).replace("\\", "/").split("/")
    return "/".join(part.strip() for part in parts if part.strip() not in {"", "."})


def _is_note(root: str, path: str) -> bool:
    """Say whether there is a note of a path, in whichever Unicode form."""
    whole = f"{root}/{path}"
    forms = (whole, normalize("NFD", whole)) if not whole.isascii() else (whole,)
    try:
        return any(
            os.path.isfile(form if form.lower().endswith(_ENDING) else f"{form}{_ENDING}")  # noqa: PTH113 - as above
            for form in forms
        )
    except ValueError:  # a NUL in it
        return False


def _list_texts(settings: object) -> Iterator[tuple[str, str]]:
    """Yield the texts whose setting, or the list they are in, is named after templates, with that name."""
    pending: list[tuple[str, object]] = [("", settings)]
    for _ in range(_MOST_VALUES):
        if not pending:
            return
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += [(_NO_LETTERS.sub("", key.lower()), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [(name, inner) for inner in value]
        elif isinstance(value, str) and _WORD in name:
            yield name, value
