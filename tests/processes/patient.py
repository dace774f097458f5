"""`python -m bot` whose SQLite has a function that returns when a test lets it (`databases.held_inserts`)."""

import os
import runpy
import sqlite3
import sys
import threading
from pathlib import Path

from sqlalchemy import Engine, event

_LOOK_AGAIN_SECONDS = 0.01


def gate(url: str) -> Path:
    """The file that is there while inserts into the SQLite database at *url* are held."""
    return Path(url.removeprefix("sqlite:///") + ".held")


def _add_function(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("until_released", 0, _until_released)


def _until_released() -> int:
    held = gate(os.environ["PARLEY_DATABASE__URL"])
    while held.exists():
        threading.Event().wait(_LOOK_AGAIN_SECONDS)
    return 0


if __name__ == "__main__":
    event.listen(Engine, "connect", _add_function)
    sys.modules.pop("bot.__main__", None)
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
