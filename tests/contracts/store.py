"""What every Store must do, whatever the database.

A test class for a database inherits `StoreContract` and provides the fixture `bench`.
"""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from scheduling_core.ports import Claim, Job, Known, Store
from tests.contracts.store_acceptances import Acceptances
from tests.contracts.store_calendars import LinkedCalendars
from tests.contracts.store_kept import Kept
from tests.contracts.store_leaving import Leaving
from tests.contracts.store_records import Messages, Records
from tests.contracts.store_samples import (
    GUEST,
    HOUR,
    NOW,
    SECOND,
    Bench,
    a_delivery,
    a_person,
    accept,
    claim,
    span,
)


class Transactions:
    """All or nothing."""

    async def test_jobs_are_committed_with_the_rest_and_once(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_person(a_person())
            await tx.enqueue(Job("j-1", "mail"))
            await tx.enqueue(Job("j-1", "mail"))

        assert bench.enqueued() == ["j-1"]

    async def test_a_raise_leaves_nothing(self, bench: Bench) -> None:
        async def fail() -> None:
            async with bench.store.write() as tx:
                await tx.accept(a_delivery())
                await tx.save_person(a_person("p-2", GUEST))
                await tx.claim("m-1", ["p-1"], span(), now=NOW)
                await tx.enqueue(Job("j-1", "mail"))
                raise LookupError

        with pytest.raises(LookupError):
            await fail()

        assert bench.enqueued() == []
        assert isinstance(await accept(bench.store, a_delivery()), Known)
        async with bench.store.read() as reading:
            assert await reading.person("p-2") is None
            assert await reading.taken(["p-1"], span(), NOW) == {"p-1": []}

    async def test_what_is_not_committed_is_seen_by_nobody_else(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_person(a_person())
            assert await tx.person("p-1") == a_person()
            async with bench.store.read() as reading, bench.other.read() as abroad:
                assert await reading.person("p-1") is None
                assert await abroad.person("p-1") is None

    async def test_a_view_stays_as_it_was_when_it_began(self, bench: Bench) -> None:
        async with bench.store.read() as reading:
            assert await reading.person("p-1") is None
            async with bench.other.write() as tx:
                await tx.save_person(a_person())
            assert await reading.person("p-1") is None

    async def test_locking_in_any_order_blocks_nobody_forever(self, bench: Bench) -> None:
        people = [a_person("p-1"), a_person("p-2", GUEST), a_person("p-3", SECOND)]
        async with bench.store.write() as tx:
            for person in people:
                await tx.save_person(person)

        async def touch(store: Store, order: list[str]) -> None:
            for _ in range(5):
                async with store.write() as tx:
                    await tx.lock(order)
                    await tx.claim(order[0], order, span(), now=NOW)
                    await tx.release(order[0])

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(touch(bench.store, ["p-1", "p-2", "p-3"]))
            group.create_task(touch(bench.other, ["p-3", "p-2", "p-1"]))


class Claims:
    """Nobody is in two places."""

    async def test_of_two_who_want_the_same_time_one_gets_it(self, bench: Bench) -> None:
        for hour in range(10):
            wanted = span(NOW + hour * HOUR)
            async with asyncio.TaskGroup() as group:
                one = group.create_task(claim(bench.store, f"a-{hour}", ["p-1", "p-2"], wanted))
                two = group.create_task(claim(bench.other, f"b-{hour}", ["p-2", "p-1"], wanted))
            assert sorted([one.result(), two.result()]) == [False, True]

    async def test_of_many_overlapping_starts_no_two_are_taken(self, bench: Bench) -> None:
        starts = [NOW + timedelta(minutes=10 * n) for n in range(12)]
        async with asyncio.TaskGroup() as group:
            for n, start in enumerate(starts):
                store = bench.store if n % 2 else bench.other
                group.create_task(claim(store, f"m-{n}", ["p-1"], span(start)))

        async with bench.store.read() as reading:
            taken = (await reading.taken(["p-1"], span(NOW, 4 * HOUR), NOW))["p-1"]
        assert taken
        assert all(a.span.end <= b.span.start for a, b in pairwise(taken))

    async def test_when_one_person_is_taken_nothing_changes(self, bench: Bench) -> None:
        assert await claim(bench.store, "m-1", ["p-2"], span())
        assert await claim(bench.store, "m-2", ["p-1"], span(NOW - HOUR))

        async with bench.store.write() as tx:
            assert not await tx.claim("m-2", ["p-1", "p-2"], span(), now=NOW)
            await tx.enqueue(Job("sorry", "show"))

        assert bench.enqueued() == ["sorry"]
        async with bench.store.read() as reading:
            assert await reading.taken(["p-1", "p-2"], span(NOW - HOUR, 3 * HOUR), NOW) == {
                "p-1": [Claim("m-2", span(NOW - HOUR))],
                "p-2": [Claim("m-1", span())],
            }

    async def test_a_holder_has_one_time_only(self, bench: Bench) -> None:
        assert await claim(bench.store, "m-1", ["p-1", "p-2"], span())
        assert await claim(bench.store, "m-1", ["p-1"], span(NOW + HOUR / 2))

        async with bench.store.read() as reading:
            assert await reading.taken(["p-1", "p-2"], span(), NOW) == {
                "p-1": [Claim("m-1", span(NOW + HOUR / 2))],
                "p-2": [],
            }

    async def test_touching_times_do_not_overlap(self, bench: Bench) -> None:
        assert await claim(bench.store, "m-1", ["p-1"], span())
        assert await claim(bench.store, "m-2", ["p-1"], span(NOW + HOUR))
        assert await claim(bench.store, "m-3", ["p-1"], span(NOW - HOUR))

        async with bench.store.read() as reading:
            assert (await reading.taken(["p-1"], span(), NOW))["p-1"] == [Claim("m-1", span())]

    async def test_a_hold_gives_way_when_its_time_is_over(self, bench: Bench) -> None:
        until = NOW + timedelta(minutes=5)
        async with bench.store.write() as tx:
            assert await tx.claim("h-1", ["p-1"], span(), now=NOW, until=until)
            assert await tx.taken(["p-1"], span(), NOW) == {"p-1": [Claim("h-1", span(), is_hold=True)]}
        async with bench.store.write() as tx:
            assert not await tx.claim("h-2", ["p-1"], span(), now=until - timedelta(seconds=1))
            assert await tx.taken(["p-1"], span(), until) == {"p-1": []}
            assert await tx.claim("h-2", ["p-1"], span(), now=until)
            assert await tx.taken(["p-1"], span(), until) == {"p-1": [Claim("h-2", span())]}

    async def test_what_is_released_is_free(self, bench: Bench) -> None:
        assert await claim(bench.store, "m-1", ["p-1", "p-2"], span())
        async with bench.store.write() as tx:
            await tx.release("m-1")

        assert await claim(bench.other, "m-2", ["p-2", "p-1"], span())


class StoreContract(Acceptances, Transactions, Claims, Records, Messages, Kept, Leaving, LinkedCalendars):
    """The whole contract."""
