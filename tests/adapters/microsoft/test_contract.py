"""Microsoft keeps the contract of calendars, with the right to write and with basic details alone."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from tests.adapters.microsoft.world import FAULTS, MicrosoftWorld, microsoft_world
from tests.contracts.calendar import CalendarContract, SeveralCalendars, WritableCalendarContract

# Exchange knows no floating times.
NOT_AT_MICROSOFT = {"a floating time is the owner's"}
SHORT_SECONDS = 0.6


def _deadline(request: pytest.FixtureRequest) -> float:
    """Short only where it is to be met."""
    played = getattr(request.node, "callspec", None)
    return SHORT_SECONDS if played and "slow" in played.params.values() else 10.0


class TestMicrosoftWriting(WritableCalendarContract):
    """With `Calendars.ReadWrite`."""

    lacks: ClassVar = frozenset(NOT_AT_MICROSOFT)
    faults: ClassVar = frozenset(FAULTS)

    @pytest.fixture
    async def world(self, request: pytest.FixtureRequest) -> AsyncIterator[MicrosoftWorld]:
        async with microsoft_world(writing=True, timeout_seconds=_deadline(request)) as world:
            yield world


class TestMicrosoftReading(SeveralCalendars, CalendarContract):
    """With `Calendars.ReadBasic`: the same calls, so that few faults say enough."""

    lacks: ClassVar = frozenset({*NOT_AT_MICROSOFT, "test_one_that_hangs_does_not_take_the_others_with_it"})
    faults: ClassVar = frozenset({"401", "403", "429"})

    @pytest.fixture
    async def world(self, request: pytest.FixtureRequest) -> AsyncIterator[MicrosoftWorld]:
        async with microsoft_world(writing=False, timeout_seconds=_deadline(request)) as world:
            yield world
