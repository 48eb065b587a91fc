"""Writes the reference of functions from the functions themselves: ``python -m docs.make_reference``."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.formula.registry import FIELDS, GLOBALS, METHODS, Clock, Function
from vault_sync.i18n import SOURCE_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE: Final = Path(__file__).parent / "reference" / "functions.md"
KOREAN_PAGE: Final = PAGE.with_suffix(".ko.md")
_TRANSLATIONS: Final = PAGE.with_suffix(".ko.json")  # of the paragraphs of docstrings
_ADDED: Final = {(None, "dateBetween"), (None, "fromTimestamp"), ("string", "upper")}
"""Functions that Bases does not have."""
_EXAMPLE: Final = re.compile(r"`([^`]+)` returns `([^`]+)`\.")
_INTRODUCTION: Final = """\
# Functions

[한국어](functions.ko.md)

<!-- Made by `python -m docs.make_reference`. Change the docstring of a function, not this page. -->

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
| `file.ctime`, `file.mtime` and `file.size` are refused in derived properties | facts of the file | our own write changes them, `ctime` on Linux |
| `random()` is refused in derived properties | a number | it is never the same twice |
| `1.isTruthy()` and `{"a": 1}.keys()` have a value | syntax errors | the help shows them |
| `isType()` of a kind that there is not, such as `"nothing"`, is an error | not recorded | a slip is noticed |
"""
_KOREAN_INTRODUCTION: Final = """\
# 함수

[English](functions.md)

<!-- `python -m docs.make_reference`로 만든 페이지입니다. 고칠 것은 functions.ko.json에 있습니다. -->

수식의 함수와 항목은 [옵시디언 베이스](https://help.obsidian.md/bases/functions)의 것입니다. 도움말에 없는 것은 자바스크립트처럼 합니다. 아래의 예는 모두 시험에서
실행합니다. 서울의 2024년 10월 27일 14시 1분, `subject`가 `biology`인 노트 `School/Biology/Cells.md`에서입니다. [`vault-sync eval`](cli.ko.md#vault-sync-eval)로
직접 해 보세요.

```console
$ vault-sync eval '"🟩".repeat(3) + "⬜".repeat(2)'
🟩🟩🟩⬜⬜
$ vault-sync eval --format json 'date("2024-07-07") + "4d"'
{"version": 1, "type": "date", "value": "2024-07-11"}
```

대괄호 안의 것은 빼도 됩니다. 빈 값의 함수와 항목은 빈 값입니다. 노션 데이터베이스의 수식도 쓸 수 있습니다: [노션 수식 가져오기](../how-to/bring-notion-formulas.ko.md).
"""
_KOREAN_DIFFERENCES: Final = """\
## 앱과 다른 점

함수의 결과를 옵시디언에서 기록한 것과 비교합니다. 여기서 다른 것에는 까닭이 있습니다.

| 여기서는 | 앱에서는 | 까닭 |
|---|---|---|
| `this`를 쓸 수 없음 | 베이스가 놓인 자리 | 속성에는 그런 자리가 없습니다. |
| `html()`, `image()`, `icon()`은 글 | 따로 있는 종류 | 속성에는 글이 들어갑니다. |
| `"📗".length`는 1 | 2 | 반쪽짜리 이모지는 아무도 원하지 않습니다. |
| `date("01/07/2025")`와 `date(20250701)`을 읽지 않음 | 날짜 | 여러 날을 뜻할 수 있습니다. |
| `file.asLink().toString()`은 `[[School/Biology/Cells]]` | `[[School/Biology/Cells.md]]` | 옵시디언도 노트로 가는 링크를 그렇게 씁니다. |
| 계산하는 속성의 링크는 `file.links`에 없음 | 있음 | 수식이 자기가 쓴 것을 읽게 됩니다. |
| `file.tags.filter(true).contains("science")`는 태그 전체를 비교 | 하위 태그도 찾음 | `tags`와 `file.tags`만 태그의 목록임을 압니다. |
| `(now() - today()).round()`는 밀리초를 반올림 | 오류 | 뜻한 값입니다. |
| `+x`는 `number(x)`, 노션의 다른 표기도 됨 | 오류 | [노션의 수식](../how-to/bring-notion-formulas.ko.md)을 붙여 넣을 수 있습니다. |
| 링크가 똑같이 맞는 파일이 여럿이면 경로가 앞서는 것 | 먼저 읽은 것 | 모든 기기가 같은 파일을 찾습니다. |
| 괄호 50겹과 그 밖의 [한도](configuration.ko.md#rules) | 다른 한도 | 수식은 모르는 사람에게서 올 수 있습니다. |
| 계산하는 속성의 `file.ctime`, `file.mtime`, `file.size`는 거절 | 파일의 정보 | 우리가 쓰면 바뀝니다. `ctime`은 리눅스에서만 그렇습니다. |
| 계산하는 속성의 `random()`은 거절 | 수 | 같은 값이 두 번 나오지 않습니다. |
| `1.isTruthy()`와 `{"a": 1}.keys()`에 값이 있음 | 문법 오류 | 도움말에 그렇게 나옵니다. |
| 없는 종류를 묻는 `isType("nothing")`은 오류 | 기록한 것이 없음 | 잘못 쓴 것을 알아챕니다. |
"""
_KOREAN_TITLES: Final = {
    "Functions that stand alone": "혼자 쓰는 함수",
    "Any value": "모든 값",
    "Text (string)": "글(string)",
    "Number": "숫자(number)",
    "Date": "날짜(date)",
    "Duration": "기간(duration)",
    "List": "목록(list)",
    "Object": "객체(object)",
    "Link": "링크(link)",
    "File": "파일(file)",
    "Regular expression": "정규식(regexp)",
    "Functions of Notion that Bases does not have": "베이스에 없는 노션의 함수",
    "It reads the day": "날짜를 읽습니다",
    "It reads the clock": "시계를 읽습니다",
}
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
_KOREAN_KINDS: Final = "([무슨 뜻인가요](../explanation/stable-daily-instant.ko.md))"


@dataclass(frozen=True, slots=True)
class _Words:
    """How a page is worded.

    Attributes:
        introduction: what stands before the functions.
        differences: what stands behind them.
        kinds: where the kinds of formulas are explained.
        titles: headings and short sentences by their English ones.
        paragraphs: those of docstrings, by their English ones; None for as they are.
    """

    introduction: str
    differences: str
    kinds: str
    titles: Mapping[str, str]
    paragraphs: Mapping[str, str] | None

    def title(self, text: str) -> str:
        """Return a heading."""
        return self.titles.get(text, text)

    def translate(self, text: str) -> str:
        """Return the text of a docstring.

        Raises:
            KeyError: a paragraph is not translated.
        """
        if self.paragraphs is None:
            return text
        return "\n\n".join(self.paragraphs[" ".join(part.split())] for part in text.split("\n\n"))


def find_words(language: str) -> _Words:
    """Return how the page of a language is worded."""
    if language == SOURCE_LANGUAGE:
        return _Words(_INTRODUCTION, _DIFFERENCES, _KINDS_OF_FORMULAS, {}, None)
    paragraphs = json.loads(_TRANSLATIONS.read_text("utf-8"))
    return _Words(
        _KOREAN_INTRODUCTION, _KOREAN_DIFFERENCES, _KOREAN_KINDS, _KOREAN_TITLES, paragraphs
    )


def render_page(language: str = SOURCE_LANGUAGE) -> str:
    """Return the page of a language."""
    words = find_words(language)
    parts = [words.introduction]
    for kind, title in _SECTIONS.items():
        entries = [entry for entry in list_entries() if entry.kind == kind and not _is_extra(entry)]
        parts.append(f"## {words.title(title)}\n")
        parts += [_render_entry(entry, words) for entry in entries]
    parts.append(f"## {words.title(_OF_NOTION)}\n")
    parts += [_render_entry(entry, words) for entry in list_entries() if _is_extra(entry)]
    return "\n".join([*parts, words.differences])


def list_entries() -> Iterator[Function]:
    """Yield every function and field once, by name; fields come behind functions."""
    for name in sorted(GLOBALS):
        yield GLOBALS[name]
    for table in (METHODS, FIELDS):
        for name in sorted(table):
            yield from {id(entry): entry for entry in table[name].values()}.values()


def _is_extra(entry: Function) -> bool:
    return (entry.kind, entry.name) in _ADDED


def _render_entry(entry: Function, words: _Words) -> str:
    text, *examples = (inspect.getdoc(entry.call) or "").split("Example: ")
    lines = [f"### {_render_head(entry)}", "", words.translate(text.strip())]
    if entry.clock in _CLOCKS:
        lines += ["", f"{words.title(_CLOCKS[entry.clock])} {words.kinds}."]
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
    KOREAN_PAGE.write_text(render_page("ko"), "utf-8", newline="\n")
