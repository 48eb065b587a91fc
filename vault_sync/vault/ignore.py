"""Which notes of a vault are left alone, and why. Pure: names, paths and settings in, a reason out.

The reasons are ends of sentences: ``it is a conflict copy of a sync service``.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from unicodedata import normalize

from vault_sync.errors import EvaluationError, LimitError
from vault_sync.formula.scope import Budget
from vault_sync.vault.conflict_names import is_conflict_copy, write_path_expression
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
    search = _make_search(rules.excluded_regexps, report)

    def check(path: str) -> str | None:
        path = normalize("NFC", path)
        if starts and path.lower().startswith(starts):
            return _EXCLUDED
        if rules.excluded_regexps and search(path):
            return _EXCLUDED
        if (templates.notes or templates.names) and (file := _find_template(templates, path)):
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
    from vault_sync.formula.regex_programs import load_program  # noqa: PLC0415 - few settings have any
    from vault_sync.formula.regex_search import find  # noqa: PLC0415 - the same

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
