"""When a linked calendar cannot be read: its owner is told, and told when it is back; the room never is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.desk import Desk
from bot.views import calendars
from scheduling_core.availability import FreeBusy, Unreadable
from scheduling_core.linked_calendars import LinkedAccount, Trouble
from scheduling_core.people import Person

PATIENCE: Final = timedelta(minutes=15)
"""How long a provider may be silent before the owner hears of it; what only they can mend is told at once."""


async def note(desk: Desk, account_id: str, owner: Person, answers: Mapping[str, FreeBusy]) -> None:
    """Keep what became of asking an account, and say what has to be said."""
    account = await desk.tx.account(account_id)
    if account is None:
        return
    trouble = _trouble(desk, account.trouble, answers)
    rules = desk.office.rules_of(owner)
    title = desk.office.title_of(account.provider)
    if trouble is not None and not trouble.is_told and _is_time_to_tell(desk, trouble):
        trouble = replace(trouble, is_told=True)
        card = calendars.unreadable(account, title, trouble, rules.when_unreadable)
        await desk.tell(owner.ref, account.room, card)
    if trouble is None and account.trouble is not None and account.trouble.is_told:
        await desk.tell(owner.ref, account.room, calendars.readable_again(account, title))
    if trouble != account.trouble:
        await desk.tx.save_account(replace(account, trouble=trouble))


def _trouble(desk: Desk, before: Trouble | None, answers: Mapping[str, FreeBusy]) -> Trouble | None:
    """As it is now; what needs the owner counts for more than what may pass by itself."""
    failures = [answer for answer in answers.values() if isinstance(answer, Unreadable)]
    if not failures:
        return None
    worst = max(failures, key=lambda failure: failure.needs_owner)
    since, is_told = (before.since, before.is_told) if before else (desk.now, False)
    return Trouble(since, worst.reason, worst.needs_owner, is_told)


async def that_closes(desk: Desk, host: Person) -> LinkedAccount | None:
    """The account of the host's that cannot be read, if for that reason none of their time is offered."""
    if not host.is_linked or desk.office.rules_of(host).when_unreadable != "close":
        return None
    accounts = (await desk.tx.accounts([host.id])).get(host.id, [])
    broken = [each for each in accounts if each.trouble is not None and each.counted]
    return max(broken, key=_needs_owner, default=None)


def _needs_owner(account: LinkedAccount) -> bool:
    return account.trouble is not None and account.trouble.needs_owner


def _is_time_to_tell(desk: Desk, trouble: Trouble) -> bool:
    return trouble.needs_owner or desk.now - trouble.since >= PATIENCE
