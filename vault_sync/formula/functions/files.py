"""Functions and fields of files and links."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

from vault_sync.errors import OtherNoteError
from vault_sync.formula.conversions import are_equal, to_text
from vault_sync.formula.registry import function
from vault_sync.formula.values import STEPS_PER_LOOK, File, Link, OtherNotes, Scope, Value
from vault_sync.text import NameMap, to_nfc


@function("name", on="file", is_field=True)
def give_name(_scope: Scope, file: File) -> str:
    """Give the name; that of a note is without `.md`, that of any other file with its extension.

    Example: `file.name` returns `"Cells"`.
    """
    return _name_of(file).removesuffix(".md")


@function("basename", on="file", is_field=True)
def give_basename(_scope: Scope, file: File) -> str:
    """Give the name without its extension.

    Example: `file.basename` returns `"Cells"`.
    """
    name = _name_of(file)
    stem, dot, _extension = name.rpartition(".")
    return stem if dot and stem else name


@function("ext", on="file", is_field=True)
def give_extension(_scope: Scope, file: File) -> str:
    """Give the extension, without its dot.

    Example: `file.ext` returns `"md"`.
    """
    stem, _dot, extension = _name_of(file).rpartition(".")
    return extension if stem else ""


def _name_of(file: File) -> str:
    return file.path.rpartition("/")[2]


@function("path", on="file", is_field=True)
def give_path(_scope: Scope, file: File) -> str:
    """Give the path from the vault's root.

    Example: `file.path` returns `"School/Biology/Cells.md"`.
    """
    return file.path


@function("folder", on="file", is_field=True)
def give_folder(_scope: Scope, file: File) -> str:
    """Give the path of the folder; the vault's root is a text without a character.

    Example: `file.folder` returns `"School/Biology"`.
    """
    return file.path.rpartition("/")[0]


@function("file", on="file", is_field=True)
def give_file(_scope: Scope, file: File) -> File:
    """Give the file itself.

    Example: `file.file == file` returns `true`.
    """
    return file


@function("size", on="file", is_field=True)
def give_size(_scope: Scope, file: File) -> Value:
    """Give the size in bytes. Refused in derived properties, for writing them changes it."""
    return file.facts("size")


@function("ctime", on="file", is_field=True)
def give_ctime(_scope: Scope, file: File) -> Value:
    """Give the time when the file was made, where the system tells it. Refused in derived properties.

    On Linux a file that a refresh has written counts as made then.
    """
    return file.facts("ctime")


@function("mtime", on="file", is_field=True)
def give_mtime(_scope: Scope, file: File) -> Value:
    """Give the time of the last change. Refused in derived properties, for writing changes it."""
    return file.facts("mtime")


def _count(scope: Scope, found: Value) -> Value:
    """Return what was found in a file, which is made anew each time, once it is paid for."""
    if isinstance(found, list | dict):
        scope.budget.spend(len(found))
    return found


@function("tags", on="file", is_field=True)
def give_tags(scope: Scope, file: File) -> Value:
    """List the tags of the note, those in its text too."""
    return _count(scope, file.facts("tags"))


@function("links", on="file", is_field=True)
def give_links(scope: Scope, file: File) -> Value:
    """List the links of the note: those in its properties, in its text, then what it embeds.

    A link that is given no text of its own shows its target, such as `[[Cells|Cells]]` and
    `[[Cells#Walls|Cells > Walls]]`. Links in derived properties are left out.
    """
    return _count(scope, file.facts("links"))


@function("embeds", on="file", is_field=True)
def give_embeds(scope: Scope, file: File) -> Value:
    """List what the note embeds."""
    return _count(scope, file.facts("embeds"))


@function("properties", on="file", is_field=True)
def give_properties(scope: Scope, file: File) -> Value:
    """Give the properties of the note as an object.

    `file.properties.subject` and `link("Biology").asFile().properties["exam"]` read that property
    and no other.
    """
    return _count(scope, file.facts("properties"))


@function("backlinks", on="file", is_field=True)
def give_backlinks(scope: Scope, file: File) -> list[Value]:
    """List links to the notes that link to the file, by their paths.

    Every note of the vault is looked at for it, so turn it round if you can: `file.links` of the
    other note is at hand. Links in derived properties are left out.
    """
    found = look_around(scope).list_backlinks(file.path)
    scope.budget.spend(len(found))
    return [*found]


@function("asLink", on="file", most=1)
def make_link(_scope: Scope, file: File, display: Value = None) -> Link:
    """Give a link to the file, with a text to show if you want another one.

    Example: `file.asLink().toString()` returns `"[[School/Biology/Cells]]"`.
    Example: `file.asLink("cells") == file` returns `true`.
    """
    shown = None if display is None else to_text(display)
    return Link(file.path.removesuffix(".md"), shown)


@function("hasProperty", on="file", least=1, most=1)
def has_property(scope: Scope, file: File, name: Value) -> bool:
    """Tell whether the note has a property, be it empty. Small and capital letters are the same.

    Example: `file.hasProperty("subject")` returns `true`.
    Example: `file.hasProperty("no such property")` returns `false`.
    """
    wanted = to_nfc(to_text(name))
    if file is scope.file:  # whose properties are at hand, none of them read yet
        return wanted in scope.properties
    try:
        find_property(file, wanted)
    except KeyError:
        return False
    return True


def find_property(file: File, name: str) -> Value:
    """Return a property of another note than the formula's own by its name, reading no other.

    Raises:
        KeyError: there is none of this name, small and capital letters being the same.
        EvaluationError: it cannot be read.
    """
    if file.find_property is not None:
        return file.find_property(name)
    properties = file.facts("properties")
    if not isinstance(properties, dict):
        raise KeyError(name)
    return NameMap(properties)[name]


def find_linked_property(scope: Scope, link: Link, name: str) -> Value:
    """Return a property of the note that a link leads to; nothing where there is none of it.

    Raises:
        OtherNoteError: no vault is at hand; EvaluationError: it cannot be read.
    """
    try:
        return look_around(scope).find_property(link, name, scope.budget)
    except KeyError:
        return None


@function("hasTag", on="file", least=1, most=None)
def has_tag(scope: Scope, file: File, *values: Value) -> bool:
    """Tell whether the note has any of the tags, or a tag nested in one.

    Small and capital letters are the same, as in Obsidian; the `#` may be left out.

    Example: `file.hasTag("science")` returns `true`.
    Example: `file.hasTag("sci")` returns `false`.
    Example: `file.hasTag("#Exam", "other")` returns `true`.
    """
    tags = file.facts("tags")
    if not isinstance(tags, list):
        return False
    scope.budget.spend(len(tags) * len(values))
    return any(holds_tag(tag, to_text(value)) for value in values for tag in tags)


@function("inFolder", on="file", least=1, most=1)
def in_folder(scope: Scope, file: File, folder: Value) -> bool:
    """Tell whether the file is in a folder or in one of its sub-folders.

    `"/"` and `""` are the whole vault. Small and capital letters are different.

    Example: `file.inFolder("School")` returns `true`.
    Example: `file.inFolder("School/Bio")` returns `false`.
    Example: `file.inFolder("/")` returns `true`.
    """
    wanted = normalize("NFC", to_text(folder)).strip("/")
    held = normalize("NFC", give_folder(scope, file))
    return not wanted or f"{held}/".startswith(f"{wanted}/")


# Functions of links, and what it means that a link leads to a file.

_WIKILINK: Final = r"!?\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]"
_RESERVED: Final = "(?i)%(3B|2F|3F|3A|40|26|3D|2B|24|2C|23)"
_MARKDOWN_LINK: Final = r"!?\[([^\[\]]*)\]\((?:<([^<>]*)>|([^()\s]*))\)"


def parse_link(text: str) -> Link:
    """Read ``[[target|display]]`` or ``[display](target)``; any other text is a target itself.

    Source: Obsidian help, "Link notes".
    """
    stripped = text.strip()
    if match := re.fullmatch(_WIKILINK, stripped):
        return Link(match[1], match[2])
    if match := re.fullmatch(_MARKDOWN_LINK, stripped):
        target = match[2] or match[3] or ""
        return Link(target if "://" in target else decode_target(target), match[1])
    return Link(text)


def decode_target(written: str) -> str:
    """Return the target of a Markdown link without its ``%20``; what is not UTF-8 stays as written.

    As JavaScript's decodeURI, and so the app, it leaves ``%26`` and what else has a meaning in an
    address (ECMAScript 2024 §19.2.6.1).
    """
    try:
        return unquote(re.sub(_RESERVED, r"%25\1", written), errors="strict")
    except UnicodeDecodeError:
        return written


def look_around(scope: Scope) -> OtherNotes:
    """Return the other files of the vault, for one look at one of them, which is paid for.

    Raises:
        OtherNoteError: no vault is at hand; LimitError: no work is left.
    """
    scope.budget.spend(STEPS_PER_LOOK)
    if scope.others is None:
        raise OtherNoteError(
            "The formula asks for another file, and files of a vault cannot be looked up here."
        )
    return scope.others


def find_target(scope: Scope, value: Value) -> File | None:
    """Return the file that a path, a link or a file means, or None.

    Raises:
        OtherNoteError: no vault is at hand.
    """
    if isinstance(value, str):
        value = parse_link(value)
    if not isinstance(value, Link):
        return value if isinstance(value, File) else None
    return look_around(scope).find(value, scope.budget)


def is_same(scope: Scope, a: Value, b: Value) -> bool:
    """Return whether two values are equal, or links to one file, or a file and a link to it.

    Links that lead to no file are equal if they are spelled alike. Where no vault is at hand, so
    are all others.

    Source: Obsidian help, Bases syntax, "Files and links".
    """
    if isinstance(b, Link | File) and not isinstance(a, Link | File):
        a, b = b, a
    if not (isinstance(a, Link | File) and isinstance(b, Link | File | str)):
        return are_equal(a, b, scope.timezone)
    if scope.others is None or (isinstance(a, File) and isinstance(b, File)):
        return are_equal(a, b, scope.timezone)
    left, right = find_target(scope, a), find_target(scope, b)
    if left is None and right is None:
        return _target_of(a) == _target_of(b)
    return left == right


def _target_of(value: Value) -> str | None:
    if isinstance(value, str):
        value = parse_link(value)
    return value.target if isinstance(value, Link) else None


@function("hasLink", on="file", least=1, most=1)
def has_link(scope: Scope, file: File, other: Value) -> bool:
    """Tell whether the file has a link to another file, given as a file, a path or a link.

    Example: `file.hasLink("Textbook")` returns `true`.
    Example: `file.hasLink("Dictionary")` returns `false`.
    """
    # A path or a name means what it would mean as a link in that file, which need not be there yet.
    links = file.facts("links")
    if not isinstance(links, list):
        return False
    scope.budget.spend(len(links))
    source = None if file is scope.file else file.path
    wanted = Link(parse_link(other).target, None, source) if isinstance(other, str) else other
    return any(is_same(scope, link, wanted) for link in links)


@function("asFile", on="link")
def find_file(scope: Scope, link: Link) -> File | None:
    """Give the file that a link leads to; nothing where there is none.

    Example: `link("[[no such note]]").asFile()` returns `null`.
    """
    return find_target(scope, link)


@function("linksTo", on="link", least=1, most=1)
def links_to(scope: Scope, link: Link, other: Value) -> bool:
    """Tell whether the file that a link leads to has a link to another file.

    Example: `link("[[no such note]]").linksTo("Biology")` returns `false`.
    """
    file = find_target(scope, link)
    return file is not None and has_link(scope, file, other)


def holds_tag(tag: Value, wanted: Value) -> bool:
    """Return whether a tag is another one or is nested in it, whatever the case, ``#`` or not.

    Source: Obsidian help, Functions, "hasTag"; release notes of 1.9.14 for lists of tags.
    """
    if not isinstance(tag, str) or not isinstance(wanted, str):
        return False
    return f"{_bare_tag(tag)}/".startswith(f"{_bare_tag(wanted)}/")


def _bare_tag(tag: str) -> str:
    return to_nfc(tag).casefold().removeprefix("#").rstrip("/")
