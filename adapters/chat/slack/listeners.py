"""Every payload of Slack: taken, acknowledged, handed to the `Inbox`. Nothing is worked on here.

slack_bolt reads and answers; what it calls a middleware here sees each payload. A payload is acknowledged
when it is recorded, and after two seconds in any case, however slow the store or Slack is: Slack gives three.
Events that were not recorded by then are not acknowledged, because Slack sends those again.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.chat.slack import events, inbound, names, render
from adapters.chat.slack.acknowledging import Taken, not_taken
from adapters.chat.slack.handover import MALFORMED, NOT_DONE, Desk, Handover
from adapters.chat.slack.inbound import Draft
from adapters.chat.slack.names import Json, Path, Window
from adapters.memory import Memory
from adapters.payload import Malformed
from scheduling_core.deliveries import Answer, Command
from scheduling_core.errors import ProviderError

ACKNOWLEDGE_WINDOW_AFTER_SECONDS = 2.5
"""A submitted window is worth waiting for: its answer goes back with the acknowledgement."""
REFUSED_LIFE = timedelta(hours=1)
"""How long a refusal is not said again: Slack repeats an event for an hour at most."""
_EVENTS = 1_000
_MAX_WINDOW_NAME = 255

log = structlog.get_logger(__name__)


class Listeners:
    """Takes payloads; its tasks outlive the acknowledgement and are finished by `drain`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taken = Taken()
        self._handover = Handover(desk, self._taken)
        self._refused: Memory[tuple[str, str], bool] = Memory(desk.clock, _EVENTS)
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
        # Whether the app is in the workspace is asked under the deadline: see `Handover`. Bolt would answer
        # by a client of its own, which takes its proxy from the environment.
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

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
            # Which are ours it would know by the token; see `events`.
            ignoring_self_events_enabled=False,
        )
        app.use(take)
        app.error(failed)
        return app

    async def drain(self) -> None:
        """Wait until everything that was taken is handed over; bounded."""
        await self._taken.drain()
        self._desk.people.stop()

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
            await self._handover.refuse(draft, draft.path, refusal)

        work = self._handover.put(draft)
        refusal = await self._taken.soon(work, otherwise=None, late=late, lost=self._sorry(draft))
        return _said(refusal) if refusal else BoltResponse(status=200)

    def _sorry(self, draft: Draft) -> Callable[[], Awaitable[None]]:
        """Tells the actor that what Slack took for done is not."""
        return partial(self._handover.refuse, draft, draft.path, NOT_DONE)

    def _renamed(self, draft: Draft) -> Draft:
        if not isinstance(draft.act, Command):
            return draft
        _, _, words = draft.act.text.partition(" ")
        return replace(draft, act=Command(f"{self._desk.command} {words}".strip()))

    async def _event(self, body: Json) -> BoltResponse:
        match events.event(body):
            case Draft() as draft:
                return await self._unless_late(self._said(draft))
            case events.MembersChanged(workspace, channel, user, is_inside):
                self._desk.people.came_or_left(workspace, channel, user, is_inside=is_inside)
            case events.PersonChanged(workspace, user):
                self._desk.people.forget_user(workspace, user)
            case events.Uninstalled() as removal:
                return await self._unless_late(self._removed(removal))
        return BoltResponse(status=200)

    async def _unless_late(self, work: Coroutine[Any, Any, bool]) -> BoltResponse:
        """Slack sends an event again that was not taken in time."""
        in_time = await self._taken.soon(work, otherwise=False)
        return BoltResponse(status=200 if in_time else 503)

    async def _said(self, draft: Draft) -> bool:
        async def ask() -> tuple[bool, timedelta]:
            sentence = await self._handover.put(draft)
            if sentence is None:
                return True, timedelta()
            refused = self._handover.refuse(draft, draft.path, sentence)
            await self._taken.soon(refused, None, seconds=0)
            return True, REFUSED_LIFE

        # What was refused is not recorded, and Slack may send it again when that took long.
        return await self._refused.get((draft.id, str(draft.act)), ask)

    async def _removed(self, removal: events.Uninstalled) -> bool:
        if not await self._desk.installs.is_stale(removal):
            await self._desk.inbox.leave(removal.workspace)
            await self._desk.installs.forget(removal)
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
        try:
            refusal = await self._handover.put(draft, path)
        except Exception:
            # The window that was opened would wait for ever.
            await self._handover.refuse(draft, path, NOT_DONE)
            raise
        await self._handover.refuse(draft, path, refusal)
        if refusal is None:
            await self._page_again(draft)

    async def _page_again(self, draft: Draft) -> None:
        """What was done in a window above the bot's own page may have changed what stands there."""
        if names.is_home(draft.room):
            await self._taken.soon(self._handover.page_again(draft), None, seconds=0)

    async def _opened(self, draft: Draft) -> Window | None:
        """A window that waits for its card; None where the card must come as a message."""
        name = draft.id[:_MAX_WINDOW_NAME]
        try:
            return await self._desk.client.open_window(draft.room.workspace, draft.trigger_id, name)
        except ProviderError as error:
            log.warning("slack.no_window", error=type(error).__name__)
            return None

    async def _submission(self, body: Json) -> BoltResponse:
        draft = inbound.submitted(body, self._desk.codec)
        if draft is None:
            return BoltResponse(status=200)

        async def late(answered: Answer | str | None) -> None:
            match answered:
                case Answer():
                    await self._handover.show(answered, draft.path)
                case str():
                    await self._handover.refuse(draft, draft.path, answered)

        work, lost, seconds = self._submitted(draft), self._sorry(draft), ACKNOWLEDGE_WINDOW_AFTER_SECONDS
        return self._in_window(draft, await self._taken.soon(work, None, late, lost, seconds))

    async def _submitted(self, draft: Draft) -> Answer | str | None:
        answered = await self._handover.submit(draft)
        if not isinstance(answered, str):
            await self._page_again(draft)
        return answered

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
        none: Json = {"options": []}
        asked = inbound.asked(body)
        if asked is None:
            return _json(none)
        return _json(await self._taken.soon(self._handover.options(asked), otherwise=none))


def _said(sentence: str) -> BoltResponse:
    return _json({"response_type": "ephemeral", "text": sentence})


def _updated(view: Json) -> BoltResponse:
    return _json({"response_action": "update", "view": view})


def _json(body: Json) -> BoltResponse:
    return BoltResponse(status=200, body=body)
