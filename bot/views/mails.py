"""What the mails say: subject, text and HTML for one participant and one change."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.views.words import Eyes
from scheduling_core import time_words
from scheduling_core.meeting import Meeting


@dataclass(frozen=True, slots=True)
class MailWords:
    """One mail in words; *html* is already escaped."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a mail needs beside the meeting; names only, no address of anybody.

    Attributes:
        others: names of the other participants, as the room shows them.
        line: the host's own line, or "".
        join_url: our join page, or "".
    """

    others: str
    eyes: Eyes
    line: str
    join_url: str


WHERE = "To move or cancel it, go to the room where you agreed on it. Replies to this mail are not read."
ELSEWHERE = (
    "The room has another mail address of yours now: the invite goes there, and this one is taken out of "
    "this calendar. Replies to this mail are not read."
)
AGAIN = "To find a new time, go to the room where you agreed on it. Replies to this mail are not read."


def summary(meeting: Meeting, others: str) -> str:
    """The title of the event in the reader's calendar."""
    return meeting.title or f"Meeting with {others}"


def description(facts: MailFacts) -> str:
    """The event's description: how to join and where to change it, never who has which address."""
    return "\n".join(filter(None, [facts.line, f"Join: {facts.join_url}" if facts.join_url else "", WHERE]))


def words(
    meeting: Meeting, facts: MailFacts, change: str, reason: str, links: Sequence[tuple[str, str]]
) -> MailWords:
    """The mail about one change; *links* add the meeting to a calendar.

    Args:
        change: "Booked", "Moved", "Cancelled", or "Elsewhere" to an address that is no longer used.
    """
    done = "Now at your other address" if change == "Elsewhere" else change
    title = f"{done}: {summary(meeting, facts.others)}"
    lines = [
        f"{facts.eyes.span(meeting.span.start, meeting.length)} {facts.eyes.whose} ({facts.eyes.zone})",
        f"With {facts.others} · {time_words.duration(meeting.length)}",
        f"Reason: {reason}" if reason else "",
        facts.line,
    ]
    lines = [title, *filter(None, lines)]
    if facts.join_url and change not in ("Cancelled", "Elsewhere"):
        links = [("Join", facts.join_url), *links]
    where = {"Cancelled": AGAIN, "Elsewhere": ELSEWHERE}.get(change, WHERE)
    subject = f"{title}, {facts.eyes.moment(meeting.span.start)}"
    return MailWords(subject, _text(lines, links, where), _html(lines, links, where))


def _text(lines: list[str], links: Sequence[tuple[str, str]], where: str) -> str:
    # The attached invite does what the long calendar addresses do; only the way in is worth a line.
    join = "".join(f"{label}: {url}" for label, url in links if label == "Join")
    return "\n\n".join(filter(None, ["\n".join(lines), join, where])) + "\n"


def _html(lines: list[str], links: Sequence[tuple[str, str]], where: str) -> str:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in lines[1:])
    anchors = " · ".join(f'<a href="{escape(url)}">{escape(label)}</a>' for label, url in links)
    return (
        '<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5">'
        f"<h2>{escape(lines[0])}</h2>{paragraphs}<p>{anchors}</p>"
        f'<p style="color:#555">{escape(where)}</p></body></html>'
    )
