"""Replacing notes: what must not change, what is refused, and faults of the disk."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.editors import NEW, OLD, Vault
from vault_sync.errors import NoteChangedError, NoteError, Problem
from vault_sync.files import folder, platform, prepare
from vault_sync.files import replace as replacing
from vault_sync.files.folder import name_leftover
from vault_sync.files.outcome import (
    CHANGED_MEANWHILE,
    WriteStatus,
    WriteStep,
    describe_rescue,
    explain,
    explain_displaced,
)
from vault_sync.files.read import read_note
from vault_sync.files.replace import replace_notes

if TYPE_CHECKING:
    from collections.abc import Callable


def replace(vault: Vault, path: str = "cell.md") -> tuple[WriteStatus, str]:
    outcome = replace_notes(vault.root, [vault.replacement(path)], vault.context())[0]
    return outcome.status, outcome.problem.message if outcome.problem else ""


def test_writes_the_new_bytes_and_leaves_nothing_behind(vault: Vault) -> None:
    os.utime(vault.note, (1, 1))
    assert replace(vault) == (WriteStatus.WRITTEN, "")
    assert vault.note.read_bytes() == NEW
    assert vault.note.stat().st_mtime > 1
    assert [path.name for path in vault.folder.iterdir()] == ["cell.md"]
    assert not vault.rescue.exists()


def test_writes_many_notes_in_many_folders_in_their_order(vault: Vault) -> None:
    paths = [f"{number % 5}/{number}.md" for number in range(300)]
    for path in paths:
        (vault.folder / path).parent.mkdir(exist_ok=True)
        (vault.folder / path).write_bytes(OLD)
    outcomes = replace_notes(
        vault.root, [vault.replacement(path) for path in paths], vault.context()
    )
    assert [(outcome.path, outcome.status) for outcome in outcomes] == [
        (path, WriteStatus.WRITTEN) for path in paths
    ]
    assert {(vault.folder / path).read_bytes() for path in paths} == {NEW}
    assert not vault.leftovers()


@pytest.mark.parametrize(("looks", "written"), [(0, 0), (1, 48), (2, 96), (3, 100)])
def test_a_run_that_is_asked_to_end_ends_what_it_has_begun(
    vault: Vault, looks: int, written: int
) -> None:
    paths = [f"{number}.md" for number in range(100)]
    for path in paths:
        (vault.folder / path).write_bytes(OLD)
    answers = [*[False] * looks, True]
    context = vault.context(is_stopped=lambda: answers.pop(0))
    outcomes = replace_notes(vault.root, [vault.replacement(path) for path in paths], context)
    assert [(outcome.path, outcome.status) for outcome in outcomes] == [
        (path, WriteStatus.WRITTEN if number < written else WriteStatus.STOPPED)
        for number, path in enumerate(paths)
    ]
    assert [(vault.folder / path).read_bytes() for path in paths] == [
        *[NEW] * written,
        *[OLD] * (100 - written),
    ]
    assert not vault.leftovers()


def test_a_second_text_for_the_same_version_is_not_written(vault: Vault) -> None:
    twice = [vault.replacement(), vault.replacement(new=b"another")]
    outcomes = replace_notes(vault.root, twice, vault.context())
    assert [outcome.status for outcome in outcomes] == [WriteStatus.WRITTEN, WriteStatus.CHANGED]
    assert vault.note.read_bytes() == NEW


@pytest.mark.parametrize(
    "other",
    [
        {"data": OLD.replace(b"3", b"4")},
        *({"signature": {name: 1}} for name in ("mtime_ns", "ctime_ns", "size", "inode", "device")),
    ],
)
def test_a_text_for_another_version_is_not_written(vault: Vault, other: dict[str, Any]) -> None:
    new = vault.replacement()
    changed = dict(other)
    if "signature" in other:
        changed["signature"] = new.old.signature._replace(**other["signature"])
    new = new._replace(old=new.old._replace(**changed))
    reached: list[WriteStep] = []
    context = vault.context(steps=lambda step, _: reached.append(step))
    outcome = replace_notes(vault.root, [new], context)[0]
    assert (outcome.status, outcome.problem) == (WriteStatus.CHANGED, CHANGED_MEANWHILE)
    assert (vault.note.read_bytes(), vault.leftovers()) == (OLD, [])
    assert WriteStep.SWAPPED not in reached


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o755, 0o666])
def test_keeps_the_mode(vault: Vault, mode: int) -> None:
    vault.note.chmod(mode)
    assert replace(vault)[0] is WriteStatus.WRITTEN
    assert stat.S_IMODE(vault.note.stat().st_mode) == mode


def test_keeps_extended_attributes_and_takes_on_none(vault: Vault) -> None:
    # The access list of a folder that lets user 1234 write the files made in it.
    entries = ("01000700ffffffff", "02000700d2040000", "04000500ffffffff", "10000700ffffffff")
    acl = bytes.fromhex("02000000" + "".join(entries) + "20000500ffffffff")
    try:
        os.setxattr(vault.note, "user.tag", "복습".encode())
        os.setxattr(vault.folder, "system.posix_acl_default", acl)
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    assert replace(vault)[0] is WriteStatus.WRITTEN
    (vault.folder / "plain").touch()
    assert os.listxattr(vault.folder / "plain") == ["system.posix_acl_access"]
    assert os.listxattr(vault.note) == ["user.tag"]
    assert os.getxattr(vault.note, "user.tag") == "복습".encode()


@pytest.mark.skipif(not hasattr(os, "listxattr"), reason="no extended attributes here")
@pytest.mark.parametrize(
    ("code", "status"), [(errno.ENOTSUP, WriteStatus.WRITTEN), (errno.EPERM, WriteStatus.FAILED)]
)
def test_a_file_system_without_extended_attributes_has_none_to_keep(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, code: int, status: WriteStatus
) -> None:
    def refuse(_file: object) -> list[str]:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "listxattr", refuse)
    assert replace(vault)[0] is status
    assert vault.note.read_bytes() == (NEW if status is WriteStatus.WRITTEN else OLD)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize(("owner", "group"), [(1234, 2345), (1234, -1), (-1, 2345)])
def test_keeps_owner_and_group(vault: Vault, owner: int, group: int) -> None:
    os.chown(vault.note, owner, group)
    before = vault.note.stat()
    assert replace(vault)[0] is WriteStatus.WRITTEN
    after = vault.note.stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@pytest.mark.skipif(os.name != "posix", reason="owners have no numbers here")
@pytest.mark.parametrize(
    ("old", "ours", "told"),
    [
        ((7, 7), (7, 7), []),
        ((3, 7), (7, 7), [(3, -1)]),
        ((9, 7), (7, 7), [(9, -1)]),
        ((7, 3), (7, 7), [(-1, 3)]),
        ((7, 9), (7, 7), [(-1, 9)]),
        ((3, 9), (7, 7), [(3, 9)]),
        ((7, 3), (3, 7), [(7, 3)]),
    ],
)
def test_owner_and_group_are_set_where_a_new_file_has_others(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    old: tuple[int, int],
    ours: tuple[int, int],
    told: list[tuple[int, int]],
) -> None:
    asked: list[tuple[int, int]] = []
    facts, fresh = (
        SimpleNamespace(st_uid=one[0], st_gid=one[1], st_mode=0o100644) for one in (old, ours)
    )
    new = vault.folder / "new"
    with vault.note.open("rb") as one, new.open("wb") as two, monkeypatch.context() as patch:
        patch.setattr(os, "fstat", lambda _file: fresh)
        patch.setattr(os, "fchown", lambda _file, *owner: asked.append(owner))
        prepare.copy_metadata(one.fileno(), facts, two.fileno())  # type: ignore[arg-type]  # as much as is asked for
    assert asked == told


@pytest.mark.parametrize("call", ["fchown", "setxattr", "fchmod"])
def test_leaves_a_note_alone_whose_metadata_cannot_be_kept(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    os.setxattr(vault.note, "user.tag", b"x")
    os.chown(vault.note, -1, os.getegid() + 1 if call == "fchown" else -1)
    monkeypatch.setattr(os, call, refuse)
    status, words = replace(vault)
    assert (status, vault.note.read_bytes()) == (WriteStatus.FAILED, OLD)
    assert "could not be kept" in words
    assert not vault.leftovers()


def link_twice(note: Path) -> None:
    os.link(note, note.with_name("twin.md"))


@pytest.mark.parametrize(
    ("act", "words"),
    [(link_twice, "several names"), (lambda note: note.chmod(0o444), "read-only")],
)
def test_refuses_to_write_what_it_may_read(
    vault: Vault, act: Callable[[Path], None], words: str
) -> None:
    act(vault.note)
    status, message = replace(vault)
    assert (status, vault.note.read_bytes()) == (WriteStatus.FAILED, OLD)
    assert words in message


def test_refuses_to_write_the_note_of_another_user(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "effective_user", lambda: 4321)
    status, message = replace(vault)
    assert (status, vault.note.read_bytes()) == (WriteStatus.FAILED, OLD)
    assert "another user" in message


CODES = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "quota",
    errno.EROFS: "read-only",
    errno.EACCES: "permissions",
    errno.EIO: "disk reports an error",
    errno.EMFILE: "Too many files",
}


def test_what_is_taken_back_is_the_notes_of_the_folder_that_was_not_synced(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bad", "good"):
        (vault.folder / name).mkdir()
        (vault.folder / name / "note.md").write_bytes(OLD)
    bad = folder.Folder(str(vault.folder / "bad")).identity
    real = folder.Folder.sync

    def sync(opened: folder.Folder) -> None:
        if opened.identity == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(opened)

    monkeypatch.setattr(folder.Folder, "sync", sync)
    notes = [vault.replacement(f"{name}/note.md") for name in ("bad", "good")]
    outcomes = replace_notes(vault.root, notes, vault.context())
    assert [outcome.status for outcome in outcomes] == [WriteStatus.FAILED, WriteStatus.WRITTEN]
    assert [(vault.folder / note.path).read_bytes() for note in notes] == [OLD, NEW]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("place", ["create", "write", "sync", "swap", "sync folder"])
def test_an_error_of_the_disk_spares_the_note_and_the_others(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, place: str, code: int
) -> None:
    (vault.folder / "other").mkdir()
    (vault.folder / "other/note.md").write_bytes(OLD)
    owner, name = {
        "create": (folder.Folder, "create"),
        "write": (prepare, "write_all"),
        "sync": (platform, "sync_file"),
        "swap": (replacing, "swap"),
        "sync folder": (folder.Folder, "sync"),
    }[place]
    real, calls = getattr(owner, name), []

    def fail_once(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise OSError(code, os.strerror(code))
        return real(*arguments)

    both = [vault.replacement(), vault.replacement("other/note.md")]
    monkeypatch.setattr(owner, name, fail_once)
    first, second = replace_notes(vault.root, both, vault.context())
    ends = {outcome.path: outcome for outcome in (first, second)}
    failed = first if first.status is WriteStatus.FAILED else second
    spared = "cell.md" if failed.path == "cell.md" else "other/note.md"
    other = ({*ends} - {spared}).pop()
    assert ends[spared].status is WriteStatus.FAILED
    assert CODES[code] in (failed.problem.message if failed.problem else "")
    assert (vault.folder / spared).read_bytes() == OLD
    assert (vault.folder / other).read_bytes() == NEW
    assert (vault.leftovers(), vault.rescued()) == ([], [])


@pytest.mark.parametrize("step", [step for step in WriteStep if step is not WriteStep.GIVEN_BACK])
def test_an_interrupt_leaves_a_whole_note_and_no_new_file(vault: Vault, step: WriteStep) -> None:
    def interrupt(reached: WriteStep, _: str) -> None:
        if reached is step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_notes(vault.root, [vault.replacement()], vault.context(steps=interrupt))
    assert vault.note.read_bytes() in (OLD, NEW)
    assert not [name for name in vault.leftovers() if name.endswith(".part")]
    # What an interrupt right after the swap leaves is the user's old text: it waits for the recovery.
    assert all((vault.folder / name).read_bytes() == OLD for name in vault.leftovers())


def test_few_bytes_at_a_time_make_the_same_text(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:3]))
    assert replace(vault)[0] is WriteStatus.WRITTEN
    assert vault.note.read_bytes() == NEW


def test_a_rescue_copy_never_overwrites_another(vault: Vault) -> None:
    rescue_folder = vault.context().rescue_folder
    copies = [rescue_folder.keep("a/" + "긴" * 84 + ".md", text) for text in (b"one", b"two")]
    assert [copy.read_bytes() for copy in copies] == [b"one", b"two"]
    assert {stat.S_IMODE(copy.stat().st_mode) for copy in copies} == {0o600}
    assert stat.S_IMODE(vault.rescue.stat().st_mode) == 0o700


def test_our_names_are_short_whatever_the_note_is_called(vault: Vault) -> None:
    path = "ㄱ" * 84 + ".md"
    (vault.folder / path).write_bytes(OLD)
    assert len(os.fsencode(name_leftover("20241027T140100-3f2a", path, "part"))) < 80
    assert replace(vault, path)[0] is WriteStatus.WRITTEN


FULL_DISK = """
import os, sys
from pathlib import Path
from vault_sync.files.outcome import WriteContext
from vault_sync.files.folder import VaultFolder
from vault_sync.files.outcome import Replacement
from vault_sync.files.read import read_note
from vault_sync.files.replace import replace_notes
from vault_sync.files.export import RescueFolder
folder, state = Path(sys.argv[1]), Path(sys.argv[2])
note = folder / "cell.md"
note.write_bytes(b"o" * 9000)
replacement = Replacement("cell.md", read_note(VaultFolder(folder), "cell.md"), b"n" * 9000)
filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filler, b"x" * 4096)
except OSError:
    pass
context = WriteContext("20241027T140100-3f2a", RescueFolder(state, "20241027T140100-3f2a"))
outcome = replace_notes(VaultFolder(folder), [replacement], context)[0]
assert note.read_bytes() == b"o" * 9000
assert sorted(os.listdir(folder)) == ["cell.md", "filler"], os.listdir(folder)
print(outcome.status.value, outcome.problem.message)
"""


def test_a_full_disk_spares_the_note(tmp_path: Path) -> None:
    mount, state = tmp_path / "mount", tmp_path / "state"
    mount.mkdir()
    script = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$1" "$4"'
    arguments = ["sh", str(mount), sys.executable, FULL_DISK, str(state)]
    try:
        subprocess.run(["unshare", "-Urm", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system does not let us mount a small disk")
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == (
        "failed There is no space left on the disk; the note is as it was.",
        "",
    )


def test_text_and_folder_are_synced_in_time(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(
        platform, "sync_file", lambda descriptor: synced.append(os.fstat(descriptor).st_ino)
    )
    inodes: dict[WriteStep, list[int]] = {}

    def look(step: WriteStep, _: str) -> None:
        inodes[step] = [path.stat().st_ino for path in vault.folder.glob(".vault-sync-*.part")]
        if step is WriteStep.COMPARED:
            assert synced == inodes[WriteStep.PREPARED]
        if step is WriteStep.FOLDER_SYNCED:
            assert synced[-1] == vault.folder.stat().st_ino

    replace_notes(vault.root, [vault.replacement()], vault.context(steps=look))
    assert len(synced) == 2


def test_reads_back_what_it_wrote(vault: Vault) -> None:
    replace(vault)
    assert read_note(vault.root, "cell.md").data == NEW


REFUSED = Problem("The note is read-only, so it is left alone.")


def caused(code: int) -> NoteError:
    error = NoteError(REFUSED)
    error.__cause__ = OSError(code, os.strerror(code))
    return error


@pytest.mark.parametrize("make", [lambda code: OSError(code, os.strerror(code)), caused])
@pytest.mark.parametrize("name", ["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO", "ESTALE"])
def test_a_note_that_is_no_longer_in_its_place_was_changed(
    make: Callable[[int], OSError | NoteError], name: str
) -> None:
    outcome = explain("a.md", make(getattr(errno, name)))
    assert outcome == ("a.md", WriteStatus.CHANGED, CHANGED_MEANWHILE, None, None)


@pytest.mark.parametrize(
    ("error", "status", "problem"),
    [
        (NoteChangedError(REFUSED), WriteStatus.CHANGED, CHANGED_MEANWHILE),
        (NoteError(REFUSED), WriteStatus.FAILED, REFUSED),
        (caused(errno.EPERM), WriteStatus.FAILED, REFUSED),
    ],
)
def test_a_note_that_is_refused_says_why(
    error: NoteError, status: WriteStatus, problem: Problem
) -> None:
    assert explain("a.md", error) == ("a.md", status, problem, None, None)


def test_what_became_of_other_versions_is_said_in_whole_sentences() -> None:
    assert describe_rescue(None) is None
    assert describe_rescue(Path("/state/1 a.md")) == Problem(
        "Another program wrote this note at the same moment; the version that is not in the note"
        " is kept in “/state/1 a.md”. Compare the two."
    )
    outcome = explain_displaced("a.md", ".old", OSError(errno.EIO, "Input/output error"))
    assert (outcome.path, outcome.status) == ("a.md", WriteStatus.WRITTEN)
    assert outcome.problem
    assert outcome.problem.message.startswith("The earlier version of the note could not be dealt")
    assert outcome.problem.message.endswith(
        "); it stays beside the note as “.old” until the next run."
    )
