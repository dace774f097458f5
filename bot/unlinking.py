"""Unlinking a calendar account: forgotten at once, and given back at its provider by a job."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import TypeAdapter

from bot import copies, grants, invites, kept_events, video
from bot.credentials import Unsaved
from bot.desk import Desk
from bot.office import Office
from scheduling_core.calendar_ports import Account, EventCopy, Push, Watch, Written
from scheduling_core.errors import Conflict, Gone, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Phase
from scheduling_core.ports import Job

log = structlog.get_logger()

LEAVING: Final = "calendar.leaving"
_FINAL: Final = (Rejected, ReconnectNeeded, Gone)
"""One thing was refused, which keeps none of the others from being done."""


@dataclass(frozen=True, slots=True)
class _Leaving:
    provider: str
    events: tuple[tuple[str, Written], ...]
    secret: str = field(repr=False)
    watches: tuple[Watch, ...] = ()
    grant: str = ""
    in_doubt: tuple[tuple[str, EventCopy], ...] = ()


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """An account somebody signed in to; *grant* as in `LinkedAccount`."""

    provider: str
    grant: str
    secret: str = field(repr=False)


_LEAVING: TypeAdapter[_Leaving] = TypeAdapter(_Leaving)


async def forget(desk: Desk, account: LinkedAccount, *, with_events: bool = False) -> None:
    """Unlink: nothing of it stays here, and a job gives back at the provider what was granted.

    Args:
        with_events: the job also takes the events of meetings to come out of its calendars.
    """
    secret = await desk.tx.account_secret(account.id)
    records = await desk.tx.copies_in(account.id, desk.now)
    if not with_events:
        await video.outlive(desk, account)
        await kept_events.remember(desk, account)
        await _invite_instead(desk, records)
    gone = [copy for copy in records if with_events or not copy.is_done]
    events = tuple((copy.calendar, copy.written) for copy in gone if copy.written)
    watches = tuple(feed.watch for feed in await desk.tx.feeds(account.id) if feed.watch)
    in_doubt = await _in_doubt(desk, records)
    await desk.tx.drop_account(account.id)
    leaving = _Leaving(account.provider, events, secret or "", watches, account.grant, in_doubt)
    is_writing = not all(copy.is_done for copy in records)
    await _leave(desk, account.id, leaving, desk.now, account.person if is_writing else "")


async def _in_doubt(desk: Desk, records: Sequence[CopyRecord]) -> tuple[tuple[str, EventCopy], ...]:
    """Calendar and event of what may stand there; to take it out it is written once more, which finds it."""
    found = []
    for record in records:
        meeting = await desk.tx.meeting(record.meeting.partition(":")[0]) if record.is_in_doubt else None
        if meeting and meeting.booking == record.meeting:
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
    await desk.tx.save_record(LEAVING, key, kept, due + timedelta(days=1))
    job = Job(f"revoke:{key}", "revoke", {"account": key}, due=due)
    if writing_for:
        # What is being written at this moment is taken out after that, and with the same access. The first
        # job only waits for its turn: while the provider is silent nothing else is held up.
        args = {"account": key, "is_first": "yes"}
        job = replace(job, id=f"{job.id}:first", args=args, lane=f"{copies.COPY}:{writing_for}")
    await desk.tx.enqueue(job)


async def _invite_instead(desk: Desk, records: Sequence[CopyRecord]) -> None:
    """What does not stand there as it was agreed last will never do so now: the invite goes out instead."""
    for copy in records:
        meeting = None if copy.is_done else await desk.tx.meeting(copy.meeting.partition(":")[0])
        if meeting and meeting.booking == copy.meeting and meeting.phase is Phase.CONFIRMED:
            reader = (await desk.cast(meeting)).people[copy.person]
            await invites.mail_instead(desk, meeting, reader)


async def undo(desk: Desk, account: LinkedAccount) -> None:
    """An account may have been unlinked before and its events kept: they follow their meetings again."""
    if stale := await kept_events.take_back(desk, account):
        secret = await desk.tx.account_secret(account.id)
        events = tuple((each.calendar, each.written) for each in stale)
        # Nothing is given back: the account stands on its grant.
        leaving = _Leaving(account.provider, events, secret or "", (), account.grant)
        await _leave(desk, desk.office.new_id("u"), leaving, desk.now)


async def revoke(office: Office, args: Mapping[str, str]) -> None:
    """The job: tell the provider; repeated until it answers or the secret is forgotten.

    The grant itself is left alone while another linked account stands on it.

    Raises:
        Unavailable: the provider does not answer, or an account that may need the grant waits for its code.
    """
    if "is_first" in args:
        async with office.store.write() as tx:
            await tx.enqueue(Job(f"revoke:{args['account']}", "revoke", {"account": args["account"]}))
        return
    async with office.store.read() as reading:
        text = await reading.record(LEAVING, args["account"])
        leaving = _LEAVING.validate_json(text) if text else None
        grant = leaving.grant if leaving else ""
        is_needed = await reading.is_granted(grant)
        is_undecided = await grants.is_undecided(reading, grant, office.clock())
    provider = office.providers.get(leaving.provider) if leaving else None
    if leaving is not None and provider is not None:
        try:
            account = Unsaved(leaving.secret)
            await _end(provider.push, account, leaving.watches)
            for calendar, written in leaving.events:
                with suppress(*_FINAL):
                    await provider.remove(account, calendar, written)
            for calendar, copy in leaving.in_doubt:
                with suppress(*_FINAL, Conflict):
                    written = await provider.write(account, calendar, copy, None)
                    await provider.remove(account, calendar, written)
            if is_undecided and not is_needed:
                raise Unavailable("somebody signs in to it right now")
            if not is_needed:
                await provider.revoke(account)
        except _FINAL as refused:
            # It is dead already, or will never be taken back by us; nothing of it is kept either way.
            log.warning("calendar.not_revoked", provider=leaving.provider, error=type(refused).__name__)
    async with office.store.write() as tx:
        await tx.drop_record(LEAVING, args["account"])


async def _end(push: Push | None, account: Account, watches: Sequence[Watch]) -> None:
    """Be told no more; what the provider will not end for us ends by itself."""
    if push is None:
        return
    for watch in watches:
        with suppress(*_FINAL):
            await push.end(account, watch)
