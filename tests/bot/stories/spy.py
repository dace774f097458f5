"""Reads bytes as a curious receiver would: every encoding undone, every folded line joined."""

import base64
import binascii
import quopri
import re
import unicodedata
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from urllib.parse import unquote

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BACKSLASH = re.compile(r"\\([,;\\\"/])")
_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT_BREAK = re.compile(r"=\r?\n")
_UNSEEN = [0x00AD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF]


def everything_in(raw: bytes) -> str:
    """The text of *raw* in all its readings, one after the other, in lower case; each line once."""
    text = raw.decode("utf-8", "replace")
    unfolded = _FOLD.sub("", text)
    # Most lines are the same in several readings.
    readings = _once(unfolded, _soft(text), *_hidden(unfolded))
    return _plain(_once(text, _unescaped(readings)))


def _once(*texts: str) -> str:
    return "\n".join(dict.fromkeys(line for text in texts for line in text.split("\n")))


def opened_mail(raw: bytes) -> bytes:
    """A mail with, below its raw lines, its headers and every part decoded."""
    mail = message_from_bytes(raw)
    parts = [raw, *(_header(value) for _, value in mail.items())]
    parts += [body for part in mail.walk() if (body := _body(part))]
    return b"\n".join(parts)


def _header(value: str) -> bytes:
    return str(make_header(decode_header(value))).encode("utf-8", "replace")


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _soft(text: str) -> str:
    """Quoted-printable undone (RFC 2045 section 6.7)."""
    joined = _SOFT_BREAK.sub("", text)
    return quopri.decodestring(joined.encode()).decode("utf-8", "replace")


def _hidden(text: str) -> list[str]:
    """What long runs of letters say in base64, line breaks left out or not."""
    runs = {*_BASE64.findall(text), *_BASE64.findall(text.replace("\r", "").replace("\n", ""))}
    return [found for run in runs if (found := _from_base64(run))]


def _from_base64(run: str) -> str:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4)).decode("utf-8", "ignore")
    except binascii.Error:
        return ""


def _unescaped(text: str) -> str:
    """Percent signs, entities, escapes of JSON and iCalendar undone; twice, since one may wrap another."""
    for _ in range(2):
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unescape(unquote(text)))
    return _BACKSLASH.sub(r"\1", text)


def _plain(text: str) -> str:
    """Without letters that nobody sees, look-alikes as what they look like."""
    for unseen in _UNSEEN:
        text = text.replace(chr(unseen), "")
    return unicodedata.normalize("NFKC", text).lower()
