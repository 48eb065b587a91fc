"""The vault: where it is, and which notes it has. Reads names only, never a note's text.

Every note belongs to one vault: a folder with a ``.vault-sync.yaml`` of its own is a vault of its
own and is not entered from outside, while a nested ``.obsidian`` alone changes nothing, as in
Obsidian. Paths are relative to the vault, with ``/`` between folders; a name that is not UTF-8 is
carried as Python's ``surrogateescape`` does, so that the file can be opened all the same.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import VaultNotFoundError
from vault_sync.text import make_printable, to_nfc
from vault_sync.vault.ignore import (
    IgnoreRules,
    is_note_name,
    make_folder_check,
    make_note_check,
    why_name_ignored,
)
from vault_sync.vault.obsidian import (
    CONFIG_NAME,
    OBSIDIAN_FOLDER,
    find_config_folders,
    find_misnamed_configs,
    load_obsidian_settings,
)
from vault_sync.vault.walk import ConflictCopy, Leftover, Skipped, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vault_sync.rules.ignore_patterns import IgnorePatterns
    from vault_sync.vault.walk import Reported


class Vault(NamedTuple):
    """A folder of notes, and what it says about those to leave alone.

    Attributes:
        root: its absolute path.
        config_folders: the names of Obsidian's configuration folders in it.
        rules: what is ignored besides what every vault ignores.
        problems: settings that could not be used.
    """

    root: str
    config_folders: tuple[str, ...] = ()
    rules: IgnoreRules = IgnoreRules()
    problems: tuple[Skipped, ...] = ()


def find_vault(start: Path) -> Path | None:
    """Return the vault that a path lies in, or None.

    It is the nearest folder upward that has a ``.vault-sync.yaml``; if there is none, the nearest
    that has an ``.obsidian`` folder. Links in the path are not resolved: a linked folder belongs to
    the vault that it is seen in.

    Args:
        start: a note or a folder; it need not exist. What may not be looked at is taken to be absent.
    """
    start = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would follow links
    folders = (start, *start.parents)
    # Those of os.path are False where those of Path raise: above a vault much may be closed to us.
    configured = (folder for folder in folders if os.path.isfile(folder / CONFIG_NAME))  # noqa: PTH113 - see above
    opened = (folder for folder in folders if os.path.isdir(folder / OBSIDIAN_FOLDER))  # noqa: PTH112 - see above
    return next(configured, None) or next(opened, None)


def is_vault(folder: Path) -> bool:
    """Say whether a folder is a vault: it has a configuration of ours, or one of Obsidian's by whatever name."""
    path = os.path.abspath(folder)  # noqa: PTH100 - resolve() would follow links
    if os.path.isfile(f"{path}/{CONFIG_NAME}"):  # noqa: PTH113 - see `find_vault`
        return True
    return os.path.isdir(f"{path}/{OBSIDIAN_FOLDER}") or bool(find_config_folders(path))  # noqa: PTH112 - the same


def spell_as_on_disk(path: Path) -> Path:
    """Return a path with its names in the Unicode form that they have on the disk.

    A path that exists is left as it is, and so is one that exists in no form.
    """
    if os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[bool(path.anchor) :]:
        spelled = found / part
        if not os.path.lexists(spelled):
            spelled = next((each for each in _list_twins(found, part)), spelled)
        found = spelled
    return found


def _list_twins(folder: Path, name: str) -> Iterator[Path]:
    """Yield what lies in a folder under a name that is the same in another Unicode form."""
    wanted = to_nfc(name)
    if wanted.isascii():
        return
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return
    yield from (folder / one for one in sorted(names) if to_nfc(one) == wanted)


def load_vault(root: Path, patterns: IgnorePatterns | None = None) -> Vault:
    """Return a vault with its ignore rules.

    Args:
        root: the folder of the vault.
        patterns: the ``ignore`` list of its configuration; None where that is empty.

    Raises:
        VaultNotFoundError: it is not a folder.
    """
    path = os.path.abspath(root)  # noqa: PTH100 - resolve() would follow links
    if not os.path.isdir(path):  # noqa: PTH112 - a str is at hand
        message = f"{make_printable(path)} is not a folder; name the folder of your vault."
        raise VaultNotFoundError(message)
    config_folders = find_config_folders(path)
    settings = load_obsidian_settings(path, config_folders)
    rules = IgnoreRules(
        patterns=patterns,
        templates=settings.templates,
        excluded_starts=settings.excluded_starts,
        excluded_regexps=settings.excluded_regexps,
    )
    is_configured = os.path.lexists(f"{path}/{CONFIG_NAME}")
    misnamed = find_misnamed_configs(path) if is_configured else []
    unread = ((name, f"It is not read; the configuration is {CONFIG_NAME}.") for name in misnamed)
    problems = tuple(
        Skipped(make_printable(name), reason) for name, reason in (*settings.problems, *unread)
    )
    return Vault(root=path, config_folders=config_folders, rules=rules, problems=problems)


def why_ignored(vault: Vault, path: str) -> str | None:
    """Return why a note is left alone, None if it is not.

    Args:
        vault: the vault.
        path: of a note that need not exist, relative to the vault.
    """
    folder, _, name = path.rpartition("/")
    reason = _why_folder_ignored(vault, folder) or why_name_ignored(name)
    return reason or make_note_check(vault.rules, lambda _sentence: None)(path)


def list_notes(
    vault: Vault,
    below: str = "",
    *,
    report: Callable[[Reported], None] = lambda _entry: None,
) -> Iterator[str]:
    """Yield the paths of a vault's notes, sorted by name, each folder in its place.

    No link is followed: what it leads to is either listed where it lies, or outside of the vault.
    The memory it takes is that of the folders on the way to one note.

    Args:
        vault: the vault.
        below: a folder of the vault to stay in; empty for all of it.
        report: is called with what a person might miss, leftovers and conflict copies. Other notes that are ignored are
            not reported: ask `why_ignored`.

    Raises:
        VaultNotFoundError: the vault itself cannot be read.
    """
    below = below.strip("/")
    reason = _why_folder_ignored(vault, below) or _why_link(vault.root, below)
    if reason:
        report(Skipped(make_printable(below), f"The folder is left alone: {reason}."))
        return
    check_note = make_note_check(vault.rules, lambda sentence: report(Skipped("", sentence)))
    check_folder = make_folder_check(vault.rules)
    walk = Walk(vault.root, report, check_folder, check_note)
    yield from walk.list_notes(below)


def _why_link(root: str, folder: str) -> str | None:
    """Return why a named folder is not entered although nothing ignores it."""
    if not folder:
        return None
    path = f"{root}/{folder}"
    # Equal only if neither the folder nor one above it, within the vault, is a link.
    expected = os.path.join(os.path.realpath(root), *folder.split("/"))  # noqa: PTH118 - as above
    is_plain = os.path.normcase(os.path.realpath(path)) == os.path.normcase(expected)
    return None if is_plain else "there is a link on the way to it; name the folder it leads to"


def _why_folder_ignored(vault: Vault, folder: str) -> str | None:
    parts = folder.split("/") if folder else []
    if ".." in parts or "" in parts or "." in parts:
        return "it is not a path inside the vault"
    check = make_folder_check(vault.rules)
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        if reason := check(path):
            return f"{reason} ({make_printable(path)})"
        if os.path.lexists(f"{vault.root}/{path}/{CONFIG_NAME}"):
            return f"{make_printable(path)} is a vault of its own"
    return None


# Whether a folder lies in the work tree of a git repository, found out without running git.

_MAX_GITFILE_BYTES: Final = 8192


class WorkTree(NamedTuple):
    """A work tree and its own git folder.

    Attributes:
        root: the folder that holds the ``.git``.
        folder: where its HEAD and its index are.
    """

    root: Path
    folder: Path


def find_work_tree(root: Path) -> WorkTree | None:
    """Return the innermost work tree around a folder."""
    real = root.resolve()
    for folder in (real, *real.parents):
        git_folder = _find_git_folder(folder / ".git")
        if git_folder:
            return WorkTree(folder, git_folder)
    return None


def _find_git_folder(mark: Path) -> Path | None:
    """Return the git folder that a ``.git`` is or names, None where there is none or none to be read."""
    try:
        folder = mark if mark.is_dir() else follow_gitfile(mark)
        return folder if folder and (folder / "HEAD").exists() else None
    except (OSError, ValueError):
        return None


def follow_gitfile(gitfile: Path) -> Path | None:
    """Return the git folder that the ``.git`` file of a worktree or a submodule names.

    Its text is ``gitdir: PATH``, the path absolute or relative to the file (git documentation,
    gitrepository-layout).

    Raises:
        OSError: it cannot be read.
    """
    if not gitfile.is_file():
        return None
    with gitfile.open("rb") as file:
        text = file.read(_MAX_GITFILE_BYTES).decode("utf-8", "surrogateescape")
    key, _, path = text.strip().partition(": ")
    return gitfile.parent / path if key == "gitdir" and path else None


# From paths that a user names to the notes of a vault that they mean.


class Selection:
    """What was selected, and what was met on the way.

    Attributes:
        notes: paths in the vault, each once, those of a folder next to each other.
        dependents: other notes that have to follow these.
        copies: conflict copies of sync services.
        ignored: notes that the user named and that are left alone all the same; a path is as on disk.
        skipped: what the walk could not or would not enter.
        leftovers: our own files that an interrupted run left behind.
    """

    __slots__ = ("copies", "dependents", "ignored", "leftovers", "notes", "skipped")

    def __init__(self, skipped: Iterable[Skipped] = ()) -> None:
        self.notes: list[str] = []
        self.dependents: list[str] = []
        self.copies: list[str] = []
        self.ignored: list[Skipped] = []
        self.skipped = list(skipped)
        self.leftovers: list[str] = []

    def on_found(self, entry: Reported) -> None:
        """Keep what the walk of the vault reports besides notes."""
        if isinstance(entry, Leftover):
            self.leftovers.append(entry.path)
        elif isinstance(entry, ConflictCopy):
            self.copies.append(entry.path)
        else:
            self.skipped.append(entry)


def select_notes(vault: Vault, paths: Sequence[Path]) -> Selection:
    """Return the notes that paths mean; all of the vault's where there are none.

    Args:
        vault: the vault.
        paths: notes and folders in it.

    Raises:
        VaultNotFoundError: a path lies outside of the vault.
    """
    selection = Selection(skipped=vault.problems)
    for path in paths or (vault.root,):
        _select(vault, _relate(vault, path), selection)
    selection.notes = list(dict.fromkeys(selection.notes))
    return selection


def _relate(vault: Vault, path: Path | str) -> str:
    """Return a path in the vault; a link that leads to another place of the vault means that place."""
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(vault.root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        raise VaultNotFoundError(f"{make_printable(str(path))} is not in the vault {vault.root}.")
    return "" if relative == os.curdir else relative.replace(os.sep, "/")


def _select(vault: Vault, path: str, selection: Selection) -> None:
    full = os.path.join(vault.root, path)  # noqa: PTH118 - str in, str out
    # The vault itself is a folder even where the disk does not say so; then its walk tells why.
    if not path or os.path.isdir(full):  # noqa: PTH112 - the same
        found = list_notes(vault, path, report=selection.on_found)
        selection.notes.extend(found)
        return
    reason = None if is_note_name(path) else "it is not a note (`.md`)"
    reason = reason or why_ignored(vault, path)
    if reason:
        selection.ignored.append(Skipped(path, reason))
    else:
        selection.notes.append(path)
