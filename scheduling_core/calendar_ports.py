"""What the bot needs of people's calendars, as Protocols; `adapters/calendar/` holds the providers.

All instants are aware UTC, all intervals half-open. Methods are coroutines; a port never retries a request
that changes something unless the repeat is harmless by itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from scheduling_core.availability import FreeBusy
from scheduling_core.chat_ports import Request, Response
from scheduling_core.ics import CalendarEntry
from scheduling_core.intervals import Interval, subtract


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar of an account, as its provider tells of it.

    Attributes:
        id: the provider's own; never shown.
        name: shown to its owner alone.
        is_primary: what the provider takes for the main one.
        can_write: an event can be put into it with what the owner has granted.
    """

    id: str
    name: str
    is_primary: bool = False
    can_write: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A calendar that counts against its owner's time, and how.

    Attributes:
        calendar: its id.
        all_day: an all-day event takes the owner's whole local day; otherwise it takes nothing.
        tentative: tentative and unanswered events take time.
        ours: our own events by iCalendar UID, with the time that was agreed. The bot counts that itself, so
            it is left out; what else they take counts, for their owner may have made them longer, or repeat
            them. A provider that tells no UIDs leaves out exactly this time.
    """

    calendar: str
    all_day: bool = True
    tentative: bool = True
    ours: Mapping[str, Interval] = field(default_factory=dict, hash=False)

    def left_of(self, span: Interval, *uids: str) -> tuple[Interval, ...]:
        """What an event with these UIDs takes of its time: of one of ours, all but what was agreed."""
        agreed = [self.ours[uid] for uid in uids if uid in self.ours]
        return subtract((span,), agreed) if agreed else (span,)


class Account(Protocol):
    """One linked account and its secret: what the provider's adapter made of a sign-in, as text.

    Attributes:
        id: ours.
    """

    @property
    def id(self) -> str: ...

    async def secret(self) -> str:
        """The secret as it is now."""
        ...

    def renewing(self) -> AbstractAsyncContextManager["Renewal"]:
        """The account's lock. Another may have renewed the secret meanwhile: look at it before asking."""
        ...


class Renewal(Protocol):
    """The secret under the account's lock.

    Attributes:
        secret: as it is now.
    """

    @property
    def secret(self) -> str: ...

    async def replace(self, secret: str) -> None:
        """Keep the new one, before it is used; where a newer sign-in was kept meanwhile, that one stays."""
        ...


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a finished sign-in gives.

    Attributes:
        name: how its owner knows it, such as an address; shown to the owner alone.
        secret: for `Account.secret`.
        identity: the same for every sign-in to the same account of the provider; never shown.
    """

    name: str
    identity: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun.

    Attributes:
        url: where the person gives consent.
        state: comes back with the person; unguessable, to be taken once.
        secret: what `SignIn.finish` needs, such as the PKCE verifier; stays on the server.
    """

    url: str
    state: str
    secret: str = field(repr=False)


@runtime_checkable
class SignIn(Protocol):
    """Linking by the provider's own consent page (RFC 6749 section 4.1, RFC 7636)."""

    async def begin(self, redirect_uri: str, *, writing: bool) -> Begun:
        """Make the address of the consent page.

        Args:
            writing: also ask for the right to write events.

        Raises:
            Unavailable: the provider does not answer.
        """
        ...

    async def finish(self, secret: str, redirect_uri: str, query: Mapping[str, str]) -> NewAccount:
        """Turn what came back into an account.

        Args:
            secret: of `Begun`.
            query: the parameters the person came back with.

        Raises:
            Refused: consent was refused, or something needed was left unticked; the text says what to do.
            Rejected, Unavailable: the provider's no, or silence.
        """
        ...


@dataclass(frozen=True, slots=True)
class FormField:
    """What a person types, or chooses, on our page to link an account."""

    id: str
    label: str
    kind: Literal["text", "password", "url", "file"] = "text"
    hint: str = ""
    is_required: bool = True


@runtime_checkable
class Form(Protocol):
    """Linking by a form on our page; what is typed never passes through a room."""

    @property
    def fields(self) -> Sequence[FormField]: ...

    async def finish(self, values: Mapping[str, str]) -> NewAccount:
        """Try what was typed, and make an account of it.

        Raises:
            Refused: it does not work; the text says what to change.
            Unavailable: the server does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of a calendar since a cursor was made.

    Attributes:
        cursor: for the next question; "" where the provider cannot tell and every question reads anew.
        has_changed: whether its events may have changed.
    """

    cursor: str
    has_changed: bool


@dataclass(frozen=True, slots=True)
class EventCopy:
    """A participant's own copy of a meeting, to be written into a calendar of theirs.

    Nobody else stands in it, and the provider is never asked to notify anybody.

    Attributes:
        key: ours, stable for this participant and meeting: providers make the event's id of it, so that a
            repeat finds what it made.
        entry: the event in UTC; `attendee` is None.
        wants_video: ask the provider for its own video link, where the account allows it.
    """

    key: str
    entry: CalendarEntry
    wants_video: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """An event of ours in a calendar.

    Attributes:
        event: the provider's id or address of it.
        version: its ETag or change key.
        uid: its iCalendar UID there.
        video: the provider's link, "" for none.
        video_pending: the link is still being made; `look` tells it later.
    """

    event: str
    version: str
    uid: str
    video: str = field(default="", repr=False)
    video_pending: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """An event of ours as its calendar now has it; `span` None when it was declined or cancelled there."""

    written: Written
    span: Interval | None


@dataclass(frozen=True, slots=True)
class Watch:
    """A channel by which the provider tells of changes.

    Attributes:
        id: of the channel.
        resource: what the provider needs besides to end it.
        expires: when it ends unless renewed.
    """

    id: str
    resource: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a provider told.

    Attributes:
        channel: `Watch.id`.
        secret: what came with it, to be compared with the channel's in constant time.
        kind: `changed`; `renew`: must be renewed now; `lost`: the channel is gone, and what it would
            have told.
    """

    channel: str
    secret: str = field(repr=False)
    kind: Literal["changed", "renew", "lost"] = "changed"


@dataclass(frozen=True, slots=True)
class Notice:
    """What to answer a notification with, and what it says: a hint to read, never to be trusted."""

    response: Response
    heard: tuple[Heard, ...] = ()


class Push(Protocol):
    """How a provider tells of changes; not every one does."""

    async def watch(self, account: Account, calendar: str, channel: str, address: str, secret: str) -> Watch:
        """Ask to be told at *address* of changes.

        Args:
            channel: an id for it, unguessable; the provider may choose another.

        Raises: as `CalendarProvider.write`.
        """
        ...

    async def renew(self, account: Account, calendar: str, watch: Watch, address: str, secret: str) -> Watch:
        """The same channel for longer, or a new one in its place. Raises: as `watch`."""
        ...

    async def end(self, account: Account, watch: Watch) -> None:
        """Be told no more; a channel that is gone already is fine."""
        ...

    def notice(self, request: Request) -> Notice:
        """Read a notification; pure."""
        ...


class CalendarProvider(Protocol):
    """A kind of calendar.

    Attributes:
        name: of the adapter's folder, such as `google`.
        title: on buttons.
        way_in: how accounts are linked.
        push: None where changes are only found by asking.
        can_write: events can be written at all.
        video_title: what the video links it makes are called, such as `Google Meet`; "" where it makes none.
        left_to_do: what an owner who unlinked has to do themselves to end the access, as sentences; "" where
            `revoke` ends it.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def way_in(self) -> SignIn | Form: ...
    @property
    def push(self) -> Push | None: ...
    @property
    def can_write(self) -> bool: ...
    @property
    def video_title(self) -> str: ...
    @property
    def left_to_do(self) -> str: ...

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """Every calendar of the account, the primary one first.

        Raises:
            ReconnectNeeded: the credentials no longer work.
            Rejected, Unavailable: the provider's no, or silence.
        """
        ...

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """What each calendar has against the owner's time, by calendar id; only start and end ever leave it.

        Never raises for what a provider does or does not say: `Unreadable` is a value, because silence must
        not be mistaken for free time.

        Args:
            window: of any length; what only reaches into it counts.
            zone: the owner's, for all-day and floating events.
            within: seconds. A calendar that has not answered by then is `Unreadable`; what the others said
                is returned all the same.
        """
        ...

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """Whether a calendar changed since *cursor*; "" begins.

        Raises: as `calendars`.
        """
        ...

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """Create the event, or bring it up to this state; repeating it is harmless.

        Args:
            before: what the last write returned, None when none did.

        Raises:
            Conflict: somebody changed it since *before*: `look`, then decide.
            ReconnectNeeded: the credentials, or what was granted, do not suffice.
            Gone: the calendar is not there any more.
            Rejected: a final no.
            Unavailable: try again with the same arguments.
        """
        ...

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """Take the event away, whatever has become of it; one that is gone already is fine.

        Returns:
            Whether it was there; False as well where nobody can tell. Then it may be in another calendar.

        Raises: as `write`, never Conflict.
        """
        ...

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """The event as it now is; None when it is gone, or is not in this calendar. Raises: as `calendars`.

        Args:
            calendar: another one of the account than it was written into finds it if it was moved there.
        """
        ...

    async def revoke(self, account: Account) -> None:
        """Give back what was granted, where the provider knows that; a dead grant is fine."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
