"""The rooms' server: takes callbacks over HTTP, checks each against the protocol, answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.adapters.webhook.adaptive_cards import faults
from tests.processes.waiting import Board

Json = dict[str, Any]


@dataclass(slots=True)
class Callbacks(Board):
    """What one tenant's room server got.

    Attributes:
        secret: of the tenant, `whsec_…`; "" where the bot makes it (set it before callbacks come).
        answers: statuses to refuse the next callbacks with.
        refused: (webhook-id, status) of those.
        accepted: each callback that was taken, in order, repeats left out.
        complaints: what was wrong with callbacks.
    """

    secret: str = ""
    answers: list[int] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    accepted: list[Json] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _bodies: dict[str, bytes] = field(default_factory=dict)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """One callback; returns the status to answer."""
        with self.changed:
            status = self._take(headers, body)
            self.changed.notify_all()
            return status

    def _take(self, headers: dict[str, str], body: bytes) -> int:
        webhook_id = headers["webhook-id"]
        if self.answers:
            self.refused.append((webhook_id, self.answers.pop(0)))
            return self.refused[-1][1]
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as error:
            self.complaints.append(f"{webhook_id}: {error}")
        if self._bodies.setdefault(webhook_id, body) != body:
            self.complaints.append(f"{webhook_id} came before with another body")
        change = json.loads(body)
        if change["message"]["card"] is not None:
            self.complaints += faults(change["message"]["card"])
        if change["type"] == "message.updated" and change["message"]["id"] not in self.messages():
            self.complaints.append(f"{webhook_id}: updated before it was created")
        if change not in self.accepted:
            self.accepted.append(change)
        return 204

    def messages(self) -> dict[str, Json]:
        """Message id → its newest revision with its room, in the order they were first shown."""
        newest: dict[str, Json] = {}
        for change in self.accepted:
            known = newest.get(change["message"]["id"])
            if known is None or change["message"]["revision"] >= known["message"]["revision"]:
                newest[change["message"]["id"]] = change
        return newest


@dataclass(frozen=True, slots=True)
class RoomServer:
    """Where all tenants' callbacks go."""

    port: int
    tenants: dict[str, Callbacks]

    def url(self, tenant: str) -> str:
        """A tenant's `callback_url`."""
        return f"http://127.0.0.1:{self.port}/{tenant}"


@contextmanager
def room_server(tenants: dict[str, Callbacks]) -> Iterator[RoomServer]:
    """Listen on a free port for *tenants*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(tenants[self.path.strip("/")].take(headers, body))
            self.send_header("content-length", "0")
            self.send_header("retry-after", "1")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield RoomServer(server.server_port, tenants)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
