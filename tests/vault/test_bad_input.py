"""Input that is no study note, or a broken one, refreshed as a whole vault from the command line.

What must hold for every one of them: the file's bytes are as they were, and the good notes of the
vault are refreshed. A broken study note is named with its line; what is not ours is met in silence.
"""

from __future__ import annotations

import pytest

from tests.note.oddities import FIRST_LINE_OF_DERIVED, LINE_OF_STALE, STALE_NAME, fresh, stale
from tests.study.oracle import BODY
from tests.vault.odd_vaults import Ran, fill, run_refresh

LINE_OF_ODD = FIRST_LINE_OF_DERIVED
CONFLICT = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"


def odd(lines: str) -> bytes:
    """Return a study note with odd lines in the middle of its frontmatter."""
    return stale(lines, "middle").encode()


# Not ours, whatever it is: no byte changes, nothing is said.
SILENT = {
    "nothing": b"",
    "one byte": b"-",
    "an opening fence": b"---",
    "an opening fence and a line end": b"---\n",
    "two fences": b"---\n---",
    "a byte order mark": b"\xef\xbb\xbf",
    "a byte order mark and CRLF": b"\xef\xbb\xbf\r\n",
    "a lone CR": b"\r",
    "frontmatter with lone CRs": b"---\rtitle: a\r---\r",
    "no frontmatter": "# 제목\n\n글\n".encode(),
    "zeros, as after a power cut": bytes(4096),
    "UTF-16 of another note": "---\ntitle: a\n---\n".encode("utf-16"),
    "UTF-16 without a mark": stale().encode("utf-16-le"),
    "Latin-1 of another note": b"---\ntitle: caf\xe9\n---\n",
    "Latin-1 without frontmatter": b"caf\xe9\n",
    "broken YAML of another note": b'---\ntitle: "a\ntags: [\n---\n',
    "duplicates in another note": b"---\na: 1\na: 2\n---\n",
    "an open fence of another note": b"---\ntitle: a\n",
    "a list": b"---\n- a\n- b\n---\n",
    "a text": b"---\njust a text\n---\n",
    "a comment only": b"---\n# nothing yet\n---\n",
    "a conflict of another note": f"---\n{CONFLICT}---\n".encode(),
    "JSON of another note": b'---\n{"title": "a"}\n---\n',
    "a rule at the top": "---\n\n학습률 is a word of this text.\n\n---\n".encode().replace(
        "학습률".encode(), b"rate"
    ),
    "four dashes": stale().replace("---\n", "----\n").encode(),
    "a word behind the dashes": stale().replace("---\n", "---yaml\n", 1).encode(),
    "blank line before the fence": b"\n" + stale().encode(),
    "blank before the fence": b" " + stale().encode(),
    "comment before the fence": b"<!-- note -->\n" + stale().encode(),
    "Templater before the fence": b"<%* const a = 1 %>\n" + stale().encode(),
    "TOML": stale().replace("---\n", "+++\n").encode(),
    "JSON between semicolons": stale().replace("---\n", ";;;\n").encode(),
    "frontmatter in a code block": f"```yaml\n{stale()}```\n".encode(),
    "frontmatter in a callout": b"> [!note]\n> " + stale().replace("\n", "\n> ").encode(),
    "opted out": odd("vault-sync: false\n"),
    "a drawing": odd("excalidraw-plugin: parsed\n"),
    "our word in a value": "---\ntitle: ⭕첫 학습날\n---\n".encode(),
    "our word in a comment": "---\n# ⭕첫 학습날: 2024-07-07\na: 1\n---\n".encode(),
    "our names one level down": b"---\nstudy:\n  "
    + stale()[4:].partition("---")[0].replace("\n", "\n  ").encode().rstrip()
    + b"\n---\n",
}

# Ours and broken: bytes, line of the problem, words of its sentence.
REFUSED: dict[str, tuple[bytes, int | None, str]] = {
    "no closing fence": (stale().removesuffix(BODY).encode(), 1, "never closes"),
    "dots instead of a fence": (
        stale().removesuffix(BODY).encode() + b"...\nbody\n",
        1,
        "never closes",
    ),
    "lone CR in a line": (odd("a: b\rc: d\n"), LINE_OF_ODD, "carriage return"),
    "UTF-16": (stale().encode("utf-16"), None, "UTF-16"),
    "UTF-16, other way round": (b"\xfe\xff" + stale().encode("utf-16-be"), None, "UTF-16"),
    "not UTF-8 in the frontmatter": (
        odd("a: caf@\n").replace(b"caf@", b"caf\xe9"),
        LINE_OF_ODD,
        "UTF-8",
    ),
    "not UTF-8 in the body": (
        stale().encode() + b"caf\xe9\n",
        stale().count("\n") + 1,
        "UTF-8",
    ),
    "CP949 in the body": (
        stale().encode() + "한글".encode("cp949"),
        stale().count("\n") + 1,
        "UTF-8",
    ),
    "cut in a character": (stale().encode()[:-3], stale().count("\n"), "UTF-8"),
    "NUL in the body": (stale().encode() + b"\0", None, "NUL"),
    "zeros at the end": (stale().encode() + bytes(512), None, "NUL"),
    "a surrogate": (odd('a: "\\ud800"\n'), LINE_OF_ODD, "Half a character"),
    "line separator": (odd("a: x\u2028y\n"), LINE_OF_ODD, "line separator"),
    "paragraph separator": (odd("a: x\u2029y\n"), LINE_OF_ODD, "line separator"),
    "next line": (odd("a: x\u0085y\n"), LINE_OF_ODD, "line separator"),
    "quote open behind the fence": (stale('a: "cut here\\"\n').encode(), 35, "never closed"),
    "quote open, fence inside": (stale('a: "one\n---\ntwo"\n').encode(), 35, "never closed"),
    "second document": (odd("--- # x\n"), LINE_OF_ODD, "second YAML document"),
    "end of the document inside": (odd("...\n"), LINE_OF_ODD + 1, "second YAML document"),
    "directive": (odd("%YAML 1.1\n"), LINE_OF_ODD, "cannot start with `%`"),
    "directive of another YAML": (
        f"---\n%YAML 1.3\n{stale()[4:]}".encode(),
        2,
        "cannot start with `%`",
    ),
    "duplicate": (odd("a: 1\nb: 2\na: 3\n"), LINE_OF_ODD + 2, "second time"),
    "duplicate in quotes": (odd('a: 1\n"a": 2\n'), LINE_OF_ODD + 1, "second time"),
    "duplicate in the other Unicode form": (odd("caf\u00e9: 1\ncafe\u0301: 2\n"), 14, "second"),
    "owned property twice, with a word": (
        stale(f"{STALE_NAME}: 내 말\n").encode(),
        LINE_OF_STALE + 1,
        "second time",
    ),
    "first day twice": (odd("⭕첫 학습날: 2024-07-08\n"), LINE_OF_ODD, "second time"),
    "unquoted colon": (odd("a: key: value: more\n"), LINE_OF_ODD, "needs quotes"),
    "at sign": (odd("a: @x\n"), LINE_OF_ODD, "needs quotes"),
    "at sign in a list": (odd("a: [b, @c]\n"), LINE_OF_ODD, "needs quotes"),
    "percent sign": (odd("a: % x\n"), LINE_OF_ODD, "needs quotes"),
    "backquote": (odd("a: `x`\n"), LINE_OF_ODD, "needs quotes"),
    "bold": (odd("a: **bold**\n"), LINE_OF_ODD, "needs quotes"),
    "text behind a quote": (odd('a: "x" y\n'), LINE_OF_ODD, "quotes"),
    "text behind a link": (odd("a: [[b|c]] d\n"), LINE_OF_ODD, "A link needs"),
    "no blank behind the colon": (odd('a:{ b: "c" }\n'), LINE_OF_ODD, "space"),
    "list never closed": (odd("a: [1, 2\n"), LINE_OF_ODD, "brackets"),
    "object never closed": (odd("a: {b: 1\n"), LINE_OF_ODD, "brackets"),
    "line without a colon": (odd("no colon here\n"), LINE_OF_ODD, "no `:`"),
    "fullwidth colon": (odd("a：b\n"), LINE_OF_ODD, "U+FF1A"),
    "Templater code": (odd("<%* const a = 1 %>\n"), LINE_OF_ODD, "no `:`"),
    "bad indentation": (odd("a: 1\n   b: 2\n"), LINE_OF_ODD + 1, "needs quotes"),
    "tab as indentation": (odd("a:\n\tb: 1\n"), LINE_OF_ODD + 1, "tab"),
    "escape": (odd("a: \x1b[31m\n"), LINE_OF_ODD, "control character"),
    "bell": (odd("a: \x07\n"), LINE_OF_ODD, "control character"),
    "delete": (odd("a: \x7f\n"), LINE_OF_ODD, "control character"),
    "no character": (odd("a: \uffff\n"), LINE_OF_ODD, "control character"),
    "list item among names": (odd("- item\n"), LINE_OF_ODD, "fit"),
    "list on the line of its name": (odd("a: - b\n"), LINE_OF_ODD, "list begins"),
    "unknown escape": (odd('a: "C:\\qux"\n'), LINE_OF_ODD, "backslash"),
    "flow nested 500 deep": (odd(f"a: {'[' * 500}{']' * 500}\n"), LINE_OF_ODD, "deep"),
    "flow nested 5,000 deep": (odd(f"a: {'[' * 5000}{']' * 5000}\n"), LINE_OF_ODD, "deep"),
    "block nested 500 deep": (odd(f"a:\n{'- ' * 500}x\n"), LINE_OF_ODD + 1, "deep"),
    "10,000 names": (odd("".join(f"k{n}: v\n" for n in range(10_000))), 1, "longer than"),
    "1 MB in one value": (odd(f"a: {'x' * 1_000_000}\n"), 1, "longer than"),
    "conflict in the frontmatter": (odd(CONFLICT), LINE_OF_ODD, "merge conflict"),
    "conflict in the body": (
        (stale() + CONFLICT).encode(),
        stale().count("\n") + 1,
        "merge conflict",
    ),
    "nothing but our name and a full-width colon": (
        "---\n⭕첫 학습날：2024-07-07\n---\n".encode(),
        2,
        "U+FF1A",
    ),
    "our name and a colon without a blank": (
        "---\n⭕첫 학습날:2024-07-07\n---\n".encode(),
        2,
        "space",
    ),
    "a list of our names": ("---\n- ⭕첫 학습날: 2024-07-07\n---\n".encode(), 2, "name: value"),
    "anchor on the whole": (
        stale().replace("---\n", "---\n--- &a\n", 1).encode(),
        2,
        "name: value",
    ),
    "more than 10 MiB": (stale().encode() + b"x" * 11_000_000, None, "10 MiB"),
}


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("silent")
    fill(folder / "vault", SILENT)
    return run_refresh(folder / "vault", folder / "state")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("refused")
    fill(folder / "vault", {name: data for name, (data, _, _) in REFUSED.items()})
    return run_refresh(folder / "vault", folder / "state")


@pytest.mark.parametrize("name", SILENT)
def test_what_is_not_ours_is_met_in_silence(silent: Ran, name: str) -> None:
    assert (silent.vault / f"{name}.md").read_bytes() == SILENT[name]
    said = silent.told.get(f"{name}.md", {"problems": [], "changes": []})
    assert (said["problems"], said["changes"]) == ([], [])


def test_what_is_not_ours_makes_no_error(silent: Ran) -> None:
    assert silent.code == 0


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_note_is_as_it_was(refused: Ran, name: str) -> None:
    assert (refused.vault / f"{name}.md").read_bytes() == REFUSED[name][0]


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_note_is_named_once_with_its_line(refused: Ran, name: str) -> None:
    _, line, words = REFUSED[name]
    note = refused.told[f"{name}.md"]
    assert note["status"] == "failed"
    assert [problem["line"] for problem in note["problems"]] == [line]
    sentence = note["problems"][0]["message"]
    assert words in sentence
    assert sentence.endswith(".")
    assert sentence[0].isupper()


@pytest.mark.parametrize("name", ["0 first", "zz last"])
def test_the_other_notes_are_refreshed(silent: Ran, refused: Ran, name: str) -> None:
    for ran in (silent, refused):
        assert (ran.vault / f"{name}.md").read_text("utf-8") == fresh()
        assert ran.told[f"{name}.md"]["status"] == "changed"


def test_broken_notes_make_an_error_and_no_bug(refused: Ran) -> None:
    assert refused.code == 4
