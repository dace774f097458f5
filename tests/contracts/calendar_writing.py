"""The part of the calendar contract about events that we write: one event, whatever happens on the way."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

import pytest

from scheduling_core.calendar_ports import EventCopy, Found, Written
from scheduling_core.errors import Conflict, Gone, ProviderError, ReconnectNeeded
from scheduling_core.intervals import Interval
from tests.contracts.calendar_world import HOUR, Raw, World, WritableWorld, a_copy, span, utc

COMMITTED: Final = frozenset({"cut_after_commit", "500_after_commit"})
"""Faults that befall only calls that change something."""

ELSEWHERE: Final = Interval(utc(3, 20, 7), utc(3, 20, 8))


def _with_video(revision: int) -> EventCopy:
    return replace(a_copy(revision=revision), wants_video=True)


async def _live(world: World, calendar: str) -> list[Raw]:
    return [each for each in await world.events(calendar) if not each.is_cancelled]


async def _the_only_one(world: World, calendar: str, copy: EventCopy, written: Written) -> None:
    """The far end holds this copy once, and nobody else in it."""
    (event,) = await _live(world, calendar)
    assert (event.start, event.end) == (copy.entry.start, copy.entry.end)
    assert event.summary == copy.entry.summary
    assert event.attendees == ()
    assert event.uid == written.uid


class _Plain:
    """Create, change, take away."""

    async def test_writes_one_event_with_nobody_else_in_it(self, world: World) -> None:
        calendar, copy = await world.calendar("Work"), a_copy()

        written = await world.provider.write(world.account, calendar, copy, None)

        assert world.provider.can_write
        assert written.event
        assert written.version
        await _the_only_one(world, calendar, copy, written)

    async def test_a_calendar_says_that_it_can_be_written(self, world: World) -> None:
        calendar = await world.calendar("Work")

        found = {each.id: each for each in await world.provider.calendars(world.account)}

        assert found[calendar].can_write

    async def test_a_repeat_finds_what_it_made(self, world: World) -> None:
        calendar, copy = await world.calendar("Work"), a_copy()
        first = await world.provider.write(world.account, calendar, copy, None)

        second = await world.provider.write(world.account, calendar, copy, None)

        assert second.event == first.event
        await _the_only_one(world, calendar, copy, second)

    async def test_two_at_once_are_one_event(self, world: World) -> None:
        calendar, copy = await world.calendar("Work"), a_copy()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(world.provider.write(world.account, calendar, copy, None))

        assert len(await _live(world, calendar)) == 1

    async def test_different_keys_are_different_events(self, world: World) -> None:
        calendar = await world.calendar("Work")

        for key in ("m-1.guest", "m-2.guest"):
            await world.provider.write(world.account, calendar, a_copy(key), None)

        assert len(await _live(world, calendar)) == 2

    async def test_a_change_moves_the_same_event_and_repeats(self, world: World) -> None:
        calendar, moved = await world.calendar("Work"), a_copy(revision=1)
        before = await world.provider.write(world.account, calendar, a_copy(), None)

        first = await world.provider.write(world.account, calendar, moved, before)
        second = await world.provider.write(world.account, calendar, moved, before)

        assert {first.event, second.event} == {before.event}
        await _the_only_one(world, calendar, moved, second)
        again = a_copy(revision=2)
        await _the_only_one(
            world, calendar, again, await world.provider.write(world.account, calendar, again, second)
        )

    async def test_a_change_that_lost_its_beginning_finds_the_event(self, world: World) -> None:
        """The first write's answer never arrived, and meanwhile the meeting moved."""
        calendar, moved = await world.calendar("Work"), a_copy(revision=1)
        await world.provider.write(world.account, calendar, a_copy(), None)

        written = await world.provider.write(world.account, calendar, moved, None)

        await _the_only_one(world, calendar, moved, written)

    async def test_a_video_link_is_made_once_where_the_provider_makes_any(self, world: World) -> None:
        calendar, copy, moved = await world.calendar("Work"), _with_video(0), _with_video(1)

        first = await world.provider.write(world.account, calendar, copy, None)
        again = await world.provider.write(world.account, calendar, copy, None)
        changed = await world.provider.write(world.account, calendar, moved, again)
        kept = await world.provider.write(world.account, calendar, a_copy(revision=2), changed)

        assert first.video.startswith("https://") == bool(world.provider.video_title)
        assert {first.video, again.video, changed.video, kept.video} == {first.video}
        await _the_only_one(world, calendar, a_copy(revision=2), kept)

    async def test_somebody_elses_change_is_not_overwritten(self, world: World) -> None:
        calendar = await world.calendar("Work")
        before = await world.provider.write(world.account, calendar, a_copy(), None)
        await world.move(calendar, before.uid, ELSEWHERE.start, ELSEWHERE.end)

        with pytest.raises(Conflict):
            await world.provider.write(world.account, calendar, a_copy(revision=1), before)

        found = await world.provider.look(world.account, calendar, before)
        assert isinstance(found, Found)
        assert found.span == ELSEWHERE
        moved = a_copy(revision=1)
        written = await world.provider.write(world.account, calendar, moved, found.written)
        await _the_only_one(world, calendar, moved, written)

    async def test_what_somebody_deleted_can_be_written_anew(self, world: World) -> None:
        calendar, moved = await world.calendar("Work"), a_copy(revision=1)
        before = await world.provider.write(world.account, calendar, a_copy(), None)
        await world.delete(calendar, before.uid)

        with pytest.raises(Conflict):
            await world.provider.write(world.account, calendar, moved, before)

        found = await world.provider.look(world.account, calendar, before)
        assert found is None or found.span is None
        written = await world.provider.write(world.account, calendar, moved, None)
        await _the_only_one(world, calendar, moved, written)

    async def test_look_tells_what_was_written(self, world: World) -> None:
        calendar, copy = await world.calendar("Work"), a_copy()
        written = await world.provider.write(world.account, calendar, copy, None)

        found = await world.provider.look(world.account, calendar, written)

        assert found is not None
        assert found.span == span(copy)
        assert found.written.event == written.event
        assert found.written.uid == written.uid

    async def test_what_its_owner_puts_into_another_calendar_is_found_there(
        self, world: WritableWorld
    ) -> None:
        calendar, other = await world.calendar("Work"), await world.calendar("Private")
        written = await world.provider.write(world.account, calendar, a_copy(), None)
        await world.carry(calendar, written.uid, other)

        assert not await world.provider.remove(world.account, calendar, written)
        here = await world.provider.look(world.account, calendar, written)
        there = await world.provider.look(world.account, other, written)

        assert here is None or here.span is None
        assert there is not None
        assert there.span == span(a_copy())
        moved = a_copy(revision=1)
        kept = await world.provider.write(world.account, other, moved, there.written)
        assert await _live(world, calendar) == []
        await _the_only_one(world, other, moved, kept)
        assert await world.provider.remove(world.account, other, kept)
        assert await _live(world, other) == []

    async def test_removes_it_and_only_it_and_repeats(self, world: World) -> None:
        calendar = await world.calendar("Work")
        other = await world.provider.write(world.account, calendar, a_copy("m-2.guest"), None)
        written = await world.provider.write(world.account, calendar, a_copy(), None)

        for was_there in (True, False):
            assert await world.provider.remove(world.account, calendar, written) == was_there

        assert [each.uid for each in await _live(world, calendar)] == [other.uid]
        found = await world.provider.look(world.account, calendar, written)
        assert found is None or found.span is None

    async def test_removes_what_somebody_changed(self, world: World) -> None:
        calendar = await world.calendar("Work")
        written = await world.provider.write(world.account, calendar, a_copy(), None)
        await world.move(calendar, written.uid, ELSEWHERE.start, ELSEWHERE.end)

        await world.provider.remove(world.account, calendar, written)

        assert await _live(world, calendar) == []

    async def test_writes_again_after_removing(self, world: World) -> None:
        calendar, later = await world.calendar("Work"), a_copy(revision=1)
        written = await world.provider.write(world.account, calendar, a_copy(), None)
        await world.provider.remove(world.account, calendar, written)

        again = await world.provider.write(world.account, calendar, later, None)

        await _the_only_one(world, calendar, later, again)

    async def test_a_calendar_that_is_not_there_is_gone(self, world: World) -> None:
        with pytest.raises(Gone):
            await world.provider.write(world.account, world.missing, a_copy(), None)

    async def test_a_withdrawn_grant_writes_nothing(self, world: World) -> None:
        calendar = await world.calendar("Work")
        await world.revoke()

        with pytest.raises(ReconnectNeeded):
            await world.provider.write(world.account, calendar, a_copy(), None)


class _Interrupted:
    """A fault in the middle, and the same call again."""

    async def test_a_creation_that_failed_ends_in_one_event(self, world: World, write_fault: str) -> None:
        calendar, copy, moved = await world.calendar("Work"), _with_video(0), _with_video(1)

        world.fault(write_fault)
        with suppress(ProviderError):
            await world.provider.write(world.account, calendar, copy, None)
        world.mend()
        written = await world.provider.write(world.account, calendar, copy, None)

        await _the_only_one(world, calendar, copy, written)
        changed = await world.provider.write(world.account, calendar, moved, written)
        await _the_only_one(world, calendar, moved, changed)
        assert bool(written.video) == bool(world.provider.video_title)
        assert changed.video == written.video

    async def test_a_change_that_failed_is_no_conflict(self, world: World, write_fault: str) -> None:
        calendar, moved = await world.calendar("Work"), a_copy(revision=1)
        before = await world.provider.write(world.account, calendar, a_copy(), None)

        world.fault(write_fault)
        with suppress(ProviderError):
            await world.provider.write(world.account, calendar, moved, before)
        world.mend()
        written = await world.provider.write(world.account, calendar, moved, before)

        await _the_only_one(world, calendar, moved, written)

    async def test_a_removal_that_failed_is_done_by_the_next(self, world: World, write_fault: str) -> None:
        calendar = await world.calendar("Work")
        written = await world.provider.write(world.account, calendar, a_copy(), None)

        world.fault(write_fault)
        with suppress(ProviderError):
            await world.provider.remove(world.account, calendar, written)
        world.mend()
        await world.provider.remove(world.account, calendar, written)

        assert await _live(world, calendar) == []

    async def test_a_write_without_a_sensible_answer_is_not_done(
        self, world: World, write_fault: str
    ) -> None:
        """It says so, or it has made sure by itself."""
        calendar, copy = await world.calendar("Work"), a_copy()

        world.fault(write_fault, None)
        try:
            written = await world.provider.write(world.account, calendar, copy, None)
        except ProviderError:
            return
        finally:
            world.mend()

        await _the_only_one(world, calendar, copy, written)

    async def test_an_event_that_could_not_be_looked_at_is_not_gone(self, world: World, fault: str) -> None:
        calendar, copy = await world.calendar("Work"), a_copy()
        written = await world.provider.write(world.account, calendar, copy, None)

        world.fault(fault, None)
        try:
            found = await world.provider.look(world.account, calendar, written)
        except ProviderError:
            return
        finally:
            world.mend()

        assert fault == "404" or (found and found.span == Interval(copy.entry.start, copy.entry.start + HOUR))


class Writing(_Plain, _Interrupted):
    """All of it."""
