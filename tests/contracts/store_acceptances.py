"""The part of the Store contract about deliveries, and the people and rooms they tell of."""

import asyncio
from dataclasses import replace

import pytest

from scheduling_core.actions import Action
from scheduling_core.cards import Card, TextField
from scheduling_core.deliveries import (
    Act,
    Answer,
    Command,
    ForgedPress,
    HomeOpened,
    MembersTold,
    Message,
    Press,
    Said,
)
from scheduling_core.errors import DoneElsewhere
from scheduling_core.people import Person
from scheduling_core.ports import Job, Mismatch, Repeat
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.contracts.store_samples import (
    CARD,
    GUEST,
    HOST,
    HOUR,
    NOW,
    OTHER_ROOM,
    ROOM,
    SECOND,
    TEAM,
    THREAD,
    Bench,
    a_delivery,
    a_meeting,
    a_person,
    a_profile,
    accept,
    known,
)


class Acceptances:
    """Deliveries, people, rooms."""

    async def test_a_new_delivery_makes_its_actor_known(self, bench: Bench) -> None:
        actor = a_profile(zone="Asia/Tokyo", locale="ja", email="host@example.org")

        told = await known(bench.store, a_delivery(actor=actor))

        assert told.is_member
        assert told.members == {told.actor.id: told.actor}
        assert told.actor == Person(told.actor.id, HOST, "Host", "Asia/Tokyo", "ja", "host@example.org")
        async with bench.other.read() as reading:
            assert await reading.person(told.actor.id) == told.actor

    async def test_a_person_keeps_their_id(self, bench: Bench) -> None:
        first = await known(bench.store, a_delivery("d-1"))
        second = await known(bench.other, a_delivery("d-2", room=OTHER_ROOM))

        assert first.actor.id == second.actor.id

    async def test_what_is_not_told_is_not_forgotten_and_the_latest_counts(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1", actor=a_profile(zone="Asia/Tokyo", email="a@example.org")))
        told = await known(bench.store, a_delivery("d-2", actor=a_profile(name="New", zone="Europe/Rome")))

        assert (told.actor.name, told.actor.zone, told.actor.email) == (
            "New",
            "Europe/Rome",
            "a@example.org",
        )

    async def test_a_delivery_keeps_what_the_person_has_set(self, bench: Bench) -> None:
        person = a_person()
        async with bench.store.write() as tx:
            await tx.save_person(person)

        told = await known(bench.store, a_delivery(actor=a_profile(name="Renamed")))

        assert told.actor == replace(person, name="Renamed")

    async def test_a_repeat_has_no_answer_before_the_end_and_then_the_same(self, bench: Bench) -> None:
        delivery = a_delivery()
        form = Message("f-1", 1, THREAD, HOST, Card((TextField("email", "Mail", "host@example.org"),)))
        answer = Answer((form, Message("f-2", 2, ROOM, None, None)))
        await known(bench.store, delivery)
        assert await accept(bench.other, delivery) == Repeat(None)

        async with bench.store.write() as tx:
            await tx.finish(delivery, answer)

        assert await accept(bench.other, delivery) == Repeat(answer)

    async def test_the_same_id_with_another_content_is_a_mismatch(self, bench: Bench) -> None:
        await known(bench.store, a_delivery(digest="one"))

        assert await accept(bench.store, a_delivery(digest="two")) == Mismatch()

    async def test_ids_belong_to_their_workspace(self, bench: Bench) -> None:
        elsewhere = WorkspaceRef("webhook", "another")
        await known(bench.store, a_delivery())
        actor = a_profile(PersonRef(elsewhere, "u-1"))

        await known(bench.store, a_delivery(room=RoomRef(elsewhere, "studio"), actor=actor))

    async def test_of_two_at_once_one_is_new(self, bench: Bench) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(accept(s, a_delivery())) for s in (bench.store, bench.other) * 3]

        assert sorted(type(task.result()).__name__ for task in tasks) == ["Known"] + ["Repeat"] * 5

    async def test_the_first_delivery_after_something_was_missed_sets_going_what_makes_up_for_it(
        self, bench: Bench
    ) -> None:
        async def accepted(delivery_id: str, room: RoomRef = ROOM) -> list[str]:
            job = Job(f"after-{delivery_id}", "catch_up")
            await bench.other.accept(a_delivery(delivery_id, room=room), job)
            return list(bench.enqueued())

        async with bench.store.write() as tx:
            await tx.note_missed(THREAD, NOW + HOUR)
        assert await accepted("d-1", RoomRef(ROOM.workspace, "another")) == []
        assert await accepted("d-2") == await accepted("d-2") == await accepted("d-3") == ["after-d-2"]

        async with bench.store.write() as tx:
            await tx.stop_workspace(ROOM.workspace)
        assert await accepted("d-4") == await accepted("d-5") == ["after-d-2", "after-d-4"]

    async def test_what_a_workspace_has_not_at_its_revision_is_unshown(self, bench: Bench) -> None:
        other = RoomRef(WorkspaceRef("webhook", "elsewhere"), "studio")
        shown, changed, new, gone = (Message(each, 2, ROOM, None, CARD) for each in ("a", "b", "c", "d"))
        async with bench.store.write() as tx:
            await tx.save_message(new)
            await tx.save_message(shown, revision_shown=2)
            await tx.save_message(changed, revision_shown=1)
            await tx.save_message(replace(gone, card=None))
            await tx.save_message(replace(new, id="e", room=other))
        async with bench.other.read() as reading:
            assert await reading.unshown(ROOM.workspace) == [new, changed]

    async def test_the_meeting_of_a_card_is_found(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.save_meeting(a_meeting())
        async with bench.other.read() as reading:
            assert await reading.meeting_of_card("c-1") == a_meeting()
            assert await reading.meeting_of_card("c-9") is None

    async def test_finishing_twice_is_once_too_often(self, bench: Bench) -> None:
        await known(bench.store, a_delivery())
        async with bench.store.write() as tx:
            await tx.finish(a_delivery(), Answer())

        async def finish_again() -> None:
            async with bench.other.write() as tx:
                await tx.enqueue(Job("again", "mail"))
                await tx.finish(a_delivery(), Answer())

        with pytest.raises(DoneElsewhere):
            await finish_again()

        assert bench.enqueued() == []

    @pytest.mark.parametrize(
        "act",
        [
            Command("/meet"),
            Press("c-1", Action("pick", ("m-1", "2")), {"note": "after host@example.org"}),
            ForgedPress("c-1"),
            Said("2"),
            Said("2", "c-1"),
            MembersTold(),
            HomeOpened(),
        ],
    )
    async def test_what_is_not_finished_comes_back_whole(self, bench: Bench, act: Act) -> None:
        members = (a_profile(), a_profile(GUEST, "Guest", email="guest@example.org"))
        delivery = replace(a_delivery(act=act, members=members, room=THREAD), path="https://way.example/1")
        await known(bench.store, delivery)

        async with bench.other.read() as reading:
            assert await reading.pending_deliveries(NOW + HOUR) == [delivery]
            assert await reading.pending_deliveries(NOW) == []

    async def test_what_is_finished_is_not_pending(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1"))
        await known(bench.store, a_delivery("d-2", received_at=NOW - HOUR))
        await known(bench.store, a_delivery("d-3"))
        async with bench.store.write() as tx:
            await tx.finish(a_delivery("d-1"), Answer())

        async with bench.store.read() as reading:
            pending = await reading.pending_deliveries(NOW + HOUR)
        assert [delivery.id for delivery in pending] == ["d-2", "d-3"]

    async def test_a_list_of_members_replaces_what_was_known(self, bench: Bench) -> None:
        host, guest, second = a_profile(), a_profile(GUEST, "Guest"), a_profile(SECOND, "Second guest")
        await known(bench.store, a_delivery("d-1", members=(host, guest)))
        told = await known(bench.store, a_delivery("d-2", members=(host, second), room=THREAD))

        assert {p.ref for p in told.members.values()} == {HOST, SECOND}
        async with bench.store.read() as reading:
            assert await reading.members(THREAD) == await reading.members(ROOM) == told.members
            assert await reading.members(OTHER_ROOM) == {}

    async def test_who_is_not_on_the_whole_list_is_no_member(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1", members=(a_profile(GUEST, "Guest"),)))

        outside = await known(bench.store, a_delivery("d-2"))
        inside = await known(bench.store, a_delivery("d-3", actor=a_profile(GUEST, "Guest")))

        assert not outside.is_member
        assert inside.is_member
        assert {p.ref for p in outside.members.values()} == {GUEST}

    async def test_without_a_list_everybody_who_acts_becomes_a_member(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1"))
        told = await known(bench.store, a_delivery("d-2", actor=a_profile(GUEST, "Guest")))

        assert {p.ref for p in told.members.values()} == {HOST, GUEST}

    async def test_those_who_are_named_are_in_the_room_too(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1", people=(a_profile(GUEST, "Guest", zone="Asia/Tokyo"),)))
        told = await known(bench.store, a_delivery("d-2", people=(a_profile(SECOND, "Second guest"),)))

        assert {(p.ref, p.name, p.zone) for p in told.members.values()} == {
            (HOST, "Host", None),
            (GUEST, "Guest", "Asia/Tokyo"),
            (SECOND, "Second guest", None),
        }
        async with bench.other.read() as reading:
            assert await reading.members(ROOM) == told.members

    async def test_who_is_named_without_a_name_keeps_the_one_they_had(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1", people=(a_profile(GUEST, "Guest"),)))
        nameless = a_profile(GUEST, "", locale="ja")
        told = await known(bench.store, a_delivery("d-2", people=(nameless,)))

        assert {(p.name, p.locale) for p in told.members.values()} == {("Host", None), ("Guest", "ja")}

    async def test_who_is_named_joins_a_room_whose_list_is_known(self, bench: Bench) -> None:
        await known(bench.store, a_delivery("d-1", members=(a_profile(GUEST, "Guest"),)))
        told = await known(bench.store, a_delivery("d-2", people=(a_profile(SECOND, "Second guest"),)))

        assert not told.is_member
        assert {p.ref for p in told.members.values()} == {GUEST, SECOND}

    async def test_next_to_a_whole_list_nobody_is_added(self, bench: Bench) -> None:
        whole = a_delivery(members=(a_profile(),), people=(a_profile(GUEST, "Guest"),))

        assert {p.ref for p in (await known(bench.store, whole)).members.values()} == {HOST}

    async def test_who_the_platform_does_not_admit_is_no_member(self, bench: Bench) -> None:
        delivery = a_delivery("d-1", people=(a_profile(GUEST, "Guest"),), admits_actor=False)
        told = await known(bench.store, delivery)

        assert not told.is_member
        assert {p.ref for p in told.members.values()} == {GUEST}
        async with bench.other.read() as reading:
            assert await reading.known(delivery) == told

    async def test_who_has_left_the_room_is_no_member_any_more(self, bench: Bench) -> None:
        assert (await known(bench.store, a_delivery("d-1"))).is_member
        assert not (await known(bench.store, a_delivery("d-2", admits_actor=False))).is_member

        async with bench.other.read() as reading:
            assert await reading.members(ROOM) == {}

    async def test_who_acted_is_known_again_after_a_restart(self, bench: Bench) -> None:
        delivery = a_delivery(members=(a_profile(), a_profile(GUEST, "Guest")))
        first = await known(bench.store, delivery)

        async with bench.other.read() as reading:
            assert await reading.known(delivery) == first

    async def test_a_large_room_fits(self, bench: Bench) -> None:
        everybody = tuple(a_profile(PersonRef(TEAM, f"u-{n}"), f"Guest {n}") for n in range(1200))

        told = await known(bench.store, a_delivery(members=everybody))

        assert len(told.members) == 1200

    async def test_a_stopped_workspace_comes_back_when_it_speaks(self, bench: Bench) -> None:
        async with bench.store.write() as tx:
            await tx.stop_workspace(TEAM)
            await tx.stop_workspace(TEAM)
        async with bench.other.read() as reading:
            assert await reading.is_stopped(TEAM)
            assert not await reading.is_stopped(WorkspaceRef("webhook", "another"))

        await known(bench.store, a_delivery())

        async with bench.other.read() as reading:
            assert not await reading.is_stopped(TEAM)
