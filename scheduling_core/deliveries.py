"""What a chat platform brings in: somebody did something in a room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduling_core.actions import Action
from scheduling_core.cards import Card
from scheduling_core.refs import PersonRef, RoomRef


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as the platform describes them in a delivery; None is "not told", never "none".

    Attributes:
        zone: IANA name, or None.
        locale: BCP 47 tag, or None.
        email: an address only we see, or None.
    """

    ref: PersonRef
    name: str
    zone: str | None = None
    locale: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as the platform describes it in a delivery.

    Attributes:
        members: the whole list of its people, or None when the platform did not say.
        people: some who are in it, told where the whole list is not: those that the actor named.
        admits_actor: False when the platform says that the actor is not in it.
    """

    ref: RoomRef
    name: str = ""
    members: tuple[Profile, ...] | None = None
    people: tuple[Profile, ...] = ()
    admits_actor: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody typed the command.

    Attributes:
        text: the whole line, command word included.
        names_zone: the zone of the actor's profile is not the platform's knowledge: they named it with this.
    """

    text: str
    names_zone: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed.

    Attributes:
        message_id: our id of the message the button stands on, as the platform reports it.
        action: what the button means (its signature was checked).
        inputs: the fields of the card, by field id, exactly as typed.
    """

    message_id: str
    action: Action
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForgedPress:
    """A button was pressed whose text we did not make for this room."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """A plain message addressed to the bot; *reply_to* is our message it answers, if the platform says."""

    text: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class MembersTold:
    """The platform told who is in the room; the list stands in `Delivery.room.members`."""


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """The actor looks at the bot's own page inside the platform, which is then the room."""


Act = Command | Press | ForgedPress | Said | MembersTold | HomeOpened


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing a platform tells us, with its own id so that a repeat can be recognised.

    Attributes:
        id: unique within the workspace, the same for every repeat.
        digest: a hash of the raw content: the same id with another digest is a mistake of the sender.
        received_at: when it reached us (aware UTC).
        path: the way back to the actor's own screen, in the platform's words (a response address, an open
            window), or "". Whoever holds it can speak there: it is a secret, and it lives for minutes only.
    """

    id: str
    digest: str
    actor: Profile
    room: RoomView
    act: Act
    received_at: datetime
    path: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of ours as a reader finds it: edited in place, same id, revision raised.

    Attributes:
        audience: the one person who sees it, or None for the whole room.
        revision: starts at 1; a reader keeps the highest.
        card: what it says, or None once it is taken away.
    """

    id: str
    revision: int
    room: RoomRef
    audience: PersonRef | None
    card: Card | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the actor alone sees in answer to a delivery, in order.

    A repeat of a delivery gets an equal answer.
    """

    replies: tuple[Message, ...] = ()
