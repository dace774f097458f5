"""Somebody told their time and no place: the zone is assumed, and asked about before its clock changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.desk import Desk
from bot.office import Office
from bot.turn import AnswerDesk
from bot.views import setup
from scheduling_core.clocks import next_change, tells_the_place
from scheduling_core.people import Person
from scheduling_core.ports import Job
from scheduling_core.refs import RoomRef, WorkspaceRef

ASSUMED: Final = "zone.assumed"
"""Kind of the record that keeps, by person, the zone that was taken for theirs, until it is confirmed."""
AHEAD: Final = timedelta(days=3)
"""How long before a change it is asked."""


async def assume(
    desk: Desk, person_id: str, zone: str, room: RoomRef, *, after: datetime | None = None
) -> None:
    """Remember what was assumed, and ask before the next change.

    Args:
        room: where the person told their time, and is asked.
        after: the change that they were asked about already.
    """
    change = next_change(zone, after or desk.now)
    if change is None:
        return
    await desk.tx.save_record(ASSUMED, person_id, zone, change + AHEAD)
    args = {"person": person_id, "platform": room.workspace.platform, "workspace": room.workspace.workspace}
    args |= {"room": room.room, "thread": room.thread or ""}
    due = max(change - AHEAD, desk.now)
    await desk.tx.enqueue(Job(f"ask_clock:{person_id}:{int(change.timestamp())}", "ask_clock", args, due=due))


async def take(desk: AnswerDesk, person: Person, zone: str) -> None:
    """The actor chose the clock of *zone* and named no place: assumed, unless their language tells it."""
    if not tells_the_place(person.locale, zone):
        await assume(desk, person.id, zone, desk.turn.room)


async def settle(desk: Desk, person_id: str) -> None:
    """The person has said where their clock is: nothing is assumed any more."""
    await desk.tx.drop_record(ASSUMED, person_id)


async def ask(office: Office, args: Mapping[str, str]) -> None:
    """Ask whether the person's clock changes too; nothing when their zone is known by now."""
    room = RoomRef(WorkspaceRef(args["platform"], args["workspace"]), args["room"], args["thread"] or None)
    async with office.store.write() as tx:
        desk = Desk(office, tx, office.clock())
        zone, person = await tx.record(ASSUMED, args["person"]), await tx.person(args["person"])
        change = next_change(zone, desk.now) if zone else None
        if zone is None or change is None or person is None or person.shown_zone != zone:
            return
        is_near = change - desk.now <= AHEAD
        if is_near:
            await desk.tell(person.ref, room, setup.clock_again(zone, change))
        # Who does not answer, or could not be asked in time, is asked before the next one.
        await assume(desk, person.id, zone, room, after=change if is_near else None)
