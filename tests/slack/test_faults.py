"""What goes wrong between Slack and the bot; people see each thing once, or are told."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.adapters.slack.delivering import Forgery, HttpWay
from tests.adapters.slack.faults import Cut, RateLimited, Refused, ServerError, Slow
from tests.adapters.slack.harness import PATIENCE_SECONDS
from tests.processes.waiting import poll
from tests.slack.beginnings import asked_to_confirm, booked, invited, set_up
from tests.slack.people import Crew, crew_of
from tests.slack.site import Site

LOCKED_SECONDS = 3.5
SOON = timedelta(seconds=1)


def posted(crew: Crew) -> int:
    """How many messages the bot posted for everybody."""
    return len([one for one in crew.slack.calls("chat.postMessage", crew.team) if not one.error])


async def test_a_double_click_books_once(crew: Crew, http_site: Site) -> None:
    question = await asked_to_confirm(crew)
    await asyncio.gather(*(crew.guest.presses("Confirm", question) for _ in range(2)))
    await crew.guest.is_told("✅ Booked with @host")
    await http_site.settle()
    assert crew.doubled() == []
    assert len(http_site.letters(crew.host.email)) == len(http_site.letters(crew.guest.email)) == 1


async def test_an_event_that_comes_three_times_counts_once(crew: Crew, http_site: Site) -> None:
    await set_up(crew.host)
    crew.slack.event_times = 3
    await crew.host.calls_bot("@guest 30 logo review")
    await crew.host.writes_bot("help")
    crew.slack.event_times = 1
    await crew.host.reads_directly("What I can do")
    await http_site.settle()
    assert len(crew.cards()) == 1
    assert len(crew.host.someone.sees_directly()) == 2


async def test_a_channel_that_is_limited_gets_its_message_when_slack_says(crew: Crew) -> None:
    await set_up(crew.host)
    crew.slack.faults.add("chat.postMessage", RateLimited(1))
    began = asyncio.get_running_loop().time()
    await crew.host.types("@guest 30 logo review")
    await crew.guest.reads("@host would like to meet @guest")
    assert asyncio.get_running_loop().time() - began >= SOON.total_seconds()
    assert [one.error for one in crew.slack.calls("chat.postMessage", None)][-2:] == ["ratelimited", None]


@pytest.mark.parametrize("fault", [ServerError(500), Cut(), Cut(is_processed=True)])
async def test_a_call_that_fails_is_made_again_and_the_message_stands_once(
    crew: Crew, http_site: Site, fault: ServerError | Cut
) -> None:
    await set_up(crew.host)
    crew.slack.faults.add("chat.postMessage", fault)
    await crew.host.types("@guest 30 logo review")
    await crew.guest.reads("@host would like to meet @guest")
    await http_site.settle()
    assert len(crew.cards()) == 1
    assert posted(crew) == 1


async def test_a_word_in_the_bots_own_conversation_stands_once_after_a_cut(
    crew: Crew, http_site: Site
) -> None:
    crew.slack.faults.add("chat.postMessage", Cut(is_processed=True))
    await crew.host.writes_bot("help")
    await crew.host.reads_directly("What I can do")
    await http_site.settle()
    assert crew.doubled() == []


async def test_a_form_that_cannot_open_comes_as_a_private_message(crew: Crew) -> None:
    card, guest = await booked(crew), crew.guest
    crew.slack.faults.add("views.open", Refused("expired_trigger_id"))
    await guest.presses("Cancel", card)
    question = await guest.is_told("Cancel the meeting with @host?")
    await guest.someone.choose(question.id, "reason", "the dentist")
    await guest.presses("Cancel meeting", question)
    await guest.is_told("Cancelled.", instead_of=question)
    assert "Reason: the dentist" in (await crew.host.is_told("@guest cancelled your meeting")).words


async def test_a_workspace_whose_token_was_revoked_is_left_alone_until_it_installs_again(
    crew: Crew, http_site: Site
) -> None:
    question, team = await asked_to_confirm(crew), crew.team
    team.token_error = "token_revoked"
    await crew.guest.presses("Confirm", question)
    await crew.slack.until(lambda: [one for one in crew.slack.calls() if one.error == "token_revoked"])
    await http_site.settle()
    assert http_site.bot.has_logged("workspace.stopped")
    calls = len(crew.slack.calls(None, team))
    await invited(crew_of(crew.slack, await http_site.workspace()))
    assert len(crew.slack.calls(None, team)) == calls
    assert (await http_site.get("/healthz"))[0] == 200
    await http_site.install(team)
    await crew.guest.types("list")
    await crew.guest.is_told("Your meetings")
    await crew.guest.presses("2", await crew.guest.reads("@host would like to meet @guest"))
    await crew.guest.is_told("A time for this meeting is already confirmed.")


@pytest.mark.parametrize(
    "how", ["unsigned", "stale", "from the future", "garbage timestamp", "another secret"]
)
async def test_what_slack_did_not_sign_just_now_is_refused(crew: Crew, how: Forgery) -> None:
    await crew.host.types("help")
    way = crew.slack.way
    assert isinstance(way, HttpWay)
    ack = await way.forge(crew.slack.sent[-1][0], how)
    assert ack.status == 401


@asynccontextmanager
async def locked_store(site: Site) -> AsyncIterator[None]:
    """Nobody can write for some seconds."""
    connection = sqlite3.connect(site.folder / "data" / "parley.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    end = asyncio.get_running_loop().call_later(LOCKED_SECONDS, connection.close)
    yield
    assert end.when() <= asyncio.get_running_loop().time(), "the store was not slow for long enough"


async def test_a_slow_store_delays_the_answer_and_not_the_acknowledgement(
    crew: Crew, http_site: Site
) -> None:
    card, humans = await invited(crew), crew.everybody
    crew.slack.retries_events = True
    async with locked_store(http_site):
        await asyncio.gather(
            crew.host.types("help"),
            crew.guest.presses("1", card),
            crew.second.writes_bot("help"),
        )
        await crew.host.is_told("What I can do")
        await crew.guest.is_told("Held for you")
        await crew.second.reads_directly("What I can do")
    crew.slack.retries_events = False
    await http_site.settle()
    assert crew.doubled() == []
    assert [len([one for one in human.screen if one.is_private]) for human in humans] == [2, 1, 0]


async def test_somebody_who_left_is_told_that_the_room_decides(crew: Crew) -> None:
    card = await invited(crew)
    await crew.second.someone.leave(crew.second.room)
    await crew.second.presses("None fit", card)
    await crew.second.window("Only members of this room can do that")


async def test_strangers_and_guest_accounts_take_part_without_an_address(crew: Crew, http_site: Site) -> None:
    partner = crew.slack.add_team(f"{crew.team.id}P", "partner", is_installed=False)
    stranger = crew.slack.add_person(
        partner, f"U{partner.id[1:]}OWN", "stranger", email="own@partner.example"
    )
    channel = crew.slack.add_channel(partner, "C0SHARED", "shared", [stranger])
    crew.slack.share(channel, partner, crew.team)
    del partner.channels[channel.id]
    channel.team_ids[:] = [crew.team.id, partner.id]
    channel.members += [crew.second.id]
    host = type(crew.second)(crew.second.someone, channel.id)
    guest = type(crew.second)(crew.slack.someone(stranger.id, crew.team.id), channel.id)
    await host.types("@stranger 30 logo review")
    await host.presses("Send invitation", await host.is_told("Set up in one tap"))
    await guest.presses("1", await guest.reads("@second-guest would like to meet @stranger"))
    await guest.presses("Confirm", await guest.is_told("Held for you"))
    for human in (guest, host):
        assert "I know no mail address of yours" in (await human.is_told("✅ Booked with")).words
    await http_site.settle()
    assert http_site.letters("own@partner.example") == http_site.letters(crew.second.email) == []


async def test_whose_address_slack_tells_too_late_gets_the_invite_all_the_same(
    crew: Crew, http_site: Site
) -> None:
    host, guest = crew.host, crew.guest
    await set_up(host)
    await host.types("")
    await host.presses("Send invitation", await host.is_told("Ask everybody in this room to meet?"))
    crew.slack.faults.add("users.info", RateLimited(1))
    await guest.presses("1", await guest.reads("@host would like to meet"))
    await guest.presses("Confirm", await guest.is_told("Held for you"))
    assert "I know no mail address of yours" in (await guest.is_told("✅ Booked with @host")).words
    await asyncio.to_thread(poll, lambda: len(http_site.letters(guest.email)) == 1)


async def test_an_answer_comes_also_when_its_address_is_used_up(crew: Crew) -> None:
    question = await asked_to_confirm(crew)
    crew.slack.faults.add("response_url", Refused("used_url"))
    await crew.guest.presses("Confirm", question)
    assert (await crew.guest.is_told("✅ Booked with @host")).id != question.id


async def test_a_window_that_was_closed_too_soon_leaves_its_answer_in_the_room(crew: Crew) -> None:
    card, guest = await invited(crew), crew.guest
    crew.slack.faults.add("views.update", RateLimited(1))
    await guest.presses("More times", card)
    await crew.slack.until(lambda: crew.slack.faults.met[-1:] == [("views.update", RateLimited(1))])
    await guest.closes()
    picker = await guest.is_told("Pick a time")
    await guest.someone.choose(picker.id, "time", picker.options("time")[0])
    await guest.is_told("Held for you", instead_of=picker)


async def test_killed_before_it_could_answer_it_answers_when_it_is_back(crew: Crew, http_site: Site) -> None:
    card, guest = await invited(crew), crew.guest
    for way_back in ("response_url", "chat.postEphemeral"):
        crew.slack.faults.add(way_back, ServerError(503), None)
    await guest.presses("1", card)
    await http_site.kill()
    crew.slack.faults.clear()
    await http_site.start()
    await guest.presses("Confirm", await guest.is_told("Held for you"))
    await guest.is_told("✅ Booked with @host")
    await http_site.settle()
    assert crew.doubled() == []
    assert len(http_site.letters(guest.email)) == 1


async def test_killed_while_slack_was_answering_it_shows_nothing_twice(crew: Crew, http_site: Site) -> None:
    await set_up(crew.host)
    crew.slack.faults.add("chat.postMessage", Slow(PATIENCE_SECONDS), 2)
    await crew.host.types("@guest 30 logo review")
    await crew.second.writes_bot("help")
    await crew.guest.reads("@host would like to meet @guest")
    await crew.second.reads_directly("What I can do")
    await http_site.kill()
    await http_site.start()
    await http_site.settle()
    assert crew.doubled() == []
    assert len(crew.cards()) == 1
