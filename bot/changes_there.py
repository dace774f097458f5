"""What people changed of our events in their calendars themselves, done as if they had done it in the room.

Only a change of an event that stands there as it was agreed last is somebody's: before, what differs is what
is still to be written (`CopyRecord.is_done`). Whatever is agreed in the room meanwhile counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot import calendar_changes, changed, copies, steps, times
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from bot.views import changes_there as views
from bot.views.words import Eyes
from scheduling_core import offers
from scheduling_core.calendar_ports import CalendarProvider, Found, Written
from scheduling_core.deliveries import Message
from scheduling_core.errors import Gone, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Meeting, Phase, cancel, move
from scheduling_core.people import Person

log = structlog.get_logger()

GRACE: Final = timedelta(minutes=1)
"""How long an event has to be gone before it counts as deleted: calendars also move and restore events by
deleting them first."""

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


async def look(office: Office, args: Mapping[str, str]) -> None:
    """The job: look at some of our events in an account; harmless to repeat."""
    async with office.store.read() as reading:
        account = await reading.account(args["account"])
        meetings = args["meetings"].split(",") if account else []
        found = [await reading.copy(meeting, account.person) for meeting in meetings] if account else []
    provider = office.providers.get(account.provider) if account else None
    if account is None or provider is None:
        return
    records = [each for each in found if each and each.account == account.id and each.is_done]
    await _Looking(office, account, provider, int(args["tries"]), is_sure="sure" in args).at(records)


async def open_questions(desk: Desk, meeting: Meeting) -> list[Message]:
    """The private cards that ask whether to take a time somebody gave the meeting in their calendar."""
    about = await desk.tx.messages_about(meeting.id)
    return [
        each for each in about if each.card and any(b.action.verb == views.AGREE for b in each.card.buttons())
    ]


async def put_back(desk: Desk, meeting: Meeting, mover: Person, because: str) -> None:
    """The event cannot be where its owner has put it."""
    await copies.write_once_more(desk, meeting, mover)
    card = views.put_back(meeting, because, await eyes_of(desk, meeting, mover))
    await desk.tell(mover.ref, meeting.room, card, about=meeting.id)


async def eyes_of(desk: Desk, meeting: Meeting, reader: Person) -> Eyes:
    """How times are written for a participant; in the host's zone when theirs is not known."""
    host = (await desk.cast(meeting)).people[meeting.host]
    return Eyes.of(reader, desk.office.rules_of(host).availability.zone)


@dataclass(frozen=True, slots=True)
class _There:
    """An event of ours that takes place.

    Attributes:
        calendar: of the same account, not always the one it was written into.
    """

    calendar: str
    written: Written
    span: Interval


class _Looking:
    """One look at an account."""

    def __init__(
        self, office: Office, account: LinkedAccount, provider: CalendarProvider, tries: int, *, is_sure: bool
    ) -> None:
        self._office = office
        self._account = account
        self._provider = provider
        self._tries = tries
        self._is_sure = is_sure
        self._credentials = Credentials(office.store, account.id)

    async def at(self, records: Sequence[CopyRecord]) -> None:
        """Each of these events, while the account answers."""
        for place, record in enumerate(records):
            try:
                await self._at_one(record)
            except Unavailable:
                await self._try_again(records[place:])
                return
            except (Gone, Rejected) as refused:
                self._log(refused)
            except ReconnectNeeded as refused:
                self._log(refused)
                return

    def _log(self, refused: Gone | Rejected | ReconnectNeeded) -> None:
        log.warning("copy.not_seen", provider=self._account.provider, error=type(refused).__name__)

    async def _try_again(self, records: Sequence[CopyRecord]) -> None:
        meetings = [each.meeting for each in records]
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, self._office.clock())
            await calendar_changes.try_again(
                desk, self._account, meetings, self._tries, is_sure=self._is_sure
            )

    async def _at_one(self, record: CopyRecord) -> None:
        there = await self._find(record)
        if there and record.written and there.written.version == record.written.version:
            return
        step = partial(self._act, record, there, self._office.clock())
        await steps.begin(self._office, step)

    async def _find(self, record: CopyRecord) -> _There | None:
        """The event, wherever in the account it is; None when it is off.

        Raises:
            Gone: it is the calendar that is not there, or not ours to write into any more.
            ReconnectNeeded, Rejected, Unavailable: as the port.
        """
        if there := await self._look(record, record.calendar):
            return there
        calendars = await self._provider.calendars(self._credentials)
        if record.calendar not in {each.id for each in calendars if each.can_write}:
            raise Gone("no calendar")
        for each in calendars:
            if each.can_write and each.id != record.calendar and (there := await self._look(record, each.id)):
                return there
        return None

    async def _look(self, record: CopyRecord, calendar: str) -> _There | None:
        if record.written is None:
            raise ValueError("only what was written can be looked at")
        match await self._provider.look(self._credentials, calendar, record.written):
            case Found(written, Interval() as span):
                return _There(calendar, written, span)
        return None

    async def _act(self, record: CopyRecord, there: _There | None, now: datetime) -> None:
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, now)
            meeting = await _still_agreed(desk, record)
            if meeting is None:
                return
            owner = (await desk.cast(meeting)).people[record.person]
            if there is not None:
                await tx.save_copy(_as_found(record, there))
                await _note(desk, meeting, owner, there.span)
            elif self._is_sure:
                await _off(desk, meeting, owner)
            else:
                due = now + GRACE
                await calendar_changes.look_at(desk, self._account, [record.meeting], due, is_sure=True)


async def _still_agreed(desk: Desk, record: CopyRecord) -> Meeting | None:
    """The meeting, unless it or what is written of it changed while we looked, or it has begun."""
    meeting = await desk.tx.meeting(record.meeting.partition(":")[0])
    stored = await desk.tx.copy(record.meeting, record.person)
    if meeting is None or stored is None or meeting.booking != record.meeting:
        return None
    is_as_read = (_state(stored), meeting.sequence) == (_state(record), record.sequence)
    is_to_come = meeting.phase is Phase.CONFIRMED and meeting.span.start > desk.now
    return meeting if is_as_read and is_to_come else None


def _state(record: CopyRecord) -> tuple[object, ...]:
    version = record.written.version if record.written else None
    return record.account, record.calendar, record.sequence, record.written_sequence, version


def _as_found(record: CopyRecord, there: _There) -> CopyRecord:
    """What is known of a video link stays: somebody waits for it."""
    before = record.written or there.written
    written = replace(there.written, video=before.video, video_pending=before.video_pending)
    return replace(record, calendar=there.calendar, written=written)


async def _note(desk: Desk, meeting: Meeting, owner: Person, span: Interval) -> None:
    """The event stands at *span* in its owner's calendar."""
    for question in await open_questions(desk, meeting):
        await desk.take_away(question)
    start = span.start.replace(second=0, microsecond=0)
    if _holds(span, meeting.span):
        return
    if span.length >= _DAY > meeting.length:
        await put_back(desk, meeting, owner, views.NO_TIME)
    elif start <= desk.now:
        await put_back(desk, meeting, owner, views.OVER)
    else:
        await desk.tx.lock(meeting.participants)
        await _moved(desk, meeting, owner, start)


def _holds(span: Interval, agreed: Interval) -> bool:
    """The entry may be longer than the meeting, with the way there or a rest in it, or shorter."""
    return span.start == agreed.start or (span.start <= agreed.start and agreed.end <= span.end)


async def _moved(desk: Desk, meeting: Meeting, owner: Person, start: datetime) -> None:
    people = (await desk.cast(meeting)).people
    others = [person for person in people.values() if person.id != owner.id]
    need = times.need_of(desk.office, meeting, people).of_choice(owner.id, start)
    if await _is_taken(desk, need, start):
        await put_back(desk, meeting, owner, views.TAKEN)
    elif (doubt := await _doubt(desk, need, start)) is None:
        await _move(desk, meeting, owner, start)
    elif len(others) == 1:
        await _ask(desk, meeting, owner, others[0], start, doubt)
    else:
        await put_back(desk, meeting, owner, views.NOT_EVERYBODY)


async def _is_taken(desk: Desk, need: times.Need, start: datetime) -> bool:
    """By another meeting that was agreed with us, or is just being confirmed."""
    claims = await desk.tx.taken(need.people, Interval(start, start + need.length), desk.now)
    return any(claim.holder not in need.ignoring for found in claims.values() for claim in found)


async def _doubt(desk: Desk, need: times.Need, start: datetime) -> views.Doubt | None:
    """What speaks against the time on the part of those who did not choose it, asked right now."""
    if not await _suits(desk, need, start):
        return "rules" if await _suits(desk, need.without_rules(start), start) else "taken"
    if await times.doubted(desk.tx, need, desk.now):
        return "taken"
    return None if _is_day(need, start) else "night"


def _is_day(need: times.Need, start: datetime) -> bool:
    """For every guest who did not choose it; when the host works, the rules say."""
    zones = [guest.shown_zone for guest in need.guests if guest.id != need.chosen_by]
    return offers.is_waking(start, need.length, [ZoneInfo(zone) for zone in zones if zone])


async def _suits(desk: Desk, need: times.Need, start: datetime) -> bool:
    within = Interval(start, start + _MINUTE)
    return start in await times.free_starts(desk.tx, need, desk.now, within=within, since=desk.now)


async def _move(desk: Desk, meeting: Meeting, owner: Person, start: datetime) -> None:
    if not await changed.take_time(desk, meeting, start):
        await put_back(desk, meeting, owner, views.TAKEN)
        return
    moved = move(meeting, start, None)
    there = "in their calendar"
    await changed.moved(desk, moved, owner, f"moved it, {there}, to", f"moved your meeting, {there}, to")
    card = views.moved(moved, await eyes_of(desk, moved, owner))
    await desk.tell(owner.ref, moved.room, card, about=moved.id)


async def _ask(
    desk: Desk, meeting: Meeting, owner: Person, other: Person, start: datetime, doubt: views.Doubt
) -> None:
    card = views.question(meeting, owner, start, doubt, await eyes_of(desk, meeting, other))
    await desk.tell(other.ref, meeting.room, card, about=meeting.id)
    card = views.asked(meeting, other, start, await eyes_of(desk, meeting, owner))
    await desk.tell(owner.ref, meeting.room, card, about=meeting.id)


async def _off(desk: Desk, meeting: Meeting, owner: Person) -> None:
    """Its owner deleted or declined it there."""
    gone = cancel(meeting)
    there = "in their calendar"
    await changed.cancelled(
        desk, gone, owner, f"cancelled the meeting, {there}", f"cancelled your meeting, {there}"
    )
    card = views.cancelled(gone, await eyes_of(desk, gone, owner))
    await desk.tell(owner.ref, gone.room, card, about=gone.id)
