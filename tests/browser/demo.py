"""`python -m bot demo` as a real process, and the people who sit before its page."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from playwright.async_api import APIRequestContext, Browser, BrowserContext, Locator, Page, expect

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(rb"http://127\.0\.0\.1:\d+/")
DEADLINE_SECONDS = 30


@dataclass(slots=True)
class Demo:
    """One demo at fixed ports over one data directory; it can stop and start again.

    Attributes:
        url: of the first page, with a slash at the end.
        printed: all it has written since its latest start.
    """

    data: Path
    bot_port: int
    room_port: int
    url: str = ""
    printed: bytes = b""
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> Self:
        """Start it and wait for the address it prints."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
        environment |= {"PARLEY_DATA_DIR": str(self.data), "PARLEY_SERVER__PORT": str(self.bot_port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--room-port", str(self.room_port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.printed = b""
        self._read_until(b"Ctrl-C")
        self.url = ADDRESS.findall(self.printed)[0].decode()
        return self

    def stop(self, how: signal.Signals, *, whole_group: bool = False) -> int:
        """Signal it and wait until both its processes are gone; returns the exit status."""
        if whole_group:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        # The room writes to the same pipe: it ends only when the last of the two is gone.
        self._read_until(None)
        return self.process.wait(DEADLINE_SECONDS)

    def _read_until(self, mark: bytes | None) -> None:
        """Read what is printed until *mark*, or to the end."""
        assert self.process.stdout
        pipe, deadline = self.process.stdout.fileno(), time.monotonic() + DEADLINE_SECONDS
        while mark is None or mark not in self.printed:
            ready, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"nothing more came after: {self.printed.decode()}"
            more = os.read(pipe, 65536)
            assert more or mark is None, f"the demo ended: {self.printed.decode()}"
            if not more:
                return
            self.printed += more


@contextmanager
def running_demo(data: Path) -> Iterator[Demo]:
    """A fresh demo at free ports; it and its room are gone in the end."""
    bot_port, room_port = free_port(), free_port()
    demo = Demo(data, bot_port, room_port).start()
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop(signal.SIGKILL, whole_group=True)


class Seat:
    """One person before their own browser.

    Attributes:
        zone: IANA name, of the browser.
    """

    def __init__(self, page: Page, zone: str) -> None:
        self.page = page
        self.zone = ZoneInfo(zone)

    async def says(self, line: str) -> None:
        """Type a line and send it."""
        box = self.page.get_by_role("textbox", name="Message, or /meet")
        await box.fill(line)
        await box.press("Enter")

    def button(self, name: str) -> Locator:
        """The newest button of that name."""
        return self.page.get_by_role("button", name=name, exact=True).last

    async def presses(self, name: str) -> None:
        """The newest button of that name."""
        await self.button(name).click()

    async def sees(self, *texts: str) -> None:
        """Each text comes to stand on the page."""
        for text in texts:
            await expect(self.page.get_by_text(text).last).to_be_visible()

    async def sees_not(self, *texts: str) -> None:
        """None of the texts stands on the page, or not for long."""
        for text in texts:
            await expect(self.page.get_by_text(text)).to_have_count(0)

    def card(self, text: str) -> Locator:
        """The newest message that shows *text*."""
        return self.page.get_by_role("article").filter(has_text=text).last

    async def instants(self, card: Locator) -> list[datetime]:
        """The moments a card shows, checked to be written in this reader's own zone."""
        await expect(card.locator(".card time").last).to_be_visible()
        shown = await card.locator(".card time").evaluate_all(
            "all => all.map(t => [t.dateTime, t.innerText])"
        )
        return [self._in_own_zone(iso, words) for iso, words in shown if ":" in words]

    def _in_own_zone(self, iso: str, words: str) -> datetime:
        instant = datetime.fromisoformat(iso)
        assert words == f"{instant.astimezone(self.zone):%H:%M}"
        return instant


class Stage:
    """A room of its own in a demo, and browsers before it.

    Attributes:
        complaints: what the browsers logged as errors, breaches of the content security policy too.
    """

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._room = ""
        self.demo = demo
        self.complaints: list[str] = []

    async def seat(self, person: str, zone: str, **more: Any) -> Seat:
        """Somebody with a browser of their own."""
        context = await self._browser.new_context(timezone_id=zone, locale="en-GB", **more)
        self._contexts.append(context)
        context.set_default_timeout(15_000)  # milliseconds; the machine may be busy with other tests
        context.on(
            "console", lambda line: self.complaints.append(line.text) if line.type == "error" else None
        )
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._room = self._room or await self._new_room(context.request)
        page = await context.new_page()
        await page.goto(f"{self.demo.url}{self._room}?as={person}")
        await expect(page.get_by_role("heading", name="Logo design")).to_be_visible()
        return Seat(page, zone)

    async def leave(self) -> None:
        """Close the browsers."""
        for context in self._contexts:
            await context.close()

    async def _new_room(self, request: APIRequestContext) -> str:
        asked = {"as": "u-1", "name": "Logo design", "members": ["u-1", "u-2", "u-3"]}
        answer = await request.post(f"{self.demo.url}api/rooms", data=asked)
        return str((await answer.json())["id"])

    async def host(self, **more: Any) -> Seat:
        """The host, in Berlin."""
        return await self.seat("u-1", "Europe/Berlin", **more)

    async def guest(self, **more: Any) -> Seat:
        """The guest, in São Paulo."""
        return await self.seat("u-2", "America/Sao_Paulo", **more)
