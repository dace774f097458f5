"""Somebody may have changed one of our events in their calendar: it is looked at.

The look itself is `bot/calendar_looks.py`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.desk import Desk
from scheduling_core.linked_calendars import LinkedAccount
from scheduling_core.ports import Job

LOOK: Final = "look_at_copies"
"""Kind of the job."""

_LATER: Final = timedelta(minutes=1)
_MOST_TRIES: Final = 10


async def promise(desk: Desk, account: LinkedAccount, calendars: Collection[str] | None) -> None:
    """These calendars of an account (None: any) may have changed: look at our events there that come."""
    copies = await desk.tx.copies_in(account.id, desk.now)
    there = [each.meeting for each in copies if calendars is None or each.calendar in calendars]
    if there:
        await look_at(desk, account, there)


async def look_at(
    desk: Desk,
    account: LinkedAccount,
    meetings: Sequence[str],
    due: datetime | None = None,
    *,
    tries: int = 0,
    is_sure: bool = False,
) -> None:
    """Look at the account's copies of these meetings (`CopyRecord.meeting`).

    Args:
        tries: how often the provider did not answer before.
        is_sure: they were gone a while ago: what still is gone was deleted.
    """
    args = {"account": account.id, "meetings": ",".join(meetings), "tries": str(tries)}
    if is_sure:
        args["sure"] = "yes"
    # Behind what is still to be written for this person: of that, nothing may be taken for their change.
    job = Job(f"{LOOK}:{desk.office.new_id('l')}", LOOK, args, lane=f"copy:{account.person}", due=due)
    await desk.tx.enqueue(job)


async def try_again(
    desk: Desk, account: LinkedAccount, meetings: Sequence[str], tries: int, *, is_sure: bool
) -> None:
    """The provider does not answer: look later, for most of a day; what is to be written is not held up."""
    if tries < _MOST_TRIES:
        due = desk.now + _LATER * 2**tries
        await look_at(desk, account, meetings, due, tries=tries + 1, is_sure=is_sure)
