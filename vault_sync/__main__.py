"""``python -m vault_sync`` and the ``vault-sync`` command."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line."""
    _open_missing_streams()
    try:
        from vault_sync.programs import collect_garbage_seldom  # noqa: PLC0415 - it may be interrupted

        collect_garbage_seldom()
        from vault_sync.cli import main as run_command_line  # noqa: PLC0415 - click needs the streams

        run_command_line()
    except KeyboardInterrupt:  # before or after the work
        sys.exit(130)


def _open_missing_streams() -> None:
    """Let a process without a standard stream (pythonw.exe, ``>&-``) talk to nobody.

    In this order, as each takes the lowest descriptor that is free: no file of ours ever is one that
    a program we start writes its talk to.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - pathlib takes long to load, and it stays open


if __name__ == "__main__":
    main()
