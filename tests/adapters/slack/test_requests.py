"""HTTP requests that say they are from Slack."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.storage import SqlStore
from scheduling_core.cards import line
from tests.adapters.slack import payloads
from tests.adapters.slack.delivering import Forgery
from tests.adapters.slack.harness import ROOM
from tests.adapters.slack.listening import inbox as inbox
from tests.adapters.slack.listening import shown
from tests.adapters.slack.listening import side as side
from tests.adapters.slack.listening import sqlite_database as sqlite_database
from tests.adapters.slack.listening import sqlite_template as sqlite_template
from tests.adapters.slack.listening import store as store
from tests.adapters.slack.rooms import SlackSide, slack_side


@pytest.mark.parametrize(
    "how", ["unsigned", "stale", "from the future", "garbage timestamp", "another secret"]
)
async def test_what_slack_did_not_sign_just_now_is_refused(side: SlackSide, how: Forgery) -> None:
    await side.host.command("", ROOM)
    side.inbox.deliveries.clear()
    assert (await side.way.forge(side.slack.sent[-1][0], how)).status == 401
    assert side.inbox.deliveries == []


@pytest.mark.parametrize(
    "timestamp", ["", " ", "-1", "1e9", "٣", "9" * 5000, "99999999999999", "0x10", "1.5"]
)
async def test_a_timestamp_that_is_none_is_refused(side: SlackSide, timestamp: str) -> None:
    headers = {**side.way.headers(b"{}", "application/json"), "X-Slack-Request-Timestamp": timestamp}
    assert (await side.way.raw(b"{}", headers)).status == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v1=00", "v0=" + "é" * 64, "v0=\udcff"])
async def test_a_signature_that_is_none_is_refused(side: SlackSide, signature: str) -> None:
    headers = {**side.way.headers(b"{}", "application/json"), "X-Slack-Signature": signature}
    assert (await side.way.raw(b"{}", headers)).status == 401


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"payload={", b"payload=%FF", b"[1]", b"5", b'"x"', b""])
async def test_an_unreadable_body_is_refused_signed_or_not(side: SlackSide, body: bytes) -> None:
    signed = side.way.headers(body, "application/json")
    unsigned = {"Content-Type": "application/json"}
    assert (await side.way.raw(body, unsigned)).status == 401
    with capture_logs() as logs:
        ack = await side.way.raw(body, signed)
    assert ack.status in (200, 400)
    assert [one for one in logs if one["log_level"] == "error"] == []
    assert side.inbox.deliveries == []


async def test_the_signature_is_over_the_very_bytes(side: SlackSide) -> None:
    await side.host.command("caf%C3%A9", ROOM)
    body, content_type = side.slack.sent[-1][0].over_http()
    headers = side.way.headers(body, content_type)
    assert (await side.way.raw(body.replace(b"%C3", b"%c3", 1), headers)).status in (401, 200)
    assert (await side.way.raw(body + b"&", headers)).status == 401


async def test_the_address_is_verified_by_its_challenge(side: SlackSide) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw", "token": "t"}).encode()
    ack = await side.way.raw(body, side.way.headers(body, "application/json"))
    assert (ack.status, ack.body) == (200, {"challenge": "3eZbrw"})


async def test_whoever_looks_at_the_certificate_gets_an_empty_answer(side: SlackSide) -> None:
    ack = await side.way.raw(b"ssl_check=1&token=x", {"Content-Type": payloads.FORM})
    assert (ack.status, ack.body) == (200, {})


async def test_slacks_own_environment_variables_change_nothing(
    store: SqlStore, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
        "SLACK_SCOPES",
        "SLACK_APP_TOKEN",
        "SLACK_VERIFICATION_TOKEN",
    ):
        monkeypatch.setenv(name, "somebody-else's")
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    async with slack_side(store) as side:
        assert (await side.host.command("@guest", ROOM)).is_accepted
        await side.platform.show(shown(line("Card")), None)
        assert (await side.slack.guest.open_home()).is_accepted
        assert len(side.inbox.deliveries) == 2
        assert {call.args.get("token", "") for call in side.slack.calls()} <= {side.slack.team.token, ""}
    assert list((tmp_path / "home").iterdir()) == []
