"""All checks, in the order in which they are told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.doctor import checks_machine, checks_notes, checks_places
from vault_sync.doctor.findings import Finding, Level
from vault_sync.language import mark_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.doctor.facts import Facts
    from vault_sync.doctor.findings import Check
    from vault_sync.language import Language


class NamedCheck(NamedTuple):
    """A check.

    Attributes:
        name: for programs; it stays the same.
        fine: what is said where it finds nothing.
        check: finds what there is.
    """

    name: str
    fine: str
    check: Check


class Diagnosis(NamedTuple):
    """A finding, and the name of the check that has it."""

    check: str
    finding: Finding


CHECKS: Final = (
    NamedCheck("config", mark_message("The configuration is fine."), checks_machine.check_config),
    NamedCheck("types", mark_message("Every value fits its type."), checks_notes.check_types),
    NamedCheck("boxes", mark_message("Checkboxes are boxes."), checks_notes.check_quoted_boxes),
    NamedCheck("duplicates", mark_message("No property stands twice."), checks_notes.check_duplicates),
    NamedCheck("names", mark_message("Property names are well written."), checks_notes.check_names),
    NamedCheck("notes", mark_message("All notes can be read."), checks_notes.check_readable),
    NamedCheck("size", mark_message("No note is too large."), checks_notes.check_size),
    NamedCheck("excluded", mark_message("No note is excluded."), checks_notes.check_excluded),
    NamedCheck("folders", mark_message("All folders can be read."), checks_places.check_folders),
    NamedCheck("copies", mark_message("No conflict copies."), checks_notes.check_copies),
    NamedCheck("services", mark_message("No sync service was seen."), checks_places.check_services),
    NamedCheck("cloud", mark_message("All notes are on this computer."), checks_places.check_stubs),
    NamedCheck("plugins", mark_message("No plugin is known to write properties."), checks_places.check_plugins),
    NamedCheck("writers", mark_message("No other computer writes here."), checks_places.check_writers),
    NamedCheck("hooks", mark_message("No hook is skipped."), checks_places.check_hooks),
    NamedCheck("leftovers", mark_message("Nothing is left of interrupted runs."), checks_places.check_leftovers),
    NamedCheck("rescues", mark_message("No rescue copies."), checks_machine.check_rescues),
    NamedCheck("state", mark_message("The state folder is well."), checks_machine.check_state),
    NamedCheck("daemon", mark_message("The daemon is well."), checks_machine.check_daemon),
    NamedCheck("watches", mark_message("All folders can be watched."), checks_machine.check_watches),
    NamedCheck("clock", mark_message("The clock seems right."), checks_machine.check_clock),
    NamedCheck("zone", mark_message("The time zone is clear."), checks_places.check_zone),
)  # fmt: skip


def run_checks(facts: Facts, language: Language) -> Iterator[Diagnosis]:
    """Yield what every check finds; one that finds nothing says that it is fine."""
    for name, fine, check in CHECKS:
        found = [*check(facts, language)]
        for finding in found or [Finding(Level.OK, language.say(fine))]:
            yield Diagnosis(name, finding)
