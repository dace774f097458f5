"""Private cards that tell of a meeting go when what they tell is no longer so."""

from tests.bot.beginnings import booked
from tests.bot.town import Member, Town


def private(town: Town, member: Member) -> list[str]:
    """The first lines of what only this person sees."""
    public = {seen.id for seen in town.public()}
    return [seen.text.splitlines()[0] for seen in member.screen() if seen.id not in public]


def about_the_meeting(town: Town, member: Member) -> list[str]:
    """Those of them that tell where the meeting stands."""
    begins = ("✅", "@", "Moved", "Undone", "Cancel", "Move the")
    return [text for text in private(town, member) if text.startswith(begins)]


async def test_no_private_card_keeps_telling_an_old_time(town: Town) -> None:
    host, guest = await booked(town)
    assert about_the_meeting(town, host) == ["✅ Booked with @guest"]
    assert about_the_meeting(town, guest) == ["✅ Booked with @host"]
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(1, offered)
    (of_host,), (of_guest,) = about_the_meeting(town, host), about_the_meeting(town, guest)
    assert of_host.startswith("@guest moved your meeting to Tue 24 Nov")
    assert of_guest.startswith("Moved to Tue 24 Nov")
    await guest.presses("Undo")
    (of_host,) = about_the_meeting(town, host)
    assert of_host.startswith("@guest moved your meeting back to Tue 24 Nov, 13:00")
    assert about_the_meeting(town, guest) == ["Undone: the meeting is back at its old time."]
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert about_the_meeting(town, guest) == ["@host cancelled your meeting."]
    assert [text[:9] for text in about_the_meeting(town, host)] == ["Cancelled"]
    await guest.presses("Find a new time")
    assert about_the_meeting(town, host) == []
    assert about_the_meeting(town, guest) == []


async def test_questions_and_offers_of_the_old_time_go_when_somebody_moves_it(town: Town) -> None:
    host, guest = await booked(town)
    question = await host.presses("Cancel", town.card())
    picker = await host.presses("More times", await host.presses("Reschedule", town.card()))
    offered = await guest.presses("Reschedule", town.card())
    assert question is not None
    assert picker is not None
    assert offered is not None
    await guest.presses_at(0, offered)
    assert host.message(question.id) is None
    assert host.message(picker.id) is None


async def test_a_card_of_somebody_else_named_in_a_press_is_not_spared(town: Town) -> None:
    host, guest = await booked(town)
    (of_host,) = (seen for seen in host.screen() if seen.text.startswith("✅ Booked"))
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.sends(offered.actions()[0]["data"], of_host.id)
    assert host.message(of_host.id) is None
