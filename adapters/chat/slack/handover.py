"""From a draft to the `Inbox`: who is asked about, who is let in, and where an answer or a refusal goes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from adapters.chat.slack import names, render
from adapters.chat.slack.acknowledging import ACKNOWLEDGE_AFTER_SECONDS, Taken
from adapters.chat.slack.client import SlackClient
from adapters.chat.slack.inbound import Asked, Draft, digest
from adapters.chat.slack.installs import Installs
from adapters.chat.slack.names import Json, NoPath, Path, ResponseUrl, Window
from adapters.chat.slack.people import People
from adapters.chat.slack.web import WebApi
from scheduling_core.actions import ActionCodec
from scheduling_core.cards import Card, line
from scheduling_core.chat_ports import Inbox
from scheduling_core.deliveries import Answer, Command, Delivery, MembersTold, Message, Profile, Said
from scheduling_core.errors import Conflict, ProviderError, RateLimited, Refused
from scheduling_core.refs import PersonRef, RoomRef

LOOK_AGAIN_SECONDS: Final = (0.5, 1, 2, 5, 15, 30, 60)
"""The pauses between two tries to learn about somebody of whom Slack did not tell."""

NOT_INSTALLED = (
    "Parley is not installed in this workspace any more; an owner of the workspace can add it again."
)
NOT_IN_THE_ROOM = "I am not in this conversation yet. Type `/invite @Parley` here, then try again."
NOT_A_ROOM_OF_OURS = (
    "I cannot come into a direct message between people. Use a channel or a group that I am in, "
    "or write to me directly."
)
NOT_SURE = (
    "I cannot check who is in this channel right now, so nothing was done. Please try again in a moment."
)
TOO_BIG = (
    "This channel has so many people that I cannot check who is in it, so nothing was done. "
    "Please use a smaller channel."
)
NOT_DONE = "Something went wrong on my side, so nothing may have been done. Please look, and try again."
NOT_COMING_ALONG = "I arrange the meeting but do not come along; please leave me out."
TOO_MUCH = "That is a lot at once"
MALFORMED = "I could not read what Slack sent, so nothing was done. Please try again."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking payloads needs.

    Attributes:
        command: what the bot calls its command; each line it gets begins so, whatever the word is in Slack.
    """

    inbox: Inbox
    client: SlackClient
    people: People
    installs: Installs
    web: WebApi
    codec: ActionCodec
    clock: Callable[[], datetime]
    command: str


class Handover:
    """Hands drafts over; everything here may take longer than Slack waits.

    Args:
        taken: does what may be done meanwhile.
    """

    def __init__(self, desk: Desk, taken: Taken) -> None:
        self._desk = desk
        self._taken = taken
        self._unknown: set[PersonRef] = set()

    async def put(self, draft: Draft, path: Path | None = None) -> str | None:
        """Record a draft; a sentence for the actor when it was not.

        Args:
            path: another way back than the draft's: the window that was opened meanwhile.

        Raises: whatever the inbox does; `Unavailable` where Slack does not tell whose workspace it is.
        """
        try:
            answer = await self._recorded(draft, path, 0)
        except Refused as refused:
            return str(refused)
        except Conflict:
            return None
        if answer:
            await self.show(answer, draft.path if path is None else path)
        return None

    async def submit(self, draft: Draft) -> Answer | str | None:
        """What belongs in the window, or a sentence; None when it comes by itself, later.

        Raises: as `put`.
        """
        try:
            answer = await self._recorded(draft, None, ACKNOWLEDGE_AFTER_SECONDS)
        except Refused as refused:
            return str(refused)
        except Conflict:
            return MALFORMED
        if answer is None:
            return None
        await self.show(Answer(answer.replies[1:]), NoPath())
        return Answer(answer.replies[:1])

    async def page_again(self, draft: Draft) -> None:
        """Draw the bot's own page once more when this is answered."""
        # As a repeat it only waits for the answer.
        await self._desk.inbox.put(await self._delivery(draft), ACKNOWLEDGE_AFTER_SECONDS)
        await self.put(draft.page_again())

    async def options(self, asked: Asked) -> Json:
        """The answer to a `block_suggestion`."""
        workspace = asked.room.workspace
        message = await self._desk.inbox.message(asked.message_id)
        is_open = message and _is_readers(message, asked.room, asked.actor)
        if message is None or not is_open or not await self._desk.installs.is_installed(workspace):
            return {"options": []}
        return render.options(message, asked.action_id, asked.typed, self._desk.codec)

    async def refuse(self, draft: Draft, way: Path, sentence: str | None) -> None:
        """Tell the actor alone why nothing was done."""
        if not sentence:
            return
        workspace = draft.room.workspace
        try:
            match way:
                case Window():
                    is_said = await self._desk.client.say_in_window(workspace, way, sentence)
                    if not is_said and not isinstance(draft.path, Window):
                        await self.refuse(draft, draft.path, sentence)
                case ResponseUrl(url):
                    body = {"text": sentence, "response_type": "ephemeral", "replace_original": False}
                    await self._desk.web.respond(url, body)
                # Not to somebody who writes too much: it would be one more call for each.
                case NoPath() if sentence != NOT_INSTALLED and not sentence.startswith(TOO_MUCH):
                    await self._desk.client.show(_said_to(draft, sentence), None)
        except ProviderError as error:
            log.warning("slack.refusal_lost", error=type(error).__name__)

    async def show(self, answer: Answer, path: Path) -> None:
        """Show what is seen by the actor alone."""
        for message in answer.replies:
            try:
                await self._desk.client.show(message, None, str(path))
            except ProviderError as error:
                log.warning("slack.answer_lost", message=message.id, error=type(error).__name__)

    async def _recorded(self, draft: Draft, path: Path | None, within_seconds: float) -> Answer | None:
        """Raises `Refused` with the sentence for the actor."""
        workspace = draft.room.workspace
        if not await self._desk.installs.is_installed(workspace):
            raise Refused(NOT_INSTALLED)
        if isinstance(draft.act, Command) and not await self._is_here(draft):
            raise Refused(NOT_A_ROOM_OF_OURS if names.is_direct(draft.room) else NOT_IN_THE_ROOM)
        delivery = await self._delivery(draft, path)
        try:
            answer = await self._desk.inbox.put(delivery, within_seconds)
        except RateLimited as limit:
            raise Refused(_too_many(limit)) from limit
        for profile in (delivery.actor, *delivery.room.people):
            self._tell_when_known(draft, profile.ref, admits=delivery.room.admits_actor)
        return answer

    async def _is_here(self, draft: Draft) -> bool:
        return await self._desk.people.bot_is_member(draft.room.workspace, draft.room.room)

    async def _delivery(self, draft: Draft, path: Path | None = None) -> Delivery:
        """With everybody's profile; all of them are asked for at once. Raises: as `_recorded`."""
        desk, workspace = self._desk, draft.room.workspace
        actor, people, admits, root = await asyncio.gather(
            desk.people.profile(workspace, draft.actor),
            asyncio.gather(*(self._named(draft, user) for user in draft.mentions)),
            self._admits(draft),
            self._root(draft),
        )
        named = tuple(profile for profile in people if profile)
        met = {profile.ref.person for profile in named}
        if sentences := [await self._why_not(draft, user) for user in draft.invited() if user not in met]:
            raise Refused(" ".join(dict.fromkeys(sentences)))
        return draft.delivery(
            actor, desk.clock(), people=named, admits_actor=admits, reply_to=root, path=path
        )

    async def _named(self, draft: Draft, user: str) -> Profile | None:
        """Somebody who was named, when they are in the room and can meet."""
        people, workspace = self._desk.people, draft.room.workspace
        if not await self._is_inside(draft, user):
            return None
        return await people.profile(workspace, user) if await people.can_meet(workspace, user) else None

    async def _why_not(self, draft: Draft, user: str) -> str:
        """Why somebody who was named cannot be invited, by the name people know."""
        desk, workspace = self._desk, draft.room.workspace
        if user == await desk.installs.bot_user_id(workspace):
            return NOT_COMING_ALONG
        name = (await desk.people.profile(workspace, user, draft.labels.get(user, ""))).name
        known = "Somebody you named" if name == user else f"@{name}"
        if not await desk.people.can_meet(workspace, user):
            return f"{known} is an app or a closed account, so I cannot invite it."
        if names.is_direct(draft.room):
            return f"{known} is not in this conversation; ask me in a channel where you both are."
        return f"{known} is not in this channel; invite them first."

    async def _admits(self, draft: Draft) -> bool:
        # Only who is in a channel can say something there. Commands and presses prove less: a public channel
        # can be looked at from outside.
        is_proven = isinstance(draft.act, Said) or names.is_home(draft.room) or names.is_direct(draft.room)
        return is_proven or await self._is_inside(draft, draft.actor)

    async def _is_inside(self, draft: Draft, user: str) -> bool:
        people, workspace, channel = self._desk.people, draft.room.workspace, draft.room.room
        is_member = await people.is_member(workspace, channel, user)
        if is_member is None:
            if people.is_too_big(workspace, channel):
                raise Refused(TOO_BIG)
            raise Refused(NOT_SURE if await self._is_here(draft) else NOT_IN_THE_ROOM)
        return is_member

    async def _root(self, draft: Draft) -> str | None:
        if not draft.thread_root:
            return None
        return await self._desk.inbox.message_shown_as(draft.room.workspace, draft.thread_root)

    def _tell_when_known(self, draft: Draft, ref: PersonRef, *, admits: bool) -> None:
        """Somebody's zone and address, which Slack did not tell in time, are handed over when it does."""
        if ref in self._unknown or self._desk.people.is_known(ref.realm, ref.person):
            return
        self._unknown.add(ref)
        self._taken.meanwhile(self._told_later(draft, ref, admits=admits))

    async def _told_later(self, draft: Draft, ref: PersonRef, *, admits: bool) -> None:
        desk = self._desk
        try:
            for seconds in LOOK_AGAIN_SECONDS:
                await asyncio.sleep(seconds)
                profile = await desk.people.profile(ref.realm, ref.person)
                if desk.people.is_known(ref.realm, ref.person):
                    content = digest("told", draft.room, ref.person)
                    told = replace(draft, id=f"{draft.id}.{ref.person}", digest=content, act=MembersTold())
                    late = told.delivery(profile, desk.clock(), admits_actor=admits, path=NoPath())
                    await desk.inbox.put(late, 0)
                    return
        finally:
            self._unknown.discard(ref)


def _said_to(draft: Draft, sentence: str) -> Message:
    reader = PersonRef(draft.room.workspace, draft.actor)
    return Message("refusal", 1, draft.room, reader, Card((line(sentence),)))


def _is_readers(message: Message, room: RoomRef, actor: str) -> bool:
    """Whether this person may see the message."""
    if message.room.workspace != room.workspace:
        return False
    return message.audience.person == actor if message.audience else message.room == room


def _too_many(limit: RateLimited) -> str:
    return f"{TOO_MUCH}; please try again in {max(1, round(limit.retry_after.total_seconds()))} s."
