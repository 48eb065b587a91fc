"""Writes the reference of functions from the functions themselves: ``python -m docs.make_reference``."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.formula.functions import notion
from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Clock, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).parent / "reference" / "functions.md"
_EXAMPLE: Final = re.compile(r"`([^`]+)` returns `([^`]+)`\.")
_INTRODUCTION: Final = """\
# Functions

<!-- Made by `python -m docs.make_reference`. Change the docstring of a function, not this page. -->

모든 함수와 예. 예는 전부 실행해서 확인한 것입니다.

The functions and fields of formulas are those of [Obsidian Bases](https://help.obsidian.md/bases/functions).
Where its help leaves something open, they do as JavaScript does. Every example below is run by the tests: at
14:01 on 27 October 2024 in Seoul, for a note `School/Biology/Cells.md` whose `subject` is `biology`. Try your own
with [`vault-sync eval`](cli.md#vault-sync-eval):

```console
$ vault-sync eval '"🟩".repeat(3) + "⬜".repeat(2)'
🟩🟩🟩⬜⬜
$ vault-sync eval --format json 'date("2024-07-07") + "4d"'
{"version": 1, "type": "date", "value": "2024-07-11"}
```

What stands in square brackets may be left out. A function or field of nothing gives nothing. Formulas of a Notion
database work too: [Bring your Notion formulas](../how-to/bring-notion-formulas.md).
"""
_DIFFERENCES: Final = """\
## Where this differs from the app

The results of the functions are compared with those recorded from Obsidian. What is different here is so for a reason:

| Here | In the app | Why |
|---|---|---|
| `this` is refused | the place where the base is shown | a property has no such place |
| `html()`, `image()`, `icon()` give text | kinds of their own | a property holds text |
| `"📗".length` is 1 | 2 | nobody wants half an emoji in a note |
| `date("01/07/2025")` and `date(20250701)` are refused | a date | they could mean more than one day |
| `file.asLink().toString()` is `[[School/Biology/Cells]]` | `[[School/Biology/Cells.md]]` | so Obsidian itself writes links to notes |
| links in derived properties are not in `file.links` | they are | a formula would read what it writes |
| `file.tags.filter(true).contains("science")` compares whole tags | nested tags are found | only `tags` and `file.tags` themselves are known to be lists of tags |
| `(now() - today()).round()` rounds milliseconds | an error | the value is the one that is meant |
| `+x` is `number(x)`, and other spellings of Notion | an error | [formulas of Notion](../how-to/bring-notion-formulas.md) can be pasted |
| of files that a link fits equally well, the path that comes first is meant | the one that was loaded first | every device finds the same file |
| 50 brackets within each other, and other [limits](configuration.md#rules) | other limits | a formula may come from a stranger |
| `file.ctime` is refused in derived properties | the time when the file was made | on Linux our own write changes it |
"""
_SECTIONS: Final = {
    None: "Functions that stand alone",
    "any": "Any value",
    "string": "Text (string)",
    "number": "Number",
    "date": "Date",
    "duration": "Duration",
    "list": "List",
    "object": "Object",
    "link": "Link",
    "file": "File",
    "regexp": "Regular expression",
}
_OF_NOTION: Final = "Functions of Notion that Bases does not have"
_CLOCKS: Final = {
    Clock.DAILY: "It reads the day",
    Clock.INSTANT: "It reads the clock",
}
_KINDS_OF_FORMULAS: Final = "([what that means](../explanation/stable-daily-instant.md))"


def render_page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION]
    for kind, title in _SECTIONS.items():
        entries = [entry for entry in list_entries() if entry.kind == kind and not _is_extra(entry)]
        parts.append(f"## {title}\n")
        parts += [_render_entry(entry) for entry in entries]
    parts.append(f"## {_OF_NOTION}\n")
    parts += [_render_entry(entry) for entry in list_entries() if _is_extra(entry)]
    return "\n".join([*parts, _DIFFERENCES])


def list_entries() -> Iterator[Function]:
    """Yield every function and field once, by name; fields come behind functions."""
    for name in sorted(GLOBALS):
        yield GLOBALS[name]
    for table in (METHODS, FIELDS):
        for name in sorted(table):
            yield from {id(entry): entry for entry in table[name].values()}.values()


def _is_extra(entry: Function) -> bool:
    return entry.call.__module__ == notion.__name__


def _render_entry(entry: Function) -> str:
    text, *examples = (inspect.getdoc(entry.call) or "").split("Example: ")
    lines = [f"### {_render_head(entry)}", "", text.strip()]
    if entry.clock in _CLOCKS:
        lines += ["", f"{_CLOCKS[entry.clock]} {_KINDS_OF_FORMULAS}."]
    if examples:
        lines += ["", *(_render_example(example) for example in examples)]
    return "\n".join(lines) + "\n"


def _render_example(example: str) -> str:
    found = _EXAMPLE.search(" ".join(example.split()))
    if found is None:
        raise ValueError(f"This example is not of the form `a` returns `b`: {example}")
    return f"- `{found[1]}` → `{found[2]}`"


def _render_head(entry: Function) -> str:
    owner = f"{entry.kind}." if entry.kind else ""
    if entry.is_field:
        return f"{owner}{entry.name}"
    return f"{owner}{entry.name}({', '.join(_list_parameters(entry))})"


def _list_parameters(entry: Function) -> Iterator[str]:
    given = list(inspect.signature(entry.call).parameters.values())[2 if entry.kind else 1 :]
    for place, parameter in enumerate(given):
        name = parameter.name.lstrip("_")
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            yield f"{name}…"
        else:
            yield name if place < entry.least else f"[{name}]"


if __name__ == "__main__":
    PAGE.write_text(render_page(), "utf-8", newline="\n")
