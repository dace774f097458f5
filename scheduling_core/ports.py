"""What the bot needs from the outside, as Protocols; `adapters/` holds the implementations.

All instants are aware UTC. Methods are coroutines; a port never retries by itself unless it says so.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from scheduling_core.deliveries import Answer, Delivery, Message
from scheduling_core.intervals import Interval
from scheduling_core.linked_calendars import CalendarReading, CalendarWriting
from scheduling_core.mail import OutgoingMail
from scheduling_core.meeting import Draft, Hold, Meeting, Wish
from scheduling_core.people import Person
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef


@dataclass(frozen=True, slots=True)
class Job:
    """Durable work, enqueued in the transaction that makes it necessary.

    Attributes:
        id: deterministic; enqueueing the same id again does nothing (also after the job has run).
        kind: names the function that does it.
        args: everything it needs, by name; ids, not contents.
        lane: jobs of one lane run one after the other in the order they were enqueued; None runs freely.
        due: not before this instant; None is at once.
    """

    id: str
    kind: str
    args: Mapping[str, str] = field(default_factory=dict)
    lane: str | None = None
    due: datetime | None = None


JobFunction = Callable[[Mapping[str, str]], Awaitable[None]]
"""Does one kind of job. At least once: every effect has its own idempotency. Raising `Unavailable` asks for
another try with back-off (until the engine's deadline), `StoreLost` for another when the database is back;
any other exception ends the job and is logged."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Jobs whose time has come and that are not done; *late* ones have waited for more than a minute."""

    due: int
    late: int


class JobEngine(Protocol):
    """Runs jobs of the kinds it is given until closed; survives `kill -9` of any process."""

    async def start(self, functions: Mapping[str, JobFunction], lasting: Collection[str] = ()) -> None:
        """Begin to work; also takes over the jobs of processes that died.

        Args:
            lasting: kinds that put right themselves what they did beside another process. Of other kinds
                what is in hand is cut off when it turns out that another process took it over.
        """
        ...

    def make_sure(self) -> None:
        """Right before the running job has an effect outside: it is still this process's to do.

        Raises:
            StoreLost: this process could not show for so long that it lives that others may do its jobs.
            CancelledError: another one does this job.
        """
        ...

    async def backlog(self, now: datetime) -> Backlog:
        """How much work waits."""
        ...

    async def close(self) -> None:
        """Finish what is in hand (bounded), start nothing new."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A new delivery, recorded: who acted where, as we now know them.

    Attributes:
        actor: the person, with the profile of this delivery merged in.
        is_member: False when the room's whole list is known and the actor is not on it, or when the
            platform says so (`RoomView.admits_actor`).
        members: everybody known to be in the room, by person id.
    """

    actor: Person
    is_member: bool
    members: Mapping[str, Person]


@dataclass(frozen=True, slots=True)
class Repeat:
    """This delivery came before. *answer* is None while the first is still being worked on."""

    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The id came before with another content."""


Acceptance = Known | Repeat | Mismatch


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of ours and how far the platform has it.

    Attributes:
        revision_shown: the highest revision the platform accepted; 0 is none.
        shown_as: the platform's own id of the message; "" when an attempt to show it may have succeeded
            without our learning it; None before the first.
        path: of the delivery that a private message answers; see `Delivery.path`.
    """

    message: Message
    revision_shown: int
    shown_as: str | None
    path: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail and what became of it.

    Attributes:
        outcome: "" while waiting, "sent", or the refusal in the server's words.
    """

    id: str
    meeting: str
    person: str
    mail: OutgoingMail
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What an operator watches.

    Attributes:
        meetings: how many are in each phase.
        mails: how many are `waiting`, `sent`, `refused`.
        deliveries_pending: recorded and not answered yet.
        calendars_unreadable: linked accounts that gave no answer when last asked.
    """

    meetings: Mapping[str, int]
    mails: Mapping[str, int]
    deliveries_pending: int
    calendars_unreadable: int


class Reading(CalendarReading, Protocol):
    """A consistent view of what is stored."""

    async def counts(self) -> Counts: ...

    async def person(self, person_id: str) -> Person | None: ...

    async def people(self, person_ids: Sequence[str]) -> dict[str, Person]:
        """Those that exist, by id."""
        ...

    async def members(self, room: RoomRef) -> dict[str, Person]:
        """Everybody known to be in the room (threads share their room's members), by id."""
        ...

    async def meeting(self, meeting_id: str) -> Meeting | None: ...

    async def meeting_of_card(self, message_id: str) -> Meeting | None:
        """The meeting that this message is the card of."""
        ...

    async def open_invitations(self, people: Sequence[str]) -> list[Meeting]:
        """Meetings in phase `inviting` whose host or named guest is one of *people*."""
        ...

    async def agenda(self, person_id: str, since: datetime) -> list[Meeting]:
        """The person's open invitations and confirmed meetings that end after *since*, any room, by start."""
        ...

    async def taken(self, people: Sequence[str], window: Interval, now: datetime) -> dict[str, list["Claim"]]:
        """Time of each person taken by bookings and by holds alive at *now*, overlapping *window*."""
        ...

    async def draft(self, host: str, room: RoomRef) -> Draft | None:
        """The pending step of this person in this room."""
        ...

    async def draft_by_id(self, draft_id: str) -> Draft | None: ...

    async def hold(self, hold_id: str) -> Hold | None: ...

    async def holds(self, guest: str, room: RoomRef, now: datetime) -> list[Hold]:
        """Holds of this guest in this room alive at *now*, newest first."""
        ...

    async def meeting_holds(self, meeting_id: str) -> list[Hold]:
        """Every hold on a start of this meeting, expired or not."""
        ...

    async def wish(self, wish_id: str) -> Wish | None: ...

    async def meeting_wishes(self, meeting_id: str) -> list[Wish]:
        """Every wish that waits for the word of this meeting's host."""
        ...

    async def open_wishes(self, host: str) -> list[Wish]:
        """Every wish that waits for the word of this person about an open invitation of theirs."""
        ...

    async def message(self, message_id: str) -> Shown | None: ...

    async def message_shown_as(self, workspace: WorkspaceRef, shown_as: str) -> str | None:
        """Our id of the message the platform shows under this id of its own."""
        ...

    async def recent_messages(self, room: RoomRef, reader: PersonRef, limit: int) -> list[Message]:
        """What *reader* can see in the room (public and private to them), the newest first.

        A message is as new as when it was saved first, or last as the newest, or posted anew after it was
        gone; being changed where it stands makes it no newer. Nothing that was taken away.
        """
        ...

    async def shown_privately(self, reader: PersonRef, shown_in: str, limit: int) -> list[Message]:
        """What only *reader* sees, of any room, under an id of the platform that begins with *shown_in*.

        Nothing that was taken away; the highest id, of those of one length, first.
        """
        ...

    async def unshown(self, workspace: WorkspaceRef) -> list[Message]:
        """What the platform does not have at its present revision, room by room, the newest last."""
        ...

    async def messages_about(self, meeting_id: str) -> list[Message]:
        """The private messages saved as about this meeting that have not been taken away, in every room."""
        ...

    async def mail(self, mail_id: str) -> QueuedMail | None: ...

    async def is_stopped(self, workspace: WorkspaceRef) -> bool:
        """Whether the workspace said it wants nothing more; a new delivery from it takes that back."""
        ...

    async def record(self, kind: str, key: str) -> str | None:
        """What `Transaction.save_record` was given, unless it was forgotten since."""
        ...

    async def records(self, kind: str) -> dict[str, str]:
        """Every record of this kind, by key."""
        ...

    async def known(self, delivery: Delivery) -> Known:
        """Who acted where, for a delivery that was recorded before."""
        ...

    async def pending_deliveries(self, before: datetime) -> list[Delivery]:
        """Received before that instant and not finished: what a process that died left behind."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Time of a person that is taken.

    Attributes:
        holder: the meeting or the hold it belongs to.
        is_hold: it is only reserved, and given back when its time to confirm is over.
    """

    holder: str
    span: Interval
    is_hold: bool = False


class Transaction(Reading, CalendarWriting, Protocol):
    """Changes that happen together or not at all, jobs included."""

    async def lock(self, people: Sequence[str]) -> None:
        """Nobody else changes these people's time until the end (taken in sorted order: no deadlock)."""
        ...

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """Record a delivery and everything it tells about people and the room, once.

        Args:
            catch_up: enqueued when the workspace wanted nothing more until now, or the room has missed
                something (`note_missed`), which is then forgotten.
        """
        ...

    async def finish(self, delivery: Delivery, answer: Answer) -> None:
        """The delivery is done; a repeat gets *answer*.

        Raises:
            DoneElsewhere: another process was faster: this transaction must not count. At the latest when it
                is to be kept.
        """
        ...

    async def save_person(self, person: Person) -> None: ...

    async def save_meeting(self, meeting: Meeting) -> None:
        """Insert, or replace when its revision is higher than the stored one.

        Raises:
            Conflict: the stored revision is not lower (somebody was faster). At the latest when the
                transaction is to be kept.
        """
        ...

    async def save_draft(self, draft: Draft) -> None:
        """Insert or replace; one per host and room."""
        ...

    async def drop_draft(self, host: str, room: RoomRef) -> None:
        """This person has no pending step in this room any more."""
        ...

    async def save_hold(self, hold: Hold) -> None: ...

    async def drop_hold(self, hold_id: str) -> None: ...

    async def save_wish(self, wish: Wish) -> None: ...

    async def drop_wish(self, wish_id: str) -> None: ...

    async def claim(
        self,
        holder: str,
        people: Sequence[str],
        span: Interval,
        *,
        now: datetime,
        until: datetime | None = None,
    ) -> bool:
        """Take the same time of several people for *holder*, replacing what *holder* had before.

        The database itself forbids two overlapping claims of a person; holds whose *until* has passed
        give way. False when somebody's time is taken: then nothing has changed.
        """
        ...

    async def release(self, holder: str) -> None:
        """Give back all that *holder* had."""
        ...

    async def save_message(
        self,
        message: Message,
        *,
        revision_shown: int = 0,
        about: str | None = None,
        path: str | None = None,
        is_newest: bool = False,
    ) -> None:
        """Insert or replace by id.

        Args:
            revision_shown: marks what an answer already carries.
            about: id of the meeting whose state a private message tells; see `Reading.messages_about`.
            path: see `Delivery.path`; None keeps the one of an earlier revision.
            is_newest: its reader asked for this revision and looks at it, so that it counts as the newest of
                its room. A message that is new, or was taken away before, does anyway.
        """
        ...

    async def mark_shown(self, message_id: str, revision: int, shown_as: str | None) -> None:
        """The platform has it at this revision; the path of a message that was taken away is forgotten.

        Another *shown_as* than before is a message posted anew: from now on it is the newest of its room.
        """
        ...

    async def save_mail(self, mail: QueuedMail) -> None: ...

    async def mark_mail(self, mail_id: str, outcome: str) -> None:
        """Record what became of it and forget the content."""
        ...

    async def note_missed(self, room: RoomRef, until: datetime) -> None:
        """Something is not shown in this room, whatever the thread; see `accept`. Forgotten after *until*."""
        ...

    async def stop_workspace(self, workspace: WorkspaceRef) -> None:
        """Send nothing there until it speaks to us again."""
        ...

    async def save_record(self, kind: str, key: str, content: str, until: datetime | None = None) -> None:
        """Keep, or replace, something of an adapter's own: an installation, the state of a sign-in, a token.

        Args:
            kind: whose it is and what, such as `slack.installation`.
            key: not secret. What belongs to a person or a workspace is kept under `Person.id` or
                `str(WorkspaceRef)`, and forgotten with them.
            content: any text; stored sealed.
            until: when it is worth nothing any more; None is never.
        """
        ...

    async def take_record(self, kind: str, key: str, now: datetime) -> str | None:
        """Read and delete, for what may be used once: of several at once, one gets it.

        None when it is not there, or *now* is not before its *until*.
        """
        ...

    async def replace_record(self, kind: str, key: str, was: str | None, content: str) -> bool:
        """Keep *content* if what is kept is *was* (None: nothing); of several at once, one gets True.

        False when something else is kept: then nothing has changed.
        """
        ...

    async def drop_record(self, kind: str, key: str) -> None: ...

    async def forget(self, before: datetime) -> int:
        """Delete what was over before that instant; returns how many rows are gone.

        Over are: answered deliveries, holds, meetings that are neither open nor to come (with their
        wishes and mails that have an outcome), claims on past time, messages last changed before it
        that are no meeting's card, drafts last saved before it, and records whose *until* has passed.
        People and their rules stay.
        """
        ...

    async def forget_workspace(self, workspace: WorkspaceRef) -> int:
        """Delete everything of a stopped workspace; returns how many rows.

        Its people go with it, their rules and calendars too, but for those who are in a room or a meeting of
        another workspace: they stay as they are.
        0, and nothing has changed, when it is not stopped: it has spoken to us again.
        """
        ...

    async def enqueue(self, job: Job) -> None: ...


class Store(Protocol):
    """The database. The same contract holds on SQLite and on PostgreSQL.

    Whatever asks it raises `StoreLost` while it does not answer.
    """

    def read(self) -> AbstractAsyncContextManager[Reading]: ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Commits at the end, rolls back when the block raises."""
        ...

    async def accept(self, delivery: Delivery, catch_up: Job | None = None) -> Acceptance:
        """`Transaction.accept` in a transaction of its own."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
