"""The names of processes that do jobs: one for each that lives, the same after a restart."""

import fcntl
import os
import secrets
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TextIO

_MOST = 1000


def name(data_dir: Path, stack: AsyncExitStack) -> str:
    """A name no other living process has, whatever its data directory and host; kept until *stack* ends.

    The job engine hands a dead process's jobs back to the process that bears its name. The name is in a
    file that the process locks; a copy of the directory is known by the file's number, and gets new names.

    Raises:
        OSError: the directory cannot be written.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, _MOST):
        descriptor = os.open(data_dir / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        file = stack.enter_context(os.fdopen(descriptor, "r+"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return f"{socket.gethostname()}-{_mark(file)}"
    raise RuntimeError(f"{_MOST} processes already work on this data directory")


def _mark(file: TextIO) -> str:
    """What the locked file says, or something new and random when that was written into another file."""
    inode = os.fstat(file.fileno()).st_ino
    mark, _, written_in = file.read().partition(" ")
    if not mark or written_in != str(inode):
        mark = secrets.token_hex(8)
        file.seek(0)
        file.truncate()
        file.write(f"{mark} {inode}")
        file.flush()
    return mark
