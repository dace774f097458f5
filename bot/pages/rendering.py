"""How every page leaves: from a template, under rules that let nothing foreign in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import aiohttp_jinja2
from aiohttp import web

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def rendered(
    request: web.Request, template: str, status: int, context: Mapping[str, object]
) -> web.StreamResponse:
    """A page with all its headers."""
    response = aiohttp_jinja2.render_template(template, request, dict(context), status=status)
    response.headers.update(SECURITY_HEADERS)
    return response


def plain_page(
    request: web.Request,
    status: int,
    title: str,
    texts: Sequence[str],
    opens: tuple[datetime, str] | None = None,
    to: str = "",
    again: str = "",
) -> web.StreamResponse:
    """A heading and some sentences.

    Args:
        opens: an instant and how it reads in the host's zone; a script writes it in the reader's.
        to: where the browser goes on to by itself.
        again: where whatever did not work can be tried once more.
    """
    context = {"title": title, "texts": texts, "opens": opens, "to": to, "again": again}
    return rendered(request, "page.html", status, context)
