"""The room as a process: starts, keeps its data, stops at once though pages are open; and its mail drawer."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

from aiohttp import ClientSession

from tests.ports import free_port
from tests.room.conftest import RunningRoom
from tests.room.scripted_bot import SECRET


@asynccontextmanager
async def process(port: int, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m examples.room`, answering."""
    secret_file = folder / "secret"
    secret_file.write_text(SECRET + "\n")
    arguments = (
        "--port",
        str(port),
        "--secret-file",
        str(secret_file),
        "--data",
        str(folder / "room.sqlite"),
    )
    room = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "examples.room", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert room.stdout
    async with asyncio.timeout(20):
        await room.stdout.readuntil(b"Running on")
    yield room
    if room.returncode is None:
        room.terminate()
    await room.wait()
    await room.stdout.read()


async def test_sigterm_ends_it_at_once_with_a_page_open_and_the_next_run_has_the_messages(
    tmp_path: Path,
) -> None:
    port = free_port()
    events = f"http://127.0.0.1:{port}/api/events?room=room-1&as=u-1"
    async with ClientSession() as session:
        async with process(port, tmp_path) as room, session.get(events) as page:
            said = {"room": "room-1", "as": "u-2", "act": "first-run", "text": "still here tomorrow"}
            await (await session.post(f"http://127.0.0.1:{port}/api/say", json=said)).read()
            room.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                everything = await page.read()
                assert await room.wait() == 0
        assert b"still here tomorrow" in everything
        async with process(port, tmp_path), session.get(events) as page:
            async with asyncio.timeout(5):
                assert b"still here tomorrow" in await page.content.readuntil(
                    b'"text": "still here tomorrow"'
                )


async def test_a_page_for_a_stranger_is_the_first_page(room: RunningRoom) -> None:
    async with room.session.get(f"{room.url}/room-1?as=u-9") as answer:
        assert answer.url.path == "/"
        assert "script-src 'self'" in answer.headers["content-security-policy"]


def letter(to: str) -> bytes:
    """A mail as the bot writes it: text, HTML, and the invite twice."""
    mail = EmailMessage()
    mail["To"], mail["Subject"] = to, "Invitation: Logo review"
    mail.set_content("Thursday at 15:00\n")
    mail.add_alternative("<p>Thursday at 15:00</p>", subtype="html")
    mail.add_alternative("BEGIN:VCALENDAR", subtype="calendar", params={"method": "REQUEST"})
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="invite.ics")
    return bytes(mail)


async def test_the_mail_drawer_lists_and_opens_letters(room: RunningRoom) -> None:
    folder = room.data.parent / "mail"
    folder.mkdir()
    (folder / "1.eml").write_bytes(letter("guest@example.test"))
    async with room.session.get(f"{room.url}/api/mail") as answer:
        (only,) = (await answer.json())["letters"]
    assert (only["to"], only["subject"]) == ("guest@example.test", "Invitation: Logo review")
    async with room.session.get(f"{room.url}/api/mail/1.eml") as answer:
        opened = await answer.json()
    assert opened["text"] == "Thursday at 15:00\n"
    assert [(part["name"], part["text"]) for part in opened["attachments"]] == [
        ("invite.ics", "BEGIN:VCALENDAR")
    ]


async def test_the_mail_drawer_opens_nothing_outside_its_folder(room: RunningRoom) -> None:
    async with room.session.get(f"{room.url}/api/mail/..%2Froom.sqlite") as answer:
        assert answer.status == 404
