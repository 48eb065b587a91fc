"""Collects the messages for people and compiles their translations: ``python -m docs.make_catalogue``.

Every text that `Language.say`, `Language.count`, `mark_message` and `mark_count` are called with, and
the help of each translated command, goes into the catalogue of each language. Translations stay; what is not said
any more goes. Write the missing ones into the ``.po`` file and run the command again.
"""

from __future__ import annotations

import ast
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
from vault_sync.cli.translated import TranslatedCommand
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
        for message in list_messages(file.read_text("utf-8")):
            found.add(message, locations=[(place, 0)])
    for place, message in list_helps():
        found.add(message, locations=[(place, 0)])
    return found


def list_helps() -> Iterator[tuple[str, str]]:
    """Yield the messages in the help of translated commands, each behind its file."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if isinstance(command, TranslatedCommand):
            for message in command.list_messages():
                yield f"vault_sync/cli/{name}.py", message


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
