"""OutgoingMail → the octets of RFC 5322, with an invite in the two places clients look for it.

Shape (RFC 6047 and the iMIP chapter of https://devguide.calconnect.org/):
multipart/mixed(multipart/alternative(text/plain, text/html, text/calendar; method=…), application/ics).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from email import base64mime, quoprimime
from email.header import Header
from email.utils import format_datetime
from types import MappingProxyType

from scheduling_core.mail import Invite, Mailbox, OutgoingMail, single_line

_LONGEST_PLAIN = 60
_CRLF = "\r\n"


def needs_smtputf8(mail: OutgoingMail) -> bool:
    """True when an address is not ASCII; names and subjects never need it (RFC 6531 section 3.4)."""
    return not (mail.sender.address.isascii() and mail.recipient.address.isascii())


def to_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire: CRLF, lines of at most 998 octets, bodies in 7 bits.

    All headers are 7-bit too unless `needs_smtputf8`. Text from people cannot add or end a header.
    """
    parts = [_text("plain", mail.text), _text("html", mail.html)]
    if mail.invite is None:
        body = _multipart("alternative", parts)
    else:
        in_place, as_file = _invite(mail.invite)
        body = _multipart("mixed", [_multipart("alternative", [*parts, in_place]), as_file])
    # Written here: the email package drops spaces where it folds long names and subjects, writes a long
    # In-Reply-To as encoded words (seen in Python 3.11), and takes ten times as long.
    return (_written(_headers(mail)) + body).encode()


def _headers(mail: OutgoingMail) -> dict[str, str]:
    """All headers but those of the body, ready to be written."""
    headers = {
        "From": _mailbox(mail.sender),
        "To": _mailbox(mail.recipient),
        "Subject": _words(mail.subject),
        "Date": format_datetime(mail.sent_at.astimezone(UTC)),
        "Message-ID": mail.message_id,
        # RFC 3834 section 5: keeps out-of-office answers from coming back.
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    if mail.in_reply_to is not None:
        headers |= {"In-Reply-To": mail.in_reply_to, "References": mail.in_reply_to}
    return headers


def _invite(invite: Invite) -> tuple[str, str]:
    """The invite for clients that answer it in place, and as a file for those that only save."""
    calendar = f'text/calendar; method="{invite.method}"; charset="UTF-8"'
    octets = base64mime.body_encode(invite.ics, eol=_CRLF)
    attachment = 'attachment; filename="invite.ics"'
    return (
        _part(calendar, octets, "base64"),
        _part("application/ics", octets, "base64", {"Content-Disposition": attachment}),
    )


def _text(subtype: str, text: str) -> str:
    # A letter for each octet, as `quoprimime` takes it. Chat platforms let lone surrogates pass, UTF-8 not.
    octets = b"\n".join(text.encode("utf-8", "replace").splitlines()) + b"\n"
    encoded = quoprimime.body_encode(octets.decode("latin-1"), eol=_CRLF)
    return _part(f'text/{subtype}; charset="utf-8"', encoded, "quoted-printable")


def _part(content_type: str, body: str, encoding: str, more: Mapping[str, str] = MappingProxyType({})) -> str:
    headers = {"Content-Type": content_type, "Content-Transfer-Encoding": encoding, **more}
    return _written(headers) + _CRLF + body


def _multipart(subtype: str, parts: Sequence[str]) -> str:
    # RFC 2045 section 6.7: "=_" stands in no body that is quoted-printable, nor in base64. What is inside
    # another is of another subtype, so that no boundary begins like one around it.
    boundary = f"=_{subtype}"
    inside = "".join(f"--{boundary}{_CRLF}{part}{_CRLF}" for part in parts)
    head = _written({"Content-Type": f'multipart/{subtype}; boundary="{boundary}"'})
    return f"{head}{_CRLF}{inside}--{boundary}--{_CRLF}"


def _written(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}{_CRLF}" for name, value in headers.items())


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
