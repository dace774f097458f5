"""OutgoingMail → the octets of RFC 5322, with an invite in the two places clients look for it.

Shape (RFC 6047 and the iMIP chapter of https://devguide.calconnect.org/):
multipart/mixed(multipart/alternative(text/plain, text/html, text/calendar; method=…), application/ics).
"""

from datetime import UTC
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from scheduling_core.mail import Invite, Mailbox, OutgoingMail, single_line

_LONGEST_PLAIN = 60


def needs_smtputf8(mail: OutgoingMail) -> bool:
    """True when an address is not ASCII; names and subjects never need it (RFC 6531 section 3.4)."""
    return not (mail.sender.address.isascii() and mail.recipient.address.isascii())


def to_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire: CRLF, lines of at most 998 octets, bodies in 7 bits.

    All headers are 7-bit too unless `needs_smtputf8`. Text from people cannot add or end a header.
    """
    message = EmailMessage(policy=SMTP)
    message.set_content(_encodable(mail.text), cte="quoted-printable")
    message.add_alternative(_encodable(mail.html), subtype="html", cte="quoted-printable")
    if mail.invite is not None:
        _add_invite(message, mail.invite)
    # Our own headers are written here: the email package drops spaces where it folds long names and
    # subjects, and writes a long In-Reply-To as encoded words (seen in Python 3.11).
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(mail).items())
    return head.encode() + message.as_bytes()


def _headers(mail: OutgoingMail) -> dict[str, str]:
    """All headers but those of MIME, ready to be written."""
    headers = {
        "From": _mailbox(mail.sender),
        "To": _mailbox(mail.recipient),
        "Subject": _words(mail.subject),
        "Date": format_datetime(mail.sent_at.astimezone(UTC)),
        "Message-ID": mail.message_id,
        # RFC 3834 section 5: keeps out-of-office answers from coming back.
        "Auto-Submitted": "auto-generated",
    }
    if mail.in_reply_to is not None:
        headers |= {"In-Reply-To": mail.in_reply_to, "References": mail.in_reply_to}
    return headers


def _add_invite(message: EmailMessage, invite: Invite) -> None:
    """Add the invite for clients that answer it in place, and as a file for those that only save."""
    message.add_alternative(
        invite.ics, "text", "calendar", cte="base64", params={"method": invite.method, "charset": "UTF-8"}
    )
    message.add_attachment(invite.ics, "application", "ics", cte="base64", filename="invite.ics")


def _mailbox(mailbox: Mailbox) -> str:
    """A mailbox of RFC 5322 section 3.4: the bare address, or a name and the address in angle brackets."""
    name = single_line(mailbox.name)
    if not name:
        return mailbox.address
    if _is_plain(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{mailbox.address}>'
    return f"{_words(name)} <{mailbox.address}>"


def _words(text: str) -> str:
    """One line of text as it is, or folded into encoded words (RFC 2047)."""
    line = single_line(text)
    return line if _is_plain(line) else Header(line, "utf-8").encode(linesep="\r\n")


def _is_plain(line: str) -> bool:
    """True for what needs neither encoding nor folding, and is not taken for an encoded word."""
    return line.isascii() and len(line) <= _LONGEST_PLAIN and "=?" not in line


def _encodable(text: str) -> str:
    """The text with lone surrogates replaced: chat platforms let them through, UTF-8 does not."""
    return text.encode("utf-8", "replace").decode("utf-8")
