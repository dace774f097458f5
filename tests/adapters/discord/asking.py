"""One request of the app, read; and what every route does with a form that breaks rules."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.adapters.discord.refusals import Refusal
from tests.adapters.discord.shapes import Breach
from tests.adapters.discord.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        route: as in `faults`.
        at: the parts of its path by name.
        body: JSON; {} where there is none.
        files: name → content, of a multipart body.
    """

    route: str
    at: dict[str, str]
    query: dict[str, str]
    body: Any = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


Handler = Callable[[Asked], Any]


async def read(request: web.Request, route: str) -> Asked:
    """The request with its body.

    Raises:
        Refusal: 50109 when it is no JSON, or does not say that it is.
    """
    body: Any = {}
    files: dict[str, bytes] = {}
    if request.content_type.startswith("multipart/"):
        body, files = await _multipart(request)
    elif request.can_read_body and (content := await request.read()):
        if request.content_type != "application/json":
            raise Refusal(50109)
        body = _json(content)
    return Asked(route, dict(request.match_info), dict(request.query), body, files)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise Refusal(50109) from None


async def _multipart(request: web.Request) -> tuple[Any, dict[str, bytes]]:
    body: Any = {}
    files: dict[str, bytes] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            body = _json(content)
        elif part.filename:
            files[part.filename] = content
    return body, files


def checked(world: World, where: str, breaches: Iterable[Breach]) -> None:
    """Write down what is wrong.

    Raises:
        Refusal: 50035 with all of it, unless Discord would overlook it.
    """
    found = list(breaches)
    world.blame(where, found)
    serious = [breach for breach in found if not breach.is_ignored]
    if serious:
        raise Refusal(50035, serious)
