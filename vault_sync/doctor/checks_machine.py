"""Checks of the configuration, the state folder, the daemon and the computer. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from vault_sync.doctor.findings import Finding, Level, find_among

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.doctor.facts import Facts
    from vault_sync.language import Language

_FIRST_RELEASE: Final = datetime(2024, 1, 1, tzinfo=UTC)
_SLACK: Final = timedelta(days=1)
_CROWDED: Final = 0.8  # of the watches, which other programs need as well
_WEAK_STATES: Final = frozenset({"degraded", "unknown"})


def check_config(facts: Facts, language: Language) -> Iterator[Finding]:
    """Repeat what `vault-sync config check` says."""
    for sentence in facts.config_problems:
        advice = language.say("Nothing is refreshed until this is fixed.")
        yield Finding(Level.ERROR, sentence, advice)
    for sentence in facts.settings_problems:
        yield Finding(Level.WARNING, sentence, language.say("This setting is not followed."))


def check_state(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a state folder that cannot do its work."""
    state = facts.state
    if state.fault:
        yield Finding(Level.ERROR, state.fault, language.say("Without it no note is written."))
    if state.is_open:
        yield find_among(
            Level.WARNING,
            language.say("Others may look into the state folder, which holds parts of your notes."),
            language.say("Close it to them: `chmod -R go= FOLDER`."),
            [state.path],
        )
    if state.damaged:
        yield Finding(
            Level.WARNING,
            language.say("Journals that cannot be read: {count}.", count=state.damaged),
            language.say("Those runs cannot be undone; newer ones can."),
        )


def check_rescues(facts: Facts, language: Language) -> Iterator[Finding]:
    """Tell of rescue copies that nobody has looked at."""
    if facts.state.rescues:
        yield find_among(
            Level.WARNING,
            language.say("Rescue copies to look at: {count}.", count=facts.state.rescues),
            language.say("Compare them with their notes, then delete them."),
            [facts.state.rescue_folder],
        )


def check_daemon(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a daemon that should run and does not, or cannot do all of its work."""
    state = facts.state
    is_running = state.daemon != "stopped"
    if state.is_installed and not is_running:
        message = language.say("The service is installed, but no daemon is running.")
        advice = language.say("`vault-sync service start` starts it, `service logs` says more.")
        yield Finding(Level.ERROR, f"{message} {state.reason}".strip(), advice)
    elif state.daemon in _WEAK_STATES:
        message = language.say("The daemon does not do all of its work.")
        advice = language.say("`vault-sync service logs` says more.")
        yield Finding(Level.WARNING, f"{message} {state.reason}".strip(), advice)
    elif not is_running:
        message = language.say("No daemon is wanted here; `vault-sync service install` makes one.")
        yield Finding(Level.OK, message)


def check_watches(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a vault with more folders than the system may watch (inotify(7), max_user_watches)."""
    system, folders = facts.system, facts.folders.folders
    if system.max_watches is not None and folders > system.max_watches * _CROWDED:
        yield Finding(
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
        yield Finding(
            Level.WARNING,
            language.say(
                "The vault lies in a place where changes come without events: {place}.",
                place=system.silence,
            ),
            language.say(
                "The daemon looks at all notes again and again there, which takes longer."
            ),
        )


def check_clock(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a clock that goes wrong: then every daily value would."""
    now, last = facts.system.now, facts.state.last_run
    advice = language.say("Set the clock, and let the system keep it by the network.")
    shown = f"{now:%Y-%m-%d %H:%M}"
    if now < _FIRST_RELEASE:
        message = language.say("The computer's clock says {now}, which cannot be.", now=shown)
        yield Finding(Level.ERROR, message, advice)
    elif facts.notes.newest > (now + _SLACK).timestamp() or (last and last > now + _SLACK):
        message = language.say(
            "The computer's clock says {now}, but there are newer notes or journals.", now=shown
        )
        yield Finding(Level.WARNING, message, advice)
