"""Packs the profiles after one of their data files has changed: ``python -m docs.make_profiles``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import vault_sync
from vault_sync.note.yamltree import parse_yaml
from vault_sync.rules.packing import pack_tree

PROFILES: Final = Path(vault_sync.__file__).parent / "profiles"


def pack_profile(source: Path) -> str:
    """Return the packed form of a profile's data file."""
    root = parse_yaml(source.read_text("utf-8"))
    if root is None:
        raise ValueError(f"{source.name} is empty")
    return pack_tree(root)


def main() -> None:
    """Write the packed form of every profile beside its data file."""
    for source in PROFILES.glob("*.yaml"):
        source.with_suffix(".json").write_text(pack_profile(source), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
