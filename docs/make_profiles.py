"""Packs the profiles after one of their data files has changed: ``python -m docs.make_profiles``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import vault_sync
from vault_sync.rules.profile import pack_source
from vault_sync.rules.profile_reader import read_profile
from vault_sync.rules.stages import StudySettings

PROFILES: Final = Path(vault_sync.__file__).parent / "profiles"


def pack_profile(source: Path) -> str:
    """Return the packed form of a profile's data file."""
    return pack_source(read_profile(source.stem, StudySettings(), []))


def main() -> None:
    """Write the packed form of every profile beside its data file."""
    for source in PROFILES.glob("*.yaml"):
        source.with_suffix(".json").write_text(pack_profile(source), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
