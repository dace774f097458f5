"""What every CalendarProvider must do, whoever keeps the calendar.

A test class for an adapter inherits `CalendarContract`, or `WritableCalendarContract`, provides the async
fixture `world`, and says what its world cannot play: `lacks` names cases of `CASES` and tests of the
contract, which then are not collected; `faults` names what can go wrong there (`World.fault`).
"""

from dataclasses import replace
from typing import ClassVar, Final

import pytest

from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.calendar_ports import Counted
from scheduling_core.errors import ProviderError, RateLimited, ReconnectNeeded
from scheduling_core.intervals import Interval
from tests.contracts.calendar_cases import CASES, Case
from tests.contracts.calendar_world import (
    HANGS,
    HOUR,
    OWNER_ZONE,
    SECRET_TITLE,
    WINDOW,
    WITHIN,
    KeptAccount,
    Planted,
    Raw,
    World,
    a_copy,
    busy,
    taken,
    utc,
)
from tests.contracts.calendar_writing import COMMITTED, Writing

__all__ = [
    "CASES",
    "CalendarContract",
    "Case",
    "KeptAccount",
    "Planted",
    "Raw",
    "SeveralCalendars",
    "World",
    "WritableCalendarContract",
    "a_copy",
    "busy",
]

NOON: Final = Interval(utc(3, 6, 12), utc(3, 6, 13))
DAY: Final = 24 * HOUR


def _planted(uid: str = "e-1", at: Interval = NOON) -> Planted:
    return Planted(uid, at.start, at.end)


class Reading:
    """What counts against the owner's time."""

    async def test_takes_exactly_its_time(self, world: World, case: Case) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, case.event)

        counted = Counted(calendar, all_day=case.all_day, tentative=case.tentative)

        assert await busy(world, counted) == case.busy

    async def test_an_empty_calendar_is_free(self, world: World) -> None:
        assert await busy(world, await world.calendar("Work")) == ()

    async def test_every_page_is_read(self, world: World) -> None:
        calendar = await world.calendar("Work")
        times = [
            Interval(WINDOW.start + 2 * n * HOUR, WINDOW.start + (2 * n + 1) * HOUR)
            for n in range(world.more_than_a_page)
        ]
        for number, time in enumerate(times):
            await world.plant(calendar, _planted(f"e-{number}", time))

        assert await busy(world, calendar) == tuple(times)

    async def test_a_window_of_a_year_is_read_from_end_to_end(self, world: World) -> None:
        calendar = await world.calendar("Work")
        year = Interval(utc(1, 10), utc(1, 10, year=2031))
        times = [Interval(start, start + HOUR) for start in (year.start, utc(6, 1), year.end - HOUR)]
        for number, time in enumerate(times):
            await world.plant(calendar, _planted(f"e-{number}", time))

        assert await busy(world, calendar, window=year) == tuple(times)

    async def test_our_own_events_are_left_out(self, world: World) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, _planted("ours@parley.example"))
        await world.plant(calendar, _planted("e-2", Interval(NOON.start + HOUR / 2, NOON.end + HOUR)))

        found = await busy(world, Counted(calendar, ours={"ours@parley.example": NOON}))

        kept = NOON.start + HOUR / 2 if world.tells_uids else NOON.end
        assert found == (Interval(kept, NOON.end + HOUR),)

    async def test_of_our_own_events_nothing_but_the_agreed_time_is_left_out(self, world: World) -> None:
        """Their owner may have made them longer, or repeat them."""
        calendar = await world.calendar("Work")
        longer = Interval(NOON.start - HOUR, NOON.end + 2 * HOUR)
        daily = Planted(
            "series@parley.example",
            longer.start.replace(day=7, tzinfo=None),
            longer.end.replace(day=7, tzinfo=None),
            zone="UTC",
            rrule="FREQ=DAILY;COUNT=3",
        )
        await world.plant(calendar, _planted("longer@parley.example", longer))
        await world.plant(calendar, daily)
        agreed = {
            "longer@parley.example": NOON,
            "series@parley.example": Interval(longer.start + DAY, longer.end + DAY),
        }

        found = await busy(world, Counted(calendar, ours=agreed))

        around = Interval(longer.start, NOON.start), Interval(NOON.end, longer.end)
        other_days = (Interval(longer.start + n * DAY, longer.end + n * DAY) for n in (2, 3))
        assert found == (*around, *other_days)

    async def test_titles_do_not_leave(self, world: World) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, _planted())

        answers = await world.provider.free_busy(
            world.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
        )

        assert SECRET_TITLE not in repr(answers)

    async def test_a_calendar_that_is_not_there_is_unreadable(self, world: World) -> None:
        answers = await world.provider.free_busy(
            world.account, [Counted(world.missing)], WINDOW, OWNER_ZONE, within=WITHIN
        )

        assert isinstance(answers[world.missing], Unreadable)

    async def test_what_goes_wrong_is_never_free_time(self, world: World, fault: str) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, _planted())

        world.fault(fault, None)
        found = await _answer(world, calendar)
        world.mend()

        assert isinstance(found, Unreadable)
        _is_one_plain_sentence(found)
        if fault == "401":
            assert found.needs_owner
        elif fault in _PASSING:
            assert not found.needs_owner
            assert taken(await _answer(world, calendar)) == (NOON,)

    async def test_one_fault_gives_the_truth_or_nothing(self, world: World, fault: str) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, _planted())

        world.fault(fault)
        found = await _answer(world, calendar)

        assert isinstance(found, Unreadable) or taken(found) == (NOON,)


_PASSING: Final = {"500", "429", "slow", "garbage", "html", "cut", "partial"}


async def _answer(world: World, calendar: str) -> FreeBusy:
    answers = await world.provider.free_busy(
        world.account, [Counted(calendar)], WINDOW, OWNER_ZONE, within=WITHIN
    )
    return answers[calendar]


def _is_one_plain_sentence(found: Unreadable) -> None:
    assert 0 < len(found.reason) <= 200
    assert not [part for part in (SECRET_TITLE, "http", "<", "{", "\n") if part in found.reason]


class Linked:
    """The account and its calendars."""

    async def test_lists_calendars_by_name_the_primary_one_first(self, world: World) -> None:
        calendar = await world.calendar("Work")

        found = await world.provider.calendars(world.account)

        assert calendar in [each.id for each in found]
        assert all(each.name for each in found)
        assert not any(each.is_primary for each in found[1:])
        assert all(world.provider.can_write or not each.can_write for each in found)

    async def test_no_list_rather_than_an_empty_one(self, world: World, fault: str) -> None:
        await world.calendar("Work")
        expected = {"401": ReconnectNeeded, "429": RateLimited}.get(fault, ProviderError)

        world.fault(fault, None)

        with pytest.raises(expected):
            await world.provider.calendars(world.account)

    async def test_a_withdrawn_grant_needs_its_owner(self, world: World) -> None:
        calendar = await world.calendar("Work")
        await world.plant(calendar, _planted())
        await world.revoke()

        found = await _answer(world, calendar)

        assert isinstance(found, Unreadable)
        assert found.needs_owner
        with pytest.raises(ReconnectNeeded):
            await world.provider.calendars(world.account)
        with pytest.raises(ReconnectNeeded):
            await world.provider.changes(world.account, calendar, "")
        await world.provider.revoke(world.account)


class Following:
    """Whether something changed."""

    async def test_tells_what_changed_and_then_no_more(self, world: World) -> None:
        calendar = await world.calendar("Work")
        cursor = (await world.provider.changes(world.account, calendar, "")).cursor

        assert not await _has_changed_twice(world, calendar, cursor)
        await world.plant(calendar, _planted())
        assert await _has_changed_twice(world, calendar, cursor)

        cursor = (await world.provider.changes(world.account, calendar, cursor)).cursor
        await world.move(calendar, "e-1", NOON.start + HOUR, NOON.end + HOUR)
        assert await _has_changed_twice(world, calendar, cursor)

        cursor = (await world.provider.changes(world.account, calendar, cursor)).cursor
        await world.delete(calendar, "e-1")
        after = await world.provider.changes(world.account, calendar, cursor)
        assert after.has_changed
        assert not (await world.provider.changes(world.account, calendar, after.cursor)).has_changed

    async def test_a_cursor_that_is_not_known_any_more_begins_anew(self, world: World) -> None:
        calendar = await world.calendar("Work")

        changes = await world.provider.changes(world.account, calendar, "not-a-cursor-of-yours")

        assert changes.has_changed
        assert not (await world.provider.changes(world.account, calendar, changes.cursor)).has_changed

    async def test_no_answer_is_not_no_change(self, world: World, fault: str) -> None:
        calendar = await world.calendar("Work")
        begun = await world.provider.changes(world.account, calendar, "")

        world.fault(fault, None)

        with pytest.raises(ProviderError):
            await world.provider.changes(world.account, calendar, begun.cursor)


async def _has_changed_twice(world: World, calendar: str, cursor: str) -> bool:
    """The same question has the same answer."""
    answers = {(await world.provider.changes(world.account, calendar, cursor)).has_changed for _ in range(2)}
    assert len(answers) == 1
    return answers.pop()


class SeveralCalendars:
    """More than one calendar in one question."""

    async def test_each_calendar_answers_for_itself(self, world: World) -> None:
        work, home = await world.calendar("Work"), await world.calendar("Home")
        other = Interval(NOON.start + 3 * HOUR, NOON.end + 3 * HOUR)
        await world.plant(work, _planted("e-1"))
        await world.plant(home, _planted("e-2", other))
        asked = [Counted(work), Counted(home), Counted(world.missing)]

        found = await world.provider.free_busy(world.account, asked, WINDOW, OWNER_ZONE, within=WITHIN)

        assert set(found) == {work, home, world.missing}
        assert taken(found[work]) == (NOON,)
        assert taken(found[home]) == (other,)
        assert isinstance(found[world.missing], Unreadable)

    async def test_one_that_hangs_does_not_take_the_others_with_it(self, world: World) -> None:
        work, home = await world.calendar("Work"), await world.calendar("Home")
        await world.plant(work, _planted("e-1"))
        asked = [Counted(home), Counted(work)]
        assert await busy(world, work)

        world.hang(home)
        found = await world.provider.free_busy(world.account, asked, WINDOW, OWNER_ZONE, within=HANGS / 2)
        world.mend()

        assert taken(found[work]) == (NOON,)
        assert isinstance(found[home], Unreadable)

    async def test_they_have_different_ids_and_their_names(self, world: World) -> None:
        ids = {await world.calendar("Work"), await world.calendar("Home")}

        found = {each.id: each.name for each in await world.provider.calendars(world.account)}

        assert {found.get(each) for each in ids} == {"Work", "Home"}


class Collected:
    """What of the contract a world can play."""

    lacks: ClassVar[frozenset[str]] = frozenset()
    faults: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in cls.lacks - set(CASES):
            if not hasattr(cls, name):
                raise ValueError(f"{name} is neither a case nor a test of the contract")
            setattr(cls, name, None)

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """A test for each case and each fault."""
        if "case" in metafunc.fixturenames:
            played = {name: case for name, case in CASES.items() if name not in cls.lacks}
            metafunc.parametrize("case", played.values(), ids=played.keys())
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", sorted(cls.faults - COMMITTED))
        if "write_fault" in metafunc.fixturenames:
            metafunc.parametrize("write_fault", sorted(cls.faults - {"partial"}))


class CalendarContract(Reading, Linked, Following, Collected):
    """For calendars that can only be read; add `SeveralCalendars` where an account has them."""


class WritableCalendarContract(Writing, SeveralCalendars, CalendarContract):
    """For calendars that can be written."""

    async def test_what_we_wrote_takes_time_unless_it_is_left_out(self, world: World) -> None:
        calendar = await world.calendar("Work")
        copy = a_copy()
        written = await world.provider.write(world.account, calendar, copy, None)
        time = Interval(copy.entry.start, copy.entry.end)

        assert await busy(world, calendar) == (time,)
        assert await busy(world, replace(Counted(calendar), ours={written.uid: time})) == ()
