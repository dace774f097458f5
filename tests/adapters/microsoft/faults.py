"""What goes wrong on the way to Microsoft and back, switched on per method.

Calls are named after what they do (`events.create`), besides `token` and `discovery`; `*` is every one of
them, `graph` every call of Graph, `writes` every call that changes an event.
"""

from dataclasses import dataclass
from typing import Final

from tests.adapters import faults
from tests.adapters.faults import Cut as Cut
from tests.adapters.faults import Slow as Slow

WRITES: Final = "writes"
GRAPH: Final = "graph"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Graph's own error form; *is_processed* says whether the call was carried out."""

    status: int
    code: str = "UnknownError"
    retry_after: str = ""
    is_processed: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is none of Microsoft's; the call is not carried out."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """The right answer with some of its fields replaced."""

    fields: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class TokenError:
    """The token endpoint's refusal (RFC 6749 section 5.2), as long as they really are."""

    error: str = "invalid_grant"
    number: int = 50173


Fault = Refusal | Body | Changed | Cut | Slow | TokenError

GARBAGE: Final = Body(b'{"@odata.context": "https://gr\xff\x00')
HTML: Final = Body(b"<!doctype html><title>Sign in</title><p>Sorry", "text/html")


class Faults(faults.Faults[Fault]):
    """Which call meets which fault."""
