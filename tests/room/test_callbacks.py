"""Bot to room: signatures, repeats, revisions, and who sees what."""

import pytest
from aiohttp import ClientSession

from tests.room.conftest import RunningRoom, Tab
from tests.room.scripted_bot import message

OTHER_SECRET = "whsec_" + "YW5vdGhlci1zZWNyZXQtb2YtYW5vdGhlci1yb29t"


async def shown(room: RunningRoom, person: str = "u-2") -> dict[str, str]:
    """Message id → text as a freshly opened page of *person* shows it."""
    await room.bot.post("created", message("m_end", 1, "end"))
    async with room.tab(person) as tab:
        await tab.until(lambda tab: "m_end" in tab.messages)
    return {id_: content["text"] for id_, content in tab.messages.items() if id_ != "m_end"}


async def test_a_message_of_the_bot_reaches_every_open_tab(room: RunningRoom) -> None:
    async with room.tab("u-1") as host, room.tab("u-2") as guest:
        assert await room.bot.post("created", message("m_1", 1, "Hello")) == 204
        for tab in (host, guest):
            await tab.until(lambda tab: "m_1" in tab.messages)


async def test_a_callback_signed_with_another_secret_is_refused(room: RunningRoom) -> None:
    assert await room.bot.post("created", message("m_1", 1, "Hello"), secret=OTHER_SECRET) == 401
    assert await shown(room) == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"},
        {"webhook-id": "1", "webhook-timestamp": "99999999999", "webhook-signature": "nonsense"},
    ],
)
async def test_a_callback_without_a_fresh_signature_is_refused(
    room: RunningRoom, headers: dict[str, str]
) -> None:
    async with (
        ClientSession() as session,
        session.post(f"{room.url}/parley", data=b"{}", headers=headers) as answer,
    ):
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"


async def test_the_same_webhook_id_is_done_once(room: RunningRoom) -> None:
    assert await room.bot.post("created", message("m_1", 1, "one"), webhook_id="same") == 204
    assert await room.bot.post("updated", message("m_1", 2, "two"), webhook_id="same") == 204
    assert await shown(room) == {"m_1": "one"}


async def test_only_a_higher_revision_replaces_a_message(room: RunningRoom) -> None:
    for revision, text in ((2, "two"), (1, "one"), (2, "two again"), (3, "three")):
        await room.bot.post("updated", message("m_1", revision, text))
    assert await shown(room) == {"m_1": "three"}


async def test_a_deleted_message_goes_and_does_not_come_back_late(room: RunningRoom) -> None:
    async with room.tab("u-2") as guest:
        await room.bot.post("created", message("m_1", 1, "one"))
        await guest.until(lambda tab: "m_1" in tab.messages)
        await room.bot.post("deleted", message("m_1", 2, ""))
        await guest.until(lambda tab: "m_1" not in tab.messages)
    await room.bot.post("updated", message("m_1", 2, "late"))
    assert await shown(room) == {}


async def test_a_private_message_is_for_its_actor_alone(room: RunningRoom) -> None:
    await room.bot.post("created", message("m_1", 1, "for the guest", actor="u-2"))
    assert await shown(room, "u-2") == {"m_1": "for the guest"}
    assert await shown(room, "u-1") == {}


async def test_the_bot_cannot_replace_what_a_person_said(room: RunningRoom) -> None:
    await room.say("u-1", "my words", act="host-said-this")
    await room.bot.post("updated", message("say-host-said-this", 9, "other words"))
    assert await shown(room) == {"say-host-said-this": "my words"}


@pytest.mark.parametrize(
    ("kind", "content", "where", "status"),
    [
        ("created", message("m_1", 1, "Hello"), "room-9", 404),
        ("archived", message("m_1", 1, "Hello"), "room-1", 422),
        ("created", {"id": "m_1", "text": "no revision", "audience": "room"}, "room-1", 422),
        ("created", {**message("m_1", 1, "nobody's"), "audience": "actor"}, "room-1", 422),
    ],
)
async def test_what_does_not_keep_to_the_protocol_is_refused(
    room: RunningRoom, kind: str, content: dict[str, object], where: str, status: int
) -> None:
    assert await room.bot.post(kind, content, room=where) == status
    assert await shown(room) == {}


async def test_a_tab_learns_no_address_but_its_own(room: RunningRoom) -> None:
    def told(tab: Tab) -> bool:
        return bool(tab.about)

    async with room.tab("u-2") as guest:
        await guest.until(told)
    assert guest.about["me"]["email"] == "guest@example.test"
    assert "host@example.test" not in str(guest.about)


async def test_a_new_room_has_only_the_chosen_members(room: RunningRoom) -> None:
    made = await room.post("rooms", {"as": "u-1", "name": "Invoices", "members": ["u-2"]})
    assert (await room.post("say", {"room": made["id"], "as": "u-1", "text": "Hi"})) == {}
    assert "detail" in await room.post("say", {"room": made["id"], "as": "u-3", "text": "Hi"})
