"""Our events in a Google calendar, beyond what the contract says."""

from dataclasses import replace

import pytest

from scheduling_core.calendar_ports import EventCopy
from scheduling_core.errors import Conflict, Gone, RateLimited, ReconnectNeeded, Rejected
from tests.adapters.google.faults import Refusal
from tests.adapters.google.keeping import Json
from tests.adapters.google.world import GoogleWorld
from tests.contracts.calendar_world import a_copy, span, utc


def with_video(revision: int = 0) -> EventCopy:
    """A copy that wants a link."""
    return replace(a_copy(revision=revision), wants_video=True)


def kept(world: GoogleWorld, calendar: str) -> Json:
    """The one event that Google holds."""
    (event,) = world.owner.calendars[calendar].events.values()
    return event


async def test_a_meet_link_is_made_once_and_stays(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")

    first = await writing.provider.write(writing.account, calendar, with_video(), None)
    again = await writing.provider.write(writing.account, calendar, with_video(), None)
    moved = await writing.provider.write(writing.account, calendar, with_video(1), again)

    assert first.video.startswith("https://meet.google.example/")
    assert {first.video, again.video, moved.video} == {first.video}
    assert writing.google.api.meets.made == 1


async def test_a_link_that_comes_later_is_found_and_is_no_conflict(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.google.api.meets.outcome = "later"
    written = await writing.provider.write(writing.account, calendar, with_video(), None)
    assert (written.video, written.video_pending) == ("", True)

    event = dict(kept(writing, calendar))
    writing.google.api.meets.finish(event)
    writing.google.keep(writing.owner.calendars[calendar], event)

    found = await writing.provider.look(writing.account, calendar, written)
    assert found is not None
    assert (bool(found.written.video), found.written.video_pending) == (True, False)
    # Google changed the version by itself; `written` still has the old one.
    moved = await writing.provider.write(writing.account, calendar, with_video(1), written)
    assert moved.video == found.written.video


@pytest.mark.parametrize("outcome", ["not allowed", "fails"])
async def test_an_account_without_meet_still_gets_its_event(writing: GoogleWorld, outcome: str) -> None:
    calendar = await writing.calendar("Work")
    writing.google.api.meets.outcome = outcome  # type: ignore[assignment]  # an outcome

    written = await writing.provider.write(writing.account, calendar, with_video(), None)

    assert (written.video, written.video_pending) == ("", False)


async def test_an_older_state_never_replaces_a_newer_one(writing: GoogleWorld) -> None:
    calendar, newer = await writing.calendar("Work"), a_copy(revision=2)
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    await writing.provider.write(writing.account, calendar, newer, before)

    for told in (before, None):
        with pytest.raises(Conflict):
            await writing.provider.write(writing.account, calendar, a_copy(revision=1), told)

    found = await writing.provider.look(writing.account, calendar, before)
    assert found is not None
    assert found.span == span(newer)


async def test_what_the_owner_changed_besides_is_no_conflict_and_stays(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    event = {**kept(writing, calendar), "colorId": "5", "reminders": {"useDefault": False}}
    writing.google.keep(writing.owner.calendars[calendar], event)

    await writing.provider.write(writing.account, calendar, a_copy(revision=1), before)

    assert kept(writing, calendar)["colorId"] == "5"


async def test_what_somebody_moved_to_where_we_want_it_is_no_conflict(writing: GoogleWorld) -> None:
    calendar, moved = await writing.calendar("Work"), a_copy(revision=1)
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    await writing.move(calendar, before.uid, moved.entry.start, moved.entry.end)

    written = await writing.provider.write(writing.account, calendar, moved, before)

    assert written.event == before.event


async def test_a_change_in_a_calendar_that_is_gone_says_so(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    del writing.owner.calendars[calendar]

    with pytest.raises(Gone):
        await writing.provider.write(writing.account, calendar, a_copy(revision=1), before)


async def test_a_deleted_event_that_cannot_be_revived_gets_one_successor(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    first = await writing.provider.write(writing.account, calendar, a_copy(), None)
    await writing.delete(calendar, first.uid)
    writing.google.api.can_revive = False

    second, again = [
        await writing.provider.write(writing.account, calendar, a_copy(), None) for _ in range(2)
    ]

    live = [each.uid for each in await writing.events(calendar) if not each.is_cancelled]
    assert live == [second.uid]
    assert again.event == second.event != first.event


async def test_an_event_that_became_all_day_can_be_written_over(writing: GoogleWorld) -> None:
    calendar, moved = await writing.calendar("Work"), a_copy(revision=1)
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    days = {"start": {"date": "2030-03-20"}, "end": {"date": "2030-03-21"}}
    writing.google.keep(writing.owner.calendars[calendar], {**kept(writing, calendar), **days})

    found = await writing.provider.look(writing.account, calendar, before)
    assert found is not None
    assert found.span is not None
    assert found.span.start == utc(3, 20)
    await writing.provider.write(writing.account, calendar, moved, found.written)

    assert kept(writing, calendar)["start"] == {"dateTime": "2030-03-12T17:00:00Z"}


async def test_a_declined_event_has_no_time(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")
    written = await writing.provider.write(writing.account, calendar, a_copy(), None)
    attendees = [{"email": "owner@example.com", "self": True, "responseStatus": "declined"}]
    event = {**kept(writing, calendar), "attendees": attendees}
    writing.google.keep(writing.owner.calendars[calendar], event)

    found = await writing.provider.look(writing.account, calendar, written)

    assert found is not None
    assert found.span is None


async def test_tags_in_a_note_stay_letters(writing: GoogleWorld) -> None:
    calendar, copy = await writing.calendar("Work"), a_copy()
    note = replace(copy.entry, description='Come <a href="https://bad.example">here</a>')

    await writing.provider.write(writing.account, calendar, replace(copy, entry=note), None)

    assert "<" not in kept(writing, calendar)["description"]
    assert kept(writing, calendar)["description"].endswith("\n\nhttps://parley.example/m/1")


async def test_who_let_us_see_free_time_alone_has_nothing_written(reading: GoogleWorld) -> None:
    calendar = await reading.calendar("Work")

    with pytest.raises(ReconnectNeeded):
        await reading.provider.write(reading.account, calendar, a_copy(), None)

    assert reading.google.named("events.insert") == []
    assert not any(each.can_write for each in await reading.provider.calendars(reading.account))


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refusal(403, "quotaExceeded"), RateLimited),
        (Refusal(403, "forbiddenForNonOrganizer"), Rejected),
        (Refusal(400, "invalid"), Rejected),
        (Refusal(409, "conflict"), Conflict),
    ],
)
async def test_refused_writes_say_what_to_do(
    writing: GoogleWorld, refusal: Refusal, expected: type[Exception]
) -> None:
    calendar = await writing.calendar("Work")
    written = await writing.provider.write(writing.account, calendar, a_copy(), None)
    writing.google.faults.add("events.patch", refusal)

    with pytest.raises(expected):
        await writing.provider.write(writing.account, calendar, a_copy(revision=1), written)
