"""`python -m examples.room`: the demo's message room, until Ctrl-C or SIGTERM."""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from threading import Thread

from aiohttp import web

from examples.room.link import BotLink
from examples.room.mailbox import Mailbox
from examples.room.server import MessageRoom
from examples.room.store import Store


def main() -> None:
    """Serve the room on this machine."""
    options = _options()
    if options.stop_with_parent:
        Thread(target=_stop_when_parent_is_gone, daemon=True).start()
    secrets = (options.secret_file.read_text() if options.secret_file else options.secret).split()
    link = BotLink(options.bot, options.tenant, secrets)
    with closing(Store(options.data)) as store:
        app = MessageRoom(store, link, Mailbox(options.mailbox) if options.mailbox else None).application()
        web.run_app(
            app,
            host=options.host,
            port=options.port,
            shutdown_timeout=1,
            access_log=None,
            print=None if options.quiet else print,
        )


def _stop_when_parent_is_gone() -> None:
    """Standard input is a pipe that the parent holds open; it ends with the parent, however that dies."""
    # Not `sys.stdin.read()`: its lock, held by this thread, would make Python abort on the way out.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m examples.room", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--bot", default="http://127.0.0.1:8080", help="where the bot listens")
    parser.add_argument("--tenant", default="demo", help="this room's name at the bot")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--secret",
        default=os.environ.get("ROOM_SECRET", ""),
        help="whsec_…, shared with the bot; or ROOM_SECRET",
    )
    secret.add_argument("--secret-file", type=Path, help="a file of secrets: the first signs, any verifies")
    parser.add_argument(
        "--data", type=Path, default=Path(".data/room.sqlite"), help="where messages are kept"
    )
    parser.add_argument(
        "--mailbox", type=Path, help="the folder of the bot's .eml files, to show in the page"
    )
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when standard input is closed")
    parser.add_argument("--quiet", action="store_true", help="do not print the address")
    return parser.parse_args()


if __name__ == "__main__":
    main()
