"""The mail server at the far end: takes mails by real SMTP, or answers as it is told."""

import asyncio
import email
import email.policy
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.processes.waiting import Board


@dataclass(frozen=True, slots=True)
class Letter:
    """One accepted mail.

    Attributes:
        recipients: of the envelope.
        raw: its octets.
    """

    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """As parsed."""
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])

    @property
    def every_byte(self) -> bytes:
        """The octets on the wire, and what the encoded parts hold."""
        parts = [p.get_payload(decode=True) for p in self.message.walk() if not p.is_multipart()]
        return b"\n".join([self.raw, *(part for part in parts if isinstance(part, bytes))])

    @property
    def ics(self) -> str:
        """The invite, unfolded."""
        (part,) = (p for p in self.message.walk() if p.get_content_type() == "text/calendar")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        return content.decode().replace("\r\n ", "")

    def says(self, name: str) -> str:
        """The value of a property of the invite, such as `UID`."""
        found = re.search(rf"^{name}[;:](.*)\r$", self.ics, re.MULTILINE)
        assert found, f"no {name} in {self.ics}"
        return found[1]

    @property
    def method_in_mime(self) -> str:
        """`REQUEST` or `CANCEL`, as the part's header says."""
        (part,) = (p for p in self.message.walk() if p.get_content_type() == "text/calendar")
        return str(part.get_param("method"))


@dataclass(slots=True)
class Post(Board):
    """A mail server.

    Attributes:
        answers: address → replies to its next RCPT commands; "" accepts.
        answer: the reply to every RCPT, while set.
        refused: (address, reply), oldest first.
        letters: what was accepted, oldest first.
        begun: how many mails came whole, accepted or not yet.
        hand: takes no mail while cleared.
    """

    port: int
    answers: dict[str, list[str]] = field(default_factory=dict)
    answer: str = ""
    refused: list[tuple[str, str]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    begun: int = 0
    hand: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        """For `PARLEY_MAIL__URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    def open(self) -> "Post":
        """Begin to listen."""
        self.hand.set()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def close(self) -> None:
        """Stop listening."""
        self.hand.set()
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name for the hook
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The next reply for this address."""
        with self.changed:
            waiting = self.answers.get(address)
            reply = self.answer or (waiting.pop(0) if waiting else "")
            if reply:
                self.refused.append((address, reply))
                self.changed.notify_all()
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for the hook
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep it."""
        content = envelope.content
        assert isinstance(content, bytes)
        with self.changed:
            self.begun += 1
            self.changed.notify_all()
        await asyncio.to_thread(self.hand.wait)
        with self.changed:
            self.letters.append(Letter(tuple(envelope.rcpt_tos), content))
            self.changed.notify_all()
        return "250 OK"

    def to(self, address: str) -> list[Letter]:
        """What one address got, oldest first."""
        return [letter for letter in self.letters if address in letter.recipients]

    def wait_for(self, address: str, count: int) -> list[Letter]:
        """The letters to one address once there are *count*."""
        self.until(lambda: len(self.to(address)) >= count, lambda: (address, self.letters, self.refused))
        return self.to(address)

    def doubled(self) -> list[str]:
        """Message-IDs that were accepted more than once."""
        seen = Counter(letter.message_id for letter in self.letters)
        return [message_id for message_id, times in seen.items() if times > 1]
