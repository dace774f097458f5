"""A bucket for each person and each workspace."""

from asyncio import TaskGroup
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.dispatch import Dispatch
from bot.limits import FORGET_ABOVE, Bucket, Limits
from bot.metrics import Metrics
from scheduling_core.deliveries import Command, Delivery, Profile, RoomView
from scheduling_core.errors import RateLimited
from scheduling_core.ports import Known
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.town import Town

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def delivery(person: str = "u-1", workspace: str = "demo", at: datetime = NOW, realm: str = "") -> Delivery:
    where = WorkspaceRef("webhook", workspace)
    return Delivery(
        "d-1",
        "digest",
        Profile(PersonRef(WorkspaceRef("webhook", realm or workspace), person), person),
        RoomView(RoomRef(where, "r")),
        Command(""),
        at,
    )


def test_a_burst_is_allowed_and_then_refused_with_the_time_to_wait() -> None:
    limits = Limits(per_person=3, per_workspace=100)
    for _ in range(3):
        limits.check(delivery())
    with pytest.raises(RateLimited) as refused:
        limits.check(delivery())
    assert timedelta(0) < refused.value.retry_after <= timedelta(seconds=20)


def test_after_the_time_to_wait_it_goes_on() -> None:
    limits = Limits(per_person=3, per_workspace=100)
    for _ in range(3):
        limits.check(delivery())
    limits.check(delivery(at=NOW + timedelta(seconds=20)))


def test_one_person_does_not_use_up_the_limit_of_another() -> None:
    limits = Limits(per_person=1, per_workspace=100)
    limits.check(delivery("u-1"))
    limits.check(delivery("u-2"))


def test_a_workspace_has_a_limit_of_its_own() -> None:
    limits = Limits(per_person=100, per_workspace=2)
    limits.check(delivery("u-1"))
    limits.check(delivery("u-2"))
    with pytest.raises(RateLimited):
        limits.check(delivery("u-3"))
    limits.check(delivery("u-3", "another"))


def test_people_known_everywhere_count_for_the_workspace_they_are_in_and_each_person_once_for_all() -> None:
    limits = Limits(per_person=3, per_workspace=2)
    limits.check(delivery("u-1", "one", realm="everywhere"))
    limits.check(delivery("u-2", "one", realm="everywhere"))
    with pytest.raises(RateLimited):
        limits.check(delivery("u-3", "one", realm="everywhere"))
    limits.check(delivery("u-1", "another", realm="everywhere"))
    limits.check(delivery("u-1", "third", realm="everywhere"))
    with pytest.raises(RateLimited):
        limits.check(delivery("u-1", "fourth", realm="everywhere"))


def test_a_refusal_counts_nothing() -> None:
    limits = Limits(per_person=1, per_workspace=2)
    limits.check(delivery("u-1"))
    for _ in range(5):
        with pytest.raises(RateLimited):
            limits.check(delivery("u-1"))
    limits.check(delivery("u-2"))


def test_buckets_that_are_full_again_are_forgotten() -> None:
    bucket = Bucket(60)
    for number in range(FORGET_ABOVE + 1):
        bucket.take(number, NOW)
    bucket.take("late", NOW + timedelta(minutes=2))
    assert len(bucket._buckets) == 1


async def test_what_is_too_much_is_refused_before_it_is_recorded(town: Town) -> None:
    async with TaskGroup() as tasks:
        dispatch = Dispatch(town.office, tasks, Limits(per_person=1, per_workspace=100), Metrics())
        await dispatch.put(delivery(), 30)
        with pytest.raises(RateLimited):
            await dispatch.put(replace(delivery(), id="d-2"), 30)
    async with town.office.store.read() as reading:
        assert (await reading.counts()).deliveries_pending == 0
    assert isinstance(await town.office.store.accept(replace(delivery(), id="d-2")), Known)
