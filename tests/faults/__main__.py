"""``python -m tests.faults [--long] [--only GROUP]... [--json FILE]``: all faults, one report.

The exit code is 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.groups import GROUPS, run_group
from tests.faults.report import Effort, render_json, render_table


def main() -> int:
    """Run the groups that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="every fault, not a sample (minutes)")
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="GROUP")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    effort = Effort.LONG if asked.long else Effort.SHORT
    tallies = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only or GROUPS:
            tallies.append(run_group(name, Path(folder).resolve(), effort))
            sys.stderr.write(f"{name}: {tallies[-1].seconds:.0f} s\n")
    sys.stdout.write(render_table(tallies) + "\n")
    if asked.json:
        day = datetime.now(UTC).date().isoformat()
        asked.json.write_text(render_json(tallies, effort, day) + "\n", "utf-8")
    return int(not all(tally.is_clean for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
