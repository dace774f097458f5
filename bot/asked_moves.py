"""Moves that somebody made in their own calendar and that another participant is asked about."""

from bot.desk import Desk
from bot.views import changes_there as views
from scheduling_core.deliveries import Message
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person


async def questions(desk: Desk, meeting: Meeting) -> list[Message]:
    """The private cards that ask whether to take a time somebody gave the meeting in their calendar."""
    about = await desk.tx.messages_about(meeting.id)
    return [
        each for each in about if each.card and any(b.action.verb == views.AGREE for b in each.card.buttons())
    ]


async def waits(desk: Desk, meeting: Meeting, mover: Person) -> bool:
    """Whether another is asked about where *mover* has put it."""
    return any(each.audience != mover.ref for each in await questions(desk, meeting))
