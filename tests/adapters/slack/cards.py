"""Cards rendered for Slack and checked: what the tests of the renderer share."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from adapters.chat.slack import render
from adapters.chat.slack.names import Json
from bot.views.samples import samples
from scheduling_core.actions import Action, ActionCodec
from scheduling_core.cards import (
    Block,
    Card,
)
from scheduling_core.deliveries import Message
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.slack.limits import message_breaches, view_breaches
from tests.adapters.slack.rendering import Reader, mrkdwn
from tests.adapters.slack.workspace import Person

AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
TEAM = WorkspaceRef("slack", "T0FIRST01")
ROOM = RoomRef(TEAM, "C0DESIGN1", "1732438800.000100")
GUEST = PersonRef(TEAM, "U0GUEST01")
CODEC = ActionCodec(b"a key of the tests")
PICK = Action("pick", ("iAb3", "1"))
BERLIN = ("Europe/Berlin",)
CARDS = samples()
marks = st.sampled_from([*"*_`~<>&!@#|:/^{}()[]-•.ab1 \n\t", "here", "http", "&lt;"])
markup = st.lists(marks, max_size=25).map("".join)


def message(*blocks: Block, zones: tuple[str, ...] = BERLIN, private: bool = False) -> Message:
    return Message("m1", 1, ROOM, GUEST if private else None, Card(blocks, zones))


def blocks_of(*blocks: Block, private: bool = False) -> list[Json]:
    made = render.message_blocks(message(*blocks, private=private), CODEC)
    assert message_breaches(made) == []
    return made


def modal_of(*blocks: Block) -> Json:
    made = render.modal(message(*blocks), CODEC)
    assert view_breaches(made) == []
    return made


def read_by_guest(text: str) -> str:
    person = Person("U0GUEST01", "guest", TEAM.workspace, "America/Sao_Paulo", "en-GB")
    return mrkdwn(text, Reader(person, AT - timedelta(days=2, hours=5), {"U0HOST001": "host"}))
