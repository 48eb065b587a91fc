"""Reads the small files that say how a vault is to be treated: ours, and Obsidian's settings.

A vault may come from a stranger, so each is read without blocking, within a size, and is data only.
What Obsidian wrote is never a reason to stop: a setting that cannot be used is named and left out.
"""

from __future__ import annotations

import json
import os
import re
import stat
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unicodedata import normalize

from vault_sync.errors import Problem
from vault_sync.rules.config import Config
from vault_sync.text import NameMap, fold_name

if TYPE_CHECKING:
    from collections.abc import Iterator


CONFIG_NAME: Final = ".vault-sync.yaml"
OBSIDIAN_FOLDER: Final = ".obsidian"
MAX_BYTES: Final = 1_000_000
MAX_FILTERS: Final = 1_000
MAX_FILTER_LENGTH: Final = 1_000


def load_config(root: str, problems: list[Problem], path: str | None = None) -> Config:
    """Return the configuration of a vault; the defaults where it has none.

    Args:
        root: the vault.
        problems: why the file cannot be read, or what in it cannot be used, is added here.
        path: of another configuration file, which must exist then.
    """
    try:
        data = _read_small(path or os.path.join(root, CONFIG_NAME))  # noqa: PTH118 - paths are str in this package's shell
        from vault_sync.rules.config_reader import parse_config  # noqa: PLC0415 - for a quick start

        return parse_config(data.decode("utf-8-sig"), problems)
    except FileNotFoundError:
        problems += _explain_missing(root, path)
    except OSError as error:
        message = f"The configuration cannot be read ({error.strerror or error})."
        problems.append(Problem(message))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "This is not UTF-8; save the file as UTF-8 in your editor."
        problems.append(Problem(message, line))
    return Config()


def _explain_missing(root: str, path: str | None) -> list[Problem]:
    """Return why a configuration that is not there is missed; nothing where nobody has made one."""
    if path is not None:
        return [Problem("There is no such file.")]
    if os.path.lexists(f"{root}/{CONFIG_NAME}"):
        return [Problem("This link leads nowhere; restore the file that it leads to.")]
    return [Problem(_UNREAD, file=name) for name in find_misnamed_configs(root)]


_UNREAD: Final = (
    f"The configuration is read from {CONFIG_NAME} alone, at the top of the vault, so nothing in this"
    " file counts; rename or move it."
)
# What editors, Windows and sync services make of the name, and what people take it for.
_COPY: Final = r"(?: ?\(\d+\)| \d+| -? ?(?:copy|복사본))?"
_MISNAMED: Final = (
    rf"[._]vault[ _-]?sync{_COPY}(?:\.(?:ya?ml|json|toml))?{_COPY}(?:\.(?:txt|md|ya?ml))?"
    rf"|vault[ _-]?sync{_COPY}\.ya?ml{_COPY}(?:\.(?:txt|md|ya?ml))?"
)
_FIRSTS: Final = "._vV\uff0e\uff3f\uff56\uff36"
_DASHES: Final = "[\u2010-\u2015\u2212]"


def is_misnamed_config(name: str) -> bool:
    """Say whether a file's name is nearly that of a configuration: ``.vault-sync.yml``, ``vault-sync.yaml``, ``.vault-sync.yaml.txt``."""
    if name[:1] not in _FIRSTS or name == CONFIG_NAME:  # as nearly all are
        return False
    plain = re.sub(_DASHES, "-", normalize("NFKC", fold_name(name)))
    return re.fullmatch(_MISNAMED, plain) is not None


def find_misnamed_configs(root: str) -> list[str]:
    """Return the paths of a folder's files that are nearly a configuration, by name or as they lie in `.obsidian`."""
    found = [name for name in _list_files(root, _FIRSTS) if is_misnamed_config(name)]
    inner = f"{root}/{OBSIDIAN_FOLDER}"
    found += [
        f"{OBSIDIAN_FOLDER}/{name}"
        for name in _list_files(inner, _FIRSTS)
        if name == CONFIG_NAME or is_misnamed_config(name)
    ]
    # Where small and capital letters are one, the file is read after all.
    return sorted(
        name for name in found if not _is_same_file(f"{root}/{name}", f"{root}/{CONFIG_NAME}")
    )


def _list_files(folder: str, firsts: str) -> list[str]:
    """Return the names of the files of a folder that begin with one of some characters."""
    try:
        with os.scandir(folder) as found:
            return [one.name for one in found if one.name[:1] in firsts and one.is_file()]
    except OSError:
        return []


def _is_same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)  # noqa: PTH121 - a str is at hand
    except OSError:
        return False


class ObsidianSettings(NamedTuple):
    """What the settings of Obsidian and its plugins say of notes that are not to be touched.

    Attributes:
        templates: notes and folders that are templates.
        excluded_starts: the plain ones of *Excluded files*, in NFC and lower case.
        excluded_regexps: those between slashes, without them.
        problems: settings that cannot be used: the file, and a sentence.
    """

    templates: Templates
    excluded_starts: tuple[str, ...]
    excluded_regexps: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


_TEMPLATER: Final = "templater-obsidian"
_MOST_PLUGINS: Final = 1_000
_HINT: Final = b"emplate"


def load_obsidian_settings(root: str, config_folders: tuple[str, ...]) -> ObsidianSettings:
    """Return what all configuration folders of a vault say together.

    A vault may have one for each device (Obsidian help, "Configuration folder"), and which of them
    a device uses is not written in the vault.

    Args:
        root: the vault.
        config_folders: their names, such as ``.obsidian``.
    """
    templates = Templates({}, {}, {})
    filters: dict[str, None] = {}
    problems: list[tuple[str, str]] = []
    for folder in config_folders:
        for name, key, is_folder in CORE_SETTINGS:
            path = f"{folder}/{name}"
            value = _load_settings(root, path, problems).get(key)
            templates.take_core(root, path, value, is_folder=is_folder)
        for path in list_plugin_settings(root, folder):
            if settings := _load_plugin_settings(root, path, problems):
                templates.take_plugin(root, path, settings)
        path = f"{folder}/app.json"
        excluded = _load_settings(root, path, problems).get("userIgnoreFilters")
        filters |= dict.fromkeys(_check_filters(path, excluded, problems))
    return ObsidianSettings(templates, *_sort_filters(filters), tuple(problems))


def list_plugin_settings(root: str, config_folder: str) -> list[str]:
    """Return the paths that the settings of community plugins have in a vault, sorted."""
    try:
        names = sorted(os.listdir(f"{root}/{config_folder}/plugins"))  # noqa: PTH208 - names are enough
    except OSError:
        return []
    return [f"{config_folder}/plugins/{name}/data.json" for name in names[:_MOST_PLUGINS]]


def _load_plugin_settings(root: str, path: str, problems: list[tuple[str, str]]) -> object:
    """Return what a plugin has been told, None where it says nothing of templates.

    Of Templater, which says what is left alone, a fault is named; others may keep what they want there.
    """
    if f"/{_TEMPLATER}/" in path:
        return _load_settings(root, path, problems)
    try:
        data = _read_small(f"{root}/{path}")
        return json.loads(data.decode("utf-8-sig")) if _HINT in data else None
    except (OSError, ValueError, RecursionError):
        return None


def load_property_types(root: str, config_folders: tuple[str, ...]) -> NameMap[str]:
    """Return the types that Obsidian keeps for property names, in NFC (help page "Properties").

    What cannot be read says nothing about types.

    Args:
        root: the vault.
        config_folders: their names, such as ``.obsidian``; the last one wins.
    """
    types: NameMap[str] = NameMap()
    for folder in config_folders:
        found = _load_settings(root, f"{folder}/types.json", []).get("types")
        if isinstance(found, dict):
            known = ((normalize("NFC", name), kind) for name, kind in found.items())
            types.update((name, kind) for name, kind in known if isinstance(kind, str))
    return types


def load_plugins(root: str, config_folders: tuple[str, ...]) -> frozenset[str]:
    """Return the ids of the plugins that are switched on, those of the app itself behind ``core:``.

    Args:
        root: the vault.
        config_folders: their names, such as ``.obsidian``.
    """
    found: set[str] = set()
    for folder in config_folders:
        found |= _list_switched_on(_load_json(f"{root}/{folder}/community-plugins.json"))
        core = _list_switched_on(_load_json(f"{root}/{folder}/core-plugins.json"))
        found |= {f"core:{name}" for name in core}
    return frozenset(found)


def _list_switched_on(value: object) -> set[str]:
    """Return the names in a list, or those that an object says true of; older versions wrote lists."""
    if isinstance(value, dict):
        return {name for name, is_on in value.items() if is_on is True}
    return {name for name in value if isinstance(name, str)} if isinstance(value, list) else set()


def _load_json(path: str) -> object:
    """Return what a file says, None where it is not there or is no JSON."""
    try:
        return json.loads(_read_small(path).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def find_config_folders(root: str) -> tuple[str, ...]:
    """Return the names of a vault's configuration folders: ``.obsidian`` and its like."""
    try:
        with os.scandir(root) as found:
            names = sorted(entry.name for entry in found if entry.name[0] == "." and entry.is_dir())
    except OSError:
        return ()
    # Another name is known by the file that Obsidian writes into each of them.
    return tuple(
        name
        for name in names
        if name == OBSIDIAN_FOLDER or os.path.isfile(f"{root}/{name}/app.json")  # noqa: PTH113 - a str is at hand
    )


def _load_settings(root: str, path: str, problems: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        settings = json.loads(_read_small(f"{root}/{path}").decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        problems.append((path, f"These settings cannot be read ({error.strerror or error})."))
        return {}
    except (ValueError, RecursionError):
        problems.append((path, "These settings are not the JSON that Obsidian writes."))
        return {}
    if isinstance(settings, dict):
        return settings
    problems.append((path, "These settings are not the JSON object that Obsidian writes."))
    return {}


def _check_filters(path: str, value: object, problems: list[tuple[str, str]]) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list):
        problems.append((path, "The Excluded files in these settings are not a list."))
        return
    fit = [item for item in value if isinstance(item, str) and len(item) <= MAX_FILTER_LENGTH]
    if len(fit) < len(value) or len(fit) > MAX_FILTERS:
        problems.append((path, "Some Excluded files in these settings cannot be used."))
    yield from fit[:MAX_FILTERS]


def _sort_filters(filters: dict[str, None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return plain filters and expressions; Obsidian tells them by the slashes around them."""
    regexps = {text for text in filters if len(text) > 1 and text[0] == text[-1] == "/"}
    starts = (normalize("NFC", text).lower() for text in filters if text and text not in regexps)
    sources = (text[1:-1] for text in filters if text in regexps)
    return tuple(starts), tuple(source for source in sources if source)


def _read_small(path: str) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: it cannot be read, is no regular file, or is too large to be settings.
    """
    # Opening a FIFO would wait for a writer for ever.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_RDONLY | flags)
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor has no path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a plain file")
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


# Which notes and folders are templates: what Obsidian and its plugins are told to make new notes from.
#
# Plugins keep their settings each in its own way, so what counts is the name of a setting: one that
# speaks of templates and whose value is the path of a note there is, or of a folder of them. So it is with
# Periodic Notes (``template``, ``templatePath``), QuickAdd (``templatePath``, ``templateFolderPath``), Templater
# (``templates_folder``, and ``template`` for a folder) and others.

_MOST_VALUES: Final = 100_000
_LONGEST: Final = 1_000
_ENDING: Final = ".md"
_WORD: Final = "template"
# Names of settings in small letters, without anything between.
_FOLDERS: Final = frozenset(
    f"{word}{what}"
    for word in ("template", "templates")
    for what in ("folder", "folders", "folderpath", "directory", "dir", "folderlocation")
)
_NO_LETTERS: Final = "[^a-z]"
_LINK: Final = r"!?\[\[([^\[\]|#^]+)(?:[#^|][^\[\]]*)?\]\]"

CORE_SETTINGS: Final = (
    ("templates.json", "folder", True),
    ("daily-notes.json", "template", False),
    ("zk-prefixer.json", "template", False),
)
"""Settings of Obsidian itself: the file, the setting, and whether it is a folder's path."""


class Templates(NamedTuple):
    """What is a template.

    Attributes:
        folders: their paths in NFC, each with the settings file that names it.
        notes: their paths as `fold_note` has them, likewise.
        names: notes that are named without a folder, wherever they lie, likewise.
    """

    folders: dict[str, str]
    notes: dict[str, str]
    names: dict[str, str]

    def take_core(self, root: str, file: str, value: object, *, is_folder: bool) -> None:
        """Take a setting of Obsidian itself.

        Args:
            root: the vault.
            file: of the settings.
            value: of the setting.
            is_folder: it is the path of a folder.
        """
        if not isinstance(value, str) or not (path := clean_folder(value)):
            return
        if is_folder:
            self.folders[path] = file
        elif "/" in path or _is_note(root, path):
            self.notes[fold_note(path)] = file
        else:  # Obsidian looks a template up as it does a link
            self.names[fold_note(path)] = file

    def take_plugin(self, root: str, file: str, settings: object) -> None:
        """Take what the settings of a plugin name as templates that are there."""
        for name, value in _list_texts(settings):
            path = clean_folder(re.sub(_LINK, r"\1", value)) if len(value) <= _LONGEST else ""
            if not path or ".." in path.split("/"):
                continue
            if name in _FOLDERS:
                if os.path.isdir(f"{root}/{path}"):  # noqa: PTH112 - a str is at hand
                    self.folders.setdefault(path, file)
            elif _is_note(root, path):
                self.notes.setdefault(fold_note(path), file)


def fold_note(path: str) -> str:
    """Return the path of a note as templates are looked for: NFC, small letters, without ``.md``."""
    return normalize("NFC", path).lower().removesuffix(_ENDING)


def clean_folder(value: str) -> str:
    """Return a folder's path as we write them; empty for the vault itself, which is no template."""
    parts = normalize("NFC", value).replace("\\", "/").split("/")
    return "/".join(part.strip() for part in parts if part.strip() not in {"", "."})


def _is_note(root: str, path: str) -> bool:
    """Say whether there is a note of a path, in whichever Unicode form."""
    whole = f"{root}/{path}"
    forms = (whole, normalize("NFD", whole)) if not whole.isascii() else (whole,)
    try:
        return any(
            os.path.isfile(form if form.lower().endswith(_ENDING) else f"{form}{_ENDING}")  # noqa: PTH113 - as above
            for form in forms
        )
    except ValueError:  # a NUL in it
        return False


def _list_texts(settings: object) -> Iterator[tuple[str, str]]:
    """Yield the texts whose setting, or the list they are in, is named after templates, with that name."""
    pending: list[tuple[str, object]] = [("", settings)]
    for _ in range(_MOST_VALUES):
        if not pending:
            return
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += [
                (re.sub(_NO_LETTERS, "", key.lower()), inner) for key, inner in value.items()
            ]
        elif isinstance(value, list):
            pending += [(name, inner) for inner in value]
        elif isinstance(value, str) and _WORD in name:
            yield name, value
