"""Which addresses may be called, and how names are resolved to them."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from scheduling_core.errors import Rejected

NOT_SENT: Final = 0
"""The `Rejected.code` of a request that never left: its address is not allowed, or none at all."""

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_NOT_ROUTED = (
    IPv6Network("64:ff9b:1::/48"),  # RFC 8215
    IPv6Network("::/96"),  # RFC 4291 section 2.5.5.1
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated: RFC 2765 section 2.1
)


def is_public(address: str) -> bool:
    """Whether *address* is one of the public Internet; an IPv4 address inside an IPv6 one counts too.

    False for loopback, private, link-local, unique local, shared (CGNAT), multicast and reserved ones, and
    for anything that is no address. Source: the IANA special-purpose address registries.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(_is_plain_public(each) for each in _meanings(found))


def _meanings(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    return [address, *(each for each in inner if each)]


def _is_plain_public(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return True
    return not address.is_site_local and not any(address in network for network in _NOT_ROUTED)


class PublicResolver(AbstractResolver):
    """Resolves names by another resolver and refuses a name as soon as one of its addresses is not public."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of *host*.

        Raises:
            Rejected: one of them is not public.
            OSError: there are none.
        """
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise not_public(host)
        return found

    async def close(self) -> None:
        """Release the other resolver."""
        await self._resolver.close()


class OwnThreads(AbstractResolver):
    """The system's resolver on threads of its own.

    A lookup cannot be stopped, and a silent name server keeps its thread for many seconds: on the loop's
    threads such names would keep everything else waiting.

    Args:
        threads: how many names are looked up at the same time.
    """

    def __init__(self, threads: int = 16) -> None:
        self._threads = ThreadPoolExecutor(threads, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of *host*.

        Raises:
            OSError: there are none.
        """
        look_up = partial(_look_up, host, port, family)
        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    async def close(self) -> None:
        """Look nothing up any more; what is being looked up ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    told = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    found = []
    for kind, _, protocol, _, address in told:
        # Where a link-local address has a zone, this keeps it (RFC 4007 section 11).
        number, service = socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        found.append(
            ResolveResult(
                hostname=host, host=number, port=int(service), family=kind, proto=protocol, flags=flags
            )
        )
    return found


def not_public(host: str) -> Rejected:
    """The refusal of a host that only we can reach."""
    return Rejected(
        NOT_SENT, f"{host} is not on the public Internet; network.allow_private_addresses permits it"
    )
