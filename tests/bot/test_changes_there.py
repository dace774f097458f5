"""What somebody changes in their own calendar comes back: the room follows, or the other side is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import calendar_changes, calendars
from bot.desk import Desk
from scheduling_core.availability import Unreadable
from scheduling_core.calendar_ports import Calendar
from scheduling_core.errors import ReconnectNeeded, Rejected, Unavailable
from scheduling_core.ics import CalendarEntry
from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.beginnings import invited, said, set_up
from tests.bot.linking import HOUR, busy, link
from tests.bot.town import Member, Seen, Town

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WHOLE_DAYS = 24.0


def at(hour: float, days: int = 0) -> datetime:
    """An hour of the host's wall on the Tuesday, or so many days later; the meeting is at 13."""
    return TUESDAY + timedelta(hours=hour - 1, days=days)


class Story:
    """A meeting on Tuesday at 13:00 in Berlin, which stands in the calendar of one of the two."""

    def __init__(self, town: Town, host: Member, guest: Member, account: LinkedAccount) -> None:
        self.town = town
        self.host = host
        self.guest = guest
        self.account = account

    async def told(self) -> None:
        """The calendar says a little later that something in it has changed."""
        self.town.now += timedelta(seconds=1)
        async with self.town.office.store.write() as tx:
            desk = Desk(self.town.office, tx, self.town.now)
            await calendar_changes.promise(desk, self.account, {"main", "other"})
        await self.town.settle()

    async def moves(self, start: datetime, hours: float | None = None) -> None:
        """The owner moves the event there."""
        self.town.calendars.move("main", start, hours)
        await self.told()

    def event(self, calendar: str = "main") -> CalendarEntry:
        """The only one there."""
        (copy,) = self.town.calendars.events[calendar].values()
        return copy.entry

    def stands(self, hour: float, sequence: int = 0, days: int = 0) -> None:
        """In the calendar."""
        assert (self.event().start, self.event().sequence) == (at(hour, days), sequence)

    def unchanged(self) -> None:
        """In the room."""
        assert self.town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 13:00–13:30")


async def of_host(town: Town) -> Story:
    """The host has it in their calendar; the guest has a calendar, too, and is asked for busy times there."""
    host, guest = await invited(town)
    account = await link(town, host, "main", "other", target="main")
    await link(town, guest, "hers")
    await guest.presses("1")
    await guest.presses("Confirm")
    return Story(town, host, guest, account)


async def of_guest(town: Town) -> Story:
    """The guest has it in their calendar."""
    host, guest = await invited(town)
    await link(town, host, "his")
    account = await link(town, guest, "main", "other", target="main")
    await guest.presses("1")
    await guest.presses("Confirm")
    return Story(town, host, guest, account)


def having(member: Member, words: str) -> list[Seen]:
    """What somebody sees with these words on it."""
    return [seen for seen in member.screen() if words in seen.text]


def methods(town: Town, member: Member) -> list[str]:
    """Of the invites somebody was mailed."""
    return [mail.invite.method for mail in town.mail.to(member.email) if mail.invite]


async def test_what_the_host_moves_there_is_moved_for_everybody(town: Town) -> None:
    story = await of_host(town)
    # At a minute that is never offered, beyond the host's own hours, over something else of theirs.
    busy(town, "main", (at(19), 2))
    await story.moves(at(19.25))
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 19:15–19:45")
    story.stands(19.25, sequence=1)
    (line,) = [seen.text for seen in town.public() if "moved it" in seen.text]
    assert line.startswith("@host moved it, in their calendar, to Tue 24 Nov, 19:15")
    assert having(
        story.guest, "@host moved your meeting, in their calendar, to Tue 24 Nov, 15:15–15:45 your time."
    )
    assert having(story.host, "As in your calendar, I moved it to Tue 24 Nov, 19:15–19:45 your time")
    assert methods(town, story.guest) == ["REQUEST", "REQUEST"]
    await story.told()
    assert len(town.mail.to(story.guest.email)) == 2


async def test_what_the_guest_moves_inside_the_host_s_rules_is_moved(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(16))
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 16:00–16:30")
    story.stands(16, sequence=1)
    assert methods(town, story.host) == ["REQUEST", "REQUEST"]


async def test_outside_the_host_s_rules_the_host_is_asked_and_takes_it(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    story.unchanged()
    (question,) = having(story.host, "Take it")
    assert "@guest moved your meeting in their calendar to Tue 24 Nov, 19:00–19:30 your time" in question.text
    assert "outside the times you offer" in question.text
    (told,) = having(story.guest, "I asked @host")
    assert "it stays" not in told.text
    assert "offer" not in told.text
    # Whoever moved it cannot take it in the other's stead.
    assert "no longer open" in said(await story.guest.sends(question.data("Take it")))
    story.unchanged()
    assert "Undo" in (await story.host.presses("Take it", question) or question).titles
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 19:00–19:30")
    story.stands(19, sequence=1)
    assert having(story.guest, "@host agreed to move your meeting to Tue 24 Nov, 15:00–15:30 your time.")
    await story.host.presses("Undo")
    story.stands(13, sequence=2)


async def test_who_keeps_the_old_time_has_it_put_back(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    (question,) = having(story.host, "Take it")
    assert "The meeting stays at Tue 24 Nov, 13:00" in said(await story.host.says("no"))
    story.stands(13)
    assert having(story.guest, "@host keeps the old time")
    assert "no longer open" in said(await story.host.presses("Take it", question))
    story.unchanged()
    await story.told()
    assert not having(story.host, "Take it")


@pytest.mark.parametrize(("answer", "hour"), [("Take it", 19), ("Keep the old time", 13)])
async def test_the_question_stands_in_the_list_too(town: Town, answer: str, hour: float) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    mine = await story.host.types("/meet list")
    assert "1 · @guest moved your meeting in their calendar to Tue 24 Nov, 19:00–19:30" in said(mine)
    assert "Take it" not in (await story.guest.types("/meet list") or story.town.card()).titles
    await story.host.presses(answer, mine)
    story.stands(hour, sequence=int(hour == 19))
    assert not having(story.host, "Take it")


async def test_it_is_asked_once_and_the_newest_change_counts(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    await story.told()
    await story.told()
    (first,) = having(story.host, "Take it")
    await story.moves(at(20))
    (second,) = having(story.host, "Take it")
    assert "20:00" in second.text
    assert "no longer open" in said(await story.host.presses("Take it", first))
    await story.moves(at(13))
    assert not having(story.host, "Take it")
    assert "no longer open" in said(await story.host.presses("Take it", second))
    story.unchanged()


async def test_a_question_is_over_when_the_room_changes_the_meeting(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    (question,) = having(story.host, "Take it")
    offered = await story.host.presses("Reschedule", town.card())
    assert offered is not None
    await story.host.presses_at(0, offered)
    assert not having(story.host, "Take it")
    for label in ("Take it", "Keep the old time"):
        assert "changed meanwhile" in said(await story.host.presses(label, question))
    assert story.event().sequence == 1
    assert f"Tue 24 Nov, {story.event().start + HOUR:%H:%M}" in town.card().text


@pytest.mark.parametrize("why", ["busy", "silent"])
async def test_where_the_other_is_not_seen_free_they_are_asked(town: Town, why: str) -> None:
    story = await of_host(town)
    # Since what was offered was read: the calendar itself has to be asked.
    if why == "busy":
        busy(town, "hers", (at(16), 1))
    else:
        town.calendars.silent["hers"] = Unreadable("It does not answer.")
    await story.moves(at(16))
    story.unchanged()
    (question,) = having(story.guest, "Take it")
    assert "I do not see that time as free for you." in question.text
    assert not [seen for seen in story.host.screen() if "free" in seen.text and "Tue 24" in seen.text]
    await story.guest.says("yes")
    story.stands(16, sequence=1)


async def test_what_is_night_for_a_guest_they_are_asked(town: Town) -> None:
    story = await of_host(town)
    await story.moves(at(9, days=1))
    story.unchanged()
    (question,) = having(story.guest, "Take it")
    assert "Wed 25 Nov, 05:00–05:30 your time" in question.text
    assert "early or late in your day" in question.text


async def test_never_over_another_meeting(town: Town) -> None:
    story = await of_host(town)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 30 2026-11-25")
    await story.guest.presses("1", town.public()[-1])
    await story.guest.presses("Confirm")
    assert "Wed 25 Nov, 12:00–12:30" in town.card().text
    await story.moves(at(12.25, days=1))
    assert having(story.host, "That time is taken, so I put it back to Tue 24 Nov, 13:00–13:30 your time.")
    story.stands(13)
    assert not having(story.guest, "Take it")


async def test_taking_a_time_that_is_taken_meanwhile_changes_nothing(town: Town) -> None:
    story = await of_host(town)
    busy(town, "hers", (at(12, days=1), 0.5))
    await story.moves(at(12, days=1))
    (question,) = having(story.guest, "Take it")
    town.calendars.busy["hers"].clear()
    await town.passes(6 * MINUTE)
    second = await set_up(town, "u-3")
    await second.types("/meet @guest 30 2026-11-25")
    await story.guest.presses("1", town.public()[-1])
    await story.guest.presses("Confirm")
    answer = said(await story.guest.presses("Take it", question))
    assert "That time is taken. The meeting stays at Tue 24 Nov" in answer
    story.stands(13)
    assert having(story.host, "That time is taken, so I put it back")


@pytest.mark.parametrize(
    ("start", "hours", "because"),
    [(at(9), None, "That time is over"), (at(1, days=2), WHOLE_DAYS, "It has no time of day there")],
)
async def test_what_is_no_time_to_meet_is_put_back(
    town: Town, start: datetime, hours: float | None, because: str
) -> None:
    story = await of_host(town)
    await story.moves(start, hours)
    assert having(story.host, because)
    story.stands(13)
    story.unchanged()


async def test_of_three_nobody_is_asked(town: Town) -> None:
    host, guest = await invited(town, "/meet @guest @second 30 logo review")
    account = await link(town, host, "main", target="main")
    await link(town, town.member("u-3"), "thirds")
    await guest.presses("1")
    await guest.presses("Confirm")
    story = Story(town, host, guest, account)
    before = story.event().start
    busy(town, "thirds", (before + 2 * HOUR, 1))
    await story.moves(before + 2 * HOUR)
    assert having(host, "I cannot see that it suits everybody, so I put it back")
    assert story.event().start == before
    await story.moves(before + 4 * HOUR)
    assert (story.event().start, story.event().sequence) == (before + 4 * HOUR, 1)


async def test_what_stays_deleted_is_cancelled_for_everybody(town: Town) -> None:
    story = await of_guest(town)
    town.calendars.events["main"].clear()
    await story.told()
    story.unchanged()
    await town.passes(MINUTE)
    assert town.card().text.startswith("Cancelled: @host & @guest")
    assert "Find a new time" in town.card().titles
    assert [seen for seen in town.public() if "@guest cancelled the meeting, in their calendar." in seen.text]
    assert having(story.host, "@guest cancelled your meeting, in their calendar.")
    (told,) = having(story.guest, "You deleted or declined it in your calendar, so I cancelled it")
    assert told.titles == ["Find a new time"]
    assert methods(town, story.host) == ["REQUEST", "CANCEL"]


async def test_what_was_deleted_and_is_there_again_was_only_carried_about(town: Town) -> None:
    story = await of_host(town)
    kept = dict(town.calendars.events["main"])
    town.calendars.events["main"].clear()
    await story.told()
    town.calendars.events["main"].update(kept)
    await town.passes(MINUTE)
    story.unchanged()


async def test_declining_cancels(town: Town) -> None:
    story = await of_host(town)
    town.calendars.declined.update(town.calendars.events["main"])
    await story.told()
    await town.passes(MINUTE)
    assert town.card().text.startswith("Cancelled:")
    assert town.calendars.events["main"] == {}


async def test_an_event_in_another_calendar_of_the_account_goes_on_there(town: Town) -> None:
    story = await of_host(town)
    town.calendars.carry("main", "other")
    await story.told()
    await town.passes(2 * MINUTE)
    story.unchanged()
    offered = await story.host.presses("Reschedule", town.card())
    assert offered is not None
    await story.host.presses_at(0, offered)
    assert story.event("other").sequence == 1
    assert "main" not in town.calendars.events or not town.calendars.events["main"]


@pytest.mark.parametrize("left", [(), (Calendar("main", "Main", is_primary=True),)])
async def test_a_calendar_that_is_gone_or_not_the_owner_s_any_more_cancels_nothing(
    town: Town, left: tuple[Calendar, ...]
) -> None:
    story = await of_host(town)
    town.calendars.events.clear()
    town.calendars.accounts["main@calendars.example"] = left
    await story.told()
    await town.passes(2 * MINUTE)
    story.unchanged()


async def test_a_longer_entry_or_another_title_is_the_owner_s_own(town: Town) -> None:
    story = await of_host(town)
    for start, hours in ((at(13), 0.5), (at(13), 2.0), (at(12), 4.0)):
        await story.moves(start, hours)
        story.unchanged()
    assert story.event().end == at(16)
    assert not having(story.host, "in your calendar,")
    assert len(town.mail.to(story.guest.email)) == 1


@pytest.mark.parametrize("error", [ReconnectNeeded("revoked"), Rejected(403, "no"), Unavailable("busy")])
async def test_an_account_that_does_not_answer_changes_nothing(town: Town, error: Exception) -> None:
    story = await of_host(town)
    town.calendars.move("main", at(16))
    kept = town.calendars.events.pop("main")
    town.calendars.trouble["main@calendars.example"] = error  # type: ignore[assignment]  # one of them each
    await story.told()
    await town.passes(MINUTE)
    story.unchanged()
    town.calendars.events["main"] = kept
    town.calendars.trouble.clear()
    await town.passes(3 * MINUTE)
    # Only silence passes by itself; what needs the owner is read again once they linked anew.
    assert ("16:00" in town.card().text) is isinstance(error, Unavailable)


async def test_what_is_still_to_be_written_is_nobody_s_change(town: Town) -> None:
    story = await of_host(town)
    town.calendars.trouble["main@calendars.example"] = Rejected(403, "no")
    offered = await story.guest.presses("Reschedule", town.card())
    assert offered is not None
    await story.guest.presses_at(0, offered)
    agreed = town.card().text
    town.calendars.trouble.clear()
    # The event still stands at the old time; that its title changes there must not move the meeting back.
    await story.moves(at(13))
    assert town.card().text == agreed
    assert not having(story.guest, "Take it")


async def test_what_the_owner_did_while_their_account_was_away_is_not_undone_unseen(town: Town) -> None:
    story = await of_host(town)
    town.calendars.move("main", at(16))
    # Linked anew: what could not be written meanwhile is, and this was written long ago.
    await story.host.presses(
        "Save", await story.host.presses("Choose calendars", await story.host.types("/meet calendars"))
    )
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 16:00")
    story.stands(16, sequence=1)


async def test_what_was_told_while_its_kind_is_not_set_up_is_looked_at_once_that_is_back(town: Town) -> None:
    story = await of_host(town)
    kinds = dict(town.providers)
    town.providers.clear()
    await story.moves(at(16))
    story.unchanged()
    town.providers.update(kinds)
    await town.passes(MINUTE)
    assert town.card().text.startswith("✅ @host & @guest · Tue 24 Nov, 16:00")


async def test_choosing_calendars_does_not_undo_a_move_that_is_being_asked_about(town: Town) -> None:
    story = await of_guest(town)
    await story.moves(at(19))
    form = await story.guest.presses("Choose calendars", await story.guest.types("/meet calendars"))
    await story.guest.presses("Save", form)
    story.stands(19)
    (question,) = having(story.host, "Take it")
    await story.host.presses("Take it", question)
    story.stands(19, sequence=1)


async def test_our_own_writing_whose_answer_was_lost_is_not_taken_for_a_change(town: Town) -> None:
    story = await of_host(town)
    town.calendars.loses_answers = 1
    offered = await story.guest.presses("Reschedule", town.card())
    assert offered is not None
    await story.guest.presses_at(0, offered)
    agreed = town.card().text
    await story.told()
    await town.settle()
    assert town.card().text == agreed
    assert story.event().sequence == 1
    assert len(town.mail.to(story.guest.email)) == 2


async def test_what_was_agreed_in_the_room_meanwhile_counts(town: Town) -> None:
    story = await of_host(town)
    town.calendars.move("main", at(16))
    offered = await story.guest.presses("Reschedule", town.card())
    assert offered is not None
    await story.guest.presses_at(0, offered)
    agreed = town.card()
    assert "16:00" not in agreed.text
    await story.told()
    assert town.card() == agreed
    assert story.event().sequence == 1
    assert f"{story.event().start + HOUR:%H:%M}" in agreed.text


async def test_a_meeting_that_has_begun_is_left_alone(town: Town) -> None:
    story = await of_host(town)
    town.now = at(13.25)
    town.calendars.events["main"].clear()
    await story.told()
    await town.passes(2 * MINUTE)
    assert not town.card().text.startswith("Cancelled")


async def test_looking_at_calendars_now_and_then_finds_it(town: Town) -> None:
    story = await of_host(town)
    await calendars.look(town.office)
    await town.passes(6 * MINUTE)
    town.calendars.move("main", at(16))
    await calendars.look(town.office)
    await town.settle()
    assert "16:00" in town.card().text
    story.stands(16, sequence=1)
