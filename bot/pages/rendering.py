"""How every page leaves: from a template, under rules that let nothing foreign in."""

from collections.abc import Mapping
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
