"""Changing a meeting: reschedule with Undo, cancel, withdraw, find a new time; one card all along."""

import re
from datetime import timedelta

from scheduling_core.actions import Action
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.bot.beginnings import booked, invited, offers, said, set_up
from tests.bot.town import CODEC, TUESDAY, Seen, Town

ROOM = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")


def uid_and_sequence(town: Town, address: str) -> list[tuple[str, int]]:
    """What each mail to one address says, oldest first."""
    found = []
    for mail in town.mail.to(address):
        assert mail.invite is not None
        ics = mail.invite.ics.decode().replace("\r\n ", "")
        uid, sequence = re.search(r"UID:(.*)\r", ics), re.search(r"SEQUENCE:(\d+)", ics)
        assert uid is not None
        assert sequence is not None
        found.append((uid[1], int(sequence[1])))
    return found


async def test_one_card_lives_through_everything(town: Town) -> None:
    host, guest = await invited(town)
    seen: list[Seen] = [town.card()]

    def changed(begins: str) -> None:
        card = town.card()
        assert card.text.startswith(begins)
        assert card.id == seen[0].id
        assert card.revision > seen[-1].revision
        seen.append(card)

    await guest.presses("1")
    await guest.presses("Confirm")
    changed("✅ @host & @guest · Tue 24 Nov, 13:00")
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    await host.presses_at(-2, offered)
    changed("✅ @host & @guest · ")
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    changed("Cancelled: @host & @guest")
    await host.presses("Find a new time", town.card())
    changed("@host would like to meet @guest")
    assert set(offers(town.card())).isdisjoint(offers(seen[0]))
    await guest.presses(offers(town.card())[0], town.card())
    await guest.presses("Confirm")
    changed("✅ @host & @guest")
    for member in (host, guest):
        said_by_mail = uid_and_sequence(town, member.email)
        uids = [uid for uid, _ in said_by_mail]
        assert [sequence for _, sequence in said_by_mail] == [0, 1, 2, 2]
        assert len(set(uids[:3])) == 1
        assert uids[3] not in uids[:3]
    assert len([s for s in town.public() if s.titles]) == 1


async def test_moving_suits_both_and_ignores_the_meeting_itself(town: Town) -> None:
    host, guest = await booked(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 30 2026-11-25")
    await guest.presses("1", town.public()[-1])
    assert "Wed 25 Nov, 08:00" in said(await guest.presses("Confirm"))
    await host.presses("Reschedule", town.public()[0])
    picker = await host.presses("More times")
    assert picker is not None
    titles = picker.titles
    tuesday, wednesday = titles[: titles.index("09:00")], titles[titles.index("09:00") :][:16]
    assert "13:30" in tuesday
    assert "13:00" not in tuesday
    assert "11:00" in wednesday
    assert "12:00" not in wednesday[:8]


async def test_the_reason_reaches_only_the_others(town: Town) -> None:
    host, guest = await booked(town)
    second = town.member("u-3")
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered, reason="the  dentist\ncalled")
    texts = [seen.text for seen in host.screen()]
    assert any(
        "@guest moved your meeting to" in text and "Reason: the dentist called" in text for text in texts
    )
    assert not any("dentist" in seen.text for member in (guest, second) for seen in member.screen())
    assert "dentist" in town.mail.to(host.email)[-1].text
    assert "dentist" not in town.mail.to(guest.email)[-1].text
    assert "Moved: logo review" in town.mail.to(guest.email)[-1].subject


async def test_a_reason_typed_before_more_times_is_kept(town: Town) -> None:
    host, guest = await booked(town)
    await guest.presses("Reschedule", town.card())
    picker = await guest.presses("More times", None, reason="the dentist")
    assert picker is not None
    await guest.presses_at(0, picker)
    assert any("Reason: the dentist" in seen.text for seen in host.screen())


LONG = "the dentist " * 30


async def test_a_reason_that_is_too_long_moves_nothing_and_stays_whole(town: Town) -> None:
    host, guest = await booked(town)
    before = town.card()
    offered = await guest.presses("Reschedule", before)
    assert offered is not None
    again = await guest.presses_at(0, offered, reason=LONG)
    assert again is not None
    assert "Nothing is changed yet." in again.text
    assert "That is 359 characters long; please keep it to 300." in again.text
    assert again.values()["reason"] == LONG
    assert town.card() == before
    picker = await guest.presses("More times", again)
    assert picker is not None
    assert picker.values()["reason"] == LONG
    await guest.presses_at(0, again, reason=LONG[:300])
    assert town.card() != before
    assert any(f"Reason: {LONG[:300].strip()}" in seen.text for seen in host.screen())


async def test_a_reason_that_is_too_long_cancels_nothing_and_stays_whole(town: Town) -> None:
    _, guest = await booked(town)
    before = town.card()
    await guest.presses("Cancel", before)
    again = await guest.presses("Cancel meeting", None, reason=LONG)
    assert again is not None
    assert "please keep it to 300" in again.text
    assert again.values()["reason"] == LONG
    assert town.card() == before
    assert len(town.mail.sent) == 2
    assert "Cancelled" in said(await guest.presses("Cancel meeting", again, reason="the dentist"))


async def test_a_reason_typed_before_move_instead_is_kept(town: Town) -> None:
    _, guest = await booked(town)
    await guest.presses("Cancel", town.card())
    offered = await guest.presses("Move instead", None, reason="the dentist")
    assert offered is not None
    assert offered.values()["reason"] == "the dentist"


async def test_a_move_is_announced_in_one_line(town: Town) -> None:
    _, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    before = len(town.public())
    await guest.presses_at(0, offered)
    assert len(town.public()) == before + 1
    assert town.public()[-1].text.startswith("@guest moved it to Tue 24 Nov")
    assert "\n" not in town.public()[-1].text


async def test_the_same_tap_twice_moves_once(town: Town) -> None:
    _, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    first = await guest.presses_at(0, offered)
    revision = town.card().revision
    second = await guest.presses_at(0, offered)
    assert said(first) == said(second)
    assert town.card().revision == revision


async def test_a_move_can_be_undone_for_a_minute(town: Town) -> None:
    _, guest = await booked(town)
    before = town.card().text
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    moved = await guest.presses_at(0, offered)
    assert "You can undo this for 60 seconds." in said(moved)
    await town.passes(timedelta(seconds=60))
    assert "back at its old time" in said(await guest.presses("Undo"))
    assert town.card().text == before
    assert [sequence for _, sequence in uid_and_sequence(town, guest.email)] == [0, 1, 2]
    assert "changed again meanwhile" in said(await guest.presses("Undo", moved))


async def test_an_undo_that_comes_too_late_offers_to_reschedule(town: Town) -> None:
    _, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    after = town.card().text
    await town.passes(timedelta(seconds=61))
    answer = await guest.presses("Undo")
    assert "no longer be undone" in said(answer)
    assert answer is not None
    assert "Reschedule" in answer.titles
    assert town.card().text == after


async def test_only_who_moved_it_can_undo(town: Town) -> None:
    host, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    moved = await guest.presses_at(0, offered)
    assert moved is not None
    after = town.card().text
    assert "no longer be undone" in said(await host.sends(moved.data("Undo"), moved.id))
    assert town.card().text == after


async def test_an_undo_is_refused_when_the_old_time_was_taken(town: Town) -> None:
    host, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(-2, offered)
    after = town.card().text
    await host.types("/meet @second 30 2026-11-24")
    second = town.member("u-3")
    picker = await second.presses("More times", town.public()[-1])
    assert picker is not None
    await second.presses("13:00", picker)
    await second.presses("Confirm")
    answer = await guest.presses("Undo")
    assert "old time was taken" in said(answer)
    assert answer is not None
    assert "Reschedule" in answer.titles
    assert town.public()[0].text == after


async def test_a_new_time_taken_meanwhile_names_the_nearest(town: Town) -> None:
    host, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await host.types("/meet @second 30 2026-11-25")
    second = town.member("u-3")
    picker = await second.presses("More times", town.public()[-1])
    assert picker is not None
    wednesday = next(place for place, title in enumerate(offered.titles) if "Wed 25 Nov" in title)
    start = offered.actions()[wednesday]["data"]["parley"].split(".")[3]
    place = next(n for n, a in enumerate(picker.actions()) if a["data"]["parley"].split(".")[3] == start)
    await second.presses_at(place, picker)
    await second.presses("Confirm")
    lost = await guest.presses_at(wednesday, offered, reason="the dentist")
    assert "Someone just took it. Nearest:" in said(lost)
    assert lost is not None
    assert lost.values()["reason"] == "the dentist"
    await guest.presses_at(0, lost)
    assert any("Reason: the dentist" in seen.text for seen in host.screen())


async def test_cancelling_asks_first_and_offers_to_move_or_keep(town: Town) -> None:
    _, guest = await booked(town)
    question = await guest.presses("Cancel", town.card())
    assert "Cancel the meeting with @host?" in said(question)
    assert question is not None
    assert question.titles == ["Cancel meeting", "Move instead", "Keep"]
    assert "Nothing changed" in said(await guest.presses("Keep"))
    assert town.card().text.startswith("✅")
    await guest.presses("Cancel", town.card())
    assert "Move the meeting" in said(await guest.presses("Move instead"))


async def test_a_cancelled_meeting_frees_its_time_and_is_cancelled_once(town: Town) -> None:
    host, guest = await booked(town)
    question = await host.presses("Cancel", town.card())
    first = await host.presses("Cancel meeting", question, reason="ill")
    again = await host.presses("Cancel meeting", question)
    assert said(first) == said(again)
    assert town.card().titles == ["Find a new time"]
    assert [mail.subject.split(":")[0] for mail in town.mail.to(guest.email)] == ["Booked", "Cancelled"]
    assert any("@host cancelled your meeting.\nReason: ill" in seen.text for seen in guest.screen())
    await host.types("/meet @second 30 tue")
    picker = await town.member("u-3").presses("More times", town.card())
    assert picker is not None
    assert "13:00" in picker.titles


async def test_a_cancellation_of_a_meeting_that_moved_asks_again(town: Town) -> None:
    host, guest = await booked(town)
    question = await host.presses("Cancel", town.card())
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    answer = await host.presses("Cancel meeting", question)
    assert "moved meanwhile" in said(answer)
    assert town.card().text.startswith("✅")
    await host.presses("Cancel anyway")
    await host.presses("Cancel meeting")
    assert town.card().text.startswith("Cancelled")


async def test_finding_a_new_time_twice_opens_the_card_once(town: Town) -> None:
    host, guest = await booked(town)
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    cancelled = town.card()
    assert "offers new times now" in said(await guest.presses("Find a new time", cancelled))
    assert town.public()[-1].text == "@guest is looking for a new time; the card offers some."
    revision = town.card().revision
    assert "already offers new times" in said(await host.presses("Find a new time", cancelled))
    assert town.card().revision == revision


async def test_withdrawing_takes_the_question_back_from_everybody(town: Town) -> None:
    host, guest = await invited(town)
    question = await guest.presses("1")
    assert question is not None
    await host.presses("⋯", town.card())
    assert "is withdrawn" in said(await host.presses("Withdraw invitation"))
    assert "The invitation was withdrawn." in town.card().text
    assert guest.message(question.id) is None
    assert "was withdrawn" in said(await guest.presses("Confirm", question))
    assert "only they can renew it" in said(await guest.presses("Find a new time", town.card()))
    await host.presses("Find a new time", town.card())
    assert town.card().text.startswith("@host would like to meet @guest")


async def test_a_booked_meeting_cannot_be_withdrawn(town: Town) -> None:
    host, guest = await invited(town)
    menu = await host.presses("⋯", town.card())
    await guest.presses("1")
    await guest.presses("Confirm")
    assert "already has a time" in said(await host.presses("Withdraw invitation", menu))
    assert town.card().text.startswith("✅")


async def test_an_invitation_nobody_answers_ends_and_can_be_renewed(town: Town) -> None:
    _, guest = await invited(town)
    await town.passes(timedelta(days=8))
    assert "No time was picked before the invitation ended." in town.card().text
    await guest.presses("Find a new time", town.card())
    assert "Wed 2 Dec" in town.card().text
    await guest.presses(offers(town.card())[0], town.card())
    await guest.presses("Confirm")
    assert town.card().text.startswith("✅")


async def test_a_meeting_that_is_over_says_so(town: Town) -> None:
    _, guest = await booked(town)
    stale = town.card()
    await town.passes(timedelta(hours=4))
    assert any(seen.text.startswith("Ended: @host & @guest") for seen in town.public())
    for label in ("Reschedule", "Cancel", "Add to calendar"):
        assert "is over" in said(await guest.presses(label, stale))


async def test_only_the_host_withdraws_whoever_else_is_invited(town: Town) -> None:
    _, guest = await invited(town)
    card = town.card()
    action = Action("withdraw", (card.data("1")["parley"].split(".")[2],))
    answer = await guest.sends({"parley": CODEC.encode(action, ROOM)})
    assert "Only the host can withdraw" in said(answer)
    assert town.card() == card


async def test_a_meeting_moves_only_to_a_time_that_suits_everybody(town: Town) -> None:
    _, guest = await booked(town)
    card = town.card()
    night = int((TUESDAY + timedelta(days=1, hours=14)).timestamp()) // 60
    action = Action("move", (card.data("Reschedule")["parley"].split(".")[2], str(night)))
    assert "no longer free" in said(await guest.sends({"parley": CODEC.encode(action, ROOM)}))
    assert town.card() == card


async def test_only_who_moved_it_is_offered_to_undo_it(town: Town) -> None:
    host, guest = await booked(town)
    mine = await host.presses("Reschedule", town.card())
    theirs = await guest.presses("Reschedule", town.card())
    assert mine is not None
    assert theirs is not None
    first = await host.presses_at(0, mine)
    assert first is not None
    assert "Undo" in first.titles
    second = await guest.presses_at(0, theirs)
    assert second is not None
    assert second.text.startswith("Moved to")
    assert "Undo" not in second.titles


async def test_a_new_time_is_looked_for_only_where_there_is_one(town: Town) -> None:
    host, _ = await booked(town)
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    await host.types("/meet settings")
    await host.presses("Save", notice="80 days")
    card = town.card()
    assert "No time is free for everybody" in said(await host.presses("Find a new time", card))
    assert town.card() == card


async def test_withdrawing_twice_says_the_same(town: Town) -> None:
    host, _ = await invited(town)
    action = Action("withdraw", (town.card().data("1")["parley"].split(".")[2],))
    data = {"parley": CODEC.encode(action, ROOM)}
    first, card = said(await host.sends(data)), town.card()
    assert said(await host.sends(data)) == first
    assert town.card() == card


async def test_nobody_is_asked_anew_who_left_the_room(town: Town) -> None:
    host, guest = await booked(town)
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    before = town.public()
    town.members["room-1"].remove(guest.id)
    answer = await host.presses("Find a new time", town.card())
    assert answer is not None
    assert "@guest is no longer in the room, so new times would not reach them." in answer.text
    assert answer.titles == ["New invitation"]
    assert town.public() == before
    town.members["room-1"].append(guest.id)
    assert "offers new times now" in said(await host.presses("Find a new time", town.card()))


async def test_a_change_says_that_who_left_may_not_hear_of_it(town: Town) -> None:
    host, guest = await booked(town)
    assert "no longer" not in said(await host.presses("Reschedule", town.card()))
    town.members["room-1"].remove(guest.id)
    told = "@guest is no longer in the room and may not hear of it; please tell them."
    offered = await host.presses("Reschedule", town.card())
    assert told in said(offered)
    assert offered is not None
    assert told in said(await host.presses_at(0, offered))
    assert told in said(await host.presses("Cancel", town.card()))
    done = await host.presses("Cancel meeting")
    assert told in said(done)
    assert done is not None
    assert "Find a new time" not in done.titles


async def test_who_cancels_learns_of_their_own_calendar_alone(town: Town) -> None:
    del town.people["u-2"]["email"]
    host, guest = await booked(town)
    question = await guest.presses("Cancel", town.card())
    assert "If you added it to a calendar yourself" in said(await guest.presses("Cancel meeting", question))
    other = await host.presses("Cancel meeting", question)
    assert "A mail that takes it out of your calendar is on its way." in said(other)
    assert "verybody" not in said(other)
