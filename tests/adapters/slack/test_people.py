"""Who somebody is and who is in a channel, remembered for minutes; not knowing never stops a delivery."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.chat.slack.people import People
from adapters.chat.slack.web import WorkspaceApi
from scheduling_core.deliveries import Profile
from scheduling_core.refs import PersonRef, WorkspaceRef
from tests.adapters.slack import faults
from tests.adapters.slack.calling import FIRST, GUEST, Desk, calling_slack
from tests.adapters.slack.harness import ROOM

CROWDED = "C0MANY"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with calling_slack() as made:
        yield made


async def test_a_profile_is_what_slack_tells(desk: Desk) -> None:
    assert await desk.people.profile(FIRST, "U0HOST", "payload-name") == Profile(
        PersonRef(FIRST, "U0HOST"), "host", "Europe/Berlin", "de-DE", "host@example.com"
    )


async def test_a_guest_account_has_no_address_and_is_a_person_all_the_same(desk: Desk) -> None:
    profile = await desk.people.profile(FIRST, "U0SECOND")
    assert (profile.name, profile.zone, profile.email) == ("second-guest", "Asia/Kolkata", None)
    assert await desk.people.can_meet(FIRST, "U0SECOND")


@pytest.mark.parametrize("about", [{"is_ultra_restricted": True}, {"team_id": "T0OTHER"}])
async def test_guests_of_one_channel_and_people_of_another_workspace_have_a_zone_and_no_address(
    desk: Desk, about: dict[str, Any]
) -> None:
    for user in ("U0HERE", "U0ELSEWHERE"):
        desk.slack.add_person(desk.slack.team, user, "other", email="other@example.com", **about)
    desk.slack.team.channels[ROOM].members.append("U0HERE")
    for user in ("U0HERE", "U0ELSEWHERE"):
        profile = await desk.people.profile(FIRST, user)
        assert (profile.zone, profile.email) == ("Europe/Berlin", None)


async def test_without_the_scope_there_are_no_addresses(desk: Desk) -> None:
    desk.slack.team.scopes -= {"users:read.email"}
    assert (await desk.people.profile(FIRST, "U0HOST")).email is None


@pytest.mark.parametrize("about", [{"is_bot": True}, {"deleted": True}])
async def test_bots_and_accounts_that_were_switched_off_cannot_be_met(
    desk: Desk, about: dict[str, bool]
) -> None:
    desk.slack.add_person(desk.slack.team, "U0OFF", "off", **about)
    assert not await desk.people.can_meet(FIRST, "U0OFF")


async def test_fifty_at_once_ask_once(desk: Desk) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(desk.people.profile(FIRST, "U0GUEST"))
    assert desk.calls("users.info") == 1


async def test_a_profile_holds_for_a_quarter_of_an_hour(desk: Desk) -> None:
    for passed, asked in ((0, 1), (14, 1), (2, 2)):
        desk.watch.go(timedelta(minutes=passed))
        await desk.people.profile(FIRST, "U0GUEST")
        assert desk.calls("users.info") == asked


async def test_a_changed_profile_is_asked_for_anew(desk: Desk) -> None:
    await desk.people.profile(FIRST, "U0GUEST")
    desk.slack.guest.person.tz = "Asia/Tokyo"
    desk.people.forget_user(FIRST, "U0GUEST")
    assert (await desk.people.profile(FIRST, "U0GUEST")).zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    "fault",
    [
        faults.ServerError(),
        faults.Cut(),
        faults.RateLimited(5),
        faults.Refused("user_not_found"),
        faults.Refused("missing_scope"),
        faults.Refused("account_inactive"),
    ],
)
async def test_who_cannot_be_learned_keeps_the_name_of_the_payload(desk: Desk, fault: faults.Fault) -> None:
    desk.slack.faults.add("users.info", fault, times=None)
    assert await desk.people.profile(FIRST, "U0GUEST", "guest") == Profile(GUEST, "guest")
    # Nobody knocks again at once.
    await desk.people.profile(FIRST, "U0GUEST", "guest")
    assert desk.calls("users.info") <= 1
    desk.slack.faults.clear()
    desk.watch.go(timedelta(seconds=11))
    assert (await desk.people.profile(FIRST, "U0GUEST", "guest")).zone == "America/New_York"


async def test_a_limit_holds_for_everybody_of_the_workspace(desk: Desk) -> None:
    desk.slack.faults.add("users.info", faults.RateLimited(60))
    await desk.people.profile(FIRST, "U0GUEST", "guest")
    assert await desk.people.profile(FIRST, "U0HOST", "host") == Profile(PersonRef(FIRST, "U0HOST"), "host")
    assert desk.calls("users.info") == 1


async def test_a_slow_answer_is_not_waited_for(desk: Desk) -> None:
    desk.slack.faults.add("*", faults.Slow(30), times=None)
    people = People(WorkspaceApi(desk.web, desk.keys), desk.keys.bot_user, desk.watch, deadline_seconds=0.05)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(people.profile(FIRST, "U0GUEST", "guest")) for _ in range(20)]
        tasks.create_task(people.is_member(FIRST, ROOM, "U0GUEST"))
    assert {task.result() for task in asked} == {Profile(GUEST, "guest")}
    assert desk.calls("users.info") == 1


async def test_who_is_in_the_channel_is_a_member(desk: Desk) -> None:
    desk.slack.add_person(desk.slack.team, "U0OUTSIDE", "outside")
    assert await desk.people.is_member(FIRST, ROOM, "U0GUEST")
    assert await desk.people.bot_is_member(FIRST, ROOM)
    assert not await desk.people.is_member(FIRST, ROOM, "U0OUTSIDE")
    assert desk.calls("conversations.members") == 1


async def test_the_bot_knows_where_it_is_not(desk: Desk) -> None:
    desk.slack.add_channel(desk.slack.team, "C0OPEN", "open", [desk.slack.host], has_bot=False)
    desk.slack.add_channel(
        desk.slack.team, "C0SECRET", "secret", [desk.slack.host], kind="private", has_bot=False
    )
    for channel in ("C0OPEN", "C0SECRET"):
        assert not await desk.people.bot_is_member(FIRST, channel)


async def test_who_came_is_seen_at_once_and_elsewhere_within_seconds(desk: Desk) -> None:
    desk.slack.add_person(desk.slack.team, "U0NEW", "new")
    assert not await desk.people.is_member(FIRST, ROOM, "U0NEW")
    desk.slack.team.channels[ROOM].members.append("U0NEW")
    assert not await desk.people.is_member(FIRST, ROOM, "U0NEW")
    desk.watch.go(timedelta(seconds=10))
    assert await desk.people.is_member(FIRST, ROOM, "U0NEW")
    desk.slack.team.channels[ROOM].members.remove("U0NEW")
    desk.people.came_or_left(FIRST, ROOM, "U0NEW", is_inside=False)
    assert await desk.people.is_member(FIRST, ROOM, "U0NEW") is False


def crowded(desk: Desk, people: int) -> list[str]:
    """A channel with the bot and so many others, who are returned."""
    crowd = [f"U{n:06d}" for n in range(people)]
    desk.slack.add_channel(desk.slack.team, CROWDED, "many", []).members += crowd
    return crowd


async def test_in_a_crowd_too_only_who_is_there_is_a_member(desk: Desk) -> None:
    crowd = crowded(desk, 2500)
    assert await desk.people.is_member(FIRST, CROWDED, crowd[-1])
    assert await desk.people.is_member(FIRST, CROWDED, "U0GUEST") is False
    assert await desk.people.bot_is_member(FIRST, CROWDED)
    assert desk.calls("conversations.members") == 3
    # People come and go there all the time: the list is not read again for each of them.
    desk.people.came_or_left(FIRST, CROWDED, "U0GUEST", is_inside=True)
    desk.people.came_or_left(FIRST, CROWDED, crowd[0], is_inside=False)
    assert await desk.people.is_member(FIRST, CROWDED, "U0GUEST")
    assert await desk.people.is_member(FIRST, CROWDED, crowd[0]) is False
    desk.watch.go(timedelta(seconds=29))
    assert await desk.people.is_member(FIRST, CROWDED, "U0OUTSIDE") is False
    assert desk.calls("conversations.members") == 3
    desk.watch.go(timedelta(seconds=1))
    assert await desk.people.is_member(FIRST, CROWDED, "U0OUTSIDE") is False
    assert desk.calls("conversations.members") == 6


async def test_of_more_people_than_are_listed_nobody_else_is_known_to_be_there(desk: Desk) -> None:
    crowd = crowded(desk, 20_001)
    assert await desk.people.is_member(FIRST, CROWDED, crowd[0])
    assert await desk.people.is_member(FIRST, CROWDED, "U0OUTSIDE") is None
    assert await desk.people.bot_is_member(FIRST, CROWDED)
    assert desk.calls("conversations.members") == 20


async def test_a_list_goes_on_being_read_by_one_question_when_nobody_waits_any_longer(desk: Desk) -> None:
    crowd = crowded(desk, 2500)
    desk.slack.faults.add("conversations.members", faults.Slow(0.12), times=None)
    people = People(WorkspaceApi(desk.web, desk.keys), desk.keys.bot_user, desk.watch, deadline_seconds=0.05)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(people.is_member(FIRST, CROWDED, crowd[0])) for _ in range(20)]
    assert {task.result() for task in asked} == {None}
    people.came_or_left(FIRST, CROWDED, crowd[1], is_inside=False)
    verdicts = [await people.is_member(FIRST, CROWDED, user) for user in (crowd[0], crowd[1], "U0OUTSIDE")]
    assert verdicts == [True, False, False]
    assert desk.calls("conversations.members") == 3


async def test_a_limit_in_the_middle_of_a_list_does_not_throw_away_what_was_read(desk: Desk) -> None:
    crowd = crowded(desk, 1500)
    desk.slack.faults.add("conversations.members", faults.Slow(0.01))
    desk.slack.faults.add("conversations.members", faults.RateLimited(0))
    assert await desk.people.is_member(FIRST, CROWDED, crowd[-1])
    # Two pages, one of them refused once.
    assert desk.calls("conversations.members") == 3


async def test_the_bot_is_missed_in_a_crowd_too(desk: Desk) -> None:
    crowd = desk.slack.add_channel(desk.slack.team, "C0MORE", "more", [], has_bot=False)
    crowd.members += [f"U{n:06d}" for n in range(20_001)]
    assert not await desk.people.bot_is_member(FIRST, "C0MORE")


SILENCE: list[faults.Fault] = [
    faults.ServerError(),
    faults.RateLimited(5),
    faults.Refused("missing_scope"),
    faults.Cut(),
]


@pytest.mark.parametrize("fault", SILENCE)
async def test_a_list_that_cannot_be_had_admits_nobody(desk: Desk, fault: faults.Fault) -> None:
    desk.slack.faults.add("conversations.members", fault, times=None)
    assert await desk.people.is_member(FIRST, ROOM, "U0GUEST") is None
    assert await desk.people.is_member(FIRST, ROOM, "U0OUTSIDE") is None
    # What the bot posts Slack judges by itself.
    assert await desk.people.bot_is_member(FIRST, ROOM)
    assert desk.calls("conversations.members") <= 1


@pytest.mark.parametrize("fault", SILENCE)
async def test_while_there_is_no_list_the_last_one_counts_for_an_hour(
    desk: Desk, fault: faults.Fault
) -> None:
    assert await desk.people.is_member(FIRST, ROOM, "U0OUTSIDE") is False
    desk.slack.faults.add("conversations.members", fault, times=None)
    desk.people.came_or_left(FIRST, ROOM, "U0SECOND", is_inside=False)
    desk.people.came_or_left(FIRST, ROOM, "U0NEW", is_inside=True)
    inside = {user: await desk.people.is_member(FIRST, ROOM, user) for user in ("U0GUEST", "U0NEW")}
    others = {user: await desk.people.is_member(FIRST, ROOM, user) for user in ("U0SECOND", "U0OUTSIDE")}
    assert (set(inside.values()), set(others.values())) == ({True}, {None})
    desk.watch.go(timedelta(hours=1))
    assert await desk.people.is_member(FIRST, ROOM, "U0GUEST") is None


async def test_where_the_bot_cannot_look_nobody_is_known_to_be(desk: Desk) -> None:
    slack = desk.slack
    slack.add_channel(slack.team, "C0SECRET", "secret", [slack.host], kind="private", has_bot=False)
    assert await desk.people.is_member(FIRST, "C0SECRET", "U0HOST") is None
    assert not await desk.people.bot_is_member(FIRST, "C0SECRET")


async def test_whom_slack_does_not_tell_of_now_is_as_they_were(desk: Desk) -> None:
    before = await desk.people.profile(FIRST, "U0HOST")
    desk.watch.go(timedelta(minutes=16))
    desk.slack.faults.add("users.info", faults.ServerError())
    assert await desk.people.profile(FIRST, "U0HOST") == before
    assert not desk.people.is_known(FIRST, "U0HOST")
    desk.watch.go(timedelta(seconds=1))
    await desk.people.profile(FIRST, "U0HOST")
    assert desk.people.is_known(FIRST, "U0HOST")


async def test_what_changes_while_it_is_asked_for_is_asked_again(desk: Desk) -> None:
    desk.slack.faults.add("conversations.members", faults.Slow(0.05))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.people.is_member(FIRST, ROOM, "U0GUEST"))
        await desk.slack.until(lambda: desk.calls("conversations.members") == 1)
        desk.slack.team.channels[ROOM].members.remove("U0GUEST")
        desk.people.came_or_left(FIRST, ROOM, "U0GUEST", is_inside=False)
    assert not await desk.people.is_member(FIRST, ROOM, "U0GUEST")


async def test_two_workspaces_are_never_mixed(desk: Desk) -> None:
    other = desk.slack.add_team("T0SECOND", "second")
    desk.slack.add_person(other, "U0GUEST", "another", tz="UTC", email="another@example.com")
    theirs = await desk.people.profile(WorkspaceRef("slack", "T0SECOND"), "U0GUEST")
    ours = await desk.people.profile(FIRST, "U0GUEST")
    assert (theirs.email, ours.email) == ("another@example.com", "guest@example.com")
