"""The demo's mail drawer: shows the folder of `.eml` files in which the bot leaves its mail. Read-only."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path

from aiohttp import web

NEWEST = 200


class Mailbox:
    """The folder (it need not exist yet) and the two requests that read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stamp(self) -> frozenset[str]:
        """Changes whenever a letter comes or goes."""
        return frozenset(path.name for path in self._folder.glob("*.eml"))

    async def index(self, _request: web.Request) -> web.Response:
        """The letters, newest first; `at` is RFC 3339, UTC."""
        return web.json_response({"letters": await asyncio.to_thread(self._letters)})

    async def open(self, request: web.Request) -> web.Response:
        """One letter's text, and its attachments as text."""
        name = request.match_info["name"]
        if name not in await asyncio.to_thread(self.stamp):  # so that a name is never a path
            raise web.HTTPNotFound
        return web.json_response(await asyncio.to_thread(_opened, self._folder / name))

    def _letters(self) -> list[dict[str, str]]:
        aged = sorted(((path.stat().st_mtime, path) for path in self._folder.glob("*.eml")), reverse=True)
        return [_letter(path, datetime.fromtimestamp(written, UTC)) for written, path in aged[:NEWEST]]


def _parsed(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=default)


def _letter(path: Path, written: datetime) -> dict[str, str]:
    message = _parsed(path)
    to, subject = str(message["to"] or ""), str(message["subject"] or "(no subject)")
    return {"name": path.name, "to": to, "subject": subject, "at": written.isoformat()}


def _opened(path: Path) -> dict[str, object]:
    message = _parsed(path)
    body = message.get_body(("plain",))
    others = [part for part in message.walk() if not part.is_multipart() and part is not body]
    # The HTML form says what the text says; a .ics also travels as an alternative, which has no file name.
    files = [part for part in others if part.get_filename()]
    attachments = [
        {"name": part.get_filename(), "type": part.get_content_type(), "text": _text(part)} for part in files
    ]
    return {"text": _text(body) if body else "", "attachments": attachments}


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    return content.decode(part.get_content_charset("utf-8"), "replace") if isinstance(content, bytes) else ""
