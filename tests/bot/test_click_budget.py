"""How many presses each flow of the web room takes; a press more is a failure.

The rows are the product's click budget. Typing the command is no press; the choice of a clock in the setup
is made on the card that is sent anyway.
"""

from tests.bot.beginnings import booked, invited, set_up
from tests.bot.town import Town


async def test_first_invitation_with_nothing_set_up_takes_one(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet @guest 30 logo review")
    await host.presses("Send invitation")
    assert "@host would like to meet @guest" in town.card().text
    assert host.clicks == 1


async def test_first_invitation_without_a_known_zone_still_takes_one(town: Town) -> None:
    del town.people["u-1"]["zone"]
    host = town.member("u-1")
    asked = await host.types("/meet @guest 30")
    assert asked is not None
    assert "What time is it for you now?" in asked.text
    await host.presses("Send invitation", zone="Asia/Kolkata")
    assert "@host would like to meet @guest" in town.card().text
    assert host.clicks == 1


async def test_an_invitation_once_set_up_takes_none(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet @guest 30")
    assert "@host would like to meet @guest" in town.card().text
    assert host.clicks == 0


async def test_the_preview_costs_one(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet")
    await host.presses("Send invitation")
    assert "@host would like to meet" in town.card().text
    assert host.clicks == 1


async def test_a_guest_books_in_two(town: Town) -> None:
    host, guest = await invited(town)
    await guest.presses("1")
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅ @host & @guest")
    assert (host.clicks, guest.clicks) == (0, 2)


async def test_a_guest_books_a_date_that_is_not_on_the_card_in_three(town: Town) -> None:
    _, guest = await invited(town)
    picker = await guest.presses("More times")
    assert picker is not None
    assert "Mon 30 Nov" not in town.card().text
    assert "Mon 30 Nov" in picker.text
    await guest.presses_at(-1, picker)
    await guest.presses("Confirm")
    assert "✅ @host & @guest · Tue 1 Dec" in town.card().text
    assert guest.clicks == 3


async def test_a_guest_books_a_date_three_weeks_ahead_in_four(town: Town) -> None:
    host = town.member("u-1")
    await host.types("/meet settings")
    await host.presses("Save", window="60")
    await host.types("/meet @guest 30")
    guest = town.member("u-2")
    picker = await guest.presses("More times")
    assert picker is not None
    assert "Thu 17 Dec" not in [line.strip() for line in picker.text.splitlines()]
    shown = await guest.presses("Show this day", picker, day="2026-12-17")
    assert shown is not None
    await guest.presses_at(0, shown)
    await guest.presses("Confirm")
    assert "✅ @host & @guest · Thu 17 Dec" in town.card().text
    assert guest.clicks == 4


async def test_either_side_reschedules_in_two(town: Town) -> None:
    for member in await booked(town):
        before = town.card()
        offered = await member.presses("Reschedule", before)
        assert offered is not None
        await member.presses(offered.titles[0], offered)
        assert town.card().id == before.id
        assert town.card().text != before.text
        assert member.clicks == 2


async def test_cancelling_takes_two(town: Town) -> None:
    _, guest = await booked(town)
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert town.card().text.startswith("Cancelled: @host & @guest")
    assert guest.clicks == 2


async def test_adding_to_a_calendar_takes_one_and_the_link(town: Town) -> None:
    _, guest = await booked(town)
    answer = await guest.presses("Add to calendar", town.card())
    assert answer is not None
    assert {"Google", "Outlook.com", "Office 365", "Yahoo", ".ics file"} == set(answer.links())
    assert guest.clicks == 1


async def test_an_empty_room_has_a_meeting_after_three(town: Town) -> None:
    host, guest = town.member("u-1"), town.member("u-2")
    await host.types("/meet @guest 30")
    await host.presses("Send invitation")
    await guest.presses("1")
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅")
    assert host.clicks + guest.clicks == 3
