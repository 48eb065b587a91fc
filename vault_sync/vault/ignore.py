"""Which notes of a vault are left alone, and why. Pure: names, paths and settings in, a reason out.

The reasons are ends of sentences: ``it is a conflict copy of a sync service``.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from unicodedata import normalize

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.values import Budget
from vault_sync.vault.obsidian import Templates, fold_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_sync.formula.regex_programs import Program
    from vault_sync.rules.ignore_patterns import IgnorePatterns

    IgnoreCheck: TypeAlias = Callable[[str], str | None]

_STEPS_PER_PATH: Final = 5_000
_STEPS_TO_LOAD: Final = 1_000_000
_EXPRESSIONS: Final = "The expressions in Obsidian's Excluded files"


def why_name_ignored(name: str) -> str | None:
    """Return why a note of this name is left alone wherever it lies, or None.

    Args:
        name: of the file, without its folder.
    """
    if name[:1] == ".":
        return "its name starts with a dot, which Obsidian hides"
    if not is_note_name(name):
        return "its name does not end in .md, so it is no note"
    if is_conflict_copy(name):
        return "it is a conflict copy of a sync service"
    if name.lower().endswith(".excalidraw.md"):
        return "it is an Excalidraw drawing"
    return "it is the lock of an open document" if name.startswith("~$") else None


def is_note_name(name: str) -> bool:
    """Say whether Obsidian takes a file of this name for a note."""
    return name[-3:] == ".md" or name[-3:].lower() == ".md"


def list_name_expressions() -> tuple[str, ...]:
    """Return regular expressions for the paths of notes that are left alone for their names.

    They hold in JavaScript as well and take no notice of letter case; see `why_name_ignored`.
    """
    return (write_path_expression(), r"\.excalidraw\.md$", r"(?:^|/)~\$[^/]*$")


_NO_TEMPLATES: Final = Templates({}, {}, {})


class IgnoreRules(NamedTuple):
    """Everything that a vault says about what is to be left alone.

    Attributes:
        patterns: the ``ignore`` list of the configuration; None where that is empty.
        templates: notes and folders that are templates.
        excluded_starts: the plain ones of Obsidian's *Excluded files*, in NFC and lower case.
        excluded_regexps: those between slashes, without them.
    """

    patterns: IgnorePatterns | None = None
    templates: Templates = _NO_TEMPLATES
    excluded_starts: tuple[str, ...] = ()
    excluded_regexps: tuple[str, ...] = ()


def make_folder_check(rules: IgnoreRules) -> IgnoreCheck:
    """Return what says why a folder is left alone with all below it, given its path.

    The folders above it are not judged again.
    """
    templates, starts, patterns = rules.templates.folders, rules.excluded_starts, rules.patterns

    def check(path: str) -> str | None:
        path = normalize("NFC", path)
        if path.startswith(".", path.rfind("/") + 1):
            return "its name starts with a dot, which Obsidian hides"
        if path in templates:
            return f"{templates[path]} names it as the folder of templates"
        if starts and f"{path}/".lower().startswith(starts):
            return _EXCLUDED
        found = patterns.find_match(f"{path}/") if patterns and patterns.is_pruning else None
        return found and _name_pattern(found)

    return check


def make_note_check(rules: IgnoreRules, report: Callable[[str], None]) -> IgnoreCheck:
    """Return what says why the settings leave a note alone, given its path.

    Args:
        rules: the settings.
        report: is called with a sentence, once for each expression that cannot be used.
    """
    starts, patterns, templates = rules.excluded_starts, rules.patterns, rules.templates
    names = templates.notes or templates.names
    if not (starts or rules.excluded_regexps or names or patterns):  # as in most vaults
        return lambda _path: None
    search = _make_search(rules.excluded_regexps, report)

    def check(path: str) -> str | None:
        path = normalize("NFC", path)
        if starts and path.lower().startswith(starts):
            return _EXCLUDED
        if rules.excluded_regexps and search(path):
            return _EXCLUDED
        if names and (file := _find_template(templates, path)):
            return f"{file} names it as a template"
        found = patterns.find_match(path) if patterns else None
        return found and _name_pattern(found)

    return check


def _find_template(templates: Templates, path: str) -> str | None:
    """Return the settings file that names a note as a template."""
    folded = fold_note(path)
    return templates.notes.get(folded) or templates.names.get(folded.rpartition("/")[2])


_EXCLUDED: Final = "it is one of the Excluded files in Obsidian's settings"


def _name_pattern(text: str) -> str:
    return f"the pattern `{text}` of `ignore` in the configuration matches it"


def _make_search(sources: tuple[str, ...], report: Callable[[str], None]) -> Callable[[str], bool]:
    """Return a search for any of the expressions; what is wrong with one is reported once.

    A path is judged by itself, whatever paths came before. Where the expressions ask for more work
    than a path may cost, nobody can tell whether one matches, so the note is left alone.
    """
    load = cache(partial(_load_expressions, sources, report))
    told = cache(report)

    def search(path: str) -> bool:
        budget = Budget(_STEPS_PER_PATH)
        try:
            return any(find(path, budget) for find in load())
        except LimitError:
            told(f"{_EXPRESSIONS} are too much work for some names; those notes are left alone.")
            return True

    return search


def _load_expressions(
    sources: tuple[str, ...], report: Callable[[str], None]
) -> list[Callable[[str, Budget], bool]]:
    """Return a search for each expression; one that cannot be used is reported and left out."""
    from vault_sync.formula.regex_programs import find, load_program  # noqa: PLC0415 - few settings have any

    def is_in(program: Program, path: str, budget: Budget) -> bool:
        return find(program, path, 0, budget) is not None

    budget = Budget(_STEPS_TO_LOAD)
    searches: list[Callable[[str, Budget], bool]] = []
    for text in sources:
        try:
            searches.append(partial(is_in, load_program(text, "i", budget)))
        except EvaluationError as error:
            report(f"The expression /{text}/ in Obsidian's Excluded files is not used. {error}")
    return searches


# The names that sync services give to the second version of a note, in one table. Pure.
#
# Only names that a service writes and no person would choose are in it: nearly all carry the moment of
# the conflict. The copies of iCloud (``Note 2.md``), of OneDrive on Windows and macOS
# (``Note-LAPTOP.md``) and of Google Drive (``Note (1).md``) are called like honest notes, so they are not
# guessed at.

# Dropbox writes its own language into the name, and who else has no word of its own writes Dropbox's.
_COPY_WORDS: Final = (
    "conflicted copy|conflicting copy|case clash from|SFConflict"
    "|충돌된 사본|충돌 사본|충돌한 사본|충돌하는 사본|競合コピー|競合するコピー|冲突副本|冲突的副本|衝突複本|衝突副本|衝突的複本"
    "|in Konflikt stehende Kopie|Konfliktkopie|copie en conflit|copie conflictuelle"
    "|copia en conflicto|copia conflictiva|copia in conflitto|cópia em conflito|cópia conflitante"
    "|conflicterende kopie|kopie in conflict|kopi i konflikt|konfliktkopi|konfliktkopia"
    "|konflikterande kopia|motstridende kopi|kopia powodująca konflikt|kopia w konflikcie"
    "|konfliktní kopie|конфликтующая копия|конфликтная копия|конфліктна копія|çakışan kopya"
    "|ütköző másolat|ristiriitainen kopio|bản sao xung đột|salinan konflik|salinan bercanggah"
    "|salinan yang berkonflik|สำเนาที่ขัดแย้ง"
)
# A title that merely speaks of conflicted copies has no moment.
_MOMENT: Final = r"(?:\d{4}-\d{2}-\d{2}(?:[ _-][\d._-]{1,12}(?: [AP]M)?)?|\d{12}|\d{14})"
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"

SERVICES: Final[dict[str, str]] = {
    "Obsidian Sync, Dropbox, Maestral, Nextcloud, ownCloud, Seafile": (
        rf"\(.*?(?:{_COPY_WORDS}).*?[ _]{_MOMENT}(?: \(?\d{{1,3}}\)?)?\)(?:-\d{{1,3}})?"
    ),
    "Unison": (rf" ?\((?:copy: conflict(?: #\d+)? on |conflict(?:_#\d+)?_on_){_MOMENT}\)"),
    "Dropbox, of folders and names": r"\((?:Selective Sync|Unicode Encoding) Conflict(?: \d{1,3})?\)",
    "Syncthing": r"\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?",
    "OneDrive on Linux": r"-safeBackup-\d{4}",
    "ownCloud, with the name of the user": r"\(Conflict [^()]{1,80} \d{4}-\d{2}-\d{2} \d{6}\)",
    "ownCloud and Nextcloud, before 2018": r"[-_]conflict-(?:[^/]{1,80}-)?\d{8}-\d{6}",
    "Cozy Drive": r"[-_]conflict-\d{4}-\d{2}-\d{2}T\d{2}_\d{2}_\d{2}(?:\.\d{3})?Z",
    "Synology Drive": (
        rf"_{_MONTH}-\d{{2}}-\d{{4,6}}-\d{{4}}"
        r"_(?:WhiteSpace|TailCharacter|Case)?Conflict(?:_\d{1,4}|\(\d{1,4}\))?"
    ),
    "pCloud": r" ?\[conflicted(?: \d{1,3})?\]",
    "rclone bisync": r"\.conflict\d{1,3}",
    "Obsidian Git": r"^conflict-files-obsidian-git",
}
"""What each service puts between the name of a note and its ``.md``.

Source: Obsidian help, "Troubleshoot Obsidian Sync"; Dropbox help, "What's a conflicted copy?";
samschott/maestral, pull request 862; Nextcloud, "Conflicts"; owncloud/client, pull requests 6364 and
6417; nextcloud/desktop, "case clash"; haiwen/seafile-client, issue 909; Unison, ``copyonconflict``;
Syncthing, "Understanding Synchronization"; abraunegg/onedrive, "safeBackup"; Synology, "Why is there file
conflict on Synology Drive"; rclone, "bisync", ``--conflict-suffix``.
"""

_HINT: Final = r"(?i)(?:\)(?:-\d+)?|\]|-[0-9A-Z]+|[0-9]Z|Conflict(?:_\d+)?|\.conflict\d+|-git)\.md$"
_LAST: Final = frozenset(")]Zz")  # letters of a hint that has neither a dash nor a word
_MOST_NAMES: Final = 8


def is_conflict_copy(name: str) -> bool:
    """Say whether a sync service gave a note this name to keep a second version of another note."""
    return _find_mark(name) is not None


def find_original_names(name: str) -> tuple[str, ...]:
    """Return the names that the note of a conflict copy may have, the likeliest first.

    Args:
        name: of the copy, without its folder.
    """
    found = _find_mark(name)
    if not found:
        return ()
    name, start = found.string, found.start()
    # The title may have brackets of its own, and so may the name of the computer.
    opened = (place for place in range(found.end() - 1, start, -1) if name[place] == "(")
    names = [name[:place].rstrip() for place in (*opened, start)]
    if "-safeBackup-" in found[0]:  # the computer's name stands before the mark
        names.append(names[-1].rpartition("-")[0])
    if found[0][0] == "_" and found[0][1:2].isalpha() and "conflict-" not in found[0]:
        names = _drop_computer(name[:start])
    return tuple(f"{each}.md" for each in names[:_MOST_NAMES] if each)


def _drop_computer(name: str) -> list[str]:
    """Return what stands before a computer's name, which may have underlines of its own."""
    places = (place for place in range(len(name) - 1, 0, -1) if name[place] == "_")
    return [name[:place] for place in places]


def _find_mark(name: str) -> re.Match[str] | None:
    # Compiled (and remembered by `re`) with the first such name: that takes longer than all others.
    is_likely = "-" in name or name[-4:-3] in _LAST or "confl" in name.lower()
    if not (is_likely and re.search(_HINT, name)):
        return None
    return re.search(_write_expression(), normalize("NFC", name), re.IGNORECASE)


def write_path_expression() -> str:
    """Return a regular expression for the paths of conflict copies, in whatever letter case.

    It holds in JavaScript as well.
    """
    return _write_expression().replace("|^", "|(?:^|/)")


def _write_expression() -> str:
    return rf"(?:{'|'.join(SERVICES.values())})\.md$"
