"""What the developer portal says of our application, and what it should say."""

from typing import Final
from urllib.parse import urlencode

from adapters.chat.discord import endpoint
from adapters.payload import maybe
from scheduling_core.errors import Rejected

REFUSED: Final = 400

PERMISSIONS: Final = {
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
}
"""What the bot does in a server: posts its cards, and looks whether one is there already."""

CREATE_EVENTS: Final = 1 << 44
"""Of what it made itself it may also change and delete."""


def invite_url(application_id: str, *, with_events: bool = False) -> str:
    """Where somebody adds the bot to a server. Source: "Bot Authorization Flow".

    Args:
        with_events: it makes events of the server.
    """
    query = {
        "client_id": application_id,
        "scope": "bot applications.commands",
        "permissions": str(sum(PERMISSIONS.values()) + (CREATE_EVENTS if with_events else 0)),
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"


def compared(
    about: object, application_id: str, public_key: str, address: str, *, with_events: bool = False
) -> str:
    """What is worth knowing of an application.

    Args:
        about: what `GET /applications/@me` answered.
        address: where Discord should call us; "" where we connect to it.
        with_events: see `invite_url`.

    Raises:
        Rejected: the settings are another application's, or interactions go elsewhere.
    """
    if maybe(about, "id") != application_id:
        raise Rejected(REFUSED, f"application_id: the token is of the application {maybe(about, 'id')}")
    if public_key and maybe(about, "verify_key").lower() != public_key.lower():
        raise Rejected(
            REFUSED, "public_key: Discord signs with another one; copy it from the developer portal"
        )
    told = maybe(about, "interactions_endpoint_url")
    if told and not address:
        words = f"Discord calls {told}, so that nothing comes over the gateway"
        raise Rejected(REFUSED, f'{words}. Clear it in the developer portal, or set mode = "http"')
    name = f"application {maybe(about, 'name')}, mode {'http' if address else 'gateway'}"
    if told != address:
        return f"{name}; once it runs, enter {address} in the portal as Interactions Endpoint URL"
    return f"{name}; add it to a server at {invite_url(application_id, with_events=with_events)}"


def address(public_url: str) -> str:
    """The Interactions Endpoint URL.

    Args:
        public_url: where people reach this server, without a slash at the end.

    Raises:
        Rejected: Discord could never call it.
    """
    if not public_url.startswith("https://"):
        words = f"Discord calls public https addresses only, not {public_url}"
        raise Rejected(REFUSED, f'{words}. Set [server] public_url, or [chat.discord] mode = "gateway"')
    return f"{public_url}{endpoint.PATH}"
