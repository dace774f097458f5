"""A browser that follows redirects and one link, and keeps cookies: enough to install an app."""

import html
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie

import aiohttp
from yarl import URL

HOPS = 6
LINK = re.compile(r'href="([^"]*/oauth/v2/authorize[^"]*)"')


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a visit ended.

    Attributes:
        urls: every address asked for, in order.
    """

    status: int
    text: str
    urls: tuple[str, ...]


async def visit(session: aiohttp.ClientSession, url: str, slack_address: str) -> Visit:
    """Open *url* and follow redirects, and the link to Slack's authorize page.

    Cookies go back to the host that set them whatever their Secure flag says: in life there is TLS before it.
    """
    urls, cookies = [url], SimpleCookie()
    while True:
        to_slack = urls[-1].startswith(slack_address)
        sent = (
            {} if to_slack else {"Cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items())}
        )
        async with session.get(urls[-1], headers=sent, allow_redirects=False) as response:
            text = await response.text()
            for name, one in response.cookies.items():
                cookies[name] = one.value
            onward = response.headers.get("Location") or _link(text)
            if not onward or len(urls) > HOPS:
                return Visit(response.status, text, tuple(urls))
            urls.append(str(URL(urls[-1]).join(URL(onward))))


def _link(page: str) -> str | None:
    found = LINK.search(page)
    return html.unescape(found[1]) if found else None
