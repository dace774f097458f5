"""Offers that die are struck on every open card of their people, in every room, and replaced."""

from datetime import timedelta

from scheduling_core.actions import Action
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.bot.beginnings import booked, invited, offers, said, set_up
from tests.bot.town import CODEC, Seen, Town


def rows(card: Seen) -> dict[str, str]:
    """Number → the time beside it."""
    found = (row.partition(" · ") for row in card.text.splitlines())
    return {number: rest for number, _, rest in found if number.isdecimal()}


async def two_rooms(town: Town) -> None:
    """The host asks one guest in each of two rooms."""
    town.members["room-2"] = ["u-1", "u-3"]
    host = await set_up(town)
    await host.types("/meet @guest 30")
    await town.member("u-1", "room-2").types("/meet @second 30")


async def test_a_booking_strikes_its_time_on_the_cards_of_all_rooms(town: Town) -> None:
    await two_rooms(town)
    before = town.card("room-2")
    guest = town.member("u-2")
    picker = await guest.presses("More times")
    assert picker is not None
    await guest.says("3" if "12:00" in rows(before)["1"] else "1")
    await guest.says("no")
    taken = rows(before)["1"].partition(",")[2].split()[0]
    berlin_is_ahead_by = 4
    label = f"{int(taken[:2]) - berlin_is_ahead_by:02}{taken[2:]}"
    await guest.presses(label, guest.find(label))
    await guest.presses("Confirm")
    after = town.card("room-2")
    assert after.id == before.id
    assert after.revision > before.revision
    assert rows(after)["1"].endswith("(taken)")
    assert offers(after) == ["2", "3", "4", "5", "6"]
    assert rows(after)["6"] not in rows(before).values()


async def test_a_hold_alone_strikes_nothing(town: Town) -> None:
    await two_rooms(town)
    before = town.card("room-2")
    await town.member("u-2").presses("1")
    assert town.card("room-2").revision == before.revision


async def test_a_guests_own_booking_strikes_the_time_where_they_are_asked(town: Town) -> None:
    host, guest = await invited(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 30")
    mine, theirs = town.public()
    assert rows(mine)["1"] == rows(theirs)["1"].replace("  ", " ")
    await guest.presses("1", theirs)
    await guest.presses("Confirm")
    assert rows(town.public()[0])["1"].endswith("(taken)")
    assert host.clicks == 0


async def test_offers_die_by_notice_and_come_back_fresh(town: Town) -> None:
    await invited(town)
    first = town.card()
    await town.passes(timedelta(hours=1, minutes=1))
    later = town.card()
    assert rows(later)["1"].endswith("(taken)")
    assert len(offers(later)) == 5
    await town.passes(timedelta(hours=4))
    assert not [
        row for number, row in rows(town.card()).items() if "Tue 24" in row and number in offers(town.card())
    ]
    assert first.id == town.card().id


async def test_a_card_of_one_day_without_time_left_says_so_and_recovers(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet settings")
    await host.presses("Save", thu="9:00-9:30")
    await host.types("/meet @guest 30 thu")
    await host.types("/meet @second 30 thu")
    first, other = town.public()
    guest, second = town.member("u-2"), town.member("u-3")
    await guest.presses("1", first)
    await guest.presses("Confirm")
    assert "No free time is left just now." in town.public()[1].text
    assert offers(town.public()[1]) == []
    await guest.presses("Cancel", town.public()[0])
    await guest.presses("Cancel meeting")
    again = next(seen for seen in town.public() if seen.id == other.id)
    assert offers(again) == ["2"]
    await second.presses("2", again)
    assert "✅ Booked" in said(await second.presses("Confirm"))


async def test_moving_frees_the_old_time_and_strikes_the_new(town: Town) -> None:
    host, guest = await booked(town)
    await host.types("/meet @second 30 2026-11-24")
    offered = await guest.presses("Reschedule", town.public()[0])
    assert offered is not None
    before = town.public()[1]
    start = {a["data"]["parley"].split(".")[3] for a in offered.actions()[:1]}
    await guest.presses_at(0, offered)
    picker = await town.member("u-3").presses("More times", before)
    assert picker is not None
    assert "13:00" in picker.titles
    assert start.isdisjoint(a["data"]["parley"].split(".")[3] for a in picker.actions())


async def test_a_tap_on_a_struck_number_names_the_nearest(town: Town) -> None:
    host, guest = await invited(town)
    stale = town.card()
    await host.types("/meet @second 30")
    second = town.member("u-3")
    await second.presses("1", town.public()[-1])
    await second.presses("Confirm")
    assert "Someone just took it. Nearest:" in said(await guest.presses("1", stale))


async def test_two_changes_before_the_room_hears_of_them_are_one_callback(town: Town) -> None:
    host, _ = await invited(town)
    card, posted = town.card(), len(town.vendor.posts)
    invitation = card.data("1")["parley"].split(".")[2]
    room = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
    for verb in ("withdraw", "again"):
        data = {"parley": CODEC.encode(Action(verb, (invitation,)), room)}
        status, _ = await town.deliver(host, {"type": "action", "message_id": "m_x", "data": data})
        assert status == 200
    await town.settle()
    new = [post for post in town.vendor.posts[posted:] if post.startswith(card.id)]
    assert new == [f"{card.id}-{card.revision + 2}-updated"]
