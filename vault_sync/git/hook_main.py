"""What the hook does at a commit: refresh what is staged, say so in a line, and let the commit go on.

The heavy part is imported when there is a note to refresh; most commits of a repository have none.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from vault_sync.errors import Problem, VaultSyncError
from vault_sync.git.index import BlobReader, list_staged
from vault_sync.git.repository import Repository, find_repository_of_hook
from vault_sync.programs import collect_garbage_seldom
from vault_sync.text import make_lines_printable, make_printable

if TYPE_CHECKING:
    from vault_sync.engine.report import Summary
    from vault_sync.i18n import Language

_NOTE: Final = ".md"


def main() -> NoReturn:
    """Run the hook and exit with its code; the command line is not loaded for it."""
    collect_garbage_seldom()
    sys.exit(run_hook(is_stable="--stable" in sys.argv, is_strict="--strict" in sys.argv))


def run_hook(*, is_stable: bool, is_strict: bool) -> int:
    """Refresh what is staged, and return the exit code.

    Args:
        is_stable: only formulas that read no clock.
        is_strict: the exit code is that of `vault-sync refresh`; otherwise it is 0.
    """
    try:
        code = _refresh_staged(find_repository_of_hook(), is_stable=is_stable)
    except VaultSyncError as error:
        _print_error(error)
        code = error.exit_code
    if is_strict and code:
        stopped = "The commit was stopped, as the hook is strict. Fix what is named above, or use `git commit --no-verify`."
        _print(f"vault-sync: {_translate(stopped)}")
    return code if is_strict else 0


def _refresh_staged(repository: Repository, *, is_stable: bool) -> int:
    entries = [one for one in list_staged(repository) if one.path[-3:].lower() == _NOTE]
    if not entries:
        return 0
    with BlobReader(repository) as blobs:
        blobs.open()  # git starts while the rest is loaded
        from vault_sync.engine.report import Status  # noqa: PLC0415 - the same
        from vault_sync.formula.registry import Clock  # noqa: PLC0415 - for a quick start
        from vault_sync.git.hook import refresh_staged  # noqa: PLC0415 - the same

        clock = Clock.STABLE if is_stable else Clock.INSTANT
        summary = refresh_staged(blobs, entries, clock, _print_problem, _print_error)
    _print_summary(summary, summary.by_status[Status.CHANGED])
    return summary.exit_code


def _print_summary(summary: Summary, written: int) -> None:
    if written:
        language = _choose_language()
        told = language.say(
            "{notes} refreshed ({properties}).",
            notes=language.count("{n} staged note", "{n} staged notes", written),
            properties=language.count("{n} property", "{n} properties", summary.properties),
        )
        _print(f"vault-sync: {told}")


def _print_error(error: VaultSyncError) -> None:
    _print(f"vault-sync: {_translate(str(error))}")


def _print_problem(path: str, problem: Problem) -> None:
    told = problem._replace(message=_translate(problem.message))
    _print(make_printable(told.located(path)))


def _print(sentence: str) -> None:
    sys.stderr.write(f"{make_lines_printable(sentence)}\n")


def _translate(sentence: str) -> str:
    return _choose_language().translate(sentence)


def _choose_language() -> Language:
    """Return the user's language; most commits have nothing to say, so no catalogue is read before."""
    from vault_sync.i18n import choose_language  # noqa: PLC0415 - for a quick start

    return choose_language(None, os.environ)
