"""Calendar addresses and files as a `CalendarProvider`; they can only be read."""

from collections.abc import Mapping, Sequence

from adapters.calendar.ics.client import Feeds, reason
from adapters.calendar.ics.form import AddressForm
from adapters.calendar.ics.wire import CALENDAR, Source, Version
from adapters.calendar_answers import deadline_in, each_in_time
from adapters.icalendar_streams import Question
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.calendar_ports import (
    Account,
    Calendar,
    Changes,
    Counted,
    EventCopy,
    Form,
    Found,
    Push,
    Written,
)
from scheduling_core.errors import Gone, ProviderError, ReconnectNeeded, Rejected
from scheduling_core.intervals import Interval

_FILE = "file"


class IcsFeed:
    """A calendar by its address, or from a file."""

    name = "ics"
    title = "Calendar address (ICS)"
    push: Push | None = None
    can_write = False
    video_title = ""
    left_to_do = "An address works until you renew it where the calendar is published."

    def __init__(self, feeds: Feeds, pool: Pool, form: AddressForm, *, owns_pool: bool) -> None:
        self._feeds = feeds
        self._pool = pool
        self._form = form
        self._owns_pool = owns_pool

    @property
    def way_in(self) -> Form:
        """A form for the address or the file."""
        return self._form

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """See the port: always one."""
        source = await _source(account)
        if source.url:
            await self._feeds.get(source.url)
        return (Calendar(CALENDAR, source.name, is_primary=True),)

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """See the port. A feed does not say who its owner is, so nothing counts as declined."""
        source = await _source(account)

        async def one(each: Counted) -> FreeBusy:
            return await self._free_busy(source, each, window, zone)

        return await each_in_time(counted, deadline_in(within), one)

    async def _free_busy(self, source: Source, counted: Counted, window: Interval, zone: str) -> FreeBusy:
        if counted.calendar != CALENDAR:
            return Unreadable("There is no such calendar.")
        try:
            body = (await self._feeds.get(source.url)).body if source.url else source.text.encode()
        except ProviderError as error:
            return Unreadable(reason(error), needs_owner=isinstance(error, ReconnectNeeded))
        ours = {uid: agreed.span() for uid, agreed in counted.ours.items()}
        question = Question("ics", window, zone, counted.all_day, counted.tentative, ours)
        return await self._pool.busy(question, body, source.identity)

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """See the port."""
        source = await _source(account)
        if calendar != CALENDAR:
            raise Gone("no such calendar")
        if not source.url:
            return Changes(_FILE, has_changed=cursor != _FILE)
        known = Version.read(cursor)
        now = await self._feeds.version(source.url, known)
        return Changes(now.cursor(), has_changed=now != known)

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """Always raises Rejected."""
        raise _read_only(account, calendar, copy, before)

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """Always raises Rejected."""
        raise _read_only(account, calendar, written)

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """Always raises Rejected: nothing of ours can be there."""
        raise _read_only(account, calendar, written)

    async def revoke(self, account: Account) -> None:
        """Nothing: whoever published the address can take it back."""

    async def close(self) -> None:
        """End the worker processes, where nobody else has them."""
        if self._owns_pool:
            await self._pool.close()


async def _source(account: Account) -> Source:
    return Source.read(await account.secret())


def _read_only(*_asked: object) -> Rejected:
    return Rejected(405, "A calendar address can only be read.")
