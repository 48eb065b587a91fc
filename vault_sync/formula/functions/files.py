"""Functions and fields of files."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from vault_sync.formula.conversions import to_text
from vault_sync.formula.functions.arguments import holds_tag
from vault_sync.formula.functions.links import has_link, look_around
from vault_sync.formula.names import normalize_name
from vault_sync.formula.registry import function
from vault_sync.formula.values import File, Link
from vault_sync.nfc import NameMap

if TYPE_CHECKING:
    from vault_sync.formula.scope import Scope
    from vault_sync.formula.values import Value


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
    """Give the time when the file was made."""
    return file.facts("ctime")


@function("mtime", on="file", is_field=True)
def give_mtime(_scope: Scope, file: File) -> Value:
    """Give the time of the last change. Refused in derived properties, for writing changes it."""
    return file.facts("mtime")


@function("tags", on="file", is_field=True)
def give_tags(_scope: Scope, file: File) -> Value:
    """List the tags of the note, those in its text too."""
    return file.facts("tags")


@function("links", on="file", is_field=True)
def give_links(_scope: Scope, file: File) -> Value:
    """List the links of the note: those in its properties, in its text, then what it embeds.

    A link that is given no text of its own shows its target, such as `[[Cells|Cells]]` and
    `[[Cells#Walls|Cells > Walls]]`. Links in derived properties are left out.
    """
    return file.facts("links")


@function("embeds", on="file", is_field=True)
def give_embeds(_scope: Scope, file: File) -> Value:
    """List what the note embeds."""
    return file.facts("embeds")


@function("properties", on="file", is_field=True)
def give_properties(_scope: Scope, file: File) -> Value:
    """Give the properties of the note as an object.

    `file.properties.subject` and `link("Biology").asFile().properties["exam"]` read that property
    and no other.
    """
    return file.facts("properties")


@function("backlinks", on="file", is_field=True)
def give_backlinks(scope: Scope, file: File) -> list[Value]:
    """List links to the notes that link to the file, by their paths.

    Every note of the vault is looked at for it, so turn it round if you can: `file.links` of the
    other note is at hand.
    """
    return [*look_around(scope).list_backlinks(file.path)]


@function("asLink", on="file", most=1)
def make_link(_scope: Scope, file: File, display: Value = None) -> Link:
    """Give a link to the file, with a text to show if you want another one.

    Example: `file.asLink().toString()` returns `"[[School/Biology/Cells]]"`.
    Example: `file.asLink("cells") == file` returns `true`.
    """
    shown = None if display is None else to_text(display)
    return Link(file.path.removesuffix(".md"), shown)


@function("hasLink", on="file", least=1, most=1)
def tell_link(scope: Scope, file: File, other: Value) -> bool:
    """Tell whether the file has a link to another file, given as a file, a path or a link.

    Example: `file.hasLink("Textbook")` returns `true`.
    Example: `file.hasLink("Dictionary")` returns `false`.
    """
    return has_link(scope, file, other)


@function("hasProperty", on="file", least=1, most=1)
def has_property(scope: Scope, file: File, name: Value) -> bool:
    """Tell whether the note has a property, be it empty. Small and capital letters are the same.

    Example: `file.hasProperty("subject")` returns `true`.
    Example: `file.hasProperty("no such property")` returns `false`.
    """
    wanted = normalize_name(to_text(name))
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
