"""Who somebody is, and who is in a channel: asked of Slack, remembered for minutes.

This runs before a delivery is recorded, so it is quick and never loses one: what cannot be learned in time
is simply not told, and who is in a channel is then "not known", which admits nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from adapters.chat.slack.memory import Memory
from adapters.chat.slack.web import Call, Json, WorkspaceApi
from adapters.payload import find
from scheduling_core.deliveries import Profile
from scheduling_core.errors import ProviderError, Rejected
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

DEADLINE_SECONDS: Final = 2.0
_ASKED_WITHIN = 0.75
"""The part of the deadline one question has; the rest is for waiting for somebody else's."""
PROFILE_LIFE: Final = timedelta(minutes=15)
MEMBERS_LIFE: Final = timedelta(minutes=5)
NO_LIFE: Final = timedelta(seconds=10)
"""How long it is believed that somebody is not there: another process may have been told that they came."""
FAILURE_LIFE: Final = timedelta(seconds=1)
"""How long nobody asks again; a limit is kept for as long as Slack said, see `WebApi`."""
LAST_ACCOUNT_LIFE: Final = timedelta(days=1)
LAST_KNOWN_LIFE: Final = timedelta(hours=1)
"""How long a list still tells who is in, while Slack gives no other."""
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
        members: all of them, or None where they are too many to list.
        has_bot: None where Slack did not say.
    """

    members: frozenset[str] | None
    has_bot: bool | None
    asked_at: datetime

    def has(self, user_id: str) -> bool:
        """Whether the user is in it."""
        return self.members is None or user_id in self.members


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A channel that the bot cannot see into, because it is not in it."""

    asked_at: datetime


_Found = _Channel | _Hidden | None
"""None: Slack did not answer."""


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
        self._last_accounts: Memory[PersonRef, _Account] = Memory(clock, _PROFILES)
        self._channels: Memory[RoomRef, _Found] = Memory(clock, _CHANNELS)
        self._last_known: Memory[RoomRef, _Channel] = Memory(clock, _CHANNELS)

    async def profile(self, workspace: WorkspaceRef, user_id: str, name: str = "") -> Profile:
        """What Slack tells about a user; where it cannot be learned, what it told last, or the name alone.

        Never raises. Guests and people of another workspace (Slack Connect) have no address.

        Args:
            name: as the payload gave it.
        """
        ref = PersonRef(workspace, user_id)
        account = await self._account(ref)
        if account is None:
            return Profile(ref, name or user_id)
        return Profile(ref, account.name or name or user_id, account.zone, account.locale, account.email)

    def is_known(self, workspace: WorkspaceRef, user_id: str) -> bool:
        """Whether Slack told about the user lately; nobody is asked."""
        return self._accounts.known(PersonRef(workspace, user_id)) is not None

    async def can_meet(self, workspace: WorkspaceRef, user_id: str) -> bool:
        """False for a bot and for an account that was switched off."""
        account = await self._account(PersonRef(workspace, user_id))
        return account is None or account.can_meet

    async def is_member(self, workspace: WorkspaceRef, channel: str, user_id: str) -> bool | None:
        """Whether the user is in the channel; None where that cannot be known now.

        While Slack does not answer, who was in it within the last hour, and did not leave since, still is.
        True where it has too many people.
        """

        def claim(found: _Found) -> bool | None:
            return found.has(user_id) if isinstance(found, _Channel) else None

        room = RoomRef(workspace, channel)
        verdict = await self._verdict(room, claim)
        last = self._last_known.known(room)
        return True if verdict is None and last and last.has(user_id) else verdict

    async def bot_is_member(self, workspace: WorkspaceRef, channel: str) -> bool:
        """Whether the bot is in the channel; True where that cannot be known."""

        def claim(found: _Found) -> bool | None:
            return found.has_bot if isinstance(found, _Channel) else None if found is None else False

        return await self._verdict(RoomRef(workspace, channel), claim) is not False

    def forget_user(self, workspace: WorkspaceRef, user_id: str) -> None:
        """The profile changed."""
        self._accounts.forget(PersonRef(workspace, user_id))

    def forget_channel(self, room: RoomRef) -> None:
        """Who is in it is not what it seemed: ask anew."""
        self._channels.forget(RoomRef(room.workspace, room.room))

    def came_or_left(self, workspace: WorkspaceRef, channel: str, user_id: str, *, is_inside: bool) -> None:
        """Somebody is in the channel now, or no longer."""
        room = RoomRef(workspace, channel)
        self._channels.forget(room)
        last = self._last_known.known(room)
        if last and last.members is not None:
            others = last.members - {user_id}
            members = others | {user_id} if is_inside else others
            self._last_known.keep(room, replace(last, members=members), LAST_KNOWN_LIFE)

    async def _verdict(self, room: RoomRef, claim: Callable[[_Found], bool | None]) -> bool | None:
        found = await self._channel(room)
        # A no is only believed while it is fresh.
        if found and claim(found) is False and self._clock() - found.asked_at >= NO_LIFE:
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
            account = _read_account(answer.get("user") or {}, ref.workspace)
            self._last_accounts.keep(ref, account, LAST_ACCOUNT_LIFE)
            return account, PROFILE_LIFE

        told = await self._in_time(self._accounts.get(ref, ask), None)
        return told or self._last_accounts.known(ref)

    async def _channel(self, room: RoomRef) -> _Found:
        now = self._clock()

        async def ask() -> tuple[_Found, timedelta]:
            try:
                async with self._one_question():
                    members = await self._members(room)
                    found = _Channel(members, await self._has_bot(room, members), now)
            except Rejected as refusal:
                return (_Hidden(now), MEMBERS_LIFE) if refusal.reason in _NOT_THERE else (None, FAILURE_LIFE)
            except (ProviderError, TimeoutError):
                return None, FAILURE_LIFE
            self._last_known.keep(room, found, LAST_KNOWN_LIFE)
            return found, MEMBERS_LIFE

        return await self._in_time(self._channels.get(room, ask), None)

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


def _read_account(user: Json, workspace: WorkspaceRef) -> _Account:
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    is_machine = user.get("is_bot") or user.get("id") == "USLACKBOT"
    return _Account(
        name=next((name for each in names if (name := _text(each))), ""),
        zone=_text(user.get("tz")) or None,
        locale=_text(user.get("locale")) or None,
        email=(_text(profile.get("email")) or None) if _is_of(user, workspace) else None,
        can_meet=not (is_machine or user.get("deleted")),
    )


def _is_of(user: Json, workspace: WorkspaceRef) -> bool:
    """Whether this is a full member of the workspace.

    Somebody of another workspace whom a shared channel brought in is no `is_stranger`: only the team tells.
    Source: https://docs.slack.dev/reference/objects/user-object.
    """
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger"):
        return False
    # In an organisation an account is of several workspaces.
    teams = find(user, "enterprise_user", "teams")
    return workspace.workspace in (user.get("team_id"), *(teams if isinstance(teams, list) else ()))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
