"""Two linked calendars from the first meeting to a grant that is withdrawn and given anew, in every kind."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from scheduling_core.meeting import Meeting
from tests.bot.test_linking import leaves
from tests.bot.town import Member
from tests.calendars.conftest import Staging
from tests.calendars.stage import Stage, berlin
from tests.contracts.calendar_world import Raw

pytestmark = pytest.mark.asyncio(loop_scope="session")
ALL = ("google", "google_reading", "microsoft", "radicale", "xandikos", "ics")


@pytest.mark.parametrize("kind", ALL)
async def test_the_seed_example(staging: Staging, kind: str) -> None:
    """Hours from 9 to 17, a calendar that is busy from 15 to 17: only 9 to 15 is offered."""
    async with staging(kind) as stage:
        form = await stage.host.types("/meet settings")
        await stage.host.presses("Save", form, buffer_before="0 min", buffer_after="0 min")
        await stage.owned.first.keeps("e-1", berlin(15), berlin(17))
        await stage.links_all()
        await stage.host.types("/meet @second 30 wed")
        halves = [f"{hour:02}:{minute}" for hour in range(9, 15) for minute in ("00", "30")]
        assert await stage.times() == halves


@pytest.mark.parametrize("kind", ALL)
async def test_a_whole_story(staging: Staging, kind: str) -> None:
    """Two calendars count, one is written into; access is withdrawn, and given anew."""
    async with staging(kind) as stage:
        await stage.owned.first.keeps("e-1", berlin(9), berlin(12))
        await stage.owned.second.keeps("e-2", berlin(14), berlin(17))
        await stage.links_all()
        await stage.host.types("/meet @second 30 logo review wed")
        assert await stage.times() == FREE

        if stage.owned.writes:
            await _stands_in_the_calendar(stage)
        else:
            await _comes_by_mail(stage)

        await stage.host.types("/meet @second 30 wed")
        assert await stage.times() == FREE
        await _withdrawn(stage)
        await _given_anew(stage)


@pytest.mark.parametrize("kind", ["google", "microsoft"])
async def test_consent_that_comes_back_after_ten_minutes_links_nothing(staging: Staging, kind: str) -> None:
    async with staging(kind) as stage:
        consent = stage.owned.ways[0]
        assert not isinstance(consent, Mapping)
        ways = await stage.host.types("/meet link")
        assert ways is not None
        back = await consent(await leaves(stage.browser, ways.links()[stage.owned.provider.title]))
        await stage.town.passes(timedelta(minutes=10))
        page = await stage.browser.opens(f"/link/back/{kind}?{urlencode(back)}")
        assert "This sign-in is over" in page
        assert "Try again" not in page
        assert await stage.accounts() == []


FREE = ["12:30", "13:00"]
"""Between 12 and 14 with 5 minutes kept free on both sides."""


async def _books(stage: Stage) -> Meeting:
    await stage.guest.presses("1", stage.town.card())
    await stage.guest.presses("Confirm")
    (meeting,) = await stage.meetings()
    return meeting


async def _moves(stage: Stage, meeting: Meeting) -> Meeting:
    offered = await stage.host.presses("Reschedule", stage.town.card())
    assert offered is not None
    await stage.host.presses_at(0, offered)
    (moved,) = await stage.meetings()
    assert moved.start != meeting.start
    return moved


async def _cancels(stage: Stage) -> None:
    await stage.guest.presses("Cancel", stage.town.card())
    await stage.guest.presses("Cancel meeting")
    assert await stage.meetings() == []


def _invites(stage: Stage, member: Member) -> list[str]:
    """Methods of the invites somebody was mailed, "" for a mail without one."""
    mails = stage.town.mail.to(member.email)
    return [mail.invite.method if mail.invite else "" for mail in mails]


async def _stands_in_the_calendar(stage: Stage) -> None:
    """Booked, moved, cancelled: one event of the host's, which nobody else stands in."""
    meeting = await _books(stage)
    first = await _only_event_of_ours(stage, meeting)
    assert first.summary == "logo review"
    moved = await _moves(stage, meeting)
    assert (await _only_event_of_ours(stage, moved)).uid == first.uid
    await _cancels(stage)
    assert await _ours(stage) == []
    assert _invites(stage, stage.host) == ["", "", ""]
    assert _invites(stage, stage.guest) == ["REQUEST", "REQUEST", "CANCEL"]
    told = stage.owned.sent()
    assert "logo review" in told
    assert stage.guest.email not in told
    assert stage.host.email not in told


async def _only_event_of_ours(stage: Stage, meeting: Meeting) -> Raw:
    (event,) = await _ours(stage)
    assert (event.start, event.end) == (meeting.span.start, meeting.span.end)
    assert event.attendees == ()
    return event


async def _ours(stage: Stage) -> list[Raw]:
    """Events in both calendars that nobody but us can have put there; all stand in the first."""
    assert [each.uid for each in await stage.owned.second.events()] == ["e-2"]
    return [each for each in await stage.owned.first.events() if each.uid != "e-1"]


async def _comes_by_mail(stage: Stage) -> None:
    """What cannot be written into comes as an invite, and keeps coming so."""
    await _moves(stage, await _books(stage))
    await _cancels(stage)
    assert _invites(stage, stage.host) == ["REQUEST", "REQUEST", "CANCEL"]
    assert [each.uid for each in await stage.owned.first.events()] == ["e-1"]


async def _withdrawn(stage: Stage) -> None:
    """The host alone is told, once; and is asked before anything is booked."""
    public, guests = stage.town.public(), len(stage.guest.screen())
    await stage.owned.withdraw()
    for _ in range(3):
        await stage.time_passes()
    (alert,) = stage.told_the_host("I cannot read your")
    assert "Reconnect" in alert.titles
    assert (stage.town.public(), len(stage.guest.screen())) == (public, guests)


async def _given_anew(stage: Stage) -> None:
    """The same account is read again with what was chosen for it, which the host is told once."""
    before = await stage.accounts()
    await stage.signs_in(await stage.host.presses("Reconnect"), stage.owned.ways[0])
    for _ in range(2):
        await stage.time_passes()
    assert len(stage.told_the_host("again.")) == 1
    assert stage.told_the_host("I cannot read your") == []  # what was pressed on it has taken its place
    after = await stage.accounts()
    assert [(each.id, each.calendars, each.target) for each in after] == [
        (each.id, each.calendars, each.target) for each in before
    ]
    assert not any(each.trouble for each in after)
    assert await stage.times() == FREE
