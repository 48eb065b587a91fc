"""From the configuration to rule sets: the profile, own rules, the bases they name; all compiled.

A configuration may come with a stranger's vault: a base is read only from inside the vault and
without waiting, and there is a limit to what all rules together may hold.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from unicodedata import normalize

from vault_sync.errors import NoteError, Problem
from vault_sync.files.folder import VaultFolder, resolve_inside
from vault_sync.files.read import read_note
from vault_sync.rules.config import MAX_CHARACTERS, NO_PROFILE, Config, customize, load_profile
from vault_sync.rules.ruleset import RuleSet, compile_rules, spread_clocks
from vault_sync.rules.sources import SourceText, list_statements
from vault_sync.text import WINDOW, NameMap, shorten, suggest, to_nfc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_sync.rules.config import OwnRules
    from vault_sync.rules.sources import FilterSource, RuleSource


MAX_FORMULAS: Final = 1_000
MAX_FORMULA_CHARACTERS: Final = 100_000


def load_rules(config: Config, root: str, problems: list[Problem]) -> tuple[RuleSet, ...]:
    """Return the rule sets of a configuration, ready to run.

    Args:
        config: the settings.
        root: the vault, in which bases lie.
        problems: whatever cannot be used is added here, with its place.
    """
    written = [*_find_profile(config, problems), *_read_own(config, root, problems)]
    if not _is_within_limits(written, problems):
        return ()
    compiled = [_compile(rules, problems) for rules in written]
    rules = spread_clocks([one for one in compiled if one])
    problems += [*find_double_owners(rules), *find_owned_boxes(rules)]
    return rules


class _Written(NamedTuple):
    """A rule set, and the base that it takes formulas from."""

    own: RuleSource
    base: RuleSource | None = None
    picks: tuple[SourceText, ...] | None = None
    place: SourceText | None = None


def _find_profile(config: Config, problems: list[Problem]) -> Iterator[_Written]:
    """Yield the profile, unless there is none or what is chosen does not fit it."""
    if config.profile == NO_PROFILE:
        return
    before = len(problems)
    source = load_profile(config.profile, config.study, problems)
    modes = {name: config.review_status for name, _ in source.modes}
    overrides: NameMap[SourceText] = NameMap(config.overrides)
    problems += _find_unknown(source, overrides)
    if len(problems) == before:
        yield _Written(
            customize(source, modes=modes, is_adding=config.is_adding, overrides=overrides)
        )


def _find_unknown(source: RuleSource, overrides: Mapping[str, SourceText]) -> Iterator[Problem]:
    """Yield a problem for each override of a formula that the profile does not have."""
    known: NameMap[SourceText] = NameMap((*source.formulas, *source.helpers))
    for name in [name for name in overrides if name not in known]:
        message = f"`{shorten(source.name)}` has no formula `{shorten(name)}`."
        yield overrides[name].problem(message + suggest(name, known), name)


def _read_own(config: Config, root: str, problems: list[Problem]) -> Iterator[_Written]:
    if any(rules.from_base for rules in config.rules):
        yield from _read_with_bases(config, root, problems)
    else:
        yield from (_Written(rules.rules) for rules in config.rules)


def _read_with_bases(config: Config, root: str, problems: list[Problem]) -> Iterator[_Written]:

    bases = BaseReader(root, problems)
    for rules in config.rules:
        if not rules.from_base:
            yield _Written(rules.rules)
        elif base := bases.read(rules, rules.from_base):
            yield _Written(rules.rules, base, rules.picks, rules.from_base)


def _compile(written: _Written, problems: list[Problem]) -> RuleSet | None:
    if written.base is None or written.place is None:
        return compile_rules(written.own, problems)
    from vault_sync.rules.base_files import join_base  # noqa: PLC0415 - for a quick start

    before = len(problems)
    source = join_base(written.own, written.base, written.picks, problems)
    rules = compile_rules(source, problems)
    if written.picks is None and any(problem.file for problem in problems[before:]):
        message = "Not every formula of this base can be persisted; name those that you want, as in `formulas: [one, two]`."
        problems.append(written.place.problem(message))
    return rules


def _is_within_limits(written: list[_Written], problems: list[Problem]) -> bool:
    texts = [text for rules in written for text in _list_texts(rules)]
    if len(texts) > MAX_FORMULAS:
        message = f"All rules together may have {MAX_FORMULAS} formulas and filters; these have {len(texts)}."
    elif sum(len(text.text) for text in texts) > MAX_FORMULA_CHARACTERS:
        message = (
            f"All formulas together may have {MAX_FORMULA_CHARACTERS} characters; these have more."
        )
    else:
        return True
    problems.append(Problem(message))
    return False


def _list_texts(written: _Written) -> Iterator[SourceText]:
    for source in (written.own, written.base):
        if source:
            yield from (text for _, text in (*source.formulas, *source.helpers))
            yield from list_statements(source.filters) if source.filters else ()


# The bases that a configuration names, read from inside the vault alone and without waiting.

_NOTE: Final = ".md"
_ENDINGS: Final = (".base", _NOTE)


class BaseReader:
    """Reads the bases of one vault, together no more than a configuration may hold."""

    __slots__ = ("problems", "read_bytes", "root")

    def __init__(self, root: str, problems: list[Problem]) -> None:
        self.root = root
        self.problems = problems
        self.read_bytes = 0

    def read(self, rules: OwnRules, place: SourceText) -> RuleSource | None:
        """Return the base that a rule set names, None if it cannot be used."""
        before = len(self.problems)
        try:
            text = self._read_text(place.text)
        except NoteError as error:
            message = f"`{shorten(place.text)}` cannot be used: {error.problem.message}"
            self.problems.append(place.problem(message))
            return None
        from vault_sync.rules.base_files import parse_base  # noqa: PLC0415 - for a quick start

        base = parse_base(text, shorten(to_nfc(place.text)), rules.rules.name, self.problems)
        if len(self.problems) > before:
            return None
        if not base.formulas:
            message = "This base has no formulas, so there is nothing to persist."
            self.problems.append(place.problem(message))
        return base if base.formulas else None

    def _read_text(self, path: str) -> str:
        """Return the text of a base. Reading one again counts again, as it is parsed again."""
        if self.read_bytes <= MAX_CHARACTERS:
            data = self._read_inside(path)
            self.read_bytes += len(data)
        if self.read_bytes > MAX_CHARACTERS:
            message = f"All bases together may have {MAX_CHARACTERS} bytes; these have more."
            raise NoteError(Problem(message))
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NoteError(Problem("This is not UTF-8; save the file as UTF-8.")) from None
        from vault_sync.rules.base_files import find_base_block  # noqa: PLC0415 - see above

        block = find_base_block(text) if path.endswith(_NOTE) else text
        if block is None:
            raise NoteError(Problem("This note has no ```base block."))
        return block

    def _read_inside(self, path: str) -> bytes:
        """Return the bytes of a file of the vault.

        Raises:
            NoteError: it is not there, not a plain file, not inside the vault, or not a base.
        """
        if not path.endswith(_ENDINGS) or len(path) > WINDOW:
            raise NoteError(Problem("Name a .base file, or a note with a ```base block."))
        with VaultFolder(self.root) as folder:
            found = _resolve(folder, path)
            if found:
                return read_note(folder, found).data
        message = "There is no such file in this vault; write the path from the top of the vault, as in Bases/Study.base."
        raise NoteError(Problem(message))


def _resolve(folder: VaultFolder, path: str) -> str | None:
    """Return the path of a base inside the vault without links, None if there is none.

    A file that came from macOS may bear its Korean name in loose letters (NFD).
    """
    if ".." in path.split("/") or PurePath(path).is_absolute():
        return None
    for spelling in dict.fromkeys((path, to_nfc(path), normalize("NFD", path))):
        found = resolve_inside(folder, spelling)
        if found:
            return found
    return None


# Double owners: one property that two rule sets own in the same notes.
#
# Filters that are written differently may still admit the same note. That is found when such a note
# is planned; what is found here is wrong for every note.

_Shape: TypeAlias = "str | tuple[str, tuple[_Shape, ...]] | None"


def find_double_owners(rule_sets: Sequence[RuleSet]) -> list[Problem]:
    """Return a problem for each property that two rule sets own wherever one of them governs.

    That is so where their filters are the same, or where one has none and so admits every note.
    """
    owners: NameMap[list[tuple[_Shape, RuleSet]]] = NameMap()
    problems: list[Problem] = []
    for rules in rule_sets:
        shape = _shape(rules.source.filters)
        places = {to_nfc(name): text for name, text in rules.source.formulas}
        for name in rules.owned:
            others = owners.setdefault(name, [])
            first = next((other for kind, other in others if _overlaps(kind, shape)), None)
            if first:
                problems.append(_describe_owners(name, first, rules, places[name]))
            others.append((shape, rules))
    return problems


def find_owned_boxes(rule_sets: Sequence[RuleSet]) -> list[Problem]:
    """Return a problem for each formula that owns a box, which `done` ticks for the user."""
    boxes = NameMap.of(box for rules in rule_sets if rules.study for box in rules.study.boxes)
    owned = ((to_nfc(name), text) for rules in rule_sets for name, text in rules.source.formulas)
    return [
        text.problem(
            f"`{shorten(name)}` is the box of a review, which you tick; no formula can own it.",
            name,
        )
        for name, text in owned
        if name in boxes
    ]


def _shape(source: FilterSource | None) -> _Shape:
    """Return a filter without its place and the blanks around its statements."""
    if source is None:
        return None
    if isinstance(source, SourceText):
        return source.text.strip()
    return source.connective, tuple(_shape(part) for part in source.filters)


def _overlaps(first: _Shape, second: _Shape) -> bool:
    return first is None or second is None or first == second


def _describe_owners(name: str, first: RuleSet, second: RuleSet, place: SourceText) -> Problem:
    message = (
        f"Two rule sets own `{shorten(name)}` in the same notes: `{shorten(first.name)}` and"
        f" `{shorten(second.name)}`. Delete it in one of them, or give them different filters."
    )
    return place.problem(message, name)
