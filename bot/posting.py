"""Bringing the list that a platform keeps of what is coming up to where a booking stands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from bot import board, joining, steps
from bot.desk import Desk
from bot.office import Office
from scheduling_core.chat_ports import EventBoard, Notice, Posted
from scheduling_core.errors import Gone
from scheduling_core.meeting import Meeting, Phase

UNTITLED: Final = "Meeting"

log = structlog.get_logger()


async def post(
    office: Office, boards: Mapping[str, EventBoard], args: Mapping[str, str], make_sure: Callable[[], None]
) -> None:
    """The job: post, change or take down one booking; harmless to repeat.

    Args:
        boards: by platform.
        make_sure: as `JobEngine.make_sure`.
    """
    async with office.store.read() as reading:
        meeting = await reading.meeting(args["meeting"])
        known = await board.posted(reading, args["booking"])
        people = await reading.people([meeting.host]) if meeting else {}
        where = await joining.address(office, reading, meeting, people[meeting.host]) if meeting else ""
    shown_on = boards.get(meeting.room.workspace.platform) if meeting else None
    if meeting is None or shown_on is None:
        return
    make_sure()
    try:
        found = await _brought(shown_on, meeting, args["booking"], where, known)
    except Gone:
        log.warning("board.gone", workspace=str(meeting.room.workspace))
        return
    if found != known:
        await steps.begin(office, partial(_keep, office, args, found))
    if await _is_another(office, meeting):
        # It changed meanwhile; where this process stood still, that may have been brought there before.
        await post(office, boards, args, make_sure)


async def _is_another(office: Office, meeting: Meeting) -> bool:
    async with office.store.read() as reading:
        now = await reading.meeting(meeting.id)
    return now is not None and _state(now) != _state(meeting)


def _state(meeting: Meeting) -> tuple[str, Phase, int]:
    return meeting.booking, meeting.phase, meeting.sequence


async def _brought(
    shown_on: EventBoard, meeting: Meeting, booking: str, where: str, known: Posted | None
) -> Posted | None:
    posted_as = known.posted_as if known else ""
    if meeting.booking == booking and meeting.phase is Phase.CONFIRMED:
        notice = Notice(booking, meeting.title or UNTITLED, meeting.span, where)
        return await shown_on.post(meeting.room, notice, posted_as)
    if meeting.booking != booking or meeting.phase is Phase.CANCELLED:
        await shown_on.take_down(meeting.room, booking, posted_as)
        return None
    return known


async def _keep(office: Office, args: Mapping[str, str], found: Posted | None) -> None:
    """Remember where it stands; the card leads there from now on, or no longer."""
    async with office.store.write() as tx:
        meeting = await tx.meeting(args["meeting"])
        if meeting is None:
            return
        await board.keep(office, tx, meeting, args["booking"], found)
        if meeting.booking == args["booking"] and meeting.phase is Phase.CONFIRMED:
            desk = Desk(office, tx, office.clock())
            await desk.publish(replace(meeting, revision=meeting.revision + 1))
