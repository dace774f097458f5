"""A stand-in for the bot: a real HTTP server that checks and makes real signatures and plays a fixed part."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import ClientSession, web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.room import sample_cards as cards
from tests.room.sample_cards import Json

SECRET = "whsec_" + "cGFybGV5LXJvb20tZXhhbXBsZS1zZWNyZXQtMDAwMQ=="


def message(
    message_id: str, revision: int, text: str, card: Json | None = None, actor: str | None = None
) -> Json:
    """A Message of the protocol; private when an *actor* is named."""
    audience: Json = {"audience": "actor", "actor": actor} if actor else {"audience": "room"}
    return {
        "id": message_id,
        "revision": revision,
        "text": text,
        **audience,
        **({"card": card} if card else {}),
    }


@dataclass(slots=True)
class ScriptedBot:
    """Answers deliveries by its script, each webhook-id once; `deliveries` holds every attempt it took."""

    callback_url: str = ""
    deliveries: list[tuple[str, Json]] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    fail_next: list[int] = field(default_factory=list)
    port: int = 0
    runner: web.AppRunner | None = None
    posted: int = 0

    async def start(self) -> str:
        """Listen (on the port of the last time, if there was one) and give the base URL."""
        app = web.Application()
        app.router.add_post("/rooms/v1/demo/deliveries", self._receive)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop listening."""
        if self.runner:
            await self.runner.cleanup()

    async def post(
        self, kind: str, content: Json, webhook_id: str = "", secret: str = SECRET, room: str = "room-1"
    ) -> int:
        """Call the room back; the HTTP status it answers."""
        self.posted += 1
        body = json.dumps(
            {"type": f"message.{kind}", "room": {"id": room, "thread": None}, "message": content}
        )
        now, id_ = datetime.now(UTC), webhook_id or f"callback-{self.posted}"
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, now, body),
        }
        async with (
            ClientSession() as session,
            session.post(self.callback_url, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def _receive(self, request: web.Request) -> web.Response:
        raw, id_ = await request.read(), request.headers["webhook-id"]
        try:
            delivery = Webhook(SECRET).verify(raw, dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        self.deliveries.append((id_, delivery))
        if self.fail_next:
            return web.Response(status=self.fail_next.pop(0), headers={"retry-after": "0"})
        if id_ not in self.answers:
            try:
                self.answers[id_] = json.dumps({"replies": await self._play(delivery)}).encode()
            except LookupError as error:
                problem = json.dumps({"title": "Refused", "detail": error.args[0]})
                return web.Response(status=422, text=problem, content_type="application/problem+json")
        return web.Response(body=self.answers[id_], content_type="application/json")

    async def _play(self, delivery: Json) -> list[Json]:
        actor = delivery["actor"]["id"]
        if delivery["type"] == "command":
            return self._command(delivery["text"], actor)
        if delivery["type"] == "text":
            return self._text(delivery["text"], actor)
        if delivery["type"] == "action":
            return await self._action(delivery["data"], actor)
        return []

    def _command(self, text: str, actor: str) -> list[Json]:
        if "@nobody" in text:
            raise LookupError("There is nobody called @nobody in this room.")
        return [message(f"m_setup_{actor}", 1, "Reply send", cards.preview(), actor)]

    def _text(self, text: str, actor: str) -> list[Json]:
        if text.isdigit():
            return [
                message(
                    f"m_confirm_{actor}", 1, "Reply yes", cards.confirm(cards.OFFERS[int(text) - 1]), actor
                )
            ]
        return [message(f"m_said_{len(self.deliveries)}", 1, f"You said: {text}", None, actor)]

    async def _action(self, data: Json, actor: str) -> list[Json]:
        match data["do"]:
            case "send":
                await self.post(
                    "created", message("m_meet", 1, "@host would like to meet", cards.invitation())
                )
                return [message(f"m_setup_{actor}", 2, "Sent.", None, actor)]
            case "form":
                return [message(f"m_setup_{actor}", 2, "Your hours", cards.form(), actor)]
            case "pick":
                return self._text(str(data["n"]), actor)
            case "confirm":
                await self.post(
                    "updated", message("m_meet", 2, "Confirmed", cards.confirmation(cards.OFFERS[1]))
                )
                return [message(f"m_confirm_{actor}", 2, "Done. Your invite is in your mail.", None, actor)]
            case other:
                raise LookupError(f"I cannot do “{other}” yet.")
