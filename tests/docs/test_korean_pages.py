"""The Korean pages: the same commands, settings and links as the English ones, in the same order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.console import ROOT, find_locale, list_pages, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.console import Block

ENDING: Final = ".ko.md"
KOREAN: Final = [page for page in list_pages() if page.name.endswith(ENDING)]
_COMMAND: Final = re.compile(r"^\$ (.*)$", re.MULTILINE)
_REMARK: Final = re.compile(r"\s+#(?=\s).*$", re.MULTILINE)
_LOGGED: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+ ")
_LOGGED_HEAD: Final = 28  # the time and the level; what the daemon says is in either language
_FENCED: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_ROW: Final = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE: Final = re.compile(r"`[^`\n]+`")
_LINK: Final = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
_HANGUL: Final = re.compile("[가-힣]")


def find_english(page: Path) -> Path:
    """Return the page or picture that a Korean one is the translation of."""
    return page.with_name(page.name.replace(".ko.", "."))


def list_steps(page: Path) -> list[tuple[str, str, str]]:
    """Return what a reader types, sets and edits; what a command prints is in either language."""
    return [(block.language, block.info, _find_step(block)) for block in read_blocks(page)]


def _find_step(block: Block) -> str:
    if block.language == "console":
        return "\n".join(_COMMAND.findall(block.text))
    if block.language == "text" and "undo" in block.text:
        return "\n".join(code for code in _CODE.findall(block.text) if "vault-sync" in code)
    if block.language == "text" and _LOGGED.match(block.text):
        return "\n".join(line[:_LOGGED_HEAD] for line in block.text.splitlines())
    return _REMARK.sub("", block.text)


def list_table_codes(page: Path) -> list[str]:
    """Return what stands as code in the tables of a page."""
    prose = _FENCED.sub("", page.read_text("utf-8"))
    return [code for row in _ROW.findall(prose) for code in _CODE.findall(row)]


def find_links(page: Path) -> set[Path]:
    """Return the pages and addresses that a page links to, each as its English one."""
    prose = _CODE.sub("", _FENCED.sub("", page.read_text("utf-8")))
    links = (page.parent / link for link in _LINK.findall(prose) if "://" not in link)
    return {find_english(link.resolve()) for link in links}


def list_headings(page: Path) -> Iterator[int]:
    """Yield the levels of a page's headings."""
    for heading in re.findall(r"^#+(?= )", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE):
        yield len(heading)


def test_the_korean_pages_are_found() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in KOREAN}
    tutorials = {"docs/tutorial/first-refresh.ko.md", "docs/tutorial/set-up-your-vault.ko.md"}
    assert {"README.ko.md", *tutorials} <= names
    assert {find_locale(page) for page in KOREAN} == {"ko_KR.UTF-8"}


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: str(page.name))
class TestAKoreanPage:
    def test_it_has_the_steps_of_the_english_one(self, page: Path) -> None:
        assert list_steps(page) == list_steps(find_english(page))

    def test_it_has_the_sections_of_the_english_one(self, page: Path) -> None:
        assert list(list_headings(page)) == list(list_headings(find_english(page)))

    def test_the_commands_in_its_tables_are_those_of_the_english_one(self, page: Path) -> None:
        english = [code for code in list_table_codes(find_english(page)) if "vault-sync" in code]
        assert [code for code in list_table_codes(page) if "vault-sync" in code] == english

    def test_it_links_to_what_the_english_one_links_to(self, page: Path) -> None:
        both = {find_english(page)}
        assert find_links(find_english(page)) - both <= find_links(page)

    def test_it_and_the_english_one_link_to_each_other(self, page: Path) -> None:
        english = find_english(page)
        assert f"]({english.name})" in page.read_text("utf-8")
        assert f"]({page.name})" in english.read_text("utf-8")

    def test_it_is_in_korean(self, page: Path) -> None:
        prose = _FENCED.sub("", page.read_text("utf-8"))
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", prose)]
        same = _FENCED.sub("", find_english(page).read_text("utf-8"))
        english = [
            part
            for part in paragraphs
            if part and not _HANGUL.search(part) and not (is_figure(part) and part in same)
        ]
        head = {"# vault-sync", f"[English]({find_english(page).name})"}
        assert [part for part in english if part not in head and not is_name(part)] == []


def is_figure(paragraph: str) -> bool:
    """Say whether a paragraph is what a command has measured: a table, or a list of counts."""
    lines = paragraph.splitlines()
    is_list = all(line.startswith("- ") for line in lines)
    return all(line.startswith("|") for line in lines) or (
        is_list and sum(bool(re.search(r"\d", line)) for line in lines) > len(lines) // 2
    )


def is_name(paragraph: str) -> bool:
    """Say whether a paragraph is a heading that is a name, such as that of a command, or code alone."""
    bare = re.sub(r"`[^`\n]+`|→|^- |[\s,]", "", paragraph, flags=re.MULTILINE)
    return not bare or (paragraph.startswith("#") and "\n" not in paragraph)


@pytest.mark.parametrize("page", KOREAN, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_korean_page_leads_to_korean_pages(page: Path) -> None:
    prose = _CODE.sub("", _FENCED.sub("", page.read_text("utf-8")))
    pages = [(page.parent / link).resolve() for link in _LINK.findall(prose) if "://" not in link]
    english = [one for one in pages if one.suffix == ".md" and not one.name.endswith(ENDING)]
    others = [one for one in english if one != find_english(page).resolve()]
    assert [one for one in others if one.with_suffix(ENDING).exists()] == []
