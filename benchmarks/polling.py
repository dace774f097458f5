"""What it costs to follow a thousand linked calendars: `python -m benchmarks polling`.

One process asks 1,000 people's Google calendars once each, through everything the bot does about it: taking
who is due, tokens, Google's own library, storing, with SQLite. In real life that spreads over four minutes;
here it goes as fast as it can, and the processor time is what counts. Google is `benchmarks.bare_calendar`,
in a process of its own, so that its work is not counted. Beside it, in turns: reading everything in full,
which is what has to be done where a provider cannot tell whether something changed; and the floor, the same
questions asked by the adapter alone. The last round waits for answers as long as a far server takes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.request import urlopen

import sqlalchemy as sa

from adapters.calendar.google import GoogleSettings, build
from adapters.calendar.google.grants import WRITING, Grant
from adapters.http import Http
from adapters.storage import SqlStore, Vault, migrate, open_store
from bot import calendars, logs
from bot.busy_times import LOOK_AGAIN, StaleCalendars
from bot.links import Links
from bot.office import Office
from bot.settings import Log, Settings
from scheduling_core.calendar_ports import Calendar, CalendarProvider
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.contracts.calendar_world import KeptAccount
from tests.ports import free_port

CALENDARS: Final = 1000
ROUNDS: Final = 3
FIVE_MINUTES: Final = 300.0
MANY: Final = 300_000
FAR_SECONDS: Final = 0.1
GOOGLE_PER_MINUTE: Final = 10_000
"""Requests of one project, https://developers.google.com/workspace/calendar/api/guides/quota."""
_TEAM: Final = WorkspaceRef("webhook", "bench")
_ZONE: Final = "Europe/Berlin"
FULL: Final = "everything read in full"
QUIET: Final = "nothing has changed"
BUSY: Final = "one in twenty has changed"
ALONE: Final = "the questions, without the bot"
FAR: Final = f"nothing, answers in {FAR_SECONDS * 1000:.0f} ms"
_READY_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Round:
    """What asking everybody once took."""

    requests: int
    statements: int
    processor_seconds: float
    seconds: float


class Bench:
    """A bot without rooms, its people's calendars, and the provider's controls."""

    def __init__(self, store: SqlStore, provider: CalendarProvider, address: str) -> None:
        self._address = address
        self._statements = 0
        self._ahead = timedelta()
        numbers = itertools.count()
        links = Links("http://parley.example", "", b"key")
        self.provider = provider
        self.office = Office(
            store,
            Settings(),
            links,
            self.now,
            lambda kind: f"{kind}{next(numbers)}",
            b"key",
            {"google": provider},
        )
        sa.event.listen(sa.Engine, "before_cursor_execute", self._count)

    def now(self) -> datetime:
        """Time passes between rounds."""
        return datetime.now(UTC) + self._ahead

    def _count(self, *_: object) -> None:
        self._statements += 1

    async def round(self, work: Callable[[], Awaitable[None]], every: int = 0, delay: float = 0.0) -> Round:
        """One round in which every so-manieth calendar has changed, after enough time that all are due."""
        self._ahead += LOOK_AGAIN + timedelta(seconds=1)
        await self._phase(every, delay)
        self._statements = 0
        began, used = time.perf_counter(), time.process_time()
        await work()
        took = time.perf_counter() - began, time.process_time() - used
        statements = self._statements
        return Round(await self._phase(0, 0.0), statements, took[1], took[0])

    async def _phase(self, every: int, delay: float) -> int:
        """Begin one; how many requests the last one had."""

        def ask() -> int:
            with urlopen(f"{self._address}/phase?every={every}&delay={delay}") as answer:
                return int(json.load(answer))

        return await asyncio.to_thread(ask)

    async def follow(self) -> None:
        """As it goes by itself."""
        while await calendars.look(self.office):
            pass

    async def read(self) -> None:
        """Everything in full, as many at once."""
        now = self.now()
        for some in _batches([f"a-{number}" for number in range(CALENDARS)]):
            asked = dict.fromkeys(some, _ZONE)
            await calendars.freshen(self.office, StaleCalendars(asked, Interval(now, now), now))

    async def ask_alone(self) -> None:
        """The same questions by the adapter alone, which keeps nothing."""
        account = KeptAccount(_secret(self.now()))
        for some in _batches([f"{number}-calendar" for number in range(CALENDARS)]):
            async with asyncio.TaskGroup() as group:
                for calendar in some:
                    group.create_task(self.provider.changes(account, calendar, "s-1"))


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + calendars.BATCH] for first in range(0, len(ids), calendars.BATCH))


def _secret(now: datetime) -> str:
    return Grant("access", now + timedelta(days=1), "refresh", frozenset(WRITING)).text()


def an_account(number: int) -> LinkedAccount:
    """Somebody's account with one calendar."""
    name = f"{number}-calendar"
    calendar = Calendar(name, "Main", is_primary=True, can_write=True)
    room = RoomRef(_TEAM, "room")
    counted = (LinkedCalendar(calendar, counts=True),)
    return LinkedAccount(f"a-{number}", f"p-{number}", "google", name, name, room, counted)


async def _fill(store: SqlStore) -> None:
    """Everybody, with something to come."""
    secret = _secret(datetime.now(UTC))
    async with store.write() as tx:
        for number in range(CALENDARS):
            person = f"p-{number}"
            await tx.save_person(Person(person, PersonRef(_TEAM, f"u-{number}"), person, _ZONE))
            await tx.save_account(an_account(number), secret)
            await tx.save_meeting(_a_meeting(number))


def _a_meeting(number: int) -> Meeting:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    return Meeting(
        f"m-{number}",
        RoomRef(_TEAM, "room"),
        f"c-{number}",
        f"p-{number}",
        guests=(),
        anyone=False,
        length=timedelta(minutes=30),
        title="",
        days=(),
        offers=(),
        expires_at=start,
        secret="secret",
        phase=Phase.CONFIRMED,
        start=start,
    )


@asynccontextmanager
async def _open(folder: str, address: str) -> AsyncIterator[Bench]:
    url = f"sqlite:///{folder}/parley.db"
    await migrate(url)
    store = open_store(url, vault=Vault([Vault.new_key()]), enqueue=_enqueue)
    http = Http(lambda: datetime.now(UTC))
    settings = GoogleSettings("client", "secret", f"{address}/calendar/v3/")
    provider = build(settings, http, lambda: datetime.now(UTC))
    try:
        await _fill(store)
        yield Bench(store, provider, address)
    finally:
        await provider.close()
        await http.close()
        await store.close()


def _enqueue(_conn: sa.Connection, _job: Job) -> None:
    """Nothing that follows is counted: nobody's card changes here."""


@contextmanager
def _google() -> Iterator[str]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "benchmarks.bare_calendar", str(port)]) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


async def measure() -> None:
    """Print the table, and what follows from it."""
    with tempfile.TemporaryDirectory() as folder, _google() as address:
        async with _open(folder, address) as bench:
            await bench.round(bench.follow)
            taken: dict[str, list[Round]] = {}
            for _ in range(ROUNDS):
                for words, work, every, delay in (
                    (FULL, bench.read, 0, 0.0),
                    (QUIET, bench.follow, 0, 0.0),
                    (BUSY, bench.follow, 20, 0.0),
                    (ALONE, bench.ask_alone, 0, 0.0),
                    (FAR, bench.follow, 0, FAR_SECONDS),
                ):
                    taken.setdefault(words, []).append(await bench.round(work, every, delay))
    rounds = {words: _median(each) for words, each in taken.items()}
    _print_table(rounds)
    _print_needs(rounds[QUIET], rounds[BUSY])


def _median(rounds: Sequence[Round]) -> Round:
    """The one in the middle by processor time."""
    return sorted(rounds, key=lambda each: each.processor_seconds)[len(rounds) // 2]


def _print_table(rounds: Mapping[str, Round]) -> None:
    full = rounds[FULL].processor_seconds
    print(f"{CALENDARS:,} calendars of as many people asked once, SQLite, one process; medians of {ROUNDS}")
    print(f"  {'':32} requests  statements  processor          elapsed")
    for words, each in rounds.items():
        print(
            f"  {words:32} {each.requests:8,}  {each.statements:10,}  {each.processor_seconds:6.2f} s"
            f"  {each.processor_seconds / full:5.2f}  {each.seconds:6.2f} s"
        )


def _print_needs(quiet: Round, busy: Round) -> None:
    times = LOOK_AGAIN.total_seconds()
    cores = busy.processor_seconds / CALENDARS * MANY / times
    a_minute = busy.requests / CALENDARS * MANY / times * 60
    within = GOOGLE_PER_MINUTE / (busy.requests / CALENDARS) * times / 60
    share = quiet.processor_seconds * FIVE_MINUTES / times / FIVE_MINUTES
    asleep = MANY / calendars.SLEEPY.total_seconds() * 60
    print(f"  each asked every {times:.0f} s, {CALENDARS:,} take {share:.1%} of a core")
    print(f"  {MANY:,} people with something open or to come, one in twenty changed:")
    print(f"    {a_minute / 60:,.0f} requests a second, {cores:.1f} cores; {a_minute:,.0f} requests a minute")
    few = a_minute / GOOGLE_PER_MINUTE
    print(f"    Google gives a project {GOOGLE_PER_MINUTE:,} a minute, {few:.1f} times too few:")
    print(f"    enough for {within:,.0f} such people")
    print(f"  {MANY:,} with nothing to come: {asleep:,.0f} requests a minute")


def main() -> None:
    """Measure, with a quiet log."""
    logs.set_up(Log(level="warning"))
    asyncio.run(measure())


if __name__ == "__main__":
    main()
