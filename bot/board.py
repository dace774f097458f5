"""The list of what is coming up that some platforms keep beside their rooms: which meeting stands there."""

import json
from datetime import timedelta
from typing import Final

from bot.office import Office
from scheduling_core.chat_ports import Posted
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.ports import Job, Reading, Transaction

BOARD: Final = "board"
"""Kind of the job; see `bot/posting.py`."""
POSTED: Final = "board.posted"
"""Kind of the record that keeps, by booking, what the platform made of it."""


def is_kept(office: Office, meeting: Meeting) -> bool:
    """Whether the meeting's platform has such a list and the operator wants meetings on it."""
    return office.settings.has_board_on(meeting.room.workspace.platform)


async def promise(office: Office, tx: Transaction, meeting: Meeting) -> None:
    """Enqueue the look at a booking that was made, moved or cancelled."""
    if meeting.phase not in (Phase.CONFIRMED, Phase.CANCELLED) or not is_kept(office, meeting):
        return
    args = {"meeting": meeting.id, "booking": meeting.booking}
    job_id = f"{BOARD}:{meeting.booking}:{meeting.sequence}"
    await tx.enqueue(Job(job_id, BOARD, args, lane=f"{BOARD}:{meeting.id}"))


async def url(office: Office, reading: Reading, meeting: Meeting) -> str:
    """Where the booking stands on the list, for a card; "" for nowhere."""
    if meeting.phase is not Phase.CONFIRMED or not is_kept(office, meeting):
        return ""
    found = await posted(reading, meeting.booking)
    return found.url if found else ""


async def posted(reading: Reading, booking: str) -> Posted | None:
    """What the platform made of a booking, as far as we learned it."""
    kept = await reading.record(POSTED, booking)
    return Posted(*json.loads(kept)) if kept else None


async def keep(office: Office, tx: Transaction, meeting: Meeting, booking: str, found: Posted | None) -> None:
    """Remember it, or that there is none."""
    if found is None:
        await tx.drop_record(POSTED, booking)
        return
    until = meeting.span.end + timedelta(days=office.settings.retention.days)
    await tx.save_record(POSTED, booking, json.dumps([found.posted_as, found.url]), until)
