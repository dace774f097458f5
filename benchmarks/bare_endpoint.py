"""The floor of `benchmarks.interactions`: a signed aiohttp endpoint with one indexed read, by itself.

It checks the same signature over the same body, reads the same JSON, and looks the actor up by SQLAlchemy
over aiosqlite or psycopg as they come, with one statement: what anybody would write who needs one row.

`python -m benchmarks.bare_endpoint DATABASE_URL PORT SECRET`
"""

import json
import sys
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.chat.webhook.signature import is_signed

DRIVERS = {"sqlite": "+aiosqlite://", "postgresql": "+psycopg://"}
QUERY = text(
    "SELECT id, name, zone FROM persons"
    " WHERE platform = 'webhook' AND workspace = :workspace AND account = :account"
)


def endpoint(engine: AsyncEngine, secret: str) -> web.Application:
    """The application; `POST /{tenant}` answers with the actor's row."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_signed(headers, body, [secret], datetime.now(UTC)):
            raise web.HTTPUnauthorized
        key = {"workspace": request.match_info["tenant"], "account": json.loads(body)["actor"]["id"]}
        async with engine.connect() as conn:
            row = (await conn.execute(QUERY, key)).one()
        return web.json_response(dict(row._mapping))

    app = web.Application()
    app.router.add_post("/{tenant}", handle)
    return app


if __name__ == "__main__":
    address, port, key = sys.argv[1:]
    web.run_app(
        endpoint(create_async_engine(address.replace("://", DRIVERS[address.partition("://")[0]], 1)), key),
        host="127.0.0.1",
        port=int(port),
        access_log=None,
        print=None,
    )
