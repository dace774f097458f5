"""Unlinking a calendar account: forgotten at once, and given back at its provider by a job."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import TypeAdapter

from bot import copies, grants, invites, kept_events, vanished, video
from bot.credentials import Unsaved
from bot.desk import Desk
from bot.kept_events import Kept
from bot.office import Office
from bot.views import unlinking as views
from bot.whereabouts import SilentElsewhere, Whereabouts, search_again
from scheduling_core.calendar_ports import Account, CalendarProvider, EventCopy, Push, Watch, Written
from scheduling_core.errors import Conflict, Gone, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Phase
from scheduling_core.people import Person
from scheduling_core.ports import Job
from scheduling_core.refs import RoomRef

log = structlog.get_logger()

LEAVING: Final = "calendar.leaving"
_REFUSED: Final = (Rejected, ReconnectNeeded)
_FINAL: Final = (*_REFUSED, Gone)
"""One thing was refused, which keeps none of the others from being done."""


_TRIED_FOR: Final = timedelta(days=2)
"""Longer than a job is tried: until then what it needs is kept."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who is told what could not be taken out, where, and of which account: see `LinkedAccount`."""

    person: str
    room: RoomRef
    account: str


@dataclass(frozen=True, slots=True)
class _Leaving:
    """What is given back at a provider.

    Attributes:
        events: to be taken out, with their calendars.
        in_doubt: perhaps there, and to be taken out as well.
        staying: what is remembered of those of *events* that cannot be taken out.
    """

    provider: str
    events: tuple[tuple[str, Written], ...]
    secret: str = field(repr=False)
    watches: tuple[Watch, ...] = ()
    grant: str = ""
    in_doubt: tuple[tuple[str, EventCopy], ...] = ()
    staying: tuple[Kept, ...] = ()
    owner: _Owner | None = None


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """An account somebody signed in to; *grant* as in `LinkedAccount`."""

    provider: str
    grant: str
    secret: str = field(repr=False)


_LEAVING: TypeAdapter[_Leaving] = TypeAdapter(_Leaving)


async def standing(desk: Desk, account: LinkedAccount) -> list[CopyRecord]:
    """Our events to come in the account, but for those that are gone and asked about."""
    asked = await vanished.asked(desk.tx, account.person)
    states = asked.states if asked else ()
    records = await desk.tx.copies_in(account.id, desk.now)
    return [copy for copy in records if vanished.state_of(copy) not in states]


async def forget(desk: Desk, account: LinkedAccount, owner: Person, *, with_events: bool = False) -> int:
    """Unlink: nothing of it stays here, and a job gives back at the provider what was granted.

    Args:
        with_events: the job also takes the events of meetings to come out of its calendars.

    Returns:
        How many events were gone, with their owner asked whether their meetings are off: those stand.
    """
    secret = await desk.tx.account_secret(account.id)
    records = await desk.tx.copies_in(account.id, desk.now)
    gone = await vanished.leave_out(desk, owner, account.room, records)
    there = [copy for copy in records if copy not in gone]
    if not with_events:
        await video.outlive(desk, account)
        done = [copy for copy in there if copy.is_done]
        await kept_events.remember(desk, owner.id, await kept_events.of(desk, account, done))
        await _invite_instead(desk, [copy for copy in records if copy not in done])
    taken = [copy for copy in there if with_events or not copy.is_done]
    leaving = _Leaving(
        account.provider,
        tuple((copy.calendar, copy.written) for copy in taken if copy.written),
        secret or "",
        tuple(feed.watch for feed in await desk.tx.feeds(account.id) if feed.watch),
        account.grant,
        await _in_doubt(desk, records),
        tuple(await kept_events.of(desk, account, taken)),
        _Owner(owner.id, account.room, account.name),
    )
    await desk.tx.drop_account(account.id)
    is_writing = not all(copy.is_done for copy in records)
    await _leave(desk, account.id, leaving, desk.now, account.person if is_writing else "")
    return len(gone)


async def _in_doubt(desk: Desk, records: Sequence[CopyRecord]) -> tuple[tuple[str, EventCopy], ...]:
    """Calendar and event of what may stand there; to take it out it is written once more, which finds it."""
    found = []
    for record in records:
        meeting = await desk.tx.meeting(record.meeting.partition(":")[0]) if record.is_in_doubt else None
        if meeting:
            meeting = copies.booking_of(meeting, record)
            cast = await desk.cast(meeting)
            copy = copies.event(desk.office, meeting, cast, cast.people[record.person])
            found.append((record.calendar, copy))
    return tuple(found)


async def unless_claimed(desk: Desk, key: str, sign_in: NewSignIn, due: datetime) -> None:
    """Somebody signed in: unless `claimed` is called with *key* before *due*, that is given back."""
    await _leave(desk, key, _Leaving(sign_in.provider, (), sign_in.secret, (), sign_in.grant), due)


async def claimed(desk: Desk, key: str) -> None:
    """See `unless_claimed`."""
    await desk.tx.drop_record(LEAVING, key)


async def _leave(desk: Desk, key: str, leaving: _Leaving, due: datetime, writing_for: str = "") -> None:
    kept = _LEAVING.dump_json(leaving).decode()
    await desk.tx.save_record(LEAVING, key, kept, due + _TRIED_FOR)
    job = Job(f"revoke:{key}", "revoke", {"account": key}, due=due)
    if writing_for:
        # What is being written at this moment is taken out after that, and with the same access. The first
        # job only waits for its turn: while the provider is silent nothing else is held up.
        args = {"account": key, "is_first": "yes"}
        job = replace(job, id=f"{job.id}:first", args=args, lane=f"{copies.COPY}:{writing_for}")
    await desk.tx.enqueue(job)


async def _invite_instead(desk: Desk, records: Sequence[CopyRecord]) -> None:
    """These do not stand there as it was agreed last, and never will now: the invites go out instead."""
    for copy in records:
        meeting = await desk.tx.meeting(copy.meeting.partition(":")[0])
        if meeting and meeting.booking == copy.meeting and meeting.phase is Phase.CONFIRMED:
            reader = (await desk.cast(meeting)).people[copy.person]
            await invites.mail_instead(desk, meeting, reader)


async def undo(desk: Desk, account: LinkedAccount) -> None:
    """An account may have been unlinked before and its events kept: they follow their meetings again."""
    if stale := await kept_events.take_back(desk, account):
        secret = await desk.tx.account_secret(account.id)
        events = tuple((each.calendar, each.written) for each in stale)
        # Nothing is given back: the account stands on its grant.
        owner = _Owner(account.person, account.room, account.name)
        leaving = _Leaving(account.provider, events, secret or "", grant=account.grant, owner=owner)
        await _leave(desk, desk.office.new_id("u"), leaving, desk.now)


async def revoke(office: Office, args: Mapping[str, str]) -> None:
    """The job: tell the provider; repeated until it answers or the secret is forgotten.

    The grant itself is left alone while another linked account stands on it.

    Raises:
        Unavailable: the provider does not answer or is not set up right now, or an account that may need the
            grant waits for its code.
    """
    if "is_first" in args:
        async with office.store.write() as tx:
            await tx.enqueue(Job(f"revoke:{args['account']}", "revoke", {"account": args["account"]}))
        return
    if (leaving := await _of(office, args)) is None:
        return
    if (provider := office.providers.get(leaving.provider)) is None:
        raise Unavailable("that kind of calendar is not set up")
    account = Unsaved(leaving.secret)
    await _end(provider.push, account, leaving.watches)
    if leaving.events or leaving.in_doubt:
        # Done with before the access is given back: after that nothing can be taken out any more.
        try:
            left = await _take_out(leaving, provider, account, Whereabouts(provider, account, args))
        except SilentElsewhere:
            await search_again(office, Job("", "revoke", args))
            return
        await _taken_out(office, args["account"], leaving, left)
    async with office.store.read() as reading:
        is_needed = await reading.is_granted(leaving.grant)
        is_undecided = await grants.is_undecided(reading, leaving.grant, office.clock())
    if is_undecided and not is_needed:
        raise Unavailable("somebody signs in to it right now")
    if not is_needed:
        try:
            await provider.revoke(account)
        except _FINAL as refused:
            # It is dead already, or will never be taken back by us; nothing of it is kept either way.
            log.warning("calendar.not_revoked", provider=leaving.provider, error=type(refused).__name__)
    await _drop(office, args)


async def give_up(office: Office, args: Mapping[str, str]) -> None:
    """The provider did not answer for a day: what was to be taken out stays, as far as anybody knows."""
    if leaving := await _of(office, args):
        events = {written.event for _, written in leaving.events}
        in_doubt = {copy.key for _, copy in leaving.in_doubt}
        await _taken_out(office, args["account"], leaving, events | in_doubt)
        await _drop(office, args)


async def _drop(office: Office, args: Mapping[str, str]) -> None:
    async with office.store.write() as tx:
        await tx.drop_record(LEAVING, args["account"])


async def _of(office: Office, args: Mapping[str, str]) -> _Leaving | None:
    async with office.store.read() as reading:
        text = await reading.record(LEAVING, args["account"])
    return _LEAVING.validate_json(text) if text else None


async def _take_out(
    leaving: _Leaving, provider: CalendarProvider, account: Account, whereabouts: Whereabouts
) -> set[str]:
    """Returns those that could not be: the provider's id of the event, or our key of one in doubt.

    Raises:
        SilentElsewhere: of one or more; everything else is done.
    """
    left: set[str] = set()
    silent: SilentElsewhere | None = None
    for calendar, written in leaving.events:
        try:
            await whereabouts.take_out(calendar, written)
        except SilentElsewhere as error:
            silent = error
        except _REFUSED:
            left.add(written.event)
        except Gone:
            continue
    for calendar, copy in leaving.in_doubt:
        try:
            written = await provider.write(account, calendar, copy, None)
            await provider.remove(account, calendar, written)
        except (*_REFUSED, Conflict):
            left.add(copy.key)
        except Gone:
            continue
    if silent:
        raise silent
    return left


async def _taken_out(office: Office, key: str, leaving: _Leaving, left: Collection[str]) -> None:
    """No event is taken out any more; its owner learns, once, which could not be."""
    async with office.store.write() as tx:
        desk, rest = Desk(office, tx, office.clock()), replace(leaving, events=(), in_doubt=(), staying=())
        await tx.save_record(LEAVING, key, _LEAVING.dump_json(rest).decode(), desk.now + _TRIED_FOR)
        owner = await tx.person(leaving.owner.person) if leaving.owner and left else None
        if leaving.owner is None or owner is None:
            return
        log.warning("copy.not_removed", provider=leaving.provider, events=len(left))
        here = [each for each in leaving.staying if each.written.event in left]
        # Whoever linked it again meanwhile has some of them back.
        lost = [each for each in here if await tx.copy(each.meeting, owner.id) is None]
        await kept_events.remember(desk, owner.id, lost)
        title = office.title_of(leaving.provider)
        card = views.not_taken_out(leaving.owner.account, title, len(left))
        await desk.tell(owner.ref, leaving.owner.room, card)


async def _end(push: Push | None, account: Account, watches: Sequence[Watch]) -> None:
    """Be told no more; what the provider will not end for us ends by itself."""
    if push is None:
        return
    for watch in watches:
        with suppress(*_FINAL):
            await push.end(account, watch)
