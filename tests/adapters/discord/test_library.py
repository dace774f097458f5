"""discord.py, unmodified, through the whole of what the bot does: the harness is Discord to it."""

from datetime import timedelta

import discord as library
import pytest

from tests.adapters.discord.faults import CALLBACK, FOLLOWUP, SEND, Cut, RateLimited, ServerError
from tests.adapters.discord.harness import ROOM, Discord
from tests.adapters.discord.library_bot import card, pointed_at, running
from tests.adapters.discord.sessions import Session


async def test_a_meeting_is_booked_and_its_card_works_after_a_restart(discord: Discord) -> None:
    async with running(discord):
        host = discord.host
        ack = await host.command("meet", ROOM, {"with": discord.guest, "length": 45})
        (asked,) = host.sees_privately(ROOM)
        assert (ack.is_accepted, ack.kind, asked.text) == (True, 4, "45 minutes with guest ")
        assert discord.guest.sees(ROOM) == []
        await host.choose(asked.id, "Day", "Tuesday")
        assert host.sees(ROOM)[0].options("Time") == ("1 · 09:00",)
        await host.choose(asked.id, "Time", "1 · 09:00")
        (shown,) = await discord.until(lambda: discord.guest.sees(ROOM))
        assert (shown.words, shown.buttons) == (
            "Booked for Tuesday, November 24, 2026 4:00 AM",
            ("Cancel",),
        )
        assert "Dienstag, 24. November 2026 10:00" in host.sees(ROOM)[-1].words
        assert "Tuesday, 24 November 2026 14:30" in discord.second_guest.sees(ROOM)[0].words
    assert discord.sessions == []
    async with running(discord):
        assert (await discord.guest.press(shown.id, "Cancel")).kind == 7
        assert [one.text for one in discord.guest.sees(ROOM)] == ["Cancelled"]
    assert discord.violations == []


async def test_every_way_in_is_answered(discord: Discord) -> None:
    async with running(discord) as bot:
        host, guest = discord.host, discord.guest
        choices = await host.complete("meet", ROOM, "timezone", "Ber")
        assert (len(choices), choices[0]["value"]) == (25, "Europe/Ber0")
        assert (await host.user_command("Meet with…", ROOM, guest)).body["content"] == "With guest"
        assert (await host.command("settings zone", ROOM, {"name": "Europe/Berlin"})).is_accepted
        assert (await host.command("modern", ROOM)).is_accepted
        assert host.sees(ROOM)[-1].words.startswith("Times\n1. Dienstag")
        assert (await host.command("topic", ROOM)).kind == 9
        assert host.modal
        assert host.modal.text == "Topic"
        await host.submit({"Topic": "Logo", "Kind": "Tuesday"})
        assert host.sees(ROOM)[-1].words == "Logo on tue"
        assert host.person.modal is None
        await host.command("slow", host.dm.id)
        await discord.until(lambda: host.sees_directly() and not host.sees_directly()[-1].is_loading)
        there = host.sees_directly()[-1]
        assert (there.words, there.is_private) == ("There you are", True)
        await guest.mention("hello", ROOM)
        await discord.until(lambda: "You said @parley hello" in guest.sees(ROOM)[-1].words)
        await guest.direct("2")
        await discord.until(lambda: guest.sees_directly()[-1].words == "You said 2")
        assert bot.errors.empty()
    assert discord.violations == []


async def test_a_user_install_works_in_a_group_through_the_interaction_only(discord: Discord) -> None:
    group = discord.add_group("1200000000000000077", "friends", [discord.host, discord.guest])
    async with running(discord):
        with pytest.raises(AssertionError, match="not offered"):
            await discord.host.command("meet", group.id)
        discord.host.person.has_app = True
        ack = await discord.host.command("meet", group.id)
        assert ack.interaction
        assert ack.interaction.payload["authorizing_integration_owners"] == {"1": discord.host.id}
        (shown,) = discord.host.sees(group.id)
        await discord.host.choose(shown.id, "Day", "wed")
        await discord.host.choose(shown.id, "Time", "9")
        assert await discord.until(lambda: discord.guest.sees(group.id))


async def test_op_7_and_a_reset_are_resumed_and_what_happened_meanwhile_is_replayed(discord: Discord) -> None:
    async with running(discord):
        discord.gateway.reconnect()
        await discord.until(lambda: discord.gateway.resumed == 1)
        discord.gateway.reset()
        assert (await discord.host.command("meet", ROOM)).is_accepted
        assert (discord.gateway.resumed, discord.gateway.identified) == (2, [(0, 1)])


async def test_heartbeats_without_an_answer_make_the_library_resume(discord: Discord) -> None:
    discord.gateway.heartbeat_seconds = 0.05
    async with running(discord, heartbeat_timeout=0.2):
        discord.gateway.answers_heartbeats = False
        await discord.until(lambda: discord.gateway.resumed)
        discord.gateway.answers_heartbeats = True
        assert (await discord.host.command("meet", ROOM)).is_accepted
    assert discord.gateway.identified == [(0, 1)]


async def test_an_invalid_session_is_resumed_if_it_may_be(discord: Discord) -> None:
    async with running(discord):
        discord.gateway.invalidate(resumable=True)
        await discord.until(lambda: discord.gateway.resumed == 1)
        discord.gateway.close_with(4000)
        await discord.until(lambda: discord.gateway.resumed == 2)
        assert discord.gateway.identified == [(0, 1)]


async def test_two_clients_with_one_token_both_answer(discord: Discord) -> None:
    async with running(discord) as first, running(discord) as second:
        assert len(discord.sessions) == 2
        assert (await discord.host.command("meet", ROOM)).is_accepted
        (interaction,) = discord.interactions.all
        await discord.until(lambda: interaction.refused)
        assert interaction.refused == [40060]
        refused = second if first.errors.empty() else first
        assert (await refused.error()).code == 40060
        assert len(discord.host.sees(ROOM)) == 1


async def test_shards_get_the_interactions_of_their_servers(discord: Discord) -> None:
    even = discord.add_guild(str(4 << 22), "Even", [discord.host])
    odd = discord.add_guild(str(5 << 22), "Odd", [discord.host])
    rooms = [discord.add_channel(str(one), "room", guild.id).id for one, guild in ((8, even), (9, odd))]
    discord.gateway.shards = 2
    async with running(discord):
        assert discord.gateway.identified == [(0, 2), (1, 2)]
        for room in rooms:
            assert (await discord.host.command("meet", room)).is_accepted
        assert [_interactions(one) for one in discord.sessions] == [1, 1]


def _interactions(session: Session) -> int:
    return sum(1 for one in session.log if one["t"] == "INTERACTION_CREATE")


async def test_a_late_answer_is_refused(discord: Discord) -> None:
    async with running(discord) as bot:
        discord.faults.add(CALLBACK, RateLimited(0.05))
        discord.interactions.first_answer_seconds = 0.03
        ack = await discord.host.command("meet", ROOM)
        assert (ack.is_accepted, ack.error) == (False, "The application did not respond")
        assert (await bot.error()).code == 10062
        assert discord.host.sees(ROOM) == []


async def test_the_library_sends_again_and_nothing_is_there_twice(discord: Discord) -> None:
    async with running(discord) as bot:
        room = bot.get_channel(int(ROOM))
        assert isinstance(room, library.TextChannel)
        discord.faults.add(SEND, ServerError(is_processed=True))
        discord.faults.add(SEND, RateLimited(0.01))
        await room.send("Once", view=card())
        assert [one.words for one in discord.guest.sees(ROOM)] == ["Once"]
        assert [call.status for call in discord.calls(SEND)] == [200, 429, 200]
        discord.faults.add(SEND, RateLimited(1, is_from_discord=False))
        with pytest.raises(library.HTTPException):
            await room.send("Banned")


async def test_an_answer_that_was_carried_out_and_not_confirmed_is_refused_the_second_time(
    discord: Discord,
) -> None:
    async with running(discord) as bot:
        discord.faults.add(CALLBACK, ServerError(is_processed=True))
        assert (await discord.host.command("meet", ROOM)).is_accepted
        assert (await bot.error()).code == 40060


async def test_a_token_ends_after_fifteen_minutes(discord: Discord) -> None:
    async with running(discord) as bot:
        await discord.host.command("meet", ROOM)
        interaction = bot.received[0]
        discord.pass_time(timedelta(minutes=16))
        with pytest.raises(library.HTTPException) as caught:
            await interaction.edit_original_response(content="Late")
        assert caught.value.code == 50027
        discord.faults.add(FOLLOWUP, Cut())
        with pytest.raises(Exception, match=r"disconnected|reset"):
            await interaction.followup.send("Later")


async def test_a_wrong_token_is_refused(discord: Discord) -> None:
    client = library.Client(intents=library.Intents.none())
    with pointed_at(discord):
        async with client:
            with pytest.raises(library.LoginFailure):
                await client.login("not-the-token")
    assert discord.world.invalid_requests == 1
