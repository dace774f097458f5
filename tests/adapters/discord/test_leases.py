"""One process for each shard, whoever ends, dies or is held up; and sessions that wait for their turn."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.chat.discord.gateway import Timing
from adapters.chat.discord.holders import Holder, this_process
from adapters.chat.discord.leases import (
    GOOD_FOR_SECONDS,
    LOST_AFTER_SECONDS,
    RENEW_SECONDS,
    Leases,
    SharedOtherwise,
)
from adapters.chat.discord.starts import SPACING_SECONDS, Limits, Starts, wait_after
from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.deliveries import Delivery
from scheduling_core.ports import Acceptance, Job, Reading, Store, Transaction
from tests.adapters.discord.by_hand import MEET, ByHand
from tests.adapters.discord.harness import ROOM, Discord
from tests.adapters.discord.listeners_of import eventually, listening, now
from tests.processes.waiting import poll
from tests.stores import KEY, enqueue, prepare_jobs
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

LIMITS = Limits(2, "ws://127.0.0.1", 1000, 86400.0, 1)


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[SqlStore]:
    prepare_jobs(sqlite_database)
    store = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    yield store
    await store.close()


@dataclass(slots=True)
class Time:
    """Passes when told to."""

    seconds: float = 1000.0

    def running(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(seconds=self.seconds)


def elsewhere(number: int) -> Holder:
    """A process of another machine."""
    return Holder(f"machine {number}", 1, "1", f"nonce {number}")


def leases_of(store: Store, time: Time, holder: Holder) -> Leases:
    return Leases(store, time.clock, holder=holder, running=time.running)


async def test_a_shard_is_taken_once_and_again_when_it_is_given_back(store: Store) -> None:
    time = Time()
    first, second = (leases_of(store, time, elsewhere(number)) for number in (1, 2))
    assert await first.take(2) == [0, 1]
    assert await first.take(2) == await second.take(2) == []
    assert [first.is_ours(0), second.is_ours(0)] == [True, False]
    assert [first.is_with_another(0), second.is_with_another(0)] == [False, True]
    await first.give_back(0)
    await first.give_back(0)
    assert (await second.take(2), first.ours()) == ([0], [1])
    await first.give_back(0)
    assert (await first.take(2), second.is_ours(0)) == ([], True)


async def test_of_several_who_take_a_shard_one_has_it(store: Store) -> None:
    everybody = [leases_of(store, Time(), elsewhere(number)) for number in range(4)]
    async with asyncio.TaskGroup() as group:
        taking = [group.create_task(one.take(1)) for one in everybody]
    assert sorted(one.result() for one in taking) == [[], [], [], [0]]


async def test_shards_of_two_numbers_are_never_listened_on_together(store: Store) -> None:
    first, second = (leases_of(store, Time(), elsewhere(number)) for number in (1, 2))
    assert (await first.agree(2), await first.take(2)) == (2, [0, 1])
    assert (await second.agree(3), await second.take(2)) == (2, [])
    await first.give_back(0)
    assert await second.take(2) == [0]
    assert await first.agree(3, refused=2) == 3
    with pytest.raises(SharedOtherwise) as told:
        await second.take(2)
    await first.give_back(1)
    assert (told.value.count, await first.take(3)) == (3, [])
    await second.give_back(0)
    assert await first.take(3) == [0, 1, 2]


async def test_the_number_of_shards_changes_when_nobody_listens(store: Store) -> None:
    first, second = (leases_of(store, Time(), elsewhere(number)) for number in (1, 2))
    assert (await first.agree(2), await first.take(2)) == (2, [0, 1])
    assert (await second.agree(1), await second.take(2)) == (2, [])
    for shard in (0, 1):
        await first.give_back(shard)
    with pytest.raises(SharedOtherwise):
        await second.take(2)
    assert (await second.agree(1), await second.take(1)) == (1, [0])
    with pytest.raises(SharedOtherwise):
        await first.take(2)
    assert await first.agree(2) == 1


async def test_of_several_with_different_numbers_all_take_shards_of_one(store: Store) -> None:
    everybody = [leases_of(store, Time(), elsewhere(number)) for number in range(4)]

    async def take(leases: Leases, wanted: int) -> tuple[int, list[int]]:
        count, taken = wanted, list[int]()
        while not taken and not any(one.ours() for one in everybody):
            count = await leases.agree(wanted)
            with suppress(SharedOtherwise):
                taken = await leases.take(count)
        return count, taken

    async with asyncio.TaskGroup() as group:
        taking = [group.create_task(take(one, wanted)) for wanted, one in enumerate(everybody, 2)]
    taken = [one.result() for one in taking]
    assert len({count for count, shards in taken if shards}) == 1
    all_shards = [shard for _, shards in taken for shard in shards]
    assert sorted(all_shards) == sorted(set(all_shards))


async def test_a_holder_stops_before_another_begins(store: Store) -> None:
    time = Time()
    first, second = (leases_of(store, time, elsewhere(number)) for number in (1, 2))
    await first.take(1)
    await second.take(1)
    assert first.good_until(0) == time.seconds + GOOD_FOR_SECONDS
    for _ in range(3):
        time.seconds += RENEW_SECONDS
        assert await first.renew() == []
        assert await second.take(1) == []
    time.seconds += GOOD_FOR_SECONDS
    assert not first.is_ours(0)
    assert await second.take(1) == []
    time.seconds += LOST_AFTER_SECONDS - GOOD_FOR_SECONDS
    assert await second.take(1) == [0]
    assert await first.renew() == [0]
    assert await first.take(1) == []


async def test_three_shards_of_a_lost_process_have_sessions_again_within_half_a_minute(store: Store) -> None:
    time, timing = Time(), Timing()
    lost = Leases(
        store, time.clock, holder=elsewhere(1), running=time.running, good_for_seconds=timing.good_for
    )
    other = leases_of(store, time, elsewhere(2))
    starts = Starts(store, time.clock)
    assert await lost.take(3) == [0, 1, 2]
    time.seconds += timing.renew
    assert await lost.renew() == []
    killed_at, waiting = time.seconds, list[int]()
    assert await other.take(3) == []
    while not waiting:
        time.seconds += timing.look
        waiting = await other.take(3)
    assert not lost.is_ours(0)
    while waiting:
        waits = {one: await starts.begin(one, LIMITS) for one in waiting}
        waiting = [one for one, wait in waits.items() if wait]
        time.seconds += max(waits.values())
    assert time.seconds - killed_at < 25


async def test_a_lease_that_ended_long_ago_is_nobodys_and_clocks_may_differ_a_little(store: Store) -> None:
    time = Time()
    await leases_of(store, time, elsewhere(1)).take(1)
    time.seconds += LOST_AFTER_SECONDS + 29
    assert await leases_of(store, time, elsewhere(2)).take(1) == []
    time.seconds += 1
    assert await leases_of(store, time, elsewhere(2)).take(1) == [0]


def test_a_process_of_this_machine_that_died_is_known_to_be_dead() -> None:
    ours = this_process()
    assert not ours.is_dead()
    assert ours != this_process()
    with subprocess.Popen(["/bin/true"]) as ended:
        # Its status was not asked for yet, so there is still an entry of it.
        poll(replace(ours, pid=ended.pid).is_dead)
    gone = replace(ours, pid=ended.pid)
    assert gone.is_dead()
    assert replace(ours, started="1").is_dead()
    assert not replace(gone, machine="another").is_dead()
    assert not replace(gone, machine="").is_dead()


async def test_the_shard_of_a_process_that_died_here_is_free_at_once(store: Store) -> None:
    ours = this_process()
    await leases_of(store, Time(), replace(ours, started="1")).take(1)
    assert await leases_of(store, Time(), ours).take(1) == [0]
    assert await leases_of(store, Time(), this_process()).take(1) == []


async def test_sessions_of_a_group_begin_one_after_the_other(store: Store) -> None:
    time = Time()
    starts, others = Starts(store, time.clock), Starts(store, time.clock)
    assert await starts.begin(0, LIMITS) == 0.0
    assert await others.begin(1, LIMITS) == await others.wait_seconds(1, LIMITS) == SPACING_SECONDS
    assert await others.begin(1, replace(LIMITS, max_concurrency=2)) == 0.0
    time.seconds += SPACING_SECONDS
    assert await others.begin(2, LIMITS) == 0.0


async def test_short_sessions_wait_longer_and_longer_until_one_lasts(store: Store) -> None:
    time = Time()
    starts = Starts(store, time.clock)
    waits = []
    for _ in range(10):
        waits.append(wait := await starts.wait_seconds(0, LIMITS))
        time.seconds += wait
        assert await starts.begin(0, LIMITS) == 0.0
    assert waits == [0.0, 5.0, 5.0, 5.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0]
    assert wait_after(100) == 900.0
    await starts.settled(0)
    assert await starts.wait_seconds(0, LIMITS) == SPACING_SECONDS


async def test_none_begins_when_none_is_left_and_a_clock_set_back_holds_nobody_up(store: Store) -> None:
    time = Time(100_000)
    starts = Starts(store, time.clock)
    assert await starts.begin(0, replace(LIMITS, remaining=0)) == 86400.0
    assert await starts.begin(0, LIMITS) == 0.0
    time.seconds = 1000
    assert await starts.begin(0, LIMITS) == 0.0


async def test_a_process_that_stands_by_takes_over_at_once_from_one_that_ends(
    discord: Discord, store: Store
) -> None:
    await ByHand(discord).register(MEET)
    async with (
        listening(discord, store) as (first, _),
        listening(discord, store, clock=later) as (second, heard),
    ):
        assert first.is_listening()
        assert second.is_listening()
        assert len(discord.sessions) == 1
        await first.stop()
        await discord.until(lambda: len(discord.gateway.identified) == 2)
        await eventually(second.is_listening)
        assert (await discord.host.command("meet", ROOM)).is_accepted
        assert heard.names.count("INTERACTION_CREATE") == 1


async def test_who_cannot_renew_stops_listening_before_another_begins(discord: Discord, store: Store) -> None:
    lost = Losable(store)
    async with listening(discord, lost) as (first, _):
        async with listening(discord, store, clock=later) as (second, _):
            lost.is_away = True
            await discord.until(lambda: not discord.sessions)
            assert discord.gateway.identified == [(0, 1)]
            assert not first.is_listening()
            await discord.until(lambda: len(discord.gateway.identified) == 2)
            await eventually(second.is_listening)
            lost.is_away = False
            await eventually(first.is_listening)
            assert len(discord.sessions) == 1
        # And back again, from one that ends.
        assert len(discord.gateway.identified) == 2


async def test_shards_are_all_listened_on_and_go_to_another_together(discord: Discord, store: Store) -> None:
    discord.gateway.shards, discord.gateway.max_concurrency = 2, 2
    async with listening(discord, store) as (first, _), listening(discord, store, clock=later) as (second, _):
        assert sorted(discord.gateway.identified) == [(0, 2), (1, 2)]
        await first.stop()
        await discord.until(lambda: len(discord.gateway.identified) == 4)
        await eventually(second.is_listening)
        assert sorted(one.shard for one in discord.sessions) == [(0, 2), (1, 2)]


async def test_a_process_that_is_told_another_number_shares_by_the_one_in_use(
    discord: Discord, store: Store
) -> None:
    await ByHand(discord).register(MEET)
    discord.gateway.shards, discord.gateway.max_concurrency = 2, 3

    def later() -> datetime:
        # Who begins a session asks twice; so each of them is as much later as they have to be apart.
        return now() + timedelta(seconds=SPACING_SECONDS) * len(discord.calls("GET /gateway/bot")) / 2

    def shards() -> list[tuple[int, int]]:
        return sorted(one.shard for one in discord.sessions)

    async with listening(discord, store, clock=later) as (first, _):
        discord.gateway.shards = 3
        async with listening(discord, store, clock=later) as (second, _):
            assert second.is_listening()
            assert shards() == [(0, 2), (1, 2)]
            discord.gateway.outgrow(3)
            await eventually(lambda: len(shards()) == 3 and first.is_listening() and second.is_listening())
            assert shards() == [(0, 3), (1, 3), (2, 3)]
            discord.gateway.shards = 4
            await first.stop()
            await eventually(lambda: len(shards()) == 3 and second.is_listening())
            assert (await discord.host.command("meet", ROOM)).is_accepted
            assert discord.interactions.all[-1].refused == []
            assert {count for _, count in shards()} == {3}


def later() -> datetime:
    """For who begins a session although another has just begun."""
    return now() + timedelta(seconds=SPACING_SECONDS)


class Losable:
    """A database that can be out of reach for one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_away = False

    def read(self) -> AbstractAsyncContextManager[Reading]:
        self._look()
        return self._store.read()

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        self._look()
        return self._store.write()

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        self._look()
        return await self._store.accept(delivery, catch_up)

    async def close(self) -> None:
        """The other one closes it."""

    def _look(self) -> None:
        if self.is_away:
            raise ConnectionError
