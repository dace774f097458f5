"""Codes that wait to be typed in a room, and what becomes of the account whose code was typed.

Somebody can sign in to several accounts before they type a code; each waits by itself.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from bot import calendar_channels, grants, unlinking
from bot.calendar_lists import with_choices
from bot.desk import Desk
from scheduling_core.calendar_ports import Calendar
from scheduling_core.errors import Refused
from scheduling_core.linked_calendars import LinkedAccount
from scheduling_core.people import Person
from scheduling_core.ports import Job, Reading, Transaction
from scheduling_core.refs import RoomRef

TRIES: Final = 3
"""How often a code can be typed."""
MOST_LINKED: Final = 10
"""Accounts of one person: each is asked again and again."""
FULL: Final = (
    f"You have linked {MOST_LINKED} calendar accounts, and that is the most I can read. Unlink one first."
)
MOST_WAITING: Final = 5
"""So many accounts of one person wait for their codes; the oldest gives way."""
WAITING: Final = "calendar.waiting"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may link a calendar here, until when; *room* is where they asked.

    Attributes:
        account: id of the one that is to be signed in to anew, "" for none.
    """

    person: str
    room: RoomRef
    until: datetime
    account: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """An account somebody signed in to, waiting for its code in the room.

    Attributes:
        message: id of the private card that asks for the code.
    """

    ticket: Ticket
    provider: str
    name: str
    identity: str
    calendars: tuple[Calendar, ...]
    wants_writing: bool
    message: str
    until: datetime
    code: str = field(repr=False)
    secret: str = field(repr=False)
    tries: int = TRIES

    @property
    def writable(self) -> tuple[str, ...]:
        """Ids of the calendars that can be written into."""
        return tuple(each.id for each in self.calendars if each.can_write)


@dataclass(frozen=True, slots=True)
class Linked:
    """An account whose code was typed.

    Attributes:
        is_written_no_more: its owner's meetings were written into it, and are not any more.
        elsewhere: where they stay written although the owner wanted them here, None for no such place.
        other: the one that was to be signed in to anew, if this is another one.
    """

    account: LinkedAccount
    is_written_no_more: bool = False
    elsewhere: LinkedAccount | None = None
    other: LinkedAccount | None = None


_PENDING: TypeAdapter[tuple[Pending, ...]] = TypeAdapter(tuple[Pending, ...])


async def all_waiting(reading: Reading, person: str, now: datetime) -> Sequence[Pending]:
    """What waits for codes that this person can type, oldest first."""
    text = await reading.record(WAITING, person)
    return [each for each in _PENDING.validate_json(text) if each.until > now] if text else []


async def wait(desk: Desk, pending: Pending) -> None:
    """Let one more account wait for its code; what was granted is given back if it is not typed in time."""
    person = pending.ticket.person
    await desk.tx.lock([person])
    before = await all_waiting(desk.tx, person, desk.now)
    await _keep(desk.tx, person, [*before, pending][-MOST_WAITING:], desk.now)
    mark = grants.mark_of(desk.office, pending.provider, pending.identity)
    await grants.note_sign_in(desk.tx, mark, pending.until)
    sign_in = unlinking.NewSignIn(pending.provider, mark, pending.secret)
    await unlinking.unless_claimed(desk, pending.message, sign_in, pending.until)


async def _keep(tx: Transaction, person: str, waiting: Sequence[Pending], now: datetime) -> None:
    if not waiting:
        await tx.take_record(WAITING, person, now)
        return
    until = max(each.until for each in waiting)
    await tx.save_record(WAITING, person, _PENDING.dump_json(tuple(waiting)).decode(), until)


async def try_code(desk: Desk, person: Person, typed: str) -> Linked | Sequence[Pending]:
    """A code was typed in the room: the account it links, or what still waits, which may be nothing.

    Which of the waiting codes it is meant for cannot be told, so a wrong one counts against each.
    """
    await desk.tx.lock([person.id])
    waiting = await all_waiting(desk.tx, person.id, desk.now)
    code = "".join(typed.split()).encode()
    meant = next((each for each in waiting if hmac.compare_digest(each.code.encode(), code)), None)
    if meant is not None:
        await _keep(desk.tx, person.id, [each for each in waiting if each is not meant], desk.now)
        return await _link(desk, person, meant)
    left = [replace(each, tries=each.tries - 1) for each in waiting if each.tries > 1]
    await _keep(desk.tx, person.id, left, desk.now)
    return left


async def _link(desk: Desk, person: Person, pending: Pending) -> Linked:
    """A new account; or one that is linked already, which keeps what its owner chose."""
    known = (await desk.tx.accounts([person.id])).get(person.id, [])
    same = _same(known, pending)
    if same is None and len(known) >= MOST_LINKED:
        # It waits on; what was granted is given back unless one is unlinked in time.
        raise Refused(FULL)
    mark = grants.mark_of(desk.office, pending.provider, pending.identity)
    await unlinking.claimed(desk, pending.message)
    await grants.settle_sign_in(desk.tx, mark)
    account = LinkedAccount(
        same.id if same else desk.office.new_id("a"),
        person.id,
        pending.provider,
        pending.name,
        pending.identity,
        pending.ticket.room,
        with_choices(pending.calendars, same.calendars if same else ()),
        video=same.video if same else "",
        # Its trouble is over when it has been read, which happens at once; its owner has done their part.
        trouble=replace(same.trouble, needs_owner=False) if same and same.trouble else None,
        grant=mark,
    )
    linked = _put_in_place(account, known, pending)
    if linked.other and linked.account.target:
        await _stop_writing(desk, linked.other)
    await desk.tx.save_account(linked.account, pending.secret)
    await desk.tx.enqueue(Job(f"read:{pending.message}", "read", {"account": account.id}))
    return linked


def _put_in_place(account: LinkedAccount, known: Sequence[LinkedAccount], pending: Pending) -> Linked:
    """Decide where its owner's meetings are written: only if they want it and may, and in one place."""
    same = next((each for each in known if each.id == account.id), None)
    again = next((each for each in known if each.id == pending.ticket.account), None)
    other = again if again is not same else None
    before = same.target if same else ""
    target = before if before in pending.writable and _still_wanted(same, pending) else ""
    elsewhere = None
    if not target and pending.wants_writing and pending.writable:
        taken = (each for each in known if each.target and each is not same and each is not other)
        elsewhere = next(taken, None)
        target = "" if elsewhere else pending.writable[0]
    is_written_no_more = bool(before) and not target
    return Linked(account.writing_into(target), is_written_no_more, elsewhere, other)


def _still_wanted(same: LinkedAccount | None, pending: Pending) -> bool:
    """Who reconnects an account finds the box ticked; elsewhere an empty one says nothing."""
    is_said = same is not None and same.id == pending.ticket.account
    return pending.wants_writing or not is_said


async def _stop_writing(desk: Desk, account: LinkedAccount) -> None:
    if account.target:
        await desk.tx.save_account(account.writing_into(""))
        await calendar_channels.promise(desk, account.writing_into(""))


async def stops_writing(reading: Reading, pending: Pending) -> bool:
    """Whether meetings that were written into the account will not be, once its code is typed."""
    known = (await reading.accounts([pending.ticket.person])).get(pending.ticket.person, [])
    same = _same(known, pending)
    return same is not None and _put_in_place(same, known, pending).is_written_no_more


def _same(known: Sequence[LinkedAccount], pending: Pending) -> LinkedAccount | None:
    """The account, if it is linked already.

    One that was to be signed in to anew is the same also under another identity if it has just the same
    calendars: a calendar whose secret address was renewed.
    """
    of_kind = [each for each in known if each.provider == pending.provider]
    found = next((each for each in of_kind if each.identity == pending.identity), None)
    ids = [each.id for each in pending.calendars]
    renewed = (each for each in of_kind if each.id == pending.ticket.account)
    return found or next((each for each in renewed if [c.calendar.id for c in each.calendars] == ids), None)
