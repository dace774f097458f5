"""What we render comes back through Discord as what it meant."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.chat.discord import inbound, render
from adapters.chat.discord.commands import commands
from adapters.chat.discord.inbound import Taken
from adapters.chat.discord.names import USERS
from adapters.chat.discord.payloads import App
from adapters.chat.discord.responses import OpenForm, callback
from scheduling_core.actions import Action
from scheduling_core.deliveries import Command, Message, Press
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.adapters.discord.by_hand import ByHand, interaction_of
from tests.adapters.discord.cards import CARDS, CODEC
from tests.adapters.discord.harness import GUILD, MODAL, ROOM, Discord

Json = dict[str, Any]
SERVER = WorkspaceRef("discord", GUILD)


@dataclass(slots=True)
class Bot:
    """Answers first as the table says.

    Attributes:
        card: the name of the private card in hand.
        read: every interaction.
    """

    app: ByHand
    card: str = ""
    read: list[Taken] = field(default_factory=list)

    def message(self) -> Message:
        guest = PersonRef(USERS, self.app.discord.guest.id)
        return Message("m0123456789ab", 1, RoomRef(SERVER, ROOM), guest, CARDS[self.card])

    def first(self, body: Json) -> Json:
        us = App(self.app.discord.app.id, self.app.discord.app.bot_id, "/meet")
        self.read.append(inbound.interaction(body, CODEC, us))
        first = self.read[-1].first
        data = render.modal(self.message(), first.group, CODEC) if isinstance(first, OpenForm) else None
        return callback(first, data)

    async def shows(self, name: str) -> str:
        """The guest types the command and is shown this card; returns its id."""
        discord, self.card = self.app.discord, name
        await self.app.register(*commands("/meet"))
        ack = await discord.guest.command("meet", ROOM, {"with": discord.host, "length": 30})
        done = await self.app.follow(
            interaction_of(ack), "PATCH /messages/@original", **render.message(self.message(), CODEC)
        )
        assert done.status == 200, done.body
        return discord.guest.sees(ROOM)[-1].id


@pytest.fixture
def bot(app: ByHand) -> Bot:
    made = Bot(app)
    app.answers = made.first
    return made


def act(bot: Bot) -> Press:
    """What was pressed last, with all values of the card."""
    draft = bot.read[-1].draft
    assert draft is not None
    pressed = draft.with_values(CARDS[bot.card]).act
    assert isinstance(pressed, Press)
    return pressed


async def test_a_command_is_answered_with_a_private_card(discord: Discord, bot: Bot) -> None:
    shown = await bot.shows("setup")
    assert bot.read[0].draft is not None
    assert bot.read[0].draft.act == Command(f"/meet @{discord.host.id} 30")
    (seen,) = [one for one in discord.guest.sees(ROOM) if one.id == shown]
    assert seen.is_private
    assert "Set up in one tap" in seen.words
    assert "Send invitation" in seen.buttons
    assert discord.violations == []


async def test_a_press_says_what_its_button_means(discord: Discord, bot: Bot) -> None:
    shown = await bot.shows("confirm")
    ack = await discord.guest.press(shown, "Confirm")
    assert (ack.kind, act(bot).action.verb, act(bot).message_id) == (6, "confirm", "m0123456789ab")
    assert discord.violations == []


async def test_a_day_is_chosen_and_then_a_time(discord: Discord, bot: Bot) -> None:
    shown = await bot.shows("more times")
    await discord.guest.surfaces.choose(shown, "Pick a day", "Wed 25 Nov (16)")
    assert act(bot).action == Action("more", ("i0123456789ab", "2026-11-25"))
    await discord.guest.surfaces.choose(shown, "Pick a time", "3 · 07:00 São Paulo")
    assert act(bot).action.verb == "slot"
    assert discord.violations == []


async def test_what_is_chosen_and_typed_comes_with_the_press(discord: Discord, bot: Bot) -> None:
    shown = await bot.shows("none fit")
    hands = discord.guest.surfaces
    assert (await hands.choose(shown, "Days", ["Thu 26 Nov", "Fri 27 Nov"])).kind == 7
    assert (await hands.choose(shown, "Part of the day", "Morning (8–12)")).kind == 7
    assert (await hands.press(shown, "Fill in…")).kind == 9
    await hands.choose(MODAL, "A word to go with it", "after ten")
    assert (await hands.submit({})).kind == 6
    assert act(bot).action.verb == "wish"
    assert act(bot).inputs == {"days": "2026-11-26,2026-11-27", "part": "morning", "note": "after ten"}
    await hands.press(shown, "Find times")
    assert act(bot).inputs == {"days": "2026-11-26,2026-11-27", "part": "morning", "note": ""}
    assert discord.violations == []


async def test_a_reason_goes_with_the_time_that_is_picked_in_the_modal(discord: Discord, bot: Bot) -> None:
    shown = await bot.shows("reschedule")
    hands = discord.guest.surfaces
    await hands.press(shown, "Fill in…")
    done = await hands.submit({render.THEN_LABEL: "3: Fri 27 Nov, 06:00"} | _reason(discord, "the dentist"))
    assert done.kind == 6
    assert act(bot).action == Action("move", ("i0123456789ab", "29929500"))
    assert act(bot).inputs == {"reason": "the dentist"}
    assert discord.violations == []


def _reason(discord: Discord, words: str) -> dict[str, str]:
    first = discord.guest.surfaces.modal.body["components"][0]
    return {str(first["label"]): words}


async def test_a_menu_of_a_person_and_what_is_offered_while_typing(discord: Discord, bot: Bot) -> None:
    await bot.app.register(*commands("/meet"))
    await discord.host.user_command("Meet with…", ROOM, discord.guest)
    found = bot.read[-1].draft
    assert found is not None
    assert found.act == Command(f"/meet @{discord.guest.id}")
    offered = await discord.host.complete("meet", ROOM, "timezone", "new york")
    assert [one["value"] for one in offered][:1] == ["America/New_York"]
    assert [one["value"] for one in await discord.host.complete("meet", ROOM, "length", "4")] == [45]
    assert discord.violations == []
