"""Events that stay in a calendar that was unlinked: whoever links it again has them back.

Otherwise an event would stand there for good as it was, beside what has become of its meeting since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from bot import asked_moves, invites
from bot.desk import Desk
from scheduling_core.calendar_ports import Written
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Phase

KEPT: Final = "calendar.kept"
"""Kind of the record, by person."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event of ours in a calendar that is not linked.

    Attributes:
        grant: as in `LinkedAccount`.
        sequence: of the state that stands there; None where it is none that was agreed.
    """

    grant: str
    meeting: str
    calendar: str
    written: Written
    sequence: int | None
    ends: datetime


_KEPT: TypeAdapter[tuple[Kept, ...]] = TypeAdapter(tuple[Kept, ...])


async def of(desk: Desk, account: LinkedAccount, copies: Sequence[CopyRecord]) -> list[Kept]:
    """What is to be remembered of these, if they stay when the account is forgotten."""
    found = []
    for copy in copies:
        if copy.written and account.grant:
            sequence = None if await _is_asked_about(desk, copy) else copy.written_sequence
            place = (account.grant, copy.meeting, copy.calendar)
            found.append(Kept(*place, copy.written, sequence, copy.span.end))
    return found


async def _is_asked_about(desk: Desk, copy: CopyRecord) -> bool:
    """Whether its owner moved it and another is asked: it does not stand where it was agreed."""
    meeting = await desk.tx.meeting(copy.meeting.partition(":")[0])
    if meeting is None or meeting.booking != copy.meeting:
        return False
    owner = (await desk.cast(meeting)).people[copy.person]
    return await asked_moves.waits(desk, meeting, owner)


async def remember(desk: Desk, person: str, staying: Sequence[Kept]) -> None:
    """These events stay in calendars of the person's that are forgotten."""
    if staying:
        await _save(desk, person, [*await _known(desk, person), *staying])


async def take_back(desk: Desk, account: LinkedAccount) -> Sequence[Kept]:
    """The account is linked, and is written into: its events follow their meetings as before.

    Returns:
        Those that are to be taken out: their meeting is off, or is told of by mail since.
    """
    known = await _known(desk, account.person)
    writable = {each.calendar.id for each in account.calendars if each.calendar.can_write}
    here = [each for each in known if each.grant == account.grant and each.calendar in writable]
    if not here or not account.target:
        return []
    await _save(desk, account.person, [each for each in known if each not in here])
    return [each for each in here if not await _follows(desk, account, each)]


async def _follows(desk: Desk, account: LinkedAccount, kept: Kept) -> bool:
    meeting = await desk.tx.meeting(kept.meeting.partition(":")[0])
    if meeting is None or meeting.booking != kept.meeting or meeting.phase is not Phase.CONFIRMED:
        return False
    owner = (await desk.cast(meeting)).people[account.person]
    if await invites.was_invited(desk, meeting, owner) or await desk.tx.copy(kept.meeting, owner.id):
        return False
    place = (kept.meeting, owner.id, account.id, kept.calendar)
    record = CopyRecord(*place, meeting.sequence, meeting.span, kept.written, kept.sequence)
    await desk.tx.save_copy(record)
    return True


async def _known(desk: Desk, person: str) -> list[Kept]:
    text = await desk.tx.record(KEPT, person)
    return [each for each in _KEPT.validate_json(text) if each.ends > desk.now] if text else []


async def _save(desk: Desk, person: str, kept: Sequence[Kept]) -> None:
    if not kept:
        await desk.tx.drop_record(KEPT, person)
        return
    content = _KEPT.dump_json(tuple(kept)).decode()
    await desk.tx.save_record(KEPT, person, content, max(each.ends for each in kept))
