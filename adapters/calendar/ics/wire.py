"""What is known of a calendar address or file, as text, and cursors. Pure."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

CALENDAR: Final = "feed"
"""The id of the only calendar an account of this kind has."""

_STAMPS: Final = re.compile(rb"^DTSTAMP[^\n]*\n", re.MULTILINE)
_BEGINS: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?BEGIN:VCALENDAR", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """An account's secret: an address, which often is one itself, or what a file held.

    Attributes:
        url: https, "" for a file.
        text: of a file, with nothing in it but times.
    """

    name: str
    url: str = field(default="", repr=False)
    text: str = field(default="", repr=False)

    @classmethod
    def read(cls, secret: str) -> "Source":
        """From `Account.secret`."""
        kept = json.loads(secret)
        return cls(kept["name"], kept["url"], kept["text"])

    def secret(self) -> str:
        """For `NewAccount.secret`."""
        return json.dumps({"name": self.name, "url": self.url, "text": self.text})

    @property
    def identity(self) -> str:
        """Tells the source without giving it away."""
        return hashlib.sha256((self.url or self.text).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """Which state of a feed is known.

    Attributes:
        etag: as the server gave it, with its quotes.
        modified: of `Last-Modified`.
        digest: of the contents, without the stamps that change with every download.
    """

    etag: str = ""
    modified: str = ""
    digest: str = ""

    @classmethod
    def read(cls, cursor: str) -> "Version":
        """From a cursor; what is none knows nothing."""
        try:
            etag, modified, digest = json.loads(cursor)
        except (ValueError, TypeError):
            return cls()
        return cls(str(etag), str(modified), str(digest))

    def cursor(self) -> str:
        """For `Changes.cursor`."""
        return json.dumps([self.etag, self.modified, self.digest])

    def condition(self) -> dict[str, str]:
        """The headers that ask for news alone; an ETag says more than a second (RFC 9110 section 13.1.3)."""
        if self.etag:
            return {"if-none-match": self.etag}
        return {"if-modified-since": self.modified} if self.modified else {}


def digest(body: bytes) -> str:
    """Of a feed's contents; many servers write the time of the download into every event."""
    return hashlib.sha256(_STAMPS.sub(b"", body)).hexdigest()


def is_calendar(body: bytes) -> bool:
    """Whether it begins as one, rather than as a web page."""
    return _BEGINS.match(body[:200]) is not None


def address(typed: str) -> str:
    """The address to call; `webcal` stands for https.

    Raises:
        ValueError: it is no web address.
    """
    text = typed.strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        text = f"https://{text}"
    elif scheme.lower() in {"webcal", "webcals"}:
        text = f"https://{rest}"
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or "." not in (parts.hostname or "") or " " in text:
        raise ValueError("not a web address")
    return text
