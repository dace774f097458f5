"""Looking at our events in an account: what became of each is done, unless too many are gone at once.

Only a change of an event that stands there as it was agreed last is somebody's: before, what differs is what
is still to be written (`CopyRecord.is_done`). Whatever is agreed in the room meanwhile counts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot import calendar_changes, changes_there, steps, vanished
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from bot.whereabouts import There, Whereabouts
from scheduling_core.calendar_ports import CalendarProvider
from scheduling_core.errors import Gone, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Meeting, Phase

log = structlog.get_logger()

GRACE: Final = timedelta(minutes=1)
"""How long an event has to be gone before it counts as deleted: calendars also move and restore events by
deleting them first."""


async def look(office: Office, args: Mapping[str, str]) -> None:
    """The job: look at some of our events in an account; harmless to repeat.

    Raises:
        Unavailable: that kind of calendar is not set up right now.
    """
    async with office.store.read() as reading:
        account = await reading.account(args["account"])
        meetings = args["meetings"].split(",") if account else []
        found = [await reading.copy(meeting, account.person) for meeting in meetings] if account else []
        question = await vanished.asked(reading, account.person) if account else None
    if account is None:
        return
    if (provider := office.providers.get(account.provider)) is None:
        raise Unavailable("that kind of calendar is not set up")
    records = [each for each in found if each and each.account == account.id and each.is_done]
    asked, tries = question.states if question else (), int(args["tries"])
    await _Looking(office, account, provider, asked, tries, is_sure="sure" in args).at(records)


class _Looking:
    """One look at an account."""

    def __init__(
        self,
        office: Office,
        account: LinkedAccount,
        provider: CalendarProvider,
        asked: Collection[str],
        tries: int,
        *,
        is_sure: bool,
    ) -> None:
        self._office = office
        self._account = account
        self._asked = asked
        self._tries = tries
        self._is_sure = is_sure
        self._whereabouts = Whereabouts(provider, Credentials(office.store, account.id))

    async def at(self, records: Sequence[CopyRecord]) -> None:
        """Each of these events, while the account answers."""
        gone: list[CopyRecord] = []
        for place, record in enumerate(records):
            try:
                if not await self._goes_on(record, gone):
                    break
            except Unavailable:
                await self._try_again(records[place:])
                break
        if gone:
            await self._settle(gone, records)

    async def _goes_on(self, record: CopyRecord, gone: list[CopyRecord]) -> bool:
        """Look at one, which joins those that are *gone* or not; False where no other needs to be tried.

        Raises:
            Unavailable: the account does not answer.
        """
        try:
            if await self._is_gone(record):
                gone.append(record)
        except (Gone, Rejected) as refused:
            self._log(refused)
        except ReconnectNeeded as refused:
            self._log(refused)
            return False
        return True

    async def _settle(self, gone: Sequence[CopyRecord], looked_at: Sequence[CopyRecord]) -> None:
        """Before anything is cancelled it is seen how much else is gone."""
        counted = list(gone)
        if self._is_sure and len(gone) <= vanished.MOST:
            try:
                for other in await self._others_than(looked_at):
                    if not await self._goes_on(other, counted):
                        return
            except Unavailable:
                await self._try_again(gone)
                return
        await steps.begin(self._office, partial(self._act_on_gone, counted, gone, self._office.clock()))

    async def _others_than(self, records: Sequence[CopyRecord]) -> list[CopyRecord]:
        """What else of ours is in the account: whether it is going, too."""
        async with self._office.store.read() as reading:
            copies_there = await reading.copies_in(self._account.id, self._office.clock())
        looked_at = {each.meeting for each in records}
        return [each for each in copies_there if each.is_done and each.meeting not in looked_at]

    def _log(self, refused: Gone | Rejected | ReconnectNeeded) -> None:
        log.warning("copy.not_seen", provider=self._account.provider, error=type(refused).__name__)

    async def _try_again(self, records: Sequence[CopyRecord]) -> None:
        meetings = [each.meeting for each in records]
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, self._office.clock())
            await calendar_changes.try_again(
                desk, self._account, meetings, self._tries, is_sure=self._is_sure
            )

    async def _is_gone(self, record: CopyRecord) -> bool:
        """Whether it is off; what became of one that is there is done at once."""
        there = await self._find(record)
        if there is not None and (self._is_asked(record) or not _is_as_written(record, there)):
            await steps.begin(self._office, partial(self._act, record, there, self._office.clock()))
        return there is None

    def _is_asked(self, record: CopyRecord) -> bool:
        return vanished.state_of(record) in self._asked

    async def _find(self, record: CopyRecord) -> There | None:
        """The event, wherever in the account it is; None when it is off.

        Raises:
            Gone: it is the calendar that is not there, or not ours to write into any more.
            ReconnectNeeded, Rejected, Unavailable: as the port.
        """
        if record.written is None:
            raise ValueError("only what was written can be looked at")
        if there := await self._whereabouts.at(record.calendar, record.written):
            return there
        if not await self._whereabouts.can_write(record.calendar):
            raise Gone("no calendar")
        return await self._whereabouts.elsewhere(record.calendar, record.written)

    async def _act(self, record: CopyRecord, there: There, now: datetime) -> None:
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, now)
            meeting = await _still_agreed(desk, record)
            if meeting is None:
                return
            owner = (await desk.cast(meeting)).people[record.person]
            await vanished.came_back(desk, owner, self._account.room, record)
            if not _is_as_written(record, there):
                await tx.save_copy(_as_found(record, there))
                await changes_there.note(desk, meeting, owner, there.span)

    async def _act_on_gone(
        self, gone: Sequence[CopyRecord], meant: Sequence[CopyRecord], now: datetime
    ) -> None:
        """Cancel what stays away, unless it is too much at once.

        Args:
            meant: those that were to be looked at; the others are there to be counted.
        """
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, now)
            asked = await vanished.asked(tx, self._account.person)
            waiting = asked.states if asked else ()
            news = [each for each in gone if vanished.state_of(each) not in waiting]
            off = [(each, meeting) for each in news if (meeting := await _still_agreed(desk, each))]
            if not off:
                return
            owner = (await desk.cast(off[0][1])).people[self._account.person]
            if not self._is_sure:
                later = [each.meeting for each, _ in off]
                await calendar_changes.look_at(desk, self._account, later, now + GRACE, is_sure=True)
            elif waiting or len(off) > vanished.MOST:
                await vanished.ask(desk, owner, self._account.room, [each for each, _ in off])
            else:
                for each, meeting in off:
                    if each in meant:
                        await changes_there.off(desk, meeting, owner)


def _is_as_written(record: CopyRecord, there: There) -> bool:
    version = record.written.version if record.written else None
    return (version, record.calendar) == (there.written.version, there.calendar)


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


def _as_found(record: CopyRecord, there: There) -> CopyRecord:
    """What is known of a video link stays: somebody waits for it."""
    before = record.written or there.written
    written = replace(there.written, video=before.video, video_pending=before.video_pending)
    return replace(record, calendar=there.calendar, written=written)
