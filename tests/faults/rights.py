"""Notes and folders with unusual rights: either all of them are kept, or the note is left alone."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from tests.faults.bench import OLD, open_bench
from tests.faults.report import CannotRunError, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.faults.bench import Bench
    from tests.faults.report import Effort

    Case = Callable[[Bench], AbstractContextManager[None]]

_SOMEBODY: Final = 12345
# Version 2; the owner rw-, the user 12345 rw-, the group r--, the mask rw-, others nothing: acl(5).
_ACL: Final = bytes.fromhex(
    "02000000 0100 0600 ffffffff 0200 0600 39300000 0400 0400 ffffffff 1000 0600 ffffffff"
    " 2000 0000 ffffffff"
)


def have_odd_rights(place: Path, effort: Effort) -> Tally:
    """Refresh notes that lie in each of these ways, then once more when all is as usual."""
    tally = Tally("unusual rights")
    codes: Counter[int] = Counter()
    with open_bench(place) as bench:
        for name, case in CASES.items():
            bench.lay()
            try:
                codes[refresh_under(bench, name, case, tally)] += 1
            except CannotRunError as error:
                tally.facts.append(f"{name}: not run: {error}")
    shown = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    tally.facts.append(f"exit codes: {shown}")
    return tally


def refresh_under(bench: Bench, name: str, case: Case, tally: Tally) -> int:
    """Refresh while rights are unusual, and compare the rights before and after."""
    with ExitStack() as stack:
        stack.enter_context(case(bench))
        before = read_rights(bench)
        code = bench.run()
        tally.faults += 1
        if read_rights(bench) != before:
            tally.accuse(
                "wrong", f"{name}: rights before and after: {before}, {read_rights(bench)}"
            )
    bench.examine(tally, name, code)
    return code


def read_rights(bench: Bench) -> dict[str, tuple[object, ...]]:
    """Return mode, owner, group, number of names and extended attributes of each note."""
    found: dict[str, tuple[object, ...]] = {}
    for name in OLD:
        path = bench.vault / name
        one = path.stat()
        extended = {key: os.getxattr(path, key) for key in os.listxattr(path)}
        found[name] = (one.st_mode, one.st_uid, one.st_gid, one.st_nlink, extended)
    return found


def have_mode(mode: int) -> Case:
    """Return the case of a note with a mode."""

    @contextmanager
    def case(bench: Bench) -> Iterator[None]:
        (bench.vault / "note.md").chmod(mode)
        yield
        (bench.vault / "note.md").chmod(0o644)

    return case


def have_attribute(name: str, value: bytes) -> Case:
    """Return the case of a note with an extended attribute."""

    @contextmanager
    def case(bench: Bench) -> Iterator[None]:
        with explain(name):
            os.setxattr(bench.vault / "note.md", name, value)
        yield

    return case


def have_flag(flag: str, place: str) -> Case:
    """Return the case of a file or folder with a flag of chattr(1)."""

    @contextmanager
    def case(bench: Bench) -> Iterator[None]:
        path = bench.place / place
        command = ["chattr", f"+{flag}", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            raise CannotRunError("flags cannot be set here")
        try:
            yield
        finally:
            subprocess.run(["chattr", f"-{flag}", str(path)], check=True)

    return case


@contextmanager
def belong_to_somebody(bench: Bench) -> Iterator[None]:
    """Give a note to another user and group."""
    with explain("another owner"):
        os.chown(bench.vault / "note.md", _SOMEBODY, _SOMEBODY)
    yield


@contextmanager
def hand_on_the_group(bench: Bench) -> Iterator[None]:
    """Lay a note into a folder that gives its own group to all that is made in it."""
    with explain("another group"):
        os.chown(bench.vault, -1, _SOMEBODY)
    bench.vault.chmod(0o2775)
    yield


@contextmanager
def have_two_names(bench: Bench) -> Iterator[None]:
    """Give a note another name outside the vault."""
    other = bench.place / "other name"
    other.hardlink_to(bench.vault / "note.md")
    yield
    other.unlink()


@contextmanager
def explain(what: str) -> Iterator[None]:
    """Turn a refusal of the system into a reason why a case cannot be run."""
    try:
        yield
    except OSError as error:
        raise CannotRunError(f"{what} cannot be set here ({error.strerror})") from error


CASES: Final[dict[str, Case]] = {
    **{f"mode {mode:o}": have_mode(mode) for mode in (0o444, 0o400, 0o600, 0o660, 0o755, 0o4755)},
    "an extended attribute": have_attribute("user.colour", b"red\0\xff"),
    "an access list": have_attribute("system.posix_acl_access", _ACL),
    "another owner": belong_to_somebody,
    "a folder that hands on its group": hand_on_the_group,
    "two names": have_two_names,
    "a note that is immutable": have_flag("i", "vault/note.md"),
    "a note that can only grow": have_flag("a", "vault/note.md"),
    "a vault that is immutable": have_flag("i", "vault"),
    "a vault in which nothing can be removed": have_flag("a", "vault"),
    "a state folder that is immutable": have_flag("i", "state"),
}
