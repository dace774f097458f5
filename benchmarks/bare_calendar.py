"""The provider of `benchmarks.polling`: as much of Google Calendar as is asked there, ready-made, by itself.

Every calendar holds the same events, which lie around the day the server was started. `GET /phase?every=20`
begins a phase in which every twentieth calendar has changed (0: none) and answers come after `delay` seconds;
it tells how many requests the last phase had.

`python -m benchmarks.bare_calendar PORT`
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

EVENTS: Final = 60
"""What lies in the two weeks or so that are read: about four a day."""


def _listed(today: datetime) -> bytes:
    days = [today + timedelta(days=number // 4 - 3, hours=9 + 2 * (number % 4)) for number in range(EVENTS)]
    items = [
        {
            "status": "confirmed",
            "iCalUID": f"event-{number}@google.com",
            "start": {"dateTime": start.isoformat()},
            "end": {"dateTime": (start + timedelta(hours=1)).isoformat()},
            "eventType": "default",
        }
        for number, start in enumerate(days)
    ]
    return _response({"kind": "calendar#events", "items": items})


def _response(answer: object) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Site:
    """Its state, and one answer for each target."""

    def __init__(self, today: datetime) -> None:
        self._listed = _listed(today)
        self._phase = self._every = self._asked = 0
        self._delay = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive; requests have no body."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                answer = self.answer(head.split(b" ", 2)[1].decode())
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def answer(self, target: str) -> bytes:
        """To one request."""
        address = urlsplit(target)
        asked = parse_qs(address.query)
        if address.path == "/phase":
            return self._begin(int(asked["every"][0]), float(asked["delay"][0]))
        self._asked += 1
        if "singleEvents" in asked:
            return self._listed
        number = int(address.path.split("/calendars/")[1].partition("-")[0])
        has_changed = "syncToken" in asked and self._every and number % self._every == 0
        items = [{"id": "changed"}] if has_changed else []
        return _response({"kind": "calendar#events", "items": items, "nextSyncToken": f"s-{self._phase}"})

    def _begin(self, every: int, delay: float) -> bytes:
        asked, self._asked = self._asked, 0
        self._phase, self._every, self._delay = self._phase + 1, every, delay
        return _response(asked)


async def main(port: int) -> None:
    """Serve until killed."""
    site = Site(datetime.combine(datetime.now(UTC).date(), time(), UTC))
    server = await asyncio.start_server(site.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
