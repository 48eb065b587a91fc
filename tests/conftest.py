"""What all tests share."""

from __future__ import annotations

import signal

from hypothesis import settings

# A test that hangs is ended by pytest-timeout; one that is slow on a busy machine is not wrong.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Where the tests run in the background, Ctrl+C may be ignored, and every program that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
