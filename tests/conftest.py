"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A test that hangs is ended by pytest-timeout; one that is slow on a busy machine is not wrong.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
