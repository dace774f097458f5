"""A participant's own event of a meeting, written into the calendar they chose: instead of the invite.

A meeting stays where it was first put: who got an invite by mail keeps getting its changes by mail, who got
an event keeps that event. So nobody ever has two.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

import structlog

from bot import asked_moves, calendar_changes, invites, joining, vanished, video
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from bot.views import calendars
from bot.views.meetings import Cast
from bot.whereabouts import SilentElsewhere, Whereabouts, search_again
from scheduling_core.calendar_ports import CalendarProvider, EventCopy, Written
from scheduling_core.errors import Conflict, Gone, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job, Reading, Transaction

log = structlog.get_logger()

COPY: Final = "copy"
"""Kind of the job."""


def event(
    office: Office, meeting: Meeting, cast: Cast, reader: Person, *, wants_video: bool = False
) -> EventCopy:
    """The reader's event of the meeting as it is now."""
    entry = invites.entry(office, meeting, cast, reader)
    return EventCopy(f"{meeting.booking}:{reader.id}", entry, wants_video)


def booking_of(meeting: Meeting, record: CopyRecord) -> Meeting:
    """The meeting as the record's event has to tell it: a booking that was opened again is off."""
    if meeting.booking == record.meeting:
        return meeting
    return replace(
        meeting,
        phase=Phase.CANCELLED,
        round=int(record.meeting.rpartition(":")[2]),
        sequence=record.sequence,
        start=record.span.start,
        length=record.span.end - record.span.start,
    )


async def tell_all(
    desk: Desk, meeting: Meeting, change: invites.Change, reason: str = "", by: str = ""
) -> None:
    """Bring the change to every participant: the event in their calendar, or the invite, and a mail.

    Args:
        reason: why, for everybody but *by*, who gave it.
    """
    people = (await desk.cast(meeting)).people.values()
    written_for = [person.id for person in people if await _promise(desk, meeting, person, change)]
    await invites.mail_all(desk, meeting, change, reason, by, written_for)


async def _promise(desk: Desk, meeting: Meeting, person: Person, change: invites.Change) -> bool:
    """Promise to bring the person's event to the state *meeting* is in; False when they have none."""
    if not person.is_linked:
        return False
    known = await desk.tx.copy(meeting.booking, person.id)
    place = await _place(desk, person) if known is None and change == "Booked" else None
    record = known or (_new(meeting, person, *place) if place else None)
    if record is None:
        return False
    span = meeting.span if meeting.start else record.span
    await desk.tx.save_copy(replace(record, sequence=meeting.sequence, span=span))
    await _enqueue(desk, meeting, person)
    return True


async def told_by(desk: Desk, meeting: Meeting, person: Person) -> Literal["calendar", "mail", "nothing"]:
    """How the event comes into the person's calendar."""
    if person.is_linked and await desk.tx.copy(meeting.booking, person.id) is not None:
        return "calendar"
    return "mail" if invites.mailbox(person) else "nothing"


async def write_once_more(desk: Desk, meeting: Meeting, person: Person) -> bool:
    """Bring the person's event back to what was agreed; False when none of theirs is known any more."""
    if await desk.tx.copy(meeting.booking, person.id) is None:
        return False
    await _enqueue(desk, meeting, person, again=f":{desk.office.new_id('w')}")
    return True


async def _enqueue(desk: Desk, meeting: Meeting, person: Person, again: str = "") -> None:
    args = {"meeting": meeting.id, "booking": meeting.booking}
    args |= {"person": person.id, "sequence": str(meeting.sequence)}
    job_id = f"{COPY}:{meeting.booking}:{meeting.sequence}:{person.id}{again}"
    await desk.tx.enqueue(Job(job_id, COPY, args, lane=f"{COPY}:{person.id}"))


async def _place(desk: Desk, person: Person) -> tuple[str, str] | None:
    """Ids of the account and the calendar the person wants new meetings written into, if any."""
    for account in (await desk.tx.accounts([person.id])).get(person.id, []):
        provider = desk.office.providers.get(account.provider)
        # Of one that only its owner can mend they know; an invite has to do until then.
        is_dead = account.trouble is not None and account.trouble.needs_owner
        if account.target and not is_dead and provider is not None and provider.can_write:
            return account.id, account.target
    return None


def _new(meeting: Meeting, person: Person, account: str, calendar: str) -> CopyRecord:
    return CopyRecord(meeting.booking, person.id, account, calendar, meeting.sequence, meeting.span)


async def add_missing(desk: Desk, person: Person) -> None:
    """Somebody chose a calendar to write into: booked meetings that no invite has brought them join it."""
    place = await _place(desk, person)
    if place is None:
        return
    for meeting in await desk.tx.agenda(person.id, desk.now):
        if meeting.phase is not Phase.CONFIRMED or await invites.was_invited(desk, meeting, person):
            continue
        if await desk.tx.copy(meeting.booking, person.id) is None:
            record = _new(meeting, person, *place)
            await desk.tx.save_copy(record)
            await _enqueue(desk, meeting, person, again=f":{record.account}")


async def write_again(desk: Desk, account: LinkedAccount, owner: Person) -> None:
    """An account works again: what could not be written meanwhile is; and video links are made if wanted now.

    What its owner did to an event since it was written stays: that is looked at, or asked about already.
    """
    written = []
    question = await vanished.asked(desk.tx, owner.id)
    for record in await desk.tx.copies_in(account.id, desk.now):
        meeting = await desk.tx.meeting(record.meeting.partition(":")[0])
        if meeting is None:
            continue
        if meeting.booking != record.meeting:
            await _enqueue(desk, booking_of(meeting, record), owner, again=f":{int(desk.now.timestamp())}")
            continue
        is_wanted = not record.is_done or video.is_missing(desk.office, meeting, record, account)
        is_asked = question is not None and vanished.state_of(record) in question.states
        if not is_wanted:
            written.append(record.meeting)
        elif not is_asked and not await asked_moves.waits(desk, meeting, owner):
            await _enqueue(desk, meeting, owner, again=f":{int(desk.now.timestamp())}")
    if written:
        await calendar_changes.look_at(desk, account, written)


async def write(office: Office, args: Mapping[str, str], make_sure: Callable[[], None]) -> None:
    """The job: write, change or remove one participant's event; harmless to repeat.

    Args:
        make_sure: as `JobEngine.make_sure`.

    Raises:
        Unavailable: its provider does not answer, or is not set up right now.
    """
    async with office.store.read() as reading:
        meeting, record = await _told_of(reading, args)
        account = await reading.account(record.account) if record else None
        people = await reading.people(meeting.participants) if meeting else {}
        link = await joining.address(office, reading, meeting, people[meeting.host]) if meeting else ""
    if meeting is None or record is None or record.sequence != int(args["sequence"]):
        return  # forgotten, unlinked, or a newer state has a job of its own
    if account is None:
        return
    if (provider := office.providers.get(account.provider)) is None:
        raise Unavailable("that kind of calendar is not set up")
    writing = _Writing(office, meeting, Cast(people, link), args, record, account, provider)
    if not await writing.begin():
        return
    make_sure()
    try:
        await writing.do()
    except SilentElsewhere:
        await search_again(office, Job("", COPY, args, lane=f"{COPY}:{args['person']}"))
    except (Gone, Rejected, ReconnectNeeded) as refused:
        await writing.failed(refused)


async def _told_of(
    reading: Reading, args: Mapping[str, str]
) -> tuple[Meeting, CopyRecord] | tuple[None, None]:
    """The record a job is about, and what it has to tell; an older job means the present booking."""
    meeting = await reading.meeting(args["meeting"])
    record = await reading.copy(args.get("booking", meeting.booking), args["person"]) if meeting else None
    return (booking_of(meeting, record), record) if meeting and record else (None, None)


async def give_up(office: Office, args: Mapping[str, str]) -> None:
    """The provider did not answer for a day."""
    async with office.store.write() as tx:
        desk = Desk(office, tx, office.clock())
        meeting, record = await _told_of(tx, args)
        account = await tx.account(record.account) if record else None
        if meeting is not None and record is not None and account is not None:
            await _tell(desk, meeting, record, account, "It did not answer for a day.")


async def _tell(desk: Desk, meeting: Meeting, record: CopyRecord, account: LinkedAccount, why: str) -> None:
    """The event is not as it should be: its owner learns it; an invite takes its place if none was made.

    Of one that may stand there the record stays: later changes must reach it, and no invite goes beside it.
    """
    cast = await desk.cast(meeting)
    owner = cast.people[record.person]
    title = desk.office.title_of(account.provider)
    stands: calendars.Stands = "perhaps" if record.is_in_doubt else "before" if record.written else "not"
    if stands == "not":
        await desk.tx.drop_copy(record.meeting, record.person)
        if meeting.phase is Phase.CONFIRMED:
            await invites.mail_instead(desk, meeting, owner)
        await video.show_way_in(desk, meeting)
    card = calendars.not_written(account, title, meeting, why, stands)
    await desk.tell(owner.ref, account.room, card, about=meeting.id)


class _Writing:
    """One event, one state."""

    def __init__(
        self,
        office: Office,
        meeting: Meeting,
        cast: Cast,
        args: Mapping[str, str],
        record: CopyRecord,
        account: LinkedAccount,
        provider: CalendarProvider,
    ) -> None:
        self._office = office
        self._meeting = meeting
        self._cast = cast
        self._reader = cast.people[args["person"]]
        self._record = record
        self._account = account
        self._provider = provider
        self._credentials = Credentials(office.store, account.id)
        self._whereabouts = Whereabouts(provider, self._credentials, args)

    async def begin(self) -> bool:
        """Note that the event may stand there from now on; False when another state is to be written."""
        if self._record.written is not None or self._record.is_in_doubt:
            return True
        async with self._office.store.write() as tx:
            if not await self._still_wanted(tx):
                return False
            await tx.save_copy(replace(self._record, is_in_doubt=True))
        return True

    async def _still_wanted(self, tx: Transaction) -> bool:
        """Whether nobody unlinked the account or asked for another state meanwhile."""
        now = await tx.copy(self._record.meeting, self._record.person)
        wanted = self._record.account, self._record.sequence
        return now is not None and (now.account, now.sequence) == wanted

    async def do(self) -> None:
        """Bring the event to the meeting's state. Raises: as `CalendarProvider.write`, but Conflict."""
        if self._meeting.phase is Phase.CONFIRMED:
            wants_video = video.is_wanted(self._office, self._meeting, self._record, self._account)
            try:
                written = await self._write(self._record.written, wants_video=wants_video)
            except Conflict:
                if not self._record.is_done:
                    raise Unavailable("somebody changes it right now") from None
                await self._look_at_it()
                return
            if not await self._keep(written, wants_video=wants_video):
                log.warning("copy.written_late", provider=self._account.provider)
                await self._provider.remove(self._credentials, self._record.calendar, written)
        elif self._meeting.phase is Phase.CANCELLED:
            # A write whose answer was lost finds its event by writing it once more.
            written = self._record.written or await self._write(None)
            await self._whereabouts.take_out(self._record.calendar, written)
            async with self._office.store.write() as tx:
                await tx.drop_copy(self._record.meeting, self._record.person)

    async def _keep(self, written: Written, *, wants_video: bool) -> bool:
        """Remember what stands there; False when it should not, and no job of the meeting's would find it.

        While this process stood still another one may have brought it to a later state, or have taken it out.
        """
        record = self._record.done(written)
        async with self._office.store.write() as tx:
            if await tx.account(self._account.id) is None:
                return True  # unlinking it sees to the event, after this job
            desk = Desk(self._office, tx, self._office.clock())
            if await self._still_wanted(tx):
                await tx.save_copy(record)
                if wants_video:
                    await video.after_write(desk, self._meeting, record)
                return True
            meeting = await tx.meeting(self._meeting.id)
            if meeting is None or meeting.booking != record.meeting:
                return False
            known = await tx.copy(record.meeting, record.person)
            if known.account != record.account if known else meeting.phase is not Phase.CANCELLED:
                return False
            await tx.save_copy(replace(record, sequence=meeting.sequence, span=(known or record).span))
            if known is None or known.written != self._record.written:
                # Otherwise what changed since has its own job still to come.
                await _enqueue(desk, meeting, self._reader, again=f":{self._office.new_id('w')}")
            return True

    async def _write(self, before: Written | None, *, wants_video: bool = False) -> Written:
        copy = event(self._office, self._meeting, self._cast, self._reader, wants_video=wants_video)
        try:
            return await self._provider.write(self._credentials, self._record.calendar, copy, before)
        except Conflict:
            if self._record.is_done:
                raise
            # Somebody changed it there; what was agreed in the room since counts.
            found = await self._find(before)
            return await self._provider.write(self._credentials, self._record.calendar, copy, found)

    async def _look_at_it(self) -> None:
        """What was agreed last had been written, and somebody changed it since: that is not undone unseen."""
        async with self._office.store.write() as tx:
            desk = Desk(self._office, tx, self._office.clock())
            await calendar_changes.look_at(desk, self._account, [self._record.meeting])

    async def _find(self, before: Written | None) -> Written | None:
        """The event as it now is; from here on the record says in which calendar that is."""
        if before is None:
            return None
        calendar, found = await self._whereabouts.find(self._record.calendar, before)
        self._record = replace(self._record, calendar=calendar)
        return found

    async def failed(self, refused: Gone | Rejected | ReconnectNeeded) -> None:
        """It cannot be written: its owner can mend that."""
        log.warning("copy.refused", provider=self._account.provider, error=type(refused).__name__)
        why = {
            Gone: "That calendar is not there any more.",
            ReconnectNeeded: "I may not write into it any more; link it again.",
        }.get(type(refused), "It refused the event.")
        async with self._office.store.write() as tx:
            if await self._still_wanted(tx):
                desk = Desk(self._office, tx, self._office.clock())
                await _tell(desk, self._meeting, self._record, self._account, why)
