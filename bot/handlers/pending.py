"""What waits on an invitation for somebody's word: holds with their question, wishes with theirs."""

from bot.turn import AnswerDesk
from scheduling_core.meeting import Hold, Meeting, Wish


async def drop_hold(desk: AnswerDesk, hold: Hold, *, keep_message: bool) -> None:
    """Give the reserved time back; the private question goes unless it is being answered."""
    await desk.tx.release(hold.id)
    await desk.tx.drop_hold(hold.id)
    if not keep_message:
        await desk.withdraw_message(hold.message_id)


async def drop_wish(desk: AnswerDesk, wish: Wish) -> None:
    """The host need not answer any more; the question goes unless it is just being answered."""
    await desk.tx.drop_wish(wish.id)
    if wish.message_id != desk.turn.pressed:
        await desk.withdraw_message(wish.message_id)


async def drop_all(desk: AnswerDesk, meeting: Meeting) -> None:
    """The invitation is settled: nobody has anything left to answer."""
    for hold in await desk.tx.meeting_holds(meeting.id):
        await drop_hold(desk, hold, keep_message=hold.message_id == desk.turn.pressed)
    for wish in await desk.tx.meeting_wishes(meeting.id):
        await drop_wish(desk, wish)
