"""Who may do what: every handler comes through here before it looks at a meeting."""

from bot.turn import AnswerDesk, Sorry
from bot.views import words
from bot.views.words import HELP, MY_MEETINGS, refusal
from scheduling_core.cards import Button, Card
from scheduling_core.meeting import Meeting, Phase

UNKNOWN = "I know no such meeting here."
"""Said alike of a meeting that does not exist and of one that is none of the actor's business."""


async def visible_meeting(desk: AnswerDesk, meeting_id: str) -> Meeting:
    """A meeting of this room, or one the actor takes part in.

    Raises:
        Sorry: there is none; nothing is told about a meeting elsewhere.
    """
    meeting = await desk.tx.meeting(meeting_id)
    turn = desk.turn
    if meeting is None or meeting.room.workspace != turn.room.workspace:
        raise Sorry(refusal(UNKNOWN))
    if meeting.room.room != turn.room.room and turn.actor.id not in meeting.participants:
        raise Sorry(refusal(UNKNOWN))
    return meeting


async def open_invitation(desk: AnswerDesk, meeting_id: str) -> Meeting:
    """An invitation the actor may answer.

    Raises:
        Sorry: it is not open, or it is for somebody else.
    """
    meeting = await visible_meeting(desk, meeting_id)
    actor = desk.turn.actor.id
    if meeting.phase is not Phase.INVITING:
        raise Sorry(_ended(meeting, actor))
    if actor == meeting.host:
        raise Sorry(refusal("This is your own invitation; the others pick the time."))
    if not meeting.anyone and actor not in meeting.guests:
        raise Sorry(refusal("This invitation is for somebody else."))
    return meeting


async def own_meeting(desk: AnswerDesk, meeting_id: str) -> Meeting:
    """A meeting the actor takes part in.

    Raises:
        Sorry: the actor is no participant.
    """
    meeting = await visible_meeting(desk, meeting_id)
    if desk.turn.actor.id not in meeting.participants:
        raise Sorry(refusal("Only the people in this meeting can do that."))
    return meeting


async def booked_meeting(desk: AnswerDesk, meeting_id: str) -> Meeting:
    """A confirmed meeting the actor takes part in.

    Raises:
        Sorry: it is not confirmed (any more), or the actor is no participant.
    """
    meeting = await own_meeting(desk, meeting_id)
    if meeting.phase is not Phase.CONFIRMED:
        raise Sorry(_ended(meeting, desk.turn.actor.id))
    return meeting


def may_reopen(meeting: Meeting, person_id: str) -> bool:
    """A withdrawn invitation is the host's to renew; any other end can be undone by either side."""
    if meeting.phase is Phase.WITHDRAWN:
        return person_id == meeting.host
    return person_id in meeting.participants and meeting.phase in (Phase.CANCELLED, Phase.EXPIRED)


_ENDED = {
    Phase.INVITING: "This meeting has no time yet.",
    Phase.CONFIRMED: "A time for this meeting is already confirmed.",
    Phase.CANCELLED: "This meeting was cancelled.",
    Phase.EXPIRED: "This invitation has ended.",
    Phase.WITHDRAWN: "This invitation was withdrawn.",
    Phase.ENDED: "This meeting is over.",
}


def _ended(meeting: Meeting, actor: str) -> Card:
    """Where the meeting stands, and what this person can do about it."""
    items: tuple[Button, ...] = (MY_MEETINGS, HELP)
    if may_reopen(meeting, actor):
        items = (words.find_a_new_time(meeting.id), MY_MEETINGS)
    elif meeting.phase is Phase.CONFIRMED and actor in meeting.participants:
        items = (words.reschedule(meeting.id), MY_MEETINGS)
    return refusal(_ENDED[meeting.phase], *items)
