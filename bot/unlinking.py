"""Unlinking a calendar account: forgotten at once, and given back at its provider by a job."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import TypeAdapter

from bot import grants, invites, video
from bot.credentials import Unsaved
from bot.desk import Desk
from bot.office import Office
from scheduling_core.calendar_ports import Account, Push, Watch, Written
from scheduling_core.errors import Gone, ReconnectNeeded, Rejected, Unavailable
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
    copies = await desk.tx.copies_in(account.id, desk.now)
    if not with_events:
        await video.outlive(desk, account)
        await _invite_instead(desk, copies)
    gone = [copy for copy in copies if with_events or not copy.is_done]
    events = tuple((copy.calendar, copy.written) for copy in gone if copy.written)
    watches = tuple(feed.watch for feed in await desk.tx.feeds(account.id) if feed.watch)
    await desk.tx.drop_account(account.id)
    leaving = _Leaving(account.provider, events, secret or "", watches, account.grant)
    await _leave(desk, account.id, leaving, desk.now)


async def unless_claimed(desk: Desk, key: str, sign_in: NewSignIn, due: datetime) -> None:
    """Somebody signed in: unless `claimed` is called with *key* before *due*, that is given back."""
    await _leave(desk, key, _Leaving(sign_in.provider, (), sign_in.secret, (), sign_in.grant), due)


async def claimed(desk: Desk, key: str) -> None:
    """See `unless_claimed`."""
    await desk.tx.drop_record(LEAVING, key)


async def _leave(desk: Desk, key: str, leaving: _Leaving, due: datetime) -> None:
    kept = _LEAVING.dump_json(leaving).decode()
    await desk.tx.save_record(LEAVING, key, kept, due + timedelta(days=1))
    await desk.tx.enqueue(Job(f"revoke:{key}", "revoke", {"account": key}, due=due))


async def _invite_instead(desk: Desk, copies: Sequence[CopyRecord]) -> None:
    """What does not stand there as it was agreed last will never do so now: the invite goes out instead."""
    for copy in copies:
        meeting = None if copy.is_done else await desk.tx.meeting(copy.meeting.partition(":")[0])
        if meeting and meeting.booking == copy.meeting and meeting.phase is Phase.CONFIRMED:
            reader = (await desk.cast(meeting)).people[copy.person]
            await invites.mail_instead(desk, meeting, reader)


async def revoke(office: Office, args: Mapping[str, str]) -> None:
    """The job: tell the provider; repeated until it answers or the secret is forgotten.

    The grant itself is left alone while another linked account stands on it.

    Raises:
        Unavailable: the provider does not answer, or an account that may need the grant waits for its code.
    """
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
