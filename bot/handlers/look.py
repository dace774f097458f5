"""Looking without changing: help, one's meetings, the home page, the ⋯ menu, the calendar links."""

import base64
from hashlib import sha256

from bot import copies, invites, joining
from bot.handlers.access import booked_meeting, visible_meeting
from bot.turn import AnswerDesk, Turn
from bot.views import agenda as views
from bot.views import menus, picking
from bot.views.meetings import Cast


async def help_(turn: Turn) -> None:
    """`/meet help`."""
    await turn.reply(menus.help_card(turn.usage))


async def agenda(turn: Turn, since: str = "") -> None:
    """`/meet list`: what waits for me and my meetings in all rooms, private; what is of other workspaces can
    only be looked at.

    Args:
        since: the entry a further page begins with.
    """
    async with turn.desk() as desk:
        zone = desk.office.rules_of(turn.actor).availability.zone
        await desk.reply(views.agenda(await _rows(desk), turn.eyes(zone), turn.actor.id, since))


async def _rows(desk: AnswerDesk) -> views.Rows:
    reader, here = desk.turn.actor.id, desk.turn.room.workspace
    meetings = {meeting.id: meeting for meeting in await desk.tx.agenda(reader, desk.now)}
    wishes = [wish for wish in await desk.tx.open_wishes(reader) if wish.meeting in meetings]
    named = {p for m in meetings.values() for p in m.participants} | {wish.guest for wish in wishes}
    people = await desk.tx.people(sorted(named))
    asked = [
        views.Asked(wish, meeting, people[wish.guest], is_elsewhere=meeting.room.workspace != here)
        for wish in wishes
        for meeting in [meetings[wish.meeting]]
    ]
    listed = [
        views.Listed(m, Cast(people, link), m.host == reader, is_elsewhere=m.room.workspace != here)
        for m in meetings.values()
        for link in [await joining.address(desk.office, desk.tx, m, people[m.host])]
    ]
    return [*asked, *listed]


async def home(turn: Turn) -> None:
    """The bot's own page was opened: one card that always is the same message."""
    async with turn.desk() as desk:
        rules = desk.office.rules_of(turn.actor)
        eyes = turn.eyes(rules.availability.zone)
        card = menus.home(await _rows(desk), eyes, turn.actor, rules, turn.usage)
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
    """*Add to calendar*: links that are the actor's alone, unless it stands there already."""
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        if await copies.told_by(desk, meeting, turn.actor) == "calendar":
            card = picking.in_calendar()
        else:
            cast = await desk.cast(meeting)
            card = picking.add_to_calendar(invites.links(desk.office, meeting, cast, turn.actor))
        await desk.reply(card, about=meeting.id)
