"""What follows when a meeting was moved or cancelled, wherever that was decided: the room or a calendar."""

from datetime import datetime

from bot import copies
from bot.desk import Desk
from bot.invites import Change
from bot.views import changes
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person


async def take_time(desk: Desk, meeting: Meeting, start: datetime) -> bool:
    """Take another time for everybody of the meeting; False, and nothing has changed, when it is taken."""
    span = Interval(start, start + meeting.length)
    return await desk.tx.claim(meeting.id, meeting.participants, span, now=desk.now)


async def moved(
    desk: Desk,
    meeting: Meeting,
    actor: Person,
    publicly: str = "moved it to",
    privately: str = "moved your meeting to",
    *,
    reason: str = "",
) -> None:
    """The meeting stands at another time, which was taken for it.

    Args:
        publicly: what *actor* did, as the room reads it; the time follows.
        privately: the same as each of the others reads it.
        reason: for the others alone.
    """
    await _tell_everybody(desk, meeting, "Moved", actor, publicly, privately, reason)


async def cancelled(
    desk: Desk,
    meeting: Meeting,
    actor: Person,
    publicly: str = "cancelled the meeting",
    privately: str = "cancelled your meeting",
    *,
    reason: str = "",
) -> None:
    """The meeting is off: its time is given back. The words are as in `moved`."""
    await desk.tx.release(meeting.id)
    await _tell_everybody(desk, meeting, "Cancelled", actor, publicly, privately, reason)


async def _tell_everybody(
    desk: Desk,
    meeting: Meeting,
    change: Change,
    actor: Person,
    publicly: str,
    privately: str,
    reason: str,
) -> None:
    """The card, calendars and mails; one line in the room; to each of the others a private card.

    Private cards that are now wrong go.
    """
    await desk.publish(meeting)
    await copies.tell_all(desk, meeting, change, reason, by=actor.id)
    await desk.time_changed(meeting)
    await desk.drop_cards_about(meeting.id)
    cast = await desk.cast(meeting)
    await desk.announce(meeting.room, changes.public_line(meeting, actor, publicly, cast.zones(meeting)))
    for person_id in meeting.participants:
        if person_id != actor.id:
            person = cast.people[person_id]
            card = changes.told(meeting, actor, privately, reason, await desk.eyes_of(meeting, person))
            await desk.tell(person.ref, meeting.room, card, about=meeting.id)
