"""What git starts: `python -m vault_sync.git pre-commit`, which does not load the command line."""

import gc
import sys
from typing import Final

from vault_sync.git.committing import run_hook

_COLLECT_AFTER: Final = 50_000  # new objects

if __name__ == "__main__":
    # What is made while the program loads stays: see `vault_sync.cli.main`.
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    sys.exit(run_hook(is_stable="--stable" in sys.argv, is_strict="--strict" in sys.argv))
