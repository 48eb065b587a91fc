"""The report in a real browser: all of it can be read, on a phone and on a desk, by day and by night."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from docs.browser import Browser, find_browser, open_browser
from tests.study.reviews import TODAY, make_note
from vault_sync.i18n import LANGUAGES, Language
from vault_sync.study.report_page import make_report, render_report_page
from vault_sync.study.report_picture import render_report_picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_sync.study.notes import StudyNote

pytestmark = pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here")
WIDTHS: Final = (320, 360, 700, 1200)
SCHEMES: Final = ("light", "dark")
# Every text on the page with the place of its letters, its colour, and the colour behind it.
LIST_TEXTS: Final = """
(() => {
  const paper = getComputedStyle(document.body).backgroundColor, found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, holder = node.parentElement, range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect(), style = getComputedStyle(holder);
    if (node.data.trim() && box.width)
      found.push({text: node.data, left: box.left, right: box.right, paper,
                  ink: holder instanceof SVGElement ? style.fill : style.color});
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_browser()
    assert program
    with open_browser(program) as opened:
        yield opened


def make_notes() -> list[StudyNote]:
    """Return notes with the longest and the oddest names, and some hundreds that are overdue."""
    names = (
        "HTTP 상태 코드",
        "W" * 300,
        "가나다라 " * 60,
        "<script>console.error(1)</script>",
        "علوم",
    )
    odd = [
        make_note(f"{n}.md", TODAY - timedelta(90), subject=name)._replace(title=name, page=name)
        for n, name in enumerate(names)
    ]
    late = [
        make_note(f"late{n}.md", TODAY - timedelta(60), subject=f"과목 {n}") for n in range(300)
    ]
    new = [make_note(f"new{n}.md", TODAY - timedelta(n % 14), {1}) for n in range(70)]
    return odd + late + new


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    report = make_report(make_notes(), TODAY, "공부")
    for locale in LANGUAGES:
        page = render_report_page(report, Language(locale))
        (folder / f"{locale}.html").write_bytes(page)
    (folder / "picture.svg").write_bytes(render_report_picture(report, Language("ko")))
    (folder / "note.html").write_text('<meta charset="utf-8"><img src="picture.svg">', "utf-8")
    (folder / "bad.html").write_bytes(page.replace(b"word-break: keep-all", b"word-break: normal"))
    return folder


def list_complaints(browser: Browser) -> list[Any]:
    """Return what the browser has to say of a page, and what the page wants to load."""
    requests = [
        event["params"]["request"]["url"]
        for event in browser.events
        if event["method"] == "Network.requestWillBeSent"
    ]
    kinds = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    return requests[1:] + [event for event in browser.events if event["method"] in kinds]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_all_of_it_can_be_read(
    browser: Browser, folder: Path, locale: str, width: int, scheme: str
) -> None:
    browser.events.clear()
    browser.open(folder / f"{locale}.html", width, scheme=scheme)
    browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    texts = browser.evaluate(LIST_TEXTS)
    assert len(texts) > 150
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert [one for one in texts if one["left"] < -0.5 or one["right"] > width + 0.5] == []
    assert [one for one in texts if measure_contrast(one["ink"], one["paper"]) < 4.5] == []
    assert list_complaints(browser) == []


def test_day_and_night_differ(browser: Browser, folder: Path) -> None:
    papers = []
    for scheme in SCHEMES:
        browser.open(folder / "ko.html", scheme=scheme)
        papers.append(browser.evaluate(LIST_TEXTS)[0]["paper"])
    assert papers == ["rgb(255, 255, 255)", "rgb(21, 26, 24)"]


def test_paper_is_white_at_night(browser: Browser, folder: Path) -> None:
    browser.open(folder / "ko.html", 700, scheme="dark")
    night = {"name": "prefers-color-scheme", "value": "dark"}
    browser.ask("Emulation.setEmulatedMedia", media="print", features=[night])
    texts = browser.evaluate(LIST_TEXTS)
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert {one["paper"] for one in texts} == {"rgb(255, 255, 255)"}
    assert [one for one in texts if measure_contrast(one["ink"], one["paper"]) < 4.5] == []
    assert "표로 보기" not in {one["text"] for one in texts}


def test_a_style_that_is_not_ours_is_refused(browser: Browser, folder: Path) -> None:
    browser.events.clear()
    browser.open(folder / "bad.html")
    assert "Content Security Policy" in str(list_complaints(browser))


def test_the_picture_can_be_embedded(browser: Browser, folder: Path) -> None:
    browser.events.clear()
    browser.open(folder / "note.html")
    size = browser.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]")
    assert size[0] == 360
    assert 900 < size[1] < 1500
    assert [str(one).rpartition("/")[2] for one in list_complaints(browser)] == ["picture.svg"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_texts_of_the_picture_stay_on_it(browser: Browser, folder: Path, scheme: str) -> None:
    browser.open(folder / "picture.svg", 360, scheme=scheme)
    boxes = browser.evaluate(
        "[...document.querySelectorAll('text')].map(one => one.getBoundingClientRect())"
        ".map(box => [box.left, box.right])"
    )
    assert len(boxes) > 50
    names = [box for box in boxes if box[1] > 360]  # cut off where their column ends
    assert all(abs(box[0] - 16) < 0.5 for box in names)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("page", ["page", "picture"])
def test_no_letter_is_smaller_than_ten_pixels_on_a_phone(
    browser: Browser, folder: Path, page: str, locale: str
) -> None:
    browser.open(folder / (f"{locale}.html" if page == "page" else "picture.svg"), 360)
    small = browser.evaluate(
        "[...document.querySelectorAll('svg text')].filter(one => one.getBoundingClientRect().width)"
        ".map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
        ".filter(size => size < 10)"
    )
    assert small == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_word_of_a_subject_is_broken(browser: Browser, tmp_path: Path, width: int) -> None:
    notes = [make_note(f"{n}.md", TODAY, subject="Microeconomics 6") for n in range(3)]
    page = tmp_path / "page.html"
    page.write_bytes(render_report_page(make_report(notes, TODAY, "v"), Language("en")))
    browser.open(page, width)
    lines = browser.evaluate(
        "[...document.querySelectorAll('.subjects th bdi')].map(one => { const range = document.createRange();"
        " range.setStart(one.firstChild, 0); range.setEnd(one.firstChild, 14); return range.getClientRects().length; })"
    )
    assert lines == [1]


def test_paper_has_no_gaps(browser: Browser, folder: Path) -> None:
    browser.open(folder / "ko.html", 700)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    kept = browser.evaluate(
        "[...document.querySelectorAll('section')].map(one => getComputedStyle(one).breakInside)"
    )
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert set(kept) == {"auto"}


def measure_contrast(ink: str, paper: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((measure_light(ink), measure_light(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def measure_light(color: str) -> float:
    """Return the relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
