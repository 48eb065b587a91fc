"""Whether a folder lies in the work tree of a git repository, found out without running git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

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
