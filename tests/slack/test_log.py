"""What neither the log of the shipped process nor its data directory ever holds in plain text."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.slack.delivering import HttpWay
from tests.adapters.slack.faults import Cut, Refused, ServerError
from tests.adapters.slack.harness import ROOM, Slack
from tests.slack.people import Crew, crew_of
from tests.slack.site import Mode, Site, open_site
from tests.slack.story import booked, invited, tell

TITLE = "merger talks"
SHOWN_IN_THE_ROOM = {"title"}
"""May be stored as it is."""


async def _nothing() -> None:
    """Nothing happens between the steps."""


async def _a_day_with_trouble(site: Site, crew: Crew) -> None:
    slack, host, guest = site.slack, crew.host, crew.guest
    await tell(crew, site, invited, booked, between=_nothing)
    slack.faults.add("response_url", Cut(is_processed=True))
    slack.faults.add("users.info", ServerError(500))
    slack.faults.add("views.open", Refused("expired_trigger_id"))
    await host.types(f"@second-guest 30 {TITLE}")
    await site.settle()
    await guest.writes_bot("certainly not a command")
    await guest.someone.open_home()
    slack.faults.add("chat.postMessage", Refused("missing_scope"))
    await host.types("list")
    await site.settle()
    slack.pass_time(timedelta(hours=1))
    await host.types("help")
    if isinstance(slack.way, HttpWay):
        for how in ("unsigned", "stale", "garbage timestamp", "another secret"):
            await slack.way.forge(slack.sent[-1][0], how)
        await slack.way.raw(b"payload={", slack.way.headers(b"payload={", "application/json"))
    else:
        slack.sockets.reset()
        await slack.until(lambda: len(slack.sockets.connections) == 2, seconds=30)
    await slack.uninstall(crew.team)
    await site.settle()


def _secrets(slack: Slack, crew: Crew, token: str) -> dict[str, str]:
    """What must not be read, by what it is."""
    world, app = slack.world, slack.app
    emails = [person.email for person in crew.team.people.values() if person.email]
    return {
        **dict.fromkeys((token, app.signing_secret, app.client_secret, app.app_token), "secret"),
        **dict.fromkeys(world.triggers, "trigger id"),
        **dict.fromkeys(slack.urls.known, "response address"),
        **dict.fromkeys(emails, "address"),
        **dict.fromkeys(slack.oauth.codes, "code"),
        TITLE: "title",
        "logo review": "title",
        "certainly not": "words",
        "ticket=": "address of a socket",
        app.verification_token: "old token",
    }


@pytest.mark.parametrize(("mode", "written"), [("http", "json"), ("socket", "text")])
async def test_a_day_with_trouble_leaves_nothing_private_in_the_log(
    mode: Mode, written: str, tmp_path: Path
) -> None:
    told = {"PARLEY_LOG__LEVEL": "debug", "PARLEY_LOG__FORMAT": written}
    async with open_site(tmp_path / "site", mode, by_token=mode == "socket", settings=told) as site:
        team = site.slack.team if mode == "socket" else await site.workspace()
        crew, token = crew_of(site.slack, team), team.token
        await _a_day_with_trouble(site, crew)
    text = site.bot.text
    assert "delivery.answered" in text
    secrets = _secrets(site.slack, crew, token)
    assert {kind for secret, kind in secrets.items() if secret in text} == set()
    assert ROOM not in text
    stored = b"".join(path.read_bytes() for path in (tmp_path / "site" / "data").glob("parley.db*"))
    assert {kind for secret, kind in secrets.items() if secret.encode() in stored} <= SHOWN_IN_THE_ROOM
