"""The open pages, and the server-sent events that keep them up to date."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from examples.room.store import Message

BEAT_SECONDS = 15
Event = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Tab:
    """One open page. What is put on its queue goes out as an event; None ends it."""

    room: str
    person: str
    events: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)


class Tabs:
    """All open pages. A browser keeps at most six per site over HTTP/1.1; a demo needs three."""

    def __init__(self) -> None:
        self._open: set[Tab] = set()

    def __len__(self) -> int:
        return len(self._open)

    async def stream(self, request: web.Request, tab: Tab, first: list[Event]) -> web.StreamResponse:
        """Send *first* (the whole state, so that reconnecting needs no memory), then whatever comes."""
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        self._open.add(tab)
        for event in first:
            tab.events.put_nowait(event)
        try:
            await response.write(b"retry: 1000\n\n")
            while coming := await _next(tab):
                await response.write(f"event: {coming[0]}\ndata: {json.dumps(coming[1])}\n\n".encode())
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._open.discard(tab)
        return response

    def show(self, message: Message) -> None:
        """Tell those who may see it; a private message goes to its one reader's pages alone."""
        for tab in self._open:
            if tab.room == message.room and message.only_for in (None, tab.person):
                tab.events.put_nowait(("message", asdict(message)))

    def tell(self, event: Callable[[Tab], Event]) -> None:
        """Tell every page its own version of *event*."""
        for tab in self._open:
            tab.events.put_nowait(event(tab))

    def close(self) -> None:
        """End all streams; the browsers come back when the room is up again."""
        for tab in self._open:
            tab.events.put_nowait(None)


async def _next(tab: Tab) -> Event | None:
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            return await tab.events.get()
    except TimeoutError:
        return "beat", {}  # writing is the only way to notice a closed page
