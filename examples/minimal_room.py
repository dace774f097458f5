"""A whole room by docs/room-protocol.md: host and guest at one terminal type `host: /meet @guest 30`, …

Run: ROOM_SECRET=whsec_… python minimal_room.py 127.0.0.1:8080 demo 8090 (its callback_url: http://127.0.0.1:8090/)"""

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import sleep, time_ns
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

BOT, TENANT, PORT, SECRET = sys.argv[1], sys.argv[2], int(sys.argv[3]), Webhook(os.environ["ROOM_SECRET"])
HOST = {"id": "u-1", "name": "host", "zone": "Europe/Berlin", "email": "host@example.com"}
GUEST = {"id": "u-2", "name": "guest", "zone": "America/Sao_Paulo", "email": "guest@example.com"}
ROOM = {"id": "terminal", "members": [HOST, GUEST]}
NO_ANSWER: dict[str, Any] = {"status": 503, "detail": "The bot does not answer. Type it again later."}
revisions: dict[str, int] = {}


def show(message: dict[str, Any]) -> None:
    if message["revision"] > revisions.get(message["id"], 0):  # else a repeat, or older than what is shown
        revisions[message["id"]] = message["revision"]
        sys.stdout.write(f"[for {message['actor'] or 'everybody'}] {message['text'] or '(taken away)'}\n")


class Callbacks(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        try:  # the signature is over the bytes as they came
            body = self.rfile.read(int(self.headers["content-length"]))
            show(SECRET.verify(body, dict(self.headers))["message"])
            self.send_response(204)
        except WebhookVerificationError:
            self.send_response(401)
        self.end_headers()


Thread(target=HTTPServer(("127.0.0.1", PORT), Callbacks).serve_forever, daemon=True).start()
for line in sys.stdin:
    name, _, text = line.strip().partition(": ")
    act, kind, answer = f"line-{time_ns()}", "command" if text.startswith("/") else "text", NO_ANSWER
    body = json.dumps({"type": kind, "room": ROOM, "actor": HOST if name == "host" else GUEST, "text": text})
    for pause in (1, 2, 4, 8, 16):  # the same id and body each time, so that nothing is done twice
        now, bot = datetime.now(UTC), HTTPConnection(BOT, timeout=10)
        headers = {"webhook-id": act, "webhook-timestamp": str(int(now.timestamp()))}
        headers |= {"webhook-signature": SECRET.sign(act, now, body), "content-type": "application/json"}
        with suppress(OSError, ValueError):
            bot.request("POST", f"/rooms/v1/{TENANT}/deliveries", body, headers)
            answer = json.load(bot.getresponse())
        if answer.get("status", 200) < 429:  # problems say their status; these a repeat cannot help
            break
        sleep(pause)
    for message in answer.get("replies", ()):
        show(message)
    sys.stdout.write(answer.get("detail", "") + "\n")
