"""What `benchmarks.interactions` sends: 10,000 people in rooms of ten, what they do, and their rooms' server.

People come in pairs of a host, whose rules are set, and a guest. Each invitation stands in a thread of its
own, by which its card is found again among the callbacks.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from aiohttp import web

from adapters.chat.webhook.signature import signed_headers
from adapters.storage import SqlStore
from benchmarks.load import post
from bot.office import default_rules
from bot.settings import Defaults
from scheduling_core.deliveries import Answer, Delivery, MembersTold, Profile, RoomView
from scheduling_core.ports import Known
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

PEOPLE, ROOM_SIZE = 10_000, 10
PAIRS_IN_ROOM = ROOM_SIZE // 2
TENANT = "bench"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ZONES = ("Europe/Berlin", "America/Sao_Paulo")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signed:
    """A delivery as it is sent.

    Attributes:
        act: the members of the body that differ between deliveries of one kind.
    """

    pair: int
    actor: int
    act: Json

    def body(self) -> bytes:
        """The JSON of the room protocol."""
        room = self.pair // PAIRS_IN_ROOM
        members = [_profile(number) for number in range(room * ROOM_SIZE, (room + 1) * ROOM_SIZE)]
        place = {"id": f"r-{room}", "name": "A room", "thread": f"t-{self.pair}", "members": members}
        return json.dumps({"room": place, "actor": _profile(self.actor), **self.act}).encode()


class Traffic:
    """Deliveries of one run, each with an id of its own that begins with *prefix*."""

    def __init__(self, prefix: str) -> None:
        self._ids = (f"{prefix}-{number}" for number in count())

    def commands(self, pairs: Iterator[int]) -> Iterator[bytes]:
        """`/meet` by the host of each pair, as requests."""
        return (self.request(invitation(pair)) for pair in pairs)

    def presses(self, cards: dict[int, Json]) -> Iterator[bytes]:
        """A press on the first number by the guest of each pair, as requests; takes the cards."""
        while cards:
            yield self.request(press(*cards.popitem()))

    def lookups(self) -> Iterator[bytes]:
        """The same commands for the bare endpoint."""
        return (self.request(invitation(n % (PEOPLE // 2)), f"/{TENANT}") for n in count())

    def request(self, delivery: Signed, path: str = f"/rooms/v1/{TENANT}/deliveries") -> bytes:
        """A signed request."""
        body = delivery.body()
        return post(path, self.headers(body), body)

    def headers(self, body: bytes) -> dict[str, str]:
        """The headers that sign *body*, under a fresh delivery id."""
        return signed_headers(next(self._ids), body, [SECRET], datetime.now(UTC))


def invitation(pair: int) -> Signed:
    """A command that acts at once."""
    host, guest = 2 * pair, 2 * pair + 1
    return Signed(pair, host, {"type": "command", "text": f"/meet @u-{guest} 30"})


def press(pair: int, message: Json) -> Signed:
    """The guest takes the first time of a card."""
    sets = (element for element in message["card"]["body"] if element["type"] == "ActionSet")
    first = next(action for group in sets for action in group["actions"])
    return Signed(pair, 2 * pair + 1, {"type": "action", "message_id": message["id"], "data": first["data"]})


@dataclass(slots=True)
class Rooms:
    """Where the callbacks go.

    Attributes:
        cards: the newest card of each pair's invitation.
        first: the card of the first pair.
    """

    cards: dict[int, Json] = field(default_factory=dict)
    first: Json = field(default_factory=dict)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Listen on a free port; gives the callback address."""
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        told = json.loads(await request.read())
        if told["message"]["audience"] == "room":
            pair = int(told["room"]["thread"].removeprefix("t-"))
            self.cards[pair] = told["message"]
            self.first = told["message"] if pair == 0 else self.first
        return web.Response(status=204)


async def fill(store: SqlStore) -> None:
    """Everybody in their rooms, and the rules of every host."""
    async with store.write() as tx:
        for room in range(PEOPLE // ROOM_SIZE):
            told = _members_told(room)
            known = await tx.accept(told)
            await tx.finish(told, Answer())
            assert isinstance(known, Known)
            for person in known.members.values():
                if int(person.ref.person.removeprefix("u-")) % 2 == 0:
                    await tx.save_person(replace(person, rules=default_rules(Defaults(), ZONES[0])))


def _members_told(room: int) -> Delivery:
    workspace = WorkspaceRef("webhook", TENANT)
    profiles = tuple(
        Profile(PersonRef(workspace, told["id"]), told["name"], told["zone"], told["locale"], told["email"])
        for told in map(_profile, range(room * ROOM_SIZE, (room + 1) * ROOM_SIZE))
    )
    view = RoomView(RoomRef(workspace, f"r-{room}"), "A room", profiles)
    return Delivery(f"fill-{room}", "", profiles[0], view, MembersTold(), datetime.now(UTC))


def _profile(number: int) -> Json:
    return {
        "id": f"u-{number}",
        "name": f"member {number}",
        "zone": ZONES[number % 2],
        "locale": "en-GB",
        "email": f"u-{number}@example.org",
    }
