"""The vault that tests of files work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.files.editors import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    folder = tmp_path / "vault"
    folder.mkdir()
    made = Vault(folder, tmp_path / "state" / "rescue")
    yield made
    made.root.close()
