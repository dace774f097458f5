"""Meetings in the calendar their participant chose: one event, never beside an invite, whatever fails."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from scheduling_core.errors import Gone, ProviderError, ReconnectNeeded, Rejected, Unavailable
from scheduling_core.ics import CalendarEntry
from tests.bot.beginnings import invited, said
from tests.bot.linking import link
from tests.bot.town import Member, Seen, Town

ACCOUNT = "main@calendars.example"


async def writing(town: Town) -> tuple[Member, Member]:
    """An open invitation of a host who has meetings written into their calendar."""
    host, guest = await invited(town)
    await link(town, host, "main", target="main")
    return host, guest


async def books(guest: Member) -> Seen | None:
    """The guest takes the first time."""
    await guest.presses("1")
    return await guest.presses("Confirm")


def events(town: Town, calendar: str = "main") -> list[CalendarEntry]:
    """What stands in a calendar."""
    return [copy.entry for copy in town.calendars.events.get(calendar, {}).values()]


def methods(town: Town, member: Member) -> list[str]:
    """Of the invites somebody was mailed, "" for a mail without one."""
    return [mail.invite.method if mail.invite else "" for mail in town.mail.to(member.email)]


async def test_a_booking_stands_in_the_calendar_and_no_invite_beside_it(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    (event,) = events(town)
    assert event.summary == "logo review"
    assert event.attendee is None
    assert "guest@" not in str(event)
    assert methods(town, host) == [""]
    assert methods(town, guest) == ["REQUEST"]
    assert any("I write it into your calendar" in seen.text for seen in host.screen())


async def test_a_move_changes_the_same_event_and_a_cancellation_takes_it_out(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    (before,) = events(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    (moved,) = events(town)
    assert (moved.uid, moved.sequence) == (before.uid, 1)
    assert moved.start != before.start
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert events(town) == []
    assert methods(town, host) == ["", "", ""]


async def test_a_meeting_that_is_found_a_new_time_is_another_event(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    (first,) = events(town)
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    await host.presses("Find a new time", town.card())
    await guest.presses("6")
    await guest.presses("Confirm")
    (second,) = events(town)
    assert second.uid != first.uid


async def _finds_a_new_time(town: Town, host: Member) -> None:
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    await host.presses("Find a new time", town.card())


@pytest.mark.parametrize("trouble", [Unavailable("busy"), ReconnectNeeded("revoked")], ids=["silent", "dead"])
@pytest.mark.parametrize("was_written", [True, False], ids=["written", "answer lost"])
async def test_an_event_that_could_not_be_removed_goes_after_a_new_time_was_asked_for(
    town: Town, trouble: ProviderError, *, was_written: bool
) -> None:
    host, guest = await writing(town)
    town.calendars.loses_answers = 0 if was_written else 1
    await books(guest)
    (first,) = events(town)
    town.calendars.trouble[ACCOUNT] = trouble
    await _finds_a_new_time(town, host)
    assert events(town) == [first]
    town.calendars.trouble.clear()
    if isinstance(trouble, ReconnectNeeded):
        await _choose_target(host)
    await guest.presses("6")
    await guest.presses("Confirm")
    await town.passes(timedelta(minutes=1))
    (second,) = events(town)
    assert second.uid != first.uid


async def test_an_event_that_was_given_up_after_a_new_time_was_asked_for_is_said(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await _finds_a_new_time(town, host)
    town.jobs.functions = {**town.jobs.functions, "copy": town.jobs.functions["copy.given_up"]}
    await town.passes(timedelta(minutes=1))
    (told,) = [seen for seen in host.screen() if "did not answer for a day" in seen.text]
    assert "not as we agreed here" in told.text


async def test_a_job_that_names_no_booking_means_the_present_one(town: Town) -> None:
    host, guest = await writing(town)
    copy = town.jobs.functions["copy"]

    async def older(args: Mapping[str, str]) -> None:
        await copy({name: value for name, value in args.items() if name != "booking"})

    town.jobs.functions = {**town.jobs.functions, "copy": older}
    await books(guest)
    assert len(events(town)) == 1
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert events(town) == []


@pytest.mark.parametrize("meanwhile", ["moved", "cancelled", "unlinked"])
async def test_an_event_is_found_in_the_calendar_that_its_owner_has_put_it_into(
    town: Town, meanwhile: str
) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", "club", target="main")
    await books(guest)
    town.calendars.carry("main", "club")
    await _changes(town, host, guest, meanwhile)
    assert events(town) == []
    assert [event.sequence for event in events(town, "club")] == ([1] if meanwhile == "moved" else [])


async def test_other_calendars_are_only_searched_for_what_is_not_in_its_place(town: Town) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", "club", "private", target="main")
    await books(guest)
    await guest.presses_at(0, await guest.presses("Reschedule", town.card()) or town.card())
    assert town.calendars.looked == 0
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert (events(town), town.calendars.looked) == ([], 0)


HIDDEN = [Rejected(403, "no"), Gone("gone"), Unavailable("busy")]


@pytest.mark.parametrize("refused", HIDDEN, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("change", ["moved", "cancelled", "unlinked"])
async def test_one_other_calendar_keeps_nothing_from_being_done_with_an_event_that_was_deleted(
    town: Town, change: str, refused: ProviderError
) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", "club", target="main")
    await books(guest)
    town.calendars.events["main"].clear()
    town.calendars.hides["club"] = refused
    await _changes(town, host, guest, change)
    for _ in range(4):
        await town.passes(timedelta(minutes=20))
    assert [event.sequence for event in events(town)] == ([1] if change == "moved" else [])
    assert town.calendars.revoked == ({ACCOUNT} if change == "unlinked" else set())
    assert not [seen for seen in host.screen() if "is not right" in seen.text or "could not" in seen.text]


@pytest.mark.parametrize("change", ["moved", "cancelled", "unlinked"])
async def test_an_event_is_found_in_another_calendar_that_did_not_answer_at_first(
    town: Town, change: str
) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", "club", target="main")
    await books(guest)
    town.calendars.carry("main", "club")
    town.calendars.hides["club"] = Unavailable("busy")
    await _changes(town, host, guest, change)
    assert (len(events(town, "club")), events(town), town.calendars.revoked) == (1, [], set())
    town.calendars.hides.clear()
    await town.passes(timedelta(minutes=20))
    assert events(town) == []
    assert [event.sequence for event in events(town, "club")] == ([1] if change == "moved" else [])


async def test_an_event_is_taken_out_of_another_calendar_where_its_own_is_only_read_by_now(
    town: Town,
) -> None:
    host, guest = await invited(town)
    await link(town, host, "main", "club", target="main")
    await books(guest)
    town.calendars.carry("main", "club")
    town.calendars.refuses_removal.add("main")
    await _changes(town, host, guest, "cancelled")
    assert events(town, "club") == []


async def _changes(town: Town, host: Member, guest: Member, change: str) -> None:
    if change == "moved":
        await guest.presses_at(0, await guest.presses("Reschedule", town.card()) or town.card())
    elif change == "cancelled":
        await guest.presses("Cancel", town.card())
        await guest.presses("Cancel meeting")
    else:
        await _unlinks(host, "Unlink and remove them")


async def test_a_calendar_that_does_not_answer_is_written_later_and_once(town: Town) -> None:
    _, guest = await writing(town)
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await books(guest)
    assert events(town) == []
    await town.passes(timedelta(minutes=1))
    town.calendars.trouble.clear()
    await town.passes(timedelta(minutes=1))
    await town.passes(timedelta(minutes=1))
    assert len(events(town)) == 1


async def test_what_changes_while_its_kind_is_not_set_up_is_written_once_that_is_back(town: Town) -> None:
    _, guest = await writing(town)
    await books(guest)
    kinds = dict(town.providers)
    town.providers.clear()
    await guest.presses("Cancel", town.card())
    await guest.presses("Cancel meeting")
    assert len(events(town)) == 1
    town.providers.update(kinds)
    await town.passes(timedelta(minutes=1))
    assert events(town) == []


async def test_a_cancellation_while_it_does_not_answer_leaves_nothing(town: Town) -> None:
    host, guest = await writing(town)
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await books(guest)
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    town.calendars.trouble.clear()
    await town.passes(timedelta(minutes=1))
    assert events(town) == []


@pytest.mark.parametrize(
    "refused", [Rejected(400, "no"), Gone("gone"), ReconnectNeeded("revoked")], ids=lambda e: type(e).__name__
)
async def test_what_cannot_be_written_goes_out_as_an_invite_after_all(
    town: Town, refused: ProviderError
) -> None:
    host, guest = await writing(town)
    town.calendars.trouble[ACCOUNT] = refused
    await books(guest)
    assert methods(town, host) == ["", "REQUEST"]
    (told,) = [seen for seen in host.screen() if "is not right in your Fake calendar" in seen.text]
    assert "the meeting itself stands" in told.text
    assert not [seen for seen in guest.screen() if "calendar" in seen.text.lower() and "⚠️" in seen.text]
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    assert methods(town, host)[-1] == "CANCEL"


async def test_what_cannot_be_changed_any_more_is_said_and_mended_by_linking_again(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    town.calendars.trouble[ACCOUNT] = ReconnectNeeded("revoked")
    offered = await host.presses("Reschedule", town.card())
    assert offered is not None
    await host.presses_at(0, offered)
    assert [event.sequence for event in events(town)] == [0]
    assert any("not as we agreed here" in seen.text for seen in host.screen())
    assert methods(town, host) == ["", ""]
    town.calendars.trouble.clear()
    await host.presses("Save", await host.presses("Choose calendars", await host.types("/meet calendars")))
    assert [event.sequence for event in events(town)] == [1]


async def test_what_the_owner_changed_or_deleted_there_gives_way_to_a_later_change_here(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    town.calendars.events["main"].clear()
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert [event.sequence for event in events(town)] == [1]
    assert methods(town, host) == ["", ""]


async def test_meetings_stay_where_they_were_first_put(town: Town) -> None:
    host, guest = await invited(town)
    await books(guest)
    await link(town, host, "main")
    await _choose_target(host)
    assert events(town) == []
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert events(town) == []
    assert methods(town, host) == ["REQUEST", "REQUEST"]


async def test_what_no_mail_could_bring_is_added_on_linking(town: Town) -> None:
    del town.people["u-1"]["email"]
    host, guest = await invited(town)
    await books(guest)
    await link(town, host, "main")
    await _choose_target(host)
    assert len(events(town)) == 1


async def test_what_a_mail_did_not_bring_is_added_on_linking(town: Town) -> None:
    host, guest = await invited(town)
    town.mail.trouble[host.email] = Rejected(550, "no such user")
    await books(guest)
    await link(town, host, "main")
    await _choose_target(host)
    assert len(events(town)) == 1


async def _choose_target(host: Member) -> None:
    choices = await host.presses("Choose calendars", await host.types("/meet calendars"))
    assert "written into Main" in said(await host.presses("Save", choices, target="0"))


@pytest.mark.parametrize(("button", "left"), [("Unlink it", 1), ("Unlink and remove them", 0)])
async def test_unlinking_keeps_events_unless_they_are_to_go(town: Town, button: str, left: int) -> None:
    host, guest = await writing(town)
    await books(guest)
    question = await host.presses("Unlink", await host.types("/meet unlink"))
    assert "1 of your coming meetings" in said(question)
    await host.presses(button, question)
    assert len(events(town)) == left
    assert town.calendars.revoked == {ACCOUNT}


async def _unlinks(host: Member, button: str) -> None:
    await host.presses(button, await host.presses("Unlink", await host.types("/meet unlink")))


@pytest.mark.parametrize("button", ["Unlink it", "Unlink and remove them"])
async def test_who_links_again_has_the_meeting_in_the_calendar_as_before(town: Town, button: str) -> None:
    host, guest = await writing(town)
    await books(guest)
    await _unlinks(host, button)
    town.calendars.revoked.clear()
    await link(town, host, "main")
    await _choose_target(host)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert [event.sequence for event in events(town)] == [1]
    assert methods(town, host) == ["", ""]


async def _links_again(town: Town, host: Member, target: str) -> None:
    town.calendars.revoked.clear()
    await link(town, host, "main", "club")
    choices = await host.presses("Choose calendars", await host.types("/meet calendars"))
    await host.presses("Save", choices, target=target)


async def test_a_kept_event_is_found_again_in_whatever_calendar_it_stands(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    await _unlinks(host, "Unlink it")
    await _links_again(town, host, target="1")
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    await guest.presses_at(0, offered)
    assert [event.sequence for event in events(town)] == [1]
    assert events(town, "club") == []


@pytest.mark.parametrize("change", ["moved", "cancelled"])
async def test_a_kept_event_goes_when_mails_have_told_of_its_meeting_since(town: Town, change: str) -> None:
    host, guest = await writing(town)
    await books(guest)
    await _unlinks(host, "Unlink it")
    if change == "moved":
        await guest.presses_at(0, await guest.presses("Reschedule", town.card()) or town.card())
    else:
        await guest.presses("Cancel", town.card())
        await guest.presses("Cancel meeting")
    assert len(events(town)) == 1
    await _links_again(town, host, target="0")
    assert events(town) == []
    assert methods(town, host) == ["", "REQUEST" if change == "moved" else "CANCEL"]
    assert town.calendars.revoked == set()


async def test_an_address_that_is_told_later_brings_no_invite_beside_the_event(town: Town) -> None:
    email = str(town.people["u-1"].pop("email"))
    host, guest = await writing(town)
    await books(guest)
    town.people["u-1"]["email"] = email
    await town.deliver(host, {"type": "members"})
    await town.settle()
    assert len(events(town)) == 1
    assert [mail.invite for mail in town.mail.to(email) if mail.invite] == []


async def test_what_was_not_written_yet_when_it_is_unlinked_goes_out_as_an_invite(town: Town) -> None:
    host, guest = await writing(town)
    town.calendars.trouble[ACCOUNT] = Unavailable("busy")
    await books(guest)
    await _unlinks(host, "Unlink it")
    town.calendars.trouble.clear()
    await town.passes(timedelta(minutes=5))
    assert events(town) == []
    assert methods(town, host) == ["", "REQUEST"]


async def test_one_event_that_cannot_be_removed_keeps_neither_the_others_nor_the_access(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    await host.types("/meet @guest 30 second")
    await books(guest)
    first, _ = events(town)
    town.calendars.refuses_removal.add(first.uid)
    await _unlinks(host, "Unlink and remove them")
    assert events(town) == [first]
    assert town.calendars.revoked == {ACCOUNT}


async def test_nothing_offers_to_add_a_second_event_beside_the_one_that_is_written(town: Town) -> None:
    host, guest = await writing(town)
    await books(guest)
    (mail,) = town.mail.to(host.email)
    (theirs,) = town.mail.to(guest.email)
    assert ".ics" not in mail.html
    assert ".ics" in theirs.html
    assert "Join: https://parley.example.org/join/" in mail.text
    answer = await host.presses("Add to calendar", town.card())
    assert "stands in your calendar already" in said(answer)
    links = await guest.presses("Add to calendar", town.card())
    assert links is not None
    assert ".ics file" in links.links()


async def test_while_its_owner_knows_that_an_account_is_dead_invites_go_out_at_once(town: Town) -> None:
    host, guest = await writing(town)
    form = await host.presses("Choose calendars", await host.types("/meet calendars"))
    await host.presses("Save", form, mode="ignore")
    town.calendars.revoked.add(ACCOUNT)
    for title in ("second", "third"):
        await town.passes(timedelta(minutes=10))
        await host.types(f"/meet @guest 30 {title}")
        await books(guest)
    assert methods(town, host) == ["REQUEST", "REQUEST"]
    assert len([seen for seen in host.screen() if "⚠️" in seen.text]) == 1
