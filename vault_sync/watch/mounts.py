"""File systems on which other computers, or another system beside this one, write without an event."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_SILENT: Final = {
    "9p": "a folder of another system, such as /mnt/c under WSL",
    "drvfs": "a Windows folder under WSL",
    "cifs": "a network share",
    "smb3": "a network share",
    "nfs": "a network share",
    "nfs4": "a network share",
    "ceph": "a network share",
    "afs": "a network share",
    "ncpfs": "a network share",
    "virtiofs": "a folder of the host of this machine",
    "vboxsf": "a folder of the host of this machine",
    "prl_fs": "a folder of the host of this machine",
    "fuse.vmhgfs-fuse": "a folder of the host of this machine",
    "fuse.grpcfuse": "a folder of the host of this machine",
    "fuse.sshfs": "a network share",
    "fuse.rclone": "a cloud drive",
    "fuse.davfs": "a network share",
    "davfs": "a network share",
}
"""Types of Linux mounts (proc(5), mountinfo) whose other writers cause no event here."""


def find_silence(root: str) -> str | None:
    """Return what kind of place a vault lies in, where changes may come without events.

    Args:
        root: the real path of the vault.

    Returns:
        A noun such as "a network share", None for a disk of this computer.
    """
    if sys.platform == "win32":
        return "a network share" if root.startswith(("\\\\", "//")) else None
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    return _SILENT.get(find_type(lines, root))


def find_type(lines: list[str], root: str) -> str:
    """Return the type of the file system that a path lies in; empty where it cannot be told.

    Args:
        lines: of ``/proc/self/mountinfo``; of two mounts at one place the later one counts.
        root: the real path.
    """
    best, kind = "", ""
    for line in lines:
        before, _, behind = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not behind:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        inside = root == point or root.startswith(point.rstrip("/") + os.sep)
        if inside and len(point) >= len(best):
            best, kind = point, behind.split(" ")[0]
    return kind
