"""Everything Discord tells: answered first, then handed to the `Inbox`. Nothing is worked on here.

An interaction waits three seconds for its first response, which a pure table decides. Only what may be
repeated is recorded before it, presses above all: none is lost that Discord was told is taken. Everything
else happens afterwards, in tasks of their own.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from adapters.chat.discord import inbound, render
from adapters.chat.discord.answers import Answers
from adapters.chat.discord.client import DiscordClient
from adapters.chat.discord.drafts import Draft
from adapters.chat.discord.inbound import Taken
from adapters.chat.discord.lateness import Lateness
from adapters.chat.discord.names import DIRECT, PLATFORM, Json, Path, channel_of, read_spot
from adapters.chat.discord.payloads import App, is_visit, workspace
from adapters.chat.discord.people import People
from adapters.chat.discord.responses import First, OpenForm, Tell, Thinking, callback
from adapters.chat.discord.under_way import UnderWay
from adapters.chat.discord.visits import Visits
from adapters.chat.discord.ways import Ways
from adapters.payload import maybe, text
from scheduling_core.actions import ActionCodec
from scheduling_core.cards import Card, line
from scheduling_core.chat_ports import Inbox
from scheduling_core.deliveries import Answer, ForgedPress, Message, Press, Said
from scheduling_core.errors import Conflict, ProviderError, RateLimited, Refused, Rejected
from scheduling_core.refs import WorkspaceRef

FORM_SECONDS: Final = 1.5
"""How long a form may take to be read; Discord waits three seconds, its own way to us and back included."""

FRESH_SECONDS: Final = 1.0
"""How late a press may be heard to be recorded before its first response."""
RECORDED_WITHIN_SECONDS: Final = 2.0
"""After a press its first response waits no longer for that: of Discord's three seconds the rest is for the
ways to us and back."""

LOOK_AGAIN_SECONDS: Final = (0.5, 1.5, 5.0)
"""After each try to learn whether Discord has the first response."""

FORM_GONE = "This card has changed meanwhile. Please ask me for a fresh one."
FORM_LATE = "That took me too long; nothing was changed. Please press again."
NOT_PLACED = (
    "Discord does not tell me right now which channel this thread belongs to, so nothing was done."
    " Please say it again in a moment."
)
NOT_TAKEN = "Something went wrong on my side and nothing was changed. Please try again."

log = structlog.get_logger(__name__)

Put = tuple[Answer | None, str]
"""What the inbox answered, and the way back to the actor."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking things needs.

    Attributes:
        app: tells who we are, as far as that is known yet.
        visits: the servers the bot is not in, where people brought it along.
        ways: to the cards that stand there.
        patience_seconds: how long "… is thinking" stands there before it is taken away, answer or no answer:
            an answer that comes later is a new message.
        running: seconds of a clock that never jumps.
    """

    inbox: Inbox
    client: DiscordClient
    answers: Answers
    people: People
    visits: Visits
    ways: Ways
    codec: ActionCodec
    clock: Callable[[], datetime]
    app: Callable[[], App]
    patience_seconds: float = 10.0
    running: Callable[[], float] = time.monotonic


class Listeners:
    """Takes what Discord tells; its tasks outlive the first response and are finished by `drain`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lateness = Lateness(desk.clock, desk.running)
        self._under_way = UnderWay()
        self._patience = UnderWay()

    async def heard(self, event: str, data: Mapping[str, object]) -> None:
        """Take a dispatch of the gateway; returns at once, whatever it is.

        Args:
            event: its name, `INTERACTION_CREATE`.
            data: as it came.
        """
        match event:
            case "INTERACTION_CREATE":
                self._under_way.begin(event, self._interaction(dict(data)))
            case "MESSAGE_CREATE":
                self._under_way.begin(event, self._said(dict(data)))
            case "GUILD_DELETE" if data.get("unavailable") is not True:
                self._under_way.begin(event, self._left(data))

    async def answered(self, body: Json) -> Mapping[str, object]:
        """The first response to an interaction that came by HTTP; the rest goes on by itself.

        Raises:
            Malformed: not the form of an interaction.
        """
        taken = self._read(body)
        recording = await self._recording(taken, body)
        answer = await self._first(taken, body)
        if taken.draft is not None:
            self._under_way.begin("INTERACTION_CREATE", self._hand_over(taken.draft, body, recording))
            self._wait_no_longer(taken)
        return answer

    async def drain(self) -> None:
        """Wait until everything that was taken is handed over; bounded."""
        self._patience.give_up()
        await self._under_way.drain()

    def _read(self, body: Json) -> Taken:
        return inbound.interaction(body, self._desk.codec, self._desk.app())

    async def _interaction(self, body: Json) -> None:
        taken = self._read(body)
        self._desk.answers.expect(taken.token)
        recording = await self._recording(taken, body)
        is_told = await self._is_told(taken, await self._first(taken, body))
        if is_told:
            self._wait_no_longer(taken)
        # Who was told that it failed asks again; what then counts twice would surprise them.
        if taken.draft is not None and (is_told or recording):
            await self._hand_over(taken.draft, body, recording)

    async def _recording(self, taken: Taken, body: Json) -> "asyncio.Task[Put] | None":
        """The draft on its way to the store, where it mostly is by now; None for what is answered first.

        What is heard late came on a connection that was held up or resumed: its actor was told of a failure.
        """
        late = self._lateness.of(taken.id)
        if late is None:
            late = FRESH_SECONDS
        elif late >= FRESH_SECONDS:
            return None
        if taken.draft is None or not inbound.may_be_repeated(taken.draft.act, self._desk.app().command):
            return None
        recording = asyncio.create_task(self._put(taken.draft, body))
        await asyncio.wait({recording}, timeout=RECORDED_WITHIN_SECONDS - late)
        return recording

    def _wait_no_longer(self, taken: Taken) -> None:
        """Two clicks may have one answer, which takes one place only."""
        if isinstance(taken.first, Thinking) and taken.draft and taken.draft.way:
            way = taken.draft.way.path(self._desk.clock())
            self._patience.begin("INTERACTION_CREATE", self._end_waiting(way))

    async def _end_waiting(self, way: Path) -> None:
        await asyncio.sleep(self._desk.patience_seconds)
        await self._desk.client.end_waiting(way)

    async def _is_told(self, taken: Taken, answer: Json) -> bool:
        """Give the first response; whether Discord has it, looked up where that is not known."""
        try:
            return await self._desk.answers.respond(taken.id, taken.token, answer)
        except ProviderError as error:
            log.warning("discord.answer_unconfirmed", error=type(error).__name__)
            way = taken.draft.way if taken.draft else None
            return way is not None and await self._has_answer(way.path(self._desk.clock()))

    async def _has_answer(self, way: Path) -> bool:
        """Whether the actor is waiting for us now; True where Discord does not say: what they did counts."""
        for pause in LOOK_AGAIN_SECONDS:
            try:
                await self._desk.answers.original(way)
            except Rejected as refusal:
                log.warning("discord.not_answered", code=refusal.code)
                return False
            except ProviderError:
                await asyncio.sleep(pause)
            else:
                return True
        return True

    async def _first(self, taken: Taken, body: Json) -> Json:
        first: First = taken.first
        if isinstance(first, OpenForm):
            form = await self._form(first, body)
            if not isinstance(form, Tell):
                return callback(first, modal=form)
            first = form
        return callback(first, told=render.note(first.sentence) if isinstance(first, Tell) else None)

    async def _form(self, asked: OpenForm, body: Json) -> Json | Tell:
        try:
            async with asyncio.timeout(FORM_SECONDS):
                message = await self._desk.inbox.message(asked.message_id)
            if message is not None and _is_readers(message, body):
                return render.modal(message, asked.group, self._desk.codec)
        except TimeoutError:
            return Tell(FORM_LATE)
        except LookupError:
            pass
        except Exception as error:
            # Of the database: whoever pressed is waiting for a sentence.
            log.warning("discord.no_form", error=type(error).__name__)
            return Tell(NOT_TAKEN)
        return Tell(FORM_GONE)

    async def _said(self, body: Json) -> None:
        draft = inbound.said(body, self._desk.app())
        if draft is None:
            return
        try:
            draft = await self._in_its_room(draft, body)
        except ProviderError as error:
            log.warning("discord.thread_unknown", error=type(error).__name__)
            if spot := read_spot(draft.path(self._desk.clock()), self._desk.clock()):
                await self._desk.client.say_to_all(spot, NOT_PLACED)
            return
        if draft.room.workspace == DIRECT and inbound.invites(draft.act, self._desk.app().command):
            await self._refuse(draft, inbound.ONLY_US)
        else:
            await self._hand_over(draft, body)

    async def _in_its_room(self, draft: Draft, body: Json) -> Draft:
        """With the channel of a thread, or the room of the private card that is answered directly."""
        if draft.room.workspace != DIRECT:
            parent = await self._desk.people.parent(draft.room.room)
            return inbound.said(body, self._desk.app(), parent) or draft
        message = await self._answered(draft, body)
        if message is None or message.audience is None or not _is_readers(message, body):
            return draft
        return replace(draft.moved(message.room), answers=message.id)

    async def _answered(self, draft: Draft, body: Json) -> Message | None:
        """The card that was replied to directly, or that the words below it answer."""
        if card := inbound.card_replied_to(body):
            return await self._desk.inbox.message(card)
        if draft.replied_to or not isinstance(draft.act, Said):
            return None
        shown_in = f"{channel_of(draft.room)}:"
        return await self._desk.inbox.answered(draft.actor.ref, shown_in, draft.act.text)

    async def _left(self, data: Mapping[str, object]) -> None:
        await self._desk.inbox.leave(WorkspaceRef(PLATFORM, text(data, "id")))

    async def _hand_over(
        self, draft: Draft, body: Json, recording: "asyncio.Task[Put] | None" = None
    ) -> None:
        try:
            answer, path = await (recording or self._put(draft, body))
            if answer:
                await self._show(answer, path)
        except RateLimited as limit:
            await self._say(draft, _too_many(limit))
        except Refused as refused:
            await self._refuse(draft, str(refused))
        except Conflict:
            log.warning("discord.conflict", delivery=draft.id)
        except Exception:
            await self._say(draft, NOT_TAKEN)
            raise

    async def _put(self, draft: Draft, body: Json) -> Put:
        desk = self._desk
        draft = await self._whole(draft, body)
        if is_visit(body):
            await desk.visits.note(workspace(body))
        if draft.way and draft.way.message_id and inbound.is_answer_to_all(body):
            await desk.ways.keep(draft.way.path(desk.clock()))
        people = await desk.people.named(draft, is_visit=is_visit(body))
        admits = not draft.is_from_afar or await desk.people.admits(draft)
        root = draft.answers or None
        if draft.replied_to and not root:
            root = await desk.inbox.message_shown_as(draft.room.workspace, draft.replied_to)
        delivery = draft.delivery(desk.clock(), people=people, admits_actor=admits, reply_to=root)
        return await desk.inbox.put(delivery, 0), delivery.path

    async def _whole(self, draft: Draft, body: Json) -> Draft:
        """With what the payload does not tell: the room of a private card, and the values of its fields."""
        act = draft.act
        is_elsewhere = isinstance(act, ForgedPress) and draft.room.workspace == DIRECT
        if not isinstance(act, Press | ForgedPress) or not (is_elsewhere or draft.needs_card):
            return draft
        message = await self._desk.inbox.message(act.message_id)
        if message is None or not _is_readers(message, body):
            return draft.with_values(None)
        if is_elsewhere:
            draft = inbound.elsewhere(body, self._desk.codec, message.room) or draft
        return draft.with_values(message.card) if draft.needs_card else draft

    async def _show(self, answer: Answer, path: str) -> None:
        for message in answer.replies:
            try:
                await self._desk.client.show(message, None, path)
            except ProviderError as error:
                log.warning("discord.answer_lost", message=message.id, error=type(error).__name__)

    async def _say(self, draft: Draft, sentence: str) -> None:
        """Tell the actor."""
        if draft.way is None:
            return
        try:
            await self._desk.client.say(draft.way.path(self._desk.clock()), sentence)
        except ProviderError as error:
            log.warning("discord.refusal_lost", error=type(error).__name__)

    async def _refuse(self, draft: Draft, sentence: str) -> None:
        """Tell the actor, also where what was said has no answer of its own."""
        if draft.way:
            await self._say(draft, sentence)
            return
        told = Message(f"refusal-{draft.id}", 1, draft.room, draft.actor.ref, Card((line(sentence),)))
        await self._show(Answer((told,)), draft.path(self._desk.clock()))


def _is_readers(message: Message, body: Json) -> bool:
    """Whether the actor may see the message. User ids are the same in all servers."""
    if message.audience is not None:
        return message.audience.person in (
            maybe(body, "member", "user", "id"),
            maybe(body, "user", "id"),
            maybe(body, "author", "id"),
        )
    where = workspace(body)
    return message.room.workspace == where and channel_of(message.room) == maybe(body, "channel_id")


def _too_many(limit: RateLimited) -> str:
    return f"That is a lot at once; please try again in {max(1, round(limit.retry_after.total_seconds()))} s."
