"""Changing a meeting: reschedule with Undo, cancel, keep, withdraw, find a new time. Either side may."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot import changed, copies, invites, times
from bot.handlers import pending, second_look
from bot.handlers.access import booked_meeting, may_reopen, own_meeting
from bot.handlers.pick import (
    doubted_by,
    eyes_of,
    instant,
    is_free,
    need_with,
    offer_nearest,
    reply_picker,
)
from bot.turn import AnswerDesk, Sorry, Turn
from bot.typed_text import too_long
from bot.views import changes, words
from bot.views import second_look as looks
from bot.views.second_look import Unsure
from bot.views.words import INVITE, MY_MEETINGS, note, refusal, who
from scheduling_core.cards import Block, Card
from scheduling_core.errors import Refused
from scheduling_core.mail import single_line
from scheduling_core.meeting import Meeting, Offer, Phase, Undo, cancel, close, move, reopen, undo_move
from scheduling_core.people import Person


async def reschedule(turn: Turn, meeting_id: str) -> None:
    """Private offers that suit everybody, ignoring the meeting itself."""
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        await _offer(desk, meeting, await _need(desk, meeting))


async def _offer(desk: AnswerDesk, meeting: Meeting, need: times.Need) -> None:
    free = await times.free_starts(desk.tx, need, desk.now)
    starts = times.offered(desk.office, need, [start for start in free if start != meeting.start])
    gone = await _gone(desk, meeting)
    card = changes.reschedule(meeting, starts, eyes_of(desk, need.host), _typed(desk.turn), gone)
    await desk.reply(card, about=meeting.id)


async def _gone(desk: AnswerDesk, meeting: Meeting) -> list[Person]:
    """The others of the meeting who are not in its room any more, as far as the platform told."""
    inside, people = await desk.tx.members(meeting.room), (await desk.cast(meeting)).people
    others = [people[each] for each in meeting.participants if each != desk.turn.actor.id]
    return [person for person in others if person.id not in inside]


async def more(turn: Turn, meeting_id: str, page: str = "0") -> None:
    """*More times* while rescheduling."""
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        need = await _need(desk, meeting)
        await reply_picker(desk, meeting, need, "move", "moremoves", page, _keep_reason(turn))


async def _need(desk: AnswerDesk, meeting: Meeting) -> times.Need:
    """A moved meeting is bound to the host's window, not to the day it was once asked for."""
    return (await need_with(desk, meeting, desk.turn.actor)).any_day()


def _typed(turn: Turn) -> str:
    return turn.inputs.get("reason", "")


def _reason(turn: Turn) -> str:
    return single_line(_typed(turn))


def _is_too_long(turn: Turn) -> bool:
    """The reason; the card then comes back with it."""
    return bool(too_long(_typed(turn), changes.MAX_REASON))


def _keep_reason(turn: Turn) -> Block:
    return changes.reason_field(_typed(turn))


async def to(turn: Turn, meeting_id: str, minutes: str, knows: str = "") -> None:
    """A tap on a new time: final, with Undo.

    Args:
        knows: what the host was told of a time that cannot be checked: an `Unsure`, "" for nothing.
    """
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        start = instant(minutes)
        need = await _need(desk, meeting)
        eyes = eyes_of(desk, need.host)
        if start == meeting.start:
            await desk.reply(
                changes.moved(meeting, eyes, _seconds_to_undo(desk, meeting), await _gone(desk, meeting)),
                about=meeting.id,
            )
            return
        if _is_too_long(turn):
            await _offer(desk, meeting, need)
            return
        await desk.tx.lock(need.people)
        is_still_free = await is_free(desk, need, start, since=desk.now)
        question = await _in_doubt(desk, meeting, need, start, knows)
        if question and is_still_free:
            await desk.reply(question, about=meeting.id)
            return
        if not is_still_free or not await changed.take_time(desk, meeting, start):
            await offer_nearest(desk, meeting, need, start, "move", _keep_reason(turn))
            return
        moved = move(meeting, start, Undo(turn.actor.id, _undo_until(desk), meeting.span.start))
        await changed.moved(desk, moved, turn.actor, reason=_reason(turn))
        gone = await _gone(desk, moved)
        card = changes.moved(moved, eyes, _seconds_to_undo(desk, moved), gone)
        await desk.reply(card, about=moved.id)


async def _in_doubt(
    desk: AnswerDesk, meeting: Meeting, need: times.Need, start: datetime, told: str
) -> Card | None:
    """What the host is asked where a calendar cannot be read; None where all can, or they were told.

    Raises:
        Sorry: it needs the host's word, and the actor is somebody else.
    """
    if desk.turn.actor.id != meeting.host:
        if await doubted_by(desk, need):
            raise Sorry(_only_the_host(need))
        return None
    unsure = await times.doubted(desk.tx, need, desk.now)
    if not unsure:
        return None
    why: Unsure = "own_unread" if need.host in unsure else "unread"
    if second_look.is_settled(why, told):
        return None
    return looks.move_anyway(meeting, start, why, eyes_of(desk, need.host), _typed(desk.turn))


def _only_the_host(need: times.Need) -> Card:
    return refusal(("Only ", who(need.host), " can move it right now: I cannot check every time."))


def _undo_until(desk: AnswerDesk) -> datetime:
    return desk.now + timedelta(seconds=desk.office.settings.conversation.undo_seconds)


def _seconds_to_undo(desk: AnswerDesk, meeting: Meeting) -> int:
    undo = meeting.undo
    if undo is None or undo.by != desk.turn.actor.id:
        return 0
    return int((undo.until - desk.now).total_seconds())


async def undo(turn: Turn, meeting_id: str, sequence: str, knows: str = "") -> None:
    """*Undo*: back to the old time, if it is still free.

    Args:
        knows: what the actor was told that speaks against it: an `Unsure`, "" for nothing.
    """
    async with turn.desk() as desk:
        meeting = await booked_meeting(desk, meeting_id)
        if meeting.sequence != int(sequence):
            raise Sorry(changes.not_undone(meeting, "The meeting was changed again meanwhile."))
        try:
            back = undo_move(meeting, turn.actor.id, desk.now)
        except Refused as refused:
            raise Sorry(changes.not_undone(meeting, str(refused))) from refused
        await desk.tx.lock(meeting.participants)
        if why := await _before_undoing(desk, meeting, back.span.start, knows):
            await _ask_before_undoing(desk, meeting, back.span.start, why)
            return
        if not await changed.take_time(desk, meeting, back.span.start):
            raise Sorry(changes.not_undone(meeting, "The old time was taken meanwhile."))
        await changed.moved(desk, back, turn.actor, "moved it back to", "moved your meeting back to")
        await desk.reply(note("Undone: the meeting is back at its old time."), about=back.id)


async def _before_undoing(desk: AnswerDesk, meeting: Meeting, start: datetime, told: str) -> Unsure | None:
    """Why the actor is asked before it goes back; None where calendars leave no doubt, or they were told.

    Raises:
        Sorry: the old time is taken, or cannot be checked and the actor is not the host.
    """
    need = await _need(desk, meeting)
    people = need.everybody.values()
    # An event that we do not write ourselves follows the meeting late, or never.
    left = {each.id for each in people if await copies.told_by(desk, meeting, each) != "calendar"}
    match await second_look.look(desk, need, start, left):
        case "free":
            return None
        case "taken":
            raise Sorry(changes.not_undone(meeting, "The old time is no longer free."))
        case "unread" if desk.turn.actor.id != meeting.host:
            raise Sorry(_only_the_host(need))
        case why if second_look.is_settled(why, told):
            return None
        case why:
            return why


async def _ask_before_undoing(desk: AnswerDesk, meeting: Meeting, start: datetime, why: Unsure) -> None:
    """They pressed in time: the question has a whole time to undo of its own."""
    way_back = Undo(desk.turn.actor.id, _undo_until(desk), start)
    waiting = replace(meeting, undo=way_back, revision=meeting.revision + 1)
    # Nothing that the meeting's card shows is another.
    await desk.tx.save_meeting(waiting)
    eyes = eyes_of(desk, (await desk.cast(waiting)).people[waiting.host])
    question = looks.undo_anyway(waiting, start, why, eyes, _seconds_to_undo(desk, waiting))
    await desk.reply(question, about=waiting.id)


async def ask_cancel(turn: Turn, meeting_id: str) -> None:
    """*Cancel*: a private question first."""
    async with turn.desk() as desk:
        await _ask_cancel(desk, await booked_meeting(desk, meeting_id))


async def _ask_cancel(desk: AnswerDesk, meeting: Meeting) -> None:
    cast, turn = await desk.cast(meeting), desk.turn
    eyes = eyes_of(desk, cast.people[meeting.host])
    card = changes.cancel(meeting, cast, turn.actor, eyes, _typed(turn), await _gone(desk, meeting))
    await desk.reply(card, about=meeting.id)


async def drop(turn: Turn, meeting_id: str, sequence: str) -> None:
    """*Cancel meeting*: pressed twice, it says the same."""
    async with turn.desk() as desk:
        meeting = await own_meeting(desk, meeting_id)
        if meeting.phase is Phase.CANCELLED:
            await _reply_cancelled(desk, meeting)
            return
        meeting = await booked_meeting(desk, meeting_id)
        if meeting.sequence != int(sequence):
            again = words.cancel(meeting.id, "Cancel anyway", "danger")
            raise Sorry(refusal("The meeting was moved meanwhile.", again, MY_MEETINGS))
        if _is_too_long(turn):
            await _ask_cancel(desk, meeting)
            return
        gone = cancel(meeting)
        await changed.cancelled(desk, gone, turn.actor, reason=_reason(turn))
        await _reply_cancelled(desk, gone)


async def _reply_cancelled(desk: AnswerDesk, meeting: Meeting) -> None:
    taken_out = await _taken_out_by(desk, meeting)
    card = changes.cancelled(meeting, taken_out, await _gone(desk, meeting))
    await desk.reply(card, about=meeting.id)


async def _taken_out_by(desk: AnswerDesk, meeting: Meeting) -> changes.TakenOutBy:
    """How the cancelled meeting leaves the actor's own calendar; also once it has left it."""
    told_by = await copies.told_by(desk, meeting, desk.turn.actor)
    if told_by == "mail" and not await invites.was_invited(desk, meeting, desk.turn.actor):
        return "calendar"  # their mail carried no invite: we had written the event ourselves
    return told_by


async def keep(turn: Turn) -> None:
    """*Keep*: nothing changes."""
    await turn.reply(note("Nothing changed; the meeting stays.", MY_MEETINGS))


async def withdraw(turn: Turn, meeting_id: str) -> None:
    """The host takes an open invitation back."""
    async with turn.desk() as desk:
        meeting = await own_meeting(desk, meeting_id)
        if meeting.host != turn.actor.id:
            raise Sorry(refusal("Only the host can withdraw an invitation."))
        if meeting.phase is Phase.WITHDRAWN:
            await desk.reply(note("The invitation is withdrawn.", INVITE))
            return
        await desk.publish(close(meeting, "withdraw"))
        await pending.drop_all(desk, meeting)
        await desk.reply(note("The invitation is withdrawn.", INVITE))


async def again(turn: Turn, meeting_id: str) -> None:
    """*Find a new time*: the same people, the same card, fresh numbers."""
    async with turn.desk() as desk:
        meeting = await own_meeting(desk, meeting_id)
        if meeting.phase is Phase.INVITING:
            await desk.reply(note("The card already offers new times.", MY_MEETINGS))
            return
        if meeting.phase is Phase.WITHDRAWN and not may_reopen(meeting, turn.actor.id):
            raise Sorry(refusal("The host withdrew this invitation; only they can renew it.", INVITE))
        if gone := await _gone(desk, meeting):
            raise Sorry(changes.not_here_to_ask(gone))
        need = await _need(desk, meeting)
        free = await times.free_starts(desk.tx, need, desk.now)
        free = times.offered(desk.office, need, times.lasting(need, free, desk.now))
        if not free:
            raise Sorry(refusal("No time is free for everybody in the host's window.", MY_MEETINGS))
        first = max((offer.number for offer in meeting.offers), default=0) + 1
        fresh = tuple(Offer(number, start) for number, start in enumerate(free, start=first))
        opened = reopen(meeting, fresh, times.invitation_end(desk.office, need, desk.now))
        await desk.publish(opened)
        await desk.drop_cards_about(opened.id)
        await desk.announce(meeting.room, changes.looking_again(turn.actor))
        await desk.reply(note("The card in the room offers new times now."))
