"""Make a note of every case of the YAML test suite, refresh it, and compare bytes and meaning.

Run from the repository: ``python -m benchmarks.yaml_suite SUITE``, where SUITE is a checkout of
https://github.com/yaml/yaml-test-suite. Each case, right or wrong YAML, becomes the frontmatter of
four notes: the properties of a study note stand before or behind what the case has, with old values
(they are edited) or without the derived ones (they are added).

What must hold: no other byte changes; every other property means what it meant, read in full; every derived value is right; or else the note is refused and untouched.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from benchmarks.real_vaults import (
    CLOSING,
    DERIVED,
    SOURCES,
    classify,
    drop_derived,
    make_lines,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES: Final = ("before", "behind")
KINDS: Final = ("stale", "bare")
OURS: Final = {*DERIVED, *(line.partition(":")[0] for line in SOURCES)}
SPELLED: Final = {
    "␣": " ", "↵": "", "∎\n": "", "←": "\r", "⇔": "\ufeff",
}  # fmt: skip
TAB: Final = re.compile("—*»")


@dataclass(slots=True)
class Figures:
    """What the suite showed. All counts are notes, four for each case.

    Attributes:
        cases: of the suite.
        notes: that were made.
        refreshed: those that were written.
        refused: those that were reported and left as they were, by reason.
        silent: those that were neither written nor reported, by what they are.
        damaged: those with another byte changed; must be none.
        twisted: those in which another property means something else; must be none.
        wrong: those with a derived value that is not the right one, and no problem; must be none.
    """

    cases: int = 0
    notes: int = 0
    refreshed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    twisted: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Say whether every promise was kept."""
        return not (self.damaged or self.twisted or self.wrong)


def read_cases(suite: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the YAML of every case of a checkout."""
    reader = YAML(typ="safe", pure=True)
    for path in sorted((suite / "src").glob("*.yaml")):
        text = ""
        for number, case in enumerate(reader.load(path.read_text("utf-8"))):
            text = case.get("yaml", text)  # a case without its own has that of the case before it
            yield f"{path.stem}-{number}", spell_out(text)


def spell_out(text: str) -> str:
    """Return the YAML of a case with the characters that the suite only hints at."""
    for sign, meant in SPELLED.items():
        text = text.replace(sign, meant)
    return TAB.sub("\t", text)


def write_notes(suite: Path, vault: Path) -> int:
    """Make the notes of a vault and return how many cases there were."""
    count = 0
    for count, (name, text) in enumerate(read_cases(suite), 1):
        for kind in KINDS:
            ours = make_lines(kind, count)
            ours = (
                ours[len(SOURCES) :] + ours[: len(SOURCES)]
            )  # a case may go on with the last value
            lines = "".join(f"{line}\n" for line in ours)
            theirs = text if not text or text.endswith("\n") else text + "\n"
            for place in PLACES:
                block = lines + theirs if place == "before" else theirs + lines
                note = vault / f"{name} {kind} {place}.md"
                note.write_bytes(f"---\n{block}---\nThe body.\n".encode())
    return count


def mean(data: bytes) -> object:
    """Return what the properties of a note mean but for ours; None where nobody can read them.

    That is ruamel.yaml in pure Python, and PyYAML for what only libyaml reads, such as some tabs.
    """
    text = split(data)[0].decode()
    for compose in (YAML(typ="safe", pure=True).compose, _compose_with_pyyaml):
        try:
            return describe(compose(text), OURS)
        except (YAMLError, yaml.YAMLError, ValueError, AttributeError, AssertionError):
            continue
    return None


def _compose_with_pyyaml(text: str) -> Any:
    return yaml.compose(text, yaml.CSafeLoader)


def split(data: bytes) -> tuple[bytes, bytes]:
    """Return the block of a note, and the rest from its closing fence on."""
    start = data.index(b"\n") + 1
    closing = CLOSING.search(data, start)
    assert closing is not None
    return data[start : closing.start()], data[closing.start() :]


def compare(before: bytes, after: bytes) -> tuple[bool, bool]:
    """Say whether all other bytes are the same, and whether all derived values are right."""
    block, tail = split(before)
    kept, _ = drop_derived(block)
    kept_after, values = drop_derived(after[len("---\n") : len(after) - len(tail)])
    return after.endswith(tail) and kept == kept_after, values == DERIVED


def describe(node: Any, left_out: set[str]) -> object:
    """Return a node as plain data: tags, texts and order, no marks and no styles."""
    if node.id == "mapping":
        pairs = [pair for pair in node.value if not is_one_of(pair[0], left_out)]
        return str(node.tag), [(describe(key, set()), describe(one, set())) for key, one in pairs]
    if node.id == "sequence":
        return str(node.tag), [describe(one, set()) for one in node.value]
    return str(node.tag), node.value


def is_one_of(key: Any, names: set[str]) -> bool:
    """Say whether a key is one of some names."""
    return key.id == "scalar" and key.value in names


def judge(before: dict[Path, bytes], told: dict[str, list[Any]], figures: Figures) -> None:
    """Compare every note with what it was."""
    for note, data in before.items():
        after = note.read_bytes()
        problems = told.get(note.name, [])
        if problems:
            figures.refused[classify(problems[0]["message"])] += 1
        if after == data:
            figures.silent["no mapping, or no end"] += not problems
            continue
        figures.refreshed += not problems
        is_kept, is_right = compare(data, after)
        figures.damaged += [] if is_kept else [note.name]
        figures.twisted += [] if mean(data) == mean(after) is not None else [note.name]
        figures.wrong += [] if is_right or problems else [note.name]


def measure(suite: Path, scratch: Path) -> Figures:
    """Refresh the notes of the suite and return what that showed."""
    vault = scratch / "vault"
    (vault / ".obsidian").mkdir(parents=True)
    figures = Figures(cases=write_notes(suite, vault))
    before = {note: note.read_bytes() for note in vault.glob("*.md")}
    figures.notes = len(before)
    _, told = run(vault, scratch / "state")
    judge(before, {note["path"]: note["problems"] for note in told}, figures)
    marks = {note: note.stat().st_mtime_ns for note in before}
    run(vault, scratch / "state")
    figures.wrong += [note.name for note in before if note.stat().st_mtime_ns != marks[note]]
    return figures


def tell(figures: Figures) -> dict[str, Any]:
    """Return the figures as JSON has them."""
    return {
        "cases": figures.cases,
        "notes": figures.notes,
        "refreshed": figures.refreshed,
        "refused": figures.refused.total(),
        "refused_because": dict(figures.refused.most_common()),
        "left_alone_silently": figures.silent.total(),
        "damaged": figures.damaged,
        "twisted": figures.twisted,
        "wrong": figures.wrong,
    }


def main() -> int:
    """Run over the suite; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.yaml_suite")
    parser.add_argument("suite", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # ruamel.yaml's about the cases' repeated anchors
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(chosen.suite, Path(scratch))
    print(json.dumps(tell(figures), indent=2, ensure_ascii=False))
    return 0 if figures.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
