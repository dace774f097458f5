"""Interactions: what somebody did, until when it may be answered, and what the answers do.

The first answer within 3 s (10062 afterwards), once (40060); after it further messages for 15 minutes (50027
afterwards). A modal opens as a first answer only, and never in reply to another modal.
Source: "Receiving and Responding" of Discord's documentation (snapshot of 2026-08-06).
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from tests.adapters.discord import objects
from tests.adapters.discord.asking import Asked, checked
from tests.adapters.discord.components import modal_breaches
from tests.adapters.discord.faults import CALLBACK
from tests.adapters.discord.limits import EPHEMERAL, LOADING, autocomplete_breaches
from tests.adapters.discord.messages import Messages
from tests.adapters.discord.refusals import Refusal, invalid
from tests.adapters.discord.world import Channel, Json, Message, Modal, Person, World

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 1, 2, 3, 4, 5
PONG, REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
FIRST_ANSWER_SECONDS: Final = 3.0
TOKEN_SECONDS: Final = 900.0
FOLLOWUPS_OF_USER_INSTALLS: Final = 5


@dataclass(slots=True, eq=False)
class Interaction:
    """One act of a person.

    Attributes:
        payload: as it is sent, over the gateway or by HTTP.
        born: when, by the clock that really runs.
        born_at: when, by the clock the tests live in (unix time).
        message: whose component was used, or whose button opened the modal.
        option_kind: the type of the option that is being completed.
        first: the type of the answer; 0 while there is none.
        data: what came with it.
        seconds: how long it took.
        original: what `@original` means: the reply, or the message that was updated.
        messages: the ids of all its own messages, the original included.
        refused: codes of further attempts (40060: answered twice, 10062: too late).
        answered: set with the first answer.
    """

    id: str
    token: str
    kind: int
    person: Person
    channel: Channel
    payload: Json
    born: float
    born_at: float
    message: Message | None = None
    option_kind: int = 0
    first: int = 0
    data: Json = field(default_factory=dict)
    seconds: float = 0.0
    original: Message | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    followups: int = 0
    refused: list[int] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_of_user_install_only(self) -> bool:
        """Whether the app is here only because this person installed it for themselves."""
        return "0" not in self.payload.get("authorizing_integration_owners", {"0": ""})


@dataclass(slots=True)
class Interactions:
    """All of them, in order.

    Attributes:
        known: by token.
        first_answer_seconds: how long the first answer may take; real time and `Discord.pass_time`.
    """

    world: World
    messages: Messages
    known: dict[str, Interaction] = field(default_factory=dict)
    first_answer_seconds: float = FIRST_ANSWER_SECONDS
    token_seconds: float = TOKEN_SECONDS

    @property
    def all(self) -> list[Interaction]:
        """In order of what people did."""
        return list(self.known.values())

    def begin(self, interaction: Interaction) -> None:
        """Somebody did something."""
        self.known[interaction.token] = interaction

    def age(self, interaction: Interaction) -> float:
        """Seconds since: really passed, passed on purpose, or passed in the tests' own time."""
        clock = self.world.clock
        return max(clock.running() - interaction.born, clock.seconds() - interaction.born_at)

    def look_at_the_clock(self) -> None:
        """Nobody waits any longer for what is too old to be answered."""
        for one in self.known.values():
            if not one.first and self.age(one) > self.first_answer_seconds:
                one.answered.set()

    def callback(self, asked: Asked) -> Any:
        """`POST /interactions/{interaction_id}/{token}/callback`."""
        interaction = self.known.get(asked.at["token"])
        if interaction is None or interaction.id != asked.at["interaction_id"]:
            raise Refusal(10062)
        self.answer(interaction, asked.body, asked.files)
        if asked.query.get("with_response", "").lower() not in ("1", "true"):
            return None
        return self._response(interaction)

    def answer(self, interaction: Interaction, body: Any, files: dict[str, bytes]) -> None:
        """Take a first answer, by callback or in the HTTP response.

        Raises:
            Refusal: 10062, 40060, 50035 or 50006.
        """
        age = self.age(interaction)
        if interaction.first or age > self.first_answer_seconds:
            code = 40060 if interaction.first else 10062
            interaction.refused.append(code)
            raise Refusal(code)
        kind, data = self._read(interaction, body)
        self._apply(interaction, kind, data, files)
        interaction.first, interaction.data, interaction.seconds = kind, data, age
        interaction.answered.set()

    def _read(self, interaction: Interaction, body: Any) -> tuple[int, Json]:
        kind = body.get("type") if isinstance(body, dict) else None
        data = (body.get("data") or {}) if isinstance(body, dict) else {}
        if kind not in self._allowed(interaction):
            rule = f"An interaction of type {interaction.kind} cannot be answered with type {kind}"
            refusal = invalid("type", rule, "INTERACTION_CALLBACK_TYPE_INVALID")
            self.world.blame(CALLBACK, [f"type: {rule}"])
            raise refusal
        return int(kind), data if isinstance(data, dict) else {}

    def _allowed(self, interaction: Interaction) -> set[int]:
        updates = {DEFERRED_UPDATE, UPDATE} if interaction.message else set()
        return {
            PING: {PONG},
            COMMAND: {REPLY, DEFERRED_REPLY, MODAL},
            COMPONENT: {REPLY, DEFERRED_REPLY, MODAL, *updates},
            AUTOCOMPLETE: {CHOICES},
            MODAL_SUBMIT: {REPLY, DEFERRED_REPLY, *updates},
        }[interaction.kind]

    def _apply(self, interaction: Interaction, kind: int, data: Json, files: dict[str, bytes]) -> None:
        match kind:
            case 4:
                interaction.original = self.reply(interaction, CALLBACK, "answer", data, files)
            case 5:
                self._defer(interaction, int(data.get("flags") or 0))
            case 6:
                interaction.original = interaction.message
            case 7:
                self._update(interaction, data, files)
            case 8:
                checked(self.world, CALLBACK, autocomplete_breaches(data, interaction.option_kind))
            case 9:
                self._open(interaction, data)
            case _:
                pass

    def reply(
        self, interaction: Interaction, where: str, kind: str, body: Json, files: dict[str, bytes]
    ) -> Message:
        """A message of its own."""
        if self._is_kept_private(interaction):
            body = {**body, "flags": int(body.get("flags") or 0) | EPHEMERAL}
        about = {"reader": interaction.person.id, "interaction": self._metadata(interaction)}
        made = self.messages.put(where, kind, interaction.channel, body, files, **about)
        interaction.messages[made.id] = made
        return made

    def _is_kept_private(self, interaction: Interaction) -> bool:
        """Whether nobody else may see what an app says that was only brought along.

        Source: "Permissions", USE_EXTERNAL_APPS.
        """
        if interaction.channel.guild_id is None or not interaction.is_of_user_install_only:
            return False
        may = self.world.permissions_of(interaction.person.id, interaction.channel)
        return "USE_EXTERNAL_APPS" not in may

    def _defer(self, interaction: Interaction, flags: int) -> None:
        flags |= EPHEMERAL * self._is_kept_private(interaction)
        kept = {"flags": LOADING | (flags & EPHEMERAL)}
        about = {"reader": interaction.person.id, "interaction": self._metadata(interaction)}
        made = self.messages.add(interaction.channel, kept, {}, **about)
        interaction.messages[made.id] = interaction.original = made

    def _update(self, interaction: Interaction, data: Json, files: dict[str, bytes]) -> None:
        assert interaction.message
        self.messages.change(CALLBACK, "answer", interaction.message, data, files)
        interaction.original = interaction.message

    def _open(self, interaction: Interaction, data: Json) -> None:
        checked(self.world, CALLBACK, modal_breaches(data))
        body = {**data, "components": objects.with_ids(data["components"])}
        interaction.person.modal = Modal(body, interaction.channel.id, interaction.message)

    def _metadata(self, interaction: Interaction) -> Json:
        owners = interaction.payload.get("authorizing_integration_owners", {})
        about: Json = {
            "id": interaction.id,
            "type": interaction.kind,
            "user": objects.user(interaction.person),
        }
        about["authorizing_integration_owners"] = owners
        if interaction.kind == COMPONENT and interaction.message:
            about["interacted_message_id"] = interaction.message.id
        if interaction.kind == MODAL_SUBMIT:
            about["triggering_interaction_metadata"] = {**about, "type": COMMAND}
        return about

    def _response(self, interaction: Interaction) -> Json:
        shown = interaction.original
        about: Json = {"id": interaction.id, "type": interaction.kind}
        whole: Json = {"interaction": about}
        if shown and interaction.first in (REPLY, DEFERRED_REPLY, UPDATE):
            about["response_message_id"] = shown.id
            about["response_message_loading"] = bool(shown.flags & LOADING)
            about["response_message_ephemeral"] = shown.is_ephemeral
        if shown and interaction.first in (REPLY, UPDATE):
            whole["resource"] = {"type": interaction.first, "message": objects.message(self.world, shown)}
        return whole
