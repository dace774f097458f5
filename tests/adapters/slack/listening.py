"""The whole Slack adapter before an inbox that can be slow or broken; fixtures for tests that import them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.actions import Action
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.refs import PersonRef
from tests.adapters.slack.calling import CHANNEL
from tests.adapters.slack.harness import ROOM
from tests.adapters.slack.rooms import HOST, SlackSide, slack_side
from tests.contracts.chat import RecordingInbox
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

OPEN = Buttons((Button("Edit", Action("edit", ("m1",)), opens_form=True),))
SEND = Buttons((Button("Send", Action("send", ("m1",)), style="primary"),))


@dataclass(slots=True)
class Inbox(RecordingInbox):
    """An inbox that can be slow, or broken.

    Attributes:
        gate: nothing is recorded until it is open.
        failure: raised instead of recording.
    """

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """As the port says, later."""
        await self.gate.wait()
        if self.failure:
            raise self.failure
        # super() without arguments does not work in a class with slots.
        return await RecordingInbox.put(self, delivery, within_seconds)

    async def message(self, message_id: str) -> Message | None:
        """As the port says, later."""
        await self.gate.wait()
        return await RecordingInbox.message(self, message_id)


@pytest.fixture
def inbox() -> Inbox:
    made = Inbox()
    made.gate.set()
    return made


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[SqlStore]:
    made = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    yield made
    await made.close()


@pytest.fixture
async def side(store: SqlStore, inbox: Inbox) -> AsyncIterator[SlackSide]:
    async with slack_side(store, inbox=inbox) as made:
        yield made
        inbox.gate.set()


def shown(
    *blocks: Any, reader: PersonRef | None = None, message_id: str = "m_1", revision: int = 1
) -> Message:
    """A message in the channel."""
    return Message(message_id, revision, CHANNEL, reader, Card(blocks))


async def window(side: SlackSide, *blocks: Any) -> None:
    """The host has a window open that shows these blocks."""
    await side.platform.show(shown(line("Card"), OPEN), None)
    await side.host.press(side.host.sees(ROOM)[-1].id, "Edit")
    path = side.inbox.deliveries[-1].path
    await side.platform.show(shown(*blocks, reader=HOST, message_id="m_form"), None, path)
