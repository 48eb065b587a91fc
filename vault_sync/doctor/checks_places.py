"""Checks of who else writes: sync services, plugins, git. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vault_sync.doctor.findings import Finding, Level, find_among, find_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_sync.doctor.facts import Facts
    from vault_sync.language import Language

OBSIDIAN_GIT: Final = "obsidian-git"
# Ids of community plugins that write into the frontmatter of notes while they are edited.
WRITING_PLUGINS: Final = {
    "frontmatter-modified-date": "Frontmatter Modified Date",
    "metadata-menu": "Metadata Menu",
    "obsidian-linter": "Linter",
    "update-time-on-edit": "Update time on edit",
}


def check_services(facts: Facts, language: Language) -> Iterator[Finding]:
    """Tell which sync services carry the vault; two at once make copies and lose edits.

    Source: Obsidian help, "Sync your notes across devices", on two services for one vault.
    """
    if len(facts.services) > 1:
        yield find_among(
            Level.WARNING,
            language.say("More than one sync service seems to carry this vault."),
            language.say("Leave the vault to one of them; two make conflict copies of each other."),
            facts.services,
        )
    elif facts.services:
        message = language.say("A sync service carries this vault.")
        yield find_among(Level.OK, message, "", facts.services)


def check_zone(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a synced vault whose day is that of whichever computer is writing."""
    system = facts.system
    if facts.services and system.vault_offset is None:
        yield Finding(
            Level.WARNING,
            language.say("The vault is synced, but the configuration names no time zone."),
            language.say(
                "Write `timezone: Asia/Seoul`, or yours, into .vault-sync.yaml: then all your computers have the same day."
            ),
        )
    elif system.vault_offset not in {None, system.offset}:
        yield Finding(
            Level.OK, language.say("The vault's time zone is not that of this computer; it counts.")
        )


def check_plugins(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find plugins that write properties as well."""
    found = sorted(WRITING_PLUGINS[name] for name in facts.plugins & WRITING_PLUGINS.keys())
    if found:
        yield find_among(
            Level.WARNING,
            language.say("A plugin of Obsidian writes properties, too."),
            language.say(
                "Let it leave the derived properties and the quotes of values alone, or switch it off."
            ),
            found,
        )


def check_writers(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a daemon of another computer that uses this very state folder."""
    holder = facts.state.holder_host
    if holder and holder != facts.system.host:
        yield find_among(
            Level.WARNING,
            language.say("The daemon that looks after this vault runs on another computer."),
            language.say(
                "The state folder seems to be shared; let each computer have its own (VAULT_SYNC_STATE)."
            ),
            [holder],
        )


def check_hooks(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find a hook of ours that git does not run."""
    git = facts.git
    if git is None:
        return
    if git.fault:
        yield Finding(Level.WARNING, git.fault, language.say("Look at it with `git status`."))
    if git.is_skipped:
        yield find_among(
            Level.ERROR,
            language.say("The hook is installed, but git looks for hooks elsewhere."),
            language.say("Unset core.hooksPath, or run `vault-sync hook install` again."),
            [git.hooks_folder, git.origin],
        )
    if git.is_broken:
        yield Finding(
            Level.ERROR,
            language.say("The hook cannot work: the Python that it was installed with is gone."),
            language.say("`vault-sync hook install` renews it."),
        )
    if OBSIDIAN_GIT in facts.plugins and git.is_installed:
        yield Finding(
            Level.WARNING,
            language.say("The plugin Git of Obsidian may commit without running hooks."),
            language.say(
                "Let the daemon keep the notes fresh (`vault-sync service install`), or use `vault-sync git-filter install`."
            ),
        )


def check_leftovers(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find files of runs that were killed."""
    if facts.folders.leftovers.count:
        yield find_at(
            Level.WARNING,
            language.say("An interrupted run has left a file of its own."),
            language.say("The next `vault-sync refresh` of the vault tidies up; nothing is lost."),
            facts.folders.leftovers,
        )


def check_stubs(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find notes whose bytes are in the cloud alone."""
    if facts.folders.stubs.count:
        yield find_at(
            Level.WARNING,
            language.say("A note is in the cloud only, so it is not refreshed here."),
            language.say("Let your cloud service keep the vault on this computer."),
            facts.folders.stubs,
        )


def check_folders(facts: Facts, language: Language) -> Iterator[Finding]:
    """Find folders and links that are not entered."""
    if facts.folders.unreadable.count:
        yield find_at(
            Level.WARNING,
            language.say("A folder or link is not followed."),
            language.say("Make it readable, or move its notes into the vault."),
            facts.folders.unreadable,
        )
