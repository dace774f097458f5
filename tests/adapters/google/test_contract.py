"""Google keeps the contract of calendars, once with the right to events and once with free/busy alone."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from tests.adapters.google.world import FAULTS, GoogleWorld, google_world
from tests.contracts.calendar import CalendarContract, SeveralCalendars, WritableCalendarContract
from tests.contracts.calendar_world import OWNER_ZONE

# Google knows IANA zones alone, and no floating times.
NOT_AT_GOOGLE = {"a floating time is the owner's", "a zone as Windows names it"}
SHORT_SECONDS = 0.8


def _deadline(request: pytest.FixtureRequest) -> float:
    """Short only where it is to be met."""
    played = getattr(request.node, "callspec", None)
    return SHORT_SECONDS if played and "slow" in played.params.values() else 10.0


class TestGoogleWriting(WritableCalendarContract):
    """With `events.owned`: events are read themselves; the calendars' zone is not the owner's."""

    lacks: ClassVar = frozenset(NOT_AT_GOOGLE)
    faults: ClassVar = frozenset(FAULTS)

    @pytest.fixture
    async def world(self, request: pytest.FixtureRequest) -> AsyncIterator[GoogleWorld]:
        async with google_world(writing=True, timeout_seconds=_deadline(request)) as world:
            yield world


class TestGoogleReading(SeveralCalendars, CalendarContract):
    """With `freebusy` alone: what freeBusy cannot tell, counts; the calendars' zone is the owner's."""

    lacks: ClassVar = frozenset(
        {
            *NOT_AT_GOOGLE,
            # All of them are one question.
            "test_one_that_hangs_does_not_take_the_others_with_it",
            "days that do not count",
            "tentative that does not count",
            "test_tells_what_changed_and_then_no_more",
            "test_a_cursor_that_is_not_known_any_more_begins_anew",
        }
    )
    faults: ClassVar = frozenset(FAULTS) - {"cut_after_commit", "500_after_commit"}

    @pytest.fixture
    async def world(self, request: pytest.FixtureRequest) -> AsyncIterator[GoogleWorld]:
        world = google_world(writing=False, zone=OWNER_ZONE, timeout_seconds=_deadline(request))
        async with world as playing:
            yield playing
