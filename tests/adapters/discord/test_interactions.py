"""Interactions are answered once, in time, and by what fits."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.discord.by_hand import ByHand, interaction_of
from tests.adapters.discord.harness import MODAL, ROOM, Discord
from tests.adapters.discord.interactions import Interaction
from tests.adapters.discord.limits import EPHEMERAL

Json = dict[str, Any]
BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "1", "custom_id": "b1"}]}
WINDOW: Json = {
    "custom_id": "w",
    "title": "Topic",
    "components": [
        {
            "type": 18,
            "label": "Topic",
            "component": {"type": 4, "style": 1, "custom_id": "t", "max_length": 9},
        },
        {
            "type": 18,
            "label": "Who",
            "component": {"type": 5, "custom_id": "who", "required": False, "min_values": 0},
        },
    ],
}


async def begun(app: ByHand, **options: Any) -> Interaction:
    """A command that is not answered yet: the test does it by callback."""
    app.discord.interactions.first_answer_seconds = 0.01
    app.answers = lambda _payload: None
    interaction = interaction_of(await app.discord.host.command("meet", ROOM, options))
    app.discord.interactions.first_answer_seconds = 60
    return interaction


async def test_the_first_answer_is_due_within_three_seconds(discord: Discord, app: ByHand) -> None:
    assert discord.interactions.first_answer_seconds == 3
    interaction = await begun(app)
    discord.pass_time(timedelta(seconds=61))
    assert (await app.answer(interaction, 4, content="Late")).code == 10062
    assert discord.host.sees(ROOM) == []


async def test_whoever_waits_is_told_as_soon_as_it_is_too_late(discord: Discord, app: ByHand) -> None:
    app.answers = lambda _payload: None
    async with asyncio.TaskGroup() as group:
        acting = group.create_task(discord.host.command("meet", ROOM))
        await discord.until(lambda: discord.interactions.all)
        discord.pass_time(timedelta(seconds=4))
    assert acting.result().error == "The application did not respond"


async def test_a_second_answer_is_refused(discord: Discord, app: ByHand) -> None:
    interaction = await begun(app)
    first = await app.answer(interaction, 4, content="Once", flags=EPHEMERAL)
    assert first.body["interaction"]["response_message_ephemeral"]
    assert first.body["resource"]["message"]["content"] == "Once"
    assert (await app.answer(interaction, 4, content="Twice")).code == 40060
    assert interaction.refused == [40060]
    assert discord.guest.sees(ROOM) == []


async def test_a_bad_answer_may_be_made_good(discord: Discord, app: ByHand) -> None:
    interaction = await begun(app)
    bad = await app.answer(interaction, 4, content="x" * 2001)
    assert (bad.code, list(bad.body["errors"]["data"])) == (50035, ["content"])
    assert (await app.answer(interaction, 4)).code == 50006
    assert (await app.answer(interaction, 4, content="x")).status == 200
    assert discord.violations == [
        "POST /interactions/{interaction_id}/{token}/callback: "
        "data.content: Must be 2000 or fewer in length. [BASE_TYPE_MAX_LENGTH]"
    ]


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 99])
async def test_a_command_cannot_be_answered_with(discord: Discord, app: ByHand, kind: int) -> None:
    assert (await app.answer(await begun(app), kind, content="x")).code == 50035
    assert discord.violations


async def test_a_deferred_answer_is_filled_by_the_first_followup(discord: Discord, app: ByHand) -> None:
    interaction = await begun(app)
    await app.answer(interaction, 5, flags=EPHEMERAL)
    assert discord.host.sees(ROOM)[0].is_loading
    first = await app.follow(interaction, content="First")
    second = await app.follow(interaction, content="Second")
    assert [(one.words, one.is_private) for one in discord.host.sees(ROOM)] == [
        ("First", True),
        ("Second", False),
    ]
    assert [one.words for one in discord.guest.sees(ROOM)] == ["Second"]
    await app.follow(interaction, "PATCH /messages/@original", content="Changed")
    await app.follow(interaction, f"DELETE /messages/{second.body['id']}")
    assert [one.words for one in discord.host.sees(ROOM)] == ["Changed"]
    assert first.body["flags"] == EPHEMERAL
    assert (await app.follow(interaction, f"GET /messages/{second.body['id']}")).code == 10008
    # An ephemeral is in no channel: the bot token cannot reach it.
    path = f"/channels/{ROOM}/messages/{first.body['id']}"
    assert (await app.call(f"PATCH {path}", {"content": "x"})).code == 10008


async def test_nothing_follows_before_the_first_answer_nor_after_fifteen_minutes(
    discord: Discord, app: ByHand
) -> None:
    interaction = await begun(app)
    assert (await app.follow(interaction, content="x")).code == 10015
    await app.answer(interaction, 4, content="x")
    discord.pass_time(timedelta(minutes=15))
    late = await app.follow(interaction, "PATCH /messages/@original", content="y")
    assert (late.status, late.code) == (401, 50027)
    assert discord.host.sees(ROOM)[0].words == "x"


async def test_a_user_install_alone_gets_five_followups(discord: Discord, app: ByHand) -> None:
    group = discord.add_group("1200000000000000077", "friends", [discord.host, discord.guest])
    discord.host.person.has_app = True
    app.answers = lambda _payload: {"type": 4, "data": {"content": "x"}}
    interaction = interaction_of(await discord.host.command("meet", group.id))
    codes = [(await app.follow(interaction, content="x")).code for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 40094]
    assert (await app.send(group.id, content="x")).code == 50001


async def test_a_modal_opens_first_and_never_twice(discord: Discord, app: ByHand) -> None:
    host = discord.host
    app.answers = lambda _payload: {"type": 9, "data": WINDOW}
    assert (await host.command("meet", ROOM)).kind == 9
    assert host.modal
    assert host.modal.words == "Topic\nWho"
    with pytest.raises(AssertionError, match="required, or too short"):
        await host.submit()
    with pytest.raises(AssertionError, match="takes 9 characters"):
        await host.choose(MODAL, "Topic", "too long for it")
    assert not (await host.submit({"Topic": "Logo"})).is_accepted
    assert host.person.modal is not None
    app.answers = lambda _payload: {"type": 4, "data": {"content": "Thanks"}}
    ack = await host.submit({"Topic": "Logo", "Who": discord.guest})
    data = interaction_of(ack).payload["data"]
    assert data["components"][0]["component"]["value"] == "Logo"
    assert data["components"][1]["component"]["values"] == [discord.guest.id]
    assert data["resolved"]["members"][discord.guest.id]["permissions"] == "1143812068076544"
    assert host.person.modal is None


async def test_a_modal_of_a_button_can_update_its_message(discord: Discord, app: ByHand) -> None:
    sent = await app.send(ROOM, content="Pick", components=[BUTTON])
    app.answers = lambda _payload: {"type": 9, "data": WINDOW}
    await discord.guest.press(sent.body["id"], "1")
    app.answers = lambda _payload: {"type": 7, "data": {"content": "Picked", "components": []}}
    assert (await discord.guest.submit({"Topic": "Logo"})).kind == 7
    assert [(one.words, one.buttons) for one in discord.host.sees(ROOM)] == [("Picked", ())]
    discord.guest.reload()


async def test_a_double_click_is_two_interactions(discord: Discord, app: ByHand) -> None:
    sent = await app.send(ROOM, content="Pick", components=[BUTTON])
    app.answers = lambda _payload: {"type": 6}
    for _ in range(2):
        assert (await discord.guest.press(sent.body["id"], "b1")).kind == 6
    assert len({one.id for one in discord.interactions.all}) == 2
    assert discord.interactions.all[0].payload["message"]["id"] == sent.body["id"]


async def test_a_delivery_may_come_twice_and_a_button_be_made_up(discord: Discord, app: ByHand) -> None:
    sent = await app.send(ROOM, content="Pick", components=[BUTTON])
    app.answers = lambda _payload: {"type": 4, "data": {"content": "Done"}}
    first = await discord.guest.forge_press(sent.body["id"], "never:made")
    again = await discord.again()
    assert (first.kind, first.body, again.kind, again.body) == (4, first.body, 4, first.body)
    bodies = [body for body, _ in app.received]
    assert bodies[0] == bodies[1]
    assert [one.words for one in discord.host.sees(ROOM)] == ["Pick", "Done"]


async def test_what_cannot_be_pressed_is_not(discord: Discord, app: ByHand) -> None:
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.com/a"}
    grey = {"type": 2, "style": 1, "label": "Gone", "custom_id": "g", "disabled": True}
    sent = await app.send(ROOM, content="Pick", components=[{"type": 1, "components": [link, grey]}])
    (shown,) = discord.guest.sees(ROOM)
    assert (shown.link("Open"), shown.is_disabled("Gone")) == ("https://example.com/a", True)
    for name, why in (("Open", "opens https"), ("Gone", "disabled"), ("Other", "there is no")):
        with pytest.raises(AssertionError, match=why):
            await discord.guest.press(sent.body["id"], name)


async def test_a_user_select_names_people(discord: Discord, app: ByHand) -> None:
    select = {"type": 5, "custom_id": "who", "placeholder": "Who?", "max_values": 2}
    sent = await app.send(ROOM, content="Who", components=[{"type": 1, "components": [select]}])
    app.answers = lambda _payload: {"type": 6}
    ack = await discord.host.choose(sent.body["id"], "Who?", [discord.guest, discord.second_guest])
    data = interaction_of(ack).payload["data"]
    assert data["values"] == [discord.guest.id, discord.second_guest.id]
    assert set(data["resolved"]["users"]) == set(data["values"])


async def test_a_command_says_who_where_and_what(discord: Discord, app: ByHand) -> None:
    given = {"text": "@guest 30 logo", "with": discord.guest, "length": 30}
    payload = interaction_of(await discord.host.command("meet", ROOM, given)).payload
    options = {one["name"]: one["value"] for one in payload["data"]["options"]}
    guest = discord.guest.id
    assert options == {"text": f"<@{guest}> 30 logo", "with": guest, "length": 30}
    assert payload["data"]["resolved"]["users"][guest]["username"] == "guest"
    assert (payload["locale"], payload["guild_locale"], payload["context"]) == ("de", "en-US", 0)
    assert payload["member"]["user"]["id"] == discord.host.id
    direct = interaction_of(await discord.host.command("meet", discord.host.dm.id)).payload
    assert (direct["context"], direct["user"]["id"], "member" in direct) == (1, discord.host.id, False)


@pytest.mark.parametrize(
    "options",
    [
        {"length": 4},
        {"length": 481},
        {"length": "30"},
        {"title": "x"},
        {"with": "nobody"},
        {"text": "x" * 6001},
    ],
)
async def test_the_client_refuses_what_the_command_does_not_take(
    discord: Discord, app: ByHand, options: Json
) -> None:
    with pytest.raises(AssertionError):
        await discord.host.command("meet", ROOM, options)


async def test_choices_are_offered_and_bad_ones_are_told(discord: Discord, app: ByHand) -> None:
    app.answers = lambda _payload: {
        "type": 8,
        "data": {"choices": [{"name": "Berlin", "value": "Europe/Berlin"}]},
    }
    choices = await discord.host.complete("meet", ROOM, "zone", "Ber", {"length": 30})
    focused = discord.interactions.all[-1].payload["data"]["options"][-1]
    assert choices == [{"name": "Berlin", "value": "Europe/Berlin"}]
    assert (focused["value"], focused["focused"]) == ("Ber", True)
    app.answers = lambda _payload: {"type": 8, "data": {"choices": [{"name": "x", "value": "x"}] * 26}}
    assert await discord.host.complete("meet", ROOM, "zone", "x") == []
    assert len(discord.violations) == 1
