"""Events whose writing was not answered: they may stand there, so no invite goes out beside them."""

from datetime import timedelta

import pytest

from scheduling_core.errors import ProviderError, ReconnectNeeded, Rejected
from tests.bot.test_copies import ACCOUNT, books, events, methods, writing
from tests.bot.town import Town

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
