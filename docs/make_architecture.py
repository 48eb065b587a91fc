"""Draws the packages and what imports what: ``python -m docs.make_architecture``.

The picture is made from the imports alone, so it cannot tell of a house that is not there. A package
stands one floor above the highest one that it imports. The chapters of the reading path are listed
in their packages, with their numbers.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.sax.saxutils import escape

import vault_sync

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(vault_sync.__file__).parent
DOCS: Final = Path(__file__).parent
PAGE: Final = DOCS / "explanation" / "architecture.md"
PICTURE: Final = DOCS / "pictures" / "architecture.svg"
_STEP: Final = re.compile(r"^\d+\. \[`vault_sync/(?P<module>[\w/]+)\.py`\]", re.MULTILINE)

_WIDTH: Final = 1120
_BOX: Final = 168
_GAP: Final = 18
_LINE: Final = 15
_RISE: Final = 46
_STYLE: Final = (
    "text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1f2430}"
    ".name{font-weight:600;font-size:13px}.step{fill:#7a4b00}"
    "rect{fill:#f6f7f9;stroke:#8a93a5;rx:6}.path rect{fill:#fff6e5;stroke:#c98a1b}"
    "line{stroke:#9aa3b5;stroke-width:1;opacity:.55}"
    "@media (prefers-color-scheme:dark){text{fill:#e6e9ef}.step{fill:#f0c674}"
    "rect{fill:#22262e;stroke:#6b7485}.path rect{fill:#33290f;stroke:#c98a1b}}"
)


class Box(NamedTuple):
    """A package in the picture.

    Attributes:
        name: of the package, or of a module beside the packages.
        steps: the chapters of the reading path in it: their numbers and names.
        left, top, height: where it stands, in pixels.
    """

    name: str
    steps: Sequence[tuple[int, str]]
    left: float
    top: float
    height: float


def read_imports(root: Path = ROOT) -> dict[str, set[str]]:
    """Return what each package imports of the others, imports for annotations included."""
    packages = {path.stem for path in root.iterdir() if path.suffix == ".py" or is_package(path)}
    packages -= {"__init__", "__main__"}
    found: dict[str, set[str]] = {name: set() for name in packages}
    for path in root.rglob("*.py"):
        name = path.relative_to(root).parts[0].removesuffix(".py")
        if name in found:
            found[name].update(set(_list_imported(path)) & packages - {name})
    return found


def is_package(path: Path) -> bool:
    """Say whether a folder holds modules."""
    return path.is_dir() and (path / "__init__.py").exists()


def _list_imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("vault_sync")
        ):
            names = [alias.name for alias in node.names] if node.module == "vault_sync" else []
            yield from names or [node.module.split(".")[1]]


def find_floors(imports: Mapping[str, set[str]]) -> dict[str, int]:
    """Return the floor of each package, from 0; the ground imports nothing.

    Raises:
        ValueError: packages import each other in a circle.
    """
    floors: dict[str, int] = {}
    while len(floors) < len(imports):
        ready = [name for name in imports if name not in floors and imports[name] <= floors.keys()]
        if not ready:
            raise ValueError(f"a circle among {sorted(imports.keys() - floors.keys())}")
        for name in ready:
            floors[name] = 1 + max((floors[other] for other in imports[name]), default=-1)
    return floors


def leave_out_implied(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the imports without those that follow from others, so that a picture can be read."""
    reached: dict[str, set[str]] = {}
    for name in sorted(imports, key=find_floors(imports).__getitem__):
        reached[name] = imports[name].union(*(reached[other] for other in imports[name]))
    return {
        name: needs - set().union(*(reached[other] for other in needs))
        for name, needs in imports.items()
    }


def read_path(page: str) -> list[str]:
    """Return the modules of the reading path as the page lists them: ``note/edits`` and so on."""
    return [match["module"] for match in _STEP.finditer(page)]


def draw(imports: Mapping[str, set[str]], path: Sequence[str]) -> str:
    """Return the picture as SVG."""
    boxes = _place(find_floors(imports), path)
    bottom = max(box.top + box.height for box in boxes.values()) + _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom:.0f}" role="img">',
        "<title>The packages of vault-sync: each imports only from those below it</title>",
        f"<style>{_STYLE}</style>",
    ]
    for name, needs in sorted(leave_out_implied(imports).items()):
        lines += [_draw_arrow(boxes[name], boxes[other]) for other in sorted(needs)]
    lines += [_draw_box(box) for box in boxes.values()]
    return "\n".join([*lines, "</svg>", ""])


def _place(floors: Mapping[str, int], path: Sequence[str]) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    top = float(_GAP)
    for floor in range(max(floors.values()), -1, -1):
        names = sorted(name for name, its_floor in floors.items() if its_floor == floor)
        steps = {name: _steps_of(name, path) for name in names}
        height = 30 + _LINE * max(len(found) for found in steps.values())
        left = (_WIDTH - len(names) * (_BOX + _GAP) + _GAP) / 2
        for place, name in enumerate(names):
            boxes[name] = Box(name, steps[name], left + place * (_BOX + _GAP), top, height)
        top += height + _RISE
    return boxes


def _steps_of(package: str, path: Sequence[str]) -> list[tuple[int, str]]:
    return [
        (number, module.partition("/")[2] or module)
        for number, module in enumerate(path, 1)
        if module.partition("/")[0] == package
    ]


def _draw_arrow(upper: Box, lower: Box) -> str:
    ends = (upper.left + _BOX / 2, upper.top + upper.height, lower.left + _BOX / 2, lower.top)
    return '<line x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}"/>'.format(*ends)


def _draw_box(box: Box) -> str:
    place = f'x="{box.left:.0f}" y="{box.top:.0f}"'
    kind = ' class="path"' if box.steps else ""
    lines = [f"<g{kind}>"]
    lines.append(f'<rect {place} width="{_BOX}" height="{box.height:.0f}"/>')
    x, y = box.left + 10, box.top + 20
    lines.append(f'<text class="name" x="{x:.0f}" y="{y:.0f}">{escape(box.name)}</text>')
    for number, module in box.steps:
        y += _LINE
        text = escape(f"{number} {module}")
        lines.append(f'<text class="step" x="{x:.0f}" y="{y:.0f}">{text}</text>')
    return "".join([*lines, "</g>"])


def draw_architecture() -> bytes:
    """Return the picture of today's packages, with the reading path of today's page."""
    return draw(read_imports(), read_path(PAGE.read_text("utf-8"))).encode()


def main() -> None:
    """Draw the picture anew."""
    PICTURE.write_bytes(draw_architecture())


if __name__ == "__main__":
    main()
