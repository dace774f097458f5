"""Hands on what is on a screen: messages and the modal that is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.adapters.discord import payloads
from tests.adapters.discord.delivering import NOT_SENT, Ack
from tests.adapters.discord.elements import BUTTON, LINK, SELECTS, STRING_SELECT
from tests.adapters.discord.forms import (
    Field,
    chosen,
    entry,
    field_named,
    missing,
    submitted,
    within_bounds,
)
from tests.adapters.discord.interactions import COMPONENT, MODAL_SUBMIT
from tests.adapters.discord.world import Json, Message, Modal, Person

if TYPE_CHECKING:
    from tests.adapters.discord.harness import Discord

MODAL: Final = "the modal that is open"


@dataclass(frozen=True, slots=True)
class Surfaces:
    """One person's hands; see `Someone` for what the methods are for."""

    discord: "Discord"
    person: Person

    def message(self, message_id: str) -> Message:
        """A message this person can see."""
        world = self.discord.world
        mine = [one for one in self.person.ephemerals if one.id == message_id]
        rooms = [room for room in world.channels.values() if self.person.id in world.members(room)]
        found = mine + [room.messages[message_id] for room in rooms if message_id in room.messages]
        assert found, f"{self.person.id} sees no message {message_id}"
        return found[0]

    @property
    def modal(self) -> Modal:
        """The one that is open."""
        assert self.person.modal, f"{self.person.id} has no modal open"
        return self.person.modal

    async def press(self, on: str, name: str) -> Ack:
        """Send the interaction of a button."""
        message = self.message(on)
        field = field_named(message.body.get("components") or [], name)
        assert field.kind == BUTTON, f"{name!r} is no button"
        assert field.component["style"] != LINK, f"{name!r} opens {field.component['url']}"
        return await self._use(message, field, {})

    async def choose(self, on: str, name: str, value: Any) -> Ack:
        """Choose in a select (sent at once), or enter something in the modal (kept until it is sent)."""
        if on == MODAL:
            self._enter(name, value)
            return NOT_SENT
        message = self.message(on)
        field = field_named(message.body.get("components") or [], name)
        assert field.kind in SELECTS, f"{name!r} is no select"
        values = chosen(field, value) if field.kind == STRING_SELECT else _ids(value)
        within_bounds(field, values)
        more: Json = {"values": values}
        if field.kind != STRING_SELECT:
            more["resolved"] = self._resolved(message.channel_id, values)
        return await self._use(message, field, more)

    def _resolved(self, channel_id: str, ids: list[str]) -> Json:
        world = self.discord.world
        people = [one for one in ids if one in world.people]
        channels = [one for one in ids if one in world.channels]
        return payloads.resolved(world, world.channels[channel_id], people, channels)

    async def _use(self, message: Message, field: Field, more: Json) -> Ack:
        assert not field.component.get("disabled"), f"{field.names[0]!r} is disabled"
        about = {"custom_id": field.custom_id, "component_type": field.kind, "id": field.component["id"]}
        channel = self.discord.world.channels[message.channel_id]
        return await self.discord.act(self.person, channel, COMPONENT, {**about, **more}, message)

    async def forge(self, on: str, custom_id: str) -> Ack:
        """Send the interaction of a button that is not there."""
        return await self._use(self.message(on), Field({"type": BUTTON, "id": 1, "custom_id": custom_id}), {})

    def _enter(self, name: str, value: Any) -> None:
        modal = self.modal
        field = field_named(modal.body["components"], name)
        modal.entered[field.custom_id] = entry(field, value)

    async def submit(self, inputs: Mapping[str, Any]) -> Ack:
        """Send the modal; it closes when it is answered."""
        for name, value in inputs.items():
            self._enter(name, value)
        modal = self.modal
        components = modal.body["components"]
        empty = missing(components, modal.entered)
        assert not empty, f"these fields are required, or too short: {empty}"
        data: Json = {
            "custom_id": modal.body["custom_id"],
            "components": submitted(components, modal.entered),
        }
        ids = [one for value in modal.entered.values() if isinstance(value, list) for one in value]
        found = self._resolved(modal.channel_id, ids)
        data |= {"resolved": found} if found else {}
        channel = self.discord.world.channels[modal.channel_id]
        ack = await self.discord.act(self.person, channel, MODAL_SUBMIT, data, modal.message)
        if ack.is_accepted and self.person.modal is modal:
            self.person.modal = None
        return ack

    def close(self) -> None:
        """Dismiss the modal; Discord tells nobody."""
        assert self.person.modal is not None, f"{self.person.id} has no modal open"
        self.person.modal = None


def _ids(value: Any) -> list[str]:
    many = value if isinstance(value, list | tuple) else [value]
    return [str(getattr(one, "id", one)) for one in many]
