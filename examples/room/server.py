"""The room: what people do in it, what goes to the bot, and the endpoint the bot calls back."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from examples.room.link import BotLink, Declined, Json
from examples.room.mailbox import Mailbox
from examples.room.store import Message, Person, Room, Store
from examples.room.tabs import Event, Tab, Tabs

STATIC = Path(__file__).parent / "static"
BOT = "bot"
COMMAND = re.compile(r"/meet\b")
MENTION = re.compile(r"@(parley|bot)\b[,:]?\s*", re.IGNORECASE)
ANSWER = re.compile(r"[1-9]|more|none|yes|no|help", re.IGNORECASE)
MAX_LINE, MAX_NAME, MAX_FACT = 4000, 80, 254
ACT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
KINDS = {"message.created": False, "message.updated": False, "message.deleted": True}
PROBLEMS = {401: web.HTTPUnauthorized, 404: web.HTTPNotFound, 422: web.HTTPUnprocessableEntity}
# All comes from this server and nothing runs inline, so a hostile message stays text.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did in a room; *id* becomes the webhook-id, so a repeated act is done once."""

    id: str
    room: Room
    actor: Person
    body: Json


class MessageRoom:
    """The handlers, over the store, the link to the bot and the open tabs."""

    def __init__(self, store: Store, bot: BotLink, mailbox: Mailbox | None = None) -> None:
        self._store, self._bot, self._mailbox = store, bot, mailbox
        self._tabs = Tabs()

    def application(self) -> web.Application:
        """The aiohttp application; shutting it down ends its event streams."""
        app = web.Application()
        app.router.add_static("/static", STATIC)
        app.router.add_get("/", self.landing)
        app.router.add_get(r"/{room:room-\d+}", self.page)
        app.router.add_get("/api/events", self.events)
        app.router.add_post("/api/say", self.say)
        app.router.add_post("/api/press", self.press)
        app.router.add_post("/api/profile", self.profile)
        app.router.add_post("/api/rooms", self.add_room)
        app.router.add_post("/parley", self.callback)
        if self._mailbox:
            app.router.add_get("/api/mail", self._mailbox.index)
            app.router.add_get("/api/mail/{name}", self._mailbox.open)
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._close_tabs)
        app.cleanup_ctx.append(self._background)
        return app

    # --- What the bot says ---

    async def callback(self, request: web.Request) -> web.Response:
        """`POST /parley`: verified on the raw bytes, done once per webhook-id, older revisions ignored."""
        event = self._bot.verified(await request.read(), dict(request.headers))
        if event is None:
            raise _problem(401, "The signature does not fit these bytes, or is older than five minutes.")
        try:
            deleted, room = KINDS[event["type"]], self._store.room(event["room"]["id"])
            message = _from_bot(event["room"]["id"], event["message"], deleted)
        except (KeyError, TypeError, ValueError) as error:
            raise _problem(422, f"Not a callback of room protocol 1: {error!r}") from error
        if room is None:
            raise _problem(404, "There is no such room.")
        if self._store.put_once(request.headers["webhook-id"], message):
            self._tabs.show(message)
        return web.Response(status=204)

    async def _deliver(self, act_id: str, room: Room, actor: Person, delivery: Json) -> Json:
        """Tell the bot; gives the browser {"replies": […]} or {"error": "a sentence"}."""
        known = {person.id: _known(person) for person in self._store.people()}
        whole = {
            "id": room.id,
            "name": room.name,
            "thread": None,
            "members": [known[id_] for id_ in room.members],
        }
        body = json.dumps({"room": whole, "actor": known[actor.id], **delivery}).encode()
        # Written down first: if the room stops before the answer, `_resume` sends the same bytes again.
        return await self._send(act_id, room.id, actor.id, self._store.queue(act_id, room.id, actor.id, body))

    async def _send(self, act_id: str, room_id: str, actor_id: str, body: bytes) -> Json:
        outcome = await self._bot.deliver(act_id, body)
        self._store.unqueue(act_id)
        if isinstance(outcome, Declined):
            return {"error": outcome.detail}
        return {"replies": [self._reply(room_id, actor_id, reply) for reply in outcome.replies]}

    def _reply(self, room_id: str, actor_id: str, reply: Json) -> Json:
        # The answer is for the actor alone. The same message may come by callback too, before or after.
        message = _from_bot(room_id, {**reply, "audience": "actor", "actor": actor_id})
        self._keep(message)
        return asdict(message)

    async def _resume(self) -> None:
        for act_id, room_id, actor_id, body in self._store.queued(younger_than=timedelta(minutes=5)):
            await self._send(act_id, room_id, actor_id, body)

    # --- What people do ---

    async def say(self, request: web.Request) -> web.Response:
        """Somebody typed a line, for the room or for the bot."""
        act = await self._act(request)
        text = _fitting(act.body.get("text", ""), MAX_LINE)
        if not text:
            raise _problem(422, "Type a message first.")
        seen = {message.id: message for message in self._store.messages(act.room.id, act.actor.id)}
        answered = seen.get(str(act.body.get("reply_to")))
        bot_spoke = any(message.author == BOT for message in seen.values())
        delivery, private = addressed(text, answered, bot_spoke)
        reader, reply_to = act.actor.id if private else None, answered.id if answered else None
        self._keep(
            Message(act.room.id, f"say-{act.id}", 0, act.actor.id, reader, text, None, reply_to, _now())
        )
        return web.json_response(
            await self._deliver(act.id, act.room, act.actor, delivery) if delivery else {}
        )

    async def press(self, request: web.Request) -> web.Response:
        """Somebody pressed a button: its `data`, with the inputs merged in, goes to the bot unchanged."""
        act = await self._act(request)
        message_id = act.body.get("message_id")
        if message_id not in {message.id for message in self._store.messages(act.room.id, act.actor.id)}:
            raise _problem(404, "This card is no longer there.")
        delivery = {"type": "action", "message_id": message_id, "data": act.body.get("data")}
        return web.json_response(await self._deliver(act.id, act.room, act.actor, delivery))

    async def profile(self, request: web.Request) -> web.Response:
        """Somebody's zone, locale or e-mail became known or changed: the bot hears it as `members`."""
        body = await _posted(request)
        person = self._person(body.get("as"))
        changed = replace(
            person, **{k: _fitting(body[k], MAX_FACT) for k in ("zone", "locale", "email") if body.get(k)}
        )
        if changed != person:
            self._store.save_person(changed)
            self._tabs.tell(self._about)
            for room in self._store.rooms_of(person.id):
                await self._deliver(secrets.token_hex(16), room, changed, {"type": "members"})
        return web.json_response({})

    async def add_room(self, request: web.Request) -> web.Response:
        """A new room of the asker and of those they chose."""
        body = await _posted(request)
        asker, name = self._person(body.get("as")), _fitting(body.get("name", ""), MAX_NAME)
        members = [p.id for p in self._store.people() if p.id == asker.id or p.id in body.get("members", ())]
        if not name or len(members) < 2:
            raise _problem(422, "A room needs a name and somebody to talk to.")
        room = self._store.add_room(name, members)
        self._tabs.tell(self._about)
        return web.json_response({"id": room.id})

    # --- Pages and live updates ---

    async def landing(self, _request: web.Request) -> web.FileResponse:
        """The first page: who do you want to be?"""
        return web.FileResponse(STATIC / "index.html")

    async def page(self, request: web.Request) -> web.FileResponse:
        """The room as one person sees it; strangers go back to the first page."""
        room = self._store.room(request.match_info["room"])
        if room is None or request.query.get("as") not in room.members:
            raise web.HTTPFound("/")
        return web.FileResponse(STATIC / "room.html")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events for one page."""
        room, person = self._place(request.query.get("room"), request.query.get("as"))
        tab = Tab(room.id, person.id)
        messages = [asdict(message) for message in self._store.messages(room.id, person.id)]
        return await self._tabs.stream(request, tab, [self._about(tab), ("messages", {"messages": messages})])

    def _keep(self, message: Message) -> None:
        if self._store.put(message):
            self._tabs.show(message)

    def _about(self, tab: Tab) -> Event:
        people = self._store.people()
        return "about", {
            "me": next(asdict(person) for person in people if person.id == tab.person),
            # Nobody learns another's address.
            "people": [{"id": person.id, "name": person.name, "zone": person.zone} for person in people],
            "rooms": [asdict(room) for room in self._store.rooms_of(tab.person)],
            "mailbox": self._mailbox is not None,
        }

    async def _close_tabs(self, _app: web.Application) -> None:
        self._tabs.close()

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._resume()), tasks.create_task(self._watch_mail())]
            yield
            for task in running:
                task.cancel()

    async def _watch_mail(self) -> None:
        stamp: frozenset[str] = frozenset()
        while self._mailbox:
            await asyncio.sleep(1)
            latest = await asyncio.to_thread(self._mailbox.stamp) if self._tabs else stamp
            if latest != stamp:
                self._tabs.tell(lambda _: ("mail", {}))
            stamp = latest

    # --- What a request must carry ---

    async def _act(self, request: web.Request) -> Act:
        body = await _posted(request)
        room, actor = self._place(body.get("room"), body.get("as"))
        if not ACT_ID.fullmatch(str(body.get("act"))):
            raise _problem(422, "An act needs an id of its own.")
        return Act(body["act"], room, actor, body)

    def _place(self, room_id: object, person_id: object) -> tuple[Room, Person]:
        person, room = self._person(person_id), self._store.room(room_id)
        if room is None or person.id not in room.members:
            raise _problem(404, "There is no such room for you.")
        return room, person

    def _person(self, person_id: object) -> Person:
        person = next((person for person in self._store.people() if person.id == person_id), None)
        if person is None:
            raise _problem(404, "There is nobody of that name here.")
        return person


def addressed(text: str, answered: Message | None, bot_spoke: bool) -> tuple[Json | None, bool]:
    """What of *text* goes to the bot (None: nothing), and whether only its author sees the line.

    Bots read commands, mentions, replies to them and bare answers to their cards; never the rest of the room.
    """
    to_bot = answered is not None and answered.author == BOT
    private = answered is not None and answered.only_for is not None
    reply = {"reply_to": answered.id} if answered and to_bot else {}
    if COMMAND.match(text):
        return {"type": "command", "text": text}, True
    if bot_spoke and ANSWER.fullmatch(text):
        return {"type": "text", "text": text, **reply}, private or not to_bot
    if MENTION.search(text):
        return {
            "type": "text",
            "text": MENTION.sub("", text) if MENTION.match(text) else text,
            **reply,
        }, private
    return ({"type": "text", "text": text, **reply} if to_bot else None), private


async def _posted(request: web.Request) -> Json:
    # Other web pages cannot post here: for this content type a browser asks our leave first (CORS).
    body = await request.json() if request.content_type == "application/json" else None
    if not isinstance(body, dict):
        raise _problem(422, "Send a JSON object.")
    return body


def _fitting(typed: object, most: int) -> str:
    """The text, whole: what is too long is sent back to whoever typed it, never cut."""
    text = str(typed).strip()
    if len(text) > most:
        raise _problem(422, f"That is {len(text)} characters long; please keep it to {most}.")
    return text


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _from_bot(room_id: str, message: Json, deleted: bool = False) -> Message:
    only_for = {"room": None, "actor": message.get("actor")}[message["audience"]]
    if message["audience"] == "actor" and not isinstance(only_for, str):
        raise ValueError("a private message names its actor")
    text, card, revision = str(message.get("text", "")), message.get("card"), int(message["revision"])
    return Message(room_id, str(message["id"]), revision, BOT, only_for, text, card, None, _now(), deleted)


def _known(person: Person) -> Json:
    return {key: value for key, value in asdict(person).items() if value is not None}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _problem(status: int, detail: str) -> web.HTTPException:
    return PROBLEMS[status](text=json.dumps({"detail": detail}), content_type="application/problem+json")
