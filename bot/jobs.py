"""Durable work: what happens after the answer, once, however often a process dies.

Each function looks at what is stored first and does nothing when the world has moved on, so that a job
that comes late or twice is harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import structlog

from bot import (
    calendar_channels,
    calendar_looks,
    calendars,
    clock_question,
    copies,
    invites,
    leaving,
    posting,
    showing,
    steps,
    times,
    unlinking,
    unshown,
    video,
)
from bot.desk import Desk
from bot.office import Office
from bot.views import picking
from bot.views.words import Eyes, at, note
from scheduling_core.chat_ports import ChatPlatform, EventBoard
from scheduling_core.errors import Rejected, StoreLost
from scheduling_core.mail import MailTransport
from scheduling_core.meeting import Meeting, Phase, close, replace_lost
from scheduling_core.ports import Job, JobFunction, QueuedMail, Transaction

log = structlog.get_logger()

DATABASE_PAUSE_SECONDS = 2.0

LASTING = frozenset({"show", showing.AGAIN, showing.SECOND, "copy", "board"})
"""Kinds that look afterwards whether another process did more meanwhile, and put that right."""

Args = Mapping[str, str]

# RFC 5321 section 4.2.3.
_REFUSALS = {
    550: "there is no such mailbox, or it takes no mail from us",
    551: "the mailbox is elsewhere",
    552: "the mailbox is full",
    553: "the address is not one the mail server knows",
}


class Jobs:
    """The functions a `JobEngine` runs, by kind.

    Args:
        platforms: by name.
        wait: passes the time (in seconds) until the database is tried again.
        boards: the platforms that keep a list of what is coming up, by name.
        make_sure: as `JobEngine.make_sure`.
    """

    def __init__(
        self,
        office: Office,
        mail: MailTransport,
        platforms: Mapping[str, ChatPlatform],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        boards: Mapping[str, EventBoard] | None = None,
        make_sure: Callable[[], None] = lambda: None,
    ) -> None:
        self._boards = boards or {}
        self._wait = wait
        self._office = office
        self._mail = mail
        self._make_sure = make_sure
        self._showing = showing.Showing(office, platforms, self._keep, make_sure)

    def functions(self) -> dict[str, JobFunction]:
        """Kind of job → function."""
        return {
            "show": self.show,
            "show.given_up": self.give_up_showing,
            showing.AGAIN: self.show_again,
            showing.SECOND: self.take_second,
            "catch_up": self.catch_up,
            "mail": self.mail,
            "mail.given_up": self.give_up_mail,
            "release": self.release,
            "end": self.end,
            "refresh": self.refresh,
            "recheck": self.recheck,
            "ask_clock": self.ask_clock,
            "tidy": self.tidy,
            "read": self.read,
            "tend": self.tend,
            "revoke": self.revoke,
            "revoke.given_up": self.give_up_revoking,
            "copy": self.copy,
            "copy.given_up": self.give_up_copy,
            "video": self.video,
            "look_at_copies": self.look_at_copies,
            "board": self.board,
            "forget_workspace": self.forget_workspace,
        }

    async def show(self, args: Args) -> None:
        """Bring one message of ours to its newest revision on its platform."""
        await self._showing.show(args["message"])

    async def show_again(self, args: Args) -> None:
        """Something older may have come after what was shown last."""
        await self._showing.show(args["message"], again=True)

    async def take_second(self, args: Args) -> None:
        """A message was posted by two processes."""
        await self._showing.take_second(args["message"], args["shown_as"])

    async def give_up_showing(self, args: Args) -> None:
        """The room could not be reached for a day."""
        await unshown.given_up(self._office, args)

    async def catch_up(self, args: Args) -> None:
        """Somebody is heard from where something of ours is not shown."""
        await unshown.catch_up(self._office, args)

    async def mail(self, args: Args) -> None:
        """Send one mail; a final no is recorded and shown to the host."""
        async with self._office.store.read() as reading:
            queued = await reading.mail(args["mail"])
        if queued is None or queued.outcome:
            return
        self._make_sure()
        try:
            await self._mail.send(queued.mail)
        except Rejected as refused:
            # The server's own words may repeat the address, however it is written; the code says enough.
            words = _REFUSALS.get(refused.code, "the mail server refused it")
            await self._mail_failed(queued, f"{words} ({refused.code})")
        else:
            await self._keep(lambda tx: tx.mark_mail(queued.id, "sent"))

    async def _keep(self, write: Callable[[Transaction], Awaitable[None]]) -> None:
        """Write down what has happened outside.

        While the database is away this alone is tried again: the whole job would do it a second time.
        """
        while True:
            try:
                async with self._office.store.write() as tx:
                    return await write(tx)
            except StoreLost:
                await self._wait(DATABASE_PAUSE_SECONDS)

    async def give_up_mail(self, args: Args) -> None:
        """The mail could not be handed over for a day."""
        async with self._office.store.read() as reading:
            queued = await reading.mail(args["mail"])
        if queued is not None and not queued.outcome:
            await self._mail_failed(queued, "the mail server could not be reached for a day")

    async def _mail_failed(self, queued: QueuedMail, reason: str) -> None:
        async with self._office.store.write() as tx:
            await tx.mark_mail(queued.id, reason)
            meeting = await tx.meeting(queued.meeting)
            if meeting is None or invites.is_to_former_address(queued.id):
                return
            desk = Desk(self._office, tx, self._office.clock())
            cast = await desk.cast(meeting)
            whom = at(cast.people[queued.person])
            card = note(f"The invite for {whom} could not be delivered: {reason}. The meeting itself stands.")
            await desk.tell(cast.people[meeting.host].ref, meeting.room, card)

    async def release(self, args: Args) -> None:
        """A hold's minutes are over: the slot is free again and the question says so."""
        now = self._office.clock()
        async with self._office.store.write() as tx:
            hold = await tx.hold(args["hold"])
            if hold is None or hold.expires_at > now:
                return
            await tx.release(hold.id)
            await tx.drop_hold(hold.id)
            meeting, shown = await tx.meeting(hold.meeting), await tx.message(hold.message_id)
            if meeting is None or shown is None or shown.message.card is None:
                return
            if meeting.phase is not Phase.INVITING:
                await Desk(self._office, tx, now).withdraw_message(hold.message_id)
                return
            desk = Desk(self._office, tx, now)
            people = await tx.people([hold.guest, meeting.host])
            zone = self._office.rules_of(people[meeting.host]).availability.zone
            eyes = Eyes.of(people[hold.guest], zone)
            card = picking.hold_ended(hold, meeting, people[meeting.host], eyes)
            await desk.show(replace(shown.message, card=card, revision=shown.message.revision + 1))

    async def end(self, args: Args) -> None:
        """The meeting is over."""
        async with self._office.store.write() as tx:
            meeting = await tx.meeting(args["meeting"])
            if meeting and _is_at(meeting, args):
                await Desk(self._office, tx, self._office.clock()).publish(close(meeting, "end"))

    async def recheck(self, args: Args) -> None:
        """Somebody's time changed: every open card of these people is looked at, each for itself."""
        async with self._office.store.read() as reading:
            meetings = await reading.open_invitations(args["people"].split(","))
        for meeting in meetings:
            await self.refresh({"meeting": meeting.id})

    async def refresh(self, args: Args) -> None:
        """Strike the offers of one card that are lost, put the next best in their place; or it is over."""
        await steps.begin(self._office, partial(self._refresh, args))

    async def _refresh(self, args: Args) -> None:
        now = self._office.clock()
        async with self._office.store.write() as tx:
            meeting = await tx.meeting(args["meeting"])
            if meeting is None or meeting.phase is not Phase.INVITING:
                return
            desk = Desk(self._office, tx, now)
            if now >= meeting.expires_at:
                await desk.publish(close(meeting, "expire"))
            elif (fresh := await self._refreshed(desk, meeting)) is not meeting:
                await desk.publish(fresh)
            else:
                await desk.look_again(meeting, (await desk.cast(meeting)).people[meeting.host])

    async def _refreshed(self, desk: Desk, meeting: Meeting) -> Meeting:
        people = (await desk.cast(meeting)).people
        need = times.need_of(self._office, meeting, people)
        free = frozenset(await times.free_starts(desk.tx, need, desk.now, holds_count=False))
        kept = frozenset(o.start for o in meeting.open_offers() if o.start in free)
        missing = self._office.settings.conversation.offers - len(kept)
        candidates = times.lasting(need, sorted(free - kept), desk.now)
        chosen = times.replacements(need, candidates, {o.start for o in meeting.offers}, missing)
        return replace_lost(meeting, kept, chosen)

    async def ask_clock(self, args: Args) -> None:
        """The clock that was taken for somebody's changes soon."""
        await clock_question.ask(self._office, args)

    async def begin(self) -> None:
        """Set going what comes round by itself; harmless to repeat, in any number of processes."""
        async with self._office.store.write() as tx:
            await tx.enqueue(_tidying(self._office.clock().date()))

    async def tidy(self, args: Args) -> None:
        """Once a day: forget what has been over for long enough."""
        now = self._office.clock()
        async with self._office.store.write() as tx:
            gone = await tx.forget(now - timedelta(days=self._office.settings.retention.days))
            await tx.enqueue(_tidying(date.fromisoformat(args["day"]) + timedelta(days=1)))
        log.info("tidied", rows=gone)

    async def board(self, args: Args) -> None:
        """Bring a platform's list of what is coming up to where one booking stands."""
        await posting.post(self._office, self._boards, args, self._make_sure)

    async def copy(self, args: Args) -> None:
        """Somebody's event in their calendar is brought to the meeting's state."""
        await copies.write(self._office, args, self._make_sure)

    async def give_up_copy(self, args: Args) -> None:
        """Their calendar could not be reached for a day."""
        await copies.give_up(self._office, args)

    async def video(self, args: Args) -> None:
        """The video link of a meeting was being made when its event was written."""
        await video.look(self._office, args)

    async def read(self, args: Args) -> None:
        """A calendar was linked: it is asked at once, so that nobody has to wait for it later."""
        await calendars.look_at(self._office, args["account"])

    async def look_at_copies(self, args: Args) -> None:
        """Somebody may have changed our events in their calendar."""
        await calendar_looks.look(self._office, args)

    async def tend(self, args: Args) -> None:
        """Somebody chose anew which calendars count: their providers tell of changes in these."""
        await calendar_channels.tend(self._office, args["account"])

    async def revoke(self, args: Args) -> None:
        """A calendar was unlinked: its provider is told."""
        await unlinking.revoke(self._office, args)

    async def give_up_revoking(self, args: Args) -> None:
        """Its provider could not be reached for a day."""
        await unlinking.give_up(self._office, args)

    async def forget_workspace(self, args: Args) -> None:
        """A workspace took the bot away some time ago; nothing happens when it came back."""
        await leaving.forget(self._office, args)


def _tidying(day: date) -> Job:
    due = datetime.combine(day, time(3), UTC)
    return Job(f"tidy:{day.isoformat()}", "tidy", {"day": day.isoformat()}, due=due)


def _is_at(meeting: Meeting, args: Args) -> bool:
    """Whether the booking is still the one the job was made for."""
    made_for = (int(args["round"]), int(args["sequence"]))
    return meeting.phase is Phase.CONFIRMED and (meeting.round, meeting.sequence) == made_for
