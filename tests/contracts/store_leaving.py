"""The part of the Store contract about a workspace that has left."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from scheduling_core.deliveries import Message
from scheduling_core.meeting import Draft, Hold, Wish
from scheduling_core.ports import Store
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.contracts.store_calendars import link_everything
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


async def fill(store: Store, workspace: WorkspaceRef) -> None:
    """Two of the workspace with something of everything, which then left."""
    room = RoomRef(workspace, "studio")
    actor, guest = (a_profile(PersonRef(workspace, account), account) for account in ("u-1", "u-2"))
    told = await known(store, a_delivery(actor=actor, members=(actor, guest), room=room))
    (other,) = told.members.keys() - {told.actor.id}
    people = (told.actor.id, other)
    meeting = a_meeting(f"m-{workspace}", host=people[0], guests=(other,), room=room)
    async with store.write() as tx:
        await tx.save_meeting(meeting)
        hold = Hold(f"h-{workspace}", meeting.id, other, NOW + HOUR, NOW + HOUR, "c-1", room)
        await tx.save_hold(hold)
        assert await tx.claim(hold.id, people, span(), now=NOW)
        await tx.save_wish(Wish(f"w-{workspace}", meeting.id, other, (NOW,), "", "c-1"))
        await tx.save_draft(Draft(f"t-{workspace}", people[0], room, (other,), None, "", (date(2026, 3, 3),)))
        await tx.save_mail(replace(a_mail(f"mail-{workspace}"), meeting=meeting.id, person=other))
        await link_everything(tx, people[0], meeting.id)
        await tx.save_message(Message(f"c-{workspace}", 1, room, actor.ref, CARD))
        await tx.save_record("installation", str(workspace), "token")
        await tx.save_record("calendar", other, "token")
        await tx.note_missed(room, NOW + HOUR)
        await tx.stop_workspace(workspace)
