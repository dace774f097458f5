"""What Slack says no to: what is tried again, what is final, and what people are told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.chat.slack.names import ResponseUrl
from scheduling_core.errors import Gone, RateLimited, Rejected, Unavailable
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.slack import faults
from tests.adapters.slack.calling import CHANNEL, FIRST, Desk, calling_slack, private, public
from tests.adapters.slack.harness import ROOM

REPEATED = ""
"""`shown_as` where an earlier try may have reached Slack."""


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with calling_slack() as made:
        yield made


def words(desk: Desk) -> list[str]:
    """What stands in the room, as the guest reads it."""
    return [one.words for one in desk.slack.guest.sees(ROOM)]


def answer_address(desk: Desk) -> str:
    """A response address as a slash command of the guest brings it."""
    team, person = desk.slack.team, desk.slack.guest.person
    return desk.slack.urls.mint("commands", team, person, ROOM, None)


@pytest.mark.parametrize(
    "fault",
    [
        faults.ServerError(),
        faults.ServerError(502),
        faults.Refused("internal_error"),
        faults.Refused("fatal_error"),
        faults.Refused("service_unavailable"),
        faults.Refused("request_timeout"),
        faults.Refused("invalid_auth"),
        faults.Refused("missing_scope"),
    ],
)
async def test_what_passes_or_can_be_mended_is_tried_again(desk: Desk, fault: faults.Fault) -> None:
    desk.slack.faults.add("chat.postMessage", fault)
    with pytest.raises(Unavailable):
        await desk.client.show(public(), None)
    assert await desk.client.show(public(), None)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("not_in_channel", "I am not in #logo-design; type /invite @Parley there."),
        (
            "restricted_action",
            "Only some people may post in #logo-design, and I am not one of them; "
            "an owner of the workspace can let me.",
        ),
        ("is_archived", "#logo-design is archived, so nothing can be posted there."),
        ("invalid_blocks", "Slack did not let me post in #logo-design (invalid_blocks)."),
    ],
)
async def test_a_final_no_is_a_sentence_for_people_and_slacks_word_in_the_log(
    desk: Desk, word: str, sentence: str
) -> None:
    desk.slack.faults.add("chat.postMessage", faults.Refused(word))
    with capture_logs() as logs, pytest.raises(Rejected) as caught:
        await desk.client.show(public(), None)
    assert (caught.value.code, caught.value.reason) == (400, sentence)
    (logged,) = [one for one in logs if one["event"] == "slack.not_shown"]
    assert (logged["error"], logged["channel"], logged["message"]) == (word, ROOM, "m_public")


async def test_a_private_channel_without_the_bot_has_no_name(desk: Desk) -> None:
    desk.slack.add_channel(desk.slack.team, "C0SECRET", "secret", [], kind="private", has_bot=False)
    with pytest.raises(Rejected) as caught:
        await desk.client.show(public(room=RoomRef(FIRST, "C0SECRET")), None)
    assert caught.value.reason == "I am not in that channel; type /invite @Parley there."


async def test_a_post_that_fails_tells_that_the_bot_is_not_there_any_more(desk: Desk) -> None:
    assert await desk.people.bot_is_member(FIRST, ROOM)
    # Another process was told.
    desk.slack.team.channels[ROOM].members.remove(desk.slack.team.bot_user_id)
    with pytest.raises(Rejected):
        await desk.client.show(public(), None)
    assert not await desk.people.bot_is_member(FIRST, ROOM)


@pytest.mark.parametrize("word", ["account_inactive", "token_revoked", "team_access_not_granted"])
async def test_a_workspace_that_took_the_app_away_is_gone(desk: Desk, word: str) -> None:
    desk.slack.team.token_error = word
    with pytest.raises(Gone):
        await desk.client.show(public(), None)


async def test_a_token_that_was_replaced_is_looked_up_before_the_workspace_is_gone(desk: Desk) -> None:
    desk.slack.add_team("T0OLD", "old").token_error = "token_revoked"
    desk.keys.old[FIRST] = desk.slack.world.teams["T0OLD"].token
    assert await desk.client.show(public(), None)


async def test_slack_is_left_alone_for_as_long_as_it_asks(desk: Desk) -> None:
    desk.slack.faults.add("chat.postMessage", faults.RateLimited(30))
    for passed in (0, 29):
        desk.watch.now += timedelta(seconds=passed)
        with pytest.raises(RateLimited) as caught:
            await desk.client.show(public(), None)
        assert caught.value.retry_after == timedelta(seconds=30 - passed)
    assert desk.calls("chat.postMessage") == 1
    desk.watch.go(timedelta(seconds=1))
    assert await desk.client.show(public(), None)


async def test_a_limit_holds_for_its_channel_and_method_only(desk: Desk) -> None:
    desk.slack.add_channel(desk.slack.team, "C0OTHER", "other", [desk.slack.guest])
    shown_as = await desk.client.show(public(), None)
    desk.slack.faults.add("chat.postMessage", faults.RateLimited(30))
    with pytest.raises(RateLimited):
        await desk.client.show(replace(public(), id="m_2"), None)
    await desk.client.show(public("Booked", 2), shown_as)
    assert await desk.client.show(public(room=RoomRef(FIRST, "C0OTHER")), None)


@pytest.mark.parametrize("method", ["chat.update", "chat.delete", "chat.postEphemeral"])
async def test_all_but_posts_are_limited_in_all_channels_at_once(desk: Desk, method: str) -> None:
    desk.slack.add_channel(desk.slack.team, "C0OTHER", "other", [desk.slack.guest])
    desk.slack.faults.add(method, faults.RateLimited(30))
    for room in (CHANNEL, RoomRef(FIRST, "C0OTHER")):
        shown_as = await desk.client.show(public(room=room), None)
        changed = {
            "chat.update": (public("Booked", 2, room), shown_as),
            "chat.delete": (public(None, 2, room), shown_as),
            "chat.postEphemeral": (private(room=room), None),
        }
        with pytest.raises(RateLimited):
            await desk.client.show(*changed[method])
    assert desk.calls(method) == 1


@pytest.mark.parametrize("fault", [faults.RateLimited(5), faults.ServerError(), faults.Cut()])
async def test_a_response_address_in_trouble_is_tried_again(desk: Desk, fault: faults.Fault) -> None:
    path = str(ResponseUrl(answer_address(desk)))
    desk.slack.faults.add("response_url", fault)
    with pytest.raises(Unavailable) as caught:
        await desk.client.show(private(), None, path)
    assert "/commands/" not in str(caught.value)
    desk.watch.go(timedelta(seconds=5))
    await desk.client.show(private(), REPEATED, path)
    assert len(words(desk)) == 1


async def test_two_workspaces_are_never_mixed(desk: Desk) -> None:
    other = desk.slack.add_team("T0SECOND", "second")
    reader = desk.slack.add_person(other, "U0OTHER", "guest")
    desk.slack.add_channel(other, ROOM, "same-id", [reader])
    workspace = WorkspaceRef("slack", "T0SECOND")
    room = RoomRef(workspace, ROOM)
    await desk.client.show(public("Theirs", room=room), None)
    await desk.client.show(private("Theirs", room=room, reader=PersonRef(workspace, "U0OTHER")), None)
    assert words(desk) == []
    assert len(reader.sees(ROOM)) == 2
    assert desk.slack.calls(team=desk.slack.team) == []


async def test_a_workspace_without_the_app_is_gone(desk: Desk) -> None:
    elsewhere = RoomRef(WorkspaceRef("slack", "T0NOWHERE"), ROOM)
    with pytest.raises(Gone):
        await desk.client.show(public(room=elsewhere), None)
    assert desk.slack.calls() == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with calling_slack() as desk:
        assert await desk.client.show(public(), None)
