"""Stopping: asked for by a signal, orderly, and over in the end whatever hangs."""

import asyncio
import os
import signal
import threading
from datetime import timedelta

import structlog

log = structlog.get_logger()

ENDS_WITHIN = timedelta(seconds=40)
"""From the signal on: longer than all that has a time of its own, shorter than what supervisors are told."""


def on_signals(ends_within: timedelta) -> asyncio.Event:
    """Set by SIGTERM or Ctrl-C; from then on the process has this long to end.

    Something may hang that cannot be cancelled, such as a thread in a transaction that waits for a lock. Then
    the process ends as after `kill -9`, which loses nothing, with status 1.
    """
    stop = asyncio.Event()

    def ask() -> None:
        if not stop.is_set():
            stop.set()
            # In a thread: neither a loop that hangs nor threads that are waited for are in its way.
            limit = threading.Timer(ends_within.total_seconds(), _end)
            limit.daemon = True
            limit.start()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ask)
    return stop


def _end() -> None:
    log.error("stopping.cut_off")
    os._exit(1)
