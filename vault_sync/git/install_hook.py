"""Installs the native hook, takes it away, and says what is there.

It is a `pre-commit` hook (githooks(5)) and no other: a merge that commits by itself asks
`pre-merge-commit`, but has written its tree by then, so that a change of the index would come too
late and stay behind, staged.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.files.export import (
    link_kept,
    link_neighbours,
    remove_file,
    remove_links,
    replace_file,
    replace_keeping,
    restore_kept,
)

if TYPE_CHECKING:
    from vault_sync.git.repository import Repository


HOOK: Final = "pre-commit"
_EARLIER: Final = ".before-vault-sync"
_RENAMED: Final = "pre-commit.before-vault-sync"  # where older versions kept an earlier hook
_MOVED: Final = "pre-commit.legacy"  # where `pre-commit install` keeps the hook that it finds
_MODE: Final = 0o755
_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class HooksFolder:
    """Where git looks for the hooks of a repository.

    Attributes:
        path: the folder; it need not be there.
        origin: the configuration that says so; empty for git's own choice.
        is_shared: it lies outside of the repository and may serve others as well, so nothing is
            installed there.
    """

    path: Path
    origin: str = ""
    is_shared: bool = False

    @property
    def earlier(self) -> Path:
        """Where an earlier hook is kept: under its own name, as hooks may go by it, in a folder beside.

        Beside and not below, so that ``..`` of both is the same: the hooks of husky look there.
        """
        real = Path(os.path.realpath(self.path))
        return real.with_name(real.name + _EARLIER) / HOOK


@dataclass(frozen=True, slots=True)
class HookState:
    """What there is of the hook.

    Attributes:
        path: its file, there or not.
        script: what ours says; None where ours is not there.
        is_taken: a hook that is not ours stands there.
        earlier: the hook that runs before ours; None where there was none.
    """

    path: Path
    script: Script | None = None
    is_taken: bool = False
    earlier: Path | None = None

    @property
    def is_renamed(self) -> bool:
        """Whether the earlier hook runs under another name, as an older version had it."""
        return self.earlier is not None and self.earlier.name != HOOK


def find_hooks_folder(repository: Repository) -> HooksFolder:
    """Return where git looks for hooks: `core.hooksPath` counts, whoever has set it.

    Raises:
        GitError: git cannot tell.
    """
    found = _read_hooks_path(repository)
    if found is None:
        return HooksFolder(repository.common_dir / "hooks")
    origin, value = found
    path = repository.top / value
    real = Path(os.path.realpath(path))
    homes = (Path(os.path.realpath(home)) for home in (repository.top, repository.common_dir))
    is_own = any(home in real.parents for home in homes)
    return HooksFolder(path, _shorten(origin, repository.top), is_shared=not is_own)


def _shorten(origin: str, top: Path) -> str:
    """Return the file of a configuration as git shows it: from the work tree, where it lies in it."""
    file = Path(origin.removeprefix("file:"))
    return (file.relative_to(top) if file.is_relative_to(top) else file).as_posix()


def _read_hooks_path(repository: Repository) -> tuple[str, str] | None:
    """Return origin and value of `core.hooksPath`, without what our own calls set."""
    asked = ("--show-origin", "-z", "--type=path", "--get-all", "core.hooksPath")
    said = os.fsdecode(repository.run("config", *asked)).split("\0")
    settings = zip(said[::2], said[1::2], strict=False)
    others = [setting for setting in settings if not setting[0].startswith("command line:")]
    return others[-1] if others else None


def inspect_hook(folder: HooksFolder) -> HookState:
    """Return what there is of the hook."""
    kept = (folder.earlier, folder.path / _RENAMED)
    earlier = next((path for path in kept if os.path.lexists(path)), None)
    for path in (folder.path / HOOK, folder.path / _MOVED):
        script = _read_script(path)
        if script:
            return HookState(path, script, earlier=earlier)
    path = folder.path / HOOK
    return HookState(path, is_taken=os.path.lexists(path), earlier=earlier)


def _read_script(path: Path) -> Script | None:
    """Return what the hook at a path says, None if it is not ours or not there."""
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
            return None
        return parse_script(path.read_bytes())
    except OSError:
        return None


def install_hook(folder: HooksFolder, script: Script, repository: Repository) -> HookState:
    """Install the hook, or renew it, and return what is there now.

    A hook that stands there already is kept in another folder and runs first, as git would run it.

    Args:
        folder: where git looks for hooks.
        script: what it is to do.
        repository: whose it is.

    Raises:
        GitError: the folder serves other repositories too, or cannot be written.
    """
    if folder.is_shared:
        raise GitError(_explain_shared(folder, repository))
    state = inspect_hook(folder)
    renamed = state.earlier if state.is_renamed else None
    kept = state.earlier or folder.earlier
    data = script.render(folder.earlier.parent.name)
    try:
        if state.script is None:
            replace_keeping(state.path, data, _MODE, kept)
        if renamed:
            link_kept(renamed, folder.earlier)  # before there is a script that looks for it there
        if state.script:
            replace_file(state.path, data, _MODE)
        if renamed:
            remove_file(renamed)
        if os.path.lexists(folder.earlier):
            _link_neighbours(folder, state.path)
    except OSError as error:
        raise GitError(_explain_write(state.path, kept, error)) from error
    return inspect_hook(folder)


def _link_neighbours(folder: HooksFolder, ours: Path) -> None:
    """Let an earlier hook find what lies beside it: husky's scripts, or what it is itself a link to."""
    names = {path.name for path in folder.path.iterdir()}
    samples = {name for name in names if name.endswith(".sample")}
    link_neighbours(folder.earlier.parent, folder.path.resolve(), samples | {HOOK, ours.name})


def uninstall_hook(folder: HooksFolder) -> HookState:
    """Take our hook away, let an earlier one come back, and return what there was.

    Raises:
        GitError: the folder cannot be written.
    """
    state = inspect_hook(folder)
    if state.script:
        kept = state.earlier or folder.earlier
        try:
            restore_kept(state.path, kept)
            remove_links(folder.earlier.parent)
        except OSError as error:
            raise GitError(_explain_write(state.path, kept, error)) from error
    return state


def _explain_shared(folder: HooksFolder, repository: Repository) -> str:
    own = repository.common_dir / "hooks"
    return (
        f"git looks for hooks in {folder.path}, because core.hooksPath is set in {folder.origin}."
        " That folder does not belong to this repository alone, so nothing was installed there."
        f" `git config --local core.hooksPath {own}` gives this repository hooks of its own."
    )


def _explain_write(path: Path, earlier: Path, error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return (
            f"{earlier} is there already, beside a {path.name} that is not ours ({path})."
            " Look at both and delete the one that you do not need."
        )
    return f"{path} cannot be written ({error.strerror}); make its folder writable."


# The text of the hook that git runs, and what can be read out of it again. Pure.
#
# Git runs hooks with the `sh` that it brings along, on Windows too, so plain POSIX shell will do.

_MARK: Final = "# vault-sync hook 1"
_SETTING: Final = re.compile(r"^(python|options)=(.*)$", re.MULTILINE)
_TEMPLATE: Final = """\
#!/bin/sh
{mark}: refreshes the notes that are staged, then lets git go on.
# Written by `vault-sync hook install`; `vault-sync hook uninstall` takes it away again.
python={python}
options={options}

# The hook that stood here before, under its own name.
earlier="${{0%/*}}/../"{folder}/pre-commit
if [ -x "$earlier" ]; then
  "$earlier" "$@" || exit
fi

if [ ! -x "$python" ]; then
  echo "vault-sync: $python is gone, so the notes are committed as they are." \\
    'Run `vault-sync hook install` again, or `vault-sync hook uninstall`.' >&2
  exit 0
fi
"$python" -P -c 'from vault_sync.git.hook_main import main; main()' pre-commit $options
case $? in
  0) ;;
  3 | 4 | 5) exit 1 ;;
  *) echo 'vault-sync: the hook could not do its work, so the notes are committed as they are.' \\
    'Run `vault-sync hook status`, or `vault-sync hook uninstall`.' >&2 ;;
esac
exit 0
"""


@dataclass(frozen=True, slots=True)
class Script:
    """What a hook of ours says.

    Attributes:
        python: the interpreter that vault-sync is installed for.
        is_stable: only formulas that read no clock.
        is_strict: a note with a problem stops the commit.
    """

    python: str
    is_stable: bool = False
    is_strict: bool = False

    def render(self, folder: str) -> bytes:
        """Return the hook.

        Args:
            folder: the name of a folder beside that of the hook; a hook in it runs first.
        """
        wished = {"--stable": self.is_stable, "--strict": self.is_strict}
        options = " ".join(option for option, is_wished in wished.items() if is_wished)
        text = _TEMPLATE.format(
            mark=_MARK,
            python=shlex.quote(self.python),
            options=f"'{options}'",
            folder=shlex.quote(folder),
        )
        return text.encode("utf-8", "surrogateescape")


def parse_script(data: bytes) -> Script | None:
    """Return what a hook says, None if it is none of ours."""
    text = data.decode("utf-8", "surrogateescape")
    if not text.partition("\n")[2].startswith(_MARK):
        return None
    try:
        settings = {name: shlex.split(value) for name, value in _SETTING.findall(text)}
    except ValueError:  # somebody has edited it; it is ours all the same
        settings = {}
    python = "".join(settings.get("python", ()))
    options = " ".join(settings.get("options", ())).split()
    return Script(python, "--stable" in options, "--strict" in options)
