"""Many devices with replicas of one note for 30 days: random edits, random delays, vault-sync on each.

The planner is the real one; time, the devices and the services are models. A device wakes some
times a day; it syncs, the user may edit, and vault-sync refreshes the note, sometimes before the sync.
The same days are lived a second time without vault-sync: what the service loses then is not ours.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import count, product
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from tests.faults.report import CannotRunError, Tally
from tests.faults.sync_models import (
    MAKERS,
    Replica,
    Service,
    Version,
    sync_last_writer,
    sync_with_copies,
)
from tests.study.oracle import Study, refresh_text
from vault_sync.errors import FrontmatterError
from vault_sync.plan import person_text
from vault_sync.plan.evaluation import Daily
from vault_sync.plan.person_text import begin_history, judge_version, take_out
from vault_sync.text import NameMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.faults.report import Effort
    from vault_sync.plan.person_text import EditHistory, PersonText

DAYS: Final = 30
_SLICES: Final = 8
_FIRST: Final = date(2024, 7, 7)
_START: Final = datetime(2024, 7, 7)  # noqa: DTZ001 - civil time, as formulas see it
_MINUTES: Final = 24 * 60
_APART: Final = 10
"""Seconds between two devices' edits in one minute: no two persons type at the same moment."""
_FENCE: Final = "\n---\n"
_OURS: Final = NameMap.of(Study(_FIRST).derived_lines())
_BOXES: Final = ("❤1일복습여부", "🧡4일복습여부", "💛7일복습여부", "🧠장기기억")


def plan(text: str, day: int, daily: Daily = Daily.ALWAYS) -> str | None:
    """Return the text after a refresh on a day, None where it is refused.

    Frontmatter is planned once for all notes that have it; what stands below is carried over.
    """
    head, fence, body = text.partition(_FENCE)
    new = plan_head(head + fence, day, daily)
    return None if new is None else new + body


@lru_cache(maxsize=200_000)
def plan_head(text: str, day: int, daily: Daily) -> str | None:
    """Return a note that is nothing but frontmatter after a refresh, None where it is refused."""
    try:
        return refresh_text(text, _START + timedelta(days=day), daily=daily).text
    except FrontmatterError:
        return None


@dataclass(slots=True)
class World:
    """Devices, a server, and what happened.

    Attributes:
        service: keeps the replicas in step.
        is_refreshing: whether vault-sync runs on the devices.
        replicas: one for each device.
        server: what the service holds.
        told: the lines that the user wrote.
        writes: how often vault-sync wrote the note, by device and day.
        edits: how often the user did.
        harm: what it did that it must not.
        histories: what persons did to the note, as each device knows it.
        writers: the devices that write for a new day alone (`daily-values`).
        judged: what each device knew when it looked at a conflict copy.
    """

    service: Service
    is_refreshing: bool
    replicas: list[Replica]
    server: Version
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    told: list[str] = field(default_factory=list)
    writes: Counter[tuple[int, int]] = field(default_factory=Counter)
    edits: Counter[tuple[int, int]] = field(default_factory=Counter)
    harm: list[str] = field(default_factory=list)
    histories: dict[int, EditHistory] = field(default_factory=dict)
    writers: frozenset[int] = frozenset(range(9))
    judged: dict[tuple[int, Version], EditHistory] = field(default_factory=dict)

    def sync(self, device: int) -> None:
        self.server = self.service(self.replicas[device], self.server, next(self.numbers))

    def write(self, device: int, text: str, at: int) -> None:
        replica = self.replicas[device]
        seen = replica.version.seen | {next(self.numbers)}
        replica.version = Version(text, at, seen)

    def edit(self, device: int, at: int, lot: random.Random) -> None:
        """Let the user tick a box or write a line."""
        text = self.replicas[device].version.text
        if lot.random() < 0.4:
            box = lot.choice(_BOXES)
            old, new = lot.choice([("false", "true"), ("true", "false")])
            changed = text.replace(f"{box}: {old}", f"{box}: {new}", 1)
        else:
            line = f"- line {len(self.told)} of device {device}\n"
            self.told.append(line)
            changed = text + line
        self.edits[device, at // _MINUTES] += 1
        self.write(device, changed, at * 60 + _APART * device)

    def refresh(self, device: int, at: int) -> None:
        """Let vault-sync look at the note; what it writes is one second younger than what was there."""
        old = self.replicas[device].version
        day, text = at // _MINUTES, old.text
        daily = Daily.ALWAYS if device in self.writers else Daily.ELSEWHERE
        new = plan(text, day, daily) if self.is_refreshing else text
        if new is None or new == text:
            return
        self.writes[device, day] += 1
        if find_body(new) != find_body(text) or find_ticks(new) != find_ticks(text):
            self.harm.append("a refresh changed what the user wrote")
        if plan(new, day, daily) != new:
            self.harm.append("a second refresh would write again")
        self.write(device, new, old.at + 1)
        if self.service is sync_with_copies:  # nobody else asks what persons did
            self.histories[device] = self.histories[device].follow(read_person(new), at * 60)

    def settle(self, device: int, at: int) -> None:
        """Let vault-sync settle the conflict copies of which it is clear what becomes of them."""
        replica = self.replicas[device]
        for copy in replica.copies[:] if self.is_refreshing else ():
            note, other = read_person(replica.version.text), read_person(copy.text)
            known = self.histories[device] = self.histories[device].follow(note, at * 60)
            if self.judged.get((device, copy)) is known:
                continue  # nothing has happened here since it was looked at
            self.judged[device, copy] = known
            verdict = judge_version(note, other, copy.at, known)
            if verdict.is_next:
                text = plan(copy.text, at // _MINUTES) or copy.text
                self.write(device, text, replica.version.at + 1)
            if verdict.is_known or verdict.is_next:
                replica.copies.remove(copy)

    def live_a_day(self, day: int, lot: random.Random) -> None:
        """Let each device wake some times, in the order of the clock."""
        wakings = [
            (lot.randrange(_MINUTES), device)
            for device in range(len(self.replicas))
            for _ in range(lot.randrange(3))
        ]
        for minute, device in sorted(wakings):
            at = day * _MINUTES + minute
            is_online, is_early, is_busy = (lot.random() < chance for chance in (0.8, 0.3, 0.4))
            if is_online and not is_early:
                self.sync(device)
            self.settle(device, at)
            self.refresh(device, at)
            if is_busy:
                self.edit(device, at + 1, lot)
                self.refresh(device, at + 2)
            if is_online:
                self.sync(device)
                self.settle(device, at + 3)

    def calm_down(self) -> None:
        """Let all devices sync and refresh on the last day until nothing changes any more."""
        at = DAYS * _MINUTES
        for turn in range(6):
            before = [replica.version.text for replica in self.replicas]
            for device in range(len(self.replicas)):
                self.sync(device)
                self.settle(device, at + turn)
                self.refresh(device, at + turn)
                self.sync(device)
            after = [replica.version.text for replica in self.replicas]
            if before == after and len(set(after)) == 1:
                return
        self.harm.append("the replicas never come to rest")

    def count_lost(self) -> int:
        """Return how many lines of the user are on no device any more."""
        texts = [replica.version.text for replica in self.replicas]
        texts += [copy.text for replica in self.replicas for copy in replica.copies]
        everything = "".join(texts)
        return sum(line not in everything for line in self.told)


def read_person(text: str) -> PersonText:
    """Return a note without the values that are ours."""
    head, fence, body = text.partition(_FENCE)
    person = read_person_head(head + fence)
    return person._replace(text=person.text + body)


@lru_cache(maxsize=200_000)
def read_person_head(text: str) -> PersonText:
    return take_out(text, _OURS, _OURS)


list_tokens: Final = lru_cache(maxsize=10_000)(person_text.list_tokens)
"""What the real one returns: a copy that stays is compared with its note again and again."""


def find_body(text: str) -> str:
    """Return what stands below the frontmatter."""
    return text.split(_FENCE, 1)[-1]


def find_ticks(text: str) -> list[str]:
    """Return the lines of the boxes."""
    return [line for line in text.splitlines() if line.startswith(_BOXES)]


def live(service: Service, seed: int, *, is_refreshing: bool, is_one: bool = False) -> World:
    """Let devices live through the days; the same seed means the same wakings and edits.

    Args:
        service: keeps the replicas in step.
        seed: of the lot.
        is_refreshing: vault-sync runs on the devices.
        is_one: one of them alone writes for a new day, as `init` proposes it.
    """
    lot = random.Random(seed)  # noqa: S311 - no secret depends on it
    text = plan(Study(_FIRST).note(_START), 0) or ""
    first = Version(text, 0, frozenset({0}))
    number = lot.randrange(2, 5)
    world = World(service, is_refreshing, [Replica(first, first) for _ in range(number)], first)
    # vault-sync has written the note on each device while they were in step
    world.writers = frozenset({0}) if is_one else world.writers
    begun = begin_history(read_person(text), 0)
    world.histories.update(dict.fromkeys(range(number), begun))
    for day in range(DAYS):
        world.live_a_day(day, lot)
    world.calm_down()
    return world


def judge(world: World, tally: Tally, case: str) -> Counter[str]:
    """Hold a world against what was promised, and return what else there is to count."""
    for harm in world.harm:
        tally.accuse("wrong", f"{case}: {harm}")
    texts = {replica.version.text for replica in world.replicas}
    if len(texts) > 1:
        tally.accuse("wrong", f"{case}: the replicas differ in the end")
    sums = Counter(again=count_repeated(world))
    for text in texts:
        final = plan(text, DAYS)
        if final is None:
            sums["refused"] += 1
        elif final != text:
            tally.accuse("wrong", f"{case}: the note is stale in the end")
        if final is not None and has_twins(text):
            tally.accuse("wrong", f"{case}: a property stands twice")
    return sums


def count_repeated(world: World) -> int:
    """Return how often a device wrote more than once on a day on which nobody edited the note there."""
    return sum(number > 1 and not world.edits[when] for when, number in world.writes.items())


def has_twins(text: str) -> bool:
    """Say whether a property stands twice in the frontmatter of a note."""
    lines = text.split(_FENCE, 1)[0].splitlines()[1:]
    names = [line.partition(":")[0] for line in lines]
    return len(names) != len(set(names))


def live_with_many_devices(_place: Path, effort: Effort) -> Tally:
    """Let many worlds live, with each service."""
    tally = Tally("many devices, 30 days")
    seeds = effort.pick(4, 10_000)
    with ProcessPoolExecutor(effort.pick(1, os.cpu_count() or 1), get_context("spawn")) as pool:
        for name, is_one in product(MAKERS, (True, False)):
            slices = [range(start, seeds, _SLICES) for start in range(_SLICES)]
            parts = list(pool.map(partial(live_with, name, is_one=is_one), slices))
            merge_parts(f"{name}{', one device for the day' if is_one else ''}", parts, tally)
    return tally


def live_with(
    name: str, seeds: Sequence[int], *, is_one: bool = False
) -> tuple[Tally, Counter[str]]:
    """Let worlds live with one service; return what was wrong, and the sums of what happened.

    Args:
        name: of the service.
        seeds: of the worlds.
        is_one: one device alone writes for a new day.
    """
    tally, sums = Tally(""), Counter[str]()
    try:
        service = MAKERS[name]()
    except CannotRunError as error:
        tally.reason = str(error)
        return tally, sums
    for seed in seeds:
        with patch.object(person_text, "list_tokens", list_tokens):
            world = live(service, seed, is_refreshing=True, is_one=is_one)
        control = live(service, seed, is_refreshing=False)
        sums.update(judge(world, tally, f"{name}, seed {seed}"))
        if service is sync_last_writer and world.count_lost() > control.count_lost():
            tally.accuse("wrong", f"{name}, seed {seed}: a refresh outranked an edit of a person")
        sums.update(
            seeds=1,
            days=len(world.replicas) * DAYS,
            lines=len(world.told),
            writes=sum(world.writes.values()),
            lost=world.count_lost(),
            lost_anyway=control.count_lost(),
            copies=sum(len(replica.copies) for replica in world.replicas),
            copies_anyway=sum(len(replica.copies) for replica in control.replicas),
        )
    return tally, sums


def merge_parts(name: str, parts: Sequence[tuple[Tally, Counter[str]]], tally: Tally) -> None:
    """Add what came of the worlds of one service to the whole."""
    sums = Counter[str]()
    for part, some in parts:
        sums.update(some)
        tally.wrong += part.wrong
        tally.broken += part.broken
    if parts[0][0].reason:
        tally.facts.append(f"{name}: not run, {parts[0][0].reason}")
        return
    # A merge may cut the name of a property: such a line is not known to be ours, and stays refused.
    sums["refused_most"] = sums["seeds"] // 200 if name.startswith("merge") else 0
    for what, most in (
        ("lost", "lost_anyway"),
        ("copies", "copies_anyway"),
        ("refused", "refused_most"),
    ):
        if sums[what] > sums[most]:
            tally.accuse(
                "wrong", f"{name}: {what}: {sums[what]}, at most {sums[most]} were allowed"
            )
    tally.faults += sums["days"]
    tally.saves += sums["lines"]
    tally.facts.append(
        f"{name}: {sums['seeds']:,} seeds, {sums['days']:,} device-days, {sums['lines']:,} lines of"
        f" the user, {sums['writes']:,} refreshes written, {sums['again']:,} of them again on a day"
        f" without an edit; the service itself lost {sums['lost']:,} lines ({sums['lost_anyway']:,}"
        f" without vault-sync) and left {sums['copies']:,} conflict copies"
        f" ({sums['copies_anyway']:,} without); notes refused in the end, as a merge had broken a"
        f" line: {sums['refused']:,}"
    )
