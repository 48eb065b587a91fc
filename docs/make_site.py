"""Makes the site of the documentation in both languages: ``python -m docs.make_site FOLDER``.

Pages lie side by side, ``page.md`` and ``page.ko.md``. For each language a folder of its own pages
is laid out, whose links stay within that language, and Sphinx makes HTML with a search of it. Needs
the extra ``site``. A link that leads nowhere is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vault_sync.i18n import LANGUAGES, SOURCE_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS: Final = Path(__file__).parent
_ROOT: Final = DOCS.parent
_OURS: Final = DOCS / "site"
PARTS: Final = {
    "tutorial": {"en": "Tutorials", "ko": "따라 하기"},
    "how-to": {"en": "How to", "ko": "방법 찾기"},
    "reference": {"en": "Reference", "ko": "찾아보기"},
    "explanation": {"en": "Explanation", "ko": "이해하기"},
}
_OTHER: Final = {"en": "한국어", "ko": "English"}
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\(([^)\s]+)\)|`[^`\n]+`")
_OUTSIDE: Final = ("README.md", "README.ko.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")


def list_pages(language: str) -> Iterator[Path]:
    """Yield the pages of a language, from the folder of the documentation on."""
    for page in sorted(DOCS.rglob("*.md")):
        if _find_language(page.name) == language:
            yield page.relative_to(DOCS)


def name_page(page: Path) -> Path:
    """Return the name of a page within its language."""
    return page.with_name(page.name.replace(f".{_find_language(page.name)}.md", ".md"))


def _find_language(name: str) -> str:
    named = [one for one in LANGUAGES if name.endswith(f".{one}.md")]
    return named[0] if named else SOURCE_LANGUAGE


def lay_out(language: str, folder: Path) -> None:
    """Write the pages of a language as Sphinx takes them.

    Args:
        language: of the pages.
        folder: where; it is made.
    """
    folder.mkdir(parents=True)
    shutil.copytree(DOCS / "pictures", folder / "pictures")
    for plot in (DOCS / "explanation").glob("*.svg"):
        (folder / "explanation").mkdir(exist_ok=True)
        shutil.copy(plot, folder / "explanation")
    for name in _OUTSIDE:
        if (
            _find_language(name) == language
            or not (_ROOT / name.replace(".md", f".{language}.md")).exists()
        ):
            text = (_ROOT / name).read_text("utf-8")
            target = folder / "project" / name_page(Path(name)).name
            target.parent.mkdir(exist_ok=True)
            if not target.exists() or _find_language(name) == language:
                target.write_text(
                    _turn_links(text, _ROOT / name, language, Path("project")), "utf-8"
                )
    for page in list_pages(language):
        target = folder / name_page(page)
        target.parent.mkdir(exist_ok=True)
        text = _turn_links((DOCS / page).read_text("utf-8"), DOCS / page, language, page.parent)
        target.write_text(
            text + (_list_contents(language) if page.stem.startswith("index") else ""), "utf-8"
        )


def _turn_links(text: str, page: Path, language: str, place: Path) -> str:
    """Return a page whose links lead to the pages of its language, or to the other one as HTML."""
    up = "/".join([".."] * len(place.parts)) or "."
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for number in range(0, len(parts), 2):
        parts[number] = _LINK.sub(lambda match: _turn(match, page, language, up), parts[number])
    return "".join(parts)


def _turn(match: re.Match[str], page: Path, language: str, up: str) -> str:
    mark, words, link = match.groups()
    if link is None:  # code, in which a link is no link
        return match[0]
    path, _, heading = link.partition("#")
    if "://" in link or link.startswith("mailto:") or not path:
        return match[0]
    target = (page.parent / path).resolve()
    is_foreign = not target.is_relative_to(DOCS) or _find_language(target.name) != language
    anchor = f"#{heading}" if heading and not is_foreign else ""
    if target.suffix == ".md":
        return _turn_page(words, target, language, up, anchor)
    if target.is_relative_to(DOCS / "pictures"):
        inner = _LINK.sub(lambda one: _turn(one, page, language, up), words)
        return f"{mark}[{inner}]({up}/pictures/{target.name})"
    return match[0] if mark else f"`{target.relative_to(_ROOT).as_posix()}`"


def _turn_page(words: str, target: Path, language: str, up: str, anchor: str) -> str:
    inside = target.is_relative_to(DOCS)
    name = target.relative_to(DOCS) if inside else Path("project", target.name)
    is_other = _find_language(target.name) != language
    has_twin = target.with_name(name_page(target).stem + f".{language}.md").exists() or (
        language == SOURCE_LANGUAGE
    )
    if is_other and has_twin and words.strip() in set(_OTHER.values()):
        html = name_page(name).with_suffix(".html").as_posix()
        return f'<a href="{up}/../{_find_language(target.name)}/{html}">{words}</a>'
    return f"[{words}]({up}/{name_page(name).as_posix()}{anchor})"


def _list_contents(language: str) -> str:
    """Return the table of contents that stands beside every page."""
    pages = [name_page(page) for page in list_pages(language)]
    contents = ""
    for part, titles in PARTS.items():
        names = [page.with_suffix("").as_posix() for page in pages if page.parts[0] == part]
        lines = "\n".join(names)
        contents += f"\n```{{toctree}}\n:hidden:\n:caption: {titles[language]}\n\n{lines}\n```\n"
    outside = "\n".join(
        f"project/{Path(name).stem}" for name in _OUTSIDE if "." not in Path(name).stem
    )
    return f"{contents}\n```{{toctree}}\n:hidden:\n:caption: vault-sync\n\n{outside}\n```\n"


def make_site(folder: Path, builder: str = "html") -> int:
    """Make the site, and return the exit code of Sphinx.

    Args:
        folder: where; it gets a folder for each language.
        builder: of Sphinx: ``html``, or ``linkcheck`` to ask every address of the web.
    """
    codes = []
    with tempfile.TemporaryDirectory() as work:
        for language in LANGUAGES:
            source = Path(work, language)
            lay_out(language, source)
            command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", builder]
            done = subprocess.run(  # noqa: S603 - Sphinx, in this environment
                [*command, "-c", str(_OURS), str(source), str(folder / language)],
                env={**os.environ, "SITE_LANGUAGE": language},
                check=False,
            )
            codes.append(done.returncode)
    if builder == "html":
        (folder / "index.html").write_text(_FRONT, "utf-8")
    return max(codes)


_FRONT: Final = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>vault-sync</title>
<meta http-equiv="refresh" content="0; url=en/index.html">
<p><a href="en/index.html">English</a> · <a href="ko/index.html">한국어</a></p></html>
"""


if __name__ == "__main__":
    sys.exit(make_site(Path(sys.argv[1]), *sys.argv[2:3]))
