"""Put what was measured into one page: docs/explanation/figures.md, and its plot.

Run from the repository, with what these commands wrote::

    python -m benchmarks --long > speed.md
    python -m benchmarks.real_vaults FOLDER --json vaults.json
    python -m benchmarks.yaml_suite SUITE > yaml.json
    python -m tests.faults --long --json faults.json
    python -m benchmarks.links --sizes 10000 100000 --pages 500 --links 200 --saves 40 > links.md
    python -m benchmarks.figures --speed speed.md --vaults vaults.json --yaml yaml.json --faults faults.json --links links.md

"""

from __future__ import annotations

import argparse
import json
import platform
import re
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.comparison import OURS, RUAMEL
from benchmarks.plot import draw_bars
from vault_sync import __version__

PAGE: Final = Path(__file__).parent.parent / "docs/explanation/figures.md"
PLOT: Final = "speed.svg"
_PLOTTED: Final = re.compile(r"## (All of [\d,]+ notes stale)\n\n(.*?)(?=\n## |\Z)", re.DOTALL)
_LIBRARIES: Final = ("ruamel.yaml", "ruamel.yaml.clib", "watchdog", "click", "icalendar", "rich")
_VAULT_COLUMNS: Final = (
    "notes", "with_frontmatter", "refreshed", "refused", "left_out", "damaged", "wrong",
    "written_twice",
)  # fmt: skip
_HEAD: Final = """\
# Figures

[한국어](figures.ko.md)

Every figure on this page was measured by a command that you can run. The page puts together what several runs
wrote, some of them on a machine that had other work to do, so judge times by their ratios. What the faults are:
[Faults](faults.md). How the write protocol answers them: [How we write](how-we-write.md).

모두 직접 실행해 볼 수 있는 명령으로 잰 값입니다.
"""
_VAULTS_HEAD: Final = """\
## Public vaults

Each repository is copied twice and made a study vault: with old values in place (*stale*), and with the
values missing (*bare*). *damaged*: a byte changed that is not ours. `python -m benchmarks.real_vaults FOLDER`
"""

_LINKS_HEAD: Final = """\
## Pages that read other notes

500 pages that each read a property of 200 notes, in a vault of 10,000 notes, where each note stands on ten pages, and in one of 100,000,
where it stands on one. A box of a note is ticked beside a daemon; the milliseconds are those from the end of the quiet period until
the first page of the note was right, and until all were; the work is the daemon's processor time for a save, that of its own writes
included. `python -m benchmarks.links --sizes 10000 100000 --pages 500 --links 200 --saves 40`
"""


def render_machine(day: str) -> str:
    """Return where and when the page was made."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"Made on {day} with vault-sync {__version__}, Python {platform.python_version()},"
        f" {platform.system()} {platform.release()} {platform.machine()}; {libraries}."
    )


def render_faults(told: dict[str, Any]) -> str:
    """Return the table of faults.

    Args:
        told: what ``python -m tests.faults --json`` wrote.
    """
    rows = [_render_group(group) for group in told["groups"]]
    heads = (
        "group", "faults injected", "saves looked for", "bytes lost", "torn", "wrong", "left over",
    )  # fmt: skip
    facts = [f"- {group['group']}: {fact}" for group in told["groups"] for fact in group["facts"]]
    return "\n".join(
        [
            f"## Faults\n\n`python -m tests.faults --{told['form']}`, {told['day'][:10]}.\n",
            *_render_table(heads, rows),
            "",
            *facts,
        ]
    )


def _render_group(group: dict[str, Any]) -> list[str]:
    if group["reason"]:
        return [group["group"], f"not run: {group['reason']}", "", "", "", "", ""]
    names = ("faults", "saves", "lost", "torn", "wrong", "left")
    return [group["group"], *(f"{group[name]:,}" for name in names)]


def render_vaults(told: list[dict[str, Any]]) -> str:
    """Return the table of real vaults.

    Args:
        told: what ``python -m benchmarks.real_vaults --json`` wrote.
    """
    rows = [[one["vault"], one["kind"], *_count(one), _rate(one)] for one in told]
    total = {name: sum(one[name] for one in told) for name in (*_VAULT_COLUMNS, "seconds")}
    rows.append(["**all**", "", *_count(total), _rate(total)])
    heads = ["vault", "run", *(name.replace("_", " ") for name in _VAULT_COLUMNS), "notes/s"]
    reasons: Counter[str] = Counter()
    for one in told:
        reasons.update(one["refused_because"])
    return "\n".join(
        [
            _VAULTS_HEAD,
            *_render_table(heads, rows),
            "\nWhy notes were refused:\n",
            *_render_table(
                ("notes", "reason"), [[f"{n:,}", why] for why, n in reasons.most_common()]
            ),
        ]
    )


def _count(one: dict[str, Any]) -> list[str]:
    return [f"{one[name]:,}" for name in _VAULT_COLUMNS]


def _rate(one: dict[str, Any]) -> str:
    return f"{one['notes'] / one['seconds']:,.0f}" if one["seconds"] else ""


def render_suite(told: dict[str, Any]) -> str:
    """Return what the YAML test suite showed.

    Args:
        told: what ``python -m benchmarks.yaml_suite`` printed.
    """
    harm = {name: len(told[name]) for name in ("damaged", "twisted", "wrong")}
    return (
        "## The YAML test suite\n\n"
        "Each case of [yaml-test-suite](https://github.com/yaml/yaml-test-suite), right or wrong, is the"
        " frontmatter of four notes. `python -m benchmarks.yaml_suite SUITE`\n\n"
        f"{told['cases']:,} cases, {told['notes']:,} notes: {told['refreshed']:,} refreshed, {told['refused']:,} refused,"
        f" {told['left_alone_silently']:,} left alone as no properties of ours can be in them."
        f" Other bytes changed: {harm['damaged']}. Other properties that mean something else: {harm['twisted']}."
        f" Wrong values: {harm['wrong']}."
    )


def render_speed(text: str) -> str:
    """Return the tables of ``python -m benchmarks``, one level down, and the plot's place."""
    body = re.sub(r"^# .*\n", "", text.strip())
    body = re.sub(r"^## ", "### ", body, flags=re.MULTILINE)
    return f"## Speed\n\n![Seconds for each program]({PLOT})\n\n{body.strip()}"


def render_links(table: str) -> str:
    """Return the part about pages that read other notes.

    Args:
        table: what ``python -m benchmarks.links --sizes`` printed.
    """
    return f"{_LINKS_HEAD}\n{datetime.now(UTC):%Y-%m-%d}:\n\n{table.strip()}"


def draw_speed(text: str) -> str:
    """Return the plot of the largest race of ``python -m benchmarks`` that has the slow loops.

    In a larger one nobody waits for them; in a smaller one there is more to see, but it tells less.

    Raises:
        ValueError: there is no such race.
    """
    races = [(title, _read_seconds(table)) for title, table in _PLOTTED.findall(text)]
    if not races:
        raise ValueError("the benchmark printed no race of stale notes")
    title, seconds = max(races, key=lambda race: (RUAMEL in race[1], len(race[0]), race[0]))
    return draw_bars(f"{title}: seconds, shorter is better", seconds, OURS)


def _read_seconds(table: str) -> dict[str, float]:
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:] if line[:1] == "|"]
    return {row[0].strip(): float(row[1]) for row in rows}


def _render_table(heads: Any, rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]


def main() -> None:
    """Write the page and the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    for name in ("speed", "vaults", "yaml", "faults", "links"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args()
    speed = chosen.speed.read_text("utf-8")
    vaults, suite, faults = (
        json.loads(path.read_text("utf-8")) for path in (chosen.vaults, chosen.yaml, chosen.faults)
    )
    parts = [
        _HEAD + "\n" + render_machine(f"{datetime.now(UTC):%Y-%m-%d}"),
        render_faults(faults),
        render_vaults(vaults),
        render_suite(suite),
        render_links(chosen.links.read_text("utf-8")),
        render_speed(speed),
    ]
    PAGE.write_text("\n\n".join(parts) + "\n", "utf-8")
    (PAGE.parent / PLOT).write_text(draw_speed(speed), "utf-8")


if __name__ == "__main__":
    main()
