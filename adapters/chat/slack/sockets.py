"""Socket Mode: payloads over web sockets that we open, for places that nobody can call.

Slack sends each payload to any one of an app's connections, so several of them bridge the moments in which
one is renewed. slack_sdk reconnects by itself; a connection that has been without success for too long is
replaced by a fresh one.
Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

CONNECTIONS = 2
FIRST_CONNECTION_SECONDS = 5.0
"""How long a start waits for it; Slack may be away for longer, and then we go on trying."""
LAST_ACKNOWLEDGEMENT_SECONDS = 3.0
"""How long an end waits for them; later ones Slack does not wait for either."""

log = structlog.get_logger(__name__)


class Sockets:
    """Keeps several connections to Slack open until closed.

    Args:
        client: asks Slack where to connect; its own token is not used.
        proxy: of the web sockets; None is none, whatever the environment says.
        ping_seconds: how often a connection is tried; dead after four times that.
        stuck_after_seconds: a connection that has not been well for so long is given up for a new one.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        *,
        proxy: str | None = None,
        ping_seconds: float = 5.0,
        stuck_after_seconds: float = 30.0,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._proxy = proxy
        self._ping_seconds = ping_seconds
        self._stuck_after_seconds = stuck_after_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._well: set[int] = set()
        self._one_is_well = asyncio.Event()
        self._troubles = _Troubles()
        self._gate = _Gate()

    async def start(self) -> None:
        """Open the connections; returns when one is open, or after a while without."""
        self._tasks = [
            asyncio.create_task(self._keep(number), name=f"slack socket {number}")
            for number in range(CONNECTIONS)
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_CONNECTION_SECONDS):
                await self._one_is_well.wait()

    def is_listening(self) -> bool:
        """Whether at least one connection is open."""
        return bool(self._well)

    async def finish(self) -> None:
        """Acknowledge what was taken and what still comes meanwhile, and close all connections."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_ACKNOWLEDGEMENT_SECONDS):
                await self._gate.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._well.clear()

    async def _keep(self, number: int) -> None:
        while True:
            handler = AsyncSocketModeHandler(
                self._app,
                self._app_token,
                logger=self._troubles.logger,
                web_client=self._client,
                ping_interval=self._ping_seconds,
            )
            self._guard(handler)
            handler.client.proxy = self._proxy  # the constructor takes None for "look into the environment"
            connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]  # the library's
            try:
                await self._watch(handler, number)
            finally:
                self._well.discard(number)
                connecting.cancel()
                await handler.close_async()  # type: ignore[no-untyped-call]  # the library's
            log.info("slack.socket_replaced", connection=number)

    def _guard(self, handler: AsyncSocketModeHandler) -> None:
        """What the handler takes it acknowledges before it is let go; later Slack hears nothing."""

        async def take(_: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
            await self._gate.pass_through(partial(handler.handle, handler.client, envelope))

        handler.client.socket_mode_request_listeners = [take]

    async def _watch(self, handler: AsyncSocketModeHandler, number: int) -> None:
        """Returns when the connection has been unwell for too long."""
        loop = asyncio.get_running_loop()
        last_well = loop.time()
        while loop.time() - last_well < self._stuck_after_seconds:
            if await handler.client.is_connected():
                last_well = loop.time()
                self._note(number)
            elif number in self._well:
                self._well.remove(number)
                log.warning("slack.socket_lost", connection=number)
            await asyncio.sleep(min(0.5, self._ping_seconds))

    def _note(self, number: int) -> None:
        if number not in self._well:
            self._well.add(number)
            self._one_is_well.set()
            self._troubles.are_over()
            log.info("slack.socket_open", connection=number)


class _Gate:
    """Counts the envelopes that are not acknowledged yet; lets none in once it is closed."""

    def __init__(self) -> None:
        self._is_closed = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def pass_through(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work*, unless closed."""
        if self._is_closed:
            return
        self._inside += 1
        self._empty.clear()
        try:
            await work()
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    async def close(self) -> None:
        """Returns when nothing is inside any more.

        Until then more is let in: what Slack sends over an open connection it sends to no other, and of a
        press or a command never again.
        """
        try:
            while self._inside:
                await self._empty.wait()
        finally:
            self._is_closed = True


class _Troubles(logging.Filter):
    """What the library would log with every try, addresses and all, is said once until it is over."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[str] = set()
        # A logger of its own: it has no handler, and this lets nothing through.
        self.logger = logging.Logger("slack.sockets", logging.WARNING)
        self.logger.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Never lets it through."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            word = _word(error)
            if word not in self._known:
                log.warning("slack.socket_failed", error=word)
            self._known.add(word)
        return False

    def are_over(self) -> None:
        """What fails from now on is news again."""
        self._known.clear()


def _word(error: BaseException) -> str:
    """Slack's word, or the kind of error; never its text, which may hold an address."""
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", None)
        return str(data.get("error")) if isinstance(data, dict) else type(error).__name__
    return type(error).__name__
