"""OutgoingMail → the octets of RFC 5322, with an invite in the two places clients look for it.

Shape (RFC 6047 and the iMIP chapter of https://devguide.calconnect.org/):
multipart/mixed(multipart/alternative(text/plain, text/html, text/calendar; method=…), application/ics).
"""

from datetime import UTC
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from scheduling_core.mail import Invite, Mailbox, OutgoingMail, single_line

# The email package would write a long In-Reply-To or References as encoded words, which no client decodes
# there (RFC 2047 section 5).
_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("in-reply-to", MessageIDHeader)  # type: ignore[arg-type]  # typeshed omits that a
_HEADERS.map_to_type("references", MessageIDHeader)  # type: ignore[arg-type]  # mix-in is what is wanted


def needs_smtputf8(mail: OutgoingMail) -> bool:
    """True when an address is not ASCII; names and subjects never need it (RFC 6531 section 3.4)."""
    return not (mail.sender.address.isascii() and mail.recipient.address.isascii())


def to_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire: CRLF, lines of at most 998 octets, bodies in 7 bits.

    All headers are 7-bit too unless `needs_smtputf8`. Text from people cannot add or end a header.
    """
    policy = SMTPUTF8 if needs_smtputf8(mail) else SMTP
    message = EmailMessage(policy=policy.clone(header_factory=_HEADERS))
    _add_headers(message, mail)
    message.set_content(_encodable(mail.text), cte="quoted-printable")
    message.add_alternative(_encodable(mail.html), subtype="html", cte="quoted-printable")
    if mail.invite is not None:
        _add_invite(message, mail.invite)
    return message.as_bytes()


def _add_headers(message: EmailMessage, mail: OutgoingMail) -> None:
    message["From"] = _header_address(mail.sender)
    message["To"] = _header_address(mail.recipient)
    message["Subject"] = single_line(mail.subject)
    message["Date"] = mail.sent_at.astimezone(UTC)
    message["Message-ID"] = mail.message_id
    if mail.in_reply_to is not None:
        message["In-Reply-To"] = mail.in_reply_to
        message["References"] = mail.in_reply_to
    # RFC 3834 section 5: keeps out-of-office answers from coming back.
    message["Auto-Submitted"] = "auto-generated"


def _add_invite(message: EmailMessage, invite: Invite) -> None:
    """Add the invite for clients that answer it in place, and as a file for those that only save."""
    message.add_alternative(
        invite.ics, "text", "calendar", cte="base64", params={"method": invite.method, "charset": "UTF-8"}
    )
    message.add_attachment(invite.ics, "application", "ics", cte="base64", filename="invite.ics")


def _header_address(mailbox: Mailbox) -> Address:
    return Address(display_name=single_line(mailbox.name), addr_spec=mailbox.address)


def _encodable(text: str) -> str:
    """The text with lone surrogates replaced: chat platforms let them through, UTF-8 does not."""
    return text.encode("utf-8", "replace").decode("utf-8")
