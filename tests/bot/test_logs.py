"""What the log must never hold: names, titles, words, addresses, tokens, secrets."""

import json
import logging
from datetime import timedelta

import structlog
from structlog.testing import capture_logs

from bot.logs import Seldom
from scheduling_core.errors import Rejected, Unavailable
from tests.adapters.webhook.harness import SECRET
from tests.bot.town import PEOPLE, Town

TITLE = "merger talks"
REASON = "a private matter"


async def _a_story_with_trouble(town: Town) -> None:
    host, guest = town.member("u-1"), town.member("u-2")
    await host.types(f'/meet @guest 30 "{TITLE}"')
    await host.presses("Send invitation")
    await guest.presses("1")
    town.mail.trouble[guest.email] = Rejected(550, "no such user")
    town.mail.trouble[host.email] = Unavailable("greylisted")
    await guest.presses("Confirm")
    await guest.says("certainly not a command")
    await guest.presses("Cancel", on=town.card())
    await guest.presses("Cancel meeting", reason=REASON)
    await guest.sends({"parley": "1.pick.mAb3.AAAAAAAAAAAAAAAA"})
    await town.passes(timedelta(days=1))


async def test_a_story_with_trouble_leaves_nothing_private_in_the_log(town: Town) -> None:
    with capture_logs(processors=[structlog.processors.format_exc_info]) as events:
        await _a_story_with_trouble(town)
    written = json.dumps(events, default=str)
    private = [TITLE, REASON, SECRET, "certainly not"]
    private += [value for person in PEOPLE.values() for key in ("email", "name") if (value := person[key])]
    # A role such as "host" may be part of a word of ours; an address or a title never is.
    telling = [text if " " in text or "@" in text else json.dumps(text) for text in private]
    found = [text for text in telling if text in written]
    assert not found
    assert "whsec_" not in written


async def test_each_delivery_has_one_line_of_its_own(town: Town) -> None:
    with capture_logs() as events:
        await town.member("u-1").types("/meet help")
    (line,) = [event for event in events if event["event"] == "delivery.answered"]
    assert line.keys() >= {"delivery", "workspace", "act", "outcome", "milliseconds"}
    assert line["outcome"] == "done"


def test_what_a_library_repeats_is_heard_once_a_minute() -> None:
    def heard(words: str, second: float) -> bool:
        record = logging.LogRecord("dbos", logging.WARNING, "", 0, words, None, None)
        record.created = 1_000_000.0 + second
        return seldom.filter(record)

    seldom = Seldom()
    assert heard("Exception finding work for queue jobs: refused", 0)
    assert not heard("Exception finding work for queue lanes: not yet accepting", 59)
    assert heard("Notification listener error", 59)
    assert heard("Exception finding work for queue jobs: refused", 60)
