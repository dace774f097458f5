"""The harness keeps Slack's rules, seen by the library's own clients."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.adapters.slack.bolt_app import LOADING, card, picker
from tests.adapters.slack.faults import Cut, RateLimited, Refused, ServerError, Slow
from tests.adapters.slack.harness import HOME, MODAL, ROOM, Slack
from tests.adapters.slack.people import Someone

Json = dict[str, Any]


@pytest.fixture
async def client(slack: Slack) -> AsyncWebClient:
    """The library's client with the bot's token."""
    made = AsyncWebClient(token=slack.team.token, base_url=slack.api_base_url, session=slack.session)
    made.proxy = None
    return made


async def refused(call: Any) -> str:
    """The error Slack answers."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def seen_by(slack: Slack, received: list[tuple[bytes, dict[str, str]]], status: int = 200) -> None:
    """Let an app that only takes notes answer *status*."""

    async def post(body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        received.append((body, headers))
        return status, {}, b""

    slack.straight_into(post)


async def test_a_failed_event_is_retried_and_a_failed_command_is_not(slack: Slack) -> None:
    received: list[tuple[bytes, dict[str, str]]] = []
    await seen_by(slack, received, 500)
    slack.retries_events = True
    assert (await slack.host.command("", ROOM)).error == "dispatch_failed"
    await slack.guest.direct("2")
    assert [headers.get("X-Slack-Retry-Num") for _, headers in received] == [None, None, "1", "2", "3"]


async def test_a_command_is_escaped_as_slack_does(slack: Slack) -> None:
    received: list[tuple[bytes, dict[str, str]]] = []
    await seen_by(slack, received)
    await slack.host.command("@guest 30 R&D in #logo-design, not @nobody", ROOM)
    incoming, _ = slack.sent[-1]
    said = "<@U0GUEST|guest> 30 R&amp;D in <#C0DESIGN|logo-design>, not @nobody"
    assert incoming.body["text"] == said
    assert received[0][1]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_people_come_go_move_and_remove_the_app(slack: Slack) -> None:
    await seen_by(slack, [])
    await slack.guest.leave(ROOM)
    await slack.guest.join(ROOM)
    await slack.host.move_to("Europe/London")
    await slack.host.open_home()
    await slack.uninstall(slack.team)
    assert [incoming.body["event"]["type"] for incoming, _ in slack.sent] == [
        "member_left_channel",
        "member_joined_channel",
        "user_change",
        "app_home_opened",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert not (await slack.host.command("", ROOM)).was_sent


async def test_an_event_without_subscription_is_not_sent(slack: Slack) -> None:
    await seen_by(slack, [])
    slack.app.events -= {"message.im"}
    assert not (await slack.guest.direct("2")).was_sent


async def test_tokens_and_scopes(slack: Slack, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["team_id"] == slack.team.id
    assert await refused(client.auth_test(token="xoxb-nobody")) == "invalid_auth"
    assert await refused(client.api_call("chat.sing")) == "unknown_method"
    slack.team.scopes -= {"users:read.email"}
    user = (await client.users_info(user="U0HOST", include_locale=True))["user"]
    assert (user["tz"], user["locale"], "email" in user["profile"]) == ("Europe/Berlin", "de-DE", False)
    slack.team.scopes -= {"users:read"}
    assert await refused(client.users_info(user="U0HOST")) == "missing_scope"
    await client.auth_revoke()
    assert await refused(client.auth_test()) == "token_revoked"


async def test_members_come_page_by_page(slack: Slack, client: AsyncWebClient) -> None:
    found: list[str] = []
    async for page in await client.conversations_members(channel=ROOM, limit=2):
        found += page["members"]
    assert found == slack.team.channels[ROOM].members


async def test_channels_refuse_as_slack_does(slack: Slack, client: AsyncWebClient) -> None:
    slack.add_channel(slack.team, "C0OPEN", "open", [slack.host], has_bot=False)
    slack.add_channel(slack.team, "C0SECRET", "secret", [slack.host], kind="private", has_bot=False)
    post = client.chat_postMessage
    assert await refused(post(channel="C0OPEN", text="x")) == "not_in_channel"
    assert await refused(post(channel="C0SECRET", text="x")) == "channel_not_found"
    assert await refused(post(channel=ROOM, text="")) == "no_text"
    assert await refused(post(channel=ROOM, text="x" * 40_001)) == "msg_too_long"
    whisper = client.chat_postEphemeral
    assert await refused(whisper(channel=ROOM, user="U0NOBODY", text="x")) == "user_not_in_channel"
    await seen_by(slack, [])
    await slack.host.say("mine", ROOM)
    assert await refused(client.chat_update(channel=ROOM, ts="1.1", text="x")) == "message_not_found"
    mine = slack.host.sees(ROOM)[0].id
    assert await refused(client.chat_update(channel=ROOM, ts=mine, text="x")) == "cant_update_message"
    slack.team.channels[ROOM].is_archived = True
    assert await refused(post(channel=ROOM, text="x")) == "is_archived"


async def test_bad_blocks_are_named_and_remembered(slack: Slack, client: AsyncWebClient) -> None:
    twice = [{"type": "actions", "elements": card("x")[1]["elements"] * 2}]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x", blocks=twice)
    assert caught.value.response["error"] == "invalid_blocks"
    (rule,) = caught.value.response["response_metadata"]["messages"]
    assert rule == "[ERROR] action_id cancel already exists in this block [json-pointer:/blocks/0]"
    assert slack.violations == [f"chat.postMessage: {rule}"]


async def test_metadata_is_found_again_only_when_asked_for(slack: Slack, client: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "m-1"}}
    await client.chat_postMessage(channel=ROOM, text="x", metadata=metadata)
    (plain,) = (await client.conversations_history(channel=ROOM))["messages"]
    (full,) = (await client.conversations_history(channel=ROOM, include_all_metadata=True))["messages"]
    assert ("metadata" in plain, full["metadata"]) == (False, metadata)


async def trigger_of(slack: Slack, someone: Someone) -> str:
    """A fresh trigger_id."""
    return slack.world.trigger(slack.team, someone.person)


async def test_history_goes_back_from_the_latest_and_forward_from_the_oldest(
    slack: Slack, client: AsyncWebClient
) -> None:
    posted = [(await client.chat_postMessage(channel=ROOM, text=str(n)))["ts"] for n in range(5)]

    async def pages(**more: Any) -> list[list[str]]:
        """Texts of all pages."""
        found, cursor = [], ""
        while True:
            page = await client.conversations_history(channel=ROOM, limit=2, cursor=cursor, **more)
            found.append([one["text"] for one in page["messages"]])
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return found

    assert await pages() == [["4", "3"], ["2", "1"], ["0"]]
    assert await pages(oldest=posted[0]) == [["2", "1"], ["4", "3"]]
    assert await pages(oldest=posted[0], latest=posted[4]) == [["3", "2"], ["1"]]
    slack.app.most_listed = 1
    assert (await pages())[0] == ["4"]


async def test_a_trigger_opens_one_modal_within_three_seconds(slack: Slack, client: AsyncWebClient) -> None:
    late, once = await trigger_of(slack, slack.host), await trigger_of(slack, slack.host)
    await client.views_open(trigger_id=once, view=LOADING)
    assert await refused(client.views_open(trigger_id=once, view=LOADING)) == "exchanged_trigger_id"
    slack.pass_time(timedelta(seconds=3.1))
    assert await refused(client.views_open(trigger_id=late, view=LOADING)) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="x", view=LOADING)) == "invalid_trigger_id"


async def test_a_modal_has_three_views_and_a_hash(slack: Slack, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=await trigger_of(slack, slack.host), view=LOADING))["view"]
    for _ in range(2):
        await client.views_push(trigger_id=await trigger_of(slack, slack.host), view=LOADING)
    fourth = client.views_push(trigger_id=await trigger_of(slack, slack.host), view=LOADING)
    assert await refused(fourth) == "push_limit_reached"
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=picker())
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=picker())
    assert await refused(stale) == "hash_conflict"
    bad = {**LOADING, "title": {"type": "plain_text", "text": "x" * 25}}
    assert await refused(client.views_update(view_id=opened["id"], view=bad)) == "invalid_arguments"


async def test_an_input_keeps_its_value_unless_its_block_is_new(slack: Slack, client: AsyncWebClient) -> None:
    await seen_by(slack, [])
    trigger = await trigger_of(slack, slack.host)
    view_id = (await client.views_open(trigger_id=trigger, view=picker()))["view"]["id"]
    await slack.host.choose(MODAL, "Day", "Wednesday")
    await client.views_update(view_id=view_id, view=picker("Wednesday"))
    (view,) = slack.host.person.stack
    assert view.entered["day"]["day"]["selected_option"]["value"] == "Wednesday"
    assert view.entered["time:Wednesday"]["time"]["selected_option"] is None


async def test_a_home_tab_is_published_and_pressed(slack: Slack, client: AsyncWebClient) -> None:
    await seen_by(slack, [])
    await client.views_publish(user_id="U0HOST", view={"type": "home", "blocks": card("home")})
    assert slack.host.home
    await slack.host.press(HOME, "Cancel")
    body = slack.sent[-1][0].body
    assert (body["container"]["type"], body["view"]["type"]) == ("view", "home")


async def test_a_response_url_has_five_uses_and_half_an_hour(slack: Slack, client: AsyncWebClient) -> None:
    await seen_by(slack, [])
    await slack.host.command("", ROOM)
    await slack.host.command("", ROOM)
    used, old = (
        AsyncWebhookClient(incoming.body["response_url"], session=slack.session) for incoming, _ in slack.sent
    )
    used.proxy = old.proxy = None
    assert [(await used.send(text="x")).status_code for _ in range(6)] == [200] * 5 + [404]
    assert slack.calls("response_url")[-1].error == "used_url"
    assert len(slack.host.sees(ROOM)) == 5
    assert slack.guest.sees(ROOM) == []
    slack.pass_time(timedelta(minutes=31))
    assert (await old.send(text="x")).status_code == 404
    assert slack.calls("response_url")[-1].error == "expired_url"
    slack.host.reload()
    assert slack.host.sees(ROOM) == []


async def test_an_ephemeral_changes_only_through_its_response_url(
    slack: Slack, client: AsyncWebClient
) -> None:
    await seen_by(slack, [])
    ts = (await client.chat_postEphemeral(channel=ROOM, user="U0HOST", text="x", blocks=card("one")))[
        "message_ts"
    ]
    assert await refused(client.chat_update(channel=ROOM, ts=ts, text="y")) == "message_not_found"
    await slack.host.press(ts, "Cancel")
    body = slack.sent[-1][0].body
    assert (body["container"]["is_ephemeral"], "message" in body) == (True, False)
    url = AsyncWebhookClient(body["response_url"], session=slack.session)
    url.proxy = None
    await url.send(text="y", replace_original=True)
    assert [one.words for one in slack.host.sees(ROOM)] == ["y"]
    await url.send_dict({"delete_original": True})
    assert slack.host.sees(ROOM) == []


async def test_faults_meet_the_calls_they_were_made_for(slack: Slack, client: AsyncWebClient) -> None:
    slack.faults.add("chat.postMessage", RateLimited(7))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x")
    response = caught.value.response
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    slack.faults.add("chat.postMessage", Refused("fatal_error"))
    # Who was asked to wait is refused until then, in that channel alone.
    assert await refused(client.chat_postMessage(channel=ROOM, text="x")) == "ratelimited"
    assert await refused(client.chat_postMessage(channel="C0OTHER", text="x")) == "fatal_error"
    slack.faults.add("*", ServerError(503))
    with pytest.raises(SlackApiError):
        await client.auth_test()
    slack.faults.add("auth.test", Slow(0.05))
    began = asyncio.get_running_loop().time()
    await client.auth_test()
    assert asyncio.get_running_loop().time() - began >= 0.05
    assert slack.guest.sees(ROOM) == []


@pytest.mark.parametrize(("fault", "messages"), [(Cut(), 1), (Cut(is_processed=True), 2)])
async def test_a_cut_connection_makes_the_library_send_twice(
    slack: Slack, client: AsyncWebClient, fault: Cut, messages: int
) -> None:
    slack.faults.add("chat.postMessage", fault)
    await client.chat_postMessage(channel=ROOM, text="x")
    assert len(slack.guest.sees(ROOM)) == messages


async def test_dates_are_shown_in_the_zone_of_who_looks(slack: Slack, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ROOM, text="x", blocks=card("confirmed"))
    seen = {one.id: one.sees(ROOM)[0].words for one in (slack.host, slack.guest, slack.second_guest)}
    assert "10:00" in seen["U0HOST"]
    assert "4:00 AM" in seen["U0GUEST"]
    assert "14:30" in seen["U0SECOND"]
    assert seen["U0HOST"].startswith("Booked for ")


async def test_a_code_is_exchanged_once_and_workspaces_stay_apart(
    slack: Slack, client: AsyncWebClient
) -> None:
    other = slack.add_team("T0OTHER", "other", is_installed=False)
    person = slack.add_person(other, "U0OTHER", "host")
    scope = "chat:write,users:read"
    slack.oauth.visitor = (other, person.person)
    query = {
        "client_id": slack.app.client_id,
        "scope": scope,
        "state": "s",
        "redirect_uri": "http://app/back",
    }
    code = slack.oauth.authorize(query).partition("code=")[2].partition("&")[0]
    keys = {"client_id": slack.app.client_id, "client_secret": slack.app.client_secret, "code": code}
    answer = await client.oauth_v2_access(**keys)
    assert (answer["team"]["id"], answer["scope"]) == ("T0OTHER", scope)
    assert await refused(client.oauth_v2_access(**keys)) == "code_already_used"
    theirs = {"channel": ROOM, "text": "x", "token": answer["access_token"]}
    assert await refused(client.chat_postMessage(**theirs)) == "channel_not_found"
    assert [call.team_id for call in slack.calls("chat.postMessage", other)] == ["T0OTHER"]


async def test_only_the_team_tells_a_stranger_of_a_shared_channel(
    slack: Slack, client: AsyncWebClient
) -> None:
    other = slack.add_team("T0OTHER", "other")
    stranger = slack.add_person(other, "U0OTHER", "stranger", email="stranger@example.com")
    shared = slack.add_channel(other, "C0SHARED", "shared", [stranger])
    slack.share(shared, other, slack.team)
    user = (await client.users_info(user="U0OTHER"))["user"]
    assert ("is_stranger" in user, user["team_id"], "email" in user["profile"]) == (False, "T0OTHER", True)
    await seen_by(slack, [])
    await slack.someone("U0OTHER").mention("hello", "C0SHARED")
    body = slack.sent[0][0].body
    assert (body["team_id"], body["authorizations"][0]["team_id"]) == ("T0OTHER", slack.team.id)


async def test_a_browser_comes_back_from_the_authorize_page_with_its_cookie(slack: Slack) -> None:
    async def install(request: web.Request) -> web.Response:
        keys = f"client_id={slack.app.client_id}&scope=chat:write&state=s-1&redirect_uri={back}"
        page = f'<a href="{slack.world.address}/oauth/v2/authorize?{keys}">Add to Slack</a>'
        answer = web.Response(text=page, content_type="text/html")
        answer.set_cookie("state", "s-1", secure=True)
        return answer

    async def returned(request: web.Request) -> web.Response:
        query = request.query
        return web.json_response([query["state"], request.cookies["state"], query.get("error")])

    app = web.Application()
    app.router.add_get("/install", install)
    app.router.add_get("/back", returned)
    async with TestServer(app, host="127.0.0.1") as server:
        back = server.make_url("/back")
        start = str(server.make_url("/install"))
        assert (await slack.install(slack.team, slack.host, start)).text == '["s-1", "s-1", null]'
        denied = await slack.install(slack.team, slack.host, start, denies=True)
        assert denied.text == '["s-1", "s-1", "access_denied"]'


async def test_the_app_has_what_its_manifest_says_and_no_more(slack: Slack) -> None:
    slack.app.take_manifest(
        {
            "features": {"slash_commands": [{"command": "/plan"}], "app_home": {"home_tab_enabled": False}},
            "oauth_config": {"scopes": {"bot": ["commands"]}},
            "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
        }
    )
    await seen_by(slack, [])
    with pytest.raises(AssertionError, match="/meet is not a valid command"):
        await slack.host.command("", ROOM)
    assert (await slack.host.mention("hello", ROOM)).was_sent
    assert not (await slack.host.direct("hello")).was_sent
