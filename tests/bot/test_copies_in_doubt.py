"""Events whose writing was not answered: they may stand there, so no invite goes out beside them."""

from datetime import timedelta

import pytest

from bot import unlinking
from bot.desk import Desk
from scheduling_core.errors import ProviderError, ReconnectNeeded, Rejected
from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.linking import person
from tests.bot.test_copies import ACCOUNT, books, events, methods, writing
from tests.bot.town import Member, Town

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "refused", [Rejected(403, "read only"), ReconnectNeeded("revoked")], ids=lambda e: type(e).__name__
)
async def test_an_answer_that_is_lost_before_a_refusal_brings_no_invite_beside_the_event(
    town: Town, refused: ProviderError
) -> None:
    host, guest = await writing(town)
    town.calendars.loses_answers = 1
    await books(guest)
    town.calendars.trouble[ACCOUNT] = refused
    await town.passes(MINUTE)
    assert len(events(town)) == 1
    assert methods(town, host) == [""]
    assert any("I cannot tell whether it stands there" in seen.text for seen in host.screen())
    town.calendars.trouble.clear()
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert [event.sequence for event in events(town)] == [1]
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert events(town) == []
    assert set(methods(town, host)) == {""}


async def forgets(town: Town, host: Member, *, with_events: bool) -> LinkedAccount:
    """Unlinked, as its button does."""
    owner = await person(town, host)
    async with town.office.store.write() as tx:
        (account,) = (await tx.accounts([owner.id]))[owner.id]
        await unlinking.forget(Desk(town.office, tx, town.now), account, owner, with_events=with_events)
    return account


@pytest.mark.parametrize(("with_events", "mailed"), [(True, [""]), (False, ["", "REQUEST"])])
async def test_what_is_being_written_while_its_account_is_unlinked_does_not_stay(
    town: Town, with_events: bool, mailed: list[str]
) -> None:
    host, guest = await writing(town)
    gone: list[LinkedAccount] = []

    async def unlinks() -> None:
        gone.append(await forgets(town, host, with_events=with_events))

    town.calendars.while_written = unlinks
    await books(guest)
    assert events(town) == []
    assert methods(town, host) == mailed
    assert town.calendars.revoked == {ACCOUNT}
    async with town.office.store.read() as reading:
        assert await reading.copies_in(gone[0].id, town.now) == []


async def test_an_event_whose_answer_was_lost_goes_with_its_account(town: Town) -> None:
    host, guest = await writing(town)
    town.calendars.loses_answers = 1
    await books(guest)
    assert len(events(town)) == 1
    await forgets(town, host, with_events=True)
    await town.settle()
    assert events(town) == []
