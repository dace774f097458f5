"""Mail: SMTP, or a folder of .eml files. `build` chooses by the scheme of one address."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adapters.mail.folder import FolderMail
from adapters.mail.smtp import SmtpMail
from scheduling_core.mail import MailTransport

DEFAULT_TIMEOUT = timedelta(seconds=30)


def build(url: str, *, data_dir: Path, timeout: timedelta = DEFAULT_TIMEOUT) -> MailTransport:
    """The transport for *url*.

    Args:
        url: `smtp://[user:password@]host[:port]`, `smtps://…`, `file:///folder`, or empty for the folder
            `mail` inside *data_dir*. User, password and folder are percent-decoded.
        data_dir: folder of the application's own files.
        timeout: longest time one SMTP delivery may take.

    Raises:
        ValueError: another form; says what to write and does not repeat the password.
    """
    if not url:
        return FolderMail(data_dir / "mail")
    scheme = urlsplit(url).scheme
    if scheme in ("smtp", "smtps"):
        return SmtpMail(url, timeout)
    if scheme == "file":
        return FolderMail(_folder(url))
    raise ValueError("the mail address must be smtp://host, smtps://host or file:///folder")


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise ValueError("a mail folder is written file:///absolute/path, with three slashes")
    return Path(unquote(parts.path))
