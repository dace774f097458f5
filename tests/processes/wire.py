"""Requests as no well-behaved HTTP client sends them, written byte by byte."""

import base64
import hmac
import json
import socket
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.processes.site import SECRET, Site

Json = dict[str, Any]
ANSWER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Json:
        """The body of a refusal, checked to be a whole problem of RFC 9457."""
        assert self.headers["content-type"] == "application/problem+json"
        found: Json = json.loads(self.body)
        assert found["status"] == self.status
        assert found["type"].startswith("urn:parley:problem:")
        assert found["title"]
        assert found["detail"]
        return found

    @property
    def private_text(self) -> str:
        """What the actor is told."""
        assert self.status == 200, self.body
        return "\n".join(reply["text"] for reply in json.loads(self.body)["replies"])


def signed(
    body: bytes, webhook_id: str | None = None, seconds_off: float = 0, secret: str = SECRET
) -> dict[str, str]:
    """The headers of a room that knows the secret."""
    webhook_id, timestamp = webhook_id or f"w-{uuid.uuid4()}", str(int(time.time() + seconds_off))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


class Wire:
    """One connection to the bot; closed by `answer`, or by leaving the `with`."""

    def __init__(self, site: Site) -> None:
        self._socket = socket.create_connection(("127.0.0.1", site.port), ANSWER_SECONDS)

    def __enter__(self) -> "Wire":
        """Nothing more is needed."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Hang up."""
        self._socket.close()

    def begin(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> "Wire":
        """The head of a request, and with it, in one piece, the beginning of its body."""
        lines = [f"{method} {path} HTTP/1.1", "host: bot", "connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def send(self, data: bytes) -> "Wire":
        """More bytes."""
        self._socket.sendall(data)
        return self

    def chunk(self, data: bytes) -> "Wire":
        """One piece of a chunked body; an empty one ends it."""
        return self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def answer(self) -> Answer:
        """Read to the end."""
        with self._socket:
            raw = b"".join(iter(lambda: self._socket.recv(65536), b""))
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        headers = {name.lower(): value for name, value in pairs}
        if headers.get("transfer-encoding") == "chunked":
            raise AssertionError("the bot answers with a length")
        return Answer(int(first.split(" ")[1]), headers, body)


DOOR = "/rooms/v1/demo/deliveries"


def post(site: Site, body: bytes, headers: dict[str, str] | None = None, path: str = DOOR) -> Answer:
    """A delivery with a length; signed unless *headers* says otherwise."""
    head = {**(signed(body) if headers is None else headers), "content-length": str(len(body))}
    with Wire(site) as wire:
        return wire.begin("POST", path, head).send(body).answer()
