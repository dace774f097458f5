"""The private question to a host whose word a time needs, answered by Accept, Offer other times, or No."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from bot.turn import AnswerDesk
from scheduling_core.cards import Card
from scheduling_core.deliveries import Message
from scheduling_core.meeting import Meeting, Wish
from scheduling_core.people import Person


async def ask_host(
    desk: AnswerDesk,
    meeting: Meeting,
    host: Person,
    starts: Sequence[datetime],
    words: str,
    question: Callable[[Wish], Card],
) -> None:
    """Ask about times the actor would take; an earlier question of theirs about this meeting goes away.

    Args:
        words: of the guest, one line, "" for none.
        question: the card.
    """
    guest = desk.turn.actor
    wish_id = _wish_id(meeting, guest)
    asked = Wish(wish_id, meeting.id, guest.id, tuple(starts), words, desk.office.new_id("m"))
    if earlier := await desk.tx.wish(asked.id):
        await desk.withdraw_message(earlier.message_id)
    await desk.tx.save_wish(asked)
    await desk.show(Message(asked.message_id, 1, meeting.room, host.ref, question(asked)))


def _wish_id(meeting: Meeting, guest: Person) -> str:
    """One question for each guest and meeting: a second one takes the place of the first."""
    digest = sha256(f"{meeting.id}:{guest.id}".encode()).digest()
    return "w" + base64.urlsafe_b64encode(digest[:9]).decode()
