"""How Discord says no: codes with their statuses and words.

Source: "Opcodes and Status Codes" of Discord's documentation (snapshot of 2026-08-06), the table of JSON
codes; statuses as libraries and public issue trackers report them.
"""

from collections.abc import Iterable
from typing import Any, Final

from tests.adapters.discord.shapes import Breach, form_errors

Json = dict[str, Any]

# code → (HTTP status, message)
ERRORS: Final[dict[int, tuple[int, str]]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10070: (404, "Unknown Guild Scheduled Event"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit."),
    30032: (400, "Maximum number of application commands reached (100)."),
    30034: (429, "Maximum number of daily application command creates has been reached (200)"),
    30038: (400, "Maximum number of uncompleted guild scheduled events reached (100)."),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40001: (401, "Unauthorized"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has reached the maximum number of follow up messages"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    110001: (403, "Application not yet available"),
    130000: (503, "API resource is currently overloaded. Try again a little later"),
    160004: (400, "A thread has already been created for this message"),
    180000: (400, "Cannot update a finished event"),
    160006: (400, "Maximum number of active threads reached"),
}


class Refusal(Exception):
    """Discord says no.

    Attributes:
        code: the `code` of the answer.
        status: its HTTP status.
        body: all of it.
    """

    def __init__(self, code: int, breaches: Iterable[Breach] = (), status: int | None = None) -> None:
        known, message = ERRORS[code]
        super().__init__(f"{code} {message}")
        self.code, self.status = code, status or known
        errors = form_errors(breaches)
        self.body: Json = {"message": message, "code": code, **({"errors": errors} if errors else {})}


def invalid(field: str, rule: str, code: str = "BASE_TYPE_CHOICES") -> Refusal:
    """50035 about one top-level field."""
    return Refusal(50035, [Breach((field,), code, rule)])
