"""Answering whether a meeting goes where the other has put it in their calendar: *Take it*, or *Keep*."""

from datetime import timedelta

from bot import asked_moves, changed, changes_there, copies
from bot.handlers.access import booked_meeting
from bot.handlers.pick import instant
from bot.turn import AnswerDesk, Sorry, Turn
from bot.views import changes, words
from bot.views import changes_there as views
from bot.views.words import MY_MEETINGS, refusal
from scheduling_core.actions import Action
from scheduling_core.meeting import Meeting, Undo, move
from scheduling_core.people import Person


async def agree(turn: Turn, meeting_id: str, sequence: str, minutes: str) -> None:
    """*Take it*: by the actor's own word; another meeting is never put aside for it."""
    async with turn.desk() as desk:
        meeting, mover = await _asked(desk, meeting_id, sequence, minutes)
        eyes = await desk.eyes_of(meeting, turn.actor)
        start = instant(minutes)
        if start <= desk.now or not await changed.take_time(desk, meeting, start):
            because = views.OVER if start <= desk.now else views.TAKEN
            await changes_there.put_back(desk, meeting, mover, because)
            await desk.reply(views.stays(meeting, eyes, f"{because}. "), about=meeting.id)
            return
        seconds = desk.office.settings.conversation.undo_seconds
        undo = Undo(turn.actor.id, desk.now + timedelta(seconds=seconds), meeting.span.start)
        moved = move(meeting, start, undo)
        await changed.moved(desk, moved, turn.actor, "agreed to move it to", "agreed to move your meeting to")
        await desk.reply(changes.moved(moved, eyes, seconds), about=moved.id)


async def disagree(turn: Turn, meeting_id: str, sequence: str, minutes: str) -> None:
    """*Keep the old time*: the mover is told, and their event goes back where it still can be written."""
    async with turn.desk() as desk:
        meeting, mover = await _asked(desk, meeting_id, sequence, minutes)
        is_back = await copies.write_once_more(desk, meeting, mover)
        card = views.kept(meeting, turn.actor, await desk.eyes_of(meeting, mover), is_back=is_back)
        await desk.tell(mover.ref, meeting.room, card, about=meeting.id)
        eyes = await desk.eyes_of(meeting, turn.actor)
        await desk.reply(views.stays(meeting, eyes), about=meeting.id)


async def _asked(desk: AnswerDesk, meeting_id: str, sequence: str, minutes: str) -> tuple[Meeting, Person]:
    """The meeting the actor is asked about, and who moved it.

    Raises:
        Sorry: the meeting was changed since, or the question was answered or taken back.
    """
    meeting = await booked_meeting(desk, meeting_id)
    await desk.tx.lock(meeting.participants)
    if meeting.sequence != int(sequence):
        again = words.reschedule(meeting.id)
        raise Sorry(
            refusal("The meeting was changed meanwhile, so that question is over.", again, MY_MEETINGS)
        )
    asked = Action(views.AGREE, (meeting_id, sequence, minutes))
    for question in await asked_moves.questions(desk, meeting):
        is_it = question.card is not None and asked in [each.action for each in question.card.buttons()]
        if is_it and question.audience == desk.turn.actor.ref:
            if question.id != desk.turn.pressed:
                # It was answered where it stands in the list.
                await desk.take_away(question)
            people = (await desk.cast(meeting)).people
            return meeting, next(each for each in people.values() if each.id != desk.turn.actor.id)
    raise Sorry(refusal("That question is no longer open.", MY_MEETINGS))
