"""The pages on which a calendar is linked; see `bot.linking` for how the person is known.

Opening the address of a card shows a page and changes nothing; the sign-in begins with its button. Coming
back from the provider is a GET by OAuth's own rules (RFC 6749 section 4.1.2): its proof is a state that
counts once, and only in the browser it was given to.
"""

import secrets
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot import linking
from bot.link_codes import Pending, Ticket
from bot.office import Office
from bot.pages.rendering import plain_page, rendered
from bot.views.words import shown_name
from scheduling_core.calendar_ports import CalendarProvider, Form
from scheduling_core.errors import ProviderError, Refused, Rejected
from scheduling_core.people import Person

log = structlog.get_logger()

MAX_FORM_BYTES: Final = 11 * 1024 * 1024
"""A calendar file of 10 MB and what surrounds it."""
COOKIE: Final = "parley-link"
"""What the names of its cookies begin with: every sign-in has one of its own."""
OVER: Final = "This link is over. Type the command in your room again to get a new one."
SILENT: Final = "The calendar's server does not answer right now. Try again in a moment."
NOBODY_THERE: Final = (
    "The calendar's server does not answer. Look at the address again; if it is right, try again in a moment."
)
_TICKET = "{token:[A-Za-z0-9_-]{1,100}}"
_PROVIDER = "{provider:[a-z]{2,20}}"


class LinkPages:
    """See the module."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def add_to(self, app: web.Application) -> None:
        """Put the pages on the server."""
        app.router.add_get(f"/link/back/{_PROVIDER}", self.back, allow_head=False)
        app.router.add_get(f"/link/{_TICKET}/{_PROVIDER}", self.show)
        app.router.add_post(f"/link/{_TICKET}/{_PROVIDER}", self.go)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Whose calendar is about to be linked, and the button or form that does it."""
        asked = await self._asked(request)
        if asked is None:
            return _over(request)
        is_written = await linking.wants_writing(self._office, asked[0])
        return _form(request, *asked, {"writing": "yes"} if is_written else {})

    async def go(self, request: web.Request) -> web.StreamResponse:
        """The button or the form was used."""
        asked = await self._asked(request)
        if asked is None:
            return _over(request)
        ticket, _, provider = asked
        values: Mapping[str, str] = {}
        try:
            values = await _values(request, provider)
            wants_writing = values.get("writing") == "yes"
            if isinstance(provider.way_in, Form):
                pending = await linking.fill_in(
                    self._office, ticket, provider, values, wants_writing=wants_writing
                )
                return await self._done(request, provider, pending)
            return await self._leave(request, ticket, provider, wants_writing=wants_writing)
        except Refused as refused:
            return _form(request, *asked, values, problem=str(refused))
        except ProviderError as error:
            return _form(request, *asked, values, problem=_words(provider, error))

    async def _leave(
        self, request: web.Request, ticket: Ticket, provider: CalendarProvider, *, wants_writing: bool
    ) -> web.StreamResponse:
        """On to the provider by a page of ours: browsers bind a redirect after a form to its rules."""
        browser = secrets.token_urlsafe(24)
        begun = await linking.begin(self._office, ticket, provider, browser, wants_writing=wants_writing)
        title, said = f"Going to {provider.title}", ["If nothing happens:"]
        response = plain_page(request, 200, title, said, to=begun.url)
        is_secure = self._office.settings.public_url.startswith("https://")
        response.set_cookie(
            _cookie_of(begun.state),
            f"{browser}.{request.match_info['token']}",
            max_age=int(linking.LIFE.total_seconds()),
            path="/link",
            httponly=True,
            samesite="Lax",
            secure=is_secure,
        )
        return response

    async def back(self, request: web.Request) -> web.StreamResponse:
        """Returned from the provider's page."""
        provider = self._office.providers.get(request.match_info["provider"])
        if provider is None or isinstance(provider.way_in, Form):
            return _over(request)
        browser, _, token = _cookie(request).partition(".")
        try:
            pending = await linking.come_back(self._office, provider, browser, dict(request.query))
        except Refused as refused:
            return await self._nothing(request, 400, str(refused), token)
        except ProviderError as error:
            return await self._nothing(request, 502, _words(provider, error), token)
        return await self._done(request, provider, pending)

    async def _done(
        self, request: web.Request, provider: CalendarProvider, pending: Pending
    ) -> web.StreamResponse:
        context = {
            "title": "Almost done",
            "name": pending.name,
            "provider": provider.title,
            "code": pending.code,
            "reads_only": pending.wants_writing and not pending.writable,
            "stops_writing": await linking.stops_writing(self._office, pending),
        }
        return rendered(request, "code.html", 200, context)

    async def _nothing(self, request: web.Request, status: int, why: str, token: str) -> web.StreamResponse:
        """Nothing was linked; the way back is the page this browser came from, as long as it lasts."""
        found = await linking.ticket_of(self._office, token) if token else None
        again = f"/link/{token}/{request.match_info['provider']}" if found else ""
        title = "This sign-in is over" if why == linking.OVER else "Nothing was linked"
        return plain_page(request, status, title, [why], again=again)

    async def _asked(self, request: web.Request) -> tuple[Ticket, Person, CalendarProvider] | None:
        provider = self._office.providers.get(request.match_info["provider"])
        found = await linking.ticket_of(self._office, request.match_info["token"])
        return (*found, provider) if found and provider else None


async def _values(request: web.Request, provider: CalendarProvider) -> Mapping[str, str]:
    """What was typed, and the text of a file that was chosen.

    Raises:
        Refused: it is too much, or no text.
    """
    try:
        posted = await request.clone(client_max_size=MAX_FORM_BYTES).post()
        return {
            name: value if isinstance(value, str) else _text(value)
            for name, value in posted.items()
            if isinstance(value, str | web.FileField)
        }
    except web.HTTPRequestEntityTooLarge:
        raise Refused("That file is too large; 10 MB is the most.") from None
    except UnicodeDecodeError:
        raise Refused(f"That file is no calendar that {provider.title} can be read from.") from None
    except (ValueError, LookupError, RuntimeError, HttpProcessingError, zlib.error):
        # What aiohttp makes of a form that is none, or in an encoding that there is none of.
        raise Refused("That could not be read. Please fill it in once more.") from None


def _cookie_of(state: str) -> str:
    """Its name: sign-ins that are under way in one browser at the same time do not replace each other's."""
    return f"{COOKIE}-{sha256(state.encode()).hexdigest()[:16]}"


def _cookie(request: web.Request) -> str:
    return request.cookies.get(_cookie_of(request.query.get("state", "")), "")


def _text(chosen: web.FileField) -> str:
    return chosen.file.read().decode()


def _words(provider: CalendarProvider, error: ProviderError) -> str:
    log.warning("calendar.not_linked", provider=provider.name, error=type(error).__name__)
    if isinstance(error, Rejected):
        return f"{provider.title} refused the sign-in. Try again; if it stays so, tell whoever runs this bot."
    return NOBODY_THERE if isinstance(provider.way_in, Form) else SILENT


def _over(request: web.Request) -> web.StreamResponse:
    return plain_page(request, 410, "Link over", [OVER])


def _form(
    request: web.Request,
    _ticket: Ticket,
    person: Person,
    provider: CalendarProvider,
    values: Mapping[str, str],
    *,
    problem: str = "",
) -> web.StreamResponse:
    """The page; *values* stand in it, but for passwords and files, which no page gives back."""
    way = provider.way_in
    context = {
        "title": f"Link {provider.title}",
        "whose": f"@{shown_name(person)}",
        "fields": way.fields if isinstance(way, Form) else (),
        "has_file": isinstance(way, Form) and any(field.kind == "file" for field in way.fields),
        "can_write": provider.can_write,
        "values": values,
        "problem": problem,
    }
    return rendered(request, "link.html", 422 if problem else 200, context)
