"""The way back to the actor's screen goes with the private answer, and nowhere else."""

import json
from asyncio import Barrier, TaskGroup, gather
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from structlog.testing import capture_logs

from bot.dispatch import Dispatch
from bot.jobs import Jobs
from bot.limits import Limits
from bot.metrics import Metrics
from bot.office import Office
from scheduling_core.chat_ports import Route
from scheduling_core.deliveries import Command, Delivery, Message, Profile, RoomView
from scheduling_core.ports import Acceptance, Job, Reading, Store, Transaction
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.beginnings import set_up
from tests.bot.town import Town

DEMO = WorkspaceRef("webhook", "demo")
ROOM = RoomRef(DEMO, "room-1")
HOST = PersonRef(DEMO, "u-1")
PATH = "https://hooks.example.org/way-back"


@dataclass(slots=True)
class Screens:
    """A platform with windows: remembers what was shown, and by which way."""

    name: str = "webhook"
    knows_repeats: bool = True
    shown: list[tuple[Message, str]] = field(default_factory=list)

    def routes(self) -> Sequence[Route]:
        """See `ChatPlatform`."""
        return ()

    async def start(self) -> None:
        """See `ChatPlatform`."""

    def is_listening(self) -> bool:
        """See `ChatPlatform`."""
        return True

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """See `ChatPlatform`."""
        self.shown.append((message, path))
        return shown_as

    async def stop(self) -> None:
        """See `ChatPlatform`."""

    async def close(self) -> None:
        """See `ChatPlatform`."""


@dataclass(frozen=True, slots=True)
class Together:
    """A store in which two always begin to write at the same time."""

    store: Store
    both: Barrier = field(default_factory=lambda: Barrier(2))

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """See `Store`."""
        return self.store.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """See `Store`."""
        await self.both.wait()
        async with self.store.write() as tx:
            yield tx

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """See `Store`."""
        return await self.store.accept(delivery, catch_up)

    async def close(self) -> None:
        """See `Store`."""
        await self.store.close()


async def left_behind(town: Town, delivery_id: str, text: str, path: str = "") -> None:
    """A command that was taken and never answered."""
    act, received_at = Command(text), town.now - timedelta(seconds=1)
    delivery = Delivery(delivery_id, "hash", Profile(HOST, "host"), RoomView(ROOM), act, received_at, path)
    async with town.office.store.write() as tx:
        await tx.accept(delivery)


async def deliver(town: Town, delivery_id: str, text: str, path: str, office: Office | None = None) -> None:
    """A command that another process left behind: its answer comes late, by a job."""
    await left_behind(town, delivery_id, text, path)
    async with TaskGroup() as tasks:
        dispatch = Dispatch(office or town.office, tasks, Limits(99, 99), Metrics())
        await dispatch.recover(everything=True)


def on_screens(town: Town) -> Screens:
    """From now on the town's messages are shown there."""
    screens = Screens()
    town.jobs.functions = Jobs(town.office, town.mail, {screens.name: screens}).functions()
    return screens


async def test_a_private_answer_is_shown_by_the_way_back(town: Town) -> None:
    await set_up(town)
    screens = on_screens(town)

    await deliver(town, "late-1", "/meet help", PATH)
    await town.settle()

    assert [(message.audience, path) for message, path in screens.shown] == [(HOST, PATH)]


async def test_what_everybody_sees_may_come_by_the_way_of_who_brought_it_about(town: Town) -> None:
    await set_up(town)
    screens = on_screens(town)

    await deliver(town, "late-1", "/meet @guest 30", PATH)
    await town.settle()

    assert [path for message, path in screens.shown if message.audience is None] == [PATH]


async def test_the_way_back_is_never_logged(town: Town) -> None:
    await set_up(town)
    broken = replace(town.office, new_id=_fail)

    with capture_logs(processors=[structlog.processors.format_exc_info]) as events:
        await deliver(town, "late-1", "/meet help", PATH)
        await deliver(town, "late-2", "/meet help", PATH, broken)
        await town.settle()

    assert {event["event"] for event in events} >= {"delivery.answered", "delivery.failed"}
    assert PATH not in json.dumps(events, default=str)
    assert "way-back" not in json.dumps(events, default=str)


def _fail(kind: str) -> str:
    raise RuntimeError(f"no id for {kind}")


async def test_of_two_processes_that_answer_the_same_one_did_it_and_the_other_repeated_it(town: Town) -> None:
    await set_up(town)
    await left_behind(town, "late-1", "/meet help")

    office = replace(town.office, store=Together(town.office.store))
    with capture_logs() as logs:
        async with TaskGroup() as tasks:
            both = [Dispatch(office, tasks, Limits(99, 99), Metrics()) for _ in range(2)]
            await gather(*(one.recover(everything=True) for one in both))

    outcomes = [one["outcome"] for one in logs if one["event"] == "delivery.answered"]
    assert sorted(outcomes) == ["done", "repeated"]
    assert {one["log_level"] for one in logs} == {"info"}
