"""The REST API refuses as Discord does, and keeps what it took."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.adapters.discord.by_hand import MEET, ByHand
from tests.adapters.discord.faults import EDIT, SEND, Cut, Refused, Slow
from tests.adapters.discord.harness import GUILD, ROOM, Discord

Json = dict[str, Any]
NOWHERE = "1299999999999999999"
EVENT: Json = {
    "name": "Logo review",
    "privacy_level": 2,
    "entity_type": 3,
    "entity_metadata": {"location": "Online"},
    "scheduled_start_time": "2099-11-26T14:00:00Z",
    "scheduled_end_time": "2099-11-26T14:30:00Z",
}


async def test_a_wrong_token_is_counted(discord: Discord, app: ByHand) -> None:
    refused = await app.call("GET /users/@me", token="nobody")
    assert (refused.status, refused.body["message"]) == (401, "401: Unauthorized")
    assert discord.world.invalid_requests == 1
    assert (await app.call("GET /gateway/bot", token="nobody")).status == 401
    assert (await app.call("GET /gateway", token="")).body == {"url": discord.gateway_url}
    assert (await app.call("GET /nothing")).body == {"message": "404: Not Found", "code": 0}


async def test_answers_are_plain_json(app: ByHand) -> None:
    answered = await app.call("GET /oauth2/applications/@me")
    assert answered.headers["Content-Type"] == "application/json"
    assert answered.headers["Via"]


async def test_a_body_must_be_json(discord: Discord, app: ByHand) -> None:
    headers = {"Authorization": f"Bot {discord.app.token}", "Content-Type": "text/plain"}
    url = f"{discord.api_base_url}/channels/{ROOM}/messages"
    async with discord.session.post(url, data=b'{"content": "x"}', headers=headers) as response:
        assert (await response.json())["code"] == 50109


async def test_messages_are_sent_edited_read_and_deleted(discord: Discord, app: ByHand) -> None:
    sent = await app.send(ROOM, content="One", nonce="n-1", enforce_nonce=True)
    again = await app.send(ROOM, content="One", nonce="n-1", enforce_nonce=True)
    assert sent.body["id"] == again.body["id"]
    path = f"/channels/{ROOM}/messages/{sent.body['id']}"
    edited = await app.call(f"PATCH {path}", {"content": "Two"})
    assert (edited.body["content"], edited.body["edited_timestamp"] is None) == ("Two", False)
    assert (await app.call(f"PATCH {path}", {"content": ""})).code == 50006
    await discord.guest.say("mine", ROOM)
    newest, oldest = (await app.call(f"GET /channels/{ROOM}/messages")).body
    assert (newest["content"], oldest["content"]) == ("", "Two")
    assert (await app.call(f"PATCH /channels/{ROOM}/messages/{newest['id']}", {"content": "x"})).code == 50005
    assert (await app.call(f"DELETE {path}")).status == 204
    assert (await app.call(f"DELETE {path}")).code == 10008


async def test_a_file_comes_along_and_stays_until_it_is_left_out(discord: Discord, app: ByHand) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content": "x", "attachments": [{"id": 0, "filename": "m.ics"}]}')
    form.add_field("files[0]", b"BEGIN:VCALENDAR", filename="m.ics", content_type="text/calendar")
    headers = {"Authorization": f"Bot {discord.app.token}"}
    url = f"{discord.api_base_url}/channels/{ROOM}/messages"
    async with discord.session.post(url, data=form, headers=headers) as response:
        message = await response.json()
    (attached,) = message["attachments"]
    assert (attached["filename"], discord.guest.sees(ROOM)[0].files) == (
        "m.ics",
        {"m.ics": b"BEGIN:VCALENDAR"},
    )
    path = f"PATCH /channels/{ROOM}/messages/{message['id']}"
    await app.call(path, {"content": "y"})
    assert discord.guest.sees(ROOM)[0].files
    await app.call(path, {"attachments": []})
    assert discord.guest.sees(ROOM)[0].files == {}


async def test_people_are_notified_as_far_as_it_is_allowed(discord: Discord, app: ByHand) -> None:
    words = f"<@{discord.guest.id}> and <@{discord.host.id}>"
    await app.send(ROOM, content=words)
    await app.send(ROOM, content=words, allowed_mentions={"parse": []})
    await app.send(ROOM, content=words, allowed_mentions={"users": [discord.host.id]})
    seen = [one.mentions for one in discord.guest.sees(ROOM)]
    assert seen == [(discord.guest.id, discord.host.id), (), (discord.host.id,)]


async def test_a_reply_needs_its_message(discord: Discord, app: ByHand) -> None:
    (_,) = [await discord.guest.say("question", ROOM)]
    (asked,) = discord.guest.sees(ROOM)
    reply = await app.send(ROOM, content="answer", message_reference={"message_id": asked.id})
    assert (reply.body["type"], reply.body["referenced_message"]["id"]) == (19, asked.id)
    lost = await app.send(ROOM, content="x", message_reference={"message_id": NOWHERE})
    assert lost.body["errors"]["message_reference"]["_errors"][0]["code"].startswith("MESSAGE_REFERENCE")
    about = {"message_id": NOWHERE, "fail_if_not_exists": False}
    assert (await app.send(ROOM, content="x", message_reference=about)).status == 200


async def test_places_refuse_as_discord_does(discord: Discord, app: ByHand) -> None:
    assert (await app.send(NOWHERE, content="x")).code == 10003
    discord.room.denied = frozenset({"SEND_MESSAGES"})
    assert (await app.send(ROOM, content="x")).code == 50013
    discord.room.denied = frozenset({"EMBED_LINKS"})
    assert (await app.send(ROOM, embeds=[{"title": "x"}])).code == 50013
    discord.room.denied = frozenset({"VIEW_CHANNEL"})
    assert (await app.send(ROOM, content="x")).code == 50001
    discord.room.denied = frozenset()
    discord.uninstall(discord.guild)
    assert (await app.send(ROOM, content="x")).code == 50001
    assert (await app.call(f"GET /guilds/{GUILD}")).code == 50001
    assert (await app.call(f"GET /guilds/{NOWHERE}")).code == 10004
    assert discord.violations == []


async def test_direct_messages_may_be_closed(discord: Discord, app: ByHand) -> None:
    opened = await app.call("POST /users/@me/channels", {"recipient_id": discord.guest.id})
    room = opened.body["id"]
    assert opened.body["recipients"][0]["username"] == "guest"
    assert (await app.send(room, content="Hello")).status == 200
    assert [one.words for one in discord.guest.sees_directly()] == ["Hello"]
    discord.guest.person.is_closed_to_dms = True
    assert (await app.send(room, content="x")).code == 50007
    discord.guest.person.is_closed_to_dms = False
    discord.guest.leave(GUILD)
    assert (await app.send(room, content="x")).code == 50278
    assert (await app.call("POST /users/@me/channels", {"recipient_id": NOWHERE})).code == 50035


async def test_threads_are_opened_once_and_wake_up_when_written_to(discord: Discord, app: ByHand) -> None:
    card = (await app.send(ROOM, content="card")).body["id"]
    path = f"POST /channels/{ROOM}/messages/{card}/threads"
    thread = await app.call(path, {"name": "Logo review"})
    assert (thread.status, thread.body["id"], thread.body["parent_id"]) == (201, card, ROOM)
    assert (await app.call(path, {"name": "again"})).code == 160004
    assert (await app.call(path, {"name": "x" * 101})).code == 160004
    said = await app.send(card, content="inside")
    await app.call(f"PATCH /channels/{card}", {"archived": True})
    edit = f"PATCH /channels/{card}/messages/{said.body['id']}"
    assert (await app.call(edit, {"content": "x"})).code == 50083
    await app.send(card, content="more")
    assert [one.words for one in discord.guest.sees(card)] == ["inside", "more"]
    assert not discord.world.channels[card].is_archived


async def test_members_are_told_apart_from_strangers(discord: Discord, app: ByHand) -> None:
    stranger = discord.add_person("1100000000000000009", "stranger")
    member = await app.call(f"GET /guilds/{GUILD}/members/{discord.guest.id}")
    assert (member.body["user"]["global_name"], "locale" in member.body["user"]) == ("Guest", False)
    assert (await app.call(f"GET /guilds/{GUILD}/members/{stranger.id}")).code == 10007
    assert (await app.call(f"GET /guilds/{GUILD}/members/{NOWHERE}")).code == 10013


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scheduled_end_time": None}, "scheduled_end_time"),
        ({"entity_metadata": {}}, "entity_metadata"),
        ({"scheduled_start_time": "2020-01-01T00:00:00Z"}, "scheduled_start_time"),
        ({"scheduled_end_time": "2099-11-26T13:00:00Z"}, "scheduled_end_time"),
        ({"name": "x" * 101}, "name"),
        ({"privacy_level": 1}, "privacy_level"),
    ],
)
async def test_a_scheduled_event_must_make_sense(app: ByHand, change: Json, field: str) -> None:
    refused = await app.call(f"POST /guilds/{GUILD}/scheduled-events", {**EVENT, **change})
    assert list(refused.body["errors"]) == [field]


async def test_scheduled_events_come_change_and_go(discord: Discord, app: ByHand) -> None:
    made = await app.call(f"POST /guilds/{GUILD}/scheduled-events", EVENT)
    path = f"/guilds/{GUILD}/scheduled-events/{made.body['id']}"
    assert (await app.call(f"PATCH {path}", {"name": "Moved"})).body["name"] == "Moved"
    assert [one["name"] for one in (await app.call(f"GET /guilds/{GUILD}/scheduled-events")).body] == [
        "Moved"
    ]
    assert (await app.call(f"DELETE {path}")).status == 204
    assert (await app.call(f"GET {path}")).code == 10070
    discord.guild.permissions -= {"CREATE_EVENTS", "MANAGE_EVENTS"}
    assert (await app.call(f"POST /guilds/{GUILD}/scheduled-events", EVENT)).code == 50013


async def test_commands_keep_their_ids_and_servers_have_their_own(discord: Discord, app: ByHand) -> None:
    path = f"/applications/{discord.app.id}"
    (before,) = (await app.call(f"GET {path}/commands")).body
    zone = {"name": "zone", "description": "Your zone"}
    kept, made = (await app.call(f"PUT {path}/commands", [MEET, zone])).body
    assert (kept["id"], made["name"], discord.app.commands_version) == (before["id"], "zone", 2)
    own = await app.call(f"POST {path}/guilds/{GUILD}/commands", {**zone, "name": "own"})
    assert (own.status, own.body["guild_id"]) == (201, GUILD)
    assert (await discord.host.command("own", ROOM)).was_sent
    with pytest.raises(AssertionError, match="own is not offered"):
        await discord.host.command("own", discord.host.dm.id)
    assert (await app.call(f"DELETE {path}/commands/{made['id']}")).status == 204
    assert (await app.call(f"PUT {path}/commands", [{**MEET, "name": "Meet"}])).code == 50035
    assert [one["name"] for one in discord.app.commands[""]] == ["meet"]


async def test_a_bucket_runs_dry(discord: Discord, app: ByHand) -> None:
    discord.buckets.limit(SEND, 2, 60)
    seen = [await app.send(ROOM, content="x") for _ in range(3)]
    assert [one.status for one in seen] == [200, 200, 429]
    assert [one.headers["X-RateLimit-Remaining"] for one in seen] == ["1", "0", "0"]
    assert seen[2].body["retry_after"] > 50
    assert (await app.call(f"GET /channels/{ROOM}")).status == 200


async def test_answers_can_be_late_or_lost(discord: Discord, app: ByHand) -> None:
    began = asyncio.get_running_loop().time()
    discord.faults.add(SEND, Slow(0.05))
    await app.send(ROOM, content="Slow")
    assert asyncio.get_running_loop().time() - began >= 0.05
    for is_processed in (False, True):
        discord.faults.add("*", Cut(is_processed=is_processed))
        with pytest.raises(aiohttp.ClientError):
            await app.send(ROOM, content=f"Cut {is_processed}", nonce="n", enforce_nonce=True)
    discord.faults.clear()
    assert [one.words for one in discord.guest.sees(ROOM)] == ["Slow", "Cut True"]


async def test_a_code_can_be_asked_for(discord: Discord, app: ByHand) -> None:
    sent = (await app.send(ROOM, content="x")).body["id"]
    discord.faults.add(EDIT, Refused(30046))
    refused = await app.call(f"PATCH /channels/{ROOM}/messages/{sent}", {"content": "y"})
    assert (refused.status, refused.code) == (429, 30046)
    assert discord.faults.met == [(EDIT, Refused(30046))]
    assert [call.code for call in discord.calls(EDIT)] == [30046]
