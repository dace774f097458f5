"""Google tells of changes through channels."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from scheduling_core.calendar_ports import Heard, Push, Watch
from scheduling_core.chat_ports import Request
from scheduling_core.errors import Gone, Rejected
from tests.adapters.google.faults import Refusal
from tests.adapters.google.world import GoogleWorld
from tests.contracts.calendar_world import Planted, utc

ADDRESS = "https://parley.example/calendars/google/push"
EVENT = Planted("e-1", utc(3, 6, 12), utc(3, 6, 13))


def push_of(world: GoogleWorld) -> Push:
    """How Google tells."""
    assert world.provider.push
    return world.provider.push


def request(headers: Mapping[str, str]) -> Request:
    """A notification as the server hands it over."""
    return Request("POST", "/", {name.lower(): value for name, value in headers.items()}, b"", {})


def heard(world: GoogleWorld) -> list[Heard]:
    """What all notifications so far said."""
    notices = [push_of(world).notice(request(headers)) for _, headers in world.google.pushed]
    assert {notice.response.status for notice in notices} <= {200}
    return [each for notice in notices for each in notice.heard]


async def test_a_change_is_told_with_the_channels_secret(writing: GoogleWorld) -> None:
    calendar = await writing.calendar("Work")

    watch = await push_of(writing).watch(writing.account, calendar, "channel-1", ADDRESS, "s3cret")
    assert heard(writing) == []
    await writing.plant(calendar, EVENT)

    assert heard(writing) == [Heard("channel-1", "s3cret")]
    assert watch.id == "channel-1"
    assert timedelta(days=6) < watch.expires - datetime.now(UTC) <= timedelta(days=7)


async def test_a_renewed_channel_replaces_the_old_one(writing: GoogleWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    old = await push.watch(writing.account, calendar, "channel-1", ADDRESS, "s3cret")

    new = await push.renew(writing.account, calendar, old, ADDRESS, "s3cret")
    await writing.plant(calendar, EVENT)

    assert new.id != old.id
    assert heard(writing) == [Heard(new.id, "s3cret")]


async def test_an_old_channel_that_cannot_be_ended_does_not_hinder_renewal(writing: GoogleWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    old = await push.watch(writing.account, calendar, "channel-1", ADDRESS, "s3cret")
    writing.google.faults.add("channels.stop", Refusal(503))

    assert (await push.renew(writing.account, calendar, old, ADDRESS, "s3cret")).id != old.id


async def test_an_ended_channel_is_silent_and_may_be_ended_again(writing: GoogleWorld) -> None:
    calendar, push = await writing.calendar("Work"), push_of(writing)
    watch = await push.watch(writing.account, calendar, "channel-1", ADDRESS, "s3cret")

    for _ in range(2):
        await push.end(writing.account, watch)
    await writing.plant(calendar, EVENT)

    assert heard(writing) == []
    await push.end(writing.account, Watch("never-was", "r", watch.expires))


async def test_what_cannot_be_watched_says_so(writing: GoogleWorld) -> None:
    with pytest.raises(Gone):
        await push_of(writing).watch(writing.account, writing.missing, "channel-1", ADDRESS, "s")
    calendar = await writing.calendar("Work")
    with pytest.raises(Rejected):
        await push_of(writing).watch(writing.account, calendar, "channel-1", "http://plain.example/", "s")


async def test_free_busy_alone_cannot_be_watched(reading: GoogleWorld) -> None:
    """And it is no reason to ask the owner to link anew."""
    calendar = await reading.calendar("Work")

    with pytest.raises(Rejected):
        await push_of(reading).watch(reading.account, calendar, "channel-1", ADDRESS, "s")


@pytest.mark.parametrize("headers", [{}, {"x-goog-channel-id": "c" * 65, "x-goog-resource-state": "exists"}])
async def test_a_message_that_is_none_of_googles_says_nothing(
    writing: GoogleWorld, headers: Mapping[str, str]
) -> None:
    notice = push_of(writing).notice(request(headers))

    assert (notice.response.status, notice.heard) == (400, ())
