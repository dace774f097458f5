"""The tables, seen by nobody outside this folder.

Columns marked `sealed` hold text of `Vault.seal`. A room is named by three columns (platform, workspace,
room) wherever it is looked up; its thread only says where messages go. What the constraints of a column
cannot say — that nobody's claims overlap — is written by hand in the first migration.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, Text, UniqueConstraint, func, text
from sqlmodel import JSON, Field, SQLModel

SEALED = {"sealed": True}
OVERLAP = "claims overlap"
"""What SQLite's trigger says when somebody's time is taken."""


class _Row(SQLModel):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def _sealed(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable, info=SEALED))


def _json() -> Any:
    return Field(sa_type=JSON(none_as_null=True))


class PersonRow(_Row, table=True):
    """Somebody met; `account` is the platform's id, which means them everywhere in `realm`."""

    __tablename__ = "persons"
    # The account first: PostgreSQL, before it has counted the rows, takes everybody of a realm for one.
    __table_args__ = (UniqueConstraint("account", "realm", "platform", name="uq_persons_account"),)

    id: str = Field(primary_key=True)
    platform: str
    realm: str
    account: str
    name: str
    zone: str | None
    locale: str | None
    email: str | None = _sealed(nullable=True)
    rules: str | None
    join_template: str | None = _sealed(nullable=True)
    line: str
    linked: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class RoomRow(_Row, table=True):
    """A room whose whole list of members is known; other rooms have no row."""

    __tablename__ = "rooms"

    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    room: str = Field(primary_key=True)


class StoppedRow(_Row, table=True):
    """A workspace that wants nothing more."""

    __tablename__ = "stopped"

    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)


class MembershipRow(_Row, table=True):
    """Somebody known to be in a room."""

    __tablename__ = "memberships"

    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    room: str = Field(primary_key=True)
    person: str = Field(primary_key=True, foreign_key="persons.id")


class DeliveryRow(_Row, table=True):
    """A delivery; its payload is forgotten when it has an answer."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_pending",
            "received_at",
            sqlite_where=text("answer IS NULL"),
            postgresql_where=text("answer IS NULL"),
        ),
    )

    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    delivery: str = Field(primary_key=True)
    digest: str
    received_at: datetime
    payload: str | None = _sealed(nullable=True)
    answer: str | None = _sealed(nullable=True)


class MeetingRow(_Row, table=True):
    """A meeting; `ends` is the end of its booking."""

    __tablename__ = "meetings"

    id: str = Field(primary_key=True)
    platform: str
    workspace: str
    room: str
    thread: str | None
    message: str
    host: str
    guests: list[str] = _json()
    anyone: bool
    length_seconds: int
    title: str
    days: list[str] = _json()
    offers: list[list[Any]] = _json()
    expires_at: datetime
    secret: str = _sealed()
    phase: str
    starts: datetime | None
    ends: datetime | None
    sequence: int
    round: int
    revision: int
    undo: list[str] | None = _json()


class ParticipantRow(_Row, table=True):
    """Host and guests of the meetings that are open or booked; a closed meeting has none here."""

    __tablename__ = "participants"
    __table_args__ = (Index("ix_participants_person", "person"),)

    meeting: str = Field(primary_key=True, foreign_key="meetings.id")
    person: str = Field(primary_key=True)


class ClaimRow(_Row, table=True):
    """Time of a person that is taken; `until` is when a hold gives way, NULL for a booking."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("starts < ends", name="span"),
        Index("ix_claims_person_ends", "person", "ends"),
    )

    holder: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    starts: datetime
    ends: datetime
    until: datetime | None


class DraftRow(_Row, table=True):
    """An invitation that is not sent yet; one per host and room. Each saving makes a new row."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("host", "platform", "workspace", "room", name="uq_drafts_host_room"),)

    id: str = Field(primary_key=True)
    host: str
    platform: str
    workspace: str
    room: str
    thread: str | None
    guests: list[str] = _json()
    length_seconds: int | None
    title: str
    days: list[str] = _json()
    changed_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class HoldRow(_Row, table=True):
    """A slot reserved for one guest; `position` counts the holds of a guest, the newest is highest."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_guest", "guest", "position"),
        Index("ix_holds_meeting", "meeting"),
    )

    id: str = Field(primary_key=True)
    meeting: str
    guest: str
    starts: datetime
    expires_at: datetime
    message: str
    platform: str
    workspace: str
    room: str
    thread: str | None
    position: int


class WishRow(_Row, table=True):
    """Times asked for outside the host's rules."""

    __tablename__ = "wishes"
    __table_args__ = (Index("ix_wishes_meeting", "meeting"),)

    id: str = Field(primary_key=True)
    meeting: str
    guest: str
    starts: list[str] = _json()
    note: str
    message: str


class MessageRow(_Row, table=True):
    """A message of ours; `position` is its place in its room, where the newest is highest.

    Being changed in place does not raise it; see `Transaction.save_message`.

    `audience` is the platform's id of its one reader, in `audience_realm`; both are NULL for the whole room.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_room", "platform", "workspace", "room", "position"),
        Index("ix_messages_about", "about"),
        Index("ix_messages_shown_as", "shown_as"),
    )

    id: str = Field(primary_key=True)
    platform: str
    workspace: str
    room: str
    thread: str | None
    audience: str | None
    audience_realm: str | None
    revision: int
    card: str | None = _sealed(nullable=True)
    revision_shown: int
    shown_as: str | None
    path: str | None = _sealed(nullable=True)
    about: str | None
    position: int
    changed_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class MailRow(_Row, table=True):
    """A mail and what became of it; `content` keeps only the envelope once there is an outcome."""

    __tablename__ = "mails"

    id: str = Field(primary_key=True)
    meeting: str
    person: str
    content: str = _sealed()
    outcome: str


class RecordRow(_Row, table=True):
    """What an adapter keeps; `until` is when it is worth nothing any more, NULL for never."""

    __tablename__ = "records"

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    content: str = _sealed()
    until: datetime | None


class CalendarAccountRow(_Row, table=True):
    """An account somebody linked; `look_at` is when its calendars are to be asked next.

    `is_told`: since it was last taken to be asked there was a reason to ask it no later than `look_at`.
    """

    __tablename__ = "calendar_accounts"
    __table_args__ = (
        Index("ix_calendar_accounts_person", "person"),
        Index("ix_calendar_accounts_look_at", "look_at"),
        Index("ix_calendar_accounts_grant_mark", "grant_mark"),
    )

    id: str = Field(primary_key=True)
    person: str
    content: str = _sealed()
    secret: str = _sealed()
    counts: bool
    is_broken: bool
    is_followed: bool = Field(sa_column_kwargs={"server_default": text("true")})
    is_told: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    look_at: datetime
    linked_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    grant_mark: str = Field(default="", sa_column_kwargs={"server_default": ""})


class CalendarTimesRow(_Row, table=True):
    """What was last read of an account."""

    __tablename__ = "calendar_times"

    account: str = Field(primary_key=True)
    read_at: datetime
    window_start: datetime
    window_end: datetime
    content: str = _sealed()
    asked: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class CalendarFeedRow(_Row, table=True):
    """What follows a calendar; `channel` is a watch and its secret, `tend_at` when it is to be seen to.

    The id of a calendar often is its owner's address, so it is no key: *place* counts within an account.
    """

    __tablename__ = "calendar_feeds"

    account: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    calendar: str = _sealed()
    cursor: str | None = _sealed(nullable=True)
    channel: str | None = _sealed(nullable=True)
    tend_at: datetime | None


class EventCopyRow(_Row, table=True):
    """A participant's copy of a meeting in a calendar of theirs."""

    __tablename__ = "event_copies"
    __table_args__ = (Index("ix_event_copies_account", "account", "ends"),)

    meeting: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    account: str
    calendar: str = _sealed()
    sequence: int
    starts: datetime
    ends: datetime
    written: str | None = _sealed(nullable=True)


METADATA = _Row.metadata


def _table(row: type[SQLModel]) -> Table:
    return METADATA.tables[str(row.__tablename__)]


persons = _table(PersonRow)
rooms = _table(RoomRow)
stopped = _table(StoppedRow)
memberships = _table(MembershipRow)
deliveries = _table(DeliveryRow)
meetings = _table(MeetingRow)
participants = _table(ParticipantRow)
claims = _table(ClaimRow)
drafts = _table(DraftRow)
holds = _table(HoldRow)
wishes = _table(WishRow)
messages = _table(MessageRow)
mails = _table(MailRow)
records = _table(RecordRow)
calendar_accounts = _table(CalendarAccountRow)
calendar_times = _table(CalendarTimesRow)
calendar_feeds = _table(CalendarFeedRow)
event_copies = _table(EventCopyRow)
