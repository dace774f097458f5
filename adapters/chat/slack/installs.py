"""Which token belongs to which workspace: one workspace by its token, or many installed by OAuth.

Installations are kept as sealed records of the store, one per workspace. A token that runs out is renewed
ahead of time. Source: https://docs.slack.dev/authentication/using-token-rotation.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from adapters.chat.slack.events import Uninstalled
from adapters.chat.slack.names import PLATFORM
from adapters.chat.slack.web import Call, Json, Mendable, WebApi
from adapters.memory import Memory
from scheduling_core.errors import Gone, ProviderError, RateLimited, Rejected, Unavailable
from scheduling_core.ports import Store, Transaction
from scheduling_core.refs import WorkspaceRef

INSTALLATIONS: Final = "slack.installation"
"""Kind of the records; the key is the workspace."""

TOKEN_LIFE: Final = timedelta(seconds=60)
"""How long a token is used without looking into the store, where another process may have changed it."""
FAILURE_LIFE: Final = timedelta(seconds=5)
RENEW_AHEAD: Final = timedelta(hours=1)
"""Slack's tokens last for twelve hours."""

UNINSTALLED: Final = "slack.uninstalled"
"""Kind of the records of `app_uninstalled` and its like; the key is the id of the event."""
UNINSTALLED_LIFE: Final = timedelta(days=1)
"""Slack repeats an event for an hour at most."""

_WORKSPACES = 10_000
_INSTANTS = ("expires_at", "installed_at")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one workspace.

    Attributes:
        enterprise_id: of the organisation the workspace belongs to, or "".
        scopes: what was granted.
        refresh_token: renews the token, or "" for a token that lasts.
        expires_at: when the token is over (aware UTC), or None for one that lasts.
        installed_at: when Slack gave the first token (aware UTC), or None where that was not noted.
    """

    team_id: str
    bot_token: str = field(repr=False)
    bot_user_id: str
    team_name: str = ""
    enterprise_id: str = ""
    scopes: tuple[str, ...] = ()
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    installed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what could never call Slack."""
        if not (self.team_id and self.bot_token and self.bot_user_id):
            raise ValueError("an installation has a workspace, a token and a bot user")

    @property
    def workspace(self) -> WorkspaceRef:
        """Where it is."""
        return WorkspaceRef(PLATFORM, self.team_id)

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @staticmethod
    def from_json(text: str) -> "Installation":
        """What `to_json` wrote."""
        known = {one.name for one in fields(Installation)}
        # Other versions keep more than this one, and less.
        held: Json = {name: value for name, value in json.loads(text).items() if name in known}
        instants = {name: datetime.fromisoformat(held[name]) for name in _INSTANTS if held.get(name)}
        return Installation(**{**held, "scopes": tuple(held["scopes"]), **instants})


class Installs(ABC):
    """Knows the installations; `Tokens` for `WorkspaceApi`.

    Remembers them shortly, failures too, so that a storm of payloads asks once.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: Memory[WorkspaceRef, Installation | ProviderError] = Memory(clock, _WORKSPACES)

    async def installation(self, workspace: WorkspaceRef) -> Installation:
        """The app in *workspace*.

        Raises:
            Gone: it is not installed there.
            Unavailable: that cannot be known now.
        """

        async def ask() -> tuple[Installation | ProviderError, timedelta]:
            try:
                return await self._found(workspace), TOKEN_LIFE
            except ProviderError as error:
                return error, FAILURE_LIFE

        match await self._known.get(workspace, ask):
            case Installation() as found:
                return found
            case error:
                raise _again(error)

    @abstractmethod
    async def _found(self, workspace: WorkspaceRef) -> Installation: ...

    def invalidate(self, workspace: WorkspaceRef) -> None:
        """Look again before the next call."""
        self._known.forget(workspace)

    @abstractmethod
    async def is_stale(self, removal: Uninstalled) -> bool:
        """Whether the app came there after this removal, or the event came before."""

    @abstractmethod
    async def forget(self, removal: Uninstalled) -> None:
        """The app was removed there."""

    async def token(self, workspace: WorkspaceRef) -> str:
        """The bot's token. Raises: as `installation`."""
        return (await self.installation(workspace)).bot_token

    async def bot_user_id(self, workspace: WorkspaceRef) -> str:
        """The bot as a user. Raises: as `installation`."""
        return (await self.installation(workspace)).bot_user_id

    async def is_installed(self, workspace: WorkspaceRef) -> bool:
        """Whether the app is there. Raises: `Unavailable` where that cannot be known now."""
        try:
            await self.installation(workspace)
        except Gone:
            return False
        return True


def _again(error: ProviderError) -> ProviderError:
    """The same error, anew: one that is raised twice grows its traceback."""
    match error:
        case Gone():
            return Gone(*error.args)
        case RateLimited():
            return RateLimited(error.retry_after)
        case _:
            return Unavailable(*error.args)


class OneWorkspace(Installs):
    """The workspace of one bot token; Slack is asked which, when it is first needed and again after failures.

    Another workspace is `Gone`.
    """

    def __init__(self, bot_token: str, store: Store, web: WebApi, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._bot_token = bot_token
        self._store = store
        self._web = web
        self._own: Memory[str, Installation | ProviderError] = Memory(clock, 1)

    async def _found(self, workspace: WorkspaceRef) -> Installation:
        match await self._own.get("", self._asked):
            case Installation() as own:
                if own.workspace != workspace:
                    raise Gone("the bot token is another workspace's")
                return own
            case error:
                raise _again(error)

    async def _asked(self) -> tuple[Installation | ProviderError, timedelta]:
        try:
            own = await about_token(self._web, self._bot_token)
        except ProviderError as error:
            return error, FAILURE_LIFE
        return own, timedelta(days=1)

    async def is_stale(self, removal: Uninstalled) -> bool:
        """See `Installs.is_stale`; when the app came there only Slack knows, so its word on the token counts.

        Raises: as `WebApi.call` where Slack tells neither.
        """
        async with self._store.read() as reading:
            if await reading.record(UNINSTALLED, removal.event_id) is not None:
                return True
        try:
            own = await about_token(self._web, self._bot_token)
        except (Gone, Mendable):
            return False
        return own.workspace == removal.workspace

    async def forget(self, removal: Uninstalled) -> None:
        """See `Installs.forget`; the token is configured, so only the memory goes."""
        async with self._store.write() as tx:
            await _keep_removal(tx, removal, self._clock())
        self._own.forget("")
        self.invalidate(removal.workspace)


async def about_token(web: WebApi, bot_token: str) -> Installation:
    """Whose token this is, by `auth.test`.

    Raises: as `WebApi.call`; `Unavailable` for a token of no workspace.
    """
    told = await web.call(Call("auth.test", {}), bot_token)
    try:
        return Installation(
            team_id=told.get("team_id") or "",
            bot_token=bot_token,
            bot_user_id=told.get("user_id") or "",
            team_name=told.get("team") or "",
            enterprise_id=told.get("enterprise_id") or "",
        )
    except ValueError:
        raise Unavailable("auth.test: the token is no workspace's bot") from None


class ManyWorkspaces(Installs):
    """Installations by OAuth, kept in the store.

    Args:
        client: id and secret of the app, which renew tokens.
    """

    def __init__(
        self, client: tuple[str, str], store: Store, web: WebApi, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(clock)
        self._client = client
        self._store = store
        self._web = web

    async def save(self, installation: Installation) -> None:
        """Install, or install again with another token."""
        workspace = installation.workspace
        async with self._store.write() as tx:
            await tx.save_record(INSTALLATIONS, str(workspace), installation.to_json())
        self.invalidate(workspace)

    async def is_stale(self, removal: Uninstalled) -> bool:
        """See `Installs.is_stale`."""
        async with self._store.read() as reading:
            if await reading.record(UNINSTALLED, removal.event_id) is not None:
                return True
            return _is_older(removal, await reading.record(INSTALLATIONS, str(removal.workspace)))

    async def forget(self, removal: Uninstalled) -> None:
        """See `Installs.forget`; an installation that came meanwhile stays."""
        key = str(removal.workspace)
        async with self._store.write() as tx:
            if not _is_older(removal, await tx.record(INSTALLATIONS, key)):
                await tx.drop_record(INSTALLATIONS, key)
            await _keep_removal(tx, removal, self._clock())
        self.invalidate(removal.workspace)

    async def _found(self, workspace: WorkspaceRef) -> Installation:
        kept = await self._kept(workspace)
        if kept.expires_at is None or kept.expires_at - self._clock() > RENEW_AHEAD:
            return kept
        return await self._renewed(kept)

    async def _kept(self, workspace: WorkspaceRef) -> Installation:
        async with self._store.read() as reading:
            content = await reading.record(INSTALLATIONS, str(workspace))
        if content is None:
            raise Gone(f"the app is not installed in {workspace}")
        return Installation.from_json(content)

    async def _renewed(self, old: Installation) -> Installation:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        try:
            told = await self._web.exchange(self._client, form)
        except ProviderError as error:
            return await self._not_renewed(old, error)
        token, refresh = told.get("access_token"), told.get("refresh_token")
        fresh = replace(
            old,
            bot_token=token or old.bot_token,
            refresh_token=refresh or old.refresh_token,
            expires_at=expiry(told, self._clock()),
        )
        async with self._store.write() as tx:
            # The app may have been removed meanwhile.
            if await tx.record(INSTALLATIONS, str(old.workspace)) is None:
                raise Gone(f"the app is not installed in {old.workspace}")
            await tx.save_record(INSTALLATIONS, str(old.workspace), fresh.to_json())
        return fresh

    async def _not_renewed(self, old: Installation, error: ProviderError) -> Installation:
        """Another process may have been faster: a refresh token works once. Else the old token goes on."""
        kept = await self._kept(old.workspace)
        if kept.bot_token != old.bot_token:
            return kept
        log.warning("slack.token_not_renewed", workspace=str(old.workspace), error=str(error))
        if old.expires_at and old.expires_at > self._clock():
            return old
        if isinstance(error, Rejected):
            raise Gone(error.reason)
        raise error


async def _keep_removal(tx: Transaction, removal: Uninstalled, now: datetime) -> None:
    await tx.save_record(UNINSTALLED, removal.event_id, str(removal.workspace), now + UNINSTALLED_LIFE)


def _is_older(removal: Uninstalled, kept: str | None) -> bool:
    """Whether the app was removed before it was installed as it is kept; Slack tells no more than seconds."""
    since = Installation.from_json(kept).installed_at if kept else None
    return since is not None and removal.at < since.replace(microsecond=0)


def expiry(told: dict[str, Any], now: datetime) -> datetime | None:
    """When a token of `oauth.v2.access` is over; None for one that lasts."""
    seconds = told.get("expires_in")
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None
