"""The doctor's checks of configuration, computer, sync services and git, in the order they are told. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from vault_sync.doctor import note_checks
from vault_sync.doctor.facts import CheckResult, Facts, Level, find_among, find_at
from vault_sync.i18n import Language, mark_message
from vault_sync.text import make_printable
from vault_sync.vault.workspace import describe_daily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Checks of the configuration, the state folder, the daemon and the computer. Pure.

_FIRST_RELEASE: Final = datetime(2024, 1, 1, tzinfo=UTC)
_SLACK: Final = timedelta(days=1)
_CROWDED: Final = 0.8  # of the watches, which other programs need as well
_WEAK_STATES: Final = frozenset({"degraded", "unknown"})


def check_config(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Repeat what `vault-sync config check` says."""
    for sentence in facts.config_problems:
        advice = language.say("Nothing is refreshed until this is fixed.")
        yield CheckResult(Level.ERROR, sentence, advice)
    for sentence in facts.settings_problems:
        yield CheckResult(Level.WARNING, sentence, language.say("This setting is not followed."))


def check_state(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a state folder that cannot do its work."""
    state = facts.state
    if state.fault:
        yield CheckResult(Level.ERROR, state.fault, language.say("Without it no note is written."))
    if state.is_open:
        yield from find_among(
            Level.WARNING,
            language.say("Others may look into the state folder, which holds parts of your notes."),
            language.say("Close it to them: `chmod -R go= FOLDER`."),
            [state.path],
        )
    if state.damaged:
        yield CheckResult(
            Level.WARNING,
            language.say("Journals that cannot be read: {count}.", count=state.damaged),
            language.say("Those runs cannot be undone; newer ones can."),
        )


def check_rescues(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Tell of rescue copies that nobody has looked at."""
    if facts.state.rescues:
        yield from find_among(
            Level.WARNING,
            language.say("Rescue copies to look at: {count}.", count=facts.state.rescues),
            language.say("Compare them with their notes, then delete them."),
            [facts.state.rescue_folder],
        )


def check_daemon(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a daemon that should run and does not, or cannot do all of its work."""
    state = facts.state
    is_running = state.daemon != "stopped"
    if state.is_installed and not is_running:
        message = language.say("The service is installed, but no daemon is running.")
        advice = language.say("`vault-sync service start` starts it, `service logs` says more.")
        yield CheckResult(Level.ERROR, f"{message} {state.reason}".strip(), advice)
    elif state.daemon in _WEAK_STATES:
        message = language.say("The daemon does not do all of its work.")
        advice = language.say("`vault-sync service logs` says more.")
        yield CheckResult(Level.WARNING, f"{message} {state.reason}".strip(), advice)
    elif not is_running:
        message = language.say(
            "No daemon installed (optional); `vault-sync service install` sets one up."
        )
        yield CheckResult(Level.OK, message)


def check_watches(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a vault with more folders than the system may watch (inotify(7), max_user_watches)."""
    system, folders = facts.system, facts.folders.folders
    if system.max_watches is not None and folders > system.max_watches * _CROWDED:
        yield CheckResult(
            Level.WARNING,
            language.say(
                "The vault has {folders} folders, and this system lets all programs of yours watch {limit} together.",
                folders=folders,
                limit=system.max_watches,
            ),
            language.say(
                "Raise fs.inotify.max_user_watches (sysctl), or use `vault-sync watch --polling`."
            ),
        )
    if system.silence:
        yield CheckResult(
            Level.WARNING,
            language.say(
                "The vault lies in a place where changes come without events: {place}.",
                place=system.silence,
            ),
            language.say(
                "The daemon looks at all notes again and again there, which takes longer."
            ),
        )


def check_disk(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a disk on which no note can be replaced so that a save in between is kept."""
    if not facts.system.can_swap:
        yield CheckResult(
            Level.ERROR,
            language.say(
                "The vault's disk can neither exchange nor link files, so no note is written there."
            ),
            language.say(
                "Keep the vault on another disk (not exFAT, not the shared storage of a phone)."
            ),
        )


def check_clock(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a clock that goes wrong: then every daily value would."""
    now, last = facts.system.now, facts.state.last_run
    advice = language.say("Set the clock, and let the system keep it by the network.")
    shown = f"{now:%Y-%m-%d %H:%M}"
    if now < _FIRST_RELEASE:
        message = language.say("The computer's clock says {now}, which cannot be.", now=shown)
        yield CheckResult(Level.ERROR, message, advice)
    elif facts.notes.newest > (now + _SLACK).timestamp() or (last and last > now + _SLACK):
        message = language.say(
            "The computer's clock says {now}, but there are newer notes or journals.", now=shown
        )
        yield CheckResult(Level.WARNING, message, advice)


def check_creation(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Say where a refreshed note gets another date of creation: no call of Linux can set it."""
    if not facts.system.keeps_birth:
        yield CheckResult(
            Level.OK,
            language.say(
                "This system cannot keep a note's date of creation: a refreshed note has that of the write."
            ),
        )


# Checks of who else writes: sync services, plugins, git. Pure.

OBSIDIAN_GIT: Final = "obsidian-git"
# Ids of community plugins that write into the frontmatter of notes while they are edited.
WRITING_PLUGINS: Final = {
    "frontmatter-modified-date": "Frontmatter Modified Date",
    "metadata-menu": "Metadata Menu",
    "obsidian-linter": "Linter",
    "update-time-on-edit": "Update time on edit",
}


def check_services(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Tell which sync services carry the vault; two at once make copies and lose edits.

    Source: Obsidian help, "Sync your notes across devices", on two services for one vault.
    """
    if len(facts.services) > 1:
        yield from find_among(
            Level.WARNING,
            language.say("More than one sync service seems to carry this vault."),
            language.say("Leave the vault to one of them; two make conflict copies of each other."),
            facts.services,
        )
    elif facts.services:
        message = language.say("A sync service carries this vault.")
        yield from find_among(Level.OK, message, "", facts.services)


def check_daily(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Tell which devices and notes get the values of a new day, where that is not all of them."""
    message = describe_daily(facts.daily, facts.device, language)
    if message:
        yield CheckResult(Level.OK, message)


def check_zone(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a synced vault whose day is that of whichever computer is writing."""
    system = facts.system
    if system.zone_variable and system.vault_offset is None:
        yield CheckResult(
            Level.WARNING,
            language.say(
                "The variable TZ says {name}, which this computer takes for UTC{offset}.",
                name=make_printable(system.zone_variable),
                offset=f"{system.now:%z}",
            ),
            language.say(
                "Set it to the name of a zone, such as {name}, or write that as `timezone:` into .vault-sync.yaml.",
                name=next(iter(system.likely_zones), "Asia/Seoul"),
            ),
        )
    elif system.has_turned_zone:
        yield CheckResult(
            Level.WARNING,
            language.say(
                "The vault's time zone lies on the other side of UTC than this computer's."
            ),
            language.say(
                "Names such as Etc/GMT+9 mean hours behind UTC; write Asia/Seoul, or yours."
            ),
        )
    elif facts.services and system.vault_offset is None:
        yield CheckResult(
            Level.WARNING,
            language.say("The vault is synced, but the configuration names no time zone."),
            language.say(
                "Write `timezone: Asia/Seoul`, or yours, into .vault-sync.yaml: then all your computers have the same day."
            ),
        )
    elif system.vault_offset not in {None, system.offset}:
        yield CheckResult(
            Level.OK, language.say("The vault's time zone is not that of this computer; it counts.")
        )


def check_plugins(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find plugins that write properties as well."""
    found = sorted(WRITING_PLUGINS[name] for name in facts.plugins & WRITING_PLUGINS.keys())
    yield from find_among(
        Level.WARNING,
        language.say("A plugin of Obsidian writes properties, too."),
        language.say(
            "Let it leave the derived properties and the quotes of values alone, or switch it off."
        ),
        found,
    )


def check_writers(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a daemon of another computer that uses this very state folder."""
    holder = facts.state.holder_host
    if holder and holder != facts.system.host:
        yield from find_among(
            Level.WARNING,
            language.say("The daemon for this vault runs on another computer."),
            language.say(
                "The state folder seems to be shared; let each computer have its own (VAULT_SYNC_STATE)."
            ),
            [holder],
        )


def check_hooks(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find a hook of ours that git does not run."""
    git = facts.git
    if git is None:
        return
    if git.fault:
        yield CheckResult(Level.WARNING, git.fault, language.say("Look at it with `git status`."))
    if git.is_skipped:
        yield from find_among(
            Level.ERROR,
            language.say("The hook is installed, but git looks for hooks elsewhere."),
            language.say("Unset core.hooksPath, or run `vault-sync hook install` again."),
            [git.hooks_folder, git.origin],
        )
    if git.is_broken:
        yield CheckResult(
            Level.ERROR,
            language.say("The hook cannot work: the Python that it was installed with is gone."),
            language.say("`vault-sync hook install` renews it."),
        )
    if OBSIDIAN_GIT in facts.plugins and git.is_installed:
        yield CheckResult(
            Level.WARNING,
            language.say("The plugin Git of Obsidian may commit without running hooks."),
            language.say(
                "Let the daemon keep the notes fresh (`vault-sync service install`), or use `vault-sync git-filter install`."
            ),
        )


def check_git(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find what git has begun and nobody has ended: as long, the daemon writes nothing."""
    if facts.git and facts.git.unfinished:
        yield CheckResult(
            Level.WARNING,
            language.say(
                "Something holds git up in this vault, and the daemon with it: {reason}.",
                reason=facts.git.unfinished,
            ),
            language.say(
                "Finish or abort it with git (`git status` says how), or delete the lock if no git is running."
            ),
        )


def check_leftovers(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find files of runs that were killed."""
    yield from find_at(
        Level.WARNING,
        language.say("An interrupted run has left a file of its own."),
        language.say("The next `vault-sync refresh` of the vault tidies up; nothing is lost."),
        facts.folders.leftovers,
    )


def check_stubs(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find notes whose bytes are in the cloud alone."""
    yield from find_at(
        Level.WARNING,
        language.say("A note is in the cloud only, so it is not refreshed here."),
        language.say("Let your cloud service keep the vault on this computer."),
        facts.folders.stubs,
    )


def check_folders(facts: Facts, language: Language) -> Iterator[CheckResult]:
    """Find folders and links that are not entered."""
    yield from find_at(
        Level.WARNING,
        language.say("A folder or link is not followed."),
        language.say("Make it readable, or move its notes into the vault."),
        facts.folders.unreadable,
    )


class NamedCheck(NamedTuple):
    """A check.

    Attributes:
        name: for programs; it stays the same.
        fine: what is said where it finds nothing.
        check: finds what there is.
    """

    name: str
    fine: str
    check: Callable[[Facts, Language], Iterator[CheckResult]]


class NamedResult(NamedTuple):
    """A finding, and the name of the check that has it."""

    check: str
    finding: CheckResult


CHECKS: Final = (
    NamedCheck("config", mark_message("The configuration is fine."), check_config),
    NamedCheck("types", mark_message("Every value fits its type."), note_checks.check_types),
    NamedCheck("boxes", mark_message("Checkbox values are valid."), note_checks.check_quoted_boxes),
    NamedCheck("duplicates", mark_message("No property stands twice."), note_checks.check_duplicates),
    NamedCheck("names", mark_message("Property names are well written."), note_checks.check_names),
    NamedCheck("twins", mark_message("No two notes look the same."), note_checks.check_twins),
    NamedCheck("top", mark_message("All properties stand at the top."), note_checks.check_top),
    NamedCheck("notes", mark_message("All notes can be read."), note_checks.check_readable),
    NamedCheck(
        "values", mark_message("Every first day and box can be read."), note_checks.check_values
    ),
    NamedCheck("size", mark_message("No note is too large."), note_checks.check_size),
    NamedCheck("excluded", mark_message("No note is excluded."), note_checks.check_excluded),
    NamedCheck("folders", mark_message("All folders can be read."), check_folders),
    NamedCheck("copies", mark_message("No conflict copies."), note_checks.check_copies),
    NamedCheck("services", mark_message("No sync service was seen."), check_services),
    NamedCheck("cloud", mark_message("All notes are on this computer."), check_stubs),
    NamedCheck("plugins", mark_message("No plugin is known to write properties."), check_plugins),
    NamedCheck("writers", mark_message("No other computer writes here."), check_writers),
    NamedCheck("hooks", mark_message("No hook is skipped."), check_hooks),
    NamedCheck("git", mark_message("Nothing holds git up."), check_git),
    NamedCheck("leftovers", mark_message("Nothing is left of interrupted runs."), check_leftovers),
    NamedCheck("rescues", mark_message("No rescue copies."), check_rescues),
    NamedCheck("state", mark_message("State folder OK."), check_state),
    NamedCheck("daemon", mark_message("The daemon is well."), check_daemon),
    NamedCheck("watches", mark_message("All folders can be watched."), check_watches),
    NamedCheck("disk", mark_message("Notes can be written safely here."), check_disk),
    NamedCheck("clock", mark_message("The clock seems right."), check_clock),
    NamedCheck("daily", mark_message("Every device writes the values of a new day."), check_daily),
    NamedCheck("zone", mark_message("The time zone is clear."), check_zone),
    NamedCheck("creation", mark_message("Notes keep their date of creation."), check_creation),
)  # fmt: skip


def run_checks(facts: Facts, language: Language) -> Iterator[NamedResult]:
    """Yield what every check finds; one that finds nothing says that it is fine."""
    for name, fine, check in CHECKS:
        found = [*check(facts, language)]
        for finding in found or [CheckResult(Level.OK, language.say(fine))]:
            yield NamedResult(name, finding)
