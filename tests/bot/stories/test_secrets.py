"""Nothing that leaves for one person tells them another's address, phone number or time elsewhere.

A thousand meetings are generated from fixed seeds, fifty to a town; every callback, answer, mail and calendar
file is read as a curious receiver would read it (`stories.spy`).
"""

import asyncio
import base64
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adapters.mail.message import to_bytes
from adapters.storage import migrate
from bot.pages import Pages
from bot.settings import Settings
from bot.views.words import shown_name
from scheduling_core.actions import Action
from scheduling_core.mail import Mailbox, OutgoingMail
from scheduling_core.meeting import Meeting, Phase
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.stories import secretive, spy
from tests.bot.stories.inline_sqlite import InlineSqlite
from tests.bot.stories.people import FIRST_ID, copied, move_in
from tests.bot.stories.secretive import HOSTS, IDS, PEOPLE, QUIET_ROOMS, ROOMS, Secrets
from tests.bot.stories.world import BEGINNING, CODEC, Json, Life, World

MEETINGS = 50
TOWNS = 20
SETTLE_EVERY = 10


class Bustle:
    """Many short stories in one town; see `MEETINGS`."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.secrets = Secrets()
        self.files: list[tuple[str, bytes]] = []
        self.booked = 0
        self.app, self.pages = web.Application(), Pages(world.process.office)
        self.pages.add_to(self.app)

    async def run(self) -> None:
        for number in range(MEETINGS):
            await self._one_meeting(number)
            if number % SETTLE_EVERY == 0:
                await self.world.settle()
        await self.world.settle()

    async def _one_meeting(self, number: int) -> None:
        room = self.chance.choice([*ROOMS])
        host = self.chance.choice(HOSTS[room])
        guest = self.chance.choice([p for p in ROOMS[room] if p != host])
        name = f"@{guest}" if guest.startswith("u-") else "@fifth"
        self.secrets.readers[f"zqt{number}x"] = ROOMS[room]
        await self._act(host, room, {"type": "command", "text": f"/meet {name} 15 “zqt{number}x”"})
        meeting = await self._meeting(self.world.meetings[-1])
        await self._book(meeting, guest, room)
        booked = await self._meeting(meeting.id)
        self.booked += booked.phase is Phase.CONFIRMED
        await self._change(booked, self.chance.choice([host, guest]), {host, guest}, number)
        await self._fetch_file(booked, *self.chance.choice([(host, 0), (guest, 1)]))

    async def _book(self, meeting: Meeting, guest: str, room: str) -> None:
        offer = self.chance.choice(meeting.open_offers())
        if self.chance.random() < 0.2:
            await self.world.settle()
            await self._press(guest, room, "none", meeting.id)
            await self._press(guest, room, "pick", meeting.id, str(offer.number))
        minutes = str(int(offer.start.timestamp()) // 60)
        await self._press(guest, room, "confirm", "h-0", meeting.id, minutes)

    async def _change(self, meeting: Meeting, who: str, both: set[str], number: int) -> None:
        """Some meetings are moved or cancelled, for a reason that is only for those who meet."""
        what, room = self.chance.random(), meeting.room.room
        if what > 0.2 or meeting.phase is not Phase.CONFIRMED:
            return
        self.secrets.readers[f"zqr{number}x"] = both
        if what < 0.1:
            later = str(int((meeting.span.start + timedelta(hours=1)).timestamp()) // 60)
            await self._press(who, room, "move", meeting.id, later, reason=f"because zqr{number}x")
        else:
            await self._press(who, room, "drop", meeting.id, "0", reason=f"because zqr{number}x")
            await self._press(who, room, "again", meeting.id)

    async def _fetch_file(self, meeting: Meeting, account: str, place: int) -> None:
        link = self.world.process.office.links.ics(meeting.id, meeting.participants[place])
        token = link.rpartition("/")[2].removesuffix(".ics")
        request = make_mocked_request("GET", "/", match_info={"token": token}, app=self.app)
        response = await self.pages.calendar_file(request)
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        self.files.append((account, response.body))

    async def _meeting(self, meeting_id: str) -> Meeting:
        async with self.world.process.store.read() as reading:
            meeting = await reading.meeting(meeting_id)
        assert meeting is not None
        return meeting

    async def _press(self, person: str, room: str, verb: str, *args: str, **inputs: str) -> None:
        where = RoomRef(WorkspaceRef("webhook", "demo"), room)
        data = {"parley": CODEC.encode(Action(verb, args), where), **inputs}
        await self._act(person, room, {"type": "action", "message_id": "m-0", "data": data})

    async def _act(self, person: str, room: str, act: Json) -> None:
        await self.world.deliver(self.world.next_delivery(), self.world.body(person, room, act))

    def received(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Who got what: readers, and all that they got in one text."""
        raw: dict[tuple[str, ...], list[bytes]] = defaultdict(list)
        for room, reader, body in self.world.room.bytes_for:
            raw[(reader,) if reader else tuple(ROOMS[room])].append(body)
        for account, body in self.files:
            raw[(account,)].append(body)
        for mail in self.world.mail.arrived:
            raw[(_account(mail),)].append(spy.opened_mail(to_bytes(mail)))
        for readers, bodies in raw.items():
            yield readers, spy.everything_in(b"\n".join(dict.fromkeys(bodies)))


def _account(mail: OutgoingMail) -> str:
    return next(p for p in IDS if PEOPLE[p]["email"] == mail.recipient.address)


@pytest.fixture(scope="module")
def moved_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[InlineSqlite, Path]:
    """A database in which everybody has their rules."""
    template = tmp_path_factory.mktemp("privacy") / "moved-in.db"
    asyncio.run(migrate(f"sqlite:///{template}"))
    sqlite = InlineSqlite(template)
    move_in(sqlite, template, PEOPLE, ROOMS, secretive.FORMS)
    return sqlite, template


@pytest.mark.parametrize("seed", range(TOWNS))
async def test_nobody_learns_what_is_not_theirs(moved_in: tuple[InlineSqlite, Path], seed: int) -> None:
    sqlite, template = moved_in
    world = World(sqlite, copied(template, template.parent, seed), PEOPLE, FIRST_ID)
    life = Life(world, Settings())
    await life.begin()
    bustle = Bustle(world, seed)
    await bustle.run()
    await life.end()
    world.close()
    assert bustle.booked > MEETINGS * 0.6
    assert len(world.mail.arrived) > MEETINGS
    for readers, text in bustle.received():
        leaked = bustle.secrets.leaked(text, readers)
        assert not leaked, f"{readers} got {_excerpts(text, leaked)}"


def _excerpts(text: str, leaked: set[str]) -> list[str]:
    places = [text.find(secret) for secret in sorted(leaked)]
    return [text[max(place - 120, 0) : place + 80] for place in places[:5]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@host", "host"),
        ("guest@example.net", "guest"),
        ("guest＠example.net", "guest"),
        ("guest @ example.net", "guest"),
        ("guest﹫ example.net (work)", "guest (work)"),
        ("@ example.net", "example.net"),
    ],
)
def test_an_address_used_as_a_name_loses_its_domain(name: str, shown: str) -> None:
    ref = PersonRef(WorkspaceRef("webhook", "demo"), "u-1")
    assert shown_name(Person("p-1", ref, name)) == shown


@pytest.mark.parametrize(
    "hide",
    [
        str,
        quote,
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        lambda text: quote(quote(text)),
        lambda text: base64.b64encode(f"mailto:{text};x".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"to {text} and more".encode()).decode(),
        lambda text: f"ATTENDEE:mailto:{text[:6]}\r\n {text[6:]}",
        lambda text: f"{text[:6]}=\r\n{text[6:]}".replace("@", "=40"),
        lambda text: text.replace("@", "&#64;").replace(".", "&#x2e;"),
        lambda text: "\u2060".join(text),
        lambda text: text.replace("@", "\\u0040"),
        lambda text: text.replace("@", "＠").upper(),
    ],
)
def test_the_spy_finds_an_address_in_every_disguise(hide: object) -> None:
    assert callable(hide)
    text = spy.everything_in(f"before {hide('zqe9x@zqd9x.example')} after".encode())
    assert "zqe9x@zqd9x.example" in text


def test_the_spy_reads_every_part_of_a_mail() -> None:
    address = "zqe9x@zqd9x.example"
    mail = OutgoingMail(
        "<a@example.org>",
        BEGINNING,
        Mailbox("bot@example.org", f"ü {address}"),
        Mailbox("reader@example.org"),
        f"ö {address}",
        f"é {address} " * 9,
        f"<p>ä {address}</p>",
    )
    assert spy.everything_in(spy.opened_mail(to_bytes(mail))).count(address) >= 4
    assert not Secrets().leaked("the 12:15 of the hall", ROOMS["hall"])
    assert Secrets().leaked("the 12:22 of the study", ROOMS["hall"])
    assert all(room in ROOMS for room in QUIET_ROOMS)
