"""Mail as .eml files in a folder: for a first look without a mail server, and for tests."""

import asyncio
import hashlib
import os
import tempfile
from datetime import UTC
from pathlib import Path

from adapters.mail.message import to_bytes
from scheduling_core.errors import Unavailable
from scheduling_core.mail import OutgoingMail


class FolderMail:
    """A MailTransport that writes each mail to `<sent_at>-<hash of the message id>.eml`.

    Names sort by time. Sending the same message id again replaces its file, whatever its time.
    Files are readable by the owner alone and appear whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        """Write into *path*; the folder is made when the first mail is sent."""
        self._path = path

    async def send(self, mail: OutgoingMail) -> None:
        """Write the file. See MailTransport.

        Raises:
            Unavailable: the folder cannot be written (full, read-only).
        """
        try:
            await asyncio.to_thread(self._write, mail)
        except OSError as error:
            raise Unavailable(f"the mail folder cannot be written: {error.strerror}") from error

    async def check(self) -> str:
        """See whether the folder, or the one it will be made in, can be written. See MailTransport."""
        try:
            await asyncio.to_thread(self._try_writing)
        except OSError as error:
            raise Unavailable(f"the mail folder cannot be written: {error.strerror}") from error
        return f"mails are written into {self._path}"

    def _try_writing(self) -> None:
        nearest = next(folder for folder in (self._path, *self._path.absolute().parents) if folder.exists())
        # A file without a name: nobody ever finds it.
        with tempfile.TemporaryFile(dir=nearest):
            pass

    def _write(self, mail: OutgoingMail) -> None:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file 0600; without .eml at its end no reader of the folder takes half a mail.
        handle, draft = tempfile.mkstemp(dir=self._path, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(to_bytes(mail))
            Path(draft).replace(self._file_of(mail))
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def _file_of(self, mail: OutgoingMail) -> Path:
        """The file this message id already has, or its new name."""
        ending = f"-{hashlib.sha256(mail.message_id.encode()).hexdigest()[:16]}.eml"
        for existing in self._path.glob(f"*{ending}"):
            return existing
        return self._path / f"{mail.sent_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}{ending}"
