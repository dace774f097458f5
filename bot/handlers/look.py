"""Looking without changing: help, one's meetings, the home page, the ⋯ menu, the calendar links."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from bot import asked_moves, copies, invites, joining
from bot.handlers.access import booked_meeting, visible_meeting
from bot.handlers.pick import instant
from bot.turn import AnswerDesk, Turn
from bot.views import agenda as views
from bot.views import menus, picking
from bot.views.changes_there import AGREE
from bot.views.meetings import Cast
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person


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
    moved = [
        replace(each, is_elsewhere=m.room.workspace != here)
        for m in meetings.values()
        for each in await _moved_there(desk, m, people)
    ]
    return [*asked, *moved, *listed]


async def _moved_there(
    desk: AnswerDesk, meeting: Meeting, people: Mapping[str, Person]
) -> list[views.MovedThere]:
    """The open question of a time another gave the meeting in their calendar, if the actor is asked."""
    actor = desk.turn.actor
    movers = [people[each] for each in meeting.participants if each != actor.id]
    if meeting.phase is not Phase.CONFIRMED or len(movers) != 1 or not movers[0].is_linked:
        return []
    return [
        views.MovedThere(question.id, meeting, movers[0], instant(button.action.args[2]))
        for question in await asked_moves.questions(desk, meeting)
        if question.card is not None and question.audience == actor.ref
        for button in question.card.buttons()
        if button.action.verb == AGREE and button.action.args[1] == str(meeting.sequence)
    ]


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
