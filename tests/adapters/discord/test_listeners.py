"""What Discord tells: answered first, then handed over."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import structlog

from adapters.chat.discord import build
from adapters.chat.discord.absence import NOT_IN_THE_SERVER
from adapters.chat.discord.inbound import ONLY_US
from adapters.chat.discord.listeners import FORM_GONE, FORM_LATE, NOT_PLACED, NOT_TAKEN, Listeners
from adapters.chat.discord.listeners import Desk as ListeningDesk
from adapters.chat.discord.members import Members
from adapters.chat.discord.names import DIRECT, PRESS, custom_id
from adapters.chat.discord.payloads import App
from adapters.chat.discord.people import NOT_SURE_OF_YOU, People
from adapters.chat.discord.render import FILL_IN
from adapters.chat.discord.visits import KIND
from adapters.storage import SqlStore, Vault, open_store
from scheduling_core.cards import TextField, line
from scheduling_core.deliveries import Answer, Command, Delivery, ForgedPress, Message, Press, Said
from scheduling_core.errors import RateLimited
from scheduling_core.ports import Known
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.adapters.discord import faults
from tests.adapters.discord.calling import Desk, calling_discord, private, public
from tests.adapters.discord.cards import CODEC, GUILD
from tests.adapters.discord.cards import ROOM as HERE
from tests.adapters.discord.delivering import Posted, Poster
from tests.adapters.discord.harness import ROOM
from tests.adapters.discord.listening import DiscordSide, discord_side, settings_for
from tests.adapters.discord.world import PRIVATE_THREAD
from tests.contracts.chat import CHOOSE, PICK, RecordingInbox, a_message
from tests.stores import KEY, enqueue
from tests.stores import sqlite_database as sqlite_database
from tests.stores import sqlite_template as sqlite_template

MEMBER = "GET /guilds/{guild_id}/members/{user_id}"


@dataclass(slots=True)
class Troubled(RecordingInbox):
    """An inbox that can be slow, or broken."""

    slow: float = 0
    breaks: bool = False

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """As the port says, or not at all."""
        if self.breaks:
            raise RuntimeError("a bug")
        return await RecordingInbox.put(self, delivery, within_seconds)

    async def message(self, message_id: str) -> Message | None:
        """Late, if it is slow."""
        await asyncio.sleep(self.slow)
        return await RecordingInbox.message(self, message_id)


@dataclass(slots=True)
class Held(RecordingInbox):
    """An inbox that takes so many seconds for each, at most until told to go on."""

    slow_seconds: list[float] = field(kw_only=True)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """As the port says, then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.slow_seconds.pop(0)):
                await self.goes_on.wait()
        return await RecordingInbox.put(self, delivery, within_seconds)


@dataclass(slots=True)
class Recorded(RecordingInbox):
    """An inbox of one process that records in the store it shares with others."""

    store: SqlStore = field(kw_only=True)
    known: list[Delivery] = field(default_factory=list)
    repeats: list[Delivery] = field(default_factory=list)

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """As `Dispatch`, whose work is not looked at here."""
        is_new = isinstance(await self.store.accept(delivery), Known)
        (self.known if is_new else self.repeats).append(delivery)
        return None


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[SqlStore]:
    made = open_store(sqlite_database, vault=Vault([KEY]), enqueue=enqueue)
    yield made
    await made.close()


@pytest.fixture
def inbox() -> Troubled:
    return Troubled()


@pytest.fixture
async def side(store: SqlStore, inbox: Troubled) -> AsyncIterator[DiscordSide]:
    async with discord_side(store, inbox) as made:
        yield made


def as_the_gateway_does(side: DiscordSide) -> None:
    """From now on interactions are heard, and answered by callback."""

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        await side.platform.heard("INTERACTION_CREATE", json.loads(body))
        return 202, {}, b""

    side.discord.straight_into(post)


def told(side: DiscordSide) -> list[str]:
    """What the host alone reads in the channel."""
    return [one.words for one in side.host.sees_privately(ROOM)]


def listeners_of(
    calling: Desk, inbox: RecordingInbox, *, pauses: Sequence[float] = (), **about: Any
) -> Listeners:
    """Listeners that are as impatient as a test."""
    people = People(Members(calling.rest, calling.watch), pauses)
    speaks = inbox, calling.client, calling.answers, people, calling.visits, calling.ways
    app = App(calling.discord.app.id, calling.discord.app.bot_id, "/meet")
    given: dict[str, Any] = {"codec": CODEC, "clock": calling.watch, "app": lambda: app}
    return Listeners(ListeningDesk(*speaks, **given | about))


# The first response


async def test_the_first_response_is_given_before_anything_else_happens(side: DiscordSide) -> None:
    as_the_gateway_does(side)
    first: list[int] = []

    def answer(_delivery: Delivery) -> Answer:
        first.append(side.discord.interactions.all[-1].first)
        return Answer()

    side.inbox.answer = answer
    ack = await side.host.command("meet", ROOM, {"text": "30 logo"})
    await side.platform.stop()
    assert (ack.kind, first, side.inbox.within_seconds) == (5, [5], 0)


async def test_a_first_response_whose_confirmation_was_lost_counts(side: DiscordSide) -> None:
    as_the_gateway_does(side)
    side.discord.faults.add(faults.CALLBACK, faults.ServerError(500, is_processed=True))
    await side.host.command("meet", ROOM)
    await side.platform.stop()
    assert side.discord.interactions.all[-1].refused == [40060]
    assert len(side.inbox.deliveries) == 1


@pytest.mark.parametrize("fault", [faults.Refused(10062), faults.ServerError(503)])
async def test_who_was_told_that_it_failed_is_not_taken_at_their_word(
    side: DiscordSide, fault: faults.Fault
) -> None:
    await side.platform.show(a_message(side, CHOOSE), None)
    as_the_gateway_does(side)
    side.discord.faults.add(faults.CALLBACK, fault, None)
    side.discord.interactions.first_answer_seconds = 0.1
    assert not (await side.host.command("meet", ROOM)).is_accepted
    await side.platform.stop()
    assert side.inbox.deliveries == []


async def test_a_first_response_that_was_lost_and_is_over_now_counts(side: DiscordSide) -> None:
    as_the_gateway_does(side)
    side.discord.faults.add(faults.CALLBACK, faults.ServerError(500, is_processed=True))
    side.discord.faults.add(faults.CALLBACK, faults.Refused(10062))
    assert (await side.host.command("meet", ROOM)).kind == 5
    await side.platform.stop()
    assert len(side.inbox.deliveries) == 1


async def test_what_may_be_repeated_is_recorded_before_discord_is_told_that_it_is_taken(
    side: DiscordSide,
) -> None:
    await side.platform.show(a_message(side, CHOOSE), None)
    as_the_gateway_does(side)
    first: list[int] = []

    def answer(_delivery: Delivery) -> Answer:
        first.append(side.discord.interactions.all[-1].first)
        return Answer()

    side.inbox.answer = answer
    shown = side.shown("m_1")
    assert shown
    assert (await side.host.press(shown.id, "2")).is_accepted
    assert (await side.host.command("meet-list", ROOM)).is_accepted
    await side.platform.stop()
    assert (first, side.inbox.acts) == ([0, 0], [Press("m_1", PICK), Command("/meet list")])


@pytest.mark.parametrize("off", [-30, -2, 0, 2, 30])
async def test_what_is_late_is_told_by_what_was_heard_before_whatever_our_clock_says(
    store: SqlStore, off: int
) -> None:
    inbox = RecordingInbox()
    async with calling_discord(store) as calling:
        watch = calling.watch
        listeners = listeners_of(
            calling,
            inbox,
            clock=lambda: watch.now + timedelta(seconds=off),
            running=lambda: watch.now.timestamp(),
        )
        await calling.client.show(public(), None, "")
        (shown,) = calling.discord.guest.sees(ROOM)
        first: list[int] = []

        def answer(_delivery: Delivery) -> Answer:
            first.append(calling.discord.interactions.all[-1].first)
            return Answer()

        inbox.answer = answer
        with structlog.testing.capture_logs() as logs:
            for late in (0.2, 0.1, 4, 0.5):
                calling.discord.straight_into(heard_after(calling, listeners, timedelta(seconds=late)))
                ack = await calling.discord.guest.press(shown.id, "Confirm")
                await listeners.drain()
                assert ack.is_accepted is (late < 3)
        assert first == [0, 0, 0]
        assert [one["event"] for one in logs].count("discord.clock_off") == (off != 0)


def heard_after(calling: Desk, listeners: Listeners, late: timedelta) -> Poster:
    """Interactions come *late* over the gateway."""

    async def post(body: bytes, headers: dict[str, str]) -> Posted:
        calling.watch.go(late)
        calling.discord.interactions.look_at_the_clock()
        await listeners.heard("INTERACTION_CREATE", json.loads(body))
        return 202, {}, b""

    return post


async def test_what_takes_longer_to_record_than_discord_waits_is_answered_in_time(store: SqlStore) -> None:
    inbox = Held(slow_seconds=[0, 1.3, 60])
    async with calling_discord(store) as calling:
        watch, discord = calling.watch, calling.discord
        listeners = listeners_of(calling, inbox, running=lambda: watch.now.timestamp())
        await calling.client.show(public(), None, "")
        (shown,) = discord.guest.sees(ROOM)
        discord.straight_into(heard_after(calling, listeners, timedelta()))
        await discord.guest.press(shown.id, "Confirm")
        recorded, unrecorded = await asyncio.gather(
            discord.host.press(shown.id, "Confirm"), discord.guest.press(shown.id, "Confirm")
        )
        assert recorded.is_accepted
        assert unrecorded.is_accepted
        assert 1.3 <= recorded.seconds < 2 <= unrecorded.seconds < 2.5
        inbox.goes_on.set()
        await listeners.drain()
        assert len(inbox.deliveries) == 3


async def test_what_was_never_confirmed_is_taken_where_discord_has_the_first_response(
    side: DiscordSide,
) -> None:
    as_the_gateway_does(side)
    side.discord.faults.add(faults.CALLBACK, faults.Cut(is_processed=True))
    side.discord.faults.add(faults.CALLBACK, faults.ServerError(503), 5)
    side.discord.faults.add(faults.ORIGINAL, faults.ServerError(503))
    assert (await side.host.command("meet", ROOM)).kind == 5
    await side.platform.stop()
    assert len(side.inbox.deliveries) == 1


async def test_what_two_processes_hear_is_answered_by_both_and_taken_once(store: SqlStore) -> None:
    first, second = Recorded(store=store), Recorded(store=store)
    async with discord_side(store, first) as side:
        other = build(settings_for(side.discord), second, store, CODEC, side.clock)

        async def post(body: bytes, headers: dict[str, str]) -> Posted:
            heard = "INTERACTION_CREATE", json.loads(body)
            await asyncio.gather(side.platform.heard(*heard), other.heard(*heard))
            return 202, {}, b""

        side.discord.straight_into(post)
        assert (await side.host.command("meet", ROOM, {"text": "help"})).kind == 5
        await side.platform.stop()
        await other.stop()
        await other.close()
        assert side.discord.interactions.all[-1].refused == [40060]
        assert (len(first.known) + len(second.known), len(first.repeats) + len(second.repeats)) == (1, 1)
        assert [one.words for one in side.host.sees_privately(ROOM)] == [""]


@pytest.mark.parametrize("event", ["INTERACTION_CREATE", "MESSAGE_CREATE", "GUILD_DELETE", "READY", "?"])
@pytest.mark.parametrize("data", [{}, {"type": 2}, {"id": 7}, {"type": 3, "channel_id": "1" * 18}])
async def test_what_cannot_be_read_harms_nobody(side: DiscordSide, event: str, data: dict[str, Any]) -> None:
    await side.platform.heard(event, data)
    await side.platform.stop()
    assert side.inbox.deliveries == []
    assert side.inbox.left == []


async def test_nobody_waits_longer_than_a_while_for_an_answer_that_stands_elsewhere(store: SqlStore) -> None:
    async with calling_discord(store) as calling:
        listeners = listeners_of(calling, RecordingInbox(), patience_seconds=0.05)

        async def post(body: bytes, headers: dict[str, str]) -> Posted:
            await listeners.heard("INTERACTION_CREATE", json.loads(body))
            return 202, {}, b""

        calling.discord.straight_into(post)
        assert (await calling.discord.host.command("meet", ROOM)).kind == 5
        await calling.discord.until(lambda: calling.calls(faults.DELETE_ORIGINAL))
        assert calling.discord.host.sees(ROOM) == []
        await listeners.drain()


# Forms


async def test_a_form_opens_with_what_the_card_says(side: DiscordSide) -> None:
    await side.platform.show(a_message(side, TextField("reason", "Reason", "the dentist"), CHOOSE), None)
    shown = side.shown("m_1")
    assert shown
    assert (await side.host.press(shown.id, FILL_IN)).kind == 9
    assert side.host.modal
    assert side.host.modal.components[0]["component"]["value"] == "the dentist"


@pytest.mark.parametrize("what", ["taken away", "somebody else's", "another room's"])
async def test_a_form_of_a_card_that_is_not_theirs_does_not_open(side: DiscordSide, what: str) -> None:
    await side.platform.show(a_message(side, TextField("reason", "Reason"), CHOOSE), None)
    side.inbox.messages["m_1"] = {
        "taken away": public(None),
        "somebody else's": private(),
        "another room's": public(room=RoomRef(GUILD, "1200000000000000088")),
    }[what]
    shown = side.shown("m_1")
    assert shown
    await side.host.press(shown.id, FILL_IN)
    assert side.host.modal is None
    assert FORM_GONE in told(side)[-1]


async def test_a_form_that_takes_too_long_is_a_sentence_in_time(side: DiscordSide, inbox: Troubled) -> None:
    await side.platform.show(a_message(side, TextField("reason", "Reason"), CHOOSE), None)
    inbox.slow = 10
    shown = side.shown("m_1")
    assert shown
    ack = await side.host.press(shown.id, FILL_IN)
    assert ack.is_accepted
    assert FORM_LATE in told(side)[-1]


async def test_what_stands_in_the_card_comes_with_a_press_beside_the_form(side: DiscordSide) -> None:
    await side.platform.show(a_message(side, TextField("reason", "Reason", "the dentist"), CHOOSE), None)
    await side.press("m_1", "2", {})
    assert side.inbox.acts == [Press("m_1", PICK, {"reason": "the dentist"})]


# What was not taken


async def test_who_does_too_much_is_told_in_place_of_the_answer(side: DiscordSide) -> None:
    side.inbox.refuse = RateLimited(timedelta(seconds=20))
    await side.command("/meet")
    assert ["try again in 20 s" in one for one in told(side)] == [True]


async def test_whoever_waits_is_told_when_something_breaks(side: DiscordSide, inbox: Troubled) -> None:
    inbox.breaks = True
    await side.command("/meet")
    assert told(side) == [NOT_TAKEN]


# Messages


async def test_a_mention_in_a_thread_belongs_to_its_channel(side: DiscordSide) -> None:
    thread = side.discord.add_thread("1200000000000000055", "logo", ROOM)
    for words in ("30 @second-guest", "list"):
        await side.host.mention(words, thread.id)
        await side.platform.heard("MESSAGE_CREATE", side.told[-1])
        await side.platform.stop()
    first, second = side.inbox.deliveries
    assert {one.room.ref for one in (first, second)} == {RoomRef(GUILD, ROOM, thread.id)}
    assert first.act == Said(f"30 @{side.discord.second_guest.id}")
    assert [one.ref.person for one in first.room.people] == [side.discord.second_guest.id]
    assert len(side.discord.calls("GET /channels/{channel_id}")) == 2


async def test_a_mention_in_a_private_thread_is_heard_there_alone(side: DiscordSide) -> None:
    discord = side.discord
    thread = discord.add_channel(
        "1200000000000000055", "secret", members=[discord.host], kind=PRIVATE_THREAD, parent_id=ROOM
    )
    await side.host.mention("list", thread.id)
    await side.platform.heard("MESSAGE_CREATE", side.told[-1])
    await side.host.command("meet", thread.id)
    await side.platform.stop()
    assert {one.room.ref for one in side.inbox.deliveries} == {RoomRef(GUILD, thread.id)}


async def test_where_a_thread_stands_is_asked_until_discord_says_it_or_the_actor_is_told(
    store: SqlStore,
) -> None:
    async with calling_discord(store) as calling:
        discord, inbox = calling.discord, RecordingInbox()
        listeners = listeners_of(calling, inbox, pauses=(0.01,))
        thread = discord.add_thread("1200000000000000055", "logo", ROOM)
        said: list[dict[str, Any]] = []
        discord.world.announce = lambda *about: said.append(about[-1])
        asking = "GET /channels/{channel_id}"
        for failures in (1, 2):
            discord.faults.add(asking, faults.ServerError(500), failures)
            await discord.host.mention("list", thread.id)
            await listeners.heard("MESSAGE_CREATE", said[-1])
            await listeners.drain()
            discord.faults.clear()
            listeners = listeners_of(calling, inbox, pauses=(0.01,))
        assert [one.room.ref for one in inbox.deliveries] == [RoomRef(GUILD, ROOM, thread.id)]
        told_all = [one.words for one in discord.guest.sees(thread.id) if one.reply_to]
        assert told_all == [NOT_PLACED]


async def test_an_invitation_that_nobody_else_would_see_is_not_begun_by_what_is_said_either(
    side: DiscordSide,
) -> None:
    for words in ("30 thu", "list"):
        await side.host.direct(words)
        await side.platform.heard("MESSAGE_CREATE", side.told[-1])
        await side.platform.stop()
    assert side.inbox.acts == [Said("list")]
    assert [one.words for one in side.host.sees_directly()][1] == ONLY_US


async def test_what_people_say_to_each_other_is_not_read(side: DiscordSide) -> None:
    await side.host.say("hello @guest", ROOM)
    await side.platform.heard("MESSAGE_CREATE", side.told[-1])
    await side.platform.stop()
    assert side.inbox.deliveries == []


async def test_people_named_in_a_line_are_members_of_the_server(side: DiscordSide) -> None:
    stranger = side.discord.add_person("1100000000000000009", "stranger")
    await side.command(f"/meet <@{side.discord.second_guest.id}> <@{stranger.id}> 30")
    assert side.inbox.deliveries == []
    await side.command(f'/meet <@{side.discord.second_guest.id}> 30 "of <@{stranger.id}>"', "d-2")
    (delivery,) = side.inbox.deliveries
    assert [one.ref.person for one in delivery.room.people] == [side.discord.second_guest.id]
    assert delivery.actor.email is None
    assert told(side)[0] == "Somebody you named is not in this channel; invite them first."


@pytest.mark.parametrize("takes_direct_messages", [True, False])
async def test_who_cannot_see_a_private_channel_is_not_invited_by_what_is_said_there(
    side: DiscordSide, takes_direct_messages: bool
) -> None:
    discord = side.discord
    discord.host.person.is_closed_to_dms = not takes_direct_messages
    secret = discord.add_channel("1200000000000000050", "secret", members=[discord.host, discord.guest])
    for who in (discord.guest, discord.second_guest, discord.second_guest):
        await discord.host.mention(f"<@{who.id}> 30", secret.id)
        await side.platform.heard("MESSAGE_CREATE", side.told[-1])
        await side.platform.stop()
    (delivery,) = side.inbox.deliveries
    assert [one.ref.person for one in delivery.room.people] == [discord.guest.id]
    if takes_direct_messages:
        refused = [one.words for one in discord.host.sees_directly()]
        assert refused == ["@Second-Guest is not in this channel; invite them first."] * 2
    else:
        assert "Please type /meet here" in discord.host.sees(secret.id)[-1].words
        assert "Second" not in discord.host.sees(secret.id)[-1].words


async def test_who_was_only_named_in_text_cannot_be_looked_up_where_the_bot_is_brought_along(
    side: DiscordSide,
) -> None:
    discord, server = side.discord, "1200000000000000066"
    discord.host.person.has_app = True
    discord.add_guild(server, "Foreign", [discord.host, discord.guest], has_bot=False)
    there = discord.add_channel("1200000000000000067", "there", server)
    for options in ({"text": f"<@{discord.guest.id}> 30"}, {"with": discord.guest}):
        await discord.host.command("meet", there.id, options)
        await side.platform.stop()
    assert next(one.words for one in discord.host.sees_privately(there.id)) == NOT_IN_THE_SERVER
    (delivery,) = side.inbox.deliveries
    assert [one.ref.person for one in delivery.room.people] == [discord.guest.id]
    assert discord.calls("GET /guilds/{guild_id}/members/{user_id}") == []


# Private cards in direct messages


async def test_a_private_card_in_direct_messages_is_pressed_for_its_own_room(side: DiscordSide) -> None:
    field = TextField("reason", "Reason", "the dentist")
    await side.platform.show(a_message(side, line("Which?"), field, CHOOSE, audience=side.actor), None)
    (shown,) = side.host.sees_directly()
    await side.host.press(shown.id, "2")
    await side.host.press(shown.id, FILL_IN)
    await side.host.submit({"Reason": "a cold", "And then": "2"})
    await side.platform.stop()
    assert side.inbox.acts == [
        Press("m_1", PICK, {"reason": "the dentist"}),
        Press("m_1", PICK, {"reason": "a cold"}),
    ]
    assert {(one.room.ref, one.actor.ref) for one in side.inbox.deliveries} == {(HERE, side.actor)}


@pytest.mark.parametrize("answers", [True, False])
async def test_who_left_the_server_does_nothing_in_it_from_their_direct_messages(
    side: DiscordSide, answers: bool
) -> None:
    await side.platform.show(a_message(side, CHOOSE, audience=side.actor), None)
    (shown,) = side.host.sees_directly()
    side.inbox.shown_as[GUILD, f"{side.host.dm.id}:{shown.id}"] = "m_1"
    side.host.leave(GUILD.workspace)
    if not answers:
        side.discord.faults.add(MEMBER, faults.ServerError(503), None)
    await side.host.press(shown.id, "2")
    await side.host.direct("2", shown.id)
    await side.platform.heard("MESSAGE_CREATE", side.told[-1])
    await side.platform.stop()
    known = [(one.room.ref.workspace, one.room.admits_actor) for one in side.inbox.deliveries]
    assert known == [(GUILD, False)] * 2 * answers
    assert (NOT_SURE_OF_YOU in [one.words for one in side.host.sees_directly()]) is not answers


@pytest.mark.parametrize("is_theirs", [True, False])
async def test_a_private_card_in_direct_messages_is_replied_to_for_its_own_room(
    side: DiscordSide, is_theirs: bool
) -> None:
    await side.platform.show(a_message(side, CHOOSE, audience=side.actor), None)
    (shown,) = side.host.sees_directly()
    if not is_theirs:
        side.inbox.messages["m_1"] = private(message_id="m_1")
    side.inbox.shown_as[GUILD, f"{side.host.dm.id}:{shown.id}"] = "m_1"
    await side.host.direct("2", shown.id)
    await side.platform.heard("MESSAGE_CREATE", side.told[-1])
    await side.platform.stop()
    (delivery,) = side.inbox.deliveries
    assert delivery.act == Said("2", "m_1" if is_theirs else None)
    assert delivery.room.ref.workspace == (GUILD if is_theirs else DIRECT)
    assert delivery.actor.ref == side.actor


async def test_somebody_elses_card_is_not_pressed_from_direct_messages(side: DiscordSide) -> None:
    await side.platform.show(a_message(side, CHOOSE, audience=side.actor), None)
    (shown,) = side.host.sees_directly()
    side.inbox.messages["m_2"] = private(message_id="m_2")
    text = shown.components[0]["components"][1]["custom_id"].rpartition("|")[2]
    await side.host.forge_press(shown.id, custom_id(PRESS, "m_2", text) or "")
    await side.platform.stop()
    assert side.inbox.acts == [ForgedPress("m_2")]
    assert side.inbox.deliveries[0].room.ref.workspace == DIRECT


# Servers


async def test_a_server_that_takes_the_bot_away_is_left(side: DiscordSide) -> None:
    await side.platform.heard("GUILD_DELETE", {"id": GUILD.workspace, "unavailable": True})
    await side.platform.heard("GUILD_DELETE", {"id": GUILD.workspace})
    await side.platform.stop()
    assert side.inbox.left == [GUILD]


async def test_a_server_people_bring_the_bot_into_is_remembered_as_such(
    side: DiscordSide, store: SqlStore
) -> None:
    await side.command("/meet")
    discord = side.discord
    discord.host.person.has_app = True
    discord.add_guild("1200000000000000066", "Foreign", [discord.host], has_bot=False)
    discord.add_channel("1200000000000000067", "there", "1200000000000000066")
    await discord.host.command("meet", "1200000000000000067")
    await side.platform.stop()
    async with store.read() as reading:
        kept = await reading.records(KIND)
    assert list(kept) == [str(WorkspaceRef("discord", "1200000000000000066"))]
    assert side.inbox.deliveries[1].room.ref.workspace == WorkspaceRef("discord", "1200000000000000066")
    assert side.inbox.deliveries[1].actor.ref == side.actor
