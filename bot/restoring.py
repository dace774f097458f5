"""After a restore: rooms and calendars, which saw what came after the copy, are brought to its state."""

from collections.abc import Sequence
from dataclasses import replace

from bot import copies
from bot.desk import Desk
from bot.office import Office
from scheduling_core.meeting import Meeting, Phase

_OPEN = (Phase.INVITING, Phase.CONFIRMED)
REASON = "Parley's records were restored from a backup; this is what they say now."


async def tell_again(office: Office, meetings: Sequence[str]) -> int:
    """Enqueue what shows each meeting as it is stored, under the revisions and SEQUENCEs raised before.

    The card of each that is not over, what is shown to people privately about an open one, and a mail to
    everybody of a confirmed one.

    Returns:
        How many meetings were told of.
    """
    told = 0
    for meeting_id in meetings:
        async with office.store.write() as tx:
            meeting = await tx.meeting(meeting_id)
            if meeting is None or meeting.phase is Phase.ENDED:
                continue
            if not await tx.is_stopped(meeting.room.workspace):
                await _tell(Desk(office, tx, office.clock()), meeting)
                told += 1
    return told


async def _tell(desk: Desk, meeting: Meeting) -> None:
    meeting = replace(meeting, revision=meeting.revision + 1)
    await desk.publish(meeting)
    if meeting.phase not in _OPEN:
        return
    tx = desk.tx
    questions = [each.message_id for each in await tx.meeting_holds(meeting.id)]
    questions += [each.message_id for each in await tx.meeting_wishes(meeting.id)]
    asked = [shown.message for each in questions if (shown := await tx.message(each))]
    for message in (*asked, *await tx.messages_about(meeting.id)):
        await desk.promise(message)
    if meeting.phase is Phase.CONFIRMED and meeting.span.end > desk.now:
        await copies.tell_all(desk, meeting, "Booked", REASON)
