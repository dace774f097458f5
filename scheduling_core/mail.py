"""A mail to one person, and the port that carries it.

Every mail has exactly one recipient: the values have no room for a second one, so no participant can
learn another's address from it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# Dot-atom of RFC 5322 section 3.2.3, widened to non-ASCII by RFC 6531 section 3.3. Quoted local parts
# and address literals are refused: they need escaping wherever they are written.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
_LABEL = r"[A-Za-z0-9\u00a1-\U0010ffff](?:[A-Za-z0-9\u00a1-\U0010ffff-]*[A-Za-z0-9\u00a1-\U0010ffff])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
# RFC 5321 section 4.5.3.1.3: a path is 256 octets with its angle brackets.
_LONGEST_ADDRESS_OCTETS = 254
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")

# Controls would break lines, lone surrogates cannot be encoded, and bidirectional overrides and isolates
# (Unicode Annex 9) reorder whatever a client writes after them.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def single_line(text: str) -> str:
    """Text from a person as one line: what may break a line or reorder its surroundings becomes a space.

    Runs of white space become one space; letters, emoji and right-to-left text stay as they are.
    """
    return " ".join(_NOT_TEXT.sub(" ", text).split())


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody's address and the name to show beside it.

    Attributes:
        address: `local@domain`, RFC 5322 dot-atom form, possibly non-ASCII (RFC 6531).
        name: as the person typed it; may be empty or hostile, whoever writes it out escapes it.

    Raises:
        ValueError: the address is not of that form. The message does not repeat it.
    """

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse an address that would need escaping somewhere."""
        if not (self.address.isprintable() and _ADDRESS.fullmatch(self.address)):
            raise ValueError("not a mail address of the form local@domain")
        if len(self.address.encode()) > _LONGEST_ADDRESS_OCTETS:
            raise ValueError("mail address too long")


@dataclass(frozen=True, slots=True)
class Invite:
    """An iTIP message that travels inside a mail (RFC 6047).

    Attributes:
        method: the METHOD of the body, repeated in its MIME type.
        ics: an iCalendar stream, UTF-8, CRLF, as `ics.request` and `ics.cancel` write it.

    Raises:
        ValueError: the body says another METHOD; clients drop such a mail (RFC 6047 section 2.4).
    """

    method: Literal["REQUEST", "CANCEL"]
    ics: bytes

    def __post_init__(self) -> None:
        """Check that both places will name the same METHOD."""
        if f"\r\nMETHOD:{self.method}\r\n".encode() not in self.ics:
            raise ValueError(f"the calendar body is not a {self.method}")


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one person.

    Attributes:
        message_id: `<local@domain>`, ASCII, the same on every try.
        sent_at: aware; becomes the Date header.
        sender: From and envelope sender.
        recipient: the only recipient, in header and envelope.
        subject: any text; written as one line.
        text: the mail as plain text.
        html: the mail as HTML, already escaped.
        invite: the calendar part, or None for a mail that changes no calendar.
        in_reply_to: message id of the first mail of this meeting to this person, so that later ones thread
            under it.

    Raises:
        ValueError: a message id of another form, or a naive sent_at.
    """

    message_id: str
    sent_at: datetime
    sender: Mailbox
    recipient: Mailbox
    subject: str
    text: str
    html: str
    invite: Invite | None = None
    in_reply_to: str | None = None

    def __post_init__(self) -> None:
        """Check what will stand in headers unescaped."""
        for message_id in (self.message_id, self.in_reply_to):
            if message_id is not None and not _MESSAGE_ID.fullmatch(message_id):
                raise ValueError(f"not a message id: {message_id!r}")
        if self.sent_at.tzinfo is None:
            raise ValueError("sent_at must be aware")


class MailTransport(Protocol):
    """Hands a mail to whoever delivers it."""

    async def check(self) -> str:
        """See whether mails could be handed over now, without sending one.

        Returns:
            What was found, in words, with no secret in them.

        Raises:
            Unavailable: they could not; the words say why.
        """
        ...

    async def send(self, mail: OutgoingMail) -> None:
        """Return when the mail is accepted for delivery.

        At least once: a server that takes the mail and dies before saying so gets it again, under the
        same message id. To keep the order for one recipient, wait for this before sending the next.

        Raises:
            Unavailable: not accepted now (SMTP 4xx, connection trouble, timeout, our login refused);
                send the same mail again later.
            Rejected: a final no for this mail (SMTP 5xx). The reason carries no mail address.
        """
