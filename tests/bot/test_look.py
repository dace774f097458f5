"""Looking: help, one's meetings in all rooms, the menu, the calendar links."""

from tests.bot.beginnings import booked, invited, said, set_up
from tests.bot.town import Town


async def test_help_is_seven_lines_with_buttons_that_do_the_thing(town: Town) -> None:
    member = town.member("u-2")
    card = await member.types("/meet help")
    assert card is not None
    lines = card.text.splitlines()
    assert len(lines) == 1 + 7 + 1
    assert card.titles == ["New invitation", "Continue", "My meetings", "Settings", "My calendars"]
    assert "Set up in one tap" in said(await member.presses("New invitation", card))
    assert "Set up in one tap" in said(await member.presses("Continue", card))
    assert "You have no meetings" in said(await member.presses("My meetings", card))
    assert "Time zone" in said(await member.presses("Settings", card))
    assert "You have linked no calendar" in said(await member.presses("My calendars", card))


async def test_the_command_word_is_the_configured_one(town: Town) -> None:
    assert "/meet @name 30" in said(await town.member("u-2").types("/meet help"))


async def test_the_list_shows_meetings_of_all_rooms_and_its_buttons_act_there(town: Town) -> None:
    town.members["room-2"] = ["u-2", "u-3"]
    host, _ = await booked(town)
    elsewhere = town.member("u-2", "room-2")
    agenda = await elsewhere.types("/meet list")
    assert agenda is not None
    assert "Tue 24 Nov, 09:00–09:30 with @host" in agenda.text
    assert agenda.titles == ["Add to calendar", "Join", "Reschedule", "Cancel"]
    offered = await elsewhere.presses("Reschedule", agenda)
    assert offered is not None
    await elsewhere.presses_at(0, offered)
    assert "12:00–12:30 Berlin" in town.card().text
    assert not town.public("room-2")
    await elsewhere.presses("Cancel", await elsewhere.types("/meet list"))
    await elsewhere.presses("Cancel meeting")
    assert town.card().text.startswith("Cancelled")
    assert "You have no meetings" in said(await host.types("/meet list"))


async def test_the_list_shows_open_invitations_with_what_each_side_can_do(town: Town) -> None:
    host, guest = await invited(town)
    assert (await host.types("/meet list")) is not None
    assert "Open invitation with @guest" in said(await host.types("/meet list"))
    agenda = await guest.types("/meet list")
    assert agenda is not None
    assert agenda.titles == ["More times"]
    assert "Pick a time" in said(await guest.presses("More times", agenda))
    await host.presses("Withdraw")
    assert "The invitation was withdrawn." in town.card().text


async def test_the_entries_of_the_list_are_numbered_and_words_with_the_number_act(town: Town) -> None:
    host, guest = await booked(town)
    await host.types("/meet @guest 45 planning")
    agenda = said(await host.types("/meet list"))
    assert "1 · Tue 24 Nov" in agenda
    assert "2 · Open invitation with @guest" in agenda
    assert "“cancel 1” for Cancel, “withdraw 2” for Withdraw" in agenda
    assert "The invitation was withdrawn." not in town.card().text
    await host.says("withdraw 2")
    assert "The invitation was withdrawn." in town.public()[-1].text
    await guest.types("/meet list")
    assert "Reply" in said(await guest.says("reschedule 1"))
    await guest.types("/meet list")
    assert ".ics file" in said(await guest.says("add 1"))
    await guest.types("/meet list")
    assert "Cancel the meeting" in said(await guest.says("cancel 1"))


async def test_a_number_that_is_not_on_the_list_shows_the_list(town: Town) -> None:
    host, _ = await booked(town)
    await host.types("/meet list")
    assert "Your meetings" in said(await host.says("cancel 2"))


async def test_every_entry_of_a_long_list_can_be_reached(town: Town) -> None:
    host = await set_up(town)
    titles = [f"topic-{number}-" for number in range(1, 31)]
    for title in titles:
        await host.types(f"/meet @guest 30 “{title}”")
    page, found = await host.types("/meet list"), []
    while page is not None:
        found += [title for title in titles if title in page.text]
        page = await host.presses("More", page) if "More" in page.titles else None
    assert sorted(found) == sorted(titles)
    page = await host.presses("From the start")
    assert "1 · Open invitation" in said(page)
    while page is not None and "30 · " not in page.text:
        page = await host.says("more")
    await host.says("withdraw 30")
    assert len([one for one in town.public() if "was withdrawn" in one.text]) == 1


async def test_the_list_is_ones_own(town: Town) -> None:
    await booked(town)
    assert "You have no meetings" in said(await town.member("u-3").types("/meet list"))


async def test_typing_a_change_shows_the_meetings_with_their_buttons(town: Town) -> None:
    host, _ = await booked(town)
    for typed in ("/meet cancel", "/meet reschedule"):
        answer = await host.types(typed)
        assert answer is not None
        assert {"Reschedule", "Cancel"} <= set(answer.titles)


async def test_the_menu_lets_only_the_host_withdraw(town: Town) -> None:
    host, guest = await invited(town)
    menus = [await member.presses("⋯", town.card()) for member in (host, guest, town.member("u-3"))]
    titles = [menu.titles for menu in menus if menu]
    assert titles[0][0] == "Withdraw invitation"
    assert titles[1] == titles[2] == ["My meetings", "Settings", "Help"]


async def test_calendar_links_are_the_readers_own(town: Town) -> None:
    host, guest = await booked(town)
    card = town.card()
    answers = [await member.presses("Add to calendar", card) for member in (host, guest)]
    links = [answer.links() for answer in answers if answer]
    assert links[0][".ics file"] != links[1][".ics file"]
    assert "Only the people in this meeting" in said(
        await town.member("u-3").presses("Add to calendar", card)
    )


async def test_settings_show_every_value_with_its_sentence(town: Town) -> None:
    host = await set_up(town)
    form = await host.types("/meet settings")
    assert form is not None
    assert "Window — how many days ahead can be booked: 7" in form.text
    assert form.titles == ["Save"]


async def test_whoever_tells_that_they_left_is_not_answered(town: Town) -> None:
    await booked(town)
    leaver = town.member("u-2")
    town.members["room-1"].remove("u-2")
    status, answer = await town.deliver(leaver, {"type": "members"})
    assert (status, answer) == (200, {"replies": []})
    assert "I know nobody called @guest" in said(await town.member("u-1").types("/meet @guest 30"))
