"""The gateway: WebSocket connections, IDENTIFY, RESUME with replay, heartbeats, and what ends them.

Source: "Gateway" and "Opcodes and Status Codes" of Discord's documentation (snapshot of 2026-08-06). Frames
are compressed (`zlib-stream`) where the app asks for it, as Discord does.
"""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.adapters.discord import sessions as gw
from tests.adapters.discord.sessions import Close, Session, Sessions
from tests.adapters.discord.world import Json, World

SENDS, SENDS_SECONDS = 120, 60.0
IDENTIFY_SECONDS: Final = 5.0
LARGEST_BYTES: Final = 4096
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, RATE_LIMITED, TIMED_OUT, INVALID_SHARD = 4005, 4008, 4009, 4010
SHARDING_REQUIRED = 4011
INVALID_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4012, 4013, 4014
# After these an app may not resume, and the session is gone.
_ENDING: Final = {1000, 1001}


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket.

    Attributes:
        session: what it carries, once it has identified or resumed.
        heard: messages of the app, heartbeats left out.
        is_ended_here: closed by Discord, whatever code the app answers with.
    """

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    deflate: Any
    outbox: "asyncio.Queue[Json | Close]" = field(default_factory=asyncio.Queue)
    session: Session | None = None
    heard: list[Json] = field(default_factory=list)
    heartbeats: int = 0
    is_ended_here: bool = False
    _sends: "deque[float]" = field(default_factory=deque)

    def too_many_sends(self, now: float) -> bool:
        """Whether this was one more than 120 in a minute."""
        self._sends.append(now)
        while self._sends[0] < now - SENDS_SECONDS:
            self._sends.popleft()
        return len(self._sends) > SENDS

    async def write(self) -> None:
        """Send what is in the outbox, until a `Close`."""
        while True:
            message = await self.outbox.get()
            if isinstance(message, Close):
                self.is_ended_here = True
                await self.socket.close(code=message.code)
                return
            text = json.dumps(message)
            if self.deflate is None:
                await self.socket.send_str(text)
            else:
                packed = self.deflate.compress(text.encode()) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)


@dataclass(slots=True)
class Gateway:
    """Everything behind `wss://gateway.discord.gg`.

    Attributes:
        connections: those that are open, oldest first.
        identified: the shards of all IDENTIFYs, in order.
        resumed: how many sessions were taken up again.
        heartbeat_seconds: what HELLO says.
        answers_heartbeats: False leaves them without an ACK.
        is_away: True refuses new connections with 503.
        shards: how many `/gateway/bot` recommends.
        least_shards: with how many at least an IDENTIFY is taken; servers grow in number.
        starts_left: of 1,000 a day; the IDENTIFY after the last one ends everything and resets the token.
        spaces_identifies: True answers an IDENTIFY within 5 s of another (of the same remainder of
            `max_concurrency`) with op 9, as Discord does.
        resume_url: what READY says in place of `url`.
    """

    world: World
    sessions: Sessions
    connections: list[Connection] = field(default_factory=list)
    identified: list[tuple[int, int]] = field(default_factory=list)
    resumed: int = 0
    heartbeat_seconds: float = 41.25
    answers_heartbeats: bool = True
    is_away: bool = False
    shards: int = 1
    least_shards: int = 1
    starts_left: int = 1000
    max_concurrency: int = 1
    spaces_identifies: bool = False
    resume_url: str = ""
    _last_identify: dict[int, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """What replaces `wss://gateway.discord.gg/`."""
        return f"{self.world.address.replace('http', 'ws', 1)}/gateway"

    def about(self) -> Json:
        """`GET /gateway/bot`."""
        limit = {"total": 1000, "remaining": self.starts_left, "reset_after": 86_400_000}
        limit |= {"max_concurrency": self.max_concurrency}
        return {"url": self.url, "shards": self.shards, "session_start_limit": limit}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`GET /gateway`: a connection from beginning to end."""
        if self.is_away:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=2**20)
        await socket.prepare(request)
        wants = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request.transport, zlib.compressobj() if wants else None)
        self.connections.append(connection)
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(_quietly(connection))
                connection.outbox.put_nowait(self._hello())
                if request.query.get("v") != "10":
                    connection.outbox.put_nowait(Close(INVALID_VERSION))
                await self._listen(connection)
                writer.cancel()
        finally:
            self._drop(connection)
        return socket

    @property
    def _silence_seconds(self) -> float:
        return self.heartbeat_seconds * 1.5 + 0.25

    def _hello(self) -> Json:
        beat = int(self.heartbeat_seconds * 1000)
        return {"op": gw.HELLO, "t": None, "s": None, "d": {"heartbeat_interval": beat}}

    def _drop(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        session = connection.session
        if session and session.outbox is connection.outbox:
            session.outbox = None
            is_over = connection.socket.close_code in _ENDING and not connection.is_ended_here
            if is_over and session in self.sessions.known:
                self.sessions.known.remove(session)
        self.world.changed()

    async def _listen(self, connection: Connection) -> None:
        while True:
            try:
                message = await connection.socket.receive(timeout=self._silence_seconds)
            except TimeoutError:
                await connection.socket.close(code=TIMED_OUT)
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            code = self._hear(connection, message.data)
            if code:
                connection.outbox.put_nowait(Close(code))
            self.world.changed()

    def _hear(self, connection: Connection, text: Any) -> int:
        """Take one message; the code to close with, or 0."""
        if connection.too_many_sends(self.world.clock.running()):
            return RATE_LIMITED
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict) or len(text) > LARGEST_BYTES:
            return DECODE_ERROR
        return self._take(connection, said.get("op"), said.get("d"))

    def _take(self, connection: Connection, op: Any, data: Any) -> int:
        if op == gw.HEARTBEAT:
            connection.heartbeats += 1
            if self.answers_heartbeats:
                connection.outbox.put_nowait({"op": gw.HEARTBEAT_ACK, "t": None, "s": None, "d": None})
            return 0
        connection.heard.append({"op": op, "d": data})
        if op in (gw.IDENTIFY, gw.RESUME):
            if connection.session:
                return ALREADY_AUTHENTICATED
            return self._identify(connection, data) if op == gw.IDENTIFY else self._resume(connection, data)
        if connection.session is None:
            return NOT_AUTHENTICATED
        if op == gw.REQUEST_MEMBERS:
            self.sessions.members_chunk(connection.session, data)
        return 0 if op in (gw.REQUEST_MEMBERS, gw.PRESENCE, gw.VOICE) else UNKNOWN_OPCODE

    def _identify(self, connection: Connection, data: Json) -> int:
        shard = tuple(data.get("shard") or (0, 1))
        if data.get("token", "").removeprefix("Bot ") != self.world.app.token:
            return AUTHENTICATION_FAILED
        if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            return INVALID_SHARD
        if shard[1] < self.least_shards:
            return SHARDING_REQUIRED
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~gw.KNOWN_INTENTS:
            return INVALID_INTENTS
        if intents & gw.PRIVILEGED & ~self.world.app.intents:
            return DISALLOWED_INTENTS
        if self.starts_left <= 0:
            return self._reset_token()
        if self._is_too_soon(shard[0]):
            self._refuse(connection)
            return 0
        self.starts_left -= 1
        self.identified.append((shard[0], shard[1]))
        made = Session(f"session-{self.world.mint()}", (shard[0], shard[1]), intents, connection.outbox)
        connection.session = made
        self.sessions.known.append(made)
        self.sessions.ready(made, self.resume_url or self.url)
        return 0

    def _is_too_soon(self, shard: int) -> bool:
        key, now = shard % self.max_concurrency, self.world.clock.running()
        last = self._last_identify.get(key)
        self._last_identify[key] = now
        return self.spaces_identifies and last is not None and now - last < IDENTIFY_SECONDS

    def _reset_token(self) -> int:
        self.world.app.token = f"reset-{self.world.mint()}"
        self.sessions.known.clear()
        for one in self.connections:
            one.outbox.put_nowait(Close(AUTHENTICATION_FAILED))
        return 0

    def _refuse(self, connection: Connection, *, resumable: bool = False) -> None:
        connection.outbox.put_nowait({"op": gw.INVALID_SESSION, "t": None, "s": None, "d": resumable})

    def _resume(self, connection: Connection, data: Json) -> int:
        if data.get("token") != self.world.app.token:
            return AUTHENTICATION_FAILED
        known = [one for one in self.sessions.known if one.id == data.get("session_id")]
        if not known:
            self._refuse(connection)
            return 0
        (session,) = known
        connection.session, session.outbox = session, connection.outbox
        for message in session.missed(int(data.get("seq") or 0)):
            connection.outbox.put_nowait(message)
        session.say("RESUMED", {"_trace": []})
        self.resumed += 1
        return 0

    def _live(self, number: int) -> Connection:
        # One whose session was resumed elsewhere is only not closed yet.
        return [
            one for one in self.connections if one.session is None or one.session.outbox in (one.outbox, None)
        ][number]

    def reconnect(self, number: int = 0) -> None:
        """Op 7: tell a connection to go and resume."""
        self._live(number).outbox.put_nowait({"op": gw.RECONNECT, "t": None, "s": None, "d": None})

    def invalidate(self, number: int = 0, *, resumable: bool = False) -> None:
        """Op 9: the session of a connection is invalid; resumable, it may be taken up again all the same."""
        connection = self._live(number)
        if not resumable and connection.session:
            self.sessions.known.remove(connection.session)
        self._refuse(connection, resumable=resumable)

    def reset(self, number: int = 0) -> None:
        """Cut a connection without a word (TCP reset)."""
        connection = self._live(number)
        self._drop(connection)
        if connection.transport:
            connection.transport.abort()

    def outgrow(self, shards: int) -> None:
        """The servers have become too many for fewer than so many shards."""
        self.shards = self.least_shards = shards
        self.sessions.known.clear()
        for one in self.connections:
            one.outbox.put_nowait(Close(SHARDING_REQUIRED))

    def close_with(self, code: int, number: int = 0) -> None:
        """Close a connection with a code, after what was said before."""
        self._live(number).outbox.put_nowait(Close(code))

    async def close(self) -> None:
        """End all connections."""
        for connection in list(self.connections):
            await connection.socket.close()


async def _quietly(connection: Connection) -> None:
    try:
        await connection.write()
    except ConnectionError:
        # The other side is gone; the reading side notices and cleans up.
        return
