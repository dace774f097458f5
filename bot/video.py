"""Video links of the host's own calendar: waited for where they come later; what is said where none comes.

Only the host's event ever asks for one, so a meeting has one link; where it is found, see `joining`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from bot import joining
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from bot.views import calendars, meetings
from scheduling_core.calendar_ports import Written
from scheduling_core.errors import ProviderError, Unavailable
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.ports import Job

log = structlog.get_logger()

VIDEO: Final = "video"
"""Kind of the job."""

PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 80, 120, 150, 175))
"""Between looks for a link that is being made: ten minutes in all, then it is given up."""


def is_wanted(office: Office, meeting: Meeting, record: CopyRecord, account: LinkedAccount) -> bool:
    """Whether this event of the meeting is the one that asks for a link."""
    return record.person == meeting.host and joining.wants_video(office, account)


def is_missing(office: Office, meeting: Meeting, record: CopyRecord, account: LinkedAccount) -> bool:
    """Whether an event that was written before links were wanted is the one that asks for it."""
    written = record.written
    has_one = written is not None and (written.video_pending or bool(written.video))
    return not has_one and is_wanted(office, meeting, record, account)


async def after_write(desk: Desk, meeting: Meeting, record: CopyRecord) -> None:
    """An event that asked for a link was written: wait for it, or say that there is none."""
    written = record.written
    if written is not None and written.video_pending:
        await _look_later(desk, meeting, record, 0)
    elif written is not None and not written.video:
        await _tell_none(desk, meeting, record)
        await show_way_in(desk, meeting)
    else:
        await show_way_in(desk, meeting)


async def show_way_in(desk: Desk, meeting: Meeting) -> None:
    """Bring the card up to date where it leads nowhere any more, or leads to the meeting only now."""
    now = await desk.tx.meeting(meeting.id)
    shown = await desk.tx.message(meeting.message_id)
    if now is None or shown is None or (now.booking, now.phase) != (meeting.booking, Phase.CONFIRMED):
        return
    if shown.message.card != meetings.card(now, await desk.cast(now)):
        await desk.publish(replace(now, revision=now.revision + 1))


async def _look_later(desk: Desk, meeting: Meeting, record: CopyRecord, number: int) -> None:
    args = {"meeting": meeting.id, "sequence": str(record.sequence), "number": str(number)}
    job_id = f"{VIDEO}:{record.meeting}:{record.sequence}:{number}"
    await desk.tx.enqueue(Job(job_id, VIDEO, args, due=desk.now + PAUSES[number]))


async def look(office: Office, args: Mapping[str, str]) -> None:
    """The job: see whether the link is there by now; harmless to repeat."""
    async with office.store.read() as reading:
        meeting = await reading.meeting(args["meeting"])
        record = await reading.copy(meeting.booking, meeting.host) if meeting else None
        account = await reading.account(record.account) if record else None
    if meeting is None or record is None or account is None or not _is_waited_for(record, args):
        return  # the link is there, or a newer state of the meeting has looks of its own
    try:
        now = await _as_it_is(office, record, account)
    except Unavailable:
        now = record.written
    except ProviderError as refused:
        log.warning("video.refused", provider=account.provider, error=type(refused).__name__)
        return
    if now is not None:
        await _keep(office, meeting, args, now)


def _is_waited_for(record: CopyRecord, args: Mapping[str, str]) -> bool:
    return (
        record.written is not None
        and record.written.video_pending
        and record.sequence == int(args["sequence"])
    )


async def _as_it_is(office: Office, record: CopyRecord, account: LinkedAccount) -> Written | None:
    provider = office.providers.get(account.provider)
    if provider is None or record.written is None:
        return None
    credentials = Credentials(office.store, account.id)
    found = await provider.look(credentials, record.calendar, record.written)
    return found.written if found else None


async def _keep(office: Office, meeting: Meeting, args: Mapping[str, str], now: Written) -> None:
    async with office.store.write() as tx:
        desk, number = Desk(office, tx, office.clock()), int(args["number"]) + 1
        record = await tx.copy(meeting.booking, meeting.host)
        if record is None or record.written is None or not _is_waited_for(record, args):
            return
        if now.video_pending:
            if number < len(PAUSES):
                await _look_later(desk, meeting, record, number)
            return
        # The version stays the one we wrote: what somebody else has changed since must still be noticed.
        written = replace(record.written, video=now.video, video_pending=False)
        record = replace(record, written=written)
        await tx.save_copy(record)
        await after_write(desk, meeting, record)


async def _tell_none(desk: Desk, meeting: Meeting, record: CopyRecord) -> None:
    """The account makes no links: its owner hears of it once, until they choose anew."""
    account = await desk.tx.account(record.account)
    if account is None or account.video != "wanted":
        return
    await desk.tx.save_account(replace(account, video="refused"))
    host = (await desk.cast(meeting)).people[meeting.host]
    offered = joining.video_title(desk.office, account)
    title, own = desk.office.title_of(account.provider), desk.office.links.own(meeting, host)
    card = calendars.no_video(account, title, offered, has_own_link=bool(own))
    await desk.tell(host.ref, account.room, card)


async def outlive(desk: Desk, account: LinkedAccount) -> None:
    """An account is unlinked and its events stay: so do the links of meetings to come."""
    for record in await desk.tx.copies_in(account.id, desk.now):
        if record.written is not None and record.written.video:
            until = record.span.end + timedelta(days=desk.office.settings.retention.days)
            await desk.tx.save_record(joining.OUTLIVES, record.meeting, record.written.video, until)
