"""The few web pages behind our links. Opening one never changes anything."""

import hmac
from datetime import timedelta
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot import invites, joining
from bot.office import Office
from bot.pages.linking import LinkPages
from bot.pages.rendering import SECURITY_HEADERS, plain_page
from bot.views.meetings import Cast
from scheduling_core import ics, time_words
from scheduling_core.meeting import Meeting, Phase

HERE = Path(__file__).parent

# Only what we make ourselves ever reaches the store.
_LAST_PART = "{token:[A-Za-z0-9_.-]{1,200}}"


class Pages:
    """Join page, calendar files and the pages that link calendars, found by unguessable addresses."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def add_to(self, app: web.Application) -> None:
        """Put the pages on the server."""
        # All read now, and never looked for again: answering reads no file.
        loader = jinja2.FileSystemLoader(HERE / "templates")
        templates = aiohttp_jinja2.setup(app, loader=loader, autoescape=True, auto_reload=False)
        for name in templates.list_templates():
            templates.get_template(name)
        app.router.add_static("/static", HERE / "static")
        app.router.add_get(f"/join/{_LAST_PART}", self.join)
        app.router.add_get(f"/calendar/{_LAST_PART}.ics", self.calendar_file)
        LinkPages(self._office).add_to(app)

    async def join(self, request: web.Request) -> web.StreamResponse:
        """Leads to the meeting's link once it is about to begin; before, says when that will be."""
        meeting_id, _, secret = request.match_info["token"].partition(".")
        async with self._office.store.read() as reading:
            meeting = await reading.meeting(meeting_id)
            host = await reading.person(meeting.host) if meeting else None
            if meeting is None or host is None or not _same(secret, meeting.secret):
                return plain_page(request, 404, "No such meeting", [_NOWHERE])
            target = await joining.target(self._office, reading, meeting, host)
            has_way_in = target or await joining.is_promised(self._office, reading, meeting, host)
        if meeting.phase is not Phase.CONFIRMED:
            return _off(request, meeting)
        if not has_way_in:
            return plain_page(request, 410, "No link any more", [_NO_LINK])
        before = timedelta(minutes=self._office.settings.conversation.join_opens_minutes)
        opens = meeting.span.start - before
        if self._office.clock() >= opens:
            if target:
                raise web.HTTPFound(target, headers=SECURITY_HEADERS)
            return plain_page(request, 200, "No link yet", [_NONE_YET])
        zone = self._office.rules_of(host).availability.zone
        words = f"{time_words.moment(opens, zone)}, {time_words.zone_city(zone)} time"
        early = f"That is {time_words.duration(before)} before the meeting. The link stays the same."
        return plain_page(request, 200, "A little early", [early], (opens, words))

    async def calendar_file(self, request: web.Request) -> web.StreamResponse:
        """One participant's own .ics of one meeting (METHOD:PUBLISH, no attendee)."""
        ids = self._office.links.read_ics(request.match_info["token"])
        async with self._office.store.read() as reading:
            meeting = await reading.meeting(ids[0]) if ids else None
            people = await reading.people(meeting.participants) if meeting else {}
            host = people.get(meeting.host) if meeting else None
            link = await joining.address(self._office, reading, meeting, host) if meeting and host else ""
        if ids is None or meeting is None or ids[1] not in people or meeting.start is None:
            return plain_page(request, 404, "No such meeting", [_NOWHERE])
        if meeting.phase not in (Phase.CONFIRMED, Phase.ENDED):
            return _off(request, meeting)
        body = ics.publish(self._file_entry(meeting, Cast(people, link), ids[1]))
        headers = SECURITY_HEADERS | {"Content-Disposition": 'attachment; filename="meeting.ics"'}
        return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)

    def _file_entry(self, meeting: Meeting, cast: Cast, person_id: str) -> ics.CalendarEntry:
        return invites.entry(self._office, meeting, cast, cast.people[person_id])


_NOWHERE = "This link leads nowhere. Look for the meeting's card in your room."
_NO_LINK = "The host took the meeting link away. Ask in your room where you meet."
_NONE_YET = (
    "The link of this meeting is not there so far. "
    "Open this page again in a few minutes; if that does not help, ask in your room where you meet."
)
_GONE = {
    Phase.CANCELLED: "This meeting was cancelled.",
    Phase.ENDED: "This meeting is over.",
    Phase.INVITING: "This meeting has no time yet.",
}


def _off(request: web.Request, meeting: Meeting) -> web.StreamResponse:
    return plain_page(request, 410, "Not taking place", [_GONE.get(meeting.phase, _GONE[Phase.CANCELLED])])


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())
