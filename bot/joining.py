"""Where a meeting is held: the video link that its host's calendar made, else the host's own link.

Cards, mails and events carry the address of our page; where that leads is looked up when it is opened. So a
link that comes later has to be sent to nobody.
"""

from typing import Final

from bot.office import Office
from scheduling_core.linked_calendars import CopyRecord, LinkedAccount
from scheduling_core.meeting import Meeting
from scheduling_core.people import Person
from scheduling_core.ports import Reading

OUTLIVES: Final = "video.outlives"
"""Kind of the record that keeps, by booking, a link whose calendar was unlinked: the event stays there."""


def video_title(office: Office, account: LinkedAccount) -> str:
    """What the links are called that the account's provider makes, "" where it makes none."""
    provider = office.providers.get(account.provider)
    return provider.video_title if provider and provider.can_write else ""


def wants_video(office: Office, account: LinkedAccount) -> bool:
    """Whether meetings written into this account get its provider's own link."""
    return bool(account.video and account.target and video_title(office, account))


async def address(office: Office, reading: Reading, meeting: Meeting, host: Person) -> str:
    """Our page that leads to the meeting, the same for everybody in it; "" where it would lead nowhere."""
    is_there = office.links.own(meeting, host) or await is_promised(office, reading, meeting, host)
    return office.links.join(meeting) if is_there else ""


async def target(office: Office, reading: Reading, meeting: Meeting, host: Person) -> str:
    """Where the meeting is held, "" while there is no link."""
    return await _made(reading, meeting) or office.links.own(meeting, host)


async def is_promised(office: Office, reading: Reading, meeting: Meeting, host: Person) -> bool:
    """Whether the host's calendar has made a link, or is asked for one with the event it holds."""
    copy = await reading.copy(meeting.booking, meeting.host)
    account = await reading.account(copy.account) if copy and host.is_linked else None
    is_asked = account is not None and account.video == "wanted" and wants_video(office, account)
    return is_asked or bool(await _made_in(reading, meeting, copy))


async def _made(reading: Reading, meeting: Meeting) -> str:
    return await _made_in(reading, meeting, await reading.copy(meeting.booking, meeting.host))


async def _made_in(reading: Reading, meeting: Meeting, copy: CopyRecord | None) -> str:
    if copy and copy.written and copy.written.video:
        return copy.written.video
    return await reading.record(OUTLIVES, meeting.booking) or ""
