"""The channels by which providers tell of changes: begun, renewed and ended as their owner chose.

What is told by them wakes the account (`bot/calendar_notices.py`). They are a convenience: an account
without them is asked from time to time. Providers tell only an address under https.
"""

import asyncio
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from scheduling_core.calendar_ports import Account, Push, Watch
from scheduling_core.errors import Gone, ProviderError, ReconnectNeeded, Rejected
from scheduling_core.linked_calendars import Feed, LinkedAccount
from scheduling_core.ports import Job

log = structlog.get_logger()

TEND: Final = "tend"
"""Kind of the job."""
AFTER_A_NO: Final = timedelta(days=1)
"""When what was refused is tried again."""
AFTER_SILENCE: Final = timedelta(minutes=15)
_AT_WORK: Final = timedelta(minutes=2)
"""How long others leave alone what one process is seeing to."""
_SECONDS: Final = 30.0
"""For one channel: the provider may try our address before it answers."""


def push_of(office: Office, account: LinkedAccount) -> Push | None:
    """How the provider of an account tells us, if it can."""
    provider = office.providers.get(account.provider)
    return provider.push if provider and office.links.is_https else None


async def promise(desk: Desk, account: LinkedAccount, *, is_new: bool = False) -> None:
    """Its owner chose anew: see to its channels by a job.

    Args:
        is_new: it was linked anew: what was refused may be granted now, what was granted may be gone.
    """
    for feed in await desk.tx.feeds(account.id) if is_new else ():
        await desk.tx.save_feed(replace(feed, tend_at=None))
    job_id = f"{TEND}:{account.id}:{desk.office.new_id('t')}"
    await desk.tx.enqueue(Job(job_id, TEND, {"account": account.id}))


def are_due(
    office: Office, account: LinkedAccount, followed: Collection[str], feeds: Iterable[Feed], now: datetime
) -> bool:
    """Whether something is to be seen to, when the calendars with these ids are *followed*."""
    return bool(_due(office, account, followed, feeds, now))


def _due(
    office: Office, account: LinkedAccount, followed: Collection[str], feeds: Iterable[Feed], now: datetime
) -> list[Feed]:
    """Those to be begun or renewed; and those of calendars that nobody wants to follow any more."""
    known = {feed.calendar: feed for feed in feeds}
    over = [feed for calendar, feed in known.items() if calendar not in followed]
    if push_of(office, account) is None:
        return over
    wanted = (known.get(calendar, Feed(account.id, calendar)) for calendar in followed)
    address = _address(office, account)
    return [*over, *(feed for feed in wanted if feed.is_due(now) or _is_elsewhere(feed, address))]


def _address(office: Office, account: LinkedAccount) -> str:
    return office.links.told(account.provider, account.id)


def _is_elsewhere(feed: Feed, address: str) -> bool:
    """The operator has moved us since."""
    return feed.watch is not None and feed.address != address


async def tend(office: Office, account_id: str) -> None:
    """See to what is due; what does not work is kept for later, never raised."""
    taken = await _take(office, account_id)
    if taken is None:
        return
    account, followed, due = taken
    credentials, address = Credentials(office.store, account_id), _address(office, account)
    tending = _Tending(office, account, followed, push_of(office, account), credentials, address)
    async with asyncio.TaskGroup() as group:
        for feed in due:
            group.create_task(tending.tend(feed))


async def _take(office: Office, account_id: str) -> tuple[LinkedAccount, tuple[str, ...], list[Feed]] | None:
    """What is followed, and what is due, marked so that no other process begins the same channel."""
    now = office.clock()
    async with office.store.write() as tx:
        account = await tx.account(account_id)
        if account is None:
            return None
        await tx.lock([account.person])
        followed = account.followed(await tx.copies_in(account_id, now))
        due = _due(office, account, followed, await tx.feeds(account_id), now)
        for feed in due:
            await tx.save_feed(replace(feed, tend_at=now + _AT_WORK))
    return account, followed, due


@dataclass(frozen=True, slots=True)
class _Tending:
    """The channels of one account."""

    office: Office
    account: LinkedAccount
    followed: Collection[str]
    push: Push | None
    credentials: Account
    address: str

    async def tend(self, feed: Feed) -> None:
        """One of them; whatever fails is tried again later."""
        try:
            async with asyncio.timeout(_SECONDS):
                if feed.calendar in self.followed:
                    feed = await self._brought_here(feed)
                    await self._keep(feed)
                else:
                    await self._end(feed)
        except (Rejected, Gone, ReconnectNeeded) as refused:
            log.info("calendar.not_watched", provider=self.account.provider, error=type(refused).__name__)
            await self._later(feed, AFTER_A_NO)
        except (ProviderError, TimeoutError):
            await self._later(feed, AFTER_SILENCE)
        except Exception:
            # A bug of an adapter must not take down what else is asked.
            log.exception("calendar.failed", account=self.account.id, provider=self.account.provider)
            await self._later(feed, AFTER_A_NO)

    async def _brought_here(self, feed: Feed) -> Feed:
        """A channel keeps the address it was begun with: one of another makes place for a new one."""
        if self.push is None or feed.watch is None or not _is_elsewhere(feed, self.address):
            return feed
        with suppress(ProviderError):
            await self.push.end(self.credentials, feed.watch)
        return replace(feed, watch=None)

    async def _keep(self, feed: Feed) -> None:
        if self.push is None:
            return
        now, secret = self.office.clock(), feed.secret or secrets.token_urlsafe(24)
        watch = await self._watch(self.push, feed, secret)
        # The last third of its life is for trying again.
        tend_at = now + (watch.expires - now) * 2 / 3
        async with self.office.store.write() as tx:
            await tx.lock([self.account.person])
            kept = replace(feed, watch=watch, secret=secret, tend_at=tend_at, address=self.address)
            await tx.save_feed(kept)
            if feed.watch is None or feed.watch.id != watch.id:
                # What happened before it was written down here was told to nobody.
                await tx.note_told(self.account.id, now)

    async def _watch(self, push: Push, feed: Feed, secret: str) -> Watch:
        account, calendar, address = self.credentials, feed.calendar, self.address
        if feed.watch is not None:
            try:
                return await push.renew(account, calendar, feed.watch, address, secret)
            except Gone:
                log.info("calendar.watched_anew", provider=self.account.provider)
        return await push.watch(account, calendar, secrets.token_urlsafe(32), address, secret)

    async def _end(self, feed: Feed) -> None:
        if self.push is not None and feed.watch is not None:
            # What the provider will not end for us ends by itself.
            with suppress(Rejected, Gone, ReconnectNeeded):
                await self.push.end(self.credentials, feed.watch)
        async with self.office.store.write() as tx:
            await tx.drop_feed(feed.account, feed.calendar)

    async def _later(self, feed: Feed, pause: timedelta) -> None:
        until = self.office.clock() + pause
        async with self.office.store.write() as tx:
            await tx.save_feed(replace(feed, tend_at=until))
