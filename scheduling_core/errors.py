"""The failures that cross a seam: the person can fix it, an outside system failed, or our own database."""

from datetime import timedelta


class Refused(Exception):
    """The person can fix it; the message is theirs, one sentence that says why and what to do."""


class ProviderError(Exception):
    """An outside system failed. Subclasses are named for the decision the caller takes."""


class Unavailable(ProviderError):
    """No usable answer (connection, timeout, 5xx, SMTP 4xx): try again later with the same id."""


class RateLimited(Unavailable):
    """The provider asks to wait.

    Attributes:
        retry_after: how long to wait before the next try.
    """

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"rate limited, retry after {retry_after}")
        self.retry_after = retry_after


class Rejected(ProviderError):
    """A final no (SMTP 5xx, HTTP 4xx): repeating the same request cannot help.

    Attributes:
        code: the provider's status code.
        reason: the provider's words, for the person who can mend it.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Gone(ProviderError):
    """The other side says it does not exist any more (HTTP 410): stop sending there."""


class ReconnectNeeded(ProviderError):
    """The credentials no longer work; only the person who owns them can mend it."""


class Conflict(ProviderError):
    """The resource changed since it was read (HTTP 409 or 412): read again, then decide."""


class DoneElsewhere(Conflict):
    """Another process did the same meanwhile; there is nothing left to do."""


class OutcomeUnknown(ProviderError):
    """The request may or may not have been carried out: look before repeating."""


class StoreLost(Exception):
    """Our database does not answer: a pause, not an outcome. Try the same again until it is back.

    Nothing of the transaction was kept; when it shows at the end, all of it may have been.
    """
