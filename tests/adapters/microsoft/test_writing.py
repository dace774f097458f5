"""Our events in an Outlook calendar, beyond what the contract says."""

import asyncio
from dataclasses import replace

import pytest

from scheduling_core.calendar_ports import EventCopy, Written
from scheduling_core.errors import Conflict, Gone, ReconnectNeeded, Rejected, Unavailable
from tests.adapters.microsoft.faults import Cut, Refusal
from tests.adapters.microsoft.keeping import Json
from tests.adapters.microsoft.world import MicrosoftWorld
from tests.contracts.calendar_world import a_copy, span, utc


def with_video(revision: int = 0) -> EventCopy:
    """A copy that wants a link."""
    return replace(a_copy(revision=revision), wants_video=True)


def kept(world: MicrosoftWorld, calendar: str) -> Json:
    """The one event that Exchange holds."""
    (event,) = world.owner.calendars[calendar].events.values()
    return event


async def test_a_teams_link_is_made_once_and_stays_with_its_text(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")

    first = await writing.provider.write(writing.account, calendar, with_video(), None)
    again = await writing.provider.write(writing.account, calendar, with_video(), None)
    moved = await writing.provider.write(writing.account, calendar, with_video(1), again)
    retold = replace(with_video(2).entry, description="Another agenda")
    told = await writing.provider.write(writing.account, calendar, EventCopy("m-1.guest", retold), moved)

    assert first.video.startswith("https://teams.microsoft.example/")
    assert {first.video, again.video, moved.video, told.video} == {first.video}
    assert not first.video_pending
    assert "Join the meeting" in kept(writing, calendar)["body"]["content"]


async def test_a_link_that_comes_later_is_found_and_is_no_conflict(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.microsoft.graph.makes_links = False
    written = await writing.provider.write(writing.account, calendar, with_video(), None)
    assert (written.video, written.video_pending) == ("", True)

    event = dict(kept(writing, calendar))
    writing.microsoft.graph.make_link(event)
    writing.microsoft.graph.kept(writing.owner.calendars[calendar], event)

    found = await writing.provider.look(writing.account, calendar, written)
    assert found is not None
    assert (bool(found.written.video), found.written.video_pending) == (True, False)
    # Exchange changed the version by itself; `written` still has the old one.
    moved = await writing.provider.write(writing.account, calendar, with_video(1), written)
    assert moved.video == found.written.video


async def test_a_calendar_without_teams_still_gets_its_event(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Home")
    writing.owner.calendars[calendar].providers = ("skypeForConsumer",)

    written = await writing.provider.write(writing.account, calendar, with_video(), None)

    assert (written.video, written.video_pending) == ("", False)


async def test_a_lost_answer_and_a_meeting_that_moved_meanwhile_are_one_event(
    writing: MicrosoftWorld,
) -> None:
    calendar, moved = await writing.calendar("Work"), a_copy(revision=1)
    writing.microsoft.faults.add("events.create", Cut(is_processed=True))
    with pytest.raises(Unavailable):
        await writing.provider.write(writing.account, calendar, a_copy(), None)

    written = await writing.provider.write(writing.account, calendar, moved, None)

    assert kept(writing, calendar)["id"] == written.event
    assert kept(writing, calendar)["start"]["dateTime"] == f"{moved.entry.start:%Y-%m-%dT%H:%M:%S}"


async def test_different_states_at_once_are_one_event(writing: MicrosoftWorld) -> None:
    """Both look before either has written: the transaction's id tells the second one."""
    calendar = await writing.calendar("Work")
    writing.microsoft.latency_seconds = 0.03

    async with asyncio.TaskGroup() as tasks:
        for revision in (0, 1):
            copy = a_copy(revision=revision)
            tasks.create_task(_write_or_yield(writing, calendar, copy))

    assert len(writing.owner.calendars[calendar].events) == 1
    assert 409 in [call.status for call in writing.microsoft.named("events.create")]


async def _write_or_yield(
    world: MicrosoftWorld, calendar: str, copy: EventCopy, before: Written | None = None
) -> None:
    try:
        await world.provider.write(world.account, calendar, copy, before)
    except Conflict:
        return


async def test_what_was_deleted_again_and_again_is_refused_in_the_end(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    for _ in range(4):
        written = await writing.provider.write(writing.account, calendar, a_copy(), None)
        await writing.provider.remove(writing.account, calendar, written)

    with pytest.raises(Rejected, match="too often"):
        await writing.provider.write(writing.account, calendar, a_copy(), None)


async def test_an_older_state_never_replaces_a_newer_one(writing: MicrosoftWorld) -> None:
    calendar, newer = await writing.calendar("Work"), a_copy(revision=2)
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    await writing.provider.write(writing.account, calendar, newer, before)

    for told in (before, None):
        with pytest.raises(Conflict):
            await writing.provider.write(writing.account, calendar, a_copy(revision=1), told)

    found = await writing.provider.look(writing.account, calendar, before)
    assert found is not None
    assert found.span == span(newer)


async def test_what_the_owner_changed_besides_is_no_conflict_and_stays(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    own = {"body": {"contentType": "html", "content": "my notes"}, "sensitivity": "private"}
    writing.microsoft.graph.kept(writing.owner.calendars[calendar], {**kept(writing, calendar), **own})

    await writing.provider.write(writing.account, calendar, a_copy(revision=1), before)

    assert kept(writing, calendar)["body"]["content"] == "my notes"
    assert kept(writing, calendar)["sensitivity"] == "private"


async def test_somebodys_change_is_seen_even_where_if_match_is_not_heeded(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    writing.microsoft.graph.heeds_if_match = False
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    await writing.move(calendar, before.uid, utc(3, 20, 7), utc(3, 20, 8))

    with pytest.raises(Conflict):
        await writing.provider.write(writing.account, calendar, a_copy(revision=1), before)


async def test_two_changes_at_once_end_in_the_later_state(writing: MicrosoftWorld) -> None:
    """Both have read the event before either changes it: the version tells the second one."""
    calendar = await writing.calendar("Work")
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    writing.microsoft.latency_seconds = 0.03

    async with asyncio.TaskGroup() as tasks:
        for revision in (2, 1):
            copy = a_copy(revision=revision)
            tasks.create_task(_write_or_yield(writing, calendar, copy, before))

    assert 412 in [call.status for call in writing.microsoft.named("events.update")]
    found = await writing.provider.look(writing.account, calendar, before)
    assert found is not None
    assert found.span == span(a_copy(revision=2))


async def test_a_change_that_meets_another_looks_again(writing: MicrosoftWorld) -> None:
    calendar, moved = await writing.calendar("Work"), a_copy(revision=1)
    before = await writing.provider.write(writing.account, calendar, a_copy(), None)
    writing.microsoft.faults.add("events.update", Refusal(412, "ErrorIrresolvableConflict"))

    await writing.provider.write(writing.account, calendar, moved, before)

    found = await writing.provider.look(writing.account, calendar, before)
    assert found is not None
    assert found.span == span(moved)
    writing.microsoft.faults.add("events.update", Refusal(412, "ErrorIrresolvableConflict"), 2)
    with pytest.raises(Conflict):
        await writing.provider.write(writing.account, calendar, a_copy(revision=2), found.written)


async def test_a_change_in_a_calendar_that_is_gone_says_so(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Work")
    written = await writing.provider.write(writing.account, calendar, a_copy(), None)
    del writing.owner.calendars[calendar]

    with pytest.raises(Gone):
        await writing.provider.write(writing.account, calendar, a_copy(revision=1), written)
    await writing.provider.remove(writing.account, calendar, written)


async def test_a_copy_that_its_owner_made_is_left_alone(writing: MicrosoftWorld) -> None:
    """Outlook copies everything of an event, our key too."""
    calendar, moved = await writing.calendar("Work"), a_copy(revision=1)
    written = await writing.provider.write(writing.account, calendar, a_copy(), None)
    graph, work = writing.microsoft.graph, writing.owner.calendars[calendar]
    later = {"id": "AAkALg-0=", "iCalUId": "copied", "createdDateTime": "2030-03-02T09:00:00.0000000Z"}
    graph.kept(work, {**work.events[written.event], **later})

    again = await writing.provider.write(writing.account, calendar, moved, None)

    assert again.event == written.event
    assert work.events["AAkALg-0="]["start"] != work.events[written.event]["start"]


async def test_basic_details_alone_have_nothing_written(reading: MicrosoftWorld) -> None:
    calendar = await reading.calendar("Work")

    with pytest.raises(ReconnectNeeded):
        await reading.provider.write(reading.account, calendar, a_copy(), None)

    assert reading.microsoft.named("events.create") == []


async def test_a_calendar_that_cannot_be_edited_is_a_final_no(writing: MicrosoftWorld) -> None:
    calendar = await writing.calendar("Holidays")
    writing.owner.calendars[calendar].can_edit = False

    listed = {each.id: each for each in await writing.provider.calendars(writing.account)}
    assert not listed[calendar].can_write
    with pytest.raises(Rejected):
        await writing.provider.write(writing.account, calendar, a_copy(), None)


async def test_text_is_written_as_text(writing: MicrosoftWorld) -> None:
    calendar, copy = await writing.calendar("Work"), a_copy()
    note = replace(copy.entry, description='Come <a href="https://bad.example">here</a>')

    await writing.provider.write(writing.account, calendar, replace(copy, entry=note), None)

    body = kept(writing, calendar)["body"]
    assert body["contentType"] == "text"
    assert body["content"].endswith("\n\nhttps://parley.example/m/1")
