"""The part of the Store contract about a workspace that has left."""

import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest

from scheduling_core.deliveries import Message
from scheduling_core.meeting import Draft, Hold, Wish
from scheduling_core.ports import Store
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.contracts.store_calendars import a_copy, link_everything
from tests.contracts.store_samples import (
    CARD,
    HOST,
    HOUR,
    NOW,
    TEAM,
    Bench,
    a_delivery,
    a_mail,
    a_meeting,
    a_profile,
    claim,
    known,
    span,
)


class Leaving:
    """Nothing is left of who has left, and nobody else has lost anything."""

    @pytest.mark.parametrize("other", [WorkspaceRef("webhook", "another"), WorkspaceRef("slack", "team")])
    async def test_everything_of_a_workspace_is_forgotten(self, bench: Bench, other: WorkspaceRef) -> None:
        await fill(bench.store, other)
        of_other = bench.rows()
        await fill(bench.store, TEAM)
        of_both = bench.rows()
        # A table that holds nothing of a workspace here would not be looked at: `fill` has to fill it.
        assert [table for table, rows in of_both.items() if len(rows) < 2 * len(of_other[table])] == []
        assert [table for table, rows in of_other.items() if not rows] == []

        async with bench.other.write() as tx:
            gone = await tx.forget_workspace(TEAM)

        assert bench.rows() == of_other
        assert gone == sum(map(len, of_both.values())) - sum(map(len, of_other.values()))

    async def test_who_is_in_another_workspace_too_keeps_their_rules_and_what_is_there(
        self, bench: Bench
    ) -> None:
        one, other, realm = (WorkspaceRef("discord", name) for name in ("one", "other", "@users"))
        people = await meet_in(bench.store, other, realm)
        await bring_own(bench.store, people, f"m-{other}")
        of_other = bench.rows()
        assert not await claim(bench.store, "m-at-once", people[:1], span())
        assert await meet_in(bench.store, one, realm, others=1, start=NOW + HOUR) == people
        async with bench.store.write() as tx:
            await tx.save_copy(a_copy(meeting=f"m-{one}:0", person=people[0], account=f"a-{people[0]}"))

        async with bench.other.write() as tx:
            assert await tx.forget_workspace(one)
        assert bench.rows() == of_other

        async with bench.other.write() as tx:
            assert await tx.forget_workspace(other)
        assert not any(bench.rows().values())

    async def test_who_comes_to_another_workspace_while_one_is_forgotten_stays(self, bench: Bench) -> None:
        one, other, realm = (WorkspaceRef("discord", name) for name in ("one", "other", "@users"))
        people = await meet_in(bench.store, one, realm)
        host = a_profile(PersonRef(realm, "u-1"), "u-1")
        arrives = a_delivery("d-2", actor=host, room=RoomRef(other, "studio"))
        async with asyncio.TaskGroup() as group, bench.store.write() as tx:
            told = await tx.accept(arrives)
            forgetting = group.create_task(forget(bench.other, one))
            is_done, _ = await asyncio.wait([forgetting], timeout=0.3)
            assert not is_done
        assert forgetting.result()
        async with bench.store.read() as reading:
            assert await reading.known(arrives) == told
            assert list(await reading.people(people)) == [people[0]]

    async def test_who_has_spoken_again_is_not_forgotten(self, bench: Bench) -> None:
        await fill(bench.store, TEAM)
        await known(bench.store, a_delivery("d-2"))
        stored = bench.rows()

        async with bench.other.write() as tx:
            assert await tx.forget_workspace(TEAM) == 0

        assert bench.rows() == stored

    async def test_who_speaks_while_being_forgotten_begins_anew(self, bench: Bench) -> None:
        await fill(bench.store, TEAM)
        delivery = a_delivery("d-2")
        async with asyncio.TaskGroup() as group, bench.store.write() as tx:
            assert await tx.forget_workspace(TEAM)
            speaks = group.create_task(known(bench.other, delivery))
            is_done, _ = await asyncio.wait([speaks], timeout=0.3)
            assert not is_done

        told = speaks.result()
        assert [person.ref for person in told.members.values()] == [HOST]
        async with bench.store.read() as reading:
            assert await reading.known(delivery) == told
            assert not await reading.is_stopped(TEAM)


async def forget(store: Store, workspace: WorkspaceRef) -> int:
    """Forget it in a transaction of its own."""
    async with store.write() as tx:
        return await tx.forget_workspace(workspace)


async def fill(store: Store, workspace: WorkspaceRef) -> None:
    """Two of the workspace with something of everything, which then left."""
    people = await meet_in(store, workspace, workspace)
    await bring_own(store, people, f"m-{workspace}")


async def meet_in(
    store: Store, workspace: WorkspaceRef, realm: WorkspaceRef, *, others: int = 0, start: datetime = NOW
) -> tuple[str, str]:
    """Two people of a realm, and others, in a room of the workspace with a meeting, which then left."""
    room = RoomRef(workspace, "studio")
    actor, guest, *rest = (a_profile(PersonRef(realm, f"u-{n}"), f"u-{n}") for n in range(1, 3 + others))
    told = await known(store, a_delivery(actor=actor, members=(actor, guest, *rest), room=room))
    (other,) = (one.id for one in told.members.values() if one.ref == guest.ref)
    people = (told.actor.id, other)
    meeting = a_meeting(f"m-{workspace}", host=people[0], guests=(other,), room=room)
    async with store.write() as tx:
        await tx.save_meeting(meeting)
        hold = Hold(f"h-{workspace}", meeting.id, other, NOW + HOUR, NOW + HOUR, "c-1", room)
        await tx.save_hold(hold)
        assert await tx.claim(hold.id, people, span(start), now=NOW)
        await tx.save_wish(Wish(f"w-{workspace}", meeting.id, other, (NOW,), "", "c-1"))
        await tx.save_draft(Draft(f"t-{workspace}", people[0], room, (other,), None, "", (date(2026, 3, 3),)))
        await tx.save_mail(replace(a_mail(f"mail-{workspace}"), meeting=meeting.id, person=other))
        await tx.save_message(Message(f"c-{workspace}", 1, room, actor.ref, CARD))
        await tx.save_record("installation", str(workspace), "token")
        await tx.note_missed(room, NOW + HOUR)
        await tx.stop_workspace(workspace)
    return people


async def bring_own(store: Store, people: tuple[str, str], meeting: str) -> None:
    """What belongs to two people wherever they are."""
    async with store.write() as tx:
        await link_everything(tx, people[0], meeting)
        await tx.save_record("calendar", people[1], "token")
