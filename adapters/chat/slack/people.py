"""Who somebody is, and who is in a channel: asked of Slack, remembered for minutes.

This runs before a delivery is recorded, so it never loses one: what cannot be learned of somebody in time is
simply not told. Who is in a channel is waited for longer, past the acknowledgement; where it is then "not
known", nobody is admitted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from adapters.chat.slack.members import Members
from adapters.chat.slack.web import Call, Json, WorkspaceApi
from adapters.memory import Memory
from adapters.payload import find
from scheduling_core.deliveries import Profile
from scheduling_core.errors import ProviderError
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

DEADLINE_SECONDS: Final = 2.0
_MEMBERS_PATIENCE = 4
_ASKED_WITHIN = 0.75
"""The part of the deadline one question has; the rest is for waiting for somebody else's."""
PROFILE_LIFE: Final = timedelta(minutes=15)
FAILURE_LIFE: Final = timedelta(seconds=1)
"""How long nobody asks again; a limit is kept for as long as Slack said, see `WebApi`."""
LAST_ACCOUNT_LIFE: Final = timedelta(days=1)

T = TypeVar("T")

_PROFILES = 20_000


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


class People:
    """Profiles and memberships of every workspace.

    Args:
        bot_user: gives the bot's own user id in a workspace.
        deadline_seconds: of each answer here; who is in a channel is waited for four times as long.
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
        self._clock = clock
        self._accounts: Memory[PersonRef, _Account | None] = Memory(clock, _PROFILES)
        self._last_accounts: Memory[PersonRef, _Account] = Memory(clock, _PROFILES)
        self._members = Members(api, bot_user, clock, deadline_seconds * _MEMBERS_PATIENCE)

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

        This may take seconds; see `Members.has`.
        """
        return await self._members.has(RoomRef(workspace, channel), user_id)

    def is_too_big(self, workspace: WorkspaceRef, channel: str) -> bool:
        """Whether the channel has so many people that not all of them are known; nobody is asked."""
        return self._members.is_too_big(RoomRef(workspace, channel))

    async def bot_is_member(self, workspace: WorkspaceRef, channel: str) -> bool:
        """Whether the bot is in the channel; True where that cannot be known."""
        return await self._members.has_bot(RoomRef(workspace, channel))

    def forget_user(self, workspace: WorkspaceRef, user_id: str) -> None:
        """The profile changed."""
        self._accounts.forget(PersonRef(workspace, user_id))

    def forget_channel(self, room: RoomRef) -> None:
        """Who is in it is not what it seemed: ask anew."""
        self._members.forget(RoomRef(room.workspace, room.room))

    def came_or_left(self, workspace: WorkspaceRef, channel: str, user_id: str, *, is_inside: bool) -> None:
        """Somebody is in the channel now, or no longer."""
        self._members.came_or_left(RoomRef(workspace, channel), user_id, is_inside=is_inside)

    def stop(self) -> None:
        """Ask no further."""
        self._members.stop()

    async def _account(self, ref: PersonRef) -> _Account | None:
        async def ask() -> tuple[_Account | None, timedelta]:
            call = Call("users.info", query={"user": ref.person, "include_locale": True})
            try:
                async with self._one_question():
                    answer = await self._api.call(ref.realm, call)
            except (ProviderError, TimeoutError):
                return None, FAILURE_LIFE
            account = _read_account(answer.get("user") or {}, ref.realm)
            self._last_accounts.keep(ref, account, LAST_ACCOUNT_LIFE)
            return account, PROFILE_LIFE

        told = await self._in_time(self._accounts.get(ref, ask), None)
        return told or self._last_accounts.known(ref)

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
