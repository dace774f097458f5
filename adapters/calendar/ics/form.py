"""Linking by a calendar's secret address, or by a file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from adapters.calendar.ics import wire
from adapters.calendar.ics.client import MAX_FEED_BYTES, Feeds, reason
from adapters.calendar.ics.wire import Source
from adapters.icalendar_streams import CannotRead, Question
from adapters.icalendar_streams.pool import Pool
from scheduling_core.availability import Unreadable
from scheduling_core.calendar_ports import FormField, NewAccount
from scheduling_core.errors import ReconnectNeeded, Refused, Rejected
from scheduling_core.intervals import Interval

MAX_KEPT_CHARS: Final = 1_000_000
"""Of a file, when nothing but its times is left: about 8,000 events."""

_FIELDS: Final = (
    FormField(
        "address",
        "Calendar address",
        "url",
        "Look for “secret address in iCal format”, “publish” or “subscribe” in your calendar’s settings",
        is_required=False,
    ),
    FormField(
        "file", "Or a calendar file (.ics)", "file", "It is read once and not updated", is_required=False
    ),
)
_NEITHER: Final = "Please give the calendar’s address, or choose a file."
_NOT_AN_ADDRESS: Final = "That is not a calendar address. It begins with https:// or webcal://."


class AddressForm:
    """How a person links a feed."""

    def __init__(self, feeds: Feeds, pool: Pool, clock: Callable[[], datetime]) -> None:
        self._feeds = feeds
        self._pool = pool
        self._clock = clock

    @property
    def fields(self) -> Sequence[FormField]:
        """An address and a file, one of which is needed."""
        return _FIELDS

    async def finish(self, values: Mapping[str, str]) -> NewAccount:
        """Read it once. Raises: as `scheduling_core.calendar_ports.Form`."""
        typed, file = values.get("address", "").strip(), values.get("file", "")
        if not typed and not file.strip():
            raise Refused(_NEITHER)
        source = await (self._from_address(typed) if typed else self._from_file(file))
        return NewAccount(name=source.name, identity=source.identity, secret=source.secret())

    async def _from_address(self, typed: str) -> Source:
        try:
            url = wire.address(typed)
        except ValueError:
            raise Refused(_NOT_AN_ADDRESS) from None
        try:
            feed = await self._feeds.get(url)
        except (ReconnectNeeded, Rejected) as error:
            raise Refused(f"{reason(error)} Please check the address.") from None
        await self._try(feed.body)
        return Source(f"Calendar at {urlsplit(url).hostname}", url=url)

    async def _try(self, body: bytes) -> None:
        now = self._clock()
        found = await self._pool.busy(Question("ics", Interval(now, now + timedelta(days=366)), "UTC"), body)
        if isinstance(found, Unreadable):
            raise Refused(f"The calendar cannot be read. {found.reason}")

    async def _from_file(self, file: str) -> Source:
        body = file.encode(errors="replace")
        if len(body) > MAX_FEED_BYTES:
            raise Refused("The file is larger than 10 MB. Please export fewer events.")
        try:
            text, name = await self._pool.reduced(body, MAX_KEPT_CHARS)
        except CannotRead as error:
            raise Refused(f"The file cannot be read. {error}") from None
        await self._try(text.encode())
        return Source(name[:100] or "Calendar file", text=text)
