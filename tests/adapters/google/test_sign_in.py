"""Linking a Google account: the least rights, single boxes, the end of a grant."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from adapters.calendar.google import GoogleSettings
from adapters.calendar.google.grants import CALENDAR_LIST, EVENTS, FREE_BUSY, READING, WRITING, who
from adapters.calendar.google.sign_in import GoogleSignIn
from adapters.oauth import challenge
from scheduling_core.calendar_ports import NewAccount
from scheduling_core.errors import ReconnectNeeded, Refused, Rejected, Unavailable
from tests.adapters.google.faults import GARBAGE, Fault, Refusal, TokenError
from tests.adapters.google.world import BACK, GoogleWorld
from tests.contracts.calendar_world import KeptAccount


@pytest.fixture
def way_in(writing: GoogleWorld) -> GoogleSignIn:
    """The sign-in of a world where one account is linked already."""
    found = writing.provider.way_in
    assert isinstance(found, GoogleSignIn)
    return found


async def linked(
    world: GoogleWorld, way_in: GoogleSignIn, *unticked: str, writing: bool = True
) -> NewAccount:
    """Walk through the consent page."""
    begun = await way_in.begin(BACK, writing=writing)
    return await way_in.finish(begun.secret, BACK, await world.google.consent(begun.url, unticked=unticked))


async def test_asks_for_the_least_and_lastingly(way_in: GoogleSignIn) -> None:
    begun = await way_in.begin(BACK, writing=False)

    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert query["scope"].split() == list(READING)
    assert EVENTS in (await way_in.begin(BACK, writing=True)).url.replace("%2F", "/").replace("%3A", ":")
    assert set(WRITING) - set(READING) == {EVENTS}
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    assert query["include_granted_scopes"] == "true"
    assert query["code_challenge"] == challenge(json.loads(begun.secret)["verifier"])
    assert begun.state == query["state"]
    assert begun.secret not in repr(begun)


async def test_the_same_person_is_the_same_account(writing: GoogleWorld, way_in: GoogleSignIn) -> None:
    first, second = await linked(writing, way_in), await linked(writing, way_in)

    assert (first.name, first.identity) == ("owner@example.com", "1001")
    assert second.identity == first.identity
    assert first.secret not in repr(first)


async def test_consent_refused_links_nothing(writing: GoogleWorld, way_in: GoogleSignIn) -> None:
    begun = await way_in.begin(BACK, writing=True)
    back = await writing.google.consent(begun.url, denies=True)

    with pytest.raises(Refused, match="did not allow"):
        await way_in.finish(begun.secret, BACK, back)


@pytest.mark.parametrize(("unticked", "box"), [(FREE_BUSY, "availability"), (CALENDAR_LIST, "list of")])
async def test_a_needed_box_left_unticked_is_named(
    writing: GoogleWorld, way_in: GoogleSignIn, unticked: str, box: str
) -> None:
    writing.google.oauth.forget(writing.owner)

    with pytest.raises(Refused, match=box):
        await linked(writing, way_in, unticked)


async def test_without_the_box_for_events_the_account_cannot_write(
    writing: GoogleWorld, way_in: GoogleSignIn
) -> None:
    writing.google.oauth.forget(writing.owner)
    account = KeptAccount((await linked(writing, way_in, EVENTS)).secret)

    assert not any(each.can_write for each in await writing.provider.calendars(account))

    more = KeptAccount((await linked(writing, way_in)).secret)
    assert any(each.can_write for each in await writing.provider.calendars(more))


async def test_a_link_of_somebody_else_or_used_twice_is_refused(
    writing: GoogleWorld, way_in: GoogleSignIn
) -> None:
    begun, other = [await way_in.begin(BACK, writing=True) for _ in range(2)]
    back = await writing.google.consent(begun.url)

    with pytest.raises(Refused):
        await way_in.finish(begun.secret, BACK, {**back, "state": other.state})
    with pytest.raises(Refused):
        await way_in.finish(other.secret, BACK, back)
    with pytest.raises(Refused):
        await way_in.finish(other.secret, BACK, {**back, "state": other.state})
    begun = await way_in.begin(BACK, writing=True)
    back = await writing.google.consent(begun.url)
    await way_in.finish(begun.secret, BACK, back)
    with pytest.raises(Refused, match="start again"):
        await way_in.finish(begun.secret, BACK, back)


async def test_a_code_that_is_too_old_is_refused(writing: GoogleWorld, way_in: GoogleSignIn) -> None:
    begun = await way_in.begin(BACK, writing=True)
    back = await writing.google.consent(begun.url)
    writing.google.ahead = timedelta(minutes=11)

    with pytest.raises(Refused):
        await way_in.finish(begun.secret, BACK, back)


@pytest.mark.parametrize(
    ("fault", "expected"), [(Refusal(503), Unavailable), (GARBAGE, Unavailable), (Refusal(400), Rejected)]
)
async def test_a_token_endpoint_in_trouble_is_not_the_persons_fault(
    writing: GoogleWorld, way_in: GoogleSignIn, fault: Fault, expected: type[Exception]
) -> None:
    writing.google.faults.add("token", fault)

    with pytest.raises(expected):
        await linked(writing, way_in)


async def test_why_a_sign_in_was_refused_is_logged_by_its_code_alone(
    writing: GoogleWorld, way_in: GoogleSignIn
) -> None:
    writing.google.faults.add("token", TokenError("invalid_client"))
    begun = await way_in.begin(BACK, writing=True)
    no = {"error": "invalid_scope", "error_description": "secret", "state": begun.state}

    with capture_logs() as logs:
        with pytest.raises(Rejected):
            await linked(writing, way_in)
        with pytest.raises(Rejected):
            await way_in.finish(begun.secret, BACK, no)
        with pytest.raises(Rejected):
            await way_in.finish(begun.secret, BACK, {**no, "error": "owner@example.com 1//token"})

    assert {each["event"] for each in logs} == {"calendar.refused"}
    assert [each["code"] for each in logs] == ["invalid_client", "invalid_scope", ""]


async def test_giving_back_ends_the_grant_and_a_dead_one_is_fine(writing: GoogleWorld) -> None:
    for _ in range(2):
        await writing.provider.revoke(writing.account)

    with pytest.raises(ReconnectNeeded):
        await writing.provider.calendars(writing.account)
    await writing.provider.revoke(KeptAccount("not ours"))


async def test_a_redirect_address_nobody_registered_is_refused_by_google(writing: GoogleWorld) -> None:
    begun = await writing.provider.way_in.begin("https://elsewhere.example/", writing=True)  # type: ignore[union-attr]  # by consent

    with pytest.raises(AssertionError, match="redirect_uri_mismatch"):
        await writing.google.consent(begun.url)


@pytest.mark.parametrize("token", ["", "a.b", "a.e30.c", "a.!!.c", "a.eyJhdWQiOiJ4Iiwic3ViIjoiMSJ9.c"])
def test_an_id_token_of_another_client_names_nobody(token: str) -> None:
    assert who(token, "ours") == ("", "")


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="calendar/v3"):
        GoogleSettings("id", "secret", api_base_url="https://www.googleapis.com/")
    assert "secret" not in repr(GoogleSettings("id", "the-secret"))
