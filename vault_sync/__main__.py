"""``python -m vault_sync`` and the ``vault-sync`` command."""

from __future__ import annotations

import sys

from vault_sync.clock import read_wall
from vault_sync.quiet.recalling import repeat_quiet_run

TYPE_CHECKING = False  # that of `typing` takes long to load
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, but for a call that is known to find nothing to do."""
    if repeat_quiet_run(sys.argv[1:], read_wall()):
        sys.exit(0)
    from vault_sync.cli import main as run_command_line  # noqa: PLC0415 - see `repeat_quiet_run`

    run_command_line()


if __name__ == "__main__":
    main()
