"""The part of the Store contract about linked calendars."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling_core.availability import Busy, Unreadable
from scheduling_core.calendar_ports import Calendar, Watch, Written
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import (
    AccountTimes,
    CalendarTimes,
    CopyRecord,
    Feed,
    LinkedAccount,
    LinkedCalendar,
    Trouble,
)
from scheduling_core.ports import Known, Store, Transaction
from tests.contracts.store_samples import (
    HOUR,
    NOW,
    ROOM,
    TEAM,
    Bench,
    a_delivery,
    a_person,
    accept,
)

SOON = NOW.replace(microsecond=0) + HOUR
WINDOW = Interval(NOW, NOW + timedelta(days=7))
MAIN = LinkedCalendar(Calendar("main", "Main", is_primary=True, can_write=True), counts=True)
PRIVATE = LinkedCalendar(Calendar("private", "Private"), counts=False)
WRITTEN = Written("event-1", "etag-1", "uid-1")
WATCH = Watch("channel-1", "resource-1", NOW + timedelta(days=7))
OF_ACCOUNTS = ("calendar_accounts", "calendar_times", "calendar_feeds", "event_copies")


def an_account(account_id: str = "a-1", person: str = "p-1", **changes: object) -> LinkedAccount:
    """An account with a calendar that counts and one that does not."""
    account = LinkedAccount(
        account_id, person, "google", "host@example.org", "identity", ROOM, (MAIN, PRIVATE), target="main"
    )
    return replace(account, **changes)  # type: ignore[arg-type]  # the keyword names are the fields


def times(account_id: str = "a-1", minutes: int = 0) -> AccountTimes:
    """Busy for an hour (whole seconds are kept), read some minutes after `NOW`."""
    calendars = {
        "main": CalendarTimes(Busy((Interval(SOON, SOON + HOUR),))),
        "work": CalendarTimes(None, Unreadable("It does not answer.", needs_owner=True)),
    }
    return AccountTimes(account_id, "p-1", NOW + timedelta(minutes=minutes), WINDOW, calendars)


def a_copy(sequence: int = 0, **changes: object) -> CopyRecord:
    """Of the meeting m-1, not written yet."""
    copy = CopyRecord("m-1", "p-1", "a-1", "main", sequence, Interval(NOW + HOUR, NOW + 2 * HOUR))
    return replace(copy, **changes)  # type: ignore[arg-type]  # the keyword names are the fields


async def link_everything(tx: Transaction, owner: str, meeting: str) -> None:
    """One account of somebody with everything that hangs on it."""
    account_id, calendar = f"a-{owner}", "host@example.org"
    await tx.save_account(an_account(account_id, owner), "token-1")
    await tx.save_calendar_times(times(account_id), NOW, {calendar: "token-1"})
    await tx.save_feed(Feed(account_id, calendar, "", WATCH, "token-1"))
    copy = a_copy(meeting=f"{meeting}:0", person=owner, account=account_id, calendar=calendar)
    await tx.save_copy(replace(copy, written=WRITTEN))


async def link(store: Store, *accounts: LinkedAccount) -> None:
    """Save a person and accounts of theirs."""
    async with store.write() as tx:
        await tx.save_person(a_person())
        for account in accounts:
            await tx.save_account(account, "token-1")


class LinkedCalendars:
    """What is linked, read and written."""

    async def test_an_account_comes_back_without_its_secret(self, bench: Bench) -> None:
        broken = Trouble(NOW, "It was revoked.", needs_owner=True)
        await link(bench.store, an_account(), an_account("a-2", trouble=broken))
        async with bench.other.read() as reading:
            assert await reading.account("a-1") == an_account()
            assert await reading.account("a-9") is None
            found = await reading.accounts(["p-1", "p-2"])
            assert found == {"p-1": [an_account(), an_account("a-2", trouble=broken)]}
            assert await reading.account_secret("a-1") == "token-1"
            assert await reading.account_secret("a-9") is None

    async def test_a_grant_is_known_as_long_as_an_account_stands_on_it(self, bench: Bench) -> None:
        await link(bench.store, an_account(grant="grant-1"), an_account("a-2"))
        async with bench.store.write() as tx:
            assert await tx.is_granted("grant-1")
            assert not await tx.is_granted("grant-2")
            assert not await tx.is_granted("")
            await tx.save_account(an_account("a-2", grant="grant-2"))
            await tx.drop_account("a-1")
        async with bench.store.read() as reading:
            assert await reading.is_granted("grant-2")
            assert not await reading.is_granted("grant-1")

    async def test_a_new_account_needs_its_secret(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="secret"):
            async with bench.store.write() as tx:
                await tx.save_account(an_account())

    async def test_a_person_knows_whether_something_is_linked(self, bench: Bench) -> None:
        await link(bench.store, an_account(), an_account("a-2"))
        assert await is_linked(bench)
        async with bench.store.write() as tx:
            await tx.save_person(a_person())
            await tx.drop_account("a-2")
        assert await is_linked(bench)
        async with bench.store.write() as tx:
            await tx.drop_account("a-1")
            await tx.drop_account("a-9")
        assert not await is_linked(bench)

    async def test_a_secret_is_renewed_and_the_account_stays(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        async with bench.store.write() as tx:
            assert await tx.renew_account_secret("a-1", "token-1", "token-2")
            assert not await tx.renew_account_secret("a-9", "token-1", "token-9")
            await tx.save_account(an_account(target=""))
        async with bench.store.read() as reading:
            assert await reading.account_secret("a-1") == "token-2"
            assert await reading.account("a-1") == an_account(target="")

    async def test_a_renewed_secret_gives_way_to_one_that_was_kept_meanwhile(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        async with bench.other.write() as tx:
            await tx.save_account(an_account(), "token of a new sign-in")
        async with bench.store.write() as tx:
            assert not await tx.renew_account_secret("a-1", "token-1", "token-2")
        async with bench.store.read() as reading:
            assert await reading.account_secret("a-1") == "token of a new sign-in"

    async def test_what_was_read_comes_back_and_newer_wins(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        async with bench.store.write() as tx:
            assert [each.read_at.year for each in await tx.calendar_times(["p-1"])] == [1970]
            await tx.save_calendar_times(times(minutes=5), NOW)
            await tx.save_calendar_times(times(minutes=4), NOW)
            await tx.save_calendar_times(times("a-9"), NOW)
        async with bench.other.read() as reading:
            assert await reading.calendar_times(["p-1", "p-2"]) == [times(minutes=5)]

    async def test_another_choice_of_calendars_forgets_what_was_read(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        async with bench.store.write() as tx:
            await tx.save_calendar_times(times(), NOW)
            await tx.save_account(an_account(name="renamed"))
            assert await tx.calendar_times(["p-1"]) == [times()]
            await tx.save_account(an_account().choosing("private", replace(PRIVATE, counts=True)))
            (unread,) = await tx.calendar_times(["p-1"])
        assert not unread.is_fresh(NOW, WINDOW, "")
        assert unread.calendars == {}

    async def test_what_was_read_counts_as_never_read_where_a_calendar_that_counts_is_not_among_it(
        self, bench: Bench
    ) -> None:
        await link(bench.store, an_account().choosing("private", replace(PRIVATE, counts=True)))
        async with bench.store.write() as tx:
            await tx.save_calendar_times(times(), NOW)
        async with bench.other.read() as reading:
            (found,) = await reading.calendar_times(["p-1"])
        assert found.read_at.year == 1970
        assert found.calendars == times().calendars

    async def test_an_account_that_counts_nothing_is_asked_only_where_it_is_written_into(
        self, bench: Bench
    ) -> None:
        quiet = an_account(calendars=(PRIVATE,))
        await link(bench.store, quiet, replace(quiet, id="a-2", target="private"))
        async with bench.store.write() as tx:
            assert await tx.calendar_times(["p-1"]) == []
            assert await tx.due_accounts(NOW, NOW + HOUR, 10) == ["a-2"]

    async def test_an_account_that_nothing_is_wanted_of_is_asked_while_an_event_stands_there(
        self, bench: Bench
    ) -> None:
        await link(bench.store, an_account())
        async with bench.store.write() as tx:
            await tx.save_copy(a_copy())
            await tx.save_account(an_account(calendars=(PRIVATE,), target=""))
        async with bench.store.write() as tx:
            assert await tx.due_accounts(NOW, NOW + HOUR, 10) == ["a-1"]

    async def test_each_due_account_is_taken_once_and_the_longest_due_first(self, bench: Bench) -> None:
        await link(bench.store, an_account("a-1"), an_account("a-2"), an_account("a-3"))
        async with bench.store.write() as tx:
            await tx.save_calendar_times(times("a-1"), NOW - timedelta(minutes=1))
            await tx.save_calendar_times(times("a-2"), NOW - timedelta(minutes=2))
            await tx.save_calendar_times(times("a-3"), NOW + timedelta(minutes=1))

        async def take(store: Store) -> list[str]:
            async with store.write() as tx:
                return await tx.due_accounts(NOW, NOW + HOUR, 1)

        assert await take(bench.store) == ["a-2"]
        taken = await asyncio.gather(take(bench.store), take(bench.other))
        assert sorted(taken) == [[], ["a-1"]]

    async def test_what_is_told_while_an_account_is_read_is_not_lost(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=5)
        async with bench.store.write() as tx:
            assert await tx.due_accounts(NOW, later, 10) == ["a-1"]
        async with bench.other.write() as tx:
            await tx.note_told("a-1", soon)
            await tx.note_told("a-9", soon)
        async with bench.store.write() as tx:
            await tx.save_calendar_times(times(), later)
            assert await tx.due_accounts(NOW, later, 10) == []
            assert await tx.due_accounts(soon, later, 10) == ["a-1"]
            await tx.save_calendar_times(times(minutes=1), later)
            assert await tx.due_accounts(soon, later, 10) == []
            await tx.note_told("a-1", soon)
            await tx.note_told("a-1", later)
            assert await tx.due_accounts(soon, later, 10) == ["a-1"]

    async def test_who_has_something_to_come_is_asked_soon_and_not_later_for_it(self, bench: Bench) -> None:
        await link(bench.store, an_account("a-1"), an_account("a-2"), an_account("a-3", "p-2"))
        soon = NOW + timedelta(minutes=4)
        async with bench.store.write() as tx:
            for account, minutes in (("a-1", 1), ("a-2", 360), ("a-3", 360)):
                await tx.save_calendar_times(times(account), NOW + timedelta(minutes=minutes))
            await tx.keep_awake(["p-1"], soon)
            assert await tx.due_accounts(NOW + timedelta(minutes=1), NOW + HOUR, 10) == ["a-1"]
            # Also who was just being read while nothing was to come.
            await tx.save_calendar_times(times("a-2", 2), NOW + timedelta(minutes=360))
            assert await tx.due_accounts(soon, NOW + HOUR, 10) == ["a-2"]

    async def test_a_feed_comes_back_and_cursors_are_kept_only_with_what_was_read(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        feed = Feed("a-1", "main", "", WATCH, "secret-1", NOW, "https://parley.example/told")
        async with bench.store.write() as tx:
            await tx.save_feed(feed)
            await tx.save_calendar_times(times(minutes=5), NOW, {"main": "cursor-1", "work": "cursor-2"})
            await tx.save_calendar_times(times(minutes=4), NOW, {"main": "too old"})
        async with bench.other.read() as reading:
            kept = replace(feed, cursor="cursor-1")
            assert await reading.feeds("a-1") == [kept, Feed("a-1", "work", "cursor-2")]
            assert await reading.feeds("a-9") == []
        async with bench.store.write() as tx:
            await tx.save_feed(replace(feed, watch=None, tend_at=NOW + HOUR))
            await tx.save_calendar_times(times(minutes=6), NOW, {"work": ""})
            await tx.drop_feed("a-1", "work")
            assert await tx.feeds("a-1") == [Feed("a-1", "main", "cursor-1", tend_at=NOW + HOUR)]

    async def test_what_is_still_so_is_only_dated_anew(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        read, soon = replace(times(), asked="a mark"), NOW + timedelta(minutes=4)
        async with bench.store.write() as tx:
            await tx.keep_calendar_times("a-1", NOW, NOW, {"main": "nothing was read yet"})
            await tx.save_calendar_times(read, NOW)
            await tx.keep_calendar_times("a-1", soon, soon, {"main": "cursor-1"})
            await tx.keep_calendar_times("a-1", NOW, soon, {"main": "too old"})
        async with bench.other.read() as reading:
            assert await reading.calendar_times(["p-1"]) == [replace(read, read_at=soon)]
            assert await reading.feeds("a-1") == [Feed("a-1", "main", "cursor-1")]

    async def test_a_copy_comes_back_and_an_older_state_changes_nothing(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        before = Interval(NOW, NOW + HOUR)
        written = a_copy(1, written=WRITTEN, written_sequence=0, written_span=before)
        async with bench.store.write() as tx:
            await tx.save_copy(a_copy(1, is_in_doubt=True))
        async with bench.other.read() as reading:
            assert await reading.copy("m-1", "p-1") == a_copy(1, is_in_doubt=True)
        async with bench.store.write() as tx:
            await tx.save_copy(written)
            await tx.save_copy(a_copy(0))
        async with bench.other.read() as reading:
            assert await reading.copy("m-1", "p-1") == written
            assert await reading.copy("m-1", "p-2") is None
            assert await reading.copies_in("a-1", NOW) == [written]
            assert await reading.copies_in("a-1", NOW + 2 * HOUR) == []
            assert await reading.copies_with("p-1", NOW) == [written]
            assert await reading.copies_with("p-1", NOW + 2 * HOUR) == []
            assert await reading.copies_with("p-2", NOW) == []
            assert await reading.copies_of([]) == []
            assert await reading.copies_of(["m-1", "m-2"]) == [written]
        async with bench.store.write() as tx:
            await tx.drop_copy("m-1", "p-1")
            assert await tx.copy("m-1", "p-1") is None

    async def test_unlinking_forgets_what_was_read_and_written(self, bench: Bench) -> None:
        await link(bench.store, an_account())
        async with bench.store.write() as tx:
            await tx.save_calendar_times(times(), NOW, {"main": "cursor-1"})
            await tx.save_copy(a_copy())
            await tx.drop_account("a-1")
            await tx.save_feed(Feed("a-1", "main", "", WATCH, "secret-1"))
            await tx.save_calendar_times(times(minutes=9), NOW, {"main": "cursor-2"})
            assert await tx.accounts(["p-1"]) == {}
            assert await tx.copy("m-1", "p-1") is None
        stored = bench.rows()
        assert not any(stored[name] for name in OF_ACCOUNTS)

    async def test_copies_that_are_over_are_forgotten_and_a_workspace_takes_everything_along(
        self, bench: Bench
    ) -> None:
        known = await accept(bench.store, a_delivery())
        assert isinstance(known, Known)
        owner = known.actor.id
        async with bench.store.write() as tx:
            await tx.save_account(an_account(person=owner), "token-1")
            await tx.save_calendar_times(replace(times(), person=owner), NOW, {"main": "cursor-1"})
            await tx.save_copy(a_copy(person=owner, span=Interval(NOW - HOUR, NOW)))
            await tx.save_copy(a_copy(meeting="m-2", person=owner))
        async with bench.store.write() as tx:
            await tx.forget(NOW + HOUR)
            assert await tx.copy("m-1", owner) is None
            assert await tx.copy("m-2", owner) is not None
            await tx.stop_workspace(TEAM)
            await tx.forget_workspace(TEAM)
        stored = bench.rows()
        assert not any(stored[name] for name in OF_ACCOUNTS)


async def is_linked(bench: Bench) -> bool:
    """What the store says of the person p-1."""
    async with bench.other.read() as reading:
        person = await reading.person("p-1")
    assert person is not None
    return person.is_linked
