"""What every MailTransport must do, whoever carries the mail.

A test class for an adapter inherits `MailContract` and provides the fixture `wire`.
"""

import email
import zlib
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Final

from scheduling_core import ics
from scheduling_core.mail import Invite, Mailbox, MailTransport, OutgoingMail

BOT: Final = Mailbox("bot@parley.example", "Parley")
HOST: Final = Mailbox("host@example.com", "Host")
GUEST: Final = Mailbox("guest@example.org", "Guest")
START: Final = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
SENT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Wire(ABC):
    """A transport under test and the far end, where its mails come out."""

    transport: MailTransport

    @abstractmethod
    def arrived(self) -> list[bytes]:
        """All mails accepted so far, oldest first, as octets."""


def an_invite(recipient: Mailbox, *, sequence: int = 0, cancelled: bool = False) -> Invite:
    """One participant's invite to the meeting of these tests."""
    entry = ics.CalendarEntry(
        uid=ics.uid_for(b"key", "m-1", recipient.address, "parley.example"),
        sequence=sequence,
        dtstamp=SENT + timedelta(minutes=sequence),
        start=START + timedelta(hours=sequence),
        end=START + timedelta(hours=sequence, minutes=30),
        summary="Logo review",
        organizer=BOT,
        attendee=recipient,
    )
    return Invite("CANCEL", ics.cancel(entry)) if cancelled else Invite("REQUEST", ics.request(entry))


def a_mail(
    recipient: Mailbox = GUEST,
    *,
    number: int = 0,
    subject: str = "Logo review",
    invite: Invite | None = None,
    in_reply_to: str | None = None,
    sender: Mailbox = BOT,
    text: str = "See you there.\n",
) -> OutgoingMail:
    """A mail of these tests; *number* sets message id and time."""
    return OutgoingMail(
        message_id=f"<{number}.{zlib.crc32(recipient.address.encode())}@parley.example>",
        sent_at=SENT + timedelta(minutes=number),
        sender=sender,
        recipient=recipient,
        subject=subject,
        text=text,
        html=f"<p>{text}</p>",
        invite=invite,
        in_reply_to=in_reply_to,
    )


def parsed(raw: bytes) -> EmailMessage:
    """A mail as a client reads it."""
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def every_byte_of(raw: bytes) -> bytes:
    """A mail as sent, and its parts decoded, for searching."""
    decoded = (part.get_payload(decode=True) for part in parsed(raw).walk() if not part.is_multipart())
    return b"\n".join([raw, *(part for part in decoded if isinstance(part, bytes))]).lower()


class MailContract:
    """The suite. Every mail it sends must come out of `wire.arrived()`."""

    async def test_a_check_says_what_it_found_and_sends_nothing(self, wire: Wire) -> None:
        assert await wire.transport.check()
        assert wire.arrived() == []

    async def test_a_mail_arrives_with_its_headers_and_both_texts(self, wire: Wire) -> None:
        await wire.transport.send(
            a_mail(subject="Móved: Logo review", text="Grüße 👋\n", in_reply_to="<a@b>")
        )
        (raw,) = wire.arrived()
        message = parsed(raw)
        assert message["From"] == "Parley <bot@parley.example>"
        assert message["To"] == "Guest <guest@example.org>"
        assert message["Subject"] == "Móved: Logo review"
        assert message["Message-ID"] == a_mail().message_id
        assert message["In-Reply-To"] == message["References"] == "<a@b>"
        assert message["Date"].datetime == SENT
        assert message["Auto-Submitted"] == "auto-generated"
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            assert body is not None
            assert "Grüße 👋" in body.get_content()

    async def test_a_mail_that_changes_no_calendar_has_no_calendar_part(self, wire: Wire) -> None:
        await wire.transport.send(a_mail())
        assert b"calendar" not in wire.arrived()[0].lower()

    async def test_an_invite_stands_beside_the_texts_and_as_a_file(self, wire: Wire) -> None:
        invite = an_invite(GUEST)
        await wire.transport.send(a_mail(invite=invite))
        message = parsed(wire.arrived()[0])
        alternative, attachment = message.iter_parts()
        assert message.get_content_type() == "multipart/mixed"
        assert [part.get_content_type() for part in alternative.iter_parts()] == [
            "text/plain",
            "text/html",
            "text/calendar",
        ]
        calendar = list(alternative.iter_parts())[-1]
        assert calendar["Content-Type"].params == {"method": "REQUEST", "charset": "UTF-8"}
        assert calendar["Content-Transfer-Encoding"] == "base64"
        assert (attachment.get_content_type(), attachment.get_filename()) == ("application/ics", "invite.ics")
        for part in (calendar, attachment):
            assert part.get_payload(decode=True) == invite.ics

    async def test_no_byte_of_a_meeting_shows_one_participant_the_other(self, wire: Wire) -> None:
        for number, cancelled in ((0, False), (1, False), (2, True)):
            for person in (HOST, GUEST):
                invite = an_invite(person, sequence=number, cancelled=cancelled)
                await wire.transport.send(a_mail(person, number=number, invite=invite))
        arrived = wire.arrived()
        assert len(arrived) == 6
        for raw in arrived:
            mine, others = (
                (HOST, GUEST) if parsed(raw)["To"].addresses[0].username == "host" else (GUEST, HOST)
            )
            shown = every_byte_of(raw)
            assert mine.address.encode() in shown
            assert others.address.encode() not in shown
            assert ics.uid_for(b"key", "m-1", others.address, "parley.example").encode() not in shown
            assert not {"cc", "bcc"} & {name.lower() for name in parsed(raw)}

    async def test_changes_arrive_in_order_with_rising_sequence(self, wire: Wire) -> None:
        for number, cancelled in ((0, False), (1, False), (2, True)):
            invite = an_invite(GUEST, sequence=number, cancelled=cancelled)
            await wire.transport.send(a_mail(number=number, invite=invite))
        seen = [every_byte_of(raw) for raw in wire.arrived()]
        for number, (method, shown) in enumerate(zip(("request", "request", "cancel"), seen, strict=True)):
            assert f"\r\nsequence:{number}\r\n".encode() in shown
            assert f"\r\nmethod:{method}\r\n".encode() in shown
            assert f'method="{method}"'.encode() in shown

    async def test_hostile_names_and_subjects_stay_in_their_headers(self, wire: Wire) -> None:
        evil = 'x"\r\nBcc: evil@example.net\r\n\r\n<script>, evil@example.net; \ud800é'
        await wire.transport.send(
            a_mail(
                Mailbox("guest@example.org", evil), sender=Mailbox("bot@parley.example", evil), subject=evil
            )
        )
        message = parsed(wire.arrived()[0])
        assert message["Bcc"] is None
        for header, address in (("To", "guest@example.org"), ("From", "bot@parley.example")):
            assert [found.addr_spec for found in message[header].addresses] == [address]
        assert message["Subject"] == 'x" Bcc: evil@example.net <script>, evil@example.net; é'

    async def test_an_address_of_any_script_is_reached(self, wire: Wire) -> None:
        await wire.transport.send(a_mail(Mailbox("gäst@bücher.example", "Gäst")))
        raw = wire.arrived()[0]
        assert "<gäst@bücher.example>\r\n".encode() in raw
