"""A delivery in the making: all that Discord's payload says, before anybody was looked up. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from adapters.chat.discord.names import PATH_SECONDS, Path, Spot, channel_of
from scheduling_core.cards import Card, ChoiceField, DateField, TextField
from scheduling_core.deliveries import Act, Command, Delivery, Press, Profile, RoomView, Said
from scheduling_core.refs import RoomRef

_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|(?<!\S)["“][^"“”]*$')
"""A title; one that is not closed goes on to the end."""
_ACCOUNT = re.compile(r"@(\d{15,20})")
_QUOTE = re.compile('["“”]')


@dataclass(frozen=True, slots=True)
class Way:
    """The way back to the actor's screen, whose time begins when it is taken; see `Path`."""

    application: str
    token: str = field(repr=False)
    message_id: str = ""
    channel: str = ""

    def path(self, received_at: datetime) -> Path:
        """With its end."""
        expires = int(received_at.timestamp()) + PATH_SECONDS
        return Path(self.application, expires, self.message_id, self.token, self.channel)


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery that may lack people, and what stands in fields of the card.

    Attributes:
        room: with the thread the answer belongs in.
        room_name: "" where there is none.
        actor: with the zone they named, if they did.
        people: who was named and told with it; they can see the room.
        mentions: user ids that were named, and of whom Discord did not tell whether they can see the room.
        labels: what Discord called some of them, by user id.
        way: None for what was said in the room.
        said_as: Discord's id of the message it was said with, where the whole room sees it; "" for none.
        replied_to: the message that was replied to, as `show` names it, `{channel}:{message}`; "" for none.
        answers: our id of the message that is answered, where that is known already; "" for none.
        needs_card: fields of the message are filled in behind a button, and their values stand in its card
            alone: hand it over to `with_values` first.
        is_from_afar: it was done in the direct messages with us, which tells nothing of who sees the room.
        is_alone: nobody but the actor and the bot is in the room.
    """

    id: str
    digest: str
    room: RoomRef
    actor: Profile
    act: Act
    room_name: str = ""
    people: tuple[Profile, ...] = ()
    mentions: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    way: Way | None = field(default=None, repr=False)
    said_as: str = ""
    replied_to: str = ""
    answers: str = ""
    needs_card: bool = False
    is_from_afar: bool = False
    is_alone: bool = False

    def invited(self) -> list[str]:
        """Those of `mentions` who are to be invited: who stands in a title in quotes is only words."""
        typed = _QUOTED.sub("", self.act.text) if isinstance(self.act, Command | Said) else ""
        return [user for user in self.mentions if f"@{user}" in typed]

    def moved(self, room: RoomRef) -> "Draft":
        """The same in the room of a private card that stands in the direct messages with us."""
        return replace(self, room=room, room_name="", is_from_afar=True, is_alone=False)

    def with_values(self, card: Card | None) -> "Draft":
        """The press with all values of the card; what was chosen or typed meanwhile goes before."""
        fields = (
            [b for b in card.blocks if isinstance(b, TextField | ChoiceField | DateField)] if card else []
        )
        if not isinstance(self.act, Press) or not fields:
            return replace(self, needs_card=False)
        values = {one.id: one.value for one in fields} | dict(self.act.inputs)
        return replace(self, act=replace(self.act, inputs=values), needs_card=False)

    def delivery(
        self,
        received_at: datetime,
        *,
        people: tuple[Profile, ...] = (),
        admits_actor: bool = True,
        reply_to: str | None = None,
    ) -> Delivery:
        """The delivery.

        Args:
            received_at: aware UTC; the path's time is counted from it.
            people: more who are in the room, looked up for `mentions`.
            reply_to: our id of the message at `replied_to`.
        """
        everybody = (*self.people, *people)
        members = (self.actor,) if self.is_alone else None
        room = RoomView(self.room, self.room_name, members, everybody, admits_actor)
        act = self._as_read((self.actor, *everybody))
        act = replace(act, reply_to=reply_to) if isinstance(act, Said) else act
        return Delivery(self.id, self.digest, self.actor, room, act, received_at, self.path(received_at))

    def _as_read(self, people: Iterable[Profile]) -> Act:
        """With the names of those who stand in a title, which everybody reads."""
        if not isinstance(self.act, Command | Said):
            return self.act
        names = {**self.labels, **{one.ref.person: one.name for one in people}}

        def named(title: re.Match[str]) -> str:
            return _ACCOUNT.sub(
                lambda one: f"@{_QUOTE.sub('', names.get(one[1], 'somebody'))}", title[0].replace("@&", "@")
            )

        return replace(self.act, text=_QUOTED.sub(named, self.act.text))

    def path(self, received_at: datetime) -> str:
        """See `Delivery.path`."""
        if self.way:
            return str(self.way.path(received_at))
        expires = int(received_at.timestamp()) + PATH_SECONDS
        return str(Spot(expires, channel_of(self.room), self.said_as)) if self.said_as else ""


def digest(kind: str, room: RoomRef, actor: Profile, *parts: str | Mapping[str, str]) -> str:
    """A hash of what identifies a delivery's content."""
    content = [kind, str(room), actor.ref.person, *parts]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
