"""The part of the Store contract about what is saved and comes back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling_core.deliveries import Answer, Message
from scheduling_core.errors import Conflict
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import Trouble
from scheduling_core.meeting import Draft, Hold, Phase, Undo, Wish
from scheduling_core.people import Person
from scheduling_core.ports import Known, Shown
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.contracts.store_calendars import an_account, link_everything
from tests.contracts.store_samples import (
    CARD,
    GUEST,
    HOST,
    HOUR,
    NOW,
    OTHER_ROOM,
    ROOM,
    THREAD,
    Bench,
    a_delivery,
    a_mail,
    a_meeting,
    a_person,
    booked,
)


class Records:
    """Everything that is saved comes back."""

    async def test_people_come_back(self, bench: Bench) -> None:
        person, plain = a_person(), Person("p-2", GUEST, "Guest")
        async with bench.store.write() as tx:
            await tx.save_person(person)
            await tx.save_person(plain)
            await tx.save_person(person)

        async with bench.other.read() as reading:
            assert await reading.person("p-1") == person
            assert await reading.people(["p-2", "p-1", "p-9"]) == {"p-1": person, "p-2": plain}
            assert await reading.people([]) == {}

    async def test_a_meeting_comes_back(self, bench: Bench) -> None:
        undo = Undo("p-2", NOW + timedelta(minutes=1), NOW)
        meeting = booked("m-2", NOW + HOUR, undo=undo, sequence=3, round=2, revision=7, anyone=True)
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting())
            await tx.save_meeting(meeting)

        async with bench.other.read() as reading:
            assert await reading.meeting("m-1") == a_meeting()
            assert await reading.meeting("m-2") == meeting
            assert await reading.meeting("m-9") is None

    async def test_whoever_is_slower_learns_it(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting(revision=2, title="first"))

        for revision in (1, 2):
            with pytest.raises(Conflict):
                async with bench.other.write() as tx:
                    await tx.save_meeting(a_meeting(revision=revision, title="second"))
        async with bench.other.write() as tx:
            await tx.save_meeting(a_meeting(revision=3, title="third"))

        async with bench.store.read() as reading:
            assert await reading.meeting("m-1") == a_meeting(revision=3, title="third")

    async def test_open_invitations_of_host_and_guests(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting("m-1"))
            await tx.save_meeting(a_meeting("m-2", host="p-3", guests=("p-1",)))
            await tx.save_meeting(a_meeting("m-3", host="p-3", guests=("p-4",)))
            await tx.save_meeting(booked("m-4", NOW))
            await tx.save_meeting(a_meeting("m-5", phase=Phase.EXPIRED))

        async with bench.store.read() as reading:
            assert {m.id for m in await reading.open_invitations(["p-1", "p-2"])} == {"m-1", "m-2"}
            assert {m.id for m in await reading.open_invitations(["p-2"])} == {"m-1"}
            assert await reading.open_invitations([]) == []

    async def test_a_guest_who_is_no_longer_named_is_not_invited(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting())
            await tx.save_meeting(a_meeting(guests=("p-3",), revision=2))
            assert await tx.open_invitations(["p-2"]) == []
            assert len(await tx.open_invitations(["p-3"])) == 1

    async def test_a_reopened_meeting_is_an_invitation_again(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting(phase=Phase.CANCELLED))
            assert await tx.open_invitations(["p-2"]) == []
            await tx.save_meeting(a_meeting(revision=2))
            assert len(await tx.open_invitations(["p-2"])) == 1

    async def test_the_agenda_is_sorted_and_has_no_past(self, bench: Bench) -> None:
        length = timedelta(minutes=25)
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting("open", host="p-2", guests=("p-1",)))
            await tx.save_meeting(booked("later", NOW + 2 * HOUR))
            await tx.save_meeting(booked("now", NOW - length / 2, room=OTHER_ROOM))
            await tx.save_meeting(booked("over", NOW - length))
            await tx.save_meeting(booked("not mine", NOW, host="p-3"))
            await tx.save_meeting(a_meeting("off", phase=Phase.CANCELLED, start=NOW))

        async with bench.store.read() as reading:
            assert [m.id for m in await reading.agenda("p-1", NOW)] == ["now", "later", "open"]

    async def test_one_draft_per_host_and_room(self, bench: Bench) -> None:
        first = Draft("t-1", "p-1", ROOM, ("p-2",), None, "", ())
        second = Draft("t-2", "p-1", THREAD, (), HOUR, "Logo", (date(2026, 3, 3),))
        elsewhere = Draft("t-3", "p-1", OTHER_ROOM, (), HOUR, "", ())
        async with bench.store.write() as tx:
            for draft in (first, replace(first, title="changed"), elsewhere, second):
                await tx.save_draft(draft)

        async with bench.store.read() as reading:
            assert await reading.draft("p-1", ROOM) == second
            assert await reading.draft_by_id("t-1") is None
            assert await reading.draft_by_id("t-2") == second
            assert await reading.draft("p-1", OTHER_ROOM) == elsewhere
            assert await reading.draft("p-2", ROOM) is None

        async with bench.store.write() as tx:
            await tx.drop_draft("p-1", ROOM)
            assert await tx.draft("p-1", ROOM) is None

    async def test_holds_newest_first_and_none_that_is_over(self, bench: Bench) -> None:
        until = NOW + timedelta(minutes=5)
        first = Hold("h-1", "m-1", "p-2", NOW + HOUR, until + HOUR, "c-1", THREAD)
        second = Hold("h-2", "m-2", "p-2", NOW + HOUR, until, "c-2", ROOM)
        async with bench.store.write() as tx:
            await tx.save_hold(first)
            await tx.save_hold(second)
            await tx.save_hold(replace(first, message_id="c-3"))
            await tx.save_hold(replace(second, id="h-3", room=OTHER_ROOM))
            await tx.save_hold(replace(second, id="h-4", guest="p-3"))
            first = replace(first, message_id="c-3")

        async with bench.store.read() as reading:
            assert await reading.hold("h-1") == first
            assert await reading.holds("p-2", ROOM, NOW) == [second, first]
            assert await reading.holds("p-2", ROOM, until) == [first]
            assert await reading.meeting_holds("m-1") == [first]
            assert {hold.id for hold in await reading.meeting_holds("m-2")} == {"h-2", "h-3", "h-4"}
        async with bench.store.write() as tx:
            await tx.drop_hold("h-1")
            assert await tx.hold("h-1") is None

    async def test_a_wish_comes_back_until_it_is_dropped(self, bench: Bench) -> None:
        wish = Wish("w-1", "m-1", "p-2", (NOW, NOW + HOUR), "mornings, please", "x-1")
        async with bench.store.write() as tx:
            await tx.save_wish(wish)
            await tx.save_wish(wish)
            await tx.save_wish(replace(wish, id="w-2", meeting="m-2"))
            assert await tx.wish("w-1") == wish
            assert await tx.meeting_wishes("m-1") == [wish]
            await tx.drop_wish("w-1")
            assert await tx.wish("w-1") is None
            assert await tx.meeting_wishes("m-1") == []

    async def test_wishes_wait_for_the_host_of_an_open_invitation(self, bench: Bench) -> None:
        asked = [Wish(f"w-{n}", f"m-{n}", "p-2", (NOW,), "", f"x-{n}") for n in (1, 2, 3)]
        meeting = a_meeting("m-1")
        async with bench.store.write() as tx:
            await tx.save_meeting(meeting)
            await tx.save_meeting(replace(meeting, id="m-2", message_id="c-2", phase=Phase.WITHDRAWN))
            for wish in asked:
                await tx.save_wish(wish)
            assert await tx.open_wishes(meeting.host) == asked[:1]
            assert await tx.open_wishes("p-2") == []

    async def test_what_is_over_is_forgotten_and_what_is_not_stays(self, bench: Bench) -> None:
        over = booked("m-2", NOW, message_id="c-2")
        async with bench.store.write() as tx:
            await tx.accept(a_delivery("answered"))
            await tx.finish(a_delivery("answered"), Answer())
            await tx.accept(a_delivery("pending"))
            await tx.save_meeting(a_meeting("m-1"))
            await tx.save_meeting(over)
            await tx.save_meeting(replace(over, phase=Phase.ENDED, revision=2))
            await tx.save_hold(Hold("h-1", "m-1", "p-2", NOW, NOW + HOUR, "x-1", ROOM))
            assert await tx.claim("m-2", ["p-1"], Interval(NOW, NOW + HOUR), now=NOW)
            await tx.save_mail(replace(a_mail("mail-2"), meeting="m-2"))
            await tx.mark_mail("mail-2", "sent")
            for name in ("c-1", "c-2", "x-1"):
                await tx.save_message(Message(name, 1, ROOM, None, CARD))

        async with bench.store.write() as tx:
            assert await tx.forget(NOW) == 0
            await tx.forget(datetime.now(UTC) + timedelta(days=1))

        async with bench.other.read() as reading:
            assert await reading.meeting("m-1") == a_meeting("m-1")
            assert await reading.message("c-1") is not None
            assert [d.id for d in await reading.pending_deliveries(NOW + HOUR)] == ["pending"]
            assert await reading.meeting("m-2") is None
            assert await reading.message("c-2") is None
            assert await reading.message("x-1") is None
            assert await reading.mail("mail-2") is None
            assert await reading.hold("h-1") is None
            assert await reading.taken(["p-1"], Interval(NOW, NOW + HOUR), NOW) == {"p-1": []}
        async with bench.store.write() as tx:
            assert isinstance(await tx.accept(a_delivery("answered")), Known)

    async def test_drafts_last_touched_long_ago_are_forgotten(self, bench: Bench) -> None:
        draft = Draft("t-1", "p-1", ROOM, ("p-2",), None, "", ())
        async with bench.store.write() as tx:
            await tx.save_draft(draft)
            assert await tx.forget(datetime.now(UTC) - timedelta(days=1)) == 0
            assert await tx.draft_by_id("t-1") == draft
            assert await tx.forget(datetime.now(UTC) + timedelta(days=1)) == 1
            assert await tx.draft_by_id("t-1") is None

    async def test_what_an_operator_watches_is_counted(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.accept(a_delivery())
            await tx.save_meeting(a_meeting("m-1"))
            await tx.save_meeting(booked("m-2", NOW + HOUR))
            for name in ("mail-1", "mail-2", "mail-3"):
                await tx.save_mail(a_mail(name))
            await tx.mark_mail("mail-2", "sent")
            await tx.mark_mail("mail-3", "550 no such user")
            await link_everything(tx, "p-1", "m-1")
            await tx.save_account(an_account("a-2", trouble=Trouble(NOW, "It is away.", False)), "token-1")

        async with bench.other.read() as reading:
            counts = await reading.counts()
        assert counts.meetings == {"inviting": 1, "confirmed": 1}
        assert counts.mails == {"waiting": 1, "sent": 1, "refused": 1}
        assert counts.deliveries_pending == 1
        assert counts.calendars_unreadable == 1

    async def test_a_mail_is_forgotten_when_it_has_an_outcome(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_mail(a_mail())
        async with bench.other.read() as reading:
            assert await reading.mail("mail-1") == a_mail()

        async with bench.store.write() as tx:
            await tx.mark_mail("mail-1", "sent")
            await tx.save_mail(a_mail())

        async with bench.other.read() as reading:
            kept = await reading.mail("mail-1")
        assert kept is not None
        assert kept.outcome == "sent"
        assert (kept.mail.subject, kept.mail.text, kept.mail.html, kept.mail.invite) == ("", "", "", None)
        assert kept.mail.message_id == a_mail().mail.message_id


class Messages:
    """What stands in a room."""

    async def test_a_message_keeps_its_highest_revision(self, bench: Bench) -> None:
        message = Message("c-1", 2, THREAD, HOST, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(message, revision_shown=2)
            await tx.save_message(replace(message, revision=1, card=None))
            assert await tx.message("c-1") == Shown(message, 2, None)
            await tx.save_message(replace(message, revision=3, card=None))
            assert await tx.message("c-1") == Shown(replace(message, revision=3, card=None), 2, None)
            assert await tx.message("c-9") is None

    async def test_what_the_platform_has_never_goes_back(self, bench: Bench) -> None:
        message = Message("c-1", 3, ROOM, None, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(message)
            await tx.mark_shown("c-1", 2, "ts-2")
            await tx.mark_shown("c-1", 1, "ts-1")
            assert await tx.message("c-1") == Shown(message, 2, "ts-2")

    async def test_a_message_is_found_by_what_the_platform_calls_it(self, bench: Bench) -> None:
        elsewhere = WorkspaceRef(ROOM.workspace.platform, "elsewhere")
        async with bench.store.write() as tx:
            await tx.save_message(Message("c-1", 1, ROOM, None, CARD))
            await tx.mark_shown("c-1", 0, "")
            assert await tx.message("c-1") == Shown(Message("c-1", 1, ROOM, None, CARD), 0, "")
            await tx.mark_shown("c-1", 1, "ts-1")
            assert await tx.message_shown_as(ROOM.workspace, "ts-1") == "c-1"
            assert await tx.message_shown_as(ROOM.workspace, "ts-2") is None
            assert await tx.message_shown_as(elsewhere, "ts-1") is None

    async def test_what_one_reader_is_shown_in_one_place_is_found_the_latest_first(
        self, bench: Bench
    ) -> None:
        reader, other = PersonRef(ROOM.workspace, "u-1"), PersonRef(ROOM.workspace, "u-2")
        shown = [
            *(("m-1", ROOM, reader, "dm_1:11"), ("m-2", OTHER_ROOM, reader, "dm_1:12")),
            *(
                ("m-3", ROOM, reader, "dmx1:13"),
                ("m-4", ROOM, other, "dm_1:14"),
                ("m-5", ROOM, None, "dm_1:15"),
            ),
        ]
        async with bench.store.write() as tx:
            for name, room, audience, shown_as in shown:
                await tx.save_message(Message(name, 1, room, audience, CARD))
                await tx.mark_shown(name, 1, shown_as)
            assert [one.id for one in await tx.shown_privately(reader, "dm_1:", 9)] == ["m-2", "m-1"]
            assert [one.id for one in await tx.shown_privately(reader, "dm_1:", 1)] == ["m-2"]
            await tx.save_message(Message("m-2", 2, OTHER_ROOM, reader, None))
            assert [one.id for one in await tx.shown_privately(reader, "dm_1:", 9)] == ["m-1"]

    async def test_the_way_back_to_a_reader_stays_until_a_new_one_comes(self, bench: Bench) -> None:
        message = Message("c-1", 1, ROOM, HOST, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(message, path="https://way.example/1")
            await tx.save_message(replace(message, revision=2))
            assert await tx.message("c-1") == Shown(
                replace(message, revision=2), 0, None, "https://way.example/1"
            )
            await tx.save_message(replace(message, revision=3), path="https://way.example/2")
            await tx.save_message(replace(message, revision=2), path="https://way.example/1")
        assert await path_of(bench, "c-1") == "https://way.example/2"

        async with bench.store.write() as tx:
            await tx.save_message(replace(message, revision=4), path="")
        assert await path_of(bench, "c-1") == ""

    async def test_the_way_back_is_forgotten_when_the_message_is_gone(self, bench: Bench) -> None:
        message = Message("c-1", 1, ROOM, HOST, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(message, path="https://way.example/1")
            await tx.mark_shown("c-1", 1, None)
            await tx.save_message(replace(message, revision=2, card=None))
            await tx.mark_shown("c-1", 1, None)
        assert await path_of(bench, "c-1") == "https://way.example/1"

        async with bench.store.write() as tx:
            await tx.mark_shown("c-1", 2, None)
        assert await path_of(bench, "c-1") == ""

    async def test_a_reader_finds_their_own_and_the_public_ones_newest_first(self, bench: Bench) -> None:
        public = Message("c-1", 1, THREAD, None, CARD)
        mine = Message("c-2", 1, ROOM, HOST, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(public)
            await tx.save_message(mine)
            await tx.save_message(Message("c-3", 1, ROOM, GUEST, CARD))
            await tx.save_message(Message("c-4", 1, OTHER_ROOM, None, CARD))
        async with bench.store.read() as reading:
            assert await reading.recent_messages(ROOM, HOST, 9) == [mine, public]

        changed = replace(public, revision=2)
        async with bench.store.write() as tx:
            await tx.save_message(changed)
            assert await tx.recent_messages(ROOM, HOST, 9) == [mine, changed]
            assert await tx.recent_messages(THREAD, HOST, 1) == [mine]

    async def test_only_what_is_saved_as_the_newest_or_comes_back_is_newer(self, bench: Bench) -> None:
        first, second = (Message(name, 1, ROOM, HOST, CARD) for name in ("c-1", "c-2"))
        async with bench.store.write() as tx:
            await tx.save_message(first)
            await tx.save_message(second)
            asked = replace(first, revision=2)
            await tx.save_message(asked, is_newest=True)
            assert await tx.recent_messages(ROOM, HOST, 9) == [asked, second]
            await tx.save_message(first, is_newest=True)
            await tx.save_message(replace(second, revision=2, card=None), is_newest=True)
            assert await tx.recent_messages(ROOM, HOST, 9) == [asked]
            back = replace(second, revision=3)
            await tx.save_message(back)
            assert await tx.recent_messages(ROOM, HOST, 9) == [back, asked]

    async def test_what_is_posted_anew_is_newer_and_what_is_shown_where_it_was_is_not(
        self, bench: Bench
    ) -> None:
        first, second = (Message(name, 1, ROOM, None, CARD) for name in ("c-1", "c-2"))
        async with bench.store.write() as tx:
            await tx.save_message(first)
            await tx.save_message(second)
            for shown_as in (None, "", "ts-1", "ts-1", None, "ts-1"):
                await tx.mark_shown("c-1", 1, shown_as)
                assert await tx.recent_messages(ROOM, HOST, 9) == [second, first]
            await tx.mark_shown("c-1", 1, "ts-3")
            assert await tx.recent_messages(ROOM, HOST, 9) == [first, second]
            await tx.save_message(Message("c-9", 1, OTHER_ROOM, None, CARD))
            await tx.mark_shown("c-2", 1, "ts-2")
            await tx.mark_shown("c-2", 1, "ts-4")
            assert await tx.recent_messages(ROOM, HOST, 9) == [second, first]

    async def test_a_reader_may_be_of_a_realm_wider_than_the_rooms_workspace(self, bench: Bench) -> None:
        room = RoomRef(WorkspaceRef("discord", "server"), "studio")
        reader = PersonRef(WorkspaceRef("discord", "@users"), "u-1")
        mine = Message("c-1", 1, room, reader, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(mine)
            assert await tx.recent_messages(room, reader, 9) == [mine]
            assert await tx.recent_messages(room, PersonRef(room.workspace, "u-1"), 9) == []
        with pytest.raises(ValueError, match="cannot be reached"):
            async with bench.store.write() as tx:
                await tx.save_message(Message("c-2", 1, ROOM, reader, CARD))

    async def test_private_messages_about_a_meeting_are_found_until_they_are_not(self, bench: Bench) -> None:
        mine = Message("c-1", 1, THREAD, HOST, CARD)
        theirs = Message("c-2", 1, OTHER_ROOM, GUEST, CARD)
        async with bench.store.write() as tx:
            await tx.save_message(mine, about="m-1")
            await tx.save_message(theirs, revision_shown=1, about="m-1")
            await tx.save_message(Message("c-3", 1, ROOM, None, CARD), about="m-1")
            await tx.save_message(Message("c-4", 1, ROOM, HOST, CARD), about="m-2")
            await tx.save_message(Message("c-5", 1, ROOM, HOST, CARD))
        async with bench.other.read() as reading:
            assert await reading.messages_about("m-1") == [mine, theirs]
            assert await reading.messages_about("m-9") == []

        async with bench.store.write() as tx:
            await tx.save_message(replace(mine, revision=2, card=None), about="m-1")
            assert await tx.messages_about("m-1") == [theirs]
            await tx.save_message(replace(theirs, revision=2))
            assert await tx.messages_about("m-1") == []


async def path_of(bench: Bench, message_id: str) -> str:
    """The way back that is kept with a message, as another process sees it."""
    async with bench.other.read() as reading:
        shown = await reading.message(message_id)
    assert shown is not None
    return shown.path
