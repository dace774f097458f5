"""Picking a time: a number, any other time, the private Confirm with its hold, and the booking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import copies, invites, times
from bot.handlers import pending
from bot.handlers.access import open_invitation, visible_meeting
from bot.handlers.asking import ask_host
from bot.turn import AnswerDesk, Sorry, Turn
from bot.views import calendars, picking
from bot.views.meetings import Cast
from bot.views.words import Eyes, more_times, refusal
from scheduling_core import offers
from scheduling_core.actions import Action
from scheduling_core.cards import DAY_FIELD, THIS_DAY, Block, Card
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Hold, Meeting, Phase, Wish, book
from scheduling_core.people import Person
from scheduling_core.ports import Job

TAKEN = "Someone just took it."
OWN_MEETING = "You have another meeting at that time."
OWN_QUESTION = "You are just about to confirm another meeting at that time."
"""Said when the reader's own time stands in the way."""
TOO_SOON = "That time is too close now."
NOT_FREE = "That time is no longer free."


async def pick(turn: Turn, meeting_id: str, number: str) -> None:
    """A number on the public card."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        offer = meeting.offer(int(number))
        if offer is None:
            raise Sorry(refusal(f"There is no time number {number} on that card.", more_times(meeting.id)))
        await _hold(desk, meeting, offer.start)


async def slot(turn: Turn, meeting_id: str, minutes: str) -> None:
    """A time in a private picker."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        await _hold(desk, meeting, instant(minutes))


def instant(minutes: str) -> datetime:
    """The start that stands in an action."""
    return datetime.fromtimestamp(int(minutes) * 60, UTC)


async def _hold(desk: AnswerDesk, meeting: Meeting, start: datetime) -> None:
    """Reserve the start for the actor and ask to confirm, or offer the nearest."""
    guest = desk.turn.actor
    await _let_go(desk, meeting, guest)
    need = await need_with(desk, meeting, guest)
    await desk.tx.lock(need.people)
    minutes = desk.office.settings.conversation.hold_minutes
    hold_id = desk.office.new_id("h")
    until = desk.now + timedelta(minutes=minutes)
    span = Interval(start, start + meeting.length)
    if not await is_free(desk, need, start) or not await desk.tx.claim(
        hold_id, need.people, span, now=desk.now, until=until
    ):
        await offer_nearest(desk, meeting, need, start, "slot")
        return
    eyes = eyes_of(desk, need.host)
    hold = Hold(hold_id, meeting.id, guest.id, start, until, "", desk.turn.room)
    message_id = await desk.reply(picking.confirm(hold, meeting, need.host, eyes, minutes))
    await desk.tx.save_hold(replace(hold, message_id=message_id))
    await desk.tx.enqueue(Job(f"hold:{hold_id}", "release", {"hold": hold_id}, due=until))


async def repeat_question(desk: AnswerDesk) -> bool:
    """Ask again what waits for the actor's confirmation in this room; False when nothing does."""
    holds = await desk.tx.holds(desk.turn.actor.id, desk.turn.room, desk.now)
    meeting = await desk.tx.meeting(holds[0].meeting) if holds else None
    if meeting is None:
        return False
    need = await need_with(desk, meeting, desk.turn.actor)
    minutes = -(-int((holds[0].expires_at - desk.now).total_seconds()) // 60)
    await desk.withdraw_message(holds[0].message_id)
    card = picking.confirm(holds[0], meeting, need.host, eyes_of(desk, need.host), minutes)
    await desk.tx.save_hold(replace(holds[0], message_id=await desk.reply(card)))
    return True


async def _let_go(desk: AnswerDesk, meeting: Meeting, guest: Person) -> None:
    """One hold for each guest and invitation: an older one and its question go away."""
    for hold in await desk.tx.meeting_holds(meeting.id):
        if hold.guest == guest.id:
            await pending.drop_hold(desk, hold, keep_message=hold.message_id == desk.turn.pressed)


async def need_with(desk: AnswerDesk, meeting: Meeting, guest: Person, *ignoring: str) -> times.Need:
    """What the meeting needs when *guest* takes part."""
    ids = dict.fromkeys((*meeting.participants, guest.id))
    people = await desk.tx.people(tuple(ids))
    need = times.need_of(desk.office, meeting, people, *ignoring)
    if guest.id in need.people:
        return need
    return replace(need, guests=(*need.guests, people[guest.id]))


async def is_free(desk: AnswerDesk, need: times.Need, start: datetime, since: datetime | None = None) -> bool:
    """Whether this one start is offered right now, on the days once named or inside the host's window.

    Args:
        since: see `times.free_starts`; what is booked asks calendars anew: since now.
    """
    within = Interval(start, start + timedelta(minutes=1))
    if start in await times.free_starts(desk.tx, need, desk.now, within=within, since=since):
        return True
    if not need.days:
        return False
    return start in await times.free_starts(desk.tx, need.any_day(), desk.now, within=within, since=since)


async def offer_nearest(
    desk: AnswerDesk, meeting: Meeting, need: times.Need, start: datetime, verb: str, *more_blocks: Block
) -> None:
    """The slot is lost: say so and name the nearest three."""
    free = await times.free_starts(desk.tx, need, desk.now)
    if not free and need.days:
        free = await times.free_starts(desk.tx, need.any_day(), desk.now)
    because = await _why_lost(desk, need, start)
    near = offers.nearest(free, start)
    eyes = eyes_of(desk, need.host)
    card = picking.lost(meeting, start, near, eyes, because, verb, *more_blocks)
    await desk.reply(card, about=_moved_by(verb, meeting))


def _moved_by(verb: str, meeting: Meeting) -> str | None:
    """Times to move a meeting to are worth nothing when it changes; times to pick stay."""
    return meeting.id if verb == "move" else None


async def _why_lost(desk: AnswerDesk, need: times.Need, start: datetime) -> str:
    if start < desk.now + need.rules.notice:
        return TOO_SOON
    taken = await desk.tx.taken(need.people, Interval(start, start + need.length), desk.now)
    claims = {who: [c for c in found if c.holder not in need.ignoring] for who, found in taken.items()}
    for claim in claims.get(desk.turn.actor.id, ()):
        if not claim.is_hold:
            return OWN_MEETING
        # Other holds on the actor's time are those of another guest of the same meeting: none of their doing.
        hold = await desk.tx.hold(claim.holder)
        if hold is not None and hold.guest == desk.turn.actor.id:
            return OWN_QUESTION
    return TAKEN if any(claims.values()) else NOT_FREE


def eyes_of(desk: AnswerDesk, host: Person) -> Eyes:
    """How times are written for the actor; in the host's zone when theirs is not known."""
    return desk.turn.eyes(desk.office.rules_of(host).availability.zone)


async def more(turn: Turn, meeting_id: str, page: str = "0") -> None:
    """*More times*: every free time, day by day."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        need = await need_with(desk, meeting, turn.actor)
        await reply_picker(desk, meeting, need, "slot", "more", page)


async def reply_picker(
    desk: AnswerDesk,
    meeting: Meeting,
    need: times.Need,
    verb: str,
    again: str,
    page: str,
    *more_blocks: Block,
) -> None:
    """A private picker of all free starts; *verb* is what a tap means.

    Args:
        page: what a `TimePicker` puts behind its turn: where the page begins.
    """
    free = await times.free_starts(desk.tx, need, desk.now)
    free = tuple(start for start in free if start != meeting.start)
    if not free:
        await desk.reply(picking.nothing_free(meeting, verb), about=_moved_by(verb, meeting))
        return
    eyes, turning = eyes_of(desk, need.host), Action(again, (meeting.id,))
    title = "Pick a time" if verb == "slot" else "Move the meeting: a tap moves it at once; you can undo"
    first, problem = _first_group(page, desk.turn.inputs.get(DAY_FIELD, ""), free, eyes)
    card = picking.picker(title, verb, meeting.id, free, eyes, first, turning, *more_blocks, problem=problem)
    await desk.reply(card, about=_moved_by(verb, meeting))


def _first_group(page: str, day: str, free: Sequence[datetime], eyes: Eyes) -> tuple[int, str]:
    """Where the picker begins, and what was wrong with the chosen day.

    Args:
        page: the number of a group, an ISO date, or `THIS_DAY`.
        day: what stands in the field `DAY_FIELD`.
    """
    if page.isdecimal():
        return int(page), ""
    asked = day if page == THIS_DAY else page
    if not asked:
        return 0, "Choose a day first."
    found = picking.group_of(asked, free, eyes)
    return (0, "That day has no free time left.") if found is None else (found, "")


async def other(turn: Turn, hold_id: str, meeting_id: str) -> None:
    """*Other time* on the confirmation: gives the held time back and shows the rest."""
    async with turn.desk() as desk:
        meeting = await open_invitation(desk, meeting_id)
        hold = await desk.tx.hold(hold_id)
        if hold is not None and hold.guest == turn.actor.id:
            await pending.drop_hold(desk, hold, keep_message=True)
        need = await need_with(desk, meeting, turn.actor)
        await reply_picker(desk, meeting, need, "slot", "more", "0")


async def confirm(turn: Turn, hold_id: str, meeting_id: str, minutes: str) -> None:
    """*Confirm*: books, once; pressing it twice shows the same booking.

    After the hold has ended it still books the time the question named, if that is free.
    """
    async with turn.desk() as desk:
        meeting = await visible_meeting(desk, meeting_id)
        if meeting.phase is Phase.CONFIRMED and turn.actor.id in meeting.participants:
            await _reply_booked(desk, meeting)
            return
        meeting = await open_invitation(desk, meeting_id)
        hold, start = await desk.tx.hold(hold_id), instant(minutes)
        if hold is not None and hold.guest != turn.actor.id:
            raise Sorry(refusal("That time is held for somebody else.", more_times(meeting.id)))
        need = await need_with(desk, meeting, turn.actor, hold_id)
        await desk.tx.lock(need.people)
        free = await is_free(desk, _as_promised(desk, need, hold), start, since=desk.now)
        await _let_go(desk, meeting, turn.actor)
        if free and (unsure := await doubted_by(desk, need)):
            await _ask_host(desk, meeting, need, start, unsure)
        elif not free or not await book_now(desk, meeting, need, start, turn.actor):
            await offer_nearest(desk, meeting, need, start, "slot")


async def doubted_by(desk: AnswerDesk, need: times.Need) -> list[Person]:
    """Whose calendars could not be read; the actor knows their own time."""
    unsure = await times.doubted(desk.tx, need, desk.now)
    return [person for person in unsure if person.id != desk.turn.actor.id]


async def _ask_host(
    desk: AnswerDesk, meeting: Meeting, need: times.Need, start: datetime, unsure: Sequence[Person]
) -> None:
    """A calendar could not be read: the host decides, and the guest learns nothing of anybody's calendar."""
    guest, is_own = desk.turn.actor, need.host in unsure
    eyes = Eyes.of(need.host, need.rules.availability.zone)

    def question(asked: Wish) -> Card:
        return calendars.doubt_question(asked, meeting, guest, eyes, is_own=is_own)

    await ask_host(desk, meeting, need.host, (start,), "", question)
    await desk.reply(calendars.waits_for_host(need.host, more_times(meeting.id)))


def _as_promised(desk: AnswerDesk, need: times.Need, hold: Hold | None) -> times.Need:
    """While a time is held, the notice that runs on meanwhile does not take it away."""
    if hold is None or hold.expires_at < desk.now:
        return need
    held = timedelta(minutes=desk.office.settings.conversation.hold_minutes)
    rules = replace(need.rules, notice=max(need.rules.notice - held, timedelta()))
    return replace(need, rules=rules)


async def book_now(
    desk: AnswerDesk, meeting: Meeting, need: times.Need, start: datetime, guest: Person
) -> bool:
    """Book in this transaction; False (and nothing booked) when somebody's time is taken.

    The guest and the host get a private word with their own calendar links, everybody a mail.
    """
    span = Interval(start, start + meeting.length)
    if not await desk.tx.claim(meeting.id, need.people, span, now=desk.now):
        return False
    booked = book(meeting, start, guest.id)
    # The card says where to meet, which is not known before it is known whose calendar it goes into.
    await copies.tell_all(desk, booked, "Booked")
    await desk.publish(booked)
    await desk.time_changed(booked)
    await pending.drop_all(desk, meeting)
    cast = await desk.cast(booked)
    for person_id in booked.participants:
        if person_id != desk.turn.actor.id:
            person = cast.people[person_id]
            await desk.tell(
                person.ref, booked.room, await _booked_card(desk, booked, cast, person), about=booked.id
            )
    await _reply_booked(desk, booked)
    return True


async def _reply_booked(desk: AnswerDesk, meeting: Meeting) -> None:
    cast = await desk.cast(meeting)
    await desk.reply(await _booked_card(desk, meeting, cast, desk.turn.actor), about=meeting.id)


async def _booked_card(desk: AnswerDesk, meeting: Meeting, cast: Cast, reader: Person) -> Card:
    others = [cast.people[p] for p in meeting.participants if p != reader.id]
    eyes = await desk.eyes_of(meeting, reader)
    links = invites.links(desk.office, meeting, cast, reader)
    return picking.booked(meeting, others, eyes, links, await copies.told_by(desk, meeting, reader))
