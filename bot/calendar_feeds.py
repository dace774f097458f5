"""Asking what became of calendars since they were last read: one small request for each.

An answer is a hint. Only "nothing has changed" is taken for what it says, and only where people are not
waiting to book: there the calendar itself is asked.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.office import Office
from scheduling_core.calendar_ports import Account, CalendarProvider
from scheduling_core.errors import ProviderError
from scheduling_core.linked_calendars import Feed, LinkedAccount

log = structlog.get_logger()

AT_ONCE: Final = 4
"""Calendars of one account that are asked at the same time."""


@dataclass(frozen=True, slots=True)
class News:
    """What became of the calendars of an account that are followed.

    Attributes:
        cursors: of those that answered; kept only together with what is read from now on.
        changed: those that may have changed, as far as they answered.
        is_quiet: none of them may have changed, and every one that counts answered; what the others do not
            say is nothing that reading them would tell.
    """

    cursors: Mapping[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    is_quiet: bool = False


async def ask(
    office: Office,
    account: LinkedAccount,
    credentials: Account,
    followed: Collection[str],
    feeds: Iterable[Feed],
) -> News:
    """Ask some at once, all under the deadline of calendars; who does not answer is not quiet.

    Args:
        followed: ids of the calendars that are asked; all that count are among them.
    """
    provider = office.providers.get(account.provider)
    if provider is None:
        return News()
    known = {feed.calendar: feed.cursor for feed in feeds}
    asking = _Asking(office, account, credentials, provider)
    async with asyncio.TaskGroup() as group:
        for calendar in followed:
            group.create_task(asking.ask(calendar, known.get(calendar, "")))
    return asking.news(known)


class _Asking:
    """The calendars of one account, as they answer; only so many places are theirs."""

    def __init__(
        self, office: Office, account: LinkedAccount, credentials: Account, provider: CalendarProvider
    ) -> None:
        self._deadline = asyncio.get_running_loop().time() + office.settings.calendar.answer_within_seconds
        self._places = asyncio.Semaphore(AT_ONCE)
        self._credentials = credentials
        self._account = account
        self._provider = provider
        self._cursors: dict[str, str] = {}
        self._changed: set[str] = set()

    async def ask(self, calendar: str, cursor: str) -> None:
        try:
            async with asyncio.timeout_at(self._deadline), self._places:
                found = await self._provider.changes(self._credentials, calendar, cursor)
        except (ProviderError, TimeoutError):
            return
        except Exception:
            # A bug of an adapter must not be taken for silence of the calendar.
            log.exception("calendar.failed", account=self._account.id, provider=self._provider.name)
            return
        self._cursors[calendar] = found.cursor
        if found.has_changed or not found.cursor:
            self._changed.add(calendar)

    def news(self, known: Mapping[str, str]) -> News:
        counted = {each.calendar.id for each in self._account.counted}
        is_quiet = not self._changed and counted <= self._cursors.keys()
        moved = {name: cursor for name, cursor in self._cursors.items() if known.get(name) != cursor}
        return News(moved, frozenset(self._changed), is_quiet)
