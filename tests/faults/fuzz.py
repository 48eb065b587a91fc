"""Fuzzing led by the coverage of the code: ``python -m tests.faults.fuzz TARGET --seconds N``.

It takes atheris (``pip install atheris``; Linux and macOS, CPython up to the version it is made for). It ends
with 0 where no promise was broken in the time; else the bytes that broke it are left in a file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("surgeon", "formula", "config")


def main() -> None:
    """Fuzz one target for some time."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz", description=__doc__)
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    atheris = load_atheris()
    with atheris.instrument_imports(include=["vault_sync"]):
        targets: Any = import_module("tests.faults.targets")
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(targets.list_seeds(asked.target)):
            Path(corpus, str(number)).write_bytes(seed)
        options = [f"-max_total_time={asked.seconds}", f"-max_len={targets.LONGEST}"]
        options += ["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, corpus], targets.TARGETS[asked.target])
        atheris.Fuzz()


def load_atheris() -> Any:
    """Return the fuzzer, or end with a sentence."""
    try:
        return import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (Linux or macOS, CPython).")


if __name__ == "__main__":
    main()
