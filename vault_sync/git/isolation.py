"""A repository in which git starts no program but the one that we hand over.

A git that compares files with an index, or writes an index, may start programs that the configuration and
the attributes name: filters of any name, hooks, monitors, and what a future git will know. So for these
calls git finds another configuration in place of the repository's, the user's and the system's: only
settings that say how files and indexes look, each on our list, copied as they are. The index, HEAD and the
objects are the repository's own. Source: git(1), `GIT_COMMON_DIR`; git-config(1).
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from vault_sync.errors import GitError
from vault_sync.files.export import make_scratch
from vault_sync.git.attributes import attributes_file, read_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_sync.git.repository import Repository

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
_FIXED: Final = (("core.repositoryformatversion", "1"), ("core.safecrlf", "false"))
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
    copied = ((name, value) for name, value in settings.items() if name in _COPIED)
    ours = ((FILTER_SETTING, command),) if command else ()
    config = "".join(_render(*setting) for setting in (*copied, *_FIXED, *ours))
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
    quoted = _SPECIAL.sub(lambda found: "\\" + found[0], value).replace("\n", "\\n")
    return f'{head}\n\t{key} = "{quoted}"\n'
