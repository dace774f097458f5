"""The floor of `benchmarks.discord`: the smallest app on the unmodified library, as a process.

It acknowledges a command with its first statement and keeps nothing. The library knows no HTTP interactions:
there the floor is a web server that checks the signature.

`python -m benchmarks.bare_discord MODE PORT`, and what it has to know of Discord as JSON in `BARE_DISCORD`.
"""

import asyncio
import json
import logging
import os
import sys
from typing import Any

import discord
import yarl
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from discord.gateway import DiscordWebSocket
from discord.http import Route

PING, PONG, DEFERRED, PRIVATE = 1, 1, 5, 64


class Deferring(discord.AutoShardedClient):
    """Answers every interaction alike."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """At once."""
        await interaction.response.defer(ephemeral=True)


async def serve(mode: str, port: int) -> None:
    """Until the process is ended."""
    told = json.loads(os.environ["BARE_DISCORD"])
    if mode == "http":
        await _listen(Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["public_key"])), port)
        await asyncio.Event().wait()
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = told["api_base_url"], yarl.URL(told["gateway_url"])
    async with Deferring(intents=discord.Intents.none()) as client:
        await client.start(told["token"])


async def _listen(key: Ed25519PublicKey, port: int) -> None:
    async def interaction(request: web.Request) -> web.Response:
        body = await request.read()
        signed = request.headers["X-Signature-Timestamp"].encode() + body
        try:
            key.verify(bytes.fromhex(request.headers["X-Signature-Ed25519"]), signed)
        except InvalidSignature:
            return web.Response(status=401)
        if json.loads(body)["type"] == PING:
            return web.json_response({"type": PONG})
        return web.json_response({"type": DEFERRED, "data": {"flags": PRIVATE}})

    app = web.Application()
    app.router.add_post("/discord/interactions", interaction)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
