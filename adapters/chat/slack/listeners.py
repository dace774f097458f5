"""Every payload of Slack: taken, acknowledged, handed to the `Inbox`. Nothing is worked on here.

slack_bolt verifies, authorises and answers; what it calls a middleware here sees each payload that passed.
A payload is acknowledged when it is recorded, and after two seconds in any case: Slack gives three. Events
that were not recorded by then are not acknowledged, because Slack sends those again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from adapters.chat.slack import events, inbound, names, render
from adapters.chat.slack.acknowledging import ACKNOWLEDGE_AFTER_SECONDS, Taken, not_taken
from adapters.chat.slack.client import SlackClient
from adapters.chat.slack.inbound import Draft
from adapters.chat.slack.installs import Installs
from adapters.chat.slack.names import Json, Path, ResponseUrl, Window
from adapters.chat.slack.people import People
from adapters.chat.slack.web import WebApi
from adapters.payload import Malformed
from scheduling_core.actions import ActionCodec
from scheduling_core.chat_ports import Inbox
from scheduling_core.deliveries import Answer, Command, Delivery, Message, Profile
from scheduling_core.errors import Conflict, ProviderError, RateLimited, Rejected
from scheduling_core.refs import WorkspaceRef

ACKNOWLEDGE_WINDOW_AFTER_SECONDS = 2.5
"""A submitted window is worth waiting for: its answer goes back with the acknowledgement."""

NOT_INSTALLED = (
    "Parley is not installed in this workspace any more; an owner of the workspace can add it again."
)
NOT_IN_THE_ROOM = "I am not in this conversation yet. Type `/invite @Parley` here, then try again."
NOT_A_ROOM_OF_OURS = (
    "I cannot come into a direct message between people. Use a channel or a group that I am in, "
    "or write to me directly."
)
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


class Listeners:
    """Takes payloads; its tasks outlive the acknowledgement and are finished by `drain`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taken = Taken()
        self._kinds: Mapping[str, Callable[[Json], Awaitable[BoltResponse]]] = {
            "command": self._command,
            "event_callback": self._event,
            "block_actions": self._press,
            "view_submission": self._submission,
            "block_suggestion": self._options,
        }

    def app(self) -> AsyncApp:
        """The bolt application around this; only inside the running loop."""

        # Plain functions: bolt looks at their parameters, and would fill in `self` too.
        # None is a workspace without the app, which bolt's own annotation forgets.
        async def authorize(team_id: str | None) -> Any:
            return await self._desk.installs.authorize(team_id)

        async def take(body: Json) -> BoltResponse:
            return await self._take(body)

        async def failed(error: Exception) -> BoltResponse:
            return not_taken(error)

        quiet = logging.getLogger("slack_bolt.quiet")
        quiet.setLevel(logging.WARNING)
        app = AsyncApp(
            name="parley",
            logger=quiet,
            client=self._desk.web.library(),
            # Whatever comes here over HTTP was verified: see `signature`.
            signing_secret="",
            request_verification_enabled=False,
            ssl_check_enabled=False,
            authorize=authorize,
            user_facing_authorize_error_message=NOT_INSTALLED,
        )
        app.use(take)
        app.error(failed)
        return app

    async def drain(self) -> None:
        """Wait until everything that was taken is handed over; bounded."""
        await self._taken.drain()

    async def _take(self, body: Json) -> BoltResponse:
        kind = "command" if "command" in body else str(body.get("type", ""))
        handle = self._kinds.get(kind)
        if handle is None:
            # Closed windows, shortcuts of an older manifest: nothing to do, and Slack wants an answer.
            return BoltResponse(status=200)
        try:
            return await handle(body)
        except Malformed as malformed:
            log.warning("slack.malformed", kind=kind, because=str(malformed))
            return _said(MALFORMED) if kind == "command" else BoltResponse(status=200)

    async def _command(self, body: Json) -> BoltResponse:
        draft = self._renamed(inbound.command(body))

        async def late(refusal: str | None) -> None:
            await self._refuse(draft.room.workspace, draft.path, refusal)

        refusal = await self._taken.soon(self._handed_over(draft), otherwise=None, late=late)
        return _said(refusal) if refusal else BoltResponse(status=200)

    def _renamed(self, draft: Draft) -> Draft:
        if not isinstance(draft.act, Command):
            return draft
        _, _, words = draft.act.text.partition(" ")
        return replace(draft, act=Command(f"{self._desk.command} {words}".strip()))

    async def _event(self, body: Json) -> BoltResponse:
        match events.event(body):
            case Draft() as draft:
                return await self._event_draft(draft)
            case events.MembersChanged(workspace, channel, _):
                self._desk.people.forget_channel(workspace, channel)
            case events.PersonChanged(workspace, user):
                self._desk.people.forget_user(workspace, user)
            case events.Uninstalled(workspace):
                await self._desk.inbox.leave(workspace)
                await self._desk.installs.forget(workspace)
        return BoltResponse(status=200)

    async def _event_draft(self, draft: Draft) -> BoltResponse:
        in_time = await self._taken.soon(self._recorded(draft), otherwise=False)
        return BoltResponse(status=200 if in_time else 503)

    async def _recorded(self, draft: Draft) -> bool:
        await self._handed_over(draft)
        return True

    async def _press(self, body: Json) -> BoltResponse:
        draft = inbound.pressed(body, self._desk.codec)
        if draft is not None:
            await self._taken.soon(self._pressed(draft), otherwise=None)
        return BoltResponse(status=200)

    async def _pressed(self, draft: Draft) -> None:
        path: Path = draft.path
        if draft.opens_form and (window := await self._opened(draft)):
            path = window
            draft = draft.off_the_page() if draft.screen == "home" else draft
        refusal = await self._handed_over(draft, path)
        await self._refuse(draft.room.workspace, path, refusal)
        if refusal is None:
            await self._page_again(draft)

    async def _page_again(self, draft: Draft) -> None:
        """What was done in a window above the bot's own page may have changed what stands there."""
        if names.is_home(draft.room):
            await self._taken.soon(self._page_once_answered(draft), None, seconds=0)

    async def _page_once_answered(self, draft: Draft) -> None:
        # As a repeat it only waits for the answer.
        await self._desk.inbox.put(await self._delivery(draft), ACKNOWLEDGE_AFTER_SECONDS)
        await self._handed_over(draft.page_again())

    async def _opened(self, draft: Draft) -> Window | None:
        """A window that waits for its card; None where the card must come as a message."""
        try:
            view_id = await self._desk.client.open_window(draft.room.workspace, draft.trigger_id)
        except ProviderError as error:
            log.warning("slack.no_window", error=type(error).__name__)
            return None
        return Window(view_id) if view_id else None

    async def _refuse(self, workspace: WorkspaceRef, way: Path, sentence: str | None) -> None:
        try:
            match way:
                case Window(view_id) if sentence:
                    await self._desk.client.say_in_window(workspace, view_id, sentence)
                case ResponseUrl(url) if sentence:
                    body = {"text": sentence, "response_type": "ephemeral", "replace_original": False}
                    await self._desk.web.respond(url, body)
        except ProviderError as error:
            log.warning("slack.refusal_lost", error=type(error).__name__)

    async def _submission(self, body: Json) -> BoltResponse:
        draft = inbound.submitted(body, self._desk.codec)
        if draft is None:
            return BoltResponse(status=200)

        async def late(answered: Answer | str | None) -> None:
            if isinstance(answered, Answer):
                await self._show(answered, draft.path)

        work, seconds = self._submitted(draft), ACKNOWLEDGE_WINDOW_AFTER_SECONDS
        return self._in_window(draft, await self._taken.soon(work, None, late=late, seconds=seconds))

    async def _submitted(self, draft: Draft) -> Answer | str | None:
        """What belongs in the window, or a sentence; None when it comes by itself, later."""
        try:
            answer = await self._desk.inbox.put(await self._delivery(draft), ACKNOWLEDGE_AFTER_SECONDS)
        except RateLimited as limit:
            return _too_many(limit)
        except Conflict:
            return MALFORMED
        await self._page_again(draft)
        if answer is None:
            return None
        await self._show(Answer(answer.replies[1:]), names.NoPath())
        return Answer(answer.replies[:1])

    def _in_window(self, draft: Draft, answered: Answer | str | None) -> BoltResponse:
        match answered:
            case None:
                return _updated(render.loading_modal())
            case str():
                return _updated(render.note_modal(answered))
            case Answer(replies=()):
                return BoltResponse(status=200)
        (message,) = answered.replies
        errors = render.field_errors(message.card, draft.blocks) if message.card else {}
        if errors:
            return _json({"response_action": "errors", "errors": errors})
        return _updated(render.modal(message, self._desk.codec))

    async def _options(self, body: Json) -> BoltResponse:
        asked = inbound.asked(body)
        message = await self._desk.inbox.message(asked.message_id) if asked else None
        if asked is None or message is None or not _is_readers(message, asked.room, asked.actor):
            return _json({"options": []})
        return _json(render.options(message, asked.action_id, asked.typed, self._desk.codec))

    async def _handed_over(self, draft: Draft, path: Path | None = None) -> str | None:
        """Record a draft; a sentence for the actor when it was not."""
        if isinstance(draft.act, Command) and not await self._is_here(draft):
            return NOT_A_ROOM_OF_OURS if names.is_direct(draft.room) else NOT_IN_THE_ROOM
        try:
            answer = await self._desk.inbox.put(await self._delivery(draft, path), 0)
        except RateLimited as limit:
            return _too_many(limit)
        except Conflict:
            return None
        if answer:
            await self._show(answer, draft.path if path is None else path)
        return None

    async def _is_here(self, draft: Draft) -> bool:
        return await self._desk.people.bot_is_member(draft.room.workspace, draft.room.room)

    async def _delivery(self, draft: Draft, path: Path | None = None) -> Delivery:
        """With everybody's profile; all of them are asked for at once."""
        desk, workspace = self._desk, draft.room.workspace
        actor, people, admits, root = await asyncio.gather(
            desk.people.profile(workspace, draft.actor),
            asyncio.gather(*(self._named(draft, user) for user in draft.mentions)),
            self._admits(draft),
            self._root(draft),
        )
        named = tuple(profile for profile in people if profile)
        return draft.delivery(
            actor, desk.clock(), people=named, admits_actor=admits, reply_to=root, path=path
        )

    async def _named(self, draft: Draft, user: str) -> Profile | None:
        """Somebody who was named, when they are in the room and can meet."""
        people, workspace = self._desk.people, draft.room.workspace
        if not await people.is_member(workspace, draft.room.room, user):
            return None
        return await people.profile(workspace, user) if await people.can_meet(workspace, user) else None

    async def _admits(self, draft: Draft) -> bool:
        if names.is_home(draft.room) or names.is_direct(draft.room):
            return True
        return await self._desk.people.is_member(draft.room.workspace, draft.room.room, draft.actor)

    async def _root(self, draft: Draft) -> str | None:
        if not draft.thread_root:
            return None
        return await self._desk.inbox.message_shown_as(draft.room.workspace, draft.thread_root)

    async def _show(self, answer: Answer, path: Path) -> None:
        for message in answer.replies:
            try:
                await self._desk.client.show(message, None, str(path))
            except (ProviderError, Rejected) as error:
                log.warning("slack.answer_lost", message=message.id, error=type(error).__name__)


def _is_readers(message: Message, room: Any, actor: str) -> bool:
    """Whether this person may see the message."""
    if message.room.workspace != room.workspace:
        return False
    return message.audience.person == actor if message.audience else message.room == room


def _too_many(limit: RateLimited) -> str:
    return f"That is a lot at once; please try again in {max(1, round(limit.retry_after.total_seconds()))} s."


def _said(sentence: str) -> BoltResponse:
    return _json({"response_type": "ephemeral", "text": sentence})


def _updated(view: Json) -> BoltResponse:
    return _json({"response_action": "update", "view": view})


def _json(body: Json) -> BoltResponse:
    return BoltResponse(status=200, body=body)
