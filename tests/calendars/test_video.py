"""Meet and Teams links through the room: made once in the host's calendar, and behind everybody's *Join*."""

import pytest

from tests.calendars.conftest import Staging
from tests.calendars.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
OWN = {"google": "https://meet.google.example/", "microsoft": "https://teams.microsoft.example/"}
ALL = (*OWN, "google_reading", "radicale", "ics")


@pytest.mark.parametrize("kind", ALL)
async def test_join_leads_to_the_link_that_the_hosts_calendar_made(staging: Staging, kind: str) -> None:
    """Where the kind makes none, or may not write, the usual link stays and none can be chosen."""
    async with staging(kind) as stage:
        await stage.links_all()
        form = await stage.host.presses("Choose calendars", await stage.host.types("/meet calendars"))
        assert form is not None
        assert ("video" in form.values()) == (kind in OWN)
        await stage.host.presses("Save", form, **({"video": "yes"} if kind in OWN else {}))
        await stage.host.types("/meet @second 30 logo review wed")
        await stage.guest.presses("1", stage.town.card())
        await stage.guest.presses("Confirm")
        booked = await _leads_to(stage)
        offered = await stage.guest.presses("Reschedule", stage.town.card())
        assert offered is not None
        await stage.guest.presses_at(0, offered)
        assert await _leads_to(stage) == booked
        assert booked.startswith(OWN.get(kind, "https://meet.jit.si/"))
        assert not stage.told_the_host("made no")
        mails = [str(mail) for mail in stage.town.mail.sent]
        assert not [mail for mail in mails if booked in mail]


async def _leads_to(stage: Stage) -> str:
    (meeting,) = await stage.meetings()
    was, stage.town.now = stage.town.now, meeting.span.start
    path = stage.town.card().links()["Join"].removeprefix("https://parley.example.org")
    answer = await stage.browser.client.get(path, allow_redirects=False)
    stage.town.now = was
    return answer.headers["Location"]
