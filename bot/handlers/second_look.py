"""A last look at calendars before a time is taken by somebody's word, whatever the host's rules say of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from bot import times
from bot.turn import AnswerDesk
from bot.views.second_look import Unsure
from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.intervals import Interval

Look = Literal["free", "taken"] | Unsure


async def look(desk: AnswerDesk, need: times.Need, start: datetime, left_over: Collection[str] = ()) -> Look:
    """What everybody's calendars say of one start as of now; meetings here are not looked at.

    Args:
        left_over: ids of people in whose calendars the meeting itself may still stand at that time, not
            written by us: what takes exactly that time, and no minute around it, is no reason for them.

    Returns:
        `taken` when it is for anybody but the actor, for whom only they themselves can speak.

    Raises:
        StaleCalendars: they have to be asked first.
    """
    said = await times.said_against(desk.tx, need, start, desk.now)
    span = Interval(start, start + need.length)
    actor, host = desk.turn.actor.id, need.host.id
    taken = {who for who, each in said.items() if _takes(each.busy, span, who in left_over)}
    unread = {who for who, each in said.items() if each.is_doubted or isinstance(each.busy, Unreadable)}
    is_closed = need.rules.when_unreadable == "close"
    if taken - {actor} or (is_closed and unread - ({actor} & {host})):
        return "taken"
    if taken:
        return "own_taken"
    if actor == host and host in unread:
        return "own_unread"
    return "unread" if unread - {actor} else "free"


def is_settled(why: Unsure, told: str) -> bool:
    """Whether the actor need not be asked: what they were told before they pressed covers what is so now.

    Args:
        told: as the button says it; "" for nothing.
    """
    return told in (why, "own_taken")


def _takes(busy: FreeBusy, span: Interval, may_be_ours: bool) -> bool:
    if isinstance(busy, Unreadable):
        return False
    found = [each for each in busy if each.overlaps(span)]
    return bool(found) and not (may_be_ours and found == [span])
