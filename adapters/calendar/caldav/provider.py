"""CalDAV as a `CalendarProvider`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.calendar.caldav import wire
from adapters.calendar.caldav.client import Dav, reason
from adapters.calendar.caldav.events import Events
from adapters.calendar.caldav.form import PasswordForm
from adapters.calendar.caldav.wire import Login
from adapters.calendar_answers import deadline_in, each_in_time
from adapters.icalendar_streams import Question, multistatus
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import Busy, FreeBusy, Unreadable
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

AT_ONCE: Final = 8
"""Calendars of one account that are read at the same time: few, for small servers are usual here, and enough
that one which hangs leaves places to the others."""

_LISTED: Final = (wire.TYPE, wire.NAME, wire.RIGHTS, wire.KINDS)


class CalDav:
    """Any server that speaks CalDAV: iCloud, Nextcloud, Fastmail, mailbox.org, one at home."""

    name = "caldav"
    title = "iCloud or another CalDAV calendar"
    push: Push | None = None
    can_write = True
    video_title = ""
    left_to_do = "If you made an app password for me, delete it where you made it."

    def __init__(self, dav: Dav, pool: Pool, *, owns_pool: bool) -> None:
        self._dav = dav
        self._pool = pool
        self._owns_pool = owns_pool
        self._form = PasswordForm(dav)
        self._events = Events(dav, pool)

    @property
    def way_in(self) -> Form:
        """A form with server, user name and password."""
        return self._form

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """See the port; the only calendar of an account is its primary one."""
        login = await _login(account)
        found: dict[str, Calendar] = {}
        for home in login.homes:
            url, resources = await self._dav.find(home, login, _LISTED, depth=1)
            for each in wire.calendars(url, resources):
                if wire.may_follow(url, each.id):
                    found[each.id] = each
        if len(found) > wire.MOST_CALENDARS:
            raise Rejected(413, "There are too many calendars.")
        if len(found) == 1:
            (only,) = found.values()
            return (Calendar(only.id, only.name, is_primary=True, can_write=only.can_write),)
        return tuple(found.values())

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """See the port; each calendar is three requests."""
        login = await _login(account)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(each: Counted) -> FreeBusy:
            async with places:
                return await self._free_busy(login, each, window, zone)

        return await each_in_time(counted, deadline_in(within), one)

    async def _free_busy(self, login: Login, counted: Counted, window: Interval, zone: str) -> FreeBusy:
        question = Question(
            "multistatus",
            window,
            zone,
            counted.all_day,
            counted.tentative,
            {uid: agreed.span() for uid, agreed in counted.ours.items()},
            frozenset(login.addresses),
        )
        try:
            _known(login, counted.calendar)
            _, found = await self._dav.find(counted.calendar, login, (wire.TYPE, wire.TRANSP))
            if not any(map(wire.is_calendar, found)):
                return Unreadable("There is no calendar at its address any more.")
            if any(map(wire.is_transparent, found)):
                return Busy()
            body = multistatus.several(
                await self._dav.query(counted.calendar, login, wire.events_between(window)),
                await self._with_more_dates(login, counted.calendar),
            )
        except ProviderError as error:
            return Unreadable(reason(error), needs_owner=isinstance(error, ReconnectNeeded))
        return await self._pool.busy(question, body, login.account)

    async def _with_more_dates(self, login: Login, calendar: str) -> bytes:
        """The answer about RDATE; b"" from a server that refuses to look for it (RFC 4791 section 7.8)."""
        try:
            return await self._dav.query(calendar, login, wire.events_with_more_dates())
        except Rejected as error:
            if error.code < 400:
                raise
            return b""

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """See the port.

        The collection's sync token is compared, or its ctag, or a digest of all ETags; what exactly
        changed is not asked for, because the busy time is read anew anyway (RFC 6578 section 4).
        """
        login = await _login(account)
        _known(login, calendar)
        _, found = await self._dav.find(calendar, login, (wire.TYPE, wire.SYNC_TOKEN, wire.CTAG))
        mine = next(filter(wire.is_calendar, found), None)
        if mine is None:
            raise Gone("no calendar")
        now = wire.cursor(mine)
        if not now:
            _, held = await self._dav.find(calendar, login, (wire.ETAG,), depth=1)
            now = wire.etags_cursor(held)
        return Changes(now, has_changed=now != cursor)

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """See the port."""
        login = await _login(account)
        _known(login, calendar)
        return await self._events.write(login, calendar, copy, before)

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """See the port."""
        login = await _login(account)
        _known(login, calendar)
        _known(login, written.event)
        return await self._events.remove(login, written)

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """See the port."""
        login = await _login(account)
        _known(login, calendar)
        _known(login, written.event)
        return await self._events.look(login, calendar, written)

    async def revoke(self, account: Account) -> None:
        """Nothing: an app password is withdrawn where it was made."""

    async def close(self) -> None:
        """End the worker processes, where nobody else has them."""
        if self._owns_pool:
            await self._pool.close()


async def _login(account: Account) -> Login:
    return Login.read(await account.secret())


def _known(login: Login, url: str) -> None:
    """The password goes only where discovery led."""
    places = (login.principal, *login.homes)
    try:
        if any(wire.may_follow(place, url) for place in places):
            return
    except ValueError:
        pass
    raise Rejected(404, "This calendar is not of this account.")
