"""Whose clock it is: the question, a moment named before it is answered, and asking again."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from scheduling_core.card_text import plain_text
from scheduling_core.cards import Card
from scheduling_core.deliveries import Command, Delivery, Profile, RoomView
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef
from tests.bot.beginnings import said
from tests.bot.town import PATIENCE_SECONDS, Member, Town

LATE = "day:2026-11-26T23:30Z"
"""Thursday in Berlin no more: Friday, 00:30; in Honolulu Thursday, 13:30."""


def newcomer(town: Town, locale: str = "de-DE") -> Member:
    """A host whose platform tells no zone."""
    del town.people["u-1"]["zone"]
    town.people["u-1"]["locale"] = locale
    return town.member("u-1")


def days(offers: str) -> set[str]:
    """The days of numbered offers."""
    return set(re.findall(r"^\d · (\w+ \d+ \w+)", offers, re.MULTILINE))


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", "Fri 27 Nov"), ("Pacific/Honolulu", "Thu 26 Nov")]
)
@pytest.mark.parametrize("is_changed_first", [False, True])
async def test_a_moment_is_on_the_day_it_has_on_the_clock_chosen_afterwards(
    town: Town, zone: str, day: str, is_changed_first: bool
) -> None:
    host = newcomer(town)
    await host.types(f"/meet @guest {LATE}")
    if is_changed_first:
        await host.presses("Change…", zone=zone)
        assert days(said(await host.presses("Save and go on"))) == {day}
    await host.presses("Send invitation", zone=zone)
    assert days(town.card().text) == {day}


async def test_a_moment_is_on_its_day_where_the_host_works(town: Town) -> None:
    host = town.member("u-1")
    await host.types(f"/meet @guest {LATE}")
    await host.presses("Send invitation")
    assert "Fri 27 Nov" in town.card().text
    assert "2026-11-20 has passed" in said(await host.types("/meet @guest day:2026-11-20T10:00Z"))


# The question


async def test_the_clocks_of_the_readers_country_come_first(town: Town) -> None:
    host = newcomer(town, "pt-BR")
    asked = await host.types("/meet @guest")
    assert asked is not None
    (question,) = [one for one in asked.card["body"] if one["type"] == "Input.ChoiceSet"]
    titles = [choice["title"] for choice in question["choices"]]
    assert titles[:3] == [
        f"Tue 24 Nov, {clock}" for clock in ("04:00 · Rio Branco", "05:00 · Manaus", "06:00 · São Paulo")
    ]


async def invites(town: Town, zone: str, locale: str = "de-DE") -> Member:
    """A newcomer who chose the clock of a zone."""
    host = newcomer(town, locale)
    await host.types("/meet @guest")
    await host.presses("Send invitation", zone=zone)
    return host


@pytest.mark.parametrize("is_told", [False, True])
async def test_what_was_taken_for_their_clock_is_said_and_can_be_changed(town: Town, is_told: bool) -> None:
    host = await invites(town, "Asia/Tokyo")
    sent = host.screen()[-1]
    assert "I take Tokyo’s clock for yours" in sent.text
    if is_told:
        # As an option of a command tells it once, on platforms that know no zones.
        town.people["u-1"]["zone"] = "Asia/Tokyo"
        await host.types("/meet list")
        del town.people["u-1"]["zone"]
    form = await host.presses("Settings", sent)
    assert form is not None
    assert form.values()["zone"] == "Asia/Tokyo"
    await host.presses("Save", zone="Pacific/Honolulu")
    preview = said(await host.types("/meet"))
    hours = {int(hour) for hour in re.findall(r" (\d\d):\d\d", preview)}
    assert hours, preview
    assert hours <= set(range(9, 17)), preview


BEFORE = timedelta(days=4)
"""Before a change: too early to be asked."""
BERLIN_CHANGES = datetime(2027, 3, 28, 1, tzinfo=UTC)
AND_AGAIN = datetime(2027, 10, 31, 1, tzinfo=UTC)
AND_THEN = datetime(2028, 3, 26, 1, tzinfo=UTC)


def questions(town: Town) -> list[str]:
    """How often each question about a change was shown."""
    shown = [one["message"]["text"] for one in town.vendor.messages.values()]
    return [text.splitlines()[0] for text in shown if "the clocks change on" in text]


async def test_who_told_a_time_and_no_place_is_asked_before_each_change_until_they_answer(town: Town) -> None:
    host = await invites(town, "Europe/Berlin", locale="en-US")
    await town.passes(BERLIN_CHANGES - BEFORE - town.now)
    assert questions(town) == []
    await town.passes(timedelta(days=2))
    assert questions(town) == ["In Berlin the clocks change on Sun 28 Mar. Do yours, too?"]
    await town.passes(AND_AGAIN - timedelta(days=1) - town.now)
    assert questions(town)[1:] == ["In Berlin the clocks change on Sun 31 Oct. Do yours, too?"]
    assert "Good: your hours stay by Berlin’s clock" in said(await host.presses("Yes, they do"))
    await town.passes(AND_THEN - timedelta(days=1) - town.now)
    assert len(questions(town)) == 2


@pytest.mark.parametrize(
    "how", ["their language tells", "nothing changes there", "they named another", "told"]
)
async def test_who_has_told_their_place_is_not_asked(town: Town, how: str) -> None:
    zone = "Asia/Kolkata" if how == "nothing changes there" else "Europe/Berlin"
    host = await invites(town, zone, locale="de-DE" if how == "their language tells" else "en-US")
    if how == "they named another":
        await host.types("/meet settings")
        await host.presses("Save", zone="America/New_York")
    if how == "told":
        town.people["u-1"]["zone"] = "Europe/Paris"
        await host.types("/meet list")
    await town.passes(BERLIN_CHANGES - timedelta(days=1) - town.now)
    assert questions(town) == []


async def test_a_process_that_was_away_over_a_change_asks_before_the_next(town: Town) -> None:
    await invites(town, "Europe/Berlin", locale="en-US")
    await town.passes(BERLIN_CHANGES + timedelta(days=10) - town.now)
    assert questions(town) == []
    await town.passes(AND_AGAIN - timedelta(days=1) - town.now)
    assert len(questions(town)) == 1


# In the settings


async def test_who_opens_the_settings_first_is_asked_for_their_clock_and_nothing_is_taken_for_it(
    town: Town,
) -> None:
    host = newcomer(town, "en-US")
    form = await host.types("/meet settings")
    assert form is not None
    assert "What time is it for you now?" in form.text
    assert form.values()["zone"] == ""
    again = await host.presses("Save", form, notice="4 h")
    assert again is not None
    assert "Nothing is saved yet" in again.text
    assert "Please choose the time it is for you now" in again.text
    assert again.values()["notice"] == "4 h"
    saved = said(await host.presses("Save", again, clock="Europe/Berlin"))
    assert saved.splitlines()[:2] == ["Saved", "Europe/Berlin · Mon–Fri 9:00–17:00"]
    assert "I take Berlin’s clock for yours" in saved
    assert (await host.types("/meet settings") or form).values()["zone"] == "Europe/Berlin"
    await town.passes(BERLIN_CHANGES - timedelta(days=1) - town.now)
    assert len(questions(town)) == 1


async def test_a_clock_chosen_before_change_is_still_chosen_in_the_form_and_no_place(town: Town) -> None:
    host = newcomer(town, "en-US")
    await host.types("/meet @guest")
    form = await host.presses("Change…", zone="Europe/Berlin")
    assert form is not None
    assert (form.values()["zone"], form.values()["clock"]) == ("", "Europe/Berlin")
    await host.presses("Save and go on", form)
    await town.passes(BERLIN_CHANGES - timedelta(days=1) - town.now)
    assert len(questions(town)) == 1


async def test_a_zone_that_is_typed_beside_the_clocks_is_a_place(town: Town) -> None:
    host = newcomer(town, "en-US")
    await host.types("/meet settings")
    assert "Europe/Paris · " in said(await host.presses("Save", clock="Europe/Berlin", zone="Europe/Paris"))
    await town.passes(BERLIN_CHANGES - timedelta(days=1) - town.now)
    assert questions(town) == []


async def names(town: Town, host: Member, zone: str) -> str:
    """The last answer to a bare command with an option for it, as Discord's has."""
    room = RoomRef(WorkspaceRef("webhook", host.tenant), host.room)
    profile = Profile(PersonRef(room.workspace, host.id), "host", zone)
    act = Command("/meet", names_zone=True)
    delivery = Delivery("d-named", "", profile, RoomView(room), act, town.now)
    answer = await town.inbox.put(delivery, PATIENCE_SECONDS)
    card = answer.replies[-1].card if answer else None
    assert card is not None
    return plain_text(Card(card.blocks[:1]))


async def test_a_zone_named_once_shifts_what_one_reads_until_the_settings_are_saved(town: Town) -> None:
    host = await invites(town, "Europe/Berlin")
    told = await names(town, host, "Asia/Tokyo")
    assert (
        told == "You read all times by Tokyo’s clock now. Your hours stay by Berlin’s. Settings changes both."
    )
    assert "You named Tokyo: you read all times by its clock" in said(await host.types("/meet settings"))
    assert "You read all times by Berlin’s clock now" in said(await host.presses("Save"))
    guest = town.member("u-2")
    await guest.presses("1")
    await guest.presses("Confirm")
    assert "13:00–13:30 your time" in host.find(".ics file").text
