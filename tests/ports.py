"""Ports for servers that a test starts in another process, where nobody can tell it which one they took."""

import itertools
import os
import socket

_FIRST, _EACH = 12_000, 2_000
"""Below 32768, from where Linux takes the ports of outgoing connections (ip(7), `ip_local_port_range`), which
nobody reserves for us; and some for each process of pytest, so that no two of them find the same one free."""
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_offsets = itertools.count(os.getpid())


def free_port() -> int:
    """A port of this machine that nobody listens on, and that this process was not told before."""
    for offset in itertools.islice(_offsets, _EACH):
        port = _FIRST + _worker % 8 * _EACH + offset % _EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"of {_EACH} ports none is free")
