"""Room to bot: what is delivered, how it is signed and repeated, and what the actor sees of it."""

import asyncio
from pathlib import Path

import pytest

from examples.room.server import addressed
from examples.room.store import Message, Store
from tests.room.conftest import RunningRoom, running_room
from tests.room.scripted_bot import ScriptedBot, message


async def test_a_command_goes_to_the_bot_with_its_actor_and_all_members(room: RunningRoom) -> None:
    await room.post("profile", {"as": "u-1", "zone": "Europe/Berlin", "locale": "de-DE"})
    await room.say("u-1", "/meet @guest 30 logo review")

    _, delivery = room.bot.deliveries[-1]
    assert (delivery["type"], delivery["text"]) == ("command", "/meet @guest 30 logo review")
    assert delivery["actor"] == {
        "id": "u-1", "name": "host", "zone": "Europe/Berlin", "locale": "de-DE", "email": "host@example.test",
    }  # fmt: skip
    assert [member["id"] for member in delivery["room"]["members"]] == ["u-1", "u-2", "u-3"]
    assert {key: delivery["room"][key] for key in ("id", "name", "thread")} == {
        "id": "room-1", "name": "Logo design", "thread": None,
    }  # fmt: skip


async def test_the_answer_is_seen_by_the_actor_alone(room: RunningRoom) -> None:
    async with room.tab("u-1") as host, room.tab("u-2") as guest:
        answer = await room.say("u-1", "/meet")
        assert [reply["id"] for reply in answer["replies"]] == ["m_setup_u-1"]
        await host.until(lambda tab: "m_setup_u-1" in tab.messages)
        await room.say("u-1", "anybody here?")
        await guest.until(lambda tab: bool(tab.messages))
        assert [shown["text"] for shown in guest.messages.values()] == ["anybody here?"]


async def test_a_plain_message_stays_in_the_room(room: RunningRoom) -> None:
    await room.say("u-1", "Hello, I have two drafts.")
    assert room.bot.deliveries == []


async def test_a_line_that_is_too_long_is_sent_back_and_nothing_of_it_is_said(room: RunningRoom) -> None:
    answer = await room.say("u-1", "/meet @guest 30 " + "x" * 4000)
    assert answer == {"detail": "That is 4016 characters long; please keep it to 4000."}
    assert room.bot.deliveries == []
    await room.say("u-1", "x" * 4000)
    async with room.tab("u-1") as tab:
        (said,) = (await tab.until(lambda tab: bool(tab.messages))).messages.values()
    assert said["text"] == "x" * 4000
    refused = await room.post("rooms", {"as": "u-1", "name": "r" * 81, "members": ["u-2"]})
    assert "81 characters" in refused["detail"]


async def test_a_press_carries_its_data_as_it_was_and_the_message(room: RunningRoom) -> None:
    await room.say("u-1", "/meet")
    await room.press("u-1", "m_setup_u-1", {"do": "form", "monday": "9-12"})
    _, delivery = room.bot.deliveries[-1]
    assert (delivery["type"], delivery["message_id"]) == ("action", "m_setup_u-1")
    assert delivery["data"] == {"do": "form", "monday": "9-12"}


async def test_nobody_presses_a_card_that_only_another_sees(room: RunningRoom) -> None:
    await room.say("u-1", "/meet")
    answer = await room.press("u-2", "m_setup_u-1", {"do": "send"})
    assert answer["detail"] == "This card is no longer there."
    assert len(room.bot.deliveries) == 1


async def test_a_refusal_is_told_in_the_words_of_the_bot(room: RunningRoom) -> None:
    answer = await room.say("u-1", "/meet @nobody 30")
    assert answer == {"error": "There is nobody called @nobody in this room."}


async def test_a_bot_that_stumbles_gets_the_same_delivery_again(room: RunningRoom) -> None:
    room.bot.fail_next = [503, 429]
    answer = await room.say("u-1", "/meet")
    assert answer["replies"]
    assert len({webhook_id for webhook_id, _ in room.bot.deliveries}) == 1
    assert [delivery for _, delivery in room.bot.deliveries] == [room.bot.deliveries[0][1]] * 3


async def test_a_bot_that_restarts_in_between_still_answers(room: RunningRoom) -> None:
    await room.bot.stop()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(room.say("u-1", "/meet"))
        await room.bot.start()
    assert [reply["id"] for reply in waiting.result()["replies"]] == ["m_setup_u-1"]


async def test_a_bot_that_stays_away_is_told_as_such(room: RunningRoom) -> None:
    await room.bot.stop()
    assert "not answering" in (await room.say("u-1", "/meet"))["error"]


async def test_an_act_that_the_browser_repeats_is_done_once(room: RunningRoom) -> None:
    for _ in range(2):
        await room.say("u-1", "/meet", act="the-same-act")
    assert [webhook_id for webhook_id, _ in room.bot.deliveries] == ["the-same-act"] * 2
    async with room.tab("u-1") as host:
        await host.until(lambda tab: bool(tab.messages))
        assert len(host.messages) == 2


async def test_what_had_no_answer_is_delivered_after_a_restart_of_the_room(
    bot: ScriptedBot, tmp_path: Path
) -> None:
    data = tmp_path / "room.sqlite"
    store = Store(data)
    body = b'{"type": "command", "text": "/meet", "actor": {"id": "u-1"}, "room": {"id": "room-1"}}'
    store.queue("left-over", "room-1", "u-1", body)
    store.close()
    async with (
        running_room(bot, data) as room,
        room.tab("u-1") as host,
    ):
        await host.until(lambda tab: "m_setup_u-1" in tab.messages)
    assert [webhook_id for webhook_id, _ in bot.deliveries] == ["left-over"]


async def test_a_reply_that_also_comes_by_callback_is_shown_once(room: RunningRoom) -> None:
    reply = message("m_setup_u-1", 1, "Reply send", None, "u-1")
    async with room.tab("u-1") as host:
        await room.bot.post("created", reply)
        await room.say("u-1", "/meet")
        await room.bot.post("created", message("m_end", 1, "end"))
        await host.until(lambda tab: "m_end" in tab.messages)
        assert host.messages["m_setup_u-1"]["card"] is None


def from_bot(only_for: str | None) -> Message:
    return Message("room-1", "m_1", 1, "bot", only_for, "Which?", None, None, "2026-11-24T09:00:00Z")


def typed(only_for: str | None = None) -> Message:
    return Message("room-1", "say-1", 0, "u-2", only_for, "Hm", None, None, "2026-11-24T09:00:00Z")


@pytest.mark.parametrize(
    ("text", "answered", "bot_spoke", "delivery", "private"),
    [
        ("/meet @guest 30", None, False, {"type": "command", "text": "/meet @guest 30"}, True),
        ("/meeting notes are here", None, True, None, False),
        ("2", None, True, {"type": "text", "text": "2"}, True),
        ("More", None, True, {"type": "text", "text": "More"}, True),
        ("2", None, False, None, False),
        ("2 of them", None, True, None, False),
        ("@parley help", None, False, {"type": "text", "text": "help"}, False),
        ("@Bot, help", None, False, {"type": "text", "text": "help"}, False),
        ("ask @parley for 2", None, False, {"type": "text", "text": "ask @parley for 2"}, False),
        (
            "Thu after 6pm",
            from_bot(None),
            True,
            {"type": "text", "text": "Thu after 6pm", "reply_to": "m_1"},
            False,
        ),
        ("yes", from_bot("u-2"), True, {"type": "text", "text": "yes", "reply_to": "m_1"}, True),
        ("yes, let us", typed(), True, None, False),
    ],
)
def test_the_bot_hears_commands_mentions_replies_and_bare_answers_only(
    text: str, answered: Message | None, bot_spoke: bool, delivery: dict[str, str] | None, private: bool
) -> None:
    assert addressed(text, answered, bot_spoke) == (delivery, private)
