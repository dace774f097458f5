"""Which calendars an account has, asked anew when its owner looks at them, and how each counts."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from bot import calendar_channels
from bot.credentials import Credentials
from bot.desk import Desk
from bot.office import Office
from scheduling_core.calendar_ports import Calendar
from scheduling_core.errors import ProviderError
from scheduling_core.linked_calendars import LinkedAccount, LinkedCalendar
from scheduling_core.ports import Job

log = structlog.get_logger()

PATIENCE_SECONDS: Final = 3.0
"""Somebody waits for the form; what was known before is shown instead."""


def with_choices(
    calendars: Iterable[Calendar], before: Iterable[LinkedCalendar]
) -> tuple[LinkedCalendar, ...]:
    """An account's calendars as they are now, each as its owner chose; a new one counts if it is theirs."""
    chosen = {each.calendar.id: each for each in before}
    return tuple(
        replace(chosen[each.id], calendar=each)
        if each.id in chosen
        else LinkedCalendar(each, counts=each.is_primary or each.can_write)
        for each in calendars
    )


async def ask(office: Office, account_id: str, owner: str) -> Sequence[Calendar]:
    """The calendars of an account right now; none when it does not say, or is not *owner*'s.

    Not inside a transaction: the provider is asked.
    """
    async with office.store.read() as reading:
        account = await reading.account(account_id)
    provider = office.providers.get(account.provider) if account else None
    if account is None or account.person != owner or provider is None:
        return ()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await provider.calendars(Credentials(office.store, account_id))
    except (ProviderError, TimeoutError) as error:
        log.warning("calendars.not_listed", provider=account.provider, error=type(error).__name__)
        return ()


async def keep(desk: Desk, account: LinkedAccount, now: Sequence[Calendar]) -> LinkedAccount:
    """The account with its calendars as they are *now*; what is new counts at once.

    What is gone and counts stays until its owner says otherwise: until then it is not free.
    """
    if not now:
        return account
    there = {each.id: each for each in now}
    before = [each.calendar.id for each in account.calendars]
    matters = [each for each in account.calendars if each.counts or each.calendar.id == account.target]
    gone = {each.calendar.id: each.calendar for each in matters if each.calendar.id not in there}
    # Known ones keep their places, which a form that is open elsewhere names them by.
    ordered = [(there | gone)[each] for each in before if each in there or each in gone]
    new = [each for each in now if each.id not in before]
    calendars = with_choices([*ordered, *new], account.calendars)
    if calendars == account.calendars:
        return account
    changed = replace(account, calendars=calendars)
    await desk.tx.save_account(changed)
    await calendar_channels.promise(desk, changed)
    await desk.tx.enqueue(Job(f"read:{desk.office.new_id('r')}", "read", {"account": account.id}))
    return changed
