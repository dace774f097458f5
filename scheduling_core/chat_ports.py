"""What a message room needs of the bot and the bot of it, as Protocols; `adapters/chat/` holds the platforms.

Methods are coroutines; a port never retries by itself unless it says so.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.intervals import Interval
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as a platform needs it: the body exactly as it came, header names lower case.

    Attributes:
        match: the named parts of the route's path.
        query: the first value of each parameter.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    match: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back over HTTP."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """An address a platform answers; `{name}` in the path is handed over in `Request.match`."""

    method: str
    path: str
    handle: Callable[[Request], Awaitable[Response]]
    max_body_bytes: int = 65536
    """The server answers 413 by itself, in the platform's error form, above this."""


class Inbox(Protocol):
    """Where a platform hands its deliveries over."""

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """Record the delivery, act on it, and return what the actor alone sees.

        None when it is accepted but not answered in time: the answer then comes by `ChatPlatform.show`.

        Args:
            within_seconds: how long the platform's request can wait for the answer; 0 where it cannot carry
                one: then the answer of a new delivery always comes by `show`, and that of a repeat came.

        Raises:
            Conflict: the same id came before with another content.
            RateLimited: this person or workspace sends too much; nothing was recorded.
        """
        ...

    async def message(self, message_id: str) -> Message | None:
        """A message of ours as it now is, for what a platform asks for later: the rest of a long list."""
        ...

    async def message_shown_as(self, workspace: WorkspaceRef, shown_as: str) -> str | None:
        """Our id of the message that the platform shows under this id of its own."""
        ...

    async def answered(self, reader: PersonRef, shown_in: str, words: str) -> Message | None:
        """The message that words typed where nobody else reads them answer, of whichever room it is.

        Args:
            shown_in: how the platform's own ids of the messages there begin; the latest has the highest.
        """
        ...

    async def leave(self, workspace: WorkspaceRef) -> None:
        """The workspace took the bot away: send nothing there, and forget it after the configured time."""
        ...


class ChatPlatform(Protocol):
    """A kind of messaging room.

    Attributes:
        knows_repeats: showing a new message twice is harmless by itself, because it carries our id.
            Otherwise an attempt is noted before it is made, and `show` is told of it.
    """

    name: str
    knows_repeats: bool

    def routes(self) -> Sequence[Route]:
        """The addresses it answers on the one web server."""
        ...

    async def start(self) -> None:
        """Begin to listen where the platform is not asked over HTTP; returns when it listens."""
        ...

    def is_listening(self) -> bool:
        """False while nothing that happens there can reach us."""
        ...

    async def show(self, message: Message, shown_as: str | None, path: str = "") -> str | None:
        """Create the message in its room, bring it up to this revision, or take it away (no card).

        Args:
            shown_as: what an earlier call returned for this message, None the first time, "" when an earlier
                call may have shown it without returning: then look before showing it again.
            path: of the delivery that a private message answers, or that brought a new message for everybody
                about; see `Delivery.path`. It may have ended.

        Returns:
            The platform's own id of the message, to be handed in next time.

        Raises:
            Unavailable: try again later with the same message; a repeat must be harmless.
            Rejected: never possible for this message (the room is gone, say).
            Gone: this workspace wants nothing more.
        """
        ...

    async def stop(self) -> None:
        """Listen no more; what was taken is handed over first."""
        ...

    async def close(self) -> None:
        """Close all connections; nothing is shown any more."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """A booking as everybody in a workspace may read it.

    Attributes:
        key: names the booking and never changes; not to be shown.
        title: never empty.
        span: half-open, aware UTC.
        where: the address of our join page, or "".
    """

    key: str
    title: str
    span: Interval
    where: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What a platform made of a notice.

    Attributes:
        posted_as: its own id of it.
        url: where people find it.
    """

    posted_as: str
    url: str


@runtime_checkable
class EventBoard(Protocol):
    """A platform that keeps, for each workspace, a list of what is coming up, which everybody there can read.

    It decides by itself which rooms are so public that their meetings may stand there.
    """

    async def post(self, room: RoomRef, notice: Notice, posted_as: str) -> Posted | None:
        """Bring one booking of this room to the list, or up to date there.

        Args:
            posted_as: as an earlier call returned it; "" where none did: one may have posted it all the same,
                so it is looked for first.

        Returns:
            None where it does not stand there: nobody lets us, not everybody may read it, it has begun, or
            somebody of the workspace removed it.

        Raises:
            Unavailable: try again later; a repeat makes no second one.
            Gone: the bot is no longer in this workspace.
        """
        ...

    async def take_down(self, room: RoomRef, key: str, posted_as: str) -> None:
        """Remove it from the list, where it stands there; arguments and errors as of `post`."""
        ...
