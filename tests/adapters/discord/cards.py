"""Cards rendered for Discord and checked: what the tests of the renderer share."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from adapters.chat.discord import render
from adapters.chat.discord.names import USERS, Json
from bot.views.samples import samples
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.cards import Block, Card
from scheduling_core.deliveries import Message
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.discord.components import modal_breaches, walk
from tests.adapters.discord.limits import message_breaches
from tests.adapters.discord.rendering import Reader, markdown
from tests.adapters.discord.world import Person

AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
GUILD = WorkspaceRef("discord", "1200000000000000001")
ROOM = RoomRef(GUILD, "1200000000000000002")
HOST_ID, GUEST_ID = "1100000000000000001", "1100000000000000002"
GUEST = PersonRef(USERS, GUEST_ID)
CODEC = ActionCodec(b"a key of the tests")
PICK = Action("pick", ("iAb3", "1"))
BERLIN = ("Europe/Berlin",)
CARDS = samples()
marks = st.sampled_from([*"*_`~<>&!@#|:/^{}()[]-+\\.•ab1 \n\t", "here", "http", "<t:1:F>", "1. ", "-# "])
markup = st.lists(marks, max_size=25).map("".join)


def message(*blocks: Block, zones: tuple[str, ...] = BERLIN, private: bool = False) -> Message:
    return Message("m1", 1, ROOM, GUEST if private else None, Card(blocks, zones))


def sent(some: Message) -> Json:
    """The body, in which Discord finds nothing wrong."""
    made = render.message(some, CODEC)
    assert message_breaches(made, "send") == []
    assert message_breaches(made, "edit") == []
    return made


def private(*blocks: Block, zones: tuple[str, ...] = BERLIN) -> list[Json]:
    """The components of a private card."""
    found: list[Json] = sent(message(*blocks, zones=zones, private=True))["components"]
    return found


def modal(some: Message, group: int = 0) -> Json:
    made = render.modal(some, group, CODEC)
    assert list(modal_breaches(made)) == []
    return made


def every(body: Json) -> list[Json]:
    return [one for one, _ in walk(body["components"])]


def texts(body: Json) -> list[str]:
    return [one["content"] for one in every(body) if one["type"] == 10]


def of_kind(components: list[Json], kind: int) -> Iterator[Json]:
    return (one for one, _ in walk(components) if one["type"] == kind)


def read_by_guest(text: str) -> str:
    person = Person(GUEST_ID, "guest", tz="America/Sao_Paulo", locale="en-GB")
    return markdown(text, Reader(person, AT - timedelta(days=2, hours=5), {HOST_ID: "host"}))
