"""How much of real bases is understood: ``python -m benchmarks.real_bases FOLDER``.

Every folder in FOLDER is a vault. Each ``.base`` in it is read, and the first ``base`` block of each
note. Counted are formulas, statements of base-wide filters, and statements of the filters of views,
which are not used but are written in the same language. Nothing is written.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.errors import FormulaSyntaxError, Problem
from vault_sync.formula import compile_formula
from vault_sync.formula.parser import THIS_REFUSED
from vault_sync.rules.base_files import find_base_block, parse_base
from vault_sync.rules.schema_reader import SchemaReader, is_empty
from vault_sync.rules.sources import list_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.rules.sources import SourceText

KINDS: Final = ("formulas", "filters", "view filters")
SHOWN: Final = 3


@dataclass(slots=True)
class Figures:
    """What the bases of some vaults showed.

    Attributes:
        bases: how many there are.
        broken: those whose YAML or shape is not that of a base, with the first problem.
        seen: statements by kind.
        parsed: those of them that are understood, by kind.
        reasons: why the others are not, with where each was found.
    """

    bases: int = 0
    broken: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    parsed: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add_base(self, path: str, text: str) -> None:
        """Read one base."""
        self.bases += 1
        problems: list[Problem] = []
        source = parse_base(text, path, path, problems)
        views = list(list_view_filters(path, text, problems))
        if problems:
            self.broken.append(problems[0].located(path))
        for _, formula in source.formulas:
            self.add_statement("formulas", formula)
        for statement in list_statements(source.filters) if source.filters else ():
            self.add_statement("filters", statement)
        for statement in views:
            self.add_statement("view filters", statement)

    def add_statement(self, kind: str, statement: SourceText) -> None:
        """Compile one formula or statement."""
        self.seen[kind] += 1
        try:
            compile_formula(statement.text)
            self.parsed[kind] += 1
        except FormulaSyntaxError as error:
            place = f"{statement.file}:{statement.line}: {' '.join(statement.text.split())}"
            self.reasons.setdefault(classify(error.message), []).append(place)


def list_view_filters(path: str, text: str, problems: list[Problem]) -> Iterator[SourceText]:
    """Yield the statements in the filters of a base's views."""
    reader = SchemaReader(problems, path)
    root = reader.read_root(text)
    entries = reader.read_mapping(root, "a base") if root else []
    for views in (entry.value for entry in entries if entry.name == "views"):
        for view in reader.read_items(views, "`views`"):
            for entry in reader.read_mapping(view, "a view"):
                if entry.name == "filters" and not is_empty(entry.value):
                    found = reader.read_filter(entry.value)
                    yield from list_statements(found) if found else ()


def classify(message: str) -> str:
    """Return a reason without what differs from formula to formula."""
    return re.sub(r'"(?!this)[^"]*"|\b\w+\(\)|\d+', "…", message)


def list_bases(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every base below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".base", ".md"} and path.is_file():
            text = path.read_text("utf-8-sig", errors="replace")
            found = find_base_block(text) if path.suffix == ".md" else text
            if found is not None:
                yield path.relative_to(folder.parent).as_posix(), found


def describe(figures: Figures) -> str:
    """Return the shares that parse, in one line."""
    shares = (f"{figures.parsed[kind]}/{figures.seen[kind]} {kind}" for kind in KINDS)
    return f"{figures.bases} bases, {len(figures.broken)} broken, {', '.join(shares)}"


def main(folder: Path) -> int:
    """Read the bases of every vault in a folder and print what is understood."""
    everything = Figures()
    for vault in sorted(path for path in folder.iterdir() if path.is_dir()):
        figures = Figures()
        for path, text in list_bases(vault):
            figures.add_base(path, text)
            everything.add_base(path, text)
        print(f"{vault.name}: {describe(figures)}")
    print(f"\nall: {describe(everything)}")
    parsed, seen = everything.parsed.total(), everything.seen.total()
    print(f"     {parsed} of {seen} statements parse, {100 * parsed / max(1, seen):.1f} %")
    known = seen - len(everything.reasons.get(classify(THIS_REFUSED), ()))
    share = 100 * parsed / max(1, known)
    print(f"     {parsed} of {known} that do not ask where the base is shown, {share:.1f} %")
    for line in everything.broken:
        print(f"broken: {line}")
    for reason, places in sorted(everything.reasons.items(), key=lambda item: -len(item[1])):
        print(f"{len(places):>5} × {reason}")
        for place in places[:SHOWN]:
            print(f"        {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
