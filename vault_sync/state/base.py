"""Where the state folders of all vaults are."""

from __future__ import annotations

import os
import sys

BASE_VARIABLE = "VAULT_SYNC_STATE"
_UNUSUAL = frozenset({"ANDROID_DATA", "XDG_STATE_HOME"})


def find_base() -> str:
    """Return the absolute path of the folder of all state folders; nothing is made or looked at.

    It is the user's state folder (platformdirs: ``~/.local/state/vault-sync`` on Linux), or the
    folder that the environment variable VAULT_SYNC_STATE names.
    """
    named = os.environ.get(BASE_VARIABLE)
    if named:
        return os.path.abspath(named)  # noqa: PTH100 - pathlib takes long to load
    if sys.platform == "linux" and not _UNUSUAL & os.environ.keys():
        # What platformdirs says here, too; to load it takes as long as a hook may take in all.
        return os.path.expanduser("~/.local/state/vault-sync")  # noqa: PTH111 - as above
    import platformdirs  # noqa: PLC0415 - for a quick start

    return platformdirs.user_state_dir("vault-sync")
