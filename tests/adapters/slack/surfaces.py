"""Hands on what is on a screen: messages, the modal on top, the Home tab."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.adapters.slack import payloads
from tests.adapters.slack.conversations import shown
from tests.adapters.slack.delivering import NOT_SENT, Ack
from tests.adapters.slack.forms import (
    Field,
    Values,
    action_of,
    choices,
    entry,
    field_named,
    fields,
    missing,
    state_of,
)
from tests.adapters.slack.limits import options_breaches
from tests.adapters.slack.views import add, checked, replace, view_object
from tests.adapters.slack.workspace import Message, Person, Refusal, Team, View

if TYPE_CHECKING:
    from tests.adapters.slack.harness import Slack

Json = dict[str, Any]
MODAL = "the modal on top"
HOME = "the Home tab"
EXTERNAL = {"external_select", "multi_external_select"}


@dataclass(frozen=True, slots=True)
class Surfaces:
    """One person's hands; see `Someone` for what the methods are for."""

    slack: "Slack"
    team: Team
    person: Person

    def _view(self, on: str) -> View:
        if on == HOME:
            return self.person.home[self.team.id]
        assert self.person.stack, f"{self.person.id} has no modal open"
        return self.person.stack[-1]

    def message(self, ts: str) -> Message:
        """A message this person can see."""
        mine = [one for one in self.person.ephemerals if one.ts == ts]
        rooms = [
            one
            for one in self.team.channels.values()
            if self.person.id in one.members or one.kind == "public"
        ]
        found = mine + [room.messages[ts] for room in rooms if ts in room.messages]
        assert found, f"{self.person.id} sees no message {ts}"
        return found[0]

    def _on(self, on: str) -> tuple[list[Json], Values]:
        if on in (MODAL, HOME):
            view = self._view(on)
            return view.body["blocks"], view.entered
        message = self.message(on)
        return message.blocks, message.entered.setdefault(self.person.id, {})

    async def press(self, on: str, name: str, inputs: Json | None) -> Ack:
        """Send a `block_actions` for a button, with what is entered beside it."""
        blocks, _ = self._on(on)
        for label, value in (inputs or {}).items():
            await self._enter(on, label, value)
        button = [one for one in fields(blocks) if one.element["type"] == "button" and name in one.names]
        labels = [one.names[0] for one in fields(blocks)]
        assert button, f"there is no button {name!r}, only {labels}"
        return await self._act(on, button[0], None)

    async def choose(self, on: str, name: str, value: Any) -> Ack:
        """Enter something; send `block_actions` where Slack does."""
        field, state = await self._enter(on, name, value)
        return await self._act(on, field, state) if field.sends else NOT_SENT

    async def _enter(self, on: str, name: str, value: Any) -> tuple[Field, Json]:
        blocks, entered = self._on(on)
        field = field_named(blocks, name)
        known = choices(field.element)
        if field.element["type"] in EXTERNAL:
            known = await self.options(on, name, "")
        state = entry(field, value, known)
        if field.element["type"] != "overflow":
            entered.setdefault(field.block_id, {})[field.action_id] = state
        return field, state

    async def _act(self, on: str, field: Field, state: Json | None) -> Ack:
        world = self.slack.world
        action = action_of(field, state, world.ts())
        trigger = world.trigger(self.team, self.person, in_modal=on == MODAL)
        about = {**self._about(on, with_response_url=True), "trigger_id": trigger, "actions": [action]}
        sent = payloads.interaction(world, self.team, self.person, "block_actions", **about)
        return await self.slack.send(self.team, sent)

    def _about(self, on: str, *, with_response_url: bool) -> Json:
        world = self.slack.world
        if on in (MODAL, HOME):
            view = self._view(on)
            inside = {"type": "view", "view_id": view.id}
            return {"container": inside, "view": view_object(world, self.team, view, self.person)}
        message = self.message(on)
        channel = self.team.channels[message.channel]
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.reader is not None,
        }
        container |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
        entered = message.entered.get(self.person.id, {})
        about: Json = {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name},
            "state": {"values": state_of(message.blocks, entered)},
        }
        if message.reader is None:
            # The payload of an ephemeral has no message: Slack does not keep it.
            about["message"] = shown(world, self.team, message)
        if with_response_url:
            mint = self.slack.urls.mint
            about["response_url"] = mint("actions", self.team, self.person, channel.id, message)
        return about

    async def options(self, on: str, name: str, typed: str) -> list[Json]:
        """Send a `block_suggestion`; returns all options that came."""
        blocks, _ = self._on(on)
        field, world = field_named(blocks, name), self.slack.world
        asked = {"action_id": field.action_id, "block_id": field.block_id, "value": typed}
        about = {**self._about(on, with_response_url=False), **asked}
        sent = payloads.interaction(world, self.team, self.person, "block_suggestion", **about)
        ack = await self.slack.send(self.team, sent)
        if not ack.is_accepted or not isinstance(ack.body, dict):
            return []
        world.blame("block_suggestion", options_breaches(ack.body))
        return choices(ack.body)

    async def submit(self, inputs: Json | None) -> Ack:
        """Send a `view_submission` and do what its answer says."""
        for label, value in (inputs or {}).items():
            await self._enter(MODAL, label, value)
        view, world = self._view(MODAL), self.slack.world
        empty = missing(view.body["blocks"], view.entered)
        assert not empty, f"Please complete these required fields: {empty}"
        about = {
            "view": view_object(world, self.team, view, self.person),
            "trigger_id": world.trigger(self.team, self.person, in_modal=True),
            "response_urls": [],
        }
        sent = payloads.interaction(world, self.team, self.person, "view_submission", **about)
        ack = await self.slack.send(self.team, sent)
        if ack.is_accepted:
            try:
                self._obey(view, ack.body)
            except Refusal as refusal:
                world.blame("view_submission answer", [refusal.error])
        return ack

    def _obey(self, view: View, answer: Json | str) -> None:
        said: Json = answer if isinstance(answer, dict) else {"response_action": answer}
        where = "view_submission answer"
        match said.get("response_action"):
            case None:
                self.person.stack[:] = [one for one in self.person.stack if one is not view]
            case "clear":
                self.person.stack.clear()
            case "errors":
                self._check_errors(view, said.get("errors") or {})
            case "update":
                replace(self.slack.world, view, checked(self.slack.world, where, said.get("view"), "modal"))
            case "push":
                add(
                    self.slack.world, self.person, checked(self.slack.world, where, said.get("view"), "modal")
                )
            case other:
                self.slack.world.blame(where, [f"unknown response_action {other}"])

    def _check_errors(self, view: View, errors: Json) -> None:
        inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        wrong = [f"errors for {name}, which is no input block" for name in errors if name not in inputs]
        self.slack.world.blame("view_submission answer", wrong if errors else ["errors is empty"])

    async def close(self, is_cleared: bool) -> Ack:
        """Drop the top modal (or all), and say so where the view asks for it."""
        view, world = self._view(MODAL), self.slack.world
        about = {"view": view_object(world, self.team, view, self.person), "is_cleared": is_cleared}
        self.person.stack[:] = [] if is_cleared or view.body.get("clear_on_close") else self.person.stack[:-1]
        if not view.body.get("notify_on_close"):
            return NOT_SENT
        sent = payloads.interaction(world, self.team, self.person, "view_closed", **about)
        return await self.slack.send(self.team, sent)
