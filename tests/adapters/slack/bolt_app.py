"""The smallest scheduling app on the unmodified library: what proves that the harness is like Slack to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_sdk.web.async_client import AsyncWebClient

from tests.adapters.slack.delivering import HttpWay
from tests.adapters.slack.harness import ROOM, Slack

Json = dict[str, Any]


def plain_text(words: str) -> Json:
    """A text object."""
    return {"type": "plain_text", "text": words}


def options(*values: str) -> list[Json]:
    """Options that show their value."""
    return [{"text": plain_text(value), "value": value} for value in values]


LOADING = {
    "type": "modal",
    "title": plain_text("Pick a time"),
    "blocks": [{"type": "section", "text": plain_text("One moment…")}],
}


def picker(day: str | None = None) -> Json:
    """The modal: a day, and when one is chosen the times of that day."""
    days = {"type": "static_select", "action_id": "day", "options": options("Tuesday", "Wednesday")}
    blocks: list[Json] = [
        {
            "type": "input",
            "block_id": "day",
            "dispatch_action": True,
            "label": plain_text("Day"),
            "element": days,
        }
    ]
    if day:
        times = {"type": "external_select", "action_id": "time", "min_query_length": 0}
        label = {"type": "input", "block_id": f"time:{day}", "label": plain_text("Time")}
        blocks.append({**label, "element": times})
    return {**LOADING, "callback_id": "pick", "submit": plain_text("Book"), "blocks": blocks}


def card(state: str) -> list[Json]:
    """The card with its one button."""
    said = f"*Booked* for <!date^1795510800^{{date_short_pretty}} {{time}}|24 Nov>: {state}"
    button = {"type": "button", "text": plain_text("Cancel"), "action_id": "cancel", "value": "m-1"}
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": said}},
        {"type": "actions", "elements": [button]},
    ]


def bolt_app(slack: Slack, session: aiohttp.ClientSession) -> AsyncApp:
    """The app, pointed at *slack*."""
    client = AsyncWebClient(token=slack.team.token, base_url=slack.api_base_url, session=session)
    client.proxy = None
    app = AsyncApp(client=client, signing_secret=slack.app.signing_secret)

    @app.command("/meet")
    async def meet(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        opened = await client.views_open(trigger_id=body["trigger_id"], view=LOADING)
        await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=picker())

    @app.action("day")
    async def day(ack: Any, body: Json, action: Json, client: AsyncWebClient) -> None:
        await ack()
        view = picker(action["selected_option"]["value"])
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    @app.options("time")
    async def time(ack: Any) -> None:
        await ack(options=options("09:00", "10:00"))

    @app.view("pick")
    async def pick(ack: Any, view: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        (time,) = (one["time"] for name, one in values.items() if name.startswith("time:"))
        if time["selected_option"]["value"] == "10:00":
            (name,) = (name for name in values if name.startswith("time:"))
            await ack(response_action="errors", errors={name: "That time was just taken."})
            return
        await ack()
        await client.chat_postMessage(channel=ROOM, text="Booked", blocks=card("confirmed"))

    @app.action("cancel")
    async def cancel(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Cancelled", blocks=card("cancelled"), replace_original=True)

    @app.event("app_mention")
    async def mention(event: Json, say: Any) -> None:
        await say(text="Hello", thread_ts=event["ts"])

    @app.event("message")
    async def message(event: Json, say: Any) -> None:
        if event["channel_type"] == "im":
            await say(text=f"You said {event['text']}")

    return app


@asynccontextmanager
async def bolt_over_http(slack: Slack) -> AsyncIterator[HttpWay]:
    """The app behind a port, and *slack* pointed at it."""
    async with aiohttp.ClientSession() as session:
        web_app: web.Application = AsyncSlackAppServer(
            port=0, path="/slack/events", app=bolt_app(slack, session)
        ).web_app
        server = TestServer(web_app, host="127.0.0.1")
        await server.start_server()
        try:
            yield slack.over_http(str(server.make_url("/slack/events")))
        finally:
            await server.close()


@asynccontextmanager
async def bolt_over_sockets(slack: Slack, connections: int = 1) -> AsyncIterator[None]:
    """The app on Socket Mode connections."""
    async with aiohttp.ClientSession() as session:
        app = bolt_app(slack, session)
        handlers = []
        for _ in range(connections):
            handler = AsyncSocketModeHandler(app, slack.app.app_token, ping_interval=0.2)
            handler.client.proxy = None
            handlers.append(handler)
            await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it so
        slack.over_sockets()
        try:
            yield
        finally:
            for handler in handlers:
                await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it so
