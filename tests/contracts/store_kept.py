"""The part of the Store contract about what adapters keep of their own."""

import asyncio
from datetime import timedelta

import pytest

from scheduling_core.ports import Store
from tests.contracts.store_samples import HOUR, NOW, Bench

STATE = "slack.state"
INSTALLATION = "slack.installation"


class Kept:
    """Installations, states of sign-ins, tokens."""

    async def test_a_record_comes_back_until_it_is_dropped(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_record(INSTALLATION, "slack/T1", "first")
            await tx.save_record(INSTALLATION, "slack/T1", "token of one")
            await tx.save_record(INSTALLATION, "slack/T2", "token of two")
            await tx.save_record(STATE, "slack/T1", "", NOW + HOUR)

        async with bench.other.read() as reading:
            assert await reading.record(INSTALLATION, "slack/T1") == "token of one"
            assert await reading.record(STATE, "slack/T1") == ""
            assert await reading.record(INSTALLATION, "slack/T9") is None
            both = {"slack/T1": "token of one", "slack/T2": "token of two"}
            assert await reading.records(INSTALLATION) == both
            assert await reading.records("else") == {}

        async with bench.store.write() as tx:
            await tx.drop_record(INSTALLATION, "slack/T1")
            await tx.drop_record(INSTALLATION, "slack/T9")
            assert await tx.records(INSTALLATION) == {"slack/T2": "token of two"}
            assert await tx.records(STATE) == {"slack/T1": ""}

    async def test_what_is_taken_is_gone(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_record(STATE, "s-1", "team", NOW + HOUR)
            await tx.save_record(STATE, "s-2", "other", NOW + HOUR)

        assert await take(bench.other, "s-1") == "team"
        assert await take(bench.store, "s-1") is None
        async with bench.store.read() as reading:
            assert await reading.records(STATE) == {"s-2": "other"}

    async def test_of_several_who_take_one_gets_it(self, bench: Bench) -> None:
        for name in ("s-1", "s-2", "s-3"):
            async with bench.store.write() as tx:
                await tx.save_record(STATE, name, "team", NOW + HOUR)
            async with asyncio.TaskGroup() as group:
                takers = [group.create_task(take(s, name)) for s in (bench.store, bench.other) * 2]
            assert sorted(str(taker.result()) for taker in takers) == ["None", "None", "None", "team"]

    async def test_a_record_is_replaced_by_who_knows_what_it_was(self, bench: Bench) -> None:
        assert not await replace(bench.store, "s-1", "first", "second")
        assert await replace(bench.store, "s-1", None, "first")
        assert not await replace(bench.other, "s-1", None, "second")
        assert not await replace(bench.other, "s-1", "else", "second")
        assert await replace(bench.other, "s-1", "first", "second")
        async with bench.store.read() as reading:
            assert await reading.records(STATE) == {"s-1": "second"}

    @pytest.mark.parametrize("was", [None, "free"])
    async def test_of_several_who_replace_one_does(self, bench: Bench, was: str | None) -> None:
        for name in ("s-1", "s-2", "s-3"):
            if was is not None:
                assert await replace(bench.store, name, None, was)
            async with asyncio.TaskGroup() as group:
                both = (bench.store, bench.other) * 2
                tried = [
                    group.create_task(replace(store, name, was, f"mine {n}")) for n, store in enumerate(both)
                ]
            (won,) = [n for n, one in enumerate(tried) if one.result()]
            async with bench.store.read() as reading:
                assert await reading.record(STATE, name) == f"mine {won}"

    async def test_what_is_past_its_time_cannot_be_taken(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_record(STATE, "over", "team", NOW)
            await tx.save_record(STATE, "alive", "team", NOW + timedelta(seconds=1))
            await tx.save_record(STATE, "for ever", "team")

        assert await take(bench.store, "over") is None
        assert await take(bench.store, "alive") == "team"
        assert await take(bench.store, "for ever") == "team"

    async def test_what_is_saved_again_has_a_new_time(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_record(STATE, "s-1", "team", NOW)
            await tx.save_record(STATE, "s-1", "team")

        assert await take(bench.store, "s-1") == "team"

    async def test_what_is_past_its_time_is_forgotten(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_record(STATE, "over", "team", NOW)
            await tx.save_record(STATE, "alive", "team", NOW + HOUR)
            await tx.save_record(STATE, "for ever", "team")

        async with bench.store.write() as tx:
            assert await tx.forget(NOW + HOUR / 2) == 1

        async with bench.other.read() as reading:
            assert (await reading.records(STATE)).keys() == {"alive", "for ever"}


async def take(store: Store, key: str) -> str | None:
    """Take a state in a transaction of its own."""
    async with store.write() as tx:
        return await tx.take_record(STATE, key, NOW)


async def replace(store: Store, key: str, was: str | None, content: str) -> bool:
    """Replace a state in a transaction of its own."""
    async with store.write() as tx:
        return await tx.replace_record(STATE, key, was, content)
