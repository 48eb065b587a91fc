"""Where an unresolved merge starts."""

from __future__ import annotations

import pytest

from vault_sync.text import find_conflict_marker

CONFLICT = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CONFLICT, 1),
        (f"one\n\n{CONFLICT}", 3),
        ("<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> c\n", 1),
        (f"```\ncode\n```\n{CONFLICT}", 4),
        (f"~~~~\n~~~\n~~~~~\n{CONFLICT}", 4),
        (f"    ```\n{CONFLICT}", 2),
        (f"``\n{CONFLICT}", 2),
        (f"```\n{CONFLICT}", None),
        (f"   ~~~ diff\n{CONFLICT}~~~\n", None),
        (f"````\n```\n{CONFLICT}", None),
        (f"```\n~~~\n{CONFLICT}", None),
        ("<<<<<<< HEAD\n=======\n", None),
        ("=======\n<<<<<<< HEAD\n>>>>>>> other\n", None),
        ("<<<<<<< HEAD\n>>>>>>> other\n=======\n", None),
        ("x <<<<<<< HEAD\n=======\n>>>>>>> other\n", None),
        ("<<<<<<<HEAD\n=======\n>>>>>>> other\n", None),
        ("<<<<<<< HEAD\n```\n=======\n>>>>>>> other\n```\n", None),
        ("<<<<<<< HEAD\n```\nx\n```\n=======\n>>>>>>> other\n", 1),
    ],
)
def test_where_a_conflict_starts(text: str, line: int | None) -> None:
    assert find_conflict_marker(text) == line
