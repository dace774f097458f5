"""What goes wrong on the way to Google and back, switched on per method.

Calls are named as in the discovery document (`events.insert`), besides `token` and `revoke`; `*` is every
one of them, `calendars` every call of the calendar API, `writes` every call that changes an event.
"""

from dataclasses import dataclass
from typing import Final

from tests.adapters import faults
from tests.adapters.faults import EVERYWHERE as EVERYWHERE
from tests.adapters.faults import Cut as Cut
from tests.adapters.faults import Slow as Slow

WRITES: Final = "writes"
CALENDARS: Final = "calendars"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Google's own error form; *is_processed* says whether the call was carried out."""

    status: int
    reason: str = "backendError"
    retry_after: str = ""
    is_processed: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is none of Google's; the call is not carried out."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class CalendarError:
    """freeBusy: the named calendars (all, where none is) have an error instead of an answer."""

    reason: str = "internalError"
    calendars: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """freeBusy: the named calendars do not stand in the answer."""

    calendars: frozenset[str]


@dataclass(frozen=True, slots=True)
class TokenError:
    """The token endpoint's refusal (RFC 6749 section 5.2)."""

    error: str = "invalid_grant"


Fault = Refusal | Body | Cut | Slow | CalendarError | LeftOut | TokenError

GARBAGE: Final = Body(b'{"kind": "calendar#ev\xff\x00')
HTML: Final = Body(b"<!doctype html><title>Sign in</title><p>Sorry", "text/html")


class Faults(faults.Faults[Fault]):
    """Which call meets which fault."""
