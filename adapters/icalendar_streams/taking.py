"""Whether an event takes time. Pure.

Source: RFC 5545 sections 3.8.1.11 (STATUS), 3.8.2.7 (TRANSP), 3.2.12 (PARTSTAT); MS-OXCICAL section
2.1.3.1.1.20.28 (X-MICROSOFT-CDO-BUSYSTATUS).
"""

from enum import StrEnum

from adapters.icalendar_streams.scan import Component


class Taking(StrEnum):
    """What an event does to its time."""

    BUSY = "busy"
    TENTATIVE = "tentative"
    FREE = "free"


_FREE_FOR_OUTLOOK = frozenset({"FREE", "WORKINGELSEWHERE"})
_ANSWERS_TENTATIVE = frozenset({"TENTATIVE", "NEEDS-ACTION"})


def taking(event: Component, owner: frozenset[str]) -> Taking:
    """What the event does, seen by the person with the calendar user addresses *owner* (lower case)."""
    status, outlook = event.text("STATUS").upper(), event.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    answer = answered(event, owner)
    if status == "CANCELLED" or event.text("TRANSP").upper() == "TRANSPARENT" or answer == "DECLINED":
        return Taking.FREE
    if outlook in _FREE_FOR_OUTLOOK:
        return Taking.FREE
    if status == "TENTATIVE" or outlook == "TENTATIVE" or answer in _ANSWERS_TENTATIVE:
        return Taking.TENTATIVE
    return Taking.BUSY


def answered(event: Component, owner: frozenset[str]) -> str:
    """The owner's PARTSTAT in upper case; "" where the owner is not among those invited."""
    for attendee in event.every("ATTENDEE"):
        email = attendee.param("EMAIL").lower()
        if attendee.value.strip().lower() in owner or (email and f"mailto:{email}" in owner):
            return attendee.param("PARTSTAT").upper() or "NEEDS-ACTION"
    return ""
