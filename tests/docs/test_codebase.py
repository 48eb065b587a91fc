"""The figures about the code count what they say."""

from __future__ import annotations

from pathlib import Path

from benchmarks.codebase import Size, find_passed_files, measure_file, measure_packages
from benchmarks.mutation import find_unevaluated

ROOT = Path(__file__).parent.parent.parent
MODULE = '''"""What it is.

In two lines.
"""

# why
VALUE = 1


class Row:
    """A row."""

    def text(self) -> str:
        """Return its text."""
        return """one
two"""
'''


def test_blank_lines_comments_and_docstrings_are_no_code(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE, "utf-8")
    assert measure_file(path) == Size(files=1, lines=16, code=5, functions=1, classes=1)


def test_every_file_belongs_to_one_package() -> None:
    sizes = measure_packages(ROOT)
    assert sum(size.files for size in sizes.values()) == len([*ROOT.glob("vault_sync/**/*.py")])


def test_a_stale_note_passes_what_plans_and_what_writes() -> None:
    passed = {path for path, _ in find_passed_files(ROOT)}
    assert "vault_sync/plan/proof.py" in passed
    assert any(path.startswith("vault_sync/files/") for path in passed)
    assert not any(path.startswith("vault_sync/service/") for path in passed)


def test_a_mutation_in_an_annotation_changes_nothing() -> None:
    source = "from __future__ import annotations\ndef add(a: int | None, b=1) -> int | str:\n    return a | b\n"
    spans = find_unevaluated(source)
    annotations = [(2, source.splitlines()[1].index("|")), (2, source.splitlines()[1].rindex("|"))]
    assert all(any(span.holds(place) for span in spans) for place in annotations)
    assert not any(span.holds((3, 13)) for span in spans)


def test_a_star_in_a_signature_is_no_product() -> None:
    source = "def add(a, *, b=2 * 3, **c):\n    return a * b\n"
    spans = find_unevaluated(source)
    columns = [place for place, char in enumerate(source.splitlines()[0]) if char == "*"]
    assert [any(span.holds((1, column)) for span in spans) for column in columns] == [
        *(True, False, True, True)
    ]
    assert not any(span.holds((2, 13)) for span in spans)
