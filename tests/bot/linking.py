"""Calendars of people in the town, linked without going through the pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.town import Member, Town

HOUR = timedelta(hours=1)


async def person(town: Town, member: Member) -> Person:
    """Who a member is to the bot."""
    async with town.office.store.read() as reading:
        everybody = await reading.members(RoomRef(WorkspaceRef("webhook", member.tenant), member.room))
    ref = PersonRef(WorkspaceRef("webhook", member.tenant), member.id)
    return next(each for each in everybody.values() if each.ref == ref)


async def link(town: Town, member: Member, *calendars: str, target: str = "") -> LinkedAccount:
    """An account of the member's with these calendars, all of which count; named after the first."""
    name, owner = f"{calendars[0]}@calendars.example", await person(town, member)
    town.calendars.add(name, *calendars)
    linked = tuple(LinkedCalendar(each, counts=True) for each in town.calendars.accounts[name])
    room = RoomRef(WorkspaceRef("webhook", member.tenant), member.room)
    account = LinkedAccount(
        f"a-{calendars[0]}", owner.id, "fake", name, name, room, linked, target, grant=f"grant of {name}"
    )
    async with town.office.store.write() as tx:
        await tx.save_account(account, name)
    return account


def busy(town: Town, calendar: str, *spans: tuple[datetime, float]) -> None:
    """Events of somebody's own: starts and hours."""
    taken: Sequence[Interval] = [Interval(start, start + hours * HOUR) for start, hours in spans]
    town.calendars.busy.setdefault(calendar, []).extend(taken)
