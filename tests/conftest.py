"""What all tests share."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

# A test that hangs is ended by pytest-timeout; one that is slow on a busy machine is not wrong.
EXAMPLES = 500 if os.environ.get("VAULT_SYNC_LONG") else 50  # others each time
settings.register_profile("suite", deadline=None, max_examples=EXAMPLES)
settings.load_profile("suite")

# Tests start some thousand programs: each would compile all modules anew where no bytecode may be kept beside them.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="pycache-")
    atexit.register(shutil.rmtree, os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)

# Where the tests run in the background or under nohup, Ctrl+C or the end of the terminal may be ignored, and every
# program that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests run as on a machine for which ruamel.yaml.clib has no wheel."""
    help_text = "hide libyaml, so that the parser in Python reads all YAML"
    parser.addoption("--without-libyaml", action="store_true", help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Hide libyaml before anything imports it, here and in the programs that tests start.

    Such a run comes besides the plain one, with half as many examples of each law.
    """
    if config.getoption("--without-libyaml"):
        settings.register_profile(
            "again", settings.get_profile("suite"), max_examples=EXAMPLES // 2
        )
        settings.load_profile("again")
        assert "_ruamel_yaml" not in sys.modules
        hiding = str(Path(__file__).parent / "without_libyaml")
        sys.path.insert(0, hiding)
        looked_in = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = f"{hiding}{os.pathsep}{looked_in}" if looked_in else hiding


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the modules and the tests themselves, which stay."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes ``-n auto`` means: one more than there are processors, for many tests wait."""
    usable = len(psutil.Process().cpu_affinity()) if psutil.LINUX else os.cpu_count()
    return (usable or 1) + 1
