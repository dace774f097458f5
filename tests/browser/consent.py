"""A real `serve` process that knows Google and Microsoft, both played here, and several people's browsers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.adapters.google.harness import Google, playing_google
from tests.adapters.microsoft.harness import Microsoft, playing_microsoft
from tests.bot.town import Seen
from tests.processes.beginnings import set_up
from tests.processes.site import Member, Site, Workspace, open_site

Json = dict[str, Any]
ACCOUNTS: Final = {"host": "host-own@accounts.example", "guest": "guest-own@accounts.example"}
"""Whose account it is at the providers."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One of both, as people see it.

    Attributes:
        allow: the button on its page that agrees.
        becomes: says whose browser is before its page.
        addresses: where it is.
    """

    name: str
    title: str
    allow: str
    becomes: Callable[[str], None]
    addresses: Mapping[str, str]


@dataclass(slots=True)
class Town:
    """The process, its rooms, and the browsers.

    Attributes:
        complaints: what browsers logged as errors, breaches of the content security policy too.
    """

    site: Site
    browser: Browser
    providers: Mapping[str, Provider]
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def new_browser(self) -> BrowserContext:
        """Of one person, with nothing in it."""
        context = await self.browser.new_context(locale="en-GB", viewport={"width": 900, "height": 640})
        context.set_default_timeout(15_000)  # milliseconds; the machine may be busy with other tests
        context.on(
            "console", lambda line: self.complaints.append(line.text) if line.type == "error" else None
        )
        self.contexts.append(context)
        return context

    async def room(self) -> "Room":
        """A room of its own, whose host has set up."""
        workspace = self.site.workspace()
        return Room(workspace, await asyncio.to_thread(set_up, workspace), workspace.member("u-2"))


@dataclass(slots=True)
class Room:
    """What people say and see there; never in the loop, where the providers live."""

    workspace: Workspace
    host: Member
    guest: Member

    async def address(self, provider: Provider) -> str:
        """`/meet link`: the host's own link to our page."""
        ways = await asyncio.to_thread(self.host.types, "/meet link")
        assert ways is not None
        return ways.links()[provider.title]

    async def asks_for_code(self, member: Member) -> Seen:
        """*Type the code*, below a link of their own."""
        await asyncio.to_thread(member.types, "/meet link")
        return await asyncio.to_thread(member.presses, "Type the code")

    async def types_code(self, member: Member, code: str) -> Seen:
        """Into the private card that has come by itself, or that was asked for."""
        return await asyncio.to_thread(self._type_code, member, code)

    def _type_code(self, member: Member, code: str) -> Seen:
        def asked() -> Seen | None:
            messages = self.workspace.private(member.id)
            cards = [Seen(m["id"], m["revision"], m["text"], m["card"]) for m in messages if m["card"]]
            return next((seen for seen in reversed(cards) if "Link it" in seen.titles), None)

        return member.presses("Link it", self.workspace.callbacks.until(asked), code=code)

    async def linked(self, member: Member) -> str:
        """What `/meet calendars` says."""
        seen = await asyncio.to_thread(member.types, "/meet calendars")
        assert seen is not None
        return seen.text


async def sees(page: Page, heading: str) -> None:
    """The page says this above all."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)


async def code_on(page: Page) -> str:
    """What is to be typed in the room."""
    return await page.locator(".code").inner_text()


@asynccontextmanager
async def open_site_with_providers(
    folder: Path, database: str, browser: Browser, rooms: int
) -> AsyncIterator[Town]:
    """All of it, for so many rooms."""
    async with AsyncExitStack() as stack:
        google = await stack.enter_async_context(playing_google())
        microsoft = await stack.enter_async_context(playing_microsoft())
        site = stack.enter_context(open_site(folder, database, tenants=rooms, start=False))
        public_url = f"http://127.0.0.1:{site.port}"
        providers = {"google": _google(google, public_url), "microsoft": _microsoft(microsoft, public_url)}
        (folder / "bot.toml").write_text(_settings(public_url, google, microsoft))
        await asyncio.to_thread(site.start)
        town = Town(site, browser, providers)
        yield town
        for context in town.contexts:
            await context.close()
        assert (google.violations, microsoft.violations) == ([], [])


def _settings(public_url: str, google: Google, microsoft: Microsoft) -> str:
    clients = {
        "google": (google.oauth.client.id, google.oauth.client.secret, google.addresses()),
        "microsoft": (microsoft.entra.client.id, microsoft.entra.client.secret, microsoft.addresses()),
    }
    lines = ["[server]", f'public_url = "{public_url}"']
    for name, (client_id, client_secret, addresses) in clients.items():
        told = {"client_id": client_id, "client_secret": client_secret, **addresses}
        lines += [f"[calendar.{name}]", *(f'{key} = "{value}"' for key, value in told.items())]
    return "\n".join([*lines, ""])


def _google(far: Google, public_url: str) -> Provider:
    far.oauth.client.redirect_uris = frozenset({f"{public_url}/link/back/google"})
    owners = {who: far.add_owner(f"sub-{who}", email) for who, email in ACCOUNTS.items()}

    def becomes(who: str) -> None:
        far.oauth.visitor = owners[who]
        far.oauth.forget(owners[who])

    return Provider("google", "Google Calendar", "Continue", becomes, far.addresses())


def _microsoft(far: Microsoft, public_url: str) -> Provider:
    far.entra.client.redirect_uris = frozenset({f"{public_url}/link/back/microsoft"})
    owners = {who: far.add_owner(f"oid-{who}", email=email) for who, email in ACCOUNTS.items()}

    def becomes(who: str) -> None:
        far.entra.visitor = owners[who]

    return Provider("microsoft", "Outlook / Microsoft 365", "Accept", becomes, far.addresses())
