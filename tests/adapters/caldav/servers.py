"""Real CalDAV servers as processes: Radicale keeps its own passwords, Xandikos stands behind ours."""

import contextlib
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.ports import free_port

_PATIENCE_SECONDS: Final = 30.0


@dataclass(slots=True)
class Server:
    """A server that runs.

    Attributes:
        home: where a user's calendars are, below the principal.
        unescaped: what it does not percent-encode in addresses.
        passwords: by user, as far as the proxy in front judges them itself; None where the server does.
        htpasswd: the server's own file of passwords.
    """

    port: int
    home: str
    unescaped: str
    passwords: dict[str, str] | None = None
    htpasswd: Path | None = None
    _users: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_user(self) -> tuple[str, str]:
        """A new user's name and password."""
        user, password = f"u-{secrets.token_hex(4)}@example.com", secrets.token_hex(8)
        self._users[user] = password
        self._publish()
        return user, password

    def revoke(self, user: str) -> str:
        """The password does not work any more; returns the new one."""
        self._users[user] = secrets.token_hex(8)
        self._publish()
        return self._users[user]

    def _publish(self) -> None:
        if self.htpasswd is not None:
            fresh = self.htpasswd.with_suffix(".new")
            fresh.write_text("".join(f"{user}:{word}\n" for user, word in self._users.items()))
            fresh.replace(self.htpasswd)
        else:
            self.passwords = dict(self._users)


@contextmanager
def radicale(folder: Path) -> Iterator[Server]:
    """Radicale with an empty storage."""
    port, users = free_port(), folder / "users"
    users.write_text("")
    config = folder / "config"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'kept'}\n#_filesystem_fsync = False\n"
        "[logging]\nlevel = warning\n"
    )
    with _running(folder, "-m", "radicale", "--config", str(config)) as process:
        _wait(process, port)
        yield Server(port, "", "", htpasswd=users)


@contextmanager
def xandikos(folder: Path) -> Iterator[Server]:
    """Xandikos for several users, as it runs behind a reverse proxy that knows who asks."""
    port = free_port()
    kept = folder / "kept"
    kept.mkdir()
    arguments = ("-l", "127.0.0.1", "-p", str(port), "-d", str(kept), "--state-dir", str(folder / "state"))
    trust = ("--no-detect-systemd", "--trust-x-remote-user-from", "127.0.0.1")
    with _running(folder, "-m", "xandikos", "multi-user", *arguments, *trust, "--defaults") as process:
        _wait(process, port)
        yield Server(port, "calendars/", "@", passwords={})


@contextmanager
def _running(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *arguments], stdout=log, stderr=log, cwd=folder)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    raise AssertionError("the server did not start")
