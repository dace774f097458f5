"""Answering whether meetings whose events are gone from a calendar are off."""

from dataclasses import replace

from bot import changed, copies, vanished
from bot.turn import AnswerDesk, Sorry, Turn
from bot.views import vanished as views
from bot.views.words import MY_MEETINGS, refusal
from scheduling_core.meeting import Meeting, cancel


async def let_go(turn: Turn, mark: str) -> None:
    """*Cancel these meetings*: those that were not changed since."""
    async with turn.desk() as desk:
        meetings, there = await _answered(desk, mark), "in their calendar"
        for meeting in meetings:
            said = (f"cancelled the meeting, {there}", f"cancelled your meeting, {there}")
            await changed.cancelled(desk, cancel(meeting), turn.actor, *said)
        await desk.reply(views.cancelled(len(meetings)))


async def bring_back(turn: Turn, mark: str) -> None:
    """*Put them back*: they are written once more, where that still can be."""
    async with turn.desk() as desk:
        meetings = await _answered(desk, mark)
        done = [await _put_back(desk, meeting) for meeting in meetings]
        await desk.reply(views.put_back(done.count(True), done.count(False)))


async def _put_back(desk: AnswerDesk, meeting: Meeting) -> bool:
    copy = await desk.tx.copy(meeting.booking, desk.turn.actor.id)
    if copy is not None:
        # To be written: until it is, nobody is said to have taken it away.
        await desk.tx.save_copy(replace(copy, written_sequence=None))
    return await copies.write_once_more(desk, meeting, desk.turn.actor)


async def _answered(desk: AnswerDesk, mark: str) -> list[Meeting]:
    """The meetings the actor was asked about, which they are no longer.

    Raises:
        Sorry: they were asked something else since, or have answered.
    """
    actor = desk.turn.actor.id
    question = await vanished.asked(desk.tx, actor)
    if question is None or question.mark != mark:
        over = "That question is no longer open: it was answered already, or another took its place."
        raise Sorry(refusal(over, MY_MEETINGS))
    await vanished.answered(desk, actor)
    return await vanished.meant(desk, question.states)
