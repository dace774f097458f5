"""The bot's own page: one card that is always the same message, and everything one's meetings need."""

from tests.bot.beginnings import booked, invited, said, set_up
from tests.bot.town import Member, Seen, Town

HOME = "home-of-u-2"


async def at_home(town: Town, person: str = "u-2") -> tuple[Member, Seen]:
    """Somebody who looks at their own page, which nobody else sees."""
    town.members[HOME] = [person]
    member = town.member(person, HOME)
    home = await member.opens_home()
    assert home is not None
    return member, home


async def test_the_page_lists_what_is_coming_in_all_rooms(town: Town) -> None:
    await booked(town)
    _, home = await at_home(town)
    assert "1 · Tue 24 Nov, 09:00–09:30 with @host" in home.text
    assert home.titles == ["Add to calendar", "Join", "Reschedule", "Cancel", "Settings", "Help"]


async def test_somebody_new_reads_how_to_begin(town: Town) -> None:
    _, home = await at_home(town)
    assert "You have no meetings coming up" in home.text
    assert "To begin with: America/Sao_Paulo · Mon–Fri 9:00–17:00" in home.text
    assert "type /meet @name 30 in a room" in home.text


async def test_opened_again_it_is_the_same_message_as_it_stands_now(town: Town) -> None:
    _, first = await at_home(town)
    await booked(town)
    _, second = await at_home(town)
    assert (second.id, second.revision) == (first.id, first.revision + 1)
    assert "with @host" in second.text


async def test_each_person_has_a_page_of_their_own(town: Town) -> None:
    assert (await at_home(town, "u-1"))[1].id != (await at_home(town, "u-2"))[1].id


async def test_a_press_is_answered_in_its_place_and_opening_it_shows_the_page_again(town: Town) -> None:
    await booked(town)
    guest, home = await at_home(town)
    form = await guest.presses("Settings", home)
    assert form is not None
    assert form.id == home.id
    assert "Your time, in every room" in form.text
    again = (await at_home(town))[1]
    assert (again.id, again.revision) == (home.id, form.revision + 1)
    assert "Your meetings" in again.text


async def test_a_meeting_of_another_room_is_moved_from_there(town: Town) -> None:
    await booked(town)
    guest, home = await at_home(town)
    offers = await guest.presses("Reschedule", home)
    moved = await guest.presses_at(0, offers or home)
    assert said(moved).startswith("Moved to ")
    assert "Undone" in said(await guest.presses("Undo"))
    picker = await guest.presses("More times", await guest.presses("Reschedule", (await at_home(town))[1]))
    assert picker is not None
    assert said(await guest.presses_at(3, picker)).startswith("Moved to ")
    assert town.member("u-1").screen()[-1].text.startswith("@guest moved your meeting to")


async def test_a_meeting_of_another_room_is_cancelled_and_asked_for_again_from_there(town: Town) -> None:
    await booked(town)
    guest, home = await at_home(town)
    question = await guest.presses("Cancel", home)
    assert "Cancelled." in said(await guest.presses("Cancel meeting", question, reason="the dentist"))
    assert town.card().text.startswith("Cancelled: @host & @guest")
    assert "The card in the room offers new times now." in said(await guest.presses("Find a new time"))
    assert town.card().text.startswith("@host would like to meet @guest")


async def test_an_invitation_of_another_room_is_answered_from_there(town: Town) -> None:
    await invited(town)
    guest, home = await at_home(town)
    picker = await guest.presses("More times", home)
    assert picker is not None
    assert "Held for you" in said(await guest.presses_at(0, picker))
    assert "✅ Booked with @host" in said(await guest.presses("Confirm"))
    assert town.card().text.startswith("✅")


async def test_the_host_withdraws_from_there(town: Town) -> None:
    await invited(town)
    host, home = await at_home(town, "u-1")
    assert "withdrawn" in said(await host.presses("Withdraw", home))
    assert "The invitation was withdrawn." in town.card().text


async def test_when_the_other_changes_the_meeting_the_page_is_right_when_it_is_opened_next(
    town: Town,
) -> None:
    host, _ = await booked(town)
    guest, home = await at_home(town)
    await guest.presses("Reschedule", home)
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert guest.message(home.id) is None
    _, again = await at_home(town)
    assert again.id == home.id
    assert "no meetings coming up" in again.text


async def test_ones_own_hours_are_said_once_they_are_set(town: Town) -> None:
    await set_up(town)
    _, home = await at_home(town, "u-1")
    assert "\nEurope/Berlin · Mon–Fri 9:00–17:00 · 30 min, notice 2 h, next 7 days\n" in home.text
