"""A note without the values that are ours: what a person wrote, and how that has changed. Pure.

Two versions of a note can be told apart by it: whether they differ in derived values only, or whether
persons wrote in one of them or in both. Where there is doubt whose a value is, it is a person's.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from vault_sync.errors import EvaluationError, FrontmatterError
from vault_sync.formula.registry import Clock
from vault_sync.note.edits import Edit, apply_edits
from vault_sync.note.frontmatter import find_block, read_block, read_properties
from vault_sync.note.yaml_nodes import Scalar, YamlSequence, name_lines
from vault_sync.plan.evaluation import Failure, is_of_other_note
from vault_sync.plan.governed import LeftAlone, govern
from vault_sync.rules.sources import Mode
from vault_sync.text import NameMap, find_conflict_marker

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from vault_sync.note.frontmatter import Frontmatter, Property
    from vault_sync.plan.evaluation import Conditions
    from vault_sync.rules.ruleset import RuleSet

TOKEN_BYTES: Final = 9
_BLOCKS: Final = frozenset("|>")


def find_owned(
    note: Frontmatter, path: str, rules: Sequence[RuleSet], conditions: Conditions
) -> NameMap[Clock]:
    """Return the derived properties that a refresh would put right in a note, and their clocks.

    A property whose formula fails is not among them: a refresh leaves it alone, so what stands
    there may be a person's; but for one that reads other notes where these are not at hand. Nor is
    one that is only filled in where it is empty.

    Args:
        note: the frontmatter.
        path: of the note in the vault, for filters.
        rules: the rule sets.
        conditions: the day and the zone, for filters and formulas that ask.
    """
    owned: NameMap[Clock] = NameMap()
    governed = govern(note, path, rules, conditions, _refuse_file_facts)
    if isinstance(governed, LeftAlone):
        return owned
    for ruling in governed.list_rulings():
        for entry in ruling.rules.owned.values():
            stored = governed.fit(entry, ruling.results[entry.name])
            is_failed = isinstance(stored, Failure) and (
                conditions.vault is not None or not is_of_other_note(stored.error)
            )
            if entry.mode is Mode.DERIVE and not is_failed:
                owned.setdefault(entry.name, entry.clock)
    return owned


def _refuse_file_facts(_fact: str) -> NoReturn:
    raise EvaluationError("A version of a note has no size and no times.")


def list_derived(rules: Iterable[RuleSet]) -> NameMap[None]:
    """Return the names of all properties that some rule set derives, whatever becomes of them."""
    return NameMap.of(
        name for one in rules for name, entry in one.owned.items() if entry.mode is Mode.DERIVE
    )


class PersonText(NamedTuple):
    """What a person wrote in a version of a note.

    Attributes:
        text: the note without derived lines; of one that a person has written on, the value alone.
        is_sure: every derived property in it is ours; none has failed, or is written in several lines.
    """

    text: str
    is_sure: bool = True

    @property
    def digest(self) -> bytes:
        """What tells it from another."""
        return blake2b(self.text.encode(), digest_size=16).digest()


def take_out(text: str, derived: Container[str], owned: Container[str]) -> PersonText:
    """Return a version of a note without the values that are ours.

    Args:
        text: the whole note.
        derived: the properties that some rule derives.
        owned: those of them that are ours in this version.
    """
    try:
        block = find_block(text)
        if block is None:
            return PersonText(text)
        lines = name_lines(text[block.start : block.end])
        if lines is None or find_conflict_marker(text):
            return _take_out_nodes(read_block(text, block), derived, owned)
    except FrontmatterError:
        return PersonText(text, is_sure=False)
    found = [name for name, _ in lines if name in derived]
    ours = {name for name in found if name in owned}
    kept = [line for name, line in lines if name not in ours]
    person = "".join([text[: block.start], *kept, text[block.end :]])
    return PersonText(person, is_sure=len(ours) == len(found))


def _take_out_nodes(
    note: Frontmatter, derived: Container[str], owned: Container[str]
) -> PersonText:
    """Do the same with a note whose lines are not all plain."""
    found = [one for name, one in note.properties.items() if name in derived]
    edits = [_remove(note, one) for one in found if one.name in owned]
    kept = [edit for edit in edits if edit is not None]
    return PersonText(apply_edits(note.text, kept), is_sure=len(kept) == len(found))


def read_person_text(
    text: str, path: str, rules: Sequence[RuleSet], conditions: Conditions
) -> PersonText:
    """Return what a person wrote in a version of a note.

    Args:
        text: the whole note.
        path: of the note in the vault, for filters.
        rules: the rule sets.
        conditions: the day and the zone.
    """
    try:
        note = read_properties(text)
    except FrontmatterError:
        return PersonText(text, is_sure=False)
    owned = find_owned(note, path, rules, conditions) if note else NameMap[Clock]()
    return take_out(text, list_derived(rules), owned)


def _remove(note: Frontmatter, found: Property) -> Edit | None:
    """Return the edit that takes a property out, but for words of a person; None where it is odd."""
    text, base = note.text, note.block.start
    start = base + found.key.start
    if note.is_flow or (start > base and text[start - 1] != "\n"):
        return None
    if isinstance(found.value, YamlSequence):
        return _remove_list(note, found, start)
    value = found.value
    if not isinstance(value, Scalar) or value.is_decorated or (value.style or " ") in _BLOCKS:
        return None
    colon = text.index(":", base + found.key.end) + 1
    end = max(colon, base + value.end)
    if "\n" in text[start:end]:
        return None
    line_end = text.index("\n", end) + 1
    is_bare = not text[end:line_end].strip()
    return Edit(start, line_end, "") if is_bare else Edit(colon, end, "")


def _remove_list(note: Frontmatter, found: Property, start: int) -> Edit | None:
    text, block = note.text, note.block
    end = text.index("\n", start) + 1
    while end < block.end and text[end] in " -\t":
        end = text.index("\n", end) + 1
    is_odd = "#" in text[start:end] or block.start + found.value.end > end
    return None if is_odd or getattr(found.value, "is_decorated", False) else Edit(start, end, "")


# The lines of a person: hashes in their order, from which follow tokens that say where each stands.

_HEAD: Final = b"h"
_BODY: Final = b"b"
_BLANK: Final = b" "
_PLACE: Final = b"p"


def hash_lines(text: str) -> bytes:
    """Return tokens for the lines of a text without our values, in their order, one behind the other.

    A token is eight bytes of a hash and a letter for what it stands for. In the frontmatter a line is
    one thing wherever it stands, but an item belongs to its property.
    """
    block = find_block(text)
    head, body = (text[: block.end], text[block.end :]) if block else ("", text)
    lines = body.encode().splitlines(keepends=True)
    tokens = {line: _make_token(line, _BLANK if line.isspace() else _BODY) for line in {*lines}}
    return b"".join([*_hash_head(head.encode()), *map(tokens.__getitem__, lines)])


def _hash_head(head: bytes) -> Iterator[bytes]:
    above = b""
    for line in head.splitlines(keepends=True):
        is_item = line[:1] in b" -\t#" and not line.startswith(b"---")
        yield _make_token(above + b"\0" + line if is_item else line, _HEAD)
        above = above if is_item else line.partition(b":")[0]


def list_tokens(hashes: bytes) -> frozenset[bytes]:
    """Return the tokens by which two versions of a text are compared, given the hashes of its lines.

    A line of the body has two: one for itself, one for its place behind the two before it. Equal lines
    in equal places are counted.
    """
    seen: dict[bytes, int] = {}
    tokens = []
    for token in _list_tokens(hashes):
        seen[token] = count = seen.get(token, 0) + 1
        tokens.append(token if count == 1 else _make_token(b"%d\0%b" % (count, token), token[-1:]))
    return frozenset(tokens)


def _list_tokens(hashes: bytes) -> Iterator[bytes]:
    second = first = b""
    for token in cut(hashes, TOKEN_BYTES):
        yield token
        if not token.endswith(_HEAD):
            yield _make_token(second + first + token, _PLACE)
        if token.endswith(_BODY):
            second, first = first, token


def _make_token(data: bytes, kind: bytes) -> bytes:
    return blake2b(data).digest()[: TOKEN_BYTES - 1] + kind


def cut(data: bytes, length: int) -> Iterator[bytes]:
    """Yield the pieces of one length that stand one behind the other."""
    return (data[place : place + length] for place in range(0, len(data), length))


# What became of a note over time, and what that says of another version of it.


class EditHistory(NamedTuple):
    """What persons did to a note since it is known.

    Attributes:
        written: the date of the version that was seen first, in nanoseconds since 1970.
        digest: of what persons wrote in the version that was seen last.
        hashes: of its lines, in their order.
        come: lines of it that came since, each with when that was seen, in seconds since 1970.
        gone: lines of the first version that went since, likewise.
    """

    written: int
    digest: bytes
    hashes: bytes
    come: Mapping[bytes, int]
    gone: Mapping[bytes, int]

    @property
    def lines(self) -> frozenset[bytes]:
        """The tokens of the lines of the version that was seen last."""
        return list_tokens(self.hashes)

    def follow(self, version: PersonText, now: int) -> EditHistory:
        """Return the history with the version that is there now.

        A line that came and went again is forgotten, so a history does not grow without end.
        """
        come = {line: at for line, at in self.come.items() if now - at < MEMORY}
        if version.digest == self.digest:
            return self if len(come) == len(self.come) else self._replace(come=come)
        hashes = hash_lines(version.text)
        lines, before = list_tokens(hashes), self.lines
        came, went = lines - before, before - lines
        come = {line: at for line, at in come.items() if line in lines}
        gone = {line: at for line, at in self.gone.items() if now - at < MEMORY}
        come |= dict.fromkeys(came, now)
        gone |= dict.fromkeys(went - self.come.keys(), now)
        return EditHistory(self.written, version.digest, hashes, come, gone)


MEMORY: Final = 90 * 86_400
"""Seconds after which every device is taken to have seen an edit."""
YOUNG: Final = 14 * 86_400
"""So many seconds after it was written, a version is taken to be on every device."""


def begin_history(version: PersonText, written: int, now: int | None = None) -> EditHistory:
    """Return the history of a note that is seen for the first time.

    Args:
        version: what persons wrote in it.
        written: the date of the version, in nanoseconds since 1970.
        now: the present, in seconds since 1970; None where the version is taken to be on every
            device. A person may just have written in it, on this device alone: then all lines of a
            young version count as come here, for a while.
    """
    hashes = hash_lines(version.text)
    settled = written // 10**9 + YOUNG
    is_young = now is not None and now < settled
    come = dict.fromkeys(list_tokens(hashes), settled - MEMORY) if is_young else {}
    return EditHistory(written, version.digest, hashes, come, {})


_LEAST_SHARED: Final = 0.5


class VersionRelation(NamedTuple):
    """How another version of a note relates to the note.

    Attributes:
        is_known: it holds nothing of a person that the note does not hold, or that was not taken out there.
        is_next: the note holds nothing of a person that it does not hold, or that was not taken out in it.
    """

    is_known: bool = False
    is_next: bool = False


def judge_version(
    note: PersonText, other: PersonText, written: int, history: EditHistory | None
) -> VersionRelation:
    """Return how another version relates to a note.

    A line that both sides had once and one side has not is an edit of that side. Which lines both had
    is known by the history of the note here: those that never came in its time. So a version
    is known where all it lacks came here since, and all it has besides went here and had never come;
    and it is the next one where all that it changes had never come here, and nothing of it went. Two
    notes that were begun apart under one name have no such lines, so most must be the same.

    Args:
        note: as it is.
        other: the other version.
        written: the date of the other version, in nanoseconds since 1970.
        history: what persons did to the note here, with the version as it is; None where it is not known.
    """
    if note.text == other.text:
        return VersionRelation(is_known=True)
    if history is None or not (note.is_sure and other.is_sure) or history.digest != note.digest:
        return VersionRelation()
    lines, ours = list_tokens(hash_lines(other.text)), history.lines
    lacks, adds = ours - lines, lines - ours
    is_same = not lacks and not adds  # the same lines in another order
    if is_same or len(lines & ours) < _LEAST_SHARED * min(len(lines), len(ours)):
        return VersionRelation()
    come, gone = history.come.keys(), history.gone.keys()
    is_known = lacks <= come and adds <= gone - come
    is_next = lacks.isdisjoint(come) and adds.isdisjoint(gone) and written >= history.written
    return VersionRelation(is_known, is_next)
