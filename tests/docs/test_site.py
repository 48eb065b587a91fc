"""The site of the documentation: every page is in it, in both languages, and every link leads somewhere."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import pytest

from docs.browser import find_browser, open_browser
from docs.make_site import DOCS, lay_out, list_pages, make_site, name_page
from vault_sync.i18n import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from docs.browser import Browser

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def test_every_page_is_there_in_every_language() -> None:
    pages = [{name_page(page) for page in list_pages(language)} for language in LANGUAGES]
    assert pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("language", LANGUAGES)
class TestTheLayout:
    @pytest.fixture
    def folder(self, tmp_path: Path, language: str) -> Path:
        lay_out(language, tmp_path / language)
        return tmp_path / language

    def test_links_stay_within_a_language(self, folder: Path) -> None:
        for page in folder.rglob("*.md"):
            for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
                path = link.partition("#")[0]
                if "://" not in link and path:
                    assert (page.parent / path).resolve().is_relative_to(folder), (page, link)
                    assert (page.parent / path).is_file(), (page, link)

    def test_the_contents_name_every_page(self, folder: Path) -> None:
        contents = (folder / "index.md").read_text("utf-8").partition("```{toctree}")[2]
        for page in folder.rglob("*.md"):
            name = page.relative_to(folder).with_suffix("").as_posix()
            assert name == "index" or f"\n{name}\n" in contents, name

    def test_each_page_leads_to_the_other_language(self, folder: Path, language: str) -> None:
        other = "ko" if language == "en" else "en"
        for page in list_pages(language):
            name = name_page(page)
            html = (DOCS / name).relative_to(DOCS).with_suffix(".html").as_posix()
            assert f"/{other}/{html}" in (folder / name).read_text("utf-8"), name


@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("sphinx", "furo", "myst_parser")),
    reason="Sphinx is not installed (extra `site`)",
)
@pytest.mark.timeout(300)
def test_it_is_made_without_a_warning(tmp_path: Path) -> None:
    assert make_site(tmp_path) == 0
    korean = (tmp_path / "ko" / "how-to" / "see-what-is-due.html").read_text("utf-8")
    assert "복습할 노트 보기" in korean
    assert "_static/site.css" in korean
    assert "_static/korean.js" in korean
    assert "korean.js" not in (tmp_path / "en" / "index.html").read_text("utf-8")
    assert '"복습"' in (tmp_path / "ko" / "searchindex.js").read_text(
        "utf-8"
    ) or "\\ubcf5\\uc2b5" in (tmp_path / "ko" / "searchindex.js").read_text("utf-8")
    if program := find_browser():
        with open_browser(program) as browser:
            check_on_a_phone(browser, tmp_path / "ko" / "reference" / "cli.html")


def check_on_a_phone(browser: Browser, page: Path) -> None:
    """Hold that nothing is cut on a narrow screen: no word of Korean, no option, and no side of the page."""
    browser.open(page, 360, height=740)
    look = "getComputedStyle(document.querySelector({!r}))[{!r}]"
    assert browser.evaluate(look.format("article p", "wordBreak")) == "keep-all"
    assert browser.evaluate(look.format("td:first-child code", "whiteSpace")) == "nowrap"
    assert browser.evaluate("document.documentElement.scrollWidth") == 360
