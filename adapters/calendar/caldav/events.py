"""Events of ours in a CalDAV calendar: one resource per key, conditional writes, every answer made sure of.

Source: RFC 4791 section 5.3.2 (PUT), RFC 9110 section 13 (conditions).
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from adapters.calendar.caldav import wire
from adapters.calendar.caldav.client import MAX_EVENT_BYTES, Dav
from adapters.calendar.caldav.wire import Login
from adapters.http import Reply
from adapters.icalendar_streams import CannotRead, Event
from adapters.icalendar_streams.multistatus import CALDAV, resources
from adapters.icalendar_streams.pool import Pool
from scheduling_core.calendar_ports import EventCopy, Found, Written
from scheduling_core.errors import Conflict, Gone, Rejected, Unavailable
from scheduling_core.intervals import Interval

MAX_OF_ONE_UID: Final = 5
"""Events that name a UID; there is one, unless others speak of it."""

_FOLD: Final = re.compile(r"\r?\n[ \t]")
_TYPE: Final = {"content-type": "text/calendar; charset=utf-8"}
_AS_IT_IS: Final = {"accept-encoding": "identity"}
"""Proxies that compress give another ETag, or a weak one, which no If-Match meets (RFC 9110 13.1.1)."""

_DOUBLE_UID: Final = b"no-uid-conflict"


@dataclass(frozen=True, slots=True)
class _Kept:
    """An event of ours as the server has it."""

    written: Written
    event: Event


class Events:
    """Write, look, remove."""

    def __init__(self, dav: Dav, pool: Pool) -> None:
        self._dav = dav
        self._pool = pool

    async def write(self, login: Login, calendar: str, copy: EventCopy, before: Written | None) -> Written:
        """See `CalendarProvider.write`."""
        url = before.event if before else wire.href(calendar, copy.key)
        reply = await self._put(login, url, copy, before.version if before else "")
        if reply.status == 412:
            return await self._met(login, url, copy, before)
        if _DOUBLE_UID in reply.body and before is None:
            return await self._met(login, await self._elsewhere(login, calendar, copy), copy, before)
        if reply.status in {404, 409, 410}:
            await self._is_there(login, calendar)
            if before is not None:
                raise Conflict("it is not there any more")
        return await self._sure(login, url, copy, reply)

    async def _put(self, login: Login, url: str, copy: EventCopy, version: str) -> Reply:
        condition = {"if-match": version} if version else {"if-none-match": "*"}
        body = wire.event_body(copy.entry)
        answer = await self._dav.exchange(
            "PUT", url, login, body, max_body_bytes=MAX_EVENT_BYTES, headers={**condition, **_TYPE}
        )
        return answer.reply

    async def _sure(self, login: Login, url: str, copy: EventCopy, reply: Reply) -> Written:
        """What was written, once it is certain.

        A server that stores something else than it was sent gives no ETag (RFC 4791 section 5.3.4), and a
        200 may come from a portal on the way: then the event is looked at.
        """
        if reply.status >= 300:
            raise Rejected(reply.status, "The server does not take the event.")
        etag = reply.headers.get("etag", "")
        if reply.status in {201, 204} and etag and not etag.startswith("W/"):
            return Written(url, etag, copy.entry.uid)
        kept = await self._kept(login, url, copy.entry.uid)
        if kept is None or not _is(kept, copy):
            raise Unavailable("the event was not stored")
        return kept.written

    async def _met(self, login: Login, url: str, copy: EventCopy, before: Written | None) -> Written:
        """The condition did not hold: it is there already, or not as it was."""
        kept = await self._kept(login, url, copy.entry.uid)
        if kept is not None and _is(kept, copy):
            return kept.written
        if before is not None or (kept is not None and kept.event.sequence > copy.entry.sequence):
            raise Conflict("somebody changed it")
        if kept is None:
            raise Unavailable("the event came and went")
        reply = await self._put(login, url, copy, kept.written.version)
        if reply.status == 412:
            raise Unavailable("somebody changes it right now")
        return await self._sure(login, url, copy, reply)

    async def _elsewhere(self, login: Login, calendar: str, copy: EventCopy) -> str:
        """Where the event is that already has this UID, such as one its owner added from a mail."""
        if url := await self._by_uid(login, calendar, copy.entry.uid):
            return url
        raise Rejected(409, "Another calendar of this account has the event already.")

    async def _by_uid(self, login: Login, calendar: str, uid: str) -> str:
        """The address of the event in a calendar, "" where there is none."""
        body = await self._dav.query(calendar, login, wire.events_of(uid))
        try:
            found = await asyncio.to_thread(_naming, uid, body)
        except CannotRead as error:
            raise Unavailable(str(error)) from None
        for href, data in found:
            if await self._event(uid, data, login):
                return wire.joined(calendar, href)
        return ""

    async def _is_there(self, login: Login, calendar: str) -> None:
        """Raises `Gone` where the calendar is not."""
        _, found = await self._dav.find(calendar, login, (wire.TYPE,))
        if not any(map(wire.is_calendar, found)):
            raise Gone("no calendar")

    async def remove(self, login: Login, written: Written) -> bool:
        """See `CalendarProvider.remove`; whoever changed it meanwhile, it is ours to take away."""
        answer = await self._dav.exchange("DELETE", written.event, login, max_body_bytes=MAX_EVENT_BYTES)
        status = answer.reply.status
        if status in {204, 404, 410}:
            return status == 204
        if status >= 300 and status != 412:
            raise Rejected(status, "The server does not remove the event.")
        if await self._kept(login, written.event, written.uid) is not None:
            raise Unavailable("the event is still there")
        return status != 412

    async def look(self, login: Login, calendar: str, written: Written) -> Found | None:
        """See `CalendarProvider.look`; in another calendar it has another address."""
        url = written.event
        if not url.startswith(calendar):
            url = await self._by_uid(login, calendar, written.uid)
        kept = await self._kept(login, url, written.uid) if url else None
        return Found(kept.written, kept.event.span) if kept else None

    async def _kept(self, login: Login, url: str, uid: str) -> _Kept | None:
        answer = await self._dav.exchange(
            "GET", url, login, max_body_bytes=MAX_EVENT_BYTES, headers=_AS_IT_IS
        )
        reply = answer.reply
        if reply.status in {404, 410}:
            return None
        if reply.status >= 300:
            raise Rejected(reply.status, "The server does not show the event.")
        event = await self._event(uid, reply.body, login)
        etag = reply.headers.get("etag", "").removeprefix("W/")
        if event is None:
            return None
        if not etag:
            raise Unavailable("no version")
        return _Kept(Written(url, etag, uid), event)

    async def _event(self, uid: str, body: bytes, login: Login) -> Event | None:
        try:
            return await self._pool.event(uid, body, login.addresses, login.account)
        except CannotRead as error:
            raise Unavailable(str(error)) from None


def _naming(uid: str, body: bytes) -> list[tuple[str, bytes]]:
    """Address and stream of the few events that can have this UID, whatever else a server found.

    Raises:
        CannotRead: these are not few, or it is no multistatus.
    """
    told = ((each.href, each.text(f"{CALDAV}calendar-data")) for each in resources(body))
    found = [(href, data.encode()) for href, data in told if uid in _FOLD.sub("", data)]
    if len(found) > MAX_OF_ONE_UID:
        raise CannotRead("The server finds too many events.")
    return found


def _is(kept: _Kept, copy: EventCopy) -> bool:
    """Whether the server holds just this state, so that the answer to its writing was lost, no more."""
    wanted = Interval(copy.entry.start, copy.entry.end)
    return kept.event.sequence == copy.entry.sequence and kept.event.span == wanted
