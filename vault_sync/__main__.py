"""``python -m vault_sync`` and the ``vault-sync`` command."""

from __future__ import annotations

from vault_sync.cli import main

if __name__ == "__main__":
    main()
