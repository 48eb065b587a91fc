"""A look at a vault before anything is written, and the configuration and rules it begins with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from tzlocal import get_localzone_name

from vault_sync.engine.refresh import RefreshPlanner, Stale
from vault_sync.engine.report import render_diff
from vault_sync.errors import EvaluationError, FrontmatterError, NoteError, Problem
from vault_sync.files.read import decode_note, read_note
from vault_sync.formula.conversions import to_text
from vault_sync.formula.values import Link
from vault_sync.note.frontmatter import Frontmatter, read_properties
from vault_sync.note.markdown import list_links
from vault_sync.note.values import read_value
from vault_sync.text import fold_name, quote_text, quote_yaml
from vault_sync.vault.links import LinkedFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_sync.files.folder import VaultFolder
    from vault_sync.i18n import Language
    from vault_sync.rules.study import StudyNames

_NAMED: Final = 8


@dataclass(slots=True)
class Survey:
    """What a first refresh would do.

    Attributes:
        notes: how many notes there are.
        governed: how many of them the rules are about.
        stale: how many would be written.
        problems: how many have something that would be left alone.
        first_problems: the first few of these problems, each behind the path of its note.
        properties: how often each property would be written.
        example: the diff of the first note that would be written; empty where none would.
    """

    notes: int = 0
    governed: int = 0
    stale: int = 0
    problems: int = 0
    first_problems: list[tuple[str, Problem]] = field(default_factory=list)
    properties: Counter[str] = field(default_factory=Counter)
    example: str = ""


def survey_notes(planner: RefreshPlanner, paths: Iterable[str]) -> Survey:
    """Return what a first refresh would do, without writing anything.

    Args:
        planner: plans the notes by the rules in question.
        paths: of the notes.
    """
    survey = Survey()
    for path in paths:
        survey.notes += 1
        _count(survey, path, planner)
    return survey


def _count(survey: Survey, path: str, planner: RefreshPlanner) -> None:
    found = planner.plan(path)
    if found is None:
        return
    if not isinstance(found, Stale):
        survey.governed += not found.reason
        _take_problems(survey, path, found.problems)
        return
    survey.governed += 1
    survey.stale += 1
    _take_problems(survey, path, found.plan.problems)
    survey.properties.update(change.property for change in found.plan.changes)
    if not survey.example:
        survey.example = render_diff(path, found.text, found.plan.text)


def _take_problems(survey: Survey, path: str, problems: Sequence[Problem]) -> None:
    survey.problems += bool(problems)
    free = _NAMED - len(survey.first_problems)
    survey.first_problems += [(path, problem) for problem in problems[:free]]


# The computer's time zone by its name: days are counted in it, on every device alike.


def guess_timezone() -> str | None:
    """Return the name of the computer's time zone, None where nothing tells it.

    UTC tells nothing about where somebody is, so it is not taken for an answer.
    """
    try:
        name = get_localzone_name() or ""
    except (LookupError, ValueError, OSError):  # settings that contradict each other, or no zone
        return None
    return name if "/" in name and not name.startswith("Etc/") else None


# The commented configuration that a vault begins with.

SCHEMA_NAME: Final = ".vault-sync.schema.json"
"""The file beside the configuration by which editors check and complete it; its first line names it."""
_EXAMPLE_ZONE: Final = "Asia/Seoul"
_EXAMPLE_LOCALE: Final = "ko"
_EXAMPLE_DAILY: Final = "all"


def render_configuration(
    profile: str,
    timezone: str | None,
    locale: str | None,
    device: str | None = None,
    rules: Sequence[str] = (),
) -> str:
    """Return the text of a `.vault-sync.yaml` with every setting in it, most of them as comments.

    Args:
        profile: the built-in rule set, or ``none``.
        timezone: the name of the vault's zone; None leaves the computer's.
        locale: the language; None leaves the default.
        device: the one that writes the values of each new day; None leaves it to all.
        rules: lines of rules that are offered as comments, below `rules:`.
    """
    template = (files("vault_sync") / "setup" / "configuration.yaml").read_text("utf-8")
    lines = {
        "{profile}": f"profile: {profile}",
        "{timezone}": _render("timezone", timezone, _EXAMPLE_ZONE),
        "{locale}": _render("locale", locale, _EXAMPLE_LOCALE),
        "{daily}": _render("daily-values", device and f"[{quote_text(device)}]", _EXAMPLE_DAILY),
    }
    written = [lines.get(line, line) for line in template.removesuffix("\n").split("\n")]
    return "".join(f"{line}\n" for line in (*written, *(f"#{line}" for line in rules)))


def read_schema() -> str:
    """Return the JSON schema of a `.vault-sync.yaml`."""
    return (files("vault_sync") / "schemas" / "configuration.json").read_text("utf-8")


def _render(name: str, value: str | None, example: str) -> str:
    return f"{name}: {value}" if value else f"#{name}: {example}"


# Pages of subjects: notes that the study notes of a subject link to, and rules that let them tell how
# these stand.

MAX_READ: Final = 500
MAX_PAGES: Final = 30
_LEAST: Final = 3


class SubjectPages(NamedTuple):
    """The pages of subjects in a vault.

    Attributes:
        paths: of the pages, those of most notes first.
        folder: in which all of them lie, and no note that is studied; empty where there is none.
    """

    paths: tuple[str, ...]
    folder: str


def find_subject_pages(
    root: VaultFolder, paths: Sequence[str], study: StudyNames
) -> SubjectPages | None:
    """Return the pages of subjects that study notes link to; None where too few notes do so.

    A note names its subject by a link, or links to a page that is called like it.

    Args:
        root: the vault.
        paths: of its notes.
        study: which properties tell the subject of a note.
    """
    if not study.subject:
        return None
    files, known = LinkedFiles(paths), set(paths)
    studied: set[str] = set()
    counts: Counter[str] = Counter()
    for path in paths[:: 1 + len(paths) // MAX_READ]:
        note = _read(root, path)
        if note and any(name in note.properties for name in study.identifying):
            studied.add(path)
            counts.update({*_find_pages(note, path, study.subject, files)} & known - {path})
    ordered = sorted(counts, key=lambda path: (-counts[path], path))
    pages = [path for path in ordered if path not in studied][:MAX_PAGES]
    if sum(counts[page] for page in pages) < _LEAST:
        return None
    folders = {page.rpartition("/")[0] for page in pages}
    folder = folders.pop() if len(folders) == 1 else ""
    is_apart = folder and not any(path.startswith(f"{folder}/") for path in studied)
    return SubjectPages(tuple(pages), folder if is_apart else "")


def _read(root: VaultFolder, path: str) -> Frontmatter | None:
    try:
        return read_properties(decode_note(read_note(root, path).data))
    except (NoteError, FrontmatterError):
        return None


def _find_pages(note: Frontmatter, path: str, subject: str, files: LinkedFiles) -> Iterator[str]:
    found = note.properties.get(subject)
    try:
        value = read_value(found.value) if found else None
    except EvaluationError:
        return
    named = value if isinstance(value, list) else [value]
    words = {fold_name(to_text(one)) for one in named if not isinstance(one, Link)}
    for link in (*named, *list_links(note)):
        page = files.find(link.target, path) if isinstance(link, Link) else None
        name = page.rpartition("/")[2].removesuffix(".md") if page else ""
        if page and (link in named or fold_name(name) in words):
            yield page


# The rules for them, in the formula language of Bases.


def render_subject_rules(
    pages: SubjectPages, study: StudyNames, language: Language
) -> Iterator[str]:
    """Yield a rule set for the pages of subjects as lines of a configuration, below `rules:`."""
    yield "  - name: subjects"
    yield from _render_filter(pages)
    yield "    missing: add"
    yield "    formulas:"
    for name, formula in _list_formulas(study, language):
        yield f"      {name}: {quote_yaml(formula)}"


def _render_filter(pages: SubjectPages) -> Iterator[str]:
    if pages.folder:
        yield f"    filters: {quote_yaml(f'file.inFolder({quote_text(pages.folder)})')}"
        return
    yield "    filters:"
    yield "      or:"
    for path in pages.paths:
        yield f"        - {quote_yaml(f'file.path == {quote_text(path)}')}"


def _list_formulas(study: StudyNames, language: Language) -> Iterator[tuple[str, str]]:
    first = quote_text(study.first_day)
    notes = f"file.backlinks.filter(value.asFile().hasProperty({first}))"
    yield language.say("notes of this subject"), f"{notes}.length"
    if study.rate:
        rates = f"{notes}.map(value.asFile().properties[{quote_text(study.rate)}])"
        mean = f"{rates}.filter(value != null).map(number(value)).mean()"
        yield language.say("mean rate"), f"{mean}.round(2)"
    if study.long_term:
        notes += f".filter(value.asFile().properties[{quote_text(study.long_term)}] != true)"
    due = '""'
    for stage in reversed(study.stages):
        box = f"value.asFile().properties[{quote_text(stage.box)}]"
        day = f'date(value.asFile().properties[{first}]).date() + "{stage.days}d"'
        due = f"if({box} != true, {day}, {due})"
    dated = f"{notes}.filter(value.asFile().properties[{first}])"
    days = f'{dated}.map({due}).filter(value != "")'
    yield language.say("open reviews"), f"{days}.length"
    yield language.say("next review of this subject"), f"{days}.sort()[0]"
