"""The floor of `benchmarks.slack`: the smallest scheduling app on the unmodified library, as a process.

It acknowledges a command with its first statement, keeps nothing, and then opens a window.

`python -m benchmarks.bare_bolt MODE PORT`, and what it has to know of Slack as JSON in `BARE_BOLT`.
"""

import asyncio
import json
import logging
import os
import sys
from types import SimpleNamespace
from typing import cast

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.app.async_server import AsyncSlackAppServer

from tests.adapters.slack.bolt_app import bolt_app
from tests.adapters.slack.harness import Slack

CONNECTIONS = 2


async def serve(mode: str, port: int) -> None:
    """Until the process is ended."""
    told = json.loads(os.environ["BARE_BOLT"])
    slack = SimpleNamespace(
        api_base_url=told["api_base_url"],
        team=SimpleNamespace(token=told["token"]),
        app=SimpleNamespace(signing_secret=told["signing_secret"], app_token=told["app_token"]),
    )
    async with aiohttp.ClientSession() as session:
        app = bolt_app(cast(Slack, slack), session)
        if mode == "http":
            await _listen(app, port)
        else:
            await _connect(app, told["app_token"])
        await asyncio.Event().wait()


async def _listen(app: AsyncApp, port: int) -> None:
    server = AsyncSlackAppServer(port=port, path="/slack/events", app=app)
    runner = web.AppRunner(server.web_app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def _connect(app: AsyncApp, app_token: str) -> None:
    for _ in range(CONNECTIONS):
        handler = AsyncSocketModeHandler(app, app_token)
        handler.client.proxy = None
        await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it so


if __name__ == "__main__":
    # What it does with the window after the acknowledgement is not measured, nor are its complaints.
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
