"""Values the Store contract works with, and what it is held against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from scheduling_core.actions import Action
from scheduling_core.availability import OFFICE_HOURS, Availability
from scheduling_core.cards import Button, Buttons, Card, line
from scheduling_core.deliveries import (
    Act,
    Command,
    Delivery,
    Profile,
    RoomView,
)
from scheduling_core.intervals import Interval
from scheduling_core.mail import Invite, Mailbox, OutgoingMail
from scheduling_core.meeting import Meeting, Offer, Phase
from scheduling_core.people import Person, Rules
from scheduling_core.ports import Acceptance, Known, QueuedMail, Store
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from scheduling_core.windows import Window

NOW: Final = datetime(2026, 3, 2, 8, 30, 15, 250_000, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
TEAM: Final = WorkspaceRef("webhook", "team")
ROOM: Final = RoomRef(TEAM, "studio")
THREAD: Final = RoomRef(TEAM, "studio", "t-1")
OTHER_ROOM: Final = RoomRef(TEAM, "kitchen")
HOST: Final = PersonRef(TEAM, "u-1")
GUEST: Final = PersonRef(TEAM, "u-2")
SECOND: Final = PersonRef(TEAM, "u-3")
RULES: Final = Rules(
    availability=Availability("Europe/Paris", OFFICE_HOURS, {date(2026, 3, 3): (Window(600, 60),)}),
    length=timedelta(minutes=25),
    step=timedelta(minutes=15),
    notice=timedelta(hours=4),
    window_days=14,
    buffer_before=timedelta(0),
    buffer_after=timedelta(minutes=10),
    max_per_day=None,
)
CARD: Final = Card(
    (line("Which time?"), Buttons((Button("Ten", Action("pick", ("m-1", "1")), reply="1"),))), ("UTC",)
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A store under test.

    Attributes:
        other: the same database as another process sees it.
        enqueued: ids of the jobs whose transaction was committed, sorted.
        rows: everything that is stored, as text: table → its rows, sorted.
    """

    store: Store
    other: Store
    enqueued: Callable[[], Sequence[str]]
    rows: Callable[[], Mapping[str, Sequence[str]]]


def a_profile(ref: PersonRef = HOST, name: str = "Host", **more: str) -> Profile:
    """A person as a delivery describes them."""
    return Profile(ref, name, **more)


def a_delivery(
    delivery_id: str = "d-1",
    *,
    actor: Profile | None = None,
    members: tuple[Profile, ...] | None = None,
    room: RoomRef = ROOM,
    act: Act | None = None,
    digest: str = "hash",
    received_at: datetime = NOW,
    people: tuple[Profile, ...] = (),
    admits_actor: bool = True,
) -> Delivery:
    """Somebody typed the command."""
    view = RoomView(room, "Studio", members, people, admits_actor)
    return Delivery(delivery_id, digest, actor or a_profile(), view, act or Command("/meet"), received_at)


def a_person(person_id: str = "p-1", ref: PersonRef = HOST) -> Person:
    """Somebody with everything set."""
    return Person(
        person_id,
        ref,
        "Host",
        "Asia/Tokyo",
        "de-CH",
        "host@example.org",
        RULES,
        "https://video.example/{secret}",
        "Bring coffee.",
    )


def a_meeting(meeting_id: str = "m-1", **changes: object) -> Meeting:
    """An invitation of one named guest."""
    meeting = Meeting(
        id=meeting_id,
        room=THREAD,
        message_id="c-1",
        host="p-1",
        guests=("p-2",),
        anyone=False,
        length=timedelta(minutes=25),
        title="Logo",
        days=(date(2026, 3, 3),),
        offers=(Offer(1, NOW + HOUR), Offer(2, NOW + 2 * HOUR, open=False)),
        expires_at=NOW + timedelta(days=3),
        secret="join-secret",
    )
    return replace(meeting, **changes)  # type: ignore[arg-type]  # the keyword names are the fields


def booked(meeting_id: str, start: datetime, **changes: object) -> Meeting:
    """A confirmed meeting."""
    return a_meeting(meeting_id, phase=Phase.CONFIRMED, start=start, **changes)


def a_mail(mail_id: str = "mail-1") -> QueuedMail:
    """An invite that waits."""
    ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Café\r\nEND:VCALENDAR\r\n".encode()
    mail = OutgoingMail(
        "<a.1@parley.example>",
        NOW,
        Mailbox("bot@parley.example", "Parley"),
        Mailbox("host@example.org", "Host"),
        "Logo",
        "See you.",
        "<p>See you.</p>",
        Invite("REQUEST", ics),
        "<a.0@parley.example>",
    )
    return QueuedMail(mail_id, "m-1", "p-1", mail)


def span(start: datetime = NOW, length: timedelta = HOUR) -> Interval:
    """An hour from *start*."""
    return Interval(start, start + length)


async def accept(store: Store, delivery: Delivery) -> Acceptance:
    """Accept in a transaction of its own."""
    return await store.accept(delivery)


async def known(store: Store, delivery: Delivery) -> Known:
    """Accept a delivery that must be new."""
    acceptance = await accept(store, delivery)
    assert isinstance(acceptance, Known)
    return acceptance


async def claim(store: Store, holder: str, people: Sequence[str], taken: Interval) -> bool:
    """Claim in a transaction of its own."""
    async with store.write() as tx:
        return await tx.claim(holder, people, taken, now=NOW)
