"""Collects the messages for people and compiles their translations: ``python -m docs.make_catalogue``.

Every text that `Language.say`, `Language.count`, `mark_message` and `mark_count` are called with, the
help of each translated command, and every other sentence in the code goes into the catalogue of each language. Translations stay; what is not said
any more goes. Write the missing ones into the ``.po`` file and run the command again.
"""

from __future__ import annotations

import ast
import re
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import vault_sync
from vault_sync.cli import cli
from vault_sync.cli.language import TranslatedCommand
from vault_sync.i18n import DOMAIN, LANGUAGES, SOURCE_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE: Final = Path(vault_sync.__file__).parent
TRANSLATIONS: Final = tuple(name for name in LANGUAGES if name != SOURCE_LANGUAGE)
_HEADER: Final = """\
# Korean messages of vault-sync.
# Wording: 합니다체. No particle behind a value (을/를, 이/가): nobody knows how it ends."""


class Catalogue(Catalog):
    """A catalogue whose head names neither a time nor a tool: the same messages, the same bytes."""

    @property  # type: ignore[misc, unused-ignore]  # nobody sets ours; older mypy minds not
    def mime_headers(self) -> list[tuple[str, str]]:
        """What a reader has to know: the language, its plural forms and the encoding."""
        return [
            ("Project-Id-Version", self.project),
            ("Language", self.locale_identifier or ""),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def find_file(language: str, ending: str) -> Path:
    """Return where a catalogue is, as ``po`` (text) or ``mo`` (compiled)."""
    return PACKAGE / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def collect_messages() -> Catalog:
    """Return all messages in the code, without translations."""
    found = Catalog(project=DOMAIN)
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE.parent).as_posix()
        source = file.read_text("utf-8")
        for message in list_messages(source):
            found.add(message, locations=[(place, 0)])
        if file.relative_to(PACKAGE).as_posix() not in _FOR_PROGRAMS:
            for sentence in list_sentences(source):
                found.add(sentence, locations=[(place, 0)])
    for place, message in list_helps():
        found.add(message, locations=[(place, 0)])
    return found


def list_helps() -> Iterator[tuple[str, str]]:
    """Yield the messages in the help of all commands, each behind its file."""
    context = click.Context(cli)
    yield from (("vault_sync/cli/__init__.py", text) for text in cli.list_messages())
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        for one in (command, *inner):
            if isinstance(one, TranslatedCommand) and not one.hidden:
                for message in one.list_messages():
                    yield f"vault_sync/cli/{name.replace('-', '_')}.py", message


def list_messages(source: str) -> Iterator[str | tuple[str, str]]:
    """Yield the messages in a module, from top to bottom; one that counts is a pair.

    Args:
        source: the text of the module.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        texts = [
            one.value
            for one in call.args
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in {"say", "mark_message"} and texts:
            yield texts[0]
        elif len(texts) == 2 and (name, len(call.args)) in {("count", 3), ("mark_count", 2)}:
            yield texts[0], texts[1]


# Sentences of rooms that know no language: they are written out where they are raised, with their
# values in them. What makes a sentence is two words of English outside of any code.

_FOR_PROGRAMS: Final = frozenset(
    {
        "adopt/patterns.py",  # formats of dates
        "formula/moment.py",
        "files/platform.py",  # what the system can tell, for tests and logs of programmers
        "index/store.py",  # SQL
        "setup/base_file.py",  # formulas
        "study/charts.py",  # classes of styles
        "adopt/rollups.py",  # formulas
        "index/history.py",  # SQL
    }
)
_TABLES: Final = frozenset(
    {"SERVICES", "_ZONE_WORDS", "_ENGLISH", "_KOREAN", "_TEMPLATES", "SPELLINGS"}
)
"""Constants of modules that hold no sentences: names, words of dates and zones, formulas."""
_NOT_FOR_PEOPLE: Final = frozenset(
    {
        # Names of other programs.
        "Frontmatter Modified Date",
        "Metadata Menu",
        "Update time on edit",
        "Synology Drive",
        "google drive",
        "mobile documents",
        "Google Drive",
        "Obsidian Sync",
        "Remotely Save",
        "Application Support",
        "Obsidian Git",
        # What other programs say, by which it is known again.
        "not a git repository",
        "work tree",
        "an alias",
        "an anchor",
        "a quoted scalar",
        "a flow node",
        "a block node",
        "more indented",
        "not allowed here",
        "expected a comment or a line break",
        "expected ',' or",
        "expected <block end>",
        "expected '<document start>'",
        "could not find expected ':'",
        "mapping values are not allowed",
        "cannot start any token",
        "unknown escape character",
        # Types, formats, steps of a write and errors that only a programmer sees.
        "Callable[..., Any]",
        "Mapping[str, str]",
        "Callable[[], Any]",
        "Callable[[Found], str]",
        ".filter(value.asFile().properties[{0}] != true)",
        'date(value.asFile().properties[{0}]).date() + "{1}d"',
        "{0}.filter(value != null).map(date(value)).sort()",
        "date(a) {0} duration(c) * b",
        "a.toString().replace(b, c)",
        "{0}.filter(value != null).map(number(value)).mean()",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "the new text is in a file of its own",
        "and would survive a power cut",
        "the note still was what had been read; the swap comes next",
        "the note is new, what it was lies aside unseen",
        "what lies aside is what had been read",
        "the swap would survive a power cut",
        "what lies aside has been read again, nobody is writing it; it goes next",
        "a foreign version has just been put back",
        "a moment needs a zone",
        "an offset means nothing without a time zone",
        "hour must be in 1..12 before or after noon",
    }
)
_CODE: Final = re.compile(r"`[^`]*`|\{+\w*\}+|https?:\S+")
_WORD: Final = re.compile(r"(?<![\w\-.$/=:])[A-Za-z][a-z']*(?![\w\-$/=(:])")
_OF_A_PROGRAM: Final = re.compile(r"[|\\]|\n|-> |default-src|%[A-Z] |<\w+>|^  ?- |^ *\w+: \w+$")
_TOLD_OF: Final = re.compile(r"[A-Z][a-z]+ed \{0\}")  # such as "Refreshed {0}: {1}"
_PERCENT: Final = re.compile(r"%[sdr]")
_KNOWN_CALLS: Final = frozenset(
    {"say", "count", "mark_message", "mark_count", "option", "argument", "command", "group"}
)


def is_sentence(text: str) -> bool:
    """Say whether a text is one for people: two words of English or more, or one that says what was done to a value."""
    if _TOLD_OF.match(text):
        return True
    bare = _CODE.sub(" ", text)
    return " " in text.strip() and len(_WORD.findall(bare)) > 1 and not _OF_A_PROGRAM.search(bare)


def list_sentences(source: str) -> Iterator[str]:
    """Yield the sentences in a module that are written out, with ``{0}``, ``{1}`` for their values.

    Args:
        source: the text of the module.
    """
    for sentence in _walk(ast.parse(source)):
        if is_sentence(sentence) and sentence not in _NOT_FOR_PEOPLE:
            yield sentence


def _walk(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _name(node.func) in _KNOWN_CALLS:
        return
    if isinstance(node, ast.JoinedStr):
        yield _write_out(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _number(node.value)
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)) and not (
            _is_docstring(child) or _is_table(child)
        ):
            yield from _walk(child)


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _is_docstring(node: ast.AST) -> bool:
    """Say whether a statement is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_table(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in _TABLES


def _write_out(node: ast.JoinedStr) -> str:
    parts, count = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(_escape(str(part.value)))
        else:
            parts.append(f"{{{count}}}")
            count += 1
    return "".join(parts)


def _number(text: str) -> str:
    """Return a text of a log with ``{0}`` for its values, another one as it is."""
    parts = _PERCENT.split(_escape(text))
    return "".join(
        part if not number else f"{{{number - 1}}}{part}" for number, part in enumerate(parts)
    )


def _escape(text: str) -> str:
    """Return a text as `str.format` takes it; the names in it stay."""
    return text if re.search(r"\{\w+\}", text) else text.replace("{", "{{").replace("}", "}}")


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it stands in its ``.po`` file; an empty one for none."""
    file = find_file(language, "po")
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def update_catalogue(catalogue: Catalog, messages: Catalog) -> Catalog:
    """Return a catalogue with exactly these messages; those it had translated stay so."""
    fresh = Catalogue(locale=catalogue.locale, project=DOMAIN, header_comment=_HEADER, fuzzy=False)
    for message in messages:
        if message.id:
            old = catalogue.get(message.id)
            fresh.add(message.id, old.string if old else None, locations=message.locations)
    return fresh


def render_po(catalogue: Catalog) -> bytes:
    """Return the text form of a catalogue."""
    written = BytesIO()
    write_po(written, catalogue, width=100, include_lineno=False, sort_by_file=True)
    return written.getvalue()


def render_mo(catalogue: Catalog) -> bytes:
    """Return the compiled form of a catalogue."""
    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def list_untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages that a catalogue lacks, in English."""
    return [
        _list_forms(message.id)[0]
        for message in catalogue
        if message.id and not all(_list_forms(message.string))
    ]


def _list_forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return [text or ""] if text is None or isinstance(text, str) else text


def make_catalogues() -> int:
    """Write all catalogues, name what is not translated, and return how many messages that are."""
    messages = collect_messages()
    missing = 0
    for language in TRANSLATIONS:
        catalogue = update_catalogue(read_catalogue(language), messages)
        find_file(language, "po").write_bytes(render_po(catalogue))
        find_file(language, "mo").write_bytes(render_mo(catalogue))
        for message in list_untranslated(catalogue):
            sys.stderr.write(f"{language}: not translated: {message}\n")
            missing += 1
    return missing


if __name__ == "__main__":
    sys.exit(bool(make_catalogues()))
