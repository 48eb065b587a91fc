"""The checks of ``vault-sync doctor``: facts in, findings out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.doctor.facts import ENGLISH, NOW, find, make_facts, seen
from vault_sync.doctor.checks import CHECKS, run_checks
from vault_sync.doctor.collect_notes import find_slip
from vault_sync.doctor.facts import (
    FolderFacts,
    GitFacts,
    Level,
    NoteFacts,
    Occurrences,
    StateFacts,
    ValueKind,
    find_services,
)
from vault_sync.engine.conflict_copies import Copy, CopyRelation
from vault_sync.i18n import LANGUAGES, Language
from vault_sync.rules.config import DailyValues
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from vault_sync.doctor.facts import Facts

WELL: Final = make_facts()
CHECKS_BY_NAME: Final = {name: check for name, _, check in CHECKS}
HOURS: Final = {hours: timedelta(hours=hours) for hours in (0, 9)}


def state(**spoilt: Any) -> Facts:
    return make_facts(state=replace(WELL.state, is_there=True, **spoilt))


def system(**spoilt: Any) -> Facts:
    return make_facts(system=replace(WELL.system, **spoilt))


def notes(**spoilt: Any) -> Facts:
    return make_facts(notes=NoteFacts(**spoilt))


def kinds(name: str, *held: ValueKind, **more: Any) -> Facts:
    found = NameMap({name: {kind: seen("A.md:2") for kind in held}})
    return make_facts(notes=NoteFacts(kinds=found), **more)


def written(kind: ValueKind, declared: str) -> Facts:
    on_disk = NameMap({"학습률": {ValueKind.TEXT: seen("Old.md:2")}})
    formulas = NameMap({"학습률": {kind: seen("A.md")}})
    return make_facts(notes=NoteFacts(kinds=on_disk, written=formulas), types={"학습률": declared})


def copies(*samenesses: CopyRelation) -> Facts:
    return make_facts(
        copies=tuple(Copy(f"{number}.md", "", one) for number, one in enumerate(samenesses))
    )


FINE: Final = {
    "nothing special": WELL,
    "a number where one belongs": kinds("n", ValueKind.NUMBER, types={"n": "number"}),
    "empty values": kinds("n", ValueKind.EMPTY, types={"n": "number"}),
    "a text that looks like a number": kinds("n", ValueKind.NUMBER, types={"n": "text"}),
    "one tag": kinds("tags", ValueKind.TEXT, types={"tags": "tags"}),
    "a type of a plugin": kinds("n", ValueKind.TEXT, types={"n": "progress-bar"}),
    "a formula that fits, not refreshed yet": written(ValueKind.NUMBER, "number"),
    "a quoted word in a text": kinds("word", ValueKind.QUOTED_CHECKBOX, types={"word": "text"}),
    "excluded notes": make_facts(folders=FolderFacts(excluded={"it is a template": seen("T.md")})),
    "notes that opted out": notes(opted_out=2),
    "one sync service": make_facts(
        services=("Syncthing",), system=replace(WELL.system, vault_offset=HOURS[9])
    ),
    "another zone": system(vault_offset=HOURS[0]),
    "a plugin that only reads": make_facts(plugins=frozenset({"dataview", "obsidian-git"})),
    "a daemon of this computer": state(holder_host="desk", daemon="watching"),
    "an installed daemon": state(is_installed=True, daemon="watching"),
    "a paused daemon": state(is_installed=True, daemon="paused"),
    "no hook in a repository": make_facts(git=GitFacts()),
    "a hook": make_facts(git=GitFacts(is_installed=True, hooks_folder="/r/.git/hooks")),
    "enough watches": system(max_watches=3),
    "a note of tomorrow morning": notes(newest=(NOW + timedelta(hours=20)).timestamp()),
}

WRONG: Final = {
    "a text in a number": (kinds("n", ValueKind.TEXT, types={"n": "number"}), "types", Level.WARNING),
    "a list in a text": (kinds("n", ValueKind.LIST, types={"n": "text"}), "types", Level.WARNING),
    "a number in a date": (kinds("n", ValueKind.NUMBER, types={"n": "date"}), "types", Level.WARNING),
    "an object in tags": (kinds("n", ValueKind.OBJECT, types={"n": "tags"}), "types", Level.WARNING),
    "a formula of another type": (written(ValueKind.TEXT, "number"), "types", Level.WARNING),
    "a quoted box, by type": (
        kinds("b", ValueKind.QUOTED_CHECKBOX, types={"b": "checkbox"}), "boxes", Level.WARNING,
    ),
    "a quoted box, by other notes": (
        kinds("b", ValueKind.QUOTED_CHECKBOX, ValueKind.CHECKBOX), "boxes", Level.WARNING,
    ),
    "a quoted box, by the rules": (
        kinds("b", ValueKind.QUOTED_CHECKBOX, boxes=frozenset("b")), "boxes", Level.WARNING,
    ),
    "a property twice": (notes(duplicates=seen("A.md:3")), "duplicates", Level.ERROR),
    "an NFD name": (notes(decomposed=seen("A.md:3")), "names", Level.WARNING),
    "a blank inside a name": (notes(spaced={("❤ 1일복습여부", "❤1일복습여부"): seen("A.md:3")}), "names", Level.WARNING),
    "a slipped digit": (notes(slipped={"0사이": seen("A.md:3")}), "names", Level.WARNING),
    "two names that look the same": (make_facts(twins=("A.md (NFC)", "A.md (NFD)")), "twins", Level.WARNING),
    "a block below a line": (notes(stray=seen("A.md:4")), "top", Level.WARNING),
    "a broken note": (notes(refused={"Broken.": seen("A.md:3")}), "notes", Level.WARNING),
    "an unread box": (notes(unread={"Maybe.": seen("A.md:3")}), "values", Level.WARNING),
    "a large note": (notes(too_large=seen("A.md")), "size", Level.WARNING),
    "a folder unread": (make_facts(folders=FolderFacts(unreadable=seen("x"))), "folders", Level.WARNING),
    "a needless copy": (copies(CopyRelation.NEEDLESS), "copies", Level.WARNING),
    "a copy with the last edit": (copies(CopyRelation.NEXT), "copies", Level.WARNING),
    "a real copy": (copies(CopyRelation.OTHER), "copies", Level.WARNING),
    "a lone copy": (copies(CopyRelation.ORPHAN), "copies", Level.WARNING),
    "a stub": (make_facts(folders=FolderFacts(stubs=seen(".A.md.icloud"))), "cloud", Level.WARNING),
    "a linter": (make_facts(plugins=frozenset({"obsidian-linter"})), "plugins", Level.WARNING),
    "a daemon elsewhere": (state(holder_host="lap", daemon="watching"), "writers", Level.WARNING),
    "a hook elsewhere": (make_facts(git=GitFacts(is_skipped=True)), "hooks", Level.ERROR),
    "a hook without Python": (make_facts(git=GitFacts(is_broken=True)), "hooks", Level.ERROR),
    "git refuses": (make_facts(git=GitFacts(fault="dubious ownership")), "hooks", Level.WARNING),
    "a plugin that skips the hook": (
        make_facts(git=GitFacts(is_installed=True), plugins=frozenset({"obsidian-git"})), "hooks", Level.WARNING,
    ),
    "a lock of git": (make_facts(git=GitFacts(unfinished="git seems to be at work")), "git", Level.WARNING),
    "a leftover": (make_facts(folders=FolderFacts(leftovers=seen("x"))), "leftovers", Level.WARNING),
    "a rescue copy": (state(rescues=1), "rescues", Level.WARNING),
    "a state folder inside": (state(fault="It lies inside the vault."), "state", Level.ERROR),
    "a state folder for all": (state(is_open=True), "state", Level.WARNING),
    "a damaged journal": (state(damaged=1), "state", Level.WARNING),
    "a daemon that fell": (state(is_installed=True), "daemon", Level.ERROR),
    "a weak daemon": (state(daemon="degraded"), "daemon", Level.WARNING),
    "a silent daemon": (state(daemon="unknown"), "daemon", Level.WARNING),
    "a disk without exchange and links": (system(can_swap=False), "disk", Level.ERROR),
    "few watches": (system(max_watches=2), "watches", Level.WARNING),
    "a network share": (system(silence="a network share"), "watches", Level.WARNING),
    "a clock before its time": (system(now=NOW.replace(year=1980)), "clock", Level.ERROR),
    "a note of the future": (notes(newest=(NOW + timedelta(days=2)).timestamp()), "clock", Level.WARNING),
    "a note of the far future": (notes(newest=1e300), "clock", Level.WARNING),
    "a journal of the future": (state(last_run=NOW + timedelta(days=2)), "clock", Level.WARNING),
    "a synced vault without a zone": (make_facts(services=("Syncthing",)), "zone", Level.WARNING),
    "a zone that is none": (
        system(zone_variable="KST", likely_zones=("Asia/Seoul",)), "zone", Level.WARNING,
    ),
    "a zone turned round": (
        system(vault_offset=-HOURS[9], has_turned_zone=True), "zone", Level.WARNING,
    ),
    "a broken configuration": (make_facts(config_problems=("x.yaml:1: No.",)), "config", Level.ERROR),
    "a broken setting": (make_facts(settings_problems=("app.json: No.",)), "config", Level.WARNING),
}  # fmt: skip


@pytest.mark.parametrize("facts", FINE.values(), ids=FINE)
def test_what_is_well(facts: Facts) -> None:
    assert not find(facts)


@pytest.mark.parametrize(("facts", "check", "level"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_is_not(facts: Facts, check: str, level: Level, locale: str) -> None:
    found = find(facts, Language(locale))
    assert list(found) == [check]
    (finding,) = found[check]
    assert finding.level is level
    assert finding.message
    assert finding.advice


def test_every_check_can_find_something_and_says_when_it_does_not() -> None:
    silent = {
        "excluded",
        "services",
        "creation",
        "daily",
    }  # they tell; two services are tried below
    assert {check for _, check, _ in WRONG.values()} | silent == {name for name, _, _ in CHECKS}
    assert {name for name, _ in run_checks(WELL, Language())} == {name for name, _, _ in CHECKS}


def test_two_services_are_too_many() -> None:
    zoned = replace(WELL.system, vault_offset=HOURS[9])
    found = find(make_facts(services=("Dropbox", "Syncthing"), system=zoned))
    assert [finding.places for finding in found["services"]] == [("Dropbox", "Syncthing")]


@pytest.mark.parametrize(
    ("values", "part"),
    [
        (DailyValues(devices=("Desk",)), "This device, desk, writes"),
        (DailyValues(devices=("lap", "phone")), "written by lap, phone; this device, desk,"),
        (DailyValues(is_for_due=True), "`daily-values: due`"),
    ],
)
def test_who_writes_daily_values_is_said(values: DailyValues, part: str) -> None:
    (told,) = CHECKS_BY_NAME["daily"](make_facts(daily=values, device="desk"), Language())
    assert part in told.message
    assert told.level is Level.OK


def test_only_the_first_places_are_kept() -> None:
    many = Occurrences()
    for number in range(1000):
        many.add(f"{number}.md")
    (finding,) = find(notes(too_large=many))["size"]
    assert (finding.count, len(finding.places)) == (1000, 5)


@pytest.mark.parametrize(
    ("root", "markers", "plugins", "services"),
    [
        ("/home/you/Notes", (), (), ()),
        ("/home/you/Dropbox/Notes", (), (), ("Dropbox",)),
        ("/home/you/Dropboxes/Notes", (), (), ()),
        ("/home/you/OneDrive - School/Notes", (), (), ("OneDrive",)),
        ("/Volumes/Disk/Library/CloudStorage/OneDrive-Personal/Notes", (), (), ("OneDrive",)),
        ("/Library/Mobile Documents/iCloud~md~obsidian/Documents/N", (), (), ("iCloud",)),
        ("/home/you/Notes", (".stfolder",), (), ("Syncthing",)),
        ("/home/you/Notes", (".dropbox", ".dropbox.cache"), (), ("Dropbox",)),
        ("/home/you/Notes", (), ("core:sync", "dataview"), ("Obsidian Sync",)),
        ("/home/you/Notes", (".stfolder",), ("remotely-save",), ("Remotely Save", "Syncthing")),
        ("/home/you/Notes", (), ("obsidian-livesync",), ("Self-hosted LiveSync",)),
    ],
)
def test_sync_services_are_known_by_their_traces(
    root: str, markers: tuple[str, ...], plugins: tuple[str, ...], services: tuple[str, ...]
) -> None:
    assert find_services(root, markers, plugins) == services


def test_nothing_known_of_the_state_is_no_fault() -> None:
    assert not find(make_facts(state=StateFacts(path="/home/you/state")))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("0사이", "사이"),
        ("01일차복습여부1,0", "1일차복습여부1,0"),
        ("1241일차복습여부1,0", "1일차복습여부1,0"),
        ("사이", ""),
        ("1일차복습여부1,0", ""),
        ("사이0", ""),
        ("0", ""),
        ("a0사이", ""),
    ],
)
def test_a_digit_that_slipped_before_a_name_is_known(name: str, found: str) -> None:
    assert find_slip(name, {"사이", "1일차복습여부1,0"}) == found


@pytest.mark.parametrize(("keeps_birth", "said"), [(True, "keep their"), (False, "cannot keep")])
def test_the_date_of_creation_is_no_fault(*, keeps_birth: bool, said: str) -> None:
    facts = system(keeps_birth=keeps_birth)
    (told,) = [one for name, one in run_checks(facts, ENGLISH) if name == "creation"]
    assert (told.level, said in told.message) == (Level.OK, True)
