"""Looking without changing: help, one's meetings, the home page, the ⋯ menu, the calendar links."""

import base64
from hashlib import sha256

from bot import invites, joining
from bot.handlers.access import booked_meeting, visible_meeting
from bot.turn import AnswerDesk, Turn
from bot.views import menus, picking
from bot.views.meetings import Cast


async def help_(turn: Turn) -> None:
    """`/meet help`."""
    await turn.reply(menus.help_card(turn.command))


async def agenda(turn: Turn) -> None:
    """`/meet list`: my meetings in all rooms, private; those of other workspaces can only be looked at."""
    async with turn.desk() as desk:
        zone = desk.office.rules_of(turn.actor).availability.zone
        await desk.reply(menus.agenda(await _rows(desk), turn.eyes(zone), turn.actor.id))


async def _rows(desk: AnswerDesk) -> menus.Rows:
    reader = desk.turn.actor.id
    meetings = await desk.tx.agenda(reader, desk.now)
    people = await desk.tx.people(sorted({p for m in meetings for p in m.participants}))
    links = [await joining.address(desk.office, desk.tx, m, people[m.host]) for m in meetings]
    here = desk.turn.room.workspace
    return [
        menus.Listed(m, Cast(people, link), m.host == reader, is_elsewhere=m.room.workspace != here)
        for m, link in zip(meetings, links, strict=True)
    ]


async def home(turn: Turn) -> None:
    """The bot's own page was opened: one card that always is the same message."""
    async with turn.desk() as desk:
        rules = desk.office.rules_of(turn.actor)
        eyes = turn.eyes(rules.availability.zone)
        card = menus.home(await _rows(desk), eyes, turn.actor, rules, turn.command)
        await desk.reply(card, standing=_home_id(turn))


def _home_id(turn: Turn) -> str:
    digest = sha256(f"{turn.actor.id}:{turn.room}".encode()).digest()
    return "home" + base64.urlsafe_b64encode(digest[:9]).decode()


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
