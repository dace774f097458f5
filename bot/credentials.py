"""The secret of one account, as the adapters of calendars get it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from scheduling_core.errors import ReconnectNeeded
from scheduling_core.ports import Store

_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class Credentials:
    """See `calendar_ports.Account`.

    What was read or renewed is kept as long as this object, which is one piece of work: should somebody else
    renew it meanwhile, `renewing` shows that. The lock is this process's: should two processes renew a token
    at the same moment, providers let both new ones live, and the one that came first is kept.

    Args:
        secret: as it was just read, if it was.
    """

    def __init__(self, store: Store, account_id: str, secret: str | None = None) -> None:
        self._store = store
        self._id = account_id
        self._known = secret

    @property
    def id(self) -> str:
        """See the port."""
        return self._id

    async def secret(self) -> str:
        """See the port.

        Raises:
            ReconnectNeeded: it was unlinked meanwhile.
        """
        if self._known is None:
            self._known = await self._read()
        return self._known

    async def _read(self) -> str:
        async with self._store.read() as reading:
            secret = await reading.account_secret(self._id)
        if secret is None:
            raise ReconnectNeeded("the account is not linked any more")
        return secret

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator["Renewal"]:
        """See the port."""
        async with _LOCKS.setdefault(self._id, asyncio.Lock()):
            renewal = Renewal(self._store, self._id, await self._read())
            try:
                yield renewal
            finally:
                self._known = renewal.secret


class Renewal:
    """See `calendar_ports.Renewal`."""

    def __init__(self, store: Store, account_id: str, secret: str) -> None:
        self._store = store
        self._id = account_id
        self._secret = secret

    @property
    def secret(self) -> str:
        """See the port."""
        return self._secret

    async def replace(self, secret: str) -> None:
        """See the port."""
        async with self._store.write() as tx:
            is_kept = await tx.renew_account_secret(self._id, self._secret, secret)
            # Its owner may have signed in anew while the provider answered: that grant is not given up for
            # the one before.
            other = None if is_kept else await tx.account_secret(self._id)
        self._secret = other or secret


class Unsaved:
    """An account that is not ours yet, or any more, and its secret. See `calendar_ports.Account`.

    Attributes:
        held: the secret as it is now.
    """

    def __init__(self, secret: str) -> None:
        self.held = secret

    @property
    def id(self) -> str:
        """See the port."""
        return "unsaved"

    async def secret(self) -> str:
        """See the port."""
        return self.held

    @asynccontextmanager
    async def renewing(self) -> AsyncIterator["Unsaved.Held"]:
        """See the port."""
        yield self.Held(self)

    class Held:
        """See `calendar_ports.Renewal`."""

        def __init__(self, account: "Unsaved") -> None:
            self._account = account

        @property
        def secret(self) -> str:
            """See the port."""
            return self._account.held

        async def replace(self, secret: str) -> None:
            """See the port."""
            self._account.held = secret
