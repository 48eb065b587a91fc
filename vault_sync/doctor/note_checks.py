"""Checks of the notes and of what Obsidian believes about their properties. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.doctor.facts import CheckResult, Facts, Level, ValueKind, find_among, find_at
from vault_sync.engine.conflict_copies import CopyRelation
from vault_sync.i18n import Language, mark_message

if TYPE_CHECKING:
    from collections.abc import Iterator


_ANY_TEXT: Final = frozenset(
    {
        ValueKind.TEXT,
        ValueKind.NUMBER,
        ValueKind.CHECKBOX,
        ValueKind.QUOTED_CHECKBOX,
        ValueKind.DATE,
    }
)
_ALLOWED: Final = {
    "text": _ANY_TEXT,
    "number": frozenset({ValueKind.NUMBER}),
    "checkbox": frozenset(
        {ValueKind.CHECKBOX, ValueKind.QUOTED_CHECKBOX}
    ),  # quoted ones have their own check
    "date": frozenset({ValueKind.DATE}),
    "datetime": frozenset({ValueKind.DATE}),
    "multitext": _ANY_TEXT | {ValueKind.LIST},
    "tags": _ANY_TEXT | {ValueKind.LIST},
    "aliases": _ANY_TEXT | {ValueKind.LIST},
}
_TYPE_NAMES: Final = {
    "text": mark_message("text"),
    "number": mark_message("number"),
    "checkbox": mark_message("checkbox"),
    "date": mark_message("date"),
    "datetime": mark_message("date & time"),
    "multitext": mark_message("list"),
}
_KIND_NAMES: Final = {
    ValueKind.TEXT: mark_message("text"),
    ValueKind.NUMBER: mark_message("number"),
    ValueKind.CHECKBOX: mark_message("checkbox"),
    ValueKind.QUOTED_CHECKBOX: mark_message("text"),
    ValueKind.DATE: mark_message("date"),
    ValueKind.LIST: mark_message("list"),
    ValueKind.OBJECT: mark_message("object"),
}


def check_types(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find properties that hold, or would be given, what their type in Obsidian does not allow.

    Obsidian keeps one type for each name of a vault (help page "Properties", "Property types").
    """
    for name, declared in sorted(facts.types.items()):
        allowed = _ALLOWED.get(declared)
        is_derived = name in facts.notes.written
        kinds = (facts.notes.written if is_derived else facts.notes.kinds).get(name, {})
        for kind, seen in kinds.items():
            if allowed is None or kind is ValueKind.EMPTY or kind in allowed:
                continue
            message = language.say(
                "Obsidian takes the property `{name}` for {declared}, but it holds: {kind}.",
                name=name,
                declared=language.say(_TYPE_NAMES.get(declared, declared)),
                kind=language.say(_KIND_NAMES[kind]),
            )
            yield from find_at(Level.WARNING, message, _advise_type(is_derived, language), seen)


def _advise_type(is_derived: bool, language: Language) -> str:  # noqa: FBT001 - two sentences, one place
    if is_derived:
        return language.say(
            "A formula writes it: choose another type in Obsidian's All properties, or change the formula."
        )
    return language.say("Choose another type in Obsidian's All properties, or change these values.")


def check_quoted_boxes(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find checkboxes that hold a text: `"false"` is no unticked box, but a text of five letters."""
    for name, kinds in sorted(facts.notes.kinds.items()):
        seen = kinds.get(ValueKind.QUOTED_CHECKBOX)
        is_box = (
            name in facts.boxes
            or facts.types.get(name) == "checkbox"
            or ValueKind.CHECKBOX in kinds
        )
        if seen and is_box:
            yield from find_at(
                Level.WARNING,
                language.say("The checkbox `{name}` holds a quoted text.", name=name),
                language.say(
                    "Take the quotes away in Obsidian's source mode, so that it is a box again."
                ),
                seen,
            )


def check_duplicates(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find notes with a property twice: nobody knows which of the two counts."""
    yield from find_at(
        Level.ERROR,
        language.say("A property stands twice in a note, which is left alone."),
        language.say("Delete one of the two in Obsidian's source mode."),
        facts.notes.duplicates,
    )


def check_names(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find property names that are spelled in another way: we know them, others may not."""
    for name, seen in sorted(facts.notes.respelled.items()):
        yield from find_at(
            Level.WARNING,
            language.say(
                "The property `{name}` is spelled otherwise here than by the rules: in letter case, or by a character that is not seen.",
                name=name,
            ),
            language.say(
                "Nothing is lost: both count as one name. Type it anew to have it one name everywhere."
            ),
            seen,
        )
    for (name, meant), seen in sorted(facts.notes.spaced.items()):
        yield from find_at(
            Level.WARNING,
            language.say(
                "The property `{name}` differs only by a blank from `{meant}`, which the rules read, and is another one.",
                name=name,
                meant=meant,
            ),
            language.say("If they are meant to be one, rename it in Obsidian."),
            seen,
        )
    for name, seen in sorted(facts.notes.slipped.items()):
        yield from find_at(
            Level.WARNING,
            language.say(
                "The property `{name}` is a derived one with a digit before its name: a merge may have moved it there.",
                name=name,
            ),
            language.say("If you did not make it, delete the line; the true one is there, too."),
            seen,
        )
    yield from find_at(
        Level.WARNING,
        language.say("A property name is written in loose letters (NFD, as macOS does)."),
        language.say(
            "Type the name anew; until then Obsidian takes it for another property of the same look."
        ),
        facts.notes.decomposed,
    )


def check_twins(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find notes whose names look the same: loose letters (NFD) in one and syllables (NFC) in the other."""
    yield from find_among(
        Level.WARNING,
        language.say("Two notes have names that look the same (loose letters and syllables)."),
        language.say(
            "Give one of them another name: Macs and many sync services take the two for one file."
        ),
        facts.twins,
    )


def check_top(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find blocks of properties that are text to Obsidian, as something stands above them."""
    yield from find_at(
        Level.WARNING,
        language.say("Properties do not stand at the top of their note, so they are only text."),
        language.say(
            "Begin the very first line with `---`; nothing may stand above it, not even a blank line."
        ),
        facts.notes.stray,
    )


def check_readable(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find notes that cannot be read or must not be changed."""
    advice = language.say("Until it is fixed, the note is left alone.")
    for reason, seen in sorted(facts.notes.refused.items()):
        yield from find_at(Level.WARNING, reason, advice, seen)


def check_values(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find first days and boxes of reviews that cannot be read."""
    advice = language.say("Until it is fixed, the values that need it are left alone.")
    for reason, seen in sorted(facts.notes.unread.items()):
        yield from find_at(Level.WARNING, reason, advice, seen)


def check_size(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find notes above the limit."""
    yield from find_at(
        Level.WARNING,
        language.say("A note is larger than 10 MiB, so it is left alone."),
        language.say("Split it, or move its pictures into files of their own."),
        facts.notes.too_large,
    )


def check_excluded(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Tell which notes are left alone on purpose."""
    for reason, seen in sorted(facts.folders.excluded.items()):
        message = language.say("Left alone: {reason}.", reason=reason)
        yield from find_at(Level.OK, message, "", seen)
    if facts.notes.opted_out:
        message = language.say(
            "Notes that ask to be left alone: {count}.", count=facts.notes.opted_out
        )
        yield CheckResult(Level.OK, message)


def check_copies(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find conflict copies of sync services."""
    told = {
        CopyRelation.NEEDLESS: (
            language.say("A conflict copy holds nothing of yours that its note does not hold."),
            language.say("`vault-sync doctor --fix` moves it to the rescue folder."),
        ),
        CopyRelation.NEXT: (
            language.say(
                "A conflict copy holds what you wrote last; its note is the version before."
            ),
            language.say("`vault-sync doctor --fix` puts it into the note."),
        ),
        CopyRelation.OTHER: (
            language.say("A conflict copy differs from its note in what you wrote."),
            language.say("Compare the two, keep what you want and delete the copy."),
        ),
        CopyRelation.ORPHAN: (
            language.say("A conflict copy lies there without its note, or beside one unreadable."),
            language.say("Read it, and give it the note's name or delete it."),
        ),
    }
    for relation, (message, advice) in told.items():
        places = [copy.path for copy in facts.copies if copy.relation is relation]
        yield from find_among(Level.WARNING, message, advice, places)
