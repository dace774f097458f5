"""A process that stood still goes on with what it had in hand, after another one did that and more."""

from asyncio import Event, Task, TaskGroup
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot import posting
from bot.desk import Desk
from bot.jobs import Jobs
from scheduling_core.cards import Card, line
from scheduling_core.chat_ports import Notice, Posted
from scheduling_core.deliveries import Message
from scheduling_core.refs import RoomRef
from tests.bot.beginnings import booked
from tests.bot.linking import person
from tests.bot.test_copies import books, events, writing
from tests.bot.test_ways_back import ROOM, Screens
from tests.bot.town import Town


@dataclass(slots=True)
class Room(Screens):
    """A room that shows whatever came last, in as many places as it was told to.

    Attributes:
        stops_before: the revision whose first showing waits until told to go on.
    """

    knows_repeats: bool = False
    stops_before: int = 0
    stopped: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)
    places: dict[str, Message] = field(default_factory=dict)

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform`."""
        if message.revision == self.stops_before and message.audience is None:
            self.stops_before = 0
            self.stopped.set()
            await self.goes_on.wait()
        place = shown_as or f"place {len(self.places) + 1}"
        self.places[place] = message
        return place

    def cards(self, message_id: str) -> list[int]:
        """The revisions at which a message stands there, in each place."""
        return [one.revision for one in self.places.values() if one.id == message_id and one.card]


async def says(town: Town, revision: int) -> None:
    """The card has another revision, and whoever works shows it."""
    message = Message("c-1", revision, ROOM, None, Card((line(f"Revision {revision}"),)))
    async with town.office.store.write() as tx:
        await Desk(town.office, tx, town.now).show(message)
    await town.settle()


@pytest.mark.parametrize("stops_before", [1, 2])
async def test_an_old_card_does_not_stay_over_a_newer_one_nor_beside_it(
    town: Town, stops_before: int
) -> None:
    room = Room()
    jobs = Jobs(town.office, town.mail, {room.name: room})
    late: list[Task[None]] = []

    async def show(args: Mapping[str, str]) -> None:
        if room.stops_before and not room.stopped.is_set():
            late.append(group.create_task(jobs.show(args)))
            await room.stopped.wait()
        await jobs.show(args)

    town.jobs.functions = {**jobs.functions(), "show": show}
    async with TaskGroup() as group:
        for revision in (1, 2, 3):
            room.stops_before = stops_before if revision == stops_before else 0
            await says(town, revision)
        assert room.cards("c-1") == [3]
        room.goes_on.set()
        await late[0]
        await town.settle()
    assert room.cards("c-1") == [3]
    await says(town, 4)
    assert room.cards("c-1") == [4]


@dataclass(slots=True)
class Board:
    """A list of what is coming up; the first posting waits until told to go on."""

    stopped: Event = field(default_factory=Event)
    goes_on: Event = field(default_factory=Event)
    listed: dict[str, Notice] = field(default_factory=dict)

    async def post(self, room: RoomRef, notice: Notice, posted_as: str) -> Posted | None:
        """See `EventBoard`."""
        del room, posted_as
        if not self.stopped.is_set():
            self.stopped.set()
            await self.goes_on.wait()
        self.listed[notice.key] = notice
        return Posted(notice.key, "https://board.example")

    async def take_down(self, room: RoomRef, key: str, posted_as: str) -> None:
        """See `EventBoard`."""
        del room, posted_as
        self.listed.pop(key, None)


async def test_a_meeting_listed_late_is_taken_down_when_it_is_off(town: Town) -> None:
    host, _ = await booked(town)
    board = Board()
    async with town.office.store.read() as reading:
        (meeting,) = await reading.agenda((await person(town, host)).id, town.now)
    args = {"meeting": meeting.id, "booking": meeting.booking}

    async def post() -> None:
        await posting.post(town.office, {"webhook": board}, args, lambda: None)

    async with TaskGroup() as group:
        group.create_task(post())
        await board.stopped.wait()
        await host.presses("Cancel", town.card())
        await host.presses("Cancel meeting")
        await post()
        board.goes_on.set()
    assert board.listed == {}


@pytest.mark.parametrize("change", ["cancel", "move"])
async def test_an_event_written_late_ends_as_the_meeting_stands(town: Town, change: str) -> None:
    host, guest = await writing(town)
    stopped, goes_on = Event(), Event()
    late: list[Task[None]] = []
    copy = town.jobs.functions["copy"]

    async def begin(args: Mapping[str, str]) -> None:
        await copy(args)

    async def stand_still() -> None:
        stopped.set()
        await goes_on.wait()

    async def twice(args: Mapping[str, str]) -> None:
        if not stopped.is_set():
            late.append(group.create_task(begin(args)))
            await stopped.wait()
        await copy(args)

    town.calendars.before_written = stand_still
    town.jobs.functions = {**town.jobs.functions, "copy": twice}
    async with TaskGroup() as group:
        await books(guest)
        if change == "cancel":
            await host.presses("Cancel", town.card())
            await host.presses("Cancel meeting")
        else:
            offered = await host.presses("Reschedule", town.card())
            assert offered is not None
            await host.presses_at(0, offered)
        agreed = events(town)
        assert len(agreed) == (change == "move")
        goes_on.set()
        await late[0]
        await town.settle()
    assert events(town) == agreed
    await town.passes(timedelta(minutes=1))
    assert events(town) == agreed
    if change == "move":
        await host.presses("Cancel", town.card())
        await host.presses("Cancel meeting")
        assert events(town) == []
