"""Looking without changing: help, one's meetings, the ⋯ menu, the calendar links."""

from bot import invites
from bot.handlers.access import booked_meeting, visible_meeting
from bot.turn import Turn
from bot.views import menus, picking
from bot.views.meetings import Cast


async def help_(turn: Turn) -> None:
    """`/meet help`."""
    await turn.reply(menus.help_card(turn.office.settings.conversation.command))


async def agenda(turn: Turn) -> None:
    """`/meet list`: my meetings in all rooms, private."""
    async with turn.desk() as desk:
        meetings = await desk.tx.agenda(turn.actor.id, desk.now)
        people = await desk.tx.people(sorted({p for m in meetings for p in m.participants}))
        rows = [
            (m, Cast(people, desk.office.links.join(m, people[m.host])), m.host == turn.actor.id)
            for m in meetings
        ]
        zone = desk.office.rules_of(turn.actor).availability.zone
        await desk.reply(menus.agenda(rows, turn.eyes(zone), turn.actor.id))


async def menu(turn: Turn, meeting_id: str) -> None:
    """⋯ on a public card."""
    async with turn.desk() as desk:
        meeting = await visible_meeting(desk, meeting_id)
        await desk.reply(menus.menu(meeting, is_host=meeting.host == turn.actor.id))


async def add(turn: Turn, meeting_id: str) -> None:
    """*Add to calendar*: links that are the actor's alone."""
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        cast = await desk.cast(meeting)
        card = picking.add_to_calendar(invites.links(desk.office, meeting, cast, turn.actor))
        await desk.reply(card, about=meeting.id)
