"""Who somebody is, and who is in a channel: asked of Slack, remembered for minutes.

This runs before a delivery is recorded, so it is quick and never loses one: what cannot be learned in time
is simply not told.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from adapters.chat.slack.memory import Memory
from adapters.chat.slack.web import Call, Json, WorkspaceApi
from scheduling_core.deliveries import Profile
from scheduling_core.errors import ProviderError, Rejected
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

DEADLINE_SECONDS: Final = 2.0
_ASKED_WITHIN = 0.75
"""The part of the deadline one question has; the rest is for waiting for somebody else's."""
PROFILE_LIFE: Final = timedelta(minutes=15)
MEMBERS_LIFE: Final = timedelta(minutes=5)
FAILURE_LIFE: Final = timedelta(seconds=10)
PAGE: Final = 1000
PAGES: Final = 2
"""A channel with more people than these pages hold is taken to have everybody."""

T = TypeVar("T")

_PROFILES = 20_000
_CHANNELS = 1_000

_NOT_THERE = frozenset({"channel_not_found", "not_in_channel", "thread_not_found", "method_not_supported"})


@dataclass(frozen=True, slots=True)
class _Account:
    """A user as `users.info` tells.

    Attributes:
        can_meet: neither a bot nor switched off.
    """

    name: str
    zone: str | None
    locale: str | None
    email: str | None
    can_meet: bool


@dataclass(frozen=True, slots=True)
class _Channel:
    """Who is in a channel.

    Attributes:
        members: all of them, or None where that cannot be known.
        has_bot: None where that cannot be known.
    """

    members: frozenset[str] | None
    has_bot: bool | None
    asked_at: datetime

    def has(self, user_id: str) -> bool:
        """Whether the user is in it, as far as is known."""
        return self.members is None or user_id in self.members


class People:
    """Profiles and memberships of every workspace.

    Args:
        bot_user: gives the bot's own user id in a workspace.
        deadline_seconds: of each answer here.
    """

    def __init__(
        self,
        api: WorkspaceApi,
        bot_user: Callable[[WorkspaceRef], Awaitable[str]],
        clock: Callable[[], datetime],
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._api = api
        self._deadline_seconds = deadline_seconds
        self._bot_user = bot_user
        self._clock = clock
        self._accounts: Memory[PersonRef, _Account | None] = Memory(clock, _PROFILES)
        self._channels: Memory[RoomRef, _Channel] = Memory(clock, _CHANNELS)

    async def profile(self, workspace: WorkspaceRef, user_id: str, name: str = "") -> Profile:
        """What Slack tells about a user; where it cannot be learned, the name alone. Never raises.

        Guests and people of another workspace (Slack Connect) have no address.

        Args:
            name: as the payload gave it.
        """
        ref = PersonRef(workspace, user_id)
        account = await self._account(ref)
        if account is None:
            return Profile(ref, name or user_id)
        return Profile(ref, account.name or name or user_id, account.zone, account.locale, account.email)

    async def can_meet(self, workspace: WorkspaceRef, user_id: str) -> bool:
        """False for a bot and for an account that was switched off."""
        account = await self._account(PersonRef(workspace, user_id))
        return account is None or account.can_meet

    async def is_member(self, workspace: WorkspaceRef, channel: str, user_id: str) -> bool:
        """Whether the user is in the channel; True where that cannot be known, or it has too many people."""
        return await self._holds(RoomRef(workspace, channel), lambda found: found.has(user_id))

    async def bot_is_member(self, workspace: WorkspaceRef, channel: str) -> bool:
        """Whether the bot is in the channel; True where that cannot be known."""
        return await self._holds(RoomRef(workspace, channel), lambda found: found.has_bot is not False)

    def forget_user(self, workspace: WorkspaceRef, user_id: str) -> None:
        """The profile changed."""
        self._accounts.forget(PersonRef(workspace, user_id))

    def forget_channel(self, workspace: WorkspaceRef, channel: str) -> None:
        """Somebody came or went."""
        self._channels.forget(RoomRef(workspace, channel))

    async def _holds(self, room: RoomRef, claim: Callable[[_Channel], bool]) -> bool:
        found = await self._channel(room)
        # Another process may have been told that they came: a no is only believed while it is fresh.
        if not claim(found) and self._clock() - found.asked_at >= FAILURE_LIFE:
            self._channels.forget(room)
            found = await self._channel(room)
        return claim(found)

    async def _account(self, ref: PersonRef) -> _Account | None:
        async def ask() -> tuple[_Account | None, timedelta]:
            call = Call("users.info", query={"user": ref.person, "include_locale": True})
            try:
                async with self._one_question():
                    answer = await self._api.call(ref.workspace, call)
            except (ProviderError, TimeoutError):
                return None, FAILURE_LIFE
            return _read_account(answer.get("user") or {}), PROFILE_LIFE

        return await self._in_time(self._accounts.get(ref, ask), None)

    async def _channel(self, room: RoomRef) -> _Channel:
        now = self._clock()
        unknown = _Channel(None, None, now)

        async def ask() -> tuple[_Channel, timedelta]:
            try:
                async with self._one_question():
                    members = await self._members(room)
                    return _Channel(members, await self._has_bot(room, members), now), MEMBERS_LIFE
            except Rejected as refusal:
                if refusal.reason in _NOT_THERE:
                    return _Channel(None, has_bot=False, asked_at=now), MEMBERS_LIFE
            except (ProviderError, TimeoutError):
                pass
            return unknown, FAILURE_LIFE

        return await self._in_time(self._channels.get(room, ask), unknown)

    async def _members(self, room: RoomRef) -> frozenset[str] | None:
        members: list[str] = []
        query: Json = {"channel": room.room, "limit": PAGE}
        for _ in range(PAGES):
            answer = await self._api.call(room.workspace, Call("conversations.members", query=query))
            members += answer.get("members") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return frozenset(members)
            query = {**query, "cursor": cursor}
        return None

    async def _has_bot(self, room: RoomRef, members: frozenset[str] | None) -> bool | None:
        if members is not None:
            return await self._bot_user(room.workspace) in members
        call = Call("conversations.info", query={"channel": room.room})
        told = (await self._api.call(room.workspace, call)).get("channel") or {}
        has_bot = told.get("is_member")
        return has_bot if isinstance(has_bot, bool) else None

    def _one_question(self) -> asyncio.Timeout:
        return asyncio.timeout(self._deadline_seconds * _ASKED_WITHIN)

    async def _in_time(self, answer: Awaitable[T], otherwise: T) -> T:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await answer
        except TimeoutError:
            return otherwise


def _read_account(user: Json) -> _Account:
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    is_machine = user.get("is_bot") or user.get("id") == "USLACKBOT"
    return _Account(
        name=next((name for each in names if (name := _text(each))), ""),
        zone=_text(user.get("tz")) or None,
        locale=_text(user.get("locale")) or None,
        email=(_text(profile.get("email")) or None) if not user.get("is_stranger") else None,
        can_meet=not (is_machine or user.get("deleted")),
    )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
