"""Socket Mode: tickets, up to ten connections, envelopes and their acknowledgements.

Source: docs.slack.dev, "Using Socket Mode".
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.slack.workspace import Refusal, World

Json = dict[str, Any]
CONNECTIONS = 10
CONNECTION_SECONDS = 18060


@dataclass(slots=True, eq=False)
class Connection:
    """One open socket of the app."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    delivered: list[Json] = field(default_factory=list)
    awaited: dict[str, "asyncio.Future[Json]"] = field(default_factory=dict)

    async def say(self, message: Json) -> None:
        """Send a message."""
        await self.socket.send_str(json.dumps(message))


@dataclass(slots=True)
class Sockets:
    """All connections of the app.

    Attributes:
        connections: those that are open, oldest first.
        opened: how many there ever were.
        next: which of them gets the next payload, round robin.
    """

    world: World
    connections: list[Connection] = field(default_factory=list)
    opened: int = 0
    next: int = 0
    _tickets: set[str] = field(default_factory=set)

    def ticket(self, token: str) -> str:
        """apps.connections.open: an address for one connection.

        Raises:
            Refusal: not an app-level token, or not ours.
        """
        if not token.startswith("xapp-"):
            raise Refusal("not_allowed_token_type")
        if token != self.world.app.app_token:
            raise Refusal("invalid_auth")
        ticket = self.world.mint("ticket-")
        self._tickets.add(ticket)
        address = self.world.address.replace("http", "ws", 1)
        return f"{address}/link/?ticket={ticket}&app_id={self.world.app.id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`GET /link/`: a connection from beginning to end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        if len(self.connections) >= CONNECTIONS:
            await connection.say({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.connections.append(connection)
        self.opened += 1
        self.world.changed()
        try:
            await connection.say(self._hello())
            await self._listen(connection)
        finally:
            self._drop(connection)
        return socket

    def _drop(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for waiting in connection.awaited.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the connection broke before the acknowledgement"))
        self.world.changed()

    def _hello(self) -> Json:
        debug = {"host": "applink-1", "approximate_connection_time": CONNECTION_SECONDS}
        info = {"app_id": self.world.app.id}
        about = {"debug_info": debug, "connection_info": info, "num_connections": len(self.connections)}
        return {"type": "hello", **about}

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            waiting = connection.awaited.get(str(said.get("envelope_id")))
            if waiting and not waiting.done():
                waiting.set_result(said.get("payload") or {})

    async def deliver(self, kind: str, payload: Json, retry: int = 0) -> Json:
        """Send an envelope over any one connection and wait for its acknowledgement.

        Raises:
            ConnectionError: there is no connection, or it broke.
        """
        if not self.connections:
            raise ConnectionError("no Socket Mode connection")
        connection = self.connections[self.next % len(self.connections)]
        self.next += 1
        envelope_id = self.world.mint("envelope-")
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.awaited[envelope_id] = waiting
        connection.delivered.append(envelope)
        self.world.changed()
        try:
            await connection.say(envelope)
            return await waiting
        finally:
            del connection.awaited[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested", number: int = 0) -> None:
        """Tell a connection to go: `warning` (it will close in ten seconds) or `refresh_requested`."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
        await self.connections[number].say(message)

    def reset(self, number: int = 0) -> None:
        """Cut a connection without a word (TCP reset)."""
        connection = self.connections[number]
        self._drop(connection)
        if connection.transport:
            connection.transport.abort()

    async def close(self) -> None:
        """End all connections."""
        for connection in list(self.connections):
            await connection.socket.close()
