"""What git starts: `python -m vault_sync.git pre-commit`, which does not load the command line."""

import sys

from vault_sync.git.committing import run_hook

if __name__ == "__main__":
    sys.exit(run_hook(is_stable="--stable" in sys.argv, is_strict="--strict" in sys.argv))
