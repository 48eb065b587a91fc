"""Running git: the program itself, never a shell, nothing that a hostile repository could slip in.

A repository that somebody else made may name programs in its configuration. So hooks, monitors and
pagers are switched off for every call, nothing is ever fetched (a missing object would be, with the
programs that a remote names), and git is told which repository is meant instead of looking for one.
Commands that look at files, or write an index, may start filters besides: they are run in an isolated
repository only (see `isolate`). The others ask for no other program.
Source: git-config(1), githooks(5), git(1) "Environment Variables".
"""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.errors import GitError, RepositoryNotFoundError
from vault_sync.programs import find_program, make_path
from vault_sync.vault.vault import follow_gitfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TIMEOUT: Final = 120.0
_SAFE_OPTIONS: Final = ("--no-pager", "-c", "core.fsmonitor=false", "-c")
_NO_HOOKS: Final = f"core.hooksPath={os.devnull}"
_FIXED: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # git 2.45 and later; all know the next one
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
}
_DROPPED: Final = frozenset(
    {
        "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_COMMON_DIR",
        "GIT_ASKPASS", "GIT_EDITOR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_PROXY_COMMAND",
        "GIT_SEQUENCE_EDITOR", "GIT_SSH", "GIT_SSH_COMMAND", "SSH_ASKPASS",
    }
)  # fmt: skip
_CONFIGURATION: Final = "GIT_CONFIG"
_NOT_FOUND: Final = 128


class Repository(NamedTuple):
    """A repository with a work tree: an ordinary clone, a linked worktree or a submodule.

    Attributes:
        top: the root of the work tree.
        git_dir: what is this work tree's own: its index, its HEAD.
        common_dir: what it shares with its linked worktrees: objects, configuration, hooks.
        index_file: the index to work on; None for the usual one, or that of the environment.
        isolated_in: a folder in which git finds another configuration than that of `common_dir`, of the
            user and of the system; None for these.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    index_file: Path | None = None
    isolated_in: Path | None = None

    def with_index(self, index_file: Path) -> Repository:
        """Return the same repository seen through another index."""
        return self._replace(index_file=index_file)

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """Run a git command at the root of the work tree and return what it prints.

        Args:
            arguments: the command and its arguments.
            data: its standard input.

        Raises:
            GitError: it failed, could not be run or took more than two minutes.
        """
        return run_git(arguments, self.top, data, self.environment())

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a git command that is talked with over pipes; what it says on stderr is dropped.

        Raises:
            GitError: it cannot be run.
        """
        try:
            return subprocess.Popen(  # noqa: S603 - no shell, an absolute program
                [*_command(), *arguments],
                cwd=self.top,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise GitError(f"git cannot be run ({error.strerror}).") from error

    def environment(self) -> dict[str, str]:
        """Return the environment that git is run in for this repository."""
        made = make_environment(os.environ)
        made |= {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top)}
        if self.index_file:
            made["GIT_INDEX_FILE"] = str(self.index_file)
        return self._isolate(made, self.isolated_in) if self.isolated_in else made

    def _isolate(self, made: Mapping[str, str], folder: Path) -> dict[str, str]:
        kept = {name: made[name] for name in made if not name.startswith(_CONFIGURATION)}
        kept.setdefault("GIT_OBJECT_DIRECTORY", str(self.common_dir / "objects"))
        return kept | {
            "GIT_COMMON_DIR": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }


def find_repository(folder: Path) -> Repository:
    """Return the repository whose work tree a folder lies in.

    Raises:
        RepositoryNotFoundError: it lies in none.
        GitError: git refuses the repository, for example because it belongs to another user.
    """
    wanted = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    try:
        said = run_git(("rev-parse", "--path-format=absolute", *wanted), folder)
    except GitError as error:
        raise _explain_missing(folder, error) from error
    lines = os.fsdecode(said).splitlines()
    if len(lines) != len(wanted):
        raise GitError("The path of the repository has a line break in it; give it another name.")
    top, git_dir, common_dir = map(Path, lines)
    if not _lies_in(folder, top):
        raise RepositoryNotFoundError(
            f"{folder} does not lie in the work tree that its repository names (core.worktree)."
        )
    return Repository(top, git_dir, common_dir)


def _lies_in(folder: Path, top: Path) -> bool:
    real = folder.resolve()
    return any(top.samefile(one) for one in (real, *real.parents))


def find_repository_of_hook() -> Repository:
    """Return the repository that git runs this process for, as a hook, a filter or a merge driver.

    Git starts these at the root of the work tree and names what differs from the usual in the
    environment (githooks(5)), so that no question to git is needed.
    """
    top = Path.cwd()
    named = os.environ.get("GIT_INDEX_FILE")
    named_dir = top / os.environ.get("GIT_DIR", ".git")
    git_dir = follow_gitfile(named_dir) or named_dir
    index_file = top / named if named else None
    return Repository(top, git_dir, _find_common_dir(git_dir), index_file)


def _find_common_dir(git_dir: Path) -> Path:
    """Return what a work tree shares with others (gitrepository-layout(5), "commondir")."""
    pointer = git_dir / "commondir"
    if not pointer.is_file():
        return git_dir
    return git_dir / pointer.read_text("utf-8", "surrogateescape").strip()


def run_git(
    arguments: Sequence[str],
    folder: Path,
    data: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run a git command in a folder and return what it prints.

    Args:
        arguments: the command and its arguments.
        folder: the working folder.
        data: the standard input.
        environment: its environment; None for this process's own, made safe.

    Raises:
        GitError: it failed, could not be run or took more than two minutes. Has git's words.
    """
    shown = f"git {arguments[0]}"
    try:
        done = subprocess.run(  # noqa: S603 - no shell, an absolute program
            [*_command(), *arguments],
            cwd=folder,
            env=environment or make_environment(os.environ),
            input=data,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(
            f"`{shown}` took more than {TIMEOUT:.0f} seconds, so it was stopped."
        ) from error
    except OSError as error:
        raise GitError(f"git cannot be run in {folder} ({error.strerror}).") from error
    if done.returncode:
        raise GitError(f"`{shown}` failed: {_first_line(done.stderr)}", done.returncode)
    return done.stdout


def make_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for git: its messages in English, no questions, no network."""
    kept = {name: value for name, value in environment.items() if name not in _DROPPED}
    return kept | _FIXED | {"PATH": make_path(environment)}


def _command() -> list[str]:
    program = find_program("git")
    if program is None:
        raise GitError("There is no git on this computer's PATH; install it (https://git-scm.com).")
    return [program, *_SAFE_OPTIONS, _NO_HOOKS]


def _explain_missing(folder: Path, error: GitError) -> GitError:
    if error.code == _NOT_FOUND and (
        "not a git repository" in str(error) or "work tree" in str(error)
    ):
        return RepositoryNotFoundError(
            f"{folder} does not lie in the work tree of a git repository; `git init` makes one."
        )
    return error


def _first_line(said: bytes) -> str:
    """Return the first line of what git complains, fit to be printed."""
    line = said.decode("utf-8", "replace").strip().partition("\n")[0]
    return "".join(one if one.isprintable() else "?" for one in line) or "it did not say why."


# A repository in which git starts no program but the one that we hand over.
#
# A git that compares files with an index, or writes an index, may start programs that the configuration
# and the attributes name: filters of any name, hooks, monitors, and what a future git will know. So for
# these calls git finds another configuration in place of the repository's, the user's and the system's:
# only settings that say how files and indexes look, each on our list, copied as they are. The index,
# HEAD and the objects are the repository's own. Source: git(1), `GIT_COMMON_DIR`; git-config(1).

_MAX_BYTES: Final = 1024 * 1024
LIST_SETTINGS: Final = ("config", "-z", "--list")
FILTER_SETTING: Final = "filter.vault-sync.process"
_COPIED: Final = frozenset(
    {
        "core.attributesfile", "core.autocrlf", "core.bigfilethreshold", "core.checkroundtripencoding",
        "core.checkstat", "core.eol", "core.filemode", "core.fscache", "core.hidedotfiles",
        "core.ignorecase", "core.ignorestat", "core.longpaths", "core.precomposeunicode",
        "core.preloadindex", "core.protecthfs", "core.protectntfs", "core.sharedrepository",
        "core.sparsecheckout", "core.sparsecheckoutcone", "core.splitindex", "core.symlinks",
        "core.trustctime", "extensions.objectformat", "index.skiphash", "index.sparse", "index.threads",
        "index.version", "splitindex.maxpercentchange", "splitindex.sharedindexexpire",
    }
)  # fmt: skip
"""Settings of which none names a program."""
_ISOLATED: Final = (("core.repositoryformatversion", "1"), ("core.safecrlf", "false"))
_SPECIAL: Final = re.compile(r'["\\]')


@contextmanager
def isolate(
    repository: Repository, settings: Mapping[str, str | None], command: str = ""
) -> Iterator[Repository]:
    """Yield the same repository, in which git starts no program, or our filter alone.

    Refs are not seen in it: HEAD is a commit only where it is detached.

    Args:
        repository: whose index, objects and work tree count.
        settings: all that counts there; see `read_settings`.
        command: of our filter, as the shell takes it; empty where no filter shall be asked.

    Raises:
        GitError: there is no place for the other configuration.
    """
    from vault_sync.files.export import make_scratch  # noqa: PLC0415 - for a quick start

    copied = ((name, value) for name, value in settings.items() if name in _COPIED)
    ours = ((FILTER_SETTING, command),) if command else ()
    config = "".join(_render(*setting) for setting in (*copied, *_ISOLATED, *ours))
    with ExitStack() as stack:
        try:
            attributes = read_attributes(attributes_file(repository))
            files = {"config": os.fsencode(config), "info/attributes": attributes, "refs/none": b""}
            folder = stack.enter_context(make_scratch(files))
        except OSError as error:
            message = f"git's settings cannot be copied ({error.strerror})."
            raise GitError(message) from error
        yield repository._replace(isolated_in=folder)


def read_settings(repository: Repository) -> dict[str, str | None]:
    """Return all settings that count in a repository, the last one of each name.

    Raises:
        GitError: the configuration cannot be read.
    """
    return parse_settings(repository.run(*LIST_SETTINGS))


def parse_settings(listed: bytes) -> dict[str, str | None]:
    """Return what `LIST_SETTINGS` told; a name without a value, which means yes, has None."""
    settings: dict[str, str | None] = {}
    for setting in os.fsdecode(listed).split("\0")[:-1]:
        name, separator, value = setting.partition("\n")
        settings[name] = value if separator else None
    return settings


def _render(name: str, value: str | None) -> str:
    """Return a setting as a configuration file has it (git-config(1), "Syntax")."""
    section, _, rest = name.partition(".")
    subsection, _, key = rest.rpartition(".")
    head = f'[{section} "{subsection}"]' if subsection else f"[{section}]"
    if value is None:
        return f"{head}\n\t{key}\n"
    quoted = _SPECIAL.sub(r"\\\g<0>", value).replace("\n", "\\n")
    return f'{head}\n\t{key} = "{quoted}"\n'


def attributes_file(repository: Repository) -> Path:
    """Return the attributes that are a clone's own (gitrepository-layout(5), "info/attributes")."""
    return repository.common_dir / "info" / "attributes"


def read_attributes(path: Path) -> bytes:
    """Return a file of attributes, nothing where there is none.

    Raises:
        OSError: it cannot be read, is no plain file, or has more than a mebibyte.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MAX_BYTES:
            raise OSError(errno.EINVAL, "it is no plain file of attributes", str(path))
        return file.read()
