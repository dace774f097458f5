"""What people changed of our events in their calendars themselves, done as if they had done it in the room.

It is noticed by `bot/calendar_looks.py`.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot import asked_moves, changed, copies, times
from bot.desk import Desk
from bot.views import changes_there as views
from scheduling_core import offers
from scheduling_core.intervals import Interval
from scheduling_core.meeting import Meeting, cancel, move
from scheduling_core.people import Person

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


async def put_back(desk: Desk, meeting: Meeting, mover: Person, because: str) -> None:
    """The event cannot be where its owner has put it."""
    is_back = await copies.write_once_more(desk, meeting, mover)
    card = views.put_back(meeting, because, await desk.eyes_of(meeting, mover), is_back=is_back)
    await desk.tell(mover.ref, meeting.room, card, about=meeting.id)


async def note(desk: Desk, meeting: Meeting, owner: Person, span: Interval) -> None:
    """The event stands at *span* in its owner's calendar."""
    for question in await asked_moves.questions(desk, meeting):
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
    card = views.moved(moved, await desk.eyes_of(moved, owner))
    await desk.tell(owner.ref, moved.room, card, about=moved.id)


async def _ask(
    desk: Desk, meeting: Meeting, owner: Person, other: Person, start: datetime, doubt: views.Doubt
) -> None:
    card = views.question(meeting, owner, start, doubt, await desk.eyes_of(meeting, other))
    await desk.tell(other.ref, meeting.room, card, about=meeting.id)
    card = views.asked(meeting, other, start, await desk.eyes_of(meeting, owner))
    await desk.tell(owner.ref, meeting.room, card, about=meeting.id)


async def off(desk: Desk, meeting: Meeting, owner: Person) -> None:
    """Its owner deleted or declined it there."""
    gone = cancel(meeting)
    there = "in their calendar"
    await changed.cancelled(
        desk, gone, owner, f"cancelled the meeting, {there}", f"cancelled your meeting, {there}"
    )
    card = views.cancelled(gone, await desk.eyes_of(gone, owner))
    await desk.tell(owner.ref, gone.room, card, about=gone.id)
